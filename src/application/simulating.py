"""Simulation: try a promotion or a coupon on orders that were placed; nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.gift_counter import GiftCounter
from application.ports.clock import Clock
from application.ports.storage import Storage, UnitOfWork
from application.promotions import Draft, check_named
from domain.coupons import CouponTemplate
from domain.errors import Refused
from domain.identity import CouponTemplateId, OrderId, PromotionId, SkuId
from domain.money import Money
from domain.promotions import (
    Budget,
    GiftStock,
    Guard,
    InvalidPromotion,
    Promotion,
    PromotionNotFound,
)
from domain.quantity import LARGEST, Quantity
from domain.simulation import Simulated, Trial

MOST_ORDERS = 500
"""So many orders one simulation looks at; the next goes on after them."""
LONGEST = timedelta(seconds=3)
"""A simulation that takes longer stops there, and the next goes on."""
USUAL = timedelta(days=31)
MOST_SHOWN = 20
DRAFT_ID = PromotionId.of(bytes(16))
"""What a draft is called, which has no identity yet: no promotion has this one."""


@attrs.frozen(kw_only=True)
class Simulation:
    """What a promotion would have done to some orders."""

    orders: int
    """How many were looked at."""
    hit: int
    """How many it would have been applied to."""
    customers: int
    """How many companies' those are."""
    discount: Money
    """What it would have taken off them."""
    before: Money
    """What the goods of all that were looked at came to."""
    after: Money
    """What they would have come to."""
    worth: Money
    """What it would have given away, at today's prices."""
    below_floor: int
    """How many of them it would have brought below a floor, or further below; none where the actor sees no floors."""
    examples: tuple[Simulated, ...]
    """The first that it would have been applied to."""
    next: tuple[datetime, OrderId] | None
    """After which order the next goes on; None where all of the time was looked at."""


@attrs.frozen(kw_only=True)
class SimulatePromotion:
    """Say what a draft, a promotion or a coupon template would have done to the orders of some time."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        what: Draft | PromotionId | CouponTemplateId,
        since: datetime | None = None,
        until: datetime | None = None,
        after: tuple[datetime, OrderId] | None = None,
    ) -> Simulation:
        """The month until now where no time is said. Budgets and limits begin anew with every simulation.

        :raises Refused: if the draft can be no promotion or names what there is not; or if there is no such promotion.
        :raises CouponTemplateNotFound: if there is no such template.
        :raises Forbidden: if the actor may not manage promotions.
        """
        policy.may(actor, Permission.MANAGE_PROMOTIONS)
        begun = self.clock.now()
        until = until or begun
        since = since or until - USUAL
        with self.unit_of_work.reading(actor) as storage:
            if isinstance(what, Draft):
                try:
                    promotion = what.promotion(DRAFT_ID, version=1, suspended=False)
                except InvalidPromotion as refusal:
                    raise Refused((refusal,)) from None
                check_named(storage, what, lock=False)
                trial = Trial(promotion)
            elif isinstance(what, CouponTemplateId):
                trial = _as_promotion(storage.coupons.template(what))
            else:
                found = storage.promotions.find(what)
                if found is None:
                    raise Refused((PromotionNotFound(what),))
                trial = Trial(found)
            trial = attrs.evolve(trial, gifts=self._gifts(storage, trial.promotion, at=begun))
            placed = storage.placed_orders.page(since=since, until=until, after=after, most=MOST_ORDERS + 1)
            # By what a cap would leave, whoever sees no floors would learn them.
            if actor.has(Permission.VIEW_FLOORS):
                skus = {line.sku_id for one in placed for line in one.given.lines}
                floors = storage.floors.of_skus(skus)
                policy_of = actor.merchant.margin_guard
                trial.guard = Guard(policy=policy_of, floors=floors, guards_whole=True) if floors else None
        done: list[Simulated] = []
        last = None
        for one in placed[:MOST_ORDERS]:
            if done and self.clock.now() - begun > LONGEST:
                break
            done.append(trial.on(one.given, order_id=one.order_id, customer_id=one.customer_id))
            last = (one.placed_at, one.order_id)
        hit = [one for one in done if one.applied]
        currency = actor.merchant.currency
        return Simulation(
            orders=len(done),
            hit=len(hit),
            customers=len({one.customer_id for one in hit}),
            discount=Money.total((one.discount for one in hit), currency),
            before=Money.total((one.before for one in done), currency),
            after=Money.total((one.after for one in done), currency),
            worth=Money.total((one.worth for one in hit), currency),
            below_floor=sum(one.below_floor for one in done),
            examples=tuple(hit[:MOST_SHOWN]),
            next=last if len(done) < len(placed) else None,
        )

    def _gifts(self, storage: Storage, promotion: Promotion, *, at: datetime) -> Mapping[SkuId, GiftStock]:
        """What the promotion may give, at today's base price: as much of it as anybody may get."""
        counter = GiftCounter.ask(storage, [promotion])
        if not counter.sku_ids:
            return {}
        prices = storage.prices.charged_later(None, sku_ids=counter.sku_ids, since=at)(at)
        return {
            id: GiftStock(sku_id=id, available=Quantity(LARGEST), unit_price=shelf.unit_price)
            for id, shelf in counter.gifts(prices, {}).items()
        }


def _as_promotion(template: CouponTemplate) -> Trial:
    """A coupon as if every company that may claim it had as many as it may, and used one in each order it can."""
    limits = template.limits
    promotion: Promotion = attrs.evolve(
        template.promotion,
        audience=template.audience,
        budget=Budget(uses=limits.uses or limits.claims, uses_per_customer=limits.claims_each),
        exclusive_group="coupons",
    )
    return Trial(promotion, claim=template.id)
