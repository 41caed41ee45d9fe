"""The shapes of a basket, of what is known about its SKUs, and of the quote that is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs

from domain.catalog import Listing, Pack
from domain.coupons import CouponOutcome, HeldCoupon
from domain.errors import DomainError, Refused
from domain.identity import SkuCode, SkuId
from domain.inventory import Demand
from domain.money import Money, UnitPrice
from domain.price_choice import NO_PRICES, Price, PriceStep, SkuPrices
from domain.promotions import Folded, GiftLine, PromotionInput
from domain.quantity import Quantity
from domain.special_prices import ChargedSpecial, MissedSpecial, Ordered

MOST_LINES = 500
LARGEST_LINE = 10**9
"""A line takes at most a million of the base unit, in thousandths."""


@attrs.frozen(kw_only=True)
class Measure:
    """How many of which unit (the base unit where none is named)."""

    quantity: Decimal
    unit: str | None = None


@attrs.frozen(kw_only=True)
class BasketLine:
    """What somebody asks for: a SKU by id or by code, how many, in which unit (the base unit where none is named).

    `plus` is what comes to it in other units: 2 箱 plus 3 瓶.
    """

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""
    """What was written, to name it in the refusal; the id or the code where nothing is said."""
    quantity: Decimal
    unit: str | None = None
    plus: tuple[Measure, ...] = ()


@attrs.frozen
class Basket:
    """The lines somebody asks for, as they were given."""

    lines: tuple[BasketLine, ...] = ()

    @property
    def size(self) -> int:
        """How many lines it makes, where a line in several units is several."""
        return sum(1 + len(line.plus) for line in self.lines)


@attrs.frozen
class Shelf:
    """What is known about the SKUs of a basket: what they are, what they cost the customer, what can be had.

    `ordered` is what the customer has ordered in the period of each quota, in the base unit; `waived` are the SKUs
    whose rule does not bind the customer.
    """

    listings: tuple[Listing, ...]
    prices: Mapping[SkuId, SkuPrices]
    available: Mapping[SkuId, Quantity]
    ordered: Mapping[SkuId, Quantity] = attrs.field(factory=dict)
    waived: frozenset[SkuId] = frozenset()


@attrs.define(kw_only=True, unsafe_hash=True)
class QuoteLine:
    """One line of a quote: equal lines are merged, `line` is where the first of them stood in the basket.

    Nobody changes one. It is not frozen, because making a frozen one of so many fields takes more than twice as long,
    and a quote makes two of every line.
    """

    line: int
    listing: Listing | None = None
    pack: Pack | None = None
    quantity: Quantity | None = None
    base_quantity: Quantity | None = None
    requested: Decimal
    prices: SkuPrices = attrs.field(default=NO_PRICES, eq=False, repr=False)
    """All that the price was chosen from."""
    price: Price | None = None
    priced_at: Quantity | None = None
    """The quantity of the base unit whose break was looked for: more than the line's where breaks are pooled."""
    ordered: Ordered | None = None
    """How much of the SKU is ordered, which what is left at a special price has to cover, where there is one."""
    surcharge: UnitPrice | None = None
    """What of the price is for breaking a case."""
    total: Money | None = None
    """The price times the quantity."""
    discount: Money | None = None
    """What promotions and the rounding of the whole take off that, where there are any."""
    discount_capped: bool = False
    """Whether discounts would have brought it below its floor, and were taken back as far as that."""
    problems: tuple[DomainError, ...] = ()

    @property
    def net(self) -> Money | None:
        """What the line costs after promotions."""
        total, discount = self.total, self.discount
        return total if total is None or discount is None else total - discount

    def discounted(self, discount: Money | None) -> QuoteLine:
        """The same line with a discount; made anew, because evolving costs a multiple, and every line is."""
        return QuoteLine(
            line=self.line,
            listing=self.listing,
            pack=self.pack,
            quantity=self.quantity,
            base_quantity=self.base_quantity,
            requested=self.requested,
            prices=self.prices,
            price=self.price,
            priced_at=self.priced_at,
            ordered=self.ordered,
            surcharge=self.surcharge,
            total=self.total,
            discount=discount,
            discount_capped=self.discount_capped,
            problems=self.problems,
        )

    @property
    def special(self) -> ChargedSpecial | None:
        """The special price that it is priced at."""
        return self.price.special if self.price else None

    @property
    def missed_special(self) -> MissedSpecial | None:
        """The special price that it would have, if less was ordered."""
        return self.price.missed if self.price else None

    @property
    def price_trace(self) -> tuple[PriceStep, ...]:
        """How the price came about: the least binding list first, special prices last."""
        if self.pack is None or self.priced_at is None:
            return ()
        pack = self.pack
        return self.prices.explain(
            quantity=self.priced_at, factor=pack.factor, unit=pack.unit.code, ordered=self.ordered
        )


@attrs.frozen
class OrderMinimum:
    """What the goods of an order come to at least, and how much these are short of it: nothing where they reach it."""

    amount: Money
    short: Money


@attrs.frozen(kw_only=True)
class GiftShelf:
    """What is known of goods that may be given away: what they are, what one costs, and what can be had of them."""

    listing: Listing
    unit_price: UnitPrice
    """Of the base unit."""
    available: Quantity


@attrs.frozen
class QuoteGift:
    """Goods that are given with the basket."""

    listing: Listing
    unit_price: UnitPrice
    """What one of the base unit costs who buys it."""
    gift: GiftLine


NO_PROMOTIONS = Folded()


@attrs.frozen(kw_only=True)
class Quote:
    """What the basket costs; the total counts the lines that can be priced, after promotions and rounding."""

    lines: tuple[QuoteLine, ...]
    total: Money
    promotions: Folded = NO_PROMOTIONS
    """What promotions do to the lines that can be priced."""
    gifts: tuple[QuoteGift, ...] = ()
    promoted_from: PromotionInput | None = attrs.field(default=None, eq=False, repr=False)
    """All that decided what promotions do; None where none are on offer."""
    coupons: tuple[CouponOutcome, ...] = ()
    """What becomes of the coupons that were asked for, in that order."""
    own_coupons: tuple[CouponOutcome, ...] = ()
    """What would become of each of the customer's coupons alone, where that was asked for."""
    coupons_used: tuple[HeldCoupon, ...] = attrs.field(default=(), eq=False, repr=False)
    problems: tuple[DomainError, ...] = ()
    """What is wrong with the basket as a whole."""
    order_minimum: OrderMinimum | None = None
    """None where the merchant has none. Until the order is placed it is advice, and no problem."""

    @property
    def rounded(self) -> Money:
        """What is left off to make the total round."""
        return Money(self.promotions.rounded, self.total.currency)

    @property
    def refusals(self) -> tuple[DomainError, ...]:
        """Everything that keeps the basket from being ordered."""
        of_lines = (problem for line in self.lines for problem in line.problems)
        return (*self.problems, *self._below_minimum(), *of_lines)

    def _below_minimum(self) -> tuple[DomainError, ...]:
        """Only where every line has a price is it known how much is missing."""
        minimum = self.order_minimum
        if minimum is None or not minimum.short.minor or not self.lines:
            return ()
        if any(line.total is None for line in self.lines):
            return ()
        return (OrderMinimumNotReached(minimum.amount, minimum.short),)

    def or_refuse(self) -> Quote:
        """Give the quote back if it can be ordered.

        :raises Refused: with everything that is wrong.
        """
        if self.refusals:
            raise Refused(self.refusals)
        return self

    @property
    def demands(self) -> tuple[Demand, ...]:
        """What each line needs of the stock, those of gifts last."""
        ordered = (
            Demand(at, line.listing.sku.id, line.base_quantity)
            for at, line in enumerate(self.lines)
            if line.listing is not None and line.base_quantity is not None
        )
        given = (
            Demand(at, one.listing.sku.id, one.gift.quantity)
            for at, one in enumerate(self.given_now, start=len(self.lines))
        )
        return (*ordered, *given)

    @property
    def given_now(self) -> tuple[QuoteGift, ...]:
        """The gifts that come with the order; others may be owed."""
        return tuple(one for one in self.gifts if one.gift.quantity)


@attrs.frozen
class EmptyBasket(DomainError):
    """There is nothing to order."""


@attrs.frozen
class TooManyLines(DomainError):
    """The basket has more lines than one order takes."""

    lines: int
    most: int = MOST_LINES


@attrs.frozen
class TotalChanged(DomainError):
    """The total is not what the buyer expected."""

    quote: Quote


@attrs.frozen
class OrderMinimumNotReached(DomainError):
    """The goods come to less than an order has to, by what is short."""

    minimum: Money
    short: Money
