"""Promotions on single pieces, and gifts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.identity import ProductId, SkuId
from domain.money import Currency, Percentage
from domain.promotions import (
    Budget,
    Bundle,
    BundlePart,
    BuyGet,
    Folded,
    Gift,
    GiftGoods,
    GiftShort,
    GiftShortage,
    NthPiece,
    Promotion,
    Scope,
    UnknownGift,
    Usage,
)
from domain.quantity import Quantity
from kit.promoting import IDS, cny, folded, gaps, gift, less, line, net, off, promotion, reasons, stocked

A, B, C = (IDS.new(SkuId) for _ in range(3))
HALF = Percentage.of(50)


def only(*sku_ids: SkuId) -> Scope:
    """These SKUs."""
    return Scope(sku_ids=frozenset(sku_ids))


def nth(number: int, share: str = "50", **rest: int) -> Promotion:
    """Every nth piece for less."""
    return promotion(NthPiece(nth=number, off=Percentage.of(share), **rest))


def buy(bought: int, got: int, *, goods: Scope, scope: Scope, **rest: object) -> Promotion:
    """Buy so many, get so many."""
    effect = BuyGet(buy=Quantity.of(bought), get=Quantity.of(got), goods=goods, **rest)  # type: ignore[arg-type]
    return promotion(effect, scope=scope)


def bundle(price: str, *parts: tuple[Scope, int], most: int | None = None) -> Promotion:
    """A set at a price."""
    made = tuple(BundlePart(goods, Quantity.of(number)) for goods, number in parts)
    return promotion(Bundle(parts=made, price=cny(price), most=most))


def given(found: Folded) -> list[tuple[SkuId, str, str, bool, str]]:
    """What is given: the SKU, how many, how many are missing, whether they are owed, and their worth."""
    return [
        (one.sku_id, str(one.quantity), str(one.missing), one.owed, one.value.amount) for one in found.gifts
    ]


def test_every_second_piece_for_half_the_dearest_first() -> None:
    basket = [line("2", count=2), line("20", count=2)]
    assert off(folded(basket, nth(2))) == ["0.50", "5.00"]
    assert off(folded([line("30", count=3)], nth(2))) == ["5.00"]
    assert off(folded([line("30", count=3), line("4", count=1)], nth(2))) == ["5.00", "2.00"]
    assert off(folded(basket, nth(2, most=1))) == ["0.00", "5.00"]


def test_too_few_pieces_say_how_many_are_missing() -> None:
    found = folded([line("10", count="1.5")], nth(3))
    assert (reasons(found), gaps(found)) == ([("BELOW_THRESHOLD", "x2")], ["x2"])
    assert reasons(folded([line("0", count=2)], nth(2))) == [("NO_DISCOUNT", None)]


def test_a_piece_takes_part_in_one_line_promotion_only() -> None:
    found = folded([line("40", count=4)], nth(2), nth(2))
    assert off(found) == ["10.00"]
    assert reasons(found) == [("BELOW_THRESHOLD", "x2")]
    left = folded([line("30", count=3), line("10", count=1, sku_id=A)], nth(3, "100"), nth(1, "10"))
    assert off(left) == ["10.00", "1.00"]


def test_buys_some_and_gets_others_for_less() -> None:
    basket = [line("30", count=3, sku_id=A), line("8", count=2, sku_id=B)]
    free = buy(1, 1, goods=only(B), scope=only(A))
    assert off(folded(basket, free)) == ["0.00", "8.00"]
    assert off(folded(basket, buy(1, 1, goods=only(B), scope=only(A), most=1))) == ["0.00", "4.00"]
    assert off(folded(basket, buy(2, 1, goods=only(B), scope=only(A), off=HALF))) == ["0.00", "2.00"]
    assert reasons(folded(basket, buy(4, 1, goods=only(B), scope=only(A)))) == [("BELOW_THRESHOLD", "x1")]
    assert reasons(folded(basket[:1], free)) == [("BELOW_THRESHOLD", "x1")]


@pytest.mark.parametrize(
    ("count", "discount"), [(2, "0.00"), (3, "10.00"), (5, "10.00"), (6, "20.00"), (8, "20.00")]
)
def test_buys_two_and_gets_the_third_of_the_same(count: int, discount: str) -> None:
    one = buy(2, 1, goods=only(A), scope=only(A))
    assert off(folded([line(10 * count, count=count, sku_id=A)], one)) == [discount]


def test_of_goods_that_are_bought_and_got_the_cheap_ones_are_got() -> None:
    basket = [line("10", sku_id=A), line("4", sku_id=B), line("50", sku_id=C)]
    both = buy(1, 1, goods=only(A, B), scope=only(A, B, C))
    assert off(folded(basket, both)) == ["0.00", "4.00", "0.00"]
    assert off(folded(basket[:2], both)) == ["0.00", "4.00"]


def test_a_set_costs_its_price_and_the_lines_share_what_is_saved() -> None:
    basket = [line("30", count=3, sku_id=A), line("20", count=1, sku_id=B)]
    found = folded(basket, bundle("20", (only(A), 1), (only(B), 1)))
    assert off(found) == ["3.33", "6.67"]
    assert net(found) == "40.00"


def test_any_three_for_a_price_takes_the_dearest_and_only_sets_that_are_worth_it() -> None:
    basket = [line("15", count=3, sku_id=A), line("3", count=3, sku_id=B)]
    found = folded(basket, bundle("10", (only(A, B), 3)))
    assert off(found) == ["5.00", "0.00"]
    dear = folded([line("60", count=6, sku_id=A)], bundle("20", (only(A, B), 3)))
    assert off(dear) == ["20.00"]
    assert off(folded([line("60", count=6, sku_id=A)], bundle("20", (only(A, B), 3), most=1))) == ["10.00"]
    assert reasons(folded(basket, bundle("15", (only(A, B), 3)))) == [("NO_DISCOUNT", None)]


def test_an_unfinished_set_says_what_is_missing() -> None:
    one = bundle("1", (only(A), 2), (only(B), 1))
    assert reasons(folded([line("10", sku_id=A)], one)) == [("BELOW_THRESHOLD", "x2")]
    assert folded([line("10", sku_id=C)], one).rejected == ()
    # One bottle cannot be both parts.
    assert reasons(folded([line("10", sku_id=A)], bundle("1", (only(A), 1), (only(A), 1)))) == [
        ("NO_DISCOUNT", None)
    ]


CASES = "34.80"


def ten_get_one(stock: int, shortage: GiftShortage = GiftShortage.PARTIAL, *, count: int = 23) -> Folded:
    """买10赠1 of cases."""
    one = gift("x10", A, scope=only(A), repeats=True, shortage=shortage)
    basket = (
        [line("34.80", sku_id=A), line("765.60", count=22, sku_id=A)]
        if count == 23
        else [line("34.80", count=count, sku_id=A)]
    )
    return folded(basket, one, gifts=dict([stocked(A, stock, CASES)]))


def test_buys_ten_and_is_given_one() -> None:
    assert given(ten_get_one(5)) == [(A, "2", "0", False, "69.60")]
    assert gaps(ten_get_one(5)) == ["x7"]
    assert given(ten_get_one(5, count=9)) == []
    assert reasons(ten_get_one(5, count=9)) == [("BELOW_THRESHOLD", "x1")]


def test_a_gift_that_is_short_is_given_in_part_owed_or_in_the_way() -> None:
    assert given(ten_get_one(1)) == [(A, "1", "1", False, "34.80")]
    assert ten_get_one(1).applied[0].cost == cny("34.80")
    assert given(ten_get_one(1, GiftShortage.OWE)) == [(A, "1", "1", True, "34.80")]
    assert ten_get_one(1, GiftShortage.OWE).applied[0].cost == cny("69.60")
    assert given(ten_get_one(0, GiftShortage.OWE)) == [(A, "0", "2", True, "0.00")]
    assert reasons(ten_get_one(0)) == [("GIFT_SHORT", None)]
    blocked = ten_get_one(1, GiftShortage.BLOCK)
    assert (given(blocked), reasons(blocked)) == ([], [("GIFT_SHORT", None)])
    assert blocked.problems == (GiftShort(blocked.rejected[0].promotion.id, A, Quantity.of(1)),)
    assert given(ten_get_one(2, GiftShortage.BLOCK)) == [(A, "2", "0", False, "69.60")]


def test_substitutes_are_given_in_their_order() -> None:
    one = gift(
        "10", A, repeats=True, shortage=GiftShortage.SUBSTITUTE, substitutes=(GiftGoods(C), GiftGoods(B))
    )
    stock = dict([stocked(A, 1), stocked(B, 1)])
    assert given(folded([line("40")], one, gifts=stock)) == [
        (A, "1", "2", False, "1.00"),
        (B, "1", "0", False, "1.00"),
    ]
    assert given(folded([line("10")], one, gifts=stock)) == [(A, "1", "0", False, "1.00")]


def test_no_more_is_given_than_there_is_of_a_substitute_that_is_named_twice_or_is_the_gift_itself() -> None:
    instead = (GiftGoods(A), GiftGoods(B), GiftGoods(B))
    one = gift("10", A, repeats=True, shortage=GiftShortage.SUBSTITUTE, substitutes=instead)
    stock = dict([stocked(A, 1), stocked(B, 2)])
    assert given(folded([line("60")], one, gifts=stock)) == [
        (A, "1", "3", False, "1.00"),
        (B, "2", "0", False, "2.00"),
    ]


def test_the_buyer_chooses_or_gets_the_first_there_is_enough_of() -> None:
    one = gift("10", A, B, C, choice=True, repeats=True)
    stock = dict([stocked(A, 1), stocked(B, 2)])
    basket = [line("20")]
    assert given(folded(basket, one, gifts=stock)) == [(B, "2", "0", False, "2.00")]
    assert given(folded(basket, one, gifts=stock, choices={one.id: A})) == [(A, "1", "1", False, "1.00")]
    assert given(folded([line("50")], one, gifts=stock)) == [(A, "1", "4", False, "1.00")]
    # What there is not for this customer cannot be chosen.
    found = folded(basket, one, gifts=stock, choices={one.id: C})
    assert found.problems == (UnknownGift(one.id, C),)
    assert reasons(folded(basket, one)) == [("GIFT_SHORT", None)]
    both = gift("10", A, B)
    assert [one[0] for one in given(folded(basket, both, gifts=stock))] == [A, B]
    assert folded(basket, both, gifts=stock, choices={both.id: A}).problems == (UnknownGift(both.id, A),)


def test_gifts_come_out_of_one_stock_and_count_in_budgets() -> None:
    first, second = gift("10", A), gift("10", A)
    assert reasons(folded([line("10")], first, second, gifts=dict([stocked(A, 1)]))) == [("GIFT_SHORT", None)]
    dear = promotion(Gift(threshold=cny(1), goods=(GiftGoods(A),)), budget=Budget(amount=cny(5)))
    stock = dict([stocked(A, 9, "5")])
    assert given(folded([line("10")], dear, gifts=stock)) == [(A, "1", "0", False, "5.00")]
    assert reasons(folded([line("10")], dear, gifts=stock, used={dear.id: Usage(1)})) == [
        ("BUDGET_SPENT", None)
    ]


def test_a_gift_is_due_before_group_discounts_unless_it_says_otherwise() -> None:
    stock = dict([stocked(A, 9)])
    discount = less(("100", "10"))
    assert given(folded([line("100")], discount, gift("100", A), gifts=stock))
    after = folded([line("100")], discount, gift("100", A, after_discount=True), gifts=stock)
    assert reasons(after) == [("BELOW_THRESHOLD", "10.00")]


def test_a_gift_is_due_at_most_so_many_times() -> None:
    stock = dict([stocked(A, 9)])
    found = folded([line("50")], gift("10", A, repeats=True, most=3), gifts=stock)
    assert (given(found), gaps(found)) == ([(A, "3", "0", False, "3.00")], [])
    once = folded([line("50")], gift("10", A), gifts=stock)
    assert (given(once), gaps(once)) == ([(A, "1", "0", False, "1.00")], [])
    assert gaps(folded([line("25")], gift("10", A, repeats=True, most=3), gifts=stock)) == ["5.00"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: NthPiece(nth=0, off=HALF),
        lambda: BuyGet(buy=Quantity(0), get=Quantity(1)),
        lambda: Bundle(parts=(), price=cny(1)),
        lambda: Bundle(parts=(BundlePart(only(A), Quantity(1)),), price=cny(-1)),
        lambda: Gift(threshold=cny(1), goods=(GiftGoods(A), GiftGoods(A))),
        lambda: Gift(threshold=cny(1), goods=(GiftGoods(A),), substitutes=(GiftGoods(B),)),
        lambda: Gift(threshold=cny(1), goods=(GiftGoods(A),), shortage=GiftShortage.SUBSTITUTE),
    ],
)
def test_refuses_what_cannot_be(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        wrong()


def test_lines_of_one_product_count_together() -> None:
    product = IDS.new(ProductId)
    one = less(("x3", "10%"), scope=Scope(product_ids=frozenset({product})))
    basket = [line("10", count=2, product_id=product), line("10", count=1, product_id=product)]
    assert off(folded(basket, one)) == ["1.00", "1.00"]
    assert Currency.CNY is folded(basket, one).nets[0].currency
