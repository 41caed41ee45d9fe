"""Promotions over a quote and in an order: the same lines, what is given, and the order worked out again."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from domain.catalog import Listing
from domain.coupons import HeldCoupon
from domain.identity import OrderId, SkuId
from domain.merchant import Merchant, PriceRules
from domain.money import Currency, Money
from domain.ordering import Order, OrderLine, recomputed
from domain.price_choice import SkuPrices
from domain.promotions import GiftShortage, Offer, Promotion, PromotionInput, RejectionReason, Scope
from domain.quoting import (
    Basket,
    GiftShelf,
    Promoting,
    Quote,
    QuoteGift,
    Shelf,
    promoted,
    quote_basket,
)
from domain.visibility import NOBODY
from kit import builders as a
from kit import couponing as c
from kit.builders import NOON, SeededIds, yuan
from kit.promoting import cny, gift, less

IDS = SeededIds(3)
SHOP = a.merchant(IDS)
TEA, NUTS, LOST = a.sku(IDS, code="TEA"), a.sku(IDS, code="NUTS"), a.sku(IDS, code="LOST")
BASE = a.price_list(IDS)
GOODS = {
    sku.id: Listing(sku, a.product(IDS, skus=[sku]).id, sku.name, for_sale=True) for sku in (TEA, NUTS, LOST)
}


def quoted(
    *lines: tuple[SkuId, int],
    offers: tuple[Promotion, ...],
    nuts: int = 5,
    tea: int = 1000,
    merchant: Merchant = SHOP,
    own_coupons: tuple[HeldCoupon, ...] = (),
) -> Quote:
    """What the lines cost: tea 10.00 each, nuts 3.00; of the lost one nobody knows the price."""
    prices = {
        id: SkuPrices.of({BASE: a.ladder((1, price))}, at=NOON, rules=PriceRules())
        for id, price in ((TEA.id, "10"), (NUTS.id, "3"))
    }
    available = {TEA.id: a.pieces(tea), NUTS.id: a.pieces(nuts), LOST.id: a.pieces(9)}
    basket = Basket(a.basket(*((GOODS[id].sku, many) for id, many in lines)).lines)
    plain = quote_basket(basket, shelf=Shelf(tuple(GOODS.values()), prices, available), merchant=merchant)
    gifts = {
        id: GiftShelf(listing=GOODS[id], unit_price=yuan(price), available=available[id])
        for id, price in ((TEA.id, "10"), (NUTS.id, "3"))
    }
    promoting = Promoting(
        offers=tuple(Offer(promotion=one) for one in offers),
        audience=NOBODY,
        at=NOON,
        gifts=gifts,
        own_coupons=own_coupons,
    )
    return promoted(plain, promoting, merchant=merchant)


def placed(quote: Quote) -> Order:
    """The order of a quote."""
    buyer = a.buyer(IDS, customer=a.customer(IDS, tier=a.tier(IDS)))
    return Order.place(
        id=IDS.new(OrderId),
        customer_id=buyer.customer_id,
        buyer_id=buyer.id,
        quote=quote,
        terms=a.BY_TRANSFER,
        at=NOON,
    )


def test_takes_off_the_lines_that_can_be_priced_and_leaves_the_others() -> None:
    quote = quoted((TEA.id, 10), (LOST.id, 1), (NUTS.id, 1), offers=(less(("100", "10.30")),))
    assert [(line.discount, line.net) for line in quote.lines] == [
        (cny("10.00"), cny("90.00")),
        (None, None),
        (cny("0.30"), cny("2.70")),
    ]
    assert quote.total == cny("92.70")
    assert quote.promotions.applied[0].discount == cny("10.30")


def test_tells_of_each_coupon_of_ones_own_what_it_would_do_alone() -> None:
    company = a.customer(IDS, tier=a.tier(IDS))
    own = [c.template(IDS, off="5.00"), c.template(IDS, off="9.00", threshold="95.00")]
    held = tuple(HeldCoupon(c.coupon(IDS, one, company, number=at), one) for at, one in enumerate(own))
    quote = quoted((TEA.id, 10), offers=(less(("100", "8")),), own_coupons=held)
    assert quote.total == cny(92)
    assert [(one.discount, one.gap) for one in quote.own_coupons] == [(cny(5), None), (None, cny(3))]


def test_a_minimum_is_compared_with_what_goods_cost_before() -> None:
    merchant = attrs.evolve(SHOP, order_minimum_amount=cny(100))
    quote = quoted((TEA.id, 10), offers=(less(("100", "50")),), merchant=merchant)
    assert quote.order_minimum is not None
    assert (quote.total, quote.order_minimum.short, quote.refusals) == (cny(50), cny(0), ())


def test_gives_what_is_left_beside_what_is_ordered_and_demands_it() -> None:
    one = gift(
        "x1", NUTS.id, scope=Scope(sku_ids=frozenset({NUTS.id})), shortage=GiftShortage.OWE, repeats=True
    )
    quote = quoted((NUTS.id, 3), offers=(one,))
    assert [(given.gift.quantity, given.gift.missing) for given in quote.gifts] == [
        (a.pieces(2), a.pieces(1))
    ]
    assert [(demand.line, demand.quantity) for demand in quote.demands] == [
        (0, a.pieces(3)),
        (1, a.pieces(2)),
    ]
    owed = quoted((NUTS.id, 5), offers=(one,))
    assert (len(owed.gifts), owed.given_now, len(owed.demands)) == (1, (), 1)


def test_what_keeps_a_gift_from_being_given_keeps_the_order() -> None:
    one = gift("1", NUTS.id, shortage=GiftShortage.BLOCK)
    quote = quoted((TEA.id, 1), offers=(one,), nuts=0)
    assert quote.promotions.rejected[0].reason is RejectionReason.GIFT_SHORT
    assert quote.problems == quote.promotions.problems == quote.refusals


def test_an_order_has_what_was_ordered_and_then_what_is_given() -> None:
    quote = quoted((TEA.id, 10), offers=(less(("100", "10")), gift("100", NUTS.id)))
    order = placed(quote)
    tea, nuts = order.lines
    assert (tea.total, tea.discount, tea.net, tea.gift_value) == (cny(100), cny(10), cny(90), None)
    assert (nuts.total, nuts.net, nuts.gift_value, nuts.list_price) == (cny(0), cny(0), cny(3), yuan(3))
    assert order.total == quote.total == cny(90)
    assert [one.discount for one in order.promotions] == [cny(10), cny(0)]
    assert [one.cost for one in order.promotions] == [cny(10), cny(3)]


def redone(order: Order, given: PromotionInput) -> bool:
    """Whether an order is what its input comes to."""
    return recomputed(order.lines, order.promotions, given, adjusted=order.adjusted, rounded=order.rounded)


def test_an_order_is_worked_out_again_and_every_change_found() -> None:
    quote = quoted((TEA.id, 10), (NUTS.id, 1), offers=(less(("100", "10")), gift("100", NUTS.id)))
    order, given = placed(quote), quote.promoted_from
    assert given is not None
    assert redone(order, given)
    tea, nuts, free = order.lines
    cheaper = attrs.evolve(tea, discount=tea.discount + cny("0.01"))
    worth = attrs.evolve(free, gift_value=cny(4))
    another = attrs.evolve(order.promotions[0], name=type(order.promotions[0].name)("其他"))
    for lines, promotions in (
        ((cheaper, nuts, free), order.promotions),
        ((tea, nuts, worth), order.promotions),
        ((tea, free), order.promotions),
        ((tea, nuts), order.promotions),
        (order.lines, (another, *order.promotions[1:])),
        (order.lines, ()),
    ):
        assert not redone(attrs.evolve(order, lines=lines, promotions=promotions), given)
    assert not redone(order, attrs.evolve(given, offers=given.offers[:1]))
    assert not redone(attrs.evolve(order, adjusted=cny("0.01")), given)
    assert not redone(attrs.evolve(order, rounded=cny("0.01")), given)


def test_a_line_never_costs_less_than_nothing_and_a_gift_never_anything() -> None:
    line = placed(quoted((TEA.id, 1), offers=())).lines[0]
    wrong: tuple[dict[str, Any], ...] = (
        {"discount": line.total + cny(1)},
        {"discount": cny(-1)},
        {"gift_value": cny(1)},
    )
    for changes in wrong:
        with pytest.raises(ValueError, match=r"."):
            attrs.evolve(line, **changes)
    assert line.discount == Money(0, Currency.CNY)
    order = placed(quoted((TEA.id, 1), offers=()))
    with pytest.raises(ValueError, match="lines"):
        attrs.evolve(order, lines=(line,) * 501)


def test_a_gift_is_a_line_of_its_base_unit() -> None:
    quote = quoted((TEA.id, 1), offers=(gift("1", NUTS.id),))
    [one] = quote.gifts
    assert isinstance(one, QuoteGift)
    line = OrderLine.given(one)
    assert (line.unit_code, line.quantity, line.base_quantity) == (NUTS.unit.code, a.pieces(1), a.pieces(1))
