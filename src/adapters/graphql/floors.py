"""Floors, margins and approvals as staff see them, and what was sold below its floor."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from adapters.graphql.catalog import CategoryType
from adapters.graphql.connections import (
    After,
    Asked,
    Before,
    ConnectionType,
    First,
    Last,
    Order,
    Page,
    nothing,
)
from adapters.graphql.context import Info
from adapters.graphql.ordering import AnyCustomer
from adapters.graphql.pricing import MoneyType
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known
from adapters.graphql.skus import AnySku, load_sku, sku_code
from adapters.graphql.wants import wanted_category, wanted_customer
from application import authorization as policy
from application.authorization import Permission
from application.floors import GuardTrace, TracedLine
from application.ports.floors import FloorApproval
from application.views.catalog import CategoryCard, SkuCard
from application.views.customers import CustomerCard
from application.views.floors import CategoryMargin, FloorCard, LineBelowFloor
from domain.identity import OrderId
from domain.merchant import MarginGuard
from domain.money import Money, Percentage, UnitPrice

_VIEW = Permission.VIEW_FLOORS
_BY_SKU = Order("FLOOR", (str, str))
_BY_CUSTOMER = Order("FLOOR_APPROVAL", (str, str))
_NEWEST = Order("BELOW_FLOOR", (int, str, int))
_USUAL = timedelta(days=31)


def _percent(share: Percentage | None) -> Decimal | None:
    return None if share is None else Decimal(str(share))


@strawberry.type(
    name="SkuFloor", description="The least that a SKU is sold for, of one of the base unit; staff only."
)
class SkuFloorType:
    """Shows FloorCard."""

    lowest: MoneyType = field(_VIEW, description="What all of it comes to: less is below the floor.")

    @resolved(_VIEW, description="The SKU.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: FloorCard, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)

    @resolved(
        _VIEW, description="The floor as it was set, which counts first.", graphql_type=MoneyType | None
    )
    @staticmethod
    def floor(root: FloorCard) -> UnitPrice | None:
        return root.set.floor

    @resolved(_VIEW, description="What one costs the merchant.", graphql_type=MoneyType | None)
    @staticmethod
    def cost(root: FloorCard) -> UnitPrice | None:
        return root.set.cost

    @resolved(
        _VIEW,
        description="By how much more than its cost it is sold at least, in percent of that, as it was set.",
        graphql_type=Decimal | None,
    )
    @staticmethod
    def margin(root: FloorCard) -> Decimal | None:
        return _percent(root.set.margin)

    @resolved(
        _VIEW,
        description="The margin of the nearest category that has one, which counts where the SKU has none.",
        graphql_type=Decimal | None,
    )
    @staticmethod
    def usual_margin(root: FloorCard) -> Decimal | None:
        return _percent(root.usual)


@strawberry.type(name="CategoryMargin", description="The margin on the cost of what is in a category.")
class CategoryMarginType:
    """Shows CategoryMargin."""

    @resolved(_VIEW, description="In percent of the cost.", graphql_type=Decimal)
    @staticmethod
    def margin(root: CategoryMargin) -> Decimal:
        return Decimal(str(root.margin))

    @resolved(_VIEW, description="The category, with those below it.", graphql_type=CategoryType | None)
    @staticmethod
    async def category(root: CategoryMargin, info: Info) -> CategoryCard | None:
        return await info.context.load.categories.load((wanted_category(info), root.category_id))


@strawberry.type(
    name="FloorApproval", description="That a customer may have a SKU below its floor for a while."
)
class FloorApprovalType:
    """Shows FloorApproval."""

    lowest: MoneyType = field(_VIEW, description="Down to which price of the base unit.")
    until: datetime = field(_VIEW, description="Until when.")
    reason: str = field(_VIEW, description="Why.")

    @resolved(_VIEW, description="The SKU.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: FloorApproval, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)

    @resolved(Permission.VIEW_CUSTOMERS, description="The customer.", graphql_type=AnyCustomer | None)
    @staticmethod
    async def customer(root: FloorApproval, info: Info) -> CustomerCard | None:
        return await info.context.load.customers.load((wanted_customer(info), root.customer_id))


@strawberry.type(
    name="LineBelowFloor", description="A line of an order that costs less than its floor is now."
)
class LineBelowFloorType:
    """Shows LineBelowFloor."""

    order_id: strawberry.ID = field(Permission.VIEW_ORDERS, description="The order, by id.")
    number: str = field(Permission.VIEW_ORDERS, name="orderNumber", description="Its number.")
    placed_at: datetime = field(Permission.VIEW_ORDERS, description="When it was placed.")
    base_quantity: Decimal = field(_VIEW, description="How many of the base unit.")
    net: MoneyType = field(_VIEW, description="What the line costs after all discounts.")
    floor: MoneyType = field(_VIEW, description="The least that so many are sold for.")

    @resolved(_VIEW, description="The SKU.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: LineBelowFloor, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)


@strawberry.type(name="GuardedLine", description="A line that would have cost less than its floor of then.")
class GuardedLineType:
    """Shows TracedLine."""

    @resolved(_VIEW, description="The SKU.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: TracedLine, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)

    @resolved(_VIEW, description="The least that so many were to cost.", graphql_type=MoneyType)
    @staticmethod
    def floor(root: TracedLine) -> Money:
        return root.guarded.floor

    @resolved(_VIEW, description="What promotions and coupons would have left.", graphql_type=MoneyType)
    @staticmethod
    def before(root: TracedLine) -> Money:
        return root.guarded.before

    @resolved(_VIEW, description="What the guard left.", graphql_type=MoneyType)
    @staticmethod
    def after(root: TracedLine) -> Money:
        return root.guarded.after


@strawberry.type(name="GuardTrace", description="What the margin guard did to an order when it was placed.")
class GuardTraceType:
    """Shows GuardTrace."""

    policy: MarginGuard = field(_VIEW, description="What the merchant did about lines below their floors.")
    lines: list[GuardedLineType] = field(_VIEW, description="The lines that were below theirs.")


FloorConnection: Any = ConnectionType[SkuFloorType]
FloorApprovalConnection: Any = ConnectionType[FloorApprovalType]
LineBelowFloorConnection: Any = ConnectionType[LineBelowFloorType]


@strawberry.type
class FloorShelf:
    """A part of the back office."""

    @resolved(
        _VIEW,
        description="The SKUs for which a floor or a cost is set, by SKU code.",
        graphql_type=FloorConnection,
    )
    @staticmethod
    async def floors(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        sku_code_: Annotated[
            str | None, strawberry.argument(name="skuCode", description="Only of this SKU.")
        ] = None,
    ) -> Page[FloorCard]:
        asked = Asked.of(_BY_SKU, info, first=first, after=after, last=last, before=before)
        only = sku_code(sku_code_)
        if sku_code_ is not None and only is None:
            return nothing(asked)
        found = await info.context.views.floors.floors(window=asked.window, sku_code=only, count=asked.count)
        return Page(found, asked.order)

    @resolved(
        _VIEW,
        description="The margins of categories, which count where a SKU has a cost and no margin.",
        graphql_type=list[CategoryMarginType],
    )
    @staticmethod
    async def category_margins(info: Info) -> tuple[CategoryMargin, ...]:
        return await info.context.views.floors.margins()

    @resolved(
        _VIEW,
        description=(
            "What customers may have below a floor, and what they might. It needs VIEW_CUSTOMERS as well."
        ),
        graphql_type=FloorApprovalConnection,
    )
    @staticmethod
    async def floor_approvals(
        info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Page[FloorApproval]:
        # Its cursors have the ids of customers in them.
        policy.may(info.context.actor, Permission.VIEW_CUSTOMERS)
        asked = Asked.of(_BY_CUSTOMER, info, first=first, after=after, last=last, before=before)
        found = await info.context.views.floors.approvals(window=asked.window, count=asked.count)
        return Page(found, asked.order)

    @resolved(
        _VIEW,
        description=(
            "What the margin guard did to an order, with the policy and the floors of then; null where nothing of it "
            "was guarded. It needs VIEW_ORDERS as well."
        ),
        graphql_type=GuardTraceType | None,
    )
    @staticmethod
    async def guard_trace(
        info: Info, order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")]
    ) -> GuardTrace | None:
        context = info.context
        policy.may(context.actor, Permission.VIEW_ORDERS)
        found = known(OrderId, order_id)
        if found is None:
            return None
        return await context.ask(context.use.trace_guard, actor=context.actor, order_id=found)

    @resolved(
        _VIEW,
        description=(
            "The lines of orders of a time that cost less than their floors as these are now, newest first; without "
            "gifts and without what was called off. It needs VIEW_ORDERS as well."
        ),
        graphql_type=LineBelowFloorConnection,
    )
    @staticmethod
    async def lines_below_floor(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        since: Annotated[
            datetime | None,
            strawberry.argument(description="Placed from then on; 31 days before `until` by default."),
        ] = None,
        until: Annotated[
            datetime | None, strawberry.argument(description="Placed before that; until now by default.")
        ] = None,
    ) -> Page[LineBelowFloor]:
        # Its cursors have the ids of orders in them.
        policy.may(info.context.actor, Permission.VIEW_ORDERS)
        asked = Asked.of(_NEWEST, info, first=first, after=after, last=last, before=before)
        until = until or info.context.looks.now()
        found = await info.context.views.floors.below(
            window=asked.window, since=since or until - _USUAL, until=until, count=asked.count
        )
        return Page(found, asked.order)
