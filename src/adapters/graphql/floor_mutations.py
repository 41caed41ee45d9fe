"""What staff decide about floors: set them and the margins of categories, and approve what is below."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from adapters.graphql.catalog import CategoryType
from adapters.graphql.context import Info
from adapters.graphql.floors import FloorApprovalType
from adapters.graphql.promotions import UnknownGoodsType
from adapters.graphql.quantity_rule_mutations import InvalidAllowanceType, TooManyRulesType
from adapters.graphql.quoting import CustomerNotFoundType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, known_or_missing
from adapters.graphql.skus import AnySku, Named, UnknownSkuType
from adapters.graphql.wants import wanted_categories_in, wanted_skus
from application.authorization import Permission
from application.floors import AskedApproval, AskedFloor, AskedMargin
from application.ports.floors import FloorApproval
from application.views.catalog import CategoryCard, SkuCard
from domain.floors import InvalidFloor
from domain.identity import CategoryId, CustomerId, SkuId

_MANAGE = Permission.MANAGE_FLOORS


@refusal(InvalidFloor, description="A floor or a margin that cannot be.")
class InvalidFloorType(UserErrorType):
    """Shows InvalidFloor."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "FLOOR, COST: it is no price. MARGIN: it is none of 0 to 900 percent with two decimals, or there is no "
            "cost that it is on. TWICE: the SKU or category was named before."
        ),
    )


@strawberry.input(
    name="FloorInput",
    description="What is set for one SKU, whole: where nothing is said it has no floor. All is of the base unit.",
)
class FloorInput:
    """Read as AskedFloor."""

    sku_id: strawberry.ID | None = strawberry.field(
        description="The SKU by id, or else by code.", default=None
    )
    sku_code: str | None = strawberry.field(description="The SKU by the merchant's code.", default=None)
    floor: Decimal | None = strawberry.field(
        description="The least that one is sold for; it counts before the cost.", default=None
    )
    cost: Decimal | None = strawberry.field(description="What one costs the merchant.", default=None)
    margin: Decimal | None = strawberry.field(
        description="By how much more than its cost it is sold at least, in percent; that of its category by default.",
        default=None,
    )

    def asked(self) -> AskedFloor:
        """Read the input."""
        sku = Named.by(id=self.sku_id, code=self.sku_code)
        return AskedFloor(
            sku_id=sku.sku_id,
            sku_code=sku.sku_code,
            reference=sku.reference,
            floor=self.floor,
            cost=self.cost,
            margin=self.margin,
        )


@strawberry.input(name="SetFloorsInput", description="Floors to set, all or none.")
class SetFloorsInput:
    """Read as the arguments of SetFloors."""

    floors: list[FloorInput] = strawberry.field(description="1 to 1000, each of another SKU.")


@strawberry.input(name="CategoryMarginInput", description="The margin on the cost of what is in a category.")
class CategoryMarginInput:
    """Read as AskedMargin."""

    category_id: strawberry.ID = strawberry.field(description="The category, with those below it.")
    margin: Decimal | None = strawberry.field(
        description="In percent of the cost, 0 to 900; none by default.", default=None
    )


@strawberry.input(name="SetCategoryMarginsInput", description="Margins to set, all or none.")
class SetCategoryMarginsInput:
    """Read as the arguments of SetCategoryMargins."""

    margins: list[CategoryMarginInput] = strawberry.field(description="1 to 1000, each of another category.")


@strawberry.input(name="BelowFloorInput", description="Down to which price a customer may have a SKU.")
class BelowFloorInput:
    """Read as AskedApproval."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    lowest: Decimal | None = strawberry.field(
        description="The price of the base unit; needed unless the approval ends.", default=None
    )

    def asked(self) -> AskedApproval:
        """Read the input."""
        return AskedApproval(sku_id=known(SkuId, self.sku_id), reference=self.sku_id, lowest=self.lowest)


@strawberry.input(name="ApproveBelowFloorInput", description="What a customer may have below its floor.")
class ApproveBelowFloorInput:
    """Read as the arguments of ApproveBelowFloor."""

    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    skus: list[BelowFloorInput] = strawberry.field(description="1 to 1000 SKUs.")
    until: datetime | None = strawberry.field(
        description="Until when; without it what was approved ends now.", default=None
    )
    reason: str = strawberry.field(description="Why, in at most 500 characters.")


SetFloorsError = Annotated[
    UnknownSkuType | InvalidFloorType | TooManyRulesType,
    strawberry.union("SetFloorsError", description="Why floors were not set."),
]
SetCategoryMarginsError = Annotated[
    UnknownGoodsType | InvalidFloorType | TooManyRulesType,
    strawberry.union("SetCategoryMarginsError", description="Why margins were not set."),
]
ApproveBelowFloorError = Annotated[
    UnknownSkuType | CustomerNotFoundType | InvalidAllowanceType | TooManyRulesType,
    strawberry.union("ApproveBelowFloorError", description="Why nothing was approved."),
]


@strawberry.type(name="SetFloorsPayload", description="The SKUs, or why their floors were not set.")
class SetFloorsPayload:
    """What came of setFloors."""

    skus: Any = field(
        _MANAGE,
        description="The SKUs; null where something was refused.",
        graphql_type=list[AnySku] | None,
    )
    errors: list[SetFloorsError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(
    name="SetCategoryMarginsPayload", description="The categories, or why their margins were not set."
)
class SetCategoryMarginsPayload:
    """What came of setCategoryMargins."""

    categories: list[CategoryType] | None = field(
        _MANAGE, description="The categories; null where something was refused."
    )
    errors: list[SetCategoryMarginsError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="ApproveBelowFloorPayload", description="What is approved now, or why nothing is.")
class ApproveBelowFloorPayload:
    """What came of approveBelowFloor."""

    approvals: list[FloorApprovalType] | None = field(
        _MANAGE, description="One for each SKU; null where something was refused."
    )
    errors: list[ApproveBelowFloorError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type
class FloorMutations:
    """What staff decide about floors."""

    @resolved(
        _MANAGE,
        description="Set the least that SKUs are sold for, or what they cost, for all of them or for none.",
        graphql_type=SetFloorsPayload,
        extensions=[Refusals(SetFloorsPayload, items="floors")],
    )
    @staticmethod
    async def set_floors(
        info: Info, input: Annotated[SetFloorsInput, strawberry.argument(description="The floors.")]
    ) -> list[SkuCard]:
        context = info.context
        floors = [one.asked() for one in input.floors]
        ids = await context.do(context.use.set_floors, actor=context.actor, floors=floors)
        found = await context.views.catalog.skus_by_id(ids, want=wanted_skus(info, "skus"))
        return [found[id] for id in ids]

    @resolved(
        _MANAGE,
        description="Set the margins on the cost of what is in categories, for all of them or for none.",
        graphql_type=SetCategoryMarginsPayload,
        extensions=[Refusals(SetCategoryMarginsPayload, items="margins")],
    )
    @staticmethod
    async def set_category_margins(
        info: Info,
        input: Annotated[SetCategoryMarginsInput, strawberry.argument(description="The margins.")],
    ) -> list[CategoryCard]:
        context = info.context
        margins = [
            AskedMargin(
                category_id=known(CategoryId, one.category_id), reference=one.category_id, margin=one.margin
            )
            for one in input.margins
        ]
        ids = await context.do(context.use.set_category_margins, actor=context.actor, margins=margins)
        want = wanted_categories_in(info, "categories")
        found = await context.views.catalog.categories_by_id(ids, want=want)
        return [found[id] for id in ids]

    @resolved(
        _MANAGE,
        description=(
            "Let a customer have SKUs below their floors, down to a price, until then, or no longer; in the place of "
            "what was approved before."
        ),
        graphql_type=ApproveBelowFloorPayload,
        extensions=[Refusals(ApproveBelowFloorPayload, items="skus")],
    )
    @staticmethod
    async def approve_below_floor(
        info: Info,
        input: Annotated[ApproveBelowFloorInput, strawberry.argument(description="What to whom.")],
    ) -> tuple[FloorApproval, ...]:
        context = info.context
        return await context.do(
            context.use.approve_below_floor,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            skus=[one.asked() for one in input.skus],
            until=input.until,
            reason=input.reason,
        )
