"""Stock: as buyers see it, and as the merchant's staff keep it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.connections import ConnectionType
from adapters.graphql.context import Info
from adapters.graphql.refusals import (
    IdempotencyKeyReusedType,
    Refusals,
    Told,
    UserErrorType,
    refusal,
)
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import idempotency_key
from adapters.graphql.skus import REFUSED_SKU, AnySku, Named, UnknownSkuType, UnknownUnitType, load_sku
from application.authorization import HiddenReason, Permission
from application.inventory import StockChange, TooManyChanges
from application.views.catalog import SkuCard, SkuHead
from application.views.inventory import StockCard, WarehouseCard
from domain.catalog import StockStatus
from domain.inventory import (
    InsufficientStock,
    InvalidChange,
    MovementReason,
    StockItem,
    StockTooLow,
    UnknownWarehouse,
)


@strawberry.type(
    name="StockBand", description="Between which round numbers the stock lies, in the base unit."
)
class StockBandType:
    """Shows StockBand."""

    at_least: Decimal = field(Permission.BROWSE, description="At least so many can be ordered.")
    below: Decimal | None = field(
        Permission.BROWSE, description="Fewer than so many can be; null where there is no such bound."
    )


@strawberry.type(
    name="Stock", description="The stock of a SKU over all warehouses, as the caller may see it."
)
class StockType:
    """Shows StockLevel."""

    status: StockStatus = field(
        Permission.BROWSE,
        description="How much there is, in a word; LOW is shown as IN_STOCK where the merchant hides the stock.",
    )
    available: Decimal | None = field(
        Permission.BROWSE,
        description="How many of the base unit can be ordered; null beside availableHidden.",
    )
    available_hidden: HiddenReason | None = field(
        Permission.BROWSE, description="Why the figure is not shown, if so."
    )
    available_band: StockBandType | None = field(
        Permission.BROWSE,
        description="About how many can be ordered, where the merchant shows buyers that in place of the figure.",
    )


@strawberry.type(name="Warehouse", description="A place where goods are kept.")
class WarehouseType:
    """Shows WarehouseCard."""

    id: strawberry.ID = field(Permission.VIEW_STOCK, Permission.MANAGE_STOCK, description="The identity.")
    code: str = field(
        Permission.VIEW_STOCK, Permission.MANAGE_STOCK, description="The merchant's code of it."
    )
    name: str = field(Permission.VIEW_STOCK, Permission.MANAGE_STOCK, description="What it is called.")


@strawberry.type(name="StockItem", description="The stock of one SKU in one warehouse, in its base unit.")
class StockItemType:
    """Shows StockCard and StockItem."""

    on_hand: Decimal = field(Permission.VIEW_STOCK, Permission.MANAGE_STOCK, description="How much is there.")
    reserved: Decimal = field(
        Permission.VIEW_STOCK, Permission.MANAGE_STOCK, description="How much of it is promised."
    )
    available: Decimal = field(
        Permission.VIEW_STOCK, Permission.MANAGE_STOCK, description="How much can be promised."
    )

    @resolved(Permission.VIEW_STOCK, Permission.MANAGE_STOCK, description="What it is.", graphql_type=AnySku)
    @staticmethod
    async def sku(root: StockCard | StockItem, info: Info) -> SkuCard | SkuHead | None:
        return root.sku if isinstance(root, StockCard) else await load_sku(info, root.sku_id)

    @resolved(
        Permission.VIEW_STOCK, Permission.MANAGE_STOCK, description="Where it is.", graphql_type=WarehouseType
    )
    @staticmethod
    async def warehouse(root: StockCard | StockItem, info: Info) -> WarehouseCard | None:
        if isinstance(root, StockCard):
            return root.warehouse
        return await info.context.load.warehouses.load(root.warehouse_id)


StockItemConnection = ConnectionType[StockItemType]


@refusal(InsufficientStock, description="Less of the SKU is available than was asked for.")
class InsufficientStockType(UserErrorType):
    """Shows InsufficientStock."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)
    available: Decimal | None = field(
        Permission.BROWSE,
        description="How many of the unit asked for can be had, over all warehouses; null beside availableHidden.",
    )
    requested: Decimal = field(Permission.BROWSE, description="How many were asked for.")

    @resolved(
        Permission.BROWSE,
        description="Why the figure is not shown, if so.",
        graphql_type=HiddenReason | None,
    )
    @staticmethod
    def available_hidden(root: Told) -> HiddenReason | None:
        return HiddenReason.MERCHANT_HIDES if root.available is None else None


@refusal(StockTooLow, description="More would be taken out than is free; what is reserved is promised.")
class StockTooLowType(UserErrorType):
    """Shows StockTooLow."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)
    available: Decimal = field(Permission.BROWSE, description="How much is free, in the base unit.")


@refusal(UnknownWarehouse, description="There is no such warehouse.")
class UnknownWarehouseType(UserErrorType):
    """Shows UnknownWarehouse."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(
    InvalidChange, description="A change that is no quantity of the unit, is nothing, or has the wrong sign."
)
class InvalidChangeType(UserErrorType):
    """Shows InvalidChange."""

    reason: str = field(Permission.BROWSE, description="NOT_OF_THE_UNIT, NOTHING, NEGATIVE or TOO_LARGE.")


@refusal(TooManyChanges, description="More changes than one call takes, or none.")
class TooManyChangesType(UserErrorType):
    """Shows TooManyChanges."""

    most: int = field(Permission.BROWSE, description="The most that one call takes.")


@strawberry.input(name="StockChangeInput", description="By how much the stock of one SKU changes, and where.")
class StockChangeInput:
    """Read as StockChange."""

    sku_id: strawberry.ID | None = strawberry.field(
        description="The SKU by id, or else by code.", default=None
    )
    sku_code: str | None = strawberry.field(description="The SKU by the merchant's code.", default=None)
    warehouse: strawberry.ID = strawberry.field(description="The warehouse, by id or code.")
    quantity: Decimal = strawberry.field(description="How many of the unit; negative takes out.")
    unit: str | None = strawberry.field(
        description="A unit the SKU is sold in, by code or name; the base unit by default.", default=None
    )

    def asked(self) -> StockChange:
        """Read the input."""
        sku = Named.by(id=self.sku_id, code=self.sku_code)
        return StockChange(
            sku_id=sku.sku_id,
            sku_code=sku.sku_code,
            reference=sku.reference,
            warehouse=self.warehouse,
            quantity=self.quantity,
            unit=self.unit,
        )


@strawberry.input(name="ReceiveStockInput", description="Goods that came in.")
class ReceiveStockInput:
    """Read as the arguments of ReceiveStock."""

    idempotency_key: str = strawberry.field(description="What the client calls this one receipt.")
    changes: list[StockChangeInput] = strawberry.field(
        description="1 to 1000 changes, each of more than zero."
    )
    note: str | None = strawberry.field(description="Anything worth writing down.", default=None)


@strawberry.input(name="AdjustStockInput", description="What the books are to be set right by.")
class AdjustStockInput:
    """Read as the arguments of AdjustStock."""

    idempotency_key: str = strawberry.field(description="What the client calls this one adjustment.")
    changes: list[StockChangeInput] = strawberry.field(description="1 to 1000 changes; none is zero.")
    reason: MovementReason = strawberry.field(description="Why the books were wrong.")
    note: str | None = strawberry.field(description="Anything worth writing down.", default=None)


ReceiveStockError = Annotated[
    UnknownSkuType
    | UnknownWarehouseType
    | UnknownUnitType
    | InvalidChangeType
    | TooManyChangesType
    | IdempotencyKeyReusedType,
    strawberry.union("ReceiveStockError", description="Why goods were not received."),
]
AdjustStockError = Annotated[
    UnknownSkuType
    | UnknownWarehouseType
    | UnknownUnitType
    | InvalidChangeType
    | StockTooLowType
    | TooManyChangesType
    | IdempotencyKeyReusedType,
    strawberry.union("AdjustStockError", description="Why stock was not adjusted."),
]


@strawberry.type(
    name="ReceiveStockPayload", description="The stock as it is now, or why nothing was received."
)
class ReceiveStockPayload:
    """What came of receiveStock."""

    stock: list[StockItemType] | None = field(
        Permission.MANAGE_STOCK,
        description="The stock of what was received; null where something was refused.",
    )
    errors: list[ReceiveStockError] = field(Permission.MANAGE_STOCK, description="Everything that is wrong.")


@strawberry.type(
    name="AdjustStockPayload", description="The stock as it is now, or why nothing was adjusted."
)
class AdjustStockPayload:
    """What came of adjustStock."""

    stock: list[StockItemType] | None = field(
        Permission.MANAGE_STOCK,
        description="The stock of what was adjusted; null where something was refused.",
    )
    errors: list[AdjustStockError] = field(Permission.MANAGE_STOCK, description="Everything that is wrong.")


@strawberry.type
class InventoryMutations:
    """What staff do to stock."""

    @resolved(
        Permission.MANAGE_STOCK,
        description="Bring goods into warehouses, once per key.",
        graphql_type=ReceiveStockPayload,
        extensions=[Refusals(ReceiveStockPayload, items="changes")],
    )
    @staticmethod
    async def receive_stock(
        info: Info,
        input: Annotated[ReceiveStockInput, strawberry.argument(description="What came in.")],
    ) -> tuple[StockItem, ...]:
        context = info.context
        return await context.do(
            context.use.receive_stock,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            changes=[change.asked() for change in input.changes],
            note=input.note or "",
        )

    @resolved(
        Permission.MANAGE_STOCK,
        description="Set the books right after a count, damage or a mistake, once per key.",
        graphql_type=AdjustStockPayload,
        extensions=[Refusals(AdjustStockPayload, items="changes")],
    )
    @staticmethod
    async def adjust_stock(
        info: Info,
        input: Annotated[AdjustStockInput, strawberry.argument(description="What is to change.")],
    ) -> tuple[StockItem, ...]:
        context = info.context
        return await context.do(
            context.use.adjust_stock,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            changes=[change.asked() for change in input.changes],
            reason=input.reason,
            note=input.note or "",
        )
