"""Simulation: what a promotion or a coupon would have done to an order that was placed without it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from domain.identity import CustomerId, OrderId, SkuId
from domain.money import Money, Rounding
from domain.period import ALWAYS
from domain.promotions import GiftStock, Guard, Offer, Promotion, PromotionInput, Usage, fold


@attrs.frozen(kw_only=True)
class Simulated:
    """What the goods of one order would have come to."""

    order_id: OrderId
    customer_id: CustomerId
    before: Money
    """What they came to."""
    after: Money
    discount: Money
    """What the promotion itself would have taken off; more than the difference where it takes another's place."""
    worth: Money
    """What it would have given away, at today's prices."""
    applied: bool
    below_floor: bool = False
    """Whether it would have brought a line below its floor of today, or further below; where that is asked."""


@attrs.define
class Trial:
    """A promotion on trial, order by order, with what it would have used of its budget till then.

    It is tried as if it held at every moment of the weekdays and times that it holds for, and for the same customers.
    """

    promotion: Promotion
    claim: str | None = None
    gifts: Mapping[SkuId, GiftStock] = MappingProxyType({})
    """What it may give, of which there is taken to be enough for every order."""
    guard: Guard | None = None
    """What is guarded today; orders are not worked out by what was guarded then."""
    _amount: int = 0
    _uses: int = 0
    _of_customers: dict[CustomerId, int] = attrs.field(factory=dict)

    def on(self, given: PromotionInput, *, order_id: OrderId, customer_id: CustomerId) -> Simulated:
        """Work an order out once more, with the promotion among those that were on offer, in place of itself."""
        schedule = attrs.evolve(self.promotion.schedule, validity=ALWAYS)
        promotion = attrs.evolve(self.promotion, schedule=schedule, suspended=False)
        usage = Usage(self._amount, self._uses, self._of_customers.get(customer_id, 0))
        others = tuple(one for one in given.offers if one.promotion.id != promotion.id)
        offer = Offer(promotion=promotion, usage=usage, claim=self.claim)
        before = fold(given)
        tried = attrs.evolve(
            given, offers=(*others, offer), gifts={**given.gifts, **self.gifts}, guard=self.guard
        )
        after = fold(tried)
        mine = next((one for one in after.applied if one.promotion.id == promotion.id), None)
        if mine is not None:
            self._amount += mine.cost.minor
            self._uses += 1
            self._of_customers[customer_id] = usage.uses_of_customer + 1
        nothing = Money(0, given.currency)
        return Simulated(
            order_id=order_id,
            customer_id=customer_id,
            before=Money.total(before.nets, given.currency),
            after=Money.total(after.nets, given.currency),
            discount=nothing if mine is None else mine.discount,
            worth=nothing if mine is None else mine.cost - mine.discount,
            applied=mine is not None,
            below_floor=bool(after.guarded) and _goes_lower(given, tried),
        )


def _goes_lower(given: PromotionInput, tried: PromotionInput) -> bool:
    """Tell whether a line that is below its floor cost more before, whatever staff and rounding took off the whole."""
    plain = fold(attrs.evolve(given, guard=None, adjustment=None, rounding=Rounding.NONE))
    below = fold(attrs.evolve(tried, adjustment=None, rounding=Rounding.NONE)).guarded
    return any(one.before.minor < plain.nets[one.at].minor for one in below)
