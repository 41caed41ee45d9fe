"""Trying a promotion or a coupon on orders that were placed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.connections import Order
from adapters.graphql.context import Info
from adapters.graphql.coupons import CouponTemplateNotFoundType
from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.pricing import MoneyType
from adapters.graphql.promotions import (
    InvalidPromotionType,
    PromotionDraftInput,
    PromotionNotFoundType,
    UnknownGoodsType,
)
from adapters.graphql.refusals import Refusals
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, known_or_missing
from adapters.graphql.visibility import UnknownAudienceType
from application.authorization import Permission
from application.promotions import Draft
from application.simulating import Simulation
from domain.errors import Refused
from domain.identity import CouponTemplateId, OrderId, PromotionId
from domain.money import Currency
from domain.promotions import InvalidPromotion

_MANAGE = Permission.MANAGE_PROMOTIONS
_PLACED = Order("SIMULATED", (str, str))


@strawberry.type(name="SimulatedOrder", description="What the goods of one order would have come to.")
class SimulatedOrderType:
    """Shows Simulated."""

    order_id: strawberry.ID = field(Permission.VIEW_ORDERS, description="The order.")
    customer_id: strawberry.ID = field(Permission.VIEW_CUSTOMERS, description="Whose it is, by id.")
    before: MoneyType = field(_MANAGE, description="What they came to.")
    after: MoneyType = field(_MANAGE, description="What they would have come to.")
    below_floor: bool = field(
        Permission.VIEW_FLOORS,
        description="Whether it would have brought a line below its floor of today, or further below.",
    )
    discount: MoneyType = field(
        _MANAGE,
        description="What it would have taken off; more than the difference where it replaces another.",
    )
    worth: MoneyType = field(
        _MANAGE, name="giftValue", description="What it would have given away, at today's prices."
    )


@strawberry.type(
    name="Simulation", description="What a promotion or a coupon would have done to some orders."
)
class SimulationType:
    """Shows Simulation."""

    orders: int = field(_MANAGE, description="How many orders were looked at, at most 500.")
    hit: int = field(_MANAGE, name="ordersHit", description="How many it would have been applied to.")
    customers: int = field(_MANAGE, name="customersHit", description="How many companies' those are.")
    discount: MoneyType = field(_MANAGE, description="What it would have taken off them.")
    before: MoneyType = field(_MANAGE, description="What the goods of all that were looked at came to.")
    after: MoneyType = field(_MANAGE, description="What they would have come to.")
    worth: MoneyType = field(
        _MANAGE, name="giftValue", description="What it would have given away, at today's prices."
    )
    below_floor: int = field(
        Permission.VIEW_FLOORS,
        name="ordersBelowFloor",
        description="How many orders it would have brought below a floor of today, or further below.",
    )
    examples: list[SimulatedOrderType] = field(
        _MANAGE, description="The first orders that it would have been applied to, at most 20."
    )

    @resolved(
        # The cursor has the id of an order in it.
        Permission.VIEW_ORDERS,
        description="Where the next simulation goes on, for `after`; null where all of the time was looked at.",
        graphql_type=str | None,
    )
    @staticmethod
    def next(root: Simulation) -> str | None:
        return None if root.next is None else _PLACED.cursor((root.next[0].isoformat(), root.next[1]))


@strawberry.input(
    name="SimulatePromotionInput",
    description="What is tried: a draft, a promotion or a coupon template, one of them; and on which orders.",
)
class SimulatePromotionInput:
    """Read as the arguments of SimulatePromotion."""

    draft: PromotionDraftInput | None = strawberry.field(
        description="A promotion that there is not yet.", default=None
    )
    promotion_id: strawberry.ID | None = strawberry.field(
        description="A promotion, in place of what it was then.", default=None
    )
    coupon_template_id: strawberry.ID | None = strawberry.field(
        description="A coupon template, as if everybody who may claim it had as many as they may.",
        default=None,
    )
    since: datetime | None = strawberry.field(
        description="Orders placed from then on; 31 days before `until` by default.", default=None
    )
    until: datetime | None = strawberry.field(
        description="Orders placed before that; until now by default.", default=None
    )
    after: str | None = strawberry.field(
        description="Where a simulation before has ended, to go on.", default=None
    )

    def what(self, currency: Currency) -> Draft | PromotionId | CouponTemplateId:
        """Read what is tried.

        :raises Refused: if it is none of the three, or several, or can be none.
        """
        named = [one for one in (self.draft, self.promotion_id, self.coupon_template_id) if one is not None]
        if len(named) != 1:
            raise Refused((InvalidPromotion("ONE_OF"),))
        if self.draft is not None:
            return self.draft.draft(currency)
        if self.promotion_id is not None:
            return known_or_missing(PromotionId, self.promotion_id)
        return known_or_missing(CouponTemplateId, self.coupon_template_id or "")

    def last(self) -> tuple[datetime, OrderId] | None:
        """Read where to go on.

        :raises BadInput: if it is no cursor of a simulation.
        """
        key = _PLACED.key(self.after)
        if key is None:
            return None
        order_id = known(OrderId, str(key[1]))
        try:
            at = datetime.fromisoformat(str(key[0]))
        except ValueError:
            at = None
        if order_id is None or at is None or at.tzinfo is None:
            raise BadInput(Wrong.CURSOR)
        return at, order_id


SimulatePromotionError = Annotated[
    InvalidPromotionType
    | UnknownGoodsType
    | UnknownAudienceType
    | PromotionNotFoundType
    | CouponTemplateNotFoundType,
    strawberry.union("SimulatePromotionError", description="Why nothing was tried."),
]


@strawberry.type(name="SimulatePromotionPayload", description="What came of it, or why nothing was tried.")
class SimulatePromotionPayload:
    """What came of simulatePromotion."""

    simulation: SimulationType | None = field(
        _MANAGE, description="What came of it; null where it was refused."
    )
    errors: list[SimulatePromotionError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type
class SimulationQueries:
    """What would have been."""

    @resolved(
        _MANAGE,
        description="Try a promotion or a coupon on orders that were placed; nothing is changed.",
        graphql_type=SimulatePromotionPayload,
        extensions=[Refusals(SimulatePromotionPayload)],
    )
    @staticmethod
    async def simulate_promotion(
        info: Info, input: Annotated[SimulatePromotionInput, strawberry.argument(description="What.")]
    ) -> Simulation:
        context = info.context
        return await context.ask(
            context.use.simulate_promotion,
            actor=context.actor,
            what=input.what(context.actor.merchant.currency),
            since=input.since,
            until=input.until,
            after=input.last(),
        )
