"""What orders keep of special prices is what their lines come to, worked out once more."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from domain.catalog import CaseRule, Listing, QuantityRule, Sku
from domain.identity import OrderId, SkuId
from domain.merchant import PaymentMethod, PriceRules
from domain.money import Percentage
from domain.order_specials import kept_specials, specials_recomputed
from domain.ordering import Order, Terms
from domain.price_choice import SkuPrices
from domain.pricing import PriceSource
from domain.quantity import Factor
from domain.quoting import Quote, Shelf, quote_basket
from domain.special_prices import OrderSpecial, SpecialPrice
from kit import builders as a
from kit.builders import NOON, SeededIds, ladder, pieces, price_list, yuan
from kit.specials import offer, special

IDS = SeededIds()
BASE = price_list(IDS)
CASE = a.case_of(12)
SHOP = a.merchant(IDS)
COMPANY = a.customer(IDS, tier=a.tier(IDS))
PERSON = a.buyer(IDS, customer=COMPANY)
BROKEN = QuantityRule(case=CaseRule(unit=CASE.unit.code, surcharge=Percentage.of(10)))
SPECIAL = a.sku(IDS, code="A", packs=[CASE], rule=BROKEN)
PLAIN = a.sku(IDS, code="B")


def quoted(*lines: tuple[Sku, int], of: SpecialPrice | None = None) -> Quote:
    of = of or special("80", sku_id=SPECIAL.id)
    listings = [
        Listing(one, a.product(IDS, skus=[one]).id, "商品", for_sale=True) for one in (SPECIAL, PLAIN)
    ]
    prices = {
        one.id: SkuPrices.of({BASE: ladder((1, 100))}, at=NOON, rules=PriceRules(2))
        for one in (SPECIAL, PLAIN)
    }
    prices[SPECIAL.id] = prices[SPECIAL.id].with_specials((offer(of),))
    shelf = Shelf(tuple(listings), prices, dict.fromkeys(prices, pieces(100)))
    return quote_basket(a.basket(*lines), shelf=shelf, merchant=SHOP)


def ordered(quote: Quote) -> Order:
    return Order.place(
        id=IDS.new(OrderId),
        customer_id=COMPANY.id,
        buyer_id=PERSON.id,
        quote=quote,
        terms=Terms(payment_method=PaymentMethod.BANK_TRANSFER),
        at=NOON,
    )


def test_an_order_keeps_one_for_every_line_with_a_special_price() -> None:
    quote = quoted((PLAIN, 1), (SPECIAL, 5))
    [kept], (plain, line) = kept_specials(quote), quote.lines
    assert (plain.special, plain.missed_special, line.missed_special) == (None, None, None)
    assert line.special is not None and line.special.left is None
    assert (kept.line, kept.own, kept.source) == (1, yuan(100), PriceSource.BASE)
    assert (kept.surcharge, kept.quantity, kept.factor) == (yuan(8), pieces(5), Factor(1))
    order = ordered(quote)
    assert order.lines[1].unit_price == yuan(88)
    assert specials_recomputed(order.lines, [kept])


def test_a_whole_case_is_no_dearer() -> None:
    quote = quoted((SPECIAL, 12), of=special("90%", sku_id=SPECIAL.id, stacks=True))
    [kept] = kept_specials(quote)
    assert kept.surcharge is None
    assert specials_recomputed(ordered(quote).lines, [kept])


def test_an_order_without_keeps_nothing() -> None:
    quote = quoted((PLAIN, 1))
    assert kept_specials(quote) == ()
    assert specials_recomputed(ordered(quote).lines, ())


CHANGES: dict[str, dict[str, Any]] = {
    "another line": {"line": 0},
    "what the lists said": {"own": yuan(79)},
    "how much": {"quantity": pieces(4)},
    "another unit": {"factor": Factor(12)},
    "what was added": {"surcharge": None},
    "a contract": {"source": PriceSource.CONTRACT},
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_changed_of_it_is_found(change: str) -> None:
    quote = quoted((PLAIN, 1), (SPECIAL, 5))
    [kept], lines = kept_specials(quote), ordered(quote).lines
    assert not specials_recomputed(lines, [attrs.evolve(kept, **CHANGES[change])])
    assert not specials_recomputed(lines, [])
    for rule in ({"price": yuan(81)}, {"sku_id": IDS.new(SkuId)}, {"unit": "x"}):
        wrong: OrderSpecial = attrs.evolve(kept, special=attrs.evolve(kept.special, **rule))
        assert not specials_recomputed(lines, [wrong])
