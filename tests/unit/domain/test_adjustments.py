"""What is taken off an order as a whole: by the merchant's rounding, and by staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identity import OrderId
from domain.money import Currency, Money, Rounding
from domain.ordering import (
    AdjustmentTooLarge,
    NotAmendable,
    Order,
    OrderAdjusted,
    OrderStatus,
    PaymentStatus,
    recomputed,
)
from domain.promotions import Adjustment, OrderPromotion, PromotionInput, fold
from kit import builders as a
from kit.builders import NOON, SeededIds
from kit.promoting import cny, less, line
from kit.promoting import given as basket

IDS = SeededIds(12)


def nets(input: PromotionInput) -> list[str]:
    return [net.amount for net in fold(input).nets]


def order_of(input: PromotionInput) -> Order:
    """An order whose lines cost what those of the input do, one of each."""
    folded = fold(input)
    company = a.customer(IDS, tier=a.tier(IDS))
    pattern = a.order_line(a.product(IDS, skus=[a.sku(IDS, code="TEA")]))
    placed = a.order(IDS, buyer=a.buyer(IDS, customer=company), lines=[pattern])
    lines = tuple(
        attrs.evolve(
            pattern,
            sku_id=one.sku_id,
            product_id=one.product_id,
            base_quantity=one.base_quantity,
            quantity=a.pieces(1),
            unit_price=a.yuan(one.total.amount),
            total=one.total,
            discount=discount,
        )
        for one, discount in zip(input.lines, folded.discounts, strict=True)
    )
    return attrs.evolve(
        placed,
        lines=lines,
        promotions=tuple(OrderPromotion.of(one) for one in folded.applied),
        rounded=Money(folded.rounded, Currency.CNY),
        events=(),
    )


class TestRounding:
    @pytest.mark.parametrize(
        ("rounding", "off", "payable"),
        [
            (Rounding.NONE, "0.00", "1234.56"),
            (Rounding.FEN, "0.06", "1234.50"),
            (Rounding.JIAO, "0.56", "1234.00"),
        ],
    )
    def test_leaves_off_what_is_less_than_a_jiao_or_a_yuan(
        self, rounding: Rounding, off: str, payable: str
    ) -> None:
        input = attrs.evolve(basket([line("1000"), line("234.56")]), rounding=rounding)
        folded = fold(input)
        assert folded.rounded == cny(off).minor
        assert Money.total(folded.nets, Currency.CNY) == cny(payable)

    def test_is_spread_over_the_lines_by_what_they_cost(self) -> None:
        input = attrs.evolve(basket([line("33.33"), line("0"), line("66.66")]), rounding=Rounding.JIAO)
        assert nets(input) == ["33.00", "0.00", "66.00"]

    def test_comes_after_promotions(self) -> None:
        input = attrs.evolve(basket([line("88.88"), line("120")], less(("200", "20"))), rounding=Rounding.FEN)
        folded = fold(input)
        assert [one.discount for one in folded.applied] == [cny(20)]
        assert (folded.rounded, folded.adjusted) == (8, 0)
        assert Money.total(folded.nets, Currency.CNY) == cny("188.80")

    def test_of_little_leaves_nothing(self) -> None:
        assert nets(attrs.evolve(basket([line("0.56")]), rounding=Rounding.JIAO)) == ["0.00"]
        assert nets(attrs.evolve(basket([]), rounding=Rounding.JIAO)) == []

    @pytest.mark.parametrize("rounding", Rounding)
    def test_of_a_currency_without_decimals_is_none(self, rounding: Rounding) -> None:
        assert Money(1234, Currency.JPY).beyond(rounding) == Money(0, Currency.JPY)


class TestAdjustment:
    def test_is_an_amount_or_a_rounding(self) -> None:
        strange: list[dict[str, Any]] = [{}, {"amount": cny(1), "rounding": Rounding.FEN}, {"amount": cny(0)}]
        for wrong in strange:
            with pytest.raises(ValueError, match="taken off"):
                Adjustment(**wrong)

    def test_comes_before_the_merchant_s_rounding(self) -> None:
        input = attrs.evolve(
            basket([line("1000"), line("234.56")]),
            adjustment=Adjustment(amount=cny("5.55")),
            rounding=Rounding.FEN,
        )
        folded = fold(input)
        assert (folded.adjusted, folded.rounded) == (555, 1)
        assert Money.total(folded.nets, Currency.CNY) == cny("1229.00")

    def test_never_takes_more_than_there_is(self) -> None:
        input = attrs.evolve(basket([line("5"), line("3")]), adjustment=Adjustment(amount=cny(20)))
        assert (fold(input).adjusted, nets(input)) == (800, ["0.00", "0.00"])


class TestAdjusting:
    INPUT = basket([line("1000"), line("234.56")], less(("1000", "34.56")))

    def adjusted(self, adjustment: Adjustment | None, order: Order | None = None) -> Order:
        order = order or order_of(self.INPUT)
        return order.adjust(attrs.evolve(self.INPUT, adjustment=adjustment), at=NOON)

    def test_takes_it_off_the_lines_and_tells_it(self) -> None:
        order = order_of(self.INPUT)
        found = self.adjusted(Adjustment(amount=cny(100)), order)
        assert (order.total, found.total) == (cny(1200), cny(1100))
        assert (found.adjusted, found.rounded) == (cny(100), cny(0))
        assert [line.total for line in found.lines] == [line.total for line in order.lines]
        assert found.events == (OrderAdjusted(at=NOON, order_id=order.id),)

    def test_stands_in_the_place_of_the_last_one(self) -> None:
        once = self.adjusted(Adjustment(amount=cny(100)))
        twice = self.adjusted(Adjustment(amount=cny(50)), once)
        assert (twice.total, twice.adjusted) == (cny(1150), cny(50))
        none = self.adjusted(None, twice)
        assert (none.total, none.lines) == (cny(1200), order_of(self.INPUT).lines)

    def test_can_be_worked_out_again(self) -> None:
        input = attrs.evolve(self.INPUT, adjustment=Adjustment(amount=cny("0.01")))
        found = order_of(self.INPUT).adjust(input, at=NOON)
        off = {"adjusted": found.adjusted, "rounded": found.rounded}
        assert recomputed(found.lines, found.promotions, input, **off)
        assert not recomputed(found.lines, found.promotions, self.INPUT, **off)

    def test_needs_an_input_of_its_own_where_nothing_was_kept(self) -> None:
        order = order_of(basket([line("10"), line("0.56")]))
        input = attrs.evolve(
            order.as_promoted(time_zone="Asia/Shanghai"), adjustment=Adjustment(rounding=Rounding.JIAO)
        )
        found = order.adjust(input, at=NOON)
        assert (found.total, found.adjusted) == (cny(10), cny("0.56"))
        assert recomputed(found.lines, (), input, adjusted=found.adjusted, rounded=found.rounded)

    def test_leaves_gifts_as_they_are(self) -> None:
        order = order_of(self.INPUT)
        gift = attrs.evolve(
            order.lines[0], unit_price=a.yuan("0"), total=cny(0), discount=cny(0), gift_value=cny(3)
        )
        found = self.adjusted(Adjustment(amount=cny(1)), attrs.evolve(order, lines=(*order.lines, gift)))
        assert found.lines[-1] == gift
        assert len(attrs.evolve(order, lines=(*order.lines, gift)).as_promoted(time_zone="UTC").lines) == 2

    def test_is_refused_where_it_costs_less(self) -> None:
        with pytest.raises(AdjustmentTooLarge) as caught:
            self.adjusted(Adjustment(amount=cny("1200.01")))
        assert caught.value == AdjustmentTooLarge(cny(1200))
        assert self.adjusted(Adjustment(amount=cny(1200))).total == cny(0)

    @pytest.mark.parametrize(
        "status", [one for one in OrderStatus if one not in (OrderStatus.SUBMITTED, OrderStatus.CONFIRMED)]
    )
    def test_is_refused_once_it_is_shipped_or_done(self, status: OrderStatus) -> None:
        order = attrs.evolve(order_of(self.INPUT), status=status)
        with pytest.raises(NotAmendable) as caught:
            self.adjusted(Adjustment(amount=cny(1)), order)
        assert caught.value == NotAmendable(order.id, status, "STATUS")

    @pytest.mark.parametrize("paid", [one for one in PaymentStatus if one is not PaymentStatus.UNPAID])
    def test_is_refused_once_something_is_paid(self, paid: PaymentStatus) -> None:
        order = attrs.evolve(order_of(self.INPUT), payment_status=paid, status=OrderStatus.CONFIRMED)
        with pytest.raises(NotAmendable) as caught:
            self.adjusted(Adjustment(amount=cny(1)), order)
        assert caught.value == NotAmendable(order.id, OrderStatus.CONFIRMED, "PAID")
        assert isinstance(order.id, OrderId)


totals = st.lists(st.integers(0, 10**6), min_size=1, max_size=8)
adjustments = (
    st.none()
    | st.builds(Adjustment, amount=st.integers(1, 10**6).map(lambda fen: Money(fen, Currency.CNY)))
    | st.sampled_from((Adjustment(rounding=Rounding.FEN), Adjustment(rounding=Rounding.JIAO)))
)


@settings(max_examples=100)
@given(totals, adjustments, st.sampled_from(Rounding))
def test_lines_add_up_to_what_is_payable(
    fen: Sequence[int], adjustment: Adjustment | None, rounding: Rounding
) -> None:
    plain = basket([attrs.evolve(line("1"), total=Money(one, Currency.CNY)) for one in fen])
    input = attrs.evolve(plain, adjustment=adjustment, rounding=rounding)
    folded = fold(input)
    payable = sum(net.minor for net in folded.nets)
    assert payable == sum(fen) - folded.adjusted - folded.rounded
    assert payable % {Rounding.NONE: 1, Rounding.FEN: 10, Rounding.JIAO: 100}[rounding] == 0
    assert all(0 <= net.minor <= one for net, one in zip(folded.nets, fen, strict=True))
    assert folded.rounded < 100
