"""The order itself, and the moves it can make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import attrs

from domain.catalog import Sku
from domain.customers import Address
from domain.errors import DomainError, Refused
from domain.events import Event
from domain.floors import refused_below
from domain.identity import BuyerId, CustomerId, OrderId, ProductId
from domain.merchant import PaymentMethod
from domain.money import Currency, Money, Rounding
from domain.ordering._facts import (
    AdjustmentTooLarge,
    FulfillmentStarted,
    IllegalMove,
    InvalidWeighing,
    NotAmendable,
    OrderAdjusted,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderPlaced,
    OrderWeighed,
    OutsideTolerance,
)
from domain.ordering._line import LineWeight, OrderLine
from domain.ordering._states import (
    FALLEN_STATUSES,
    MOVES,
    OPEN_STATUSES,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    Side,
)
from domain.ownership import NOBODY, Owners
from domain.period import aware
from domain.promotions import OrderPromotion, PricedLine, PromotionInput, fold
from domain.quantity import Quantity
from domain.quoting import MOST_LINES, Quote
from domain.visibility import NOBODY as NO_AUDIENCE

LONGEST_NOTE = 500
LONGEST_NUMBER = 64


@attrs.frozen(kw_only=True)
class Terms:
    """What the buyer asks for beside the goods."""

    payment_method: PaymentMethod
    requested_delivery_date: date | None = None
    purchase_order_number: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.max_len(LONGEST_NUMBER))
    )
    note: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.max_len(LONGEST_NOTE))
    )
    address: Address | None = None


@attrs.frozen(kw_only=True)
class Order:
    """A promise to a customer: lines at their prices, to be paid and shipped."""

    id: OrderId
    number: str
    customer_id: CustomerId
    buyer_id: BuyerId
    placed_by_id: CustomerId | None = None
    """The company above that placed it for the customer; None where the customer did so itself."""
    owners: Owners = NOBODY
    """Who owned the customer when it was placed."""
    lines: tuple[OrderLine, ...] = attrs.field(validator=attrs.validators.min_len(1))
    """What was ordered, then what is given with it."""
    promotions: tuple[OrderPromotion, ...] = ()
    """What was taken off and given, in the order in which it was."""
    currency: Currency
    adjusted: Money = attrs.field(
        default=attrs.Factory(lambda self: Money(0, self.currency), takes_self=True)
    )
    """What staff took off the whole after it was placed; the lines have their shares of it."""
    rounded: Money = attrs.field(default=attrs.Factory(lambda self: Money(0, self.currency), takes_self=True))
    """What was left off to make the total round; the lines have their shares of it."""
    terms: Terms
    placed_at: datetime = attrs.field(validator=aware)
    status: OrderStatus = OrderStatus.SUBMITTED
    payment_status: PaymentStatus = PaymentStatus.UNPAID
    fulfillment_status: FulfillmentStatus = FulfillmentStatus.UNFULFILLED
    version: int = 0
    events: tuple[Event, ...] = attrs.field(default=(), eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if sum(line.gift_value is None for line in self.lines) > MOST_LINES:
            raise ValueError(f"at most {MOST_LINES} lines are ordered at once")

    @property
    def total(self) -> Money:
        """What the customer owes for it: the sum of its lines, after all that was taken off."""
        return Money.total((line.net for line in self.lines), self.currency)

    @property
    def settled_total(self) -> Money | None:
        """What it comes to by what was weighed, with what was ordered where nothing was; None before anything was.

        What was promised stays as it is; the difference is to be paid back, or to be charged.
        """
        if not any(line.weight is not None and line.weight.actual is not None for line in self.lines):
            return None
        return Money.total((line.settled_net for line in self.lines), self.currency)

    @property
    def product_ids(self) -> frozenset[ProductId]:
        """The products that are in it."""
        return frozenset(line.product_id for line in self.lines)

    @property
    def stands(self) -> bool:
        """Whether what is in it was bought: it was placed, and has not come to nothing."""
        return self.status not in FALLEN_STATUSES

    @classmethod
    def place(
        cls,
        *,
        id: OrderId,
        customer_id: CustomerId,
        buyer_id: BuyerId,
        placed_by_id: CustomerId | None = None,
        owners: Owners = NOBODY,
        quote: Quote,
        terms: Terms,
        at: datetime,
    ) -> Order:
        """Turn a quote without problems into an order; its number is given when it is stored.

        :raises Refused: if the quote has problems.
        """
        quote = quote.or_refuse()
        lines = tuple(
            OrderLine(
                sku_id=line.listing.sku.id,
                sku_code=line.listing.sku.code,
                sku_name=line.listing.sku.name,
                product_id=line.listing.product_id,
                unit_code=line.pack.unit.code,
                unit_name=line.pack.unit.name,
                quantity=line.quantity,
                base_quantity=line.base_quantity,
                unit_price=line.price.unit_price,
                list_price=line.price.list_price,
                price_source=line.price.source,
                total=line.total,
                discount=line.discount or Money(0, quote.total.currency),
                weight=_weight(line.listing.sku),
            )
            for line in quote.lines
            if line.listing
            and line.pack
            and line.quantity
            and line.base_quantity
            and line.price
            and line.total
        )
        if len(lines) != len(quote.lines):
            raise ValueError("a quote without problems has whole lines")
        order = cls(
            id=id,
            number="",
            customer_id=customer_id,
            buyer_id=buyer_id,
            placed_by_id=placed_by_id,
            owners=owners,
            lines=(*lines, *(OrderLine.given(one) for one in quote.given_now)),
            promotions=tuple(OrderPromotion.of(one) for one in quote.promotions.applied),
            currency=quote.total.currency,
            rounded=quote.rounded,
            terms=terms,
            placed_at=at,
        )
        return attrs.evolve(order, events=(OrderPlaced(at=at, order_id=id),))

    def confirm(self, *, at: datetime) -> Order:
        """The merchant takes the order.

        :raises IllegalMove: if it is not waiting for that.
        """
        return self._move(OrderStatus.CONFIRMED, OrderConfirmed(at=at, order_id=self.id))

    def cancel(self, *, at: datetime, by: Side) -> Order:
        """Call the order off: the buyer until it is confirmed, the merchant until it is being shipped.

        :raises IllegalMove: if it is too late.
        """
        if by is Side.BUYER and self.status is OrderStatus.CONFIRMED:
            raise IllegalMove(self.id, self.status, OrderStatus.CANCELLED)
        return self._move(OrderStatus.CANCELLED, OrderCancelled(at=at, order_id=self.id, by=by))

    def start_fulfillment(self, *, at: datetime) -> Order:
        """Begin to pick and ship.

        :raises IllegalMove: if the order is not confirmed.
        """
        return self._move(OrderStatus.IN_FULFILLMENT, FulfillmentStarted(at=at, order_id=self.id))

    def complete(self, *, at: datetime) -> Order:
        """Everything was shipped and received.

        :raises IllegalMove: if the order is not being shipped.
        """
        done = self._move(OrderStatus.COMPLETED, OrderCompleted(at=at, order_id=self.id))
        return attrs.evolve(done, fulfillment_status=FulfillmentStatus.DELIVERED)

    def as_promoted(self, *, time_zone: str) -> PromotionInput:
        """What decided its discounts where nothing was kept of that: nothing was on offer."""
        return PromotionInput(
            lines=tuple(
                PricedLine(
                    sku_id=line.sku_id,
                    product_id=line.product_id,
                    category_ids=frozenset(),
                    brand_id=None,
                    base_quantity=line.base_quantity,
                    total=line.total,
                )
                for line in self.lines
                if line.gift_value is None
            ),
            offers=(),
            currency=self.currency,
            audience=NO_AUDIENCE,
            at=self.placed_at,
            time_zone=time_zone,
        )

    def adjust(self, given: PromotionInput, *, at: datetime) -> Order:
        """Take something off the whole, in place of what staff took off before; `given` is its own input with that.

        :raises NotAmendable: if it is past that.
        :raises AdjustmentTooLarge: if it costs less than that.
        :raises Refused: with every line that would be below its floor by it, where the guard does not take it back.
        """
        if self.status not in OPEN_STATUSES:
            raise NotAmendable(self.id, self.status, "STATUS")
        if self.payment_status is not PaymentStatus.UNPAID:
            raise NotAmendable(self.id, self.status, "PAID")
        if self.settled_total is not None:
            raise NotAmendable(self.id, self.status, "WEIGHED")
        folded = fold(given)
        asked = None if given.adjustment is None else given.adjustment.amount
        if asked is not None:
            plain = fold(attrs.evolve(given, adjustment=None, rounding=Rounding.NONE))
            most = Money.total(plain.nets, self.currency)
            if asked.minor > most.minor:
                raise AdjustmentTooLarge(most)
        below = [given.lines[one.at].sku_id for one in folded.guarded if one.refused]
        if given.guard is not None and below:
            raise Refused(tuple(refused_below(given.guard.policy, sku_id, None) for sku_id in below))
        discounts = iter(folded.discounts)
        return attrs.evolve(
            self,
            lines=tuple(
                line if line.gift_value is not None else attrs.evolve(line, discount=next(discounts))
                for line in self.lines
            ),
            adjusted=Money(folded.adjusted, self.currency),
            rounded=Money(folded.rounded, self.currency),
            events=(*self.events, OrderAdjusted(at=at, order_id=self.id)),
        )

    def weigh(self, weights: Mapping[int, Quantity], *, accepted: bool, at: datetime) -> Order:
        """Say what lines weigh, by where they stand, in the place of what was said before; nothing else changes.

        Weights beyond what is tolerated are taken where they are `accepted`.

        :raises NotAmendable: if it was not taken by the merchant, or is being shipped already.
        :raises Refused: with every line that is not weighed, and every weight that is beyond what is tolerated.
        """
        if self.status is not OrderStatus.CONFIRMED:
            raise NotAmendable(self.id, self.status, "STATUS")
        lines, refusals = list(self.lines), list[DomainError]()
        for number, (at_line, actual) in enumerate(weights.items()):
            if not 0 <= at_line < len(lines):
                refusals.append(InvalidWeighing("LINE", number))
            elif lines[at_line].weight is None:
                refusals.append(InvalidWeighing("NOT_WEIGHED", number))
            elif not accepted and (beyond := lines[at_line].outside(actual)):
                refusals.append(OutsideTolerance(*beyond, number))
            else:
                lines[at_line] = lines[at_line].weigh(actual)
        if refusals:
            raise Refused(tuple(refusals))
        return attrs.evolve(
            self, lines=tuple(lines), events=(*self.events, OrderWeighed(at=at, order_id=self.id))
        )

    def _move(self, wanted: OrderStatus, fact: Event) -> Order:
        if wanted not in MOVES.get(self.status, ()):
            raise IllegalMove(self.id, self.status, wanted)
        return attrs.evolve(self, status=wanted, events=(*self.events, fact))


def _weight(sku: Sku) -> LineWeight | None:
    """What a line keeps of how its SKU is weighed."""
    rule = sku.rule.catch_weight
    if rule is None:
        return None
    return LineWeight(unit_code=sku.unit.code, unit_name=sku.unit.name, tolerance=rule.tolerance)


def recomputed(
    lines: Sequence[OrderLine],
    promotions: Sequence[OrderPromotion],
    given: PromotionInput,
    *,
    adjusted: Money,
    rounded: Money,
) -> bool:
    """Work out once more what was taken off an order, of what it kept, and tell whether it is what it says."""
    folded = fold(given)
    ordered = [line for line in lines if line.gift_value is None]
    gifts = [line for line in lines if line.gift_value is not None]
    return (
        [(line.sku_id, line.base_quantity, line.total) for line in ordered]
        == [(line.sku_id, line.base_quantity, line.total) for line in given.lines]
        and tuple(line.discount for line in ordered) == folded.discounts
        and [(line.sku_id, line.base_quantity, line.gift_value) for line in gifts]
        == [(gift.sku_id, gift.quantity, gift.value) for gift in folded.gifts if gift.quantity]
        and (adjusted.minor, rounded.minor) == (folded.adjusted, folded.rounded)
        and tuple(promotions) == tuple(OrderPromotion.of(one) for one in folded.applied)
        and not any(one.refused for one in folded.guarded)
    )
