"""Goods that cost what they weigh: what was promised stays, what was weighed stands beside it, to the fen."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import CatchWeight, Listing, QuantityRule, Sku
from domain.errors import Refused
from domain.merchant import PriceRules
from domain.money import Currency, Money, Percentage
from domain.ordering import (
    InvalidWeighing,
    LineWeight,
    NotAmendable,
    Order,
    OrderLine,
    OrderStatus,
    OrderWeighed,
    OutsideTolerance,
)
from domain.price_choice import SkuPrices
from domain.promotions import Adjustment
from domain.quantity import Quantity
from domain.quoting import Shelf, quote_basket
from kit import builders as a
from kit.builders import NOON, SeededIds, yuan
from kit.promoting import cny

IDS = SeededIds(17)
MEAT = a.sku(IDS, code="MEAT", unit="公斤")
PRODUCT = a.product(IDS, skus=[MEAT])
TEN_PERCENT = LineWeight(unit_code="kg", unit_name="公斤", tolerance=Percentage.of(10))


def kg(many: str) -> Quantity:
    return Quantity.of(many)


def line(many: str = "10", price: str = "8.80", discount: str = "0", **more: Any) -> OrderLine:
    """So many kilograms, which are weighed."""
    plain = a.order_line(PRODUCT, quantity=many, price=price)
    return attrs.evolve(plain, discount=cny(discount), **{"weight": TEN_PERCENT, **more})


def pieces(many: str, *, each: str, price: str) -> OrderLine:
    """So many pieces of so many kilograms, at a price a piece."""
    count = kg(many)
    base = Quantity(count.thousandths * kg(each).thousandths // 1000)
    return attrs.evolve(
        line(), quantity=count, base_quantity=base, unit_price=yuan(price), total=yuan(price).times(count)
    )


def order(*lines: OrderLine, status: OrderStatus = OrderStatus.CONFIRMED) -> Order:
    company = a.customer(IDS, tier=a.tier(IDS))
    placed = a.order(IDS, buyer=a.buyer(IDS, customer=company), lines=lines)
    return attrs.evolve(placed, status=status, events=())


def weighed(found: Order, accepted: bool = False, **weights: str) -> Order:
    """The order with what its lines weigh: `l0="9.736"`."""
    said = {int(name[1:]): kg(actual) for name, actual in weights.items()}
    return found.weigh(said, accepted=accepted, at=NOON)


class TestSettling:
    def test_takes_off_as_large_a_share_as_there_is_of_the_goods(self) -> None:
        """10 kg at 8.80 and others for 112.00, 满200减20; 9.736 kg were picked."""
        others = line("1", "112.00", "11.20", weight=None)
        placed = order(line(discount="8.80"), others)
        assert (placed.total, placed.settled_total) == (cny(180), None)
        found = weighed(placed, l0="9.736")
        meat = found.lines[0]
        assert (meat.settled_total, meat.settled_discount, meat.settled_net) == (
            cny("85.68"),
            cny("8.57"),
            cny("77.11"),
        )
        assert found.settled_total == cny("177.91")
        assert placed.total - cny("177.91") == cny("2.09")
        assert found.lines[1].settled_net == others.net == cny("100.80")

    def test_leaves_what_was_promised_as_it_is(self) -> None:
        placed = order(line(discount="8.80"))
        found = weighed(placed, l0="9.736")
        assert (found.total, found.lines[0].base_quantity, found.lines[0].weighs) == (
            placed.total,
            kg("10"),
            kg("9.736"),
        )
        assert attrs.evolve(found.lines[0], weight=TEN_PERCENT) == placed.lines[0]
        assert found.events == (OrderWeighed(at=NOON, order_id=found.id),)

    def test_counts_what_was_ordered_until_it_is_known(self) -> None:
        found = weighed(order(line(), line("5")), l1="5.1")
        assert found.lines[0].settled_total == found.lines[0].total == cny(88)
        assert found.settled_total == cny(88) + cny("44.88")

    def test_what_weighs_as_much_as_was_ordered_costs_the_same(self) -> None:
        found = weighed(order(line(discount="3.33")), l0="10")
        assert found.settled_total == found.total

    def test_pieces_cost_by_the_share_of_what_they_were_to_weigh(self) -> None:
        """Four of 2.5 kg at 22.00 a piece are 8.80 a kilogram."""
        found = weighed(order(pieces("4", each="2.5", price="22.00")), l0="9.736")
        assert (found.total, found.settled_total) == (cny(88), cny("85.68"))
        same = weighed(order(pieces("3", each="0.35", price="1.17")), l0="1.05")
        assert same.settled_total == same.total == cny("3.51")

    def test_the_last_weight_counts(self) -> None:
        found = weighed(weighed(order(line()), l0="9.5"), l0="10.5")
        assert found.settled_total == cny("92.40")

    def test_little_that_cost_nothing_may_cost_a_fen(self) -> None:
        tiny = line("0.1", "0.04")
        assert tiny.total == cny(0)
        assert weighed(order(tiny), accepted=True, l0="0.2").settled_total == cny("0.01")

    @given(st.integers(1, 10**6), st.integers(1, 10**5), st.integers(1, 10**6), st.integers(0, 100))
    def test_is_never_less_than_nothing_and_never_takes_off_more(
        self, nominal: int, price: int, actual: int, share: int
    ) -> None:
        many, each = Quantity(nominal), yuan("1")
        unit_price = attrs.evolve(each, ten_thousandths=price)
        total = unit_price.times(many)
        one = attrs.evolve(
            line(),
            quantity=many,
            base_quantity=many,
            unit_price=unit_price,
            total=total,
            discount=Money(total.minor * share // 100, Currency.CNY),
        )
        found = one.weigh(Quantity(actual))
        assert found.settled_total == unit_price.times(Quantity(actual))
        assert 0 <= found.settled_discount.minor <= found.settled_total.minor
        assert one.weigh(many).settled_net == one.net


class TestWeighing:
    @pytest.mark.parametrize("actual", ["9", "11"])
    def test_takes_what_is_tolerated(self, actual: str) -> None:
        assert weighed(order(line()), l0=actual).lines[0].weighs == kg(actual)

    @pytest.mark.parametrize("actual", ["8.999", "11.001"])
    def test_takes_what_is_beyond_only_where_that_is_accepted(self, actual: str) -> None:
        with pytest.raises(Refused) as caught:
            weighed(order(line()), l0=actual)
        assert caught.value.refusals == (OutsideTolerance(kg("9"), kg("11"), 0),)
        assert weighed(order(line()), accepted=True, l0=actual).lines[0].weighs == kg(actual)

    def test_never_tolerates_nothing(self) -> None:
        anything = attrs.evolve(TEN_PERCENT, tolerance=Percentage.of(100))
        assert line(weight=anything).outside(kg("20.001")) == (Quantity(1), kg("20"))

    def test_names_every_line_that_is_not_weighed(self) -> None:
        with pytest.raises(Refused) as caught:
            weighed(order(line(), line(weight=None)), l1="10", l2="10", l0="20")
        assert caught.value.refusals == (
            InvalidWeighing("NOT_WEIGHED", 0),
            InvalidWeighing("LINE", 1),
            OutsideTolerance(kg("9"), kg("11"), 2),
        )

    @pytest.mark.parametrize("status", [one for one in OrderStatus if one is not OrderStatus.CONFIRMED])
    def test_is_of_confirmed_orders(self, status: OrderStatus) -> None:
        found = order(line(), status=status)
        with pytest.raises(NotAmendable) as caught:
            weighed(found, l0="10")
        assert caught.value == NotAmendable(found.id, status, "STATUS")

    def test_keeps_anything_from_being_taken_off_the_whole(self) -> None:
        found = weighed(order(line()), l0="10")
        given = attrs.evolve(found.as_promoted(time_zone="UTC"), adjustment=Adjustment(amount=cny(1)))
        with pytest.raises(NotAmendable) as caught:
            found.adjust(given, at=NOON)
        assert caught.value.reason == "WEIGHED"


class TestPlacing:
    def test_keeps_how_a_sku_is_weighed(self) -> None:
        rule = QuantityRule(catch_weight=CatchWeight(Percentage.of(5)))
        sku = attrs.evolve(MEAT, rule=rule)
        world = a.merchant(IDS)
        quote = quote_basket(a.basket((sku, 2)), shelf=_shelf(sku), merchant=world)
        buyer = a.buyer(IDS, customer=a.customer(IDS, tier=a.tier(IDS)))
        placed = Order.place(
            id=a.order(IDS, buyer=buyer, lines=[line()]).id,
            customer_id=buyer.customer_id,
            buyer_id=buyer.id,
            quote=quote,
            terms=a.BY_TRANSFER,
            at=NOON,
        )
        assert placed.lines[0].weight == LineWeight(
            unit_code="kg", unit_name="公斤", tolerance=Percentage.of(5)
        )

    def test_tolerates_at_most_all_of_it(self) -> None:
        with pytest.raises(ValueError, match="tolerance"):
            CatchWeight(Percentage.of("100.01"))


def _shelf(sku: Sku) -> Shelf:
    prices = SkuPrices.of({a.price_list(IDS): a.ladder((1, "8.80"))}, at=NOON, rules=PriceRules())
    listing = Listing(sku, PRODUCT.id, sku.name, for_sale=True)
    return Shelf((listing,), {sku.id: prices}, {sku.id: a.pieces(100)})


def test_there_is_no_share_of_nothing() -> None:
    with pytest.raises(ValueError, match="share of nothing"):
        cny(1).scaled(cny(1), cny(0))
    for part, whole in ((Money(1, Currency.EUR), cny(1)), (cny(1), Money(1, Currency.EUR))):
        with pytest.raises(ValueError, match="currencies"):
            cny(1).scaled(part, whole)
