"""What is promised is there, and is promised once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.identity import OrderId, SkuId, WarehouseId
from domain.inventory import (
    OPEN_STATES,
    Demand,
    InsufficientStock,
    Reservation,
    ReservationState,
    StockItem,
    StockSheet,
    StockTooLow,
    available_by_sku,
    rereserve,
    reserve,
)
from domain.quantity import LARGEST, NONE, Quantity
from kit.builders import SeededIds, movement, opening, pieces, sku, stock_item, warehouse

IDS = SeededIds()
TEA, MILK = sku(IDS), sku(IDS, code="MILK-1")
MAIN, SECOND, FAR = warehouse(IDS), warehouse(IDS, code="2", priority=1), warehouse(IDS, code="3", priority=2)
PRIORITY = {one.id: one.priority for one in (MAIN, SECOND, FAR)}
ORDER = IDS.new(OrderId)
PLACES = (MAIN, SECOND, FAR)


def sheet(*on_shelf: tuple[SkuId, WarehouseId, int]) -> StockSheet:
    items = tuple(
        StockItem(sku_id=sku_id, warehouse_id=at, on_hand=Quantity(many), available=Quantity(many))
        for sku_id, at, many in on_shelf
    )
    return StockSheet(items, PRIORITY)


@st.composite
def sheets(draw: st.DrawFn) -> StockSheet:
    there = draw(st.permutations([(it.id, place.id) for it in (TEA, MILK) for place in PLACES]))
    return sheet(*((sku_id, at, draw(st.integers(0, 12))) for sku_id, at in there[: draw(st.integers(0, 6))]))


demands = st.lists(st.tuples(st.sampled_from((TEA.id, MILK.id)), st.integers(1, 8)), max_size=5).map(
    lambda wanted: [Demand(line, sku_id, Quantity(many)) for line, (sku_id, many) in enumerate(wanted)]
)


def taken(reservations: tuple[Reservation, ...]) -> list[tuple[int, WarehouseId, int]]:
    return [(one.line, one.warehouse_id, one.quantity.thousandths) for one in reservations]


class TestStockItem:
    @given(st.integers(0, 1000), st.integers(0, 1000), st.integers(-1500, 1500))
    def test_takes_out_only_what_is_available(self, available: int, reserved: int, by: int) -> None:
        before = attrs.evolve(
            stock_item(TEA, MAIN, on_hand=0),
            on_hand=Quantity(available + reserved),
            available=Quantity(available),
        )
        if by < -available:
            with pytest.raises(StockTooLow) as caught:
                before.change(Quantity(by))
            assert caught.value == StockTooLow(TEA.id, MAIN.id, Quantity(available))
        else:
            after = before.change(Quantity(by))
            assert after.on_hand.thousandths == available + reserved + by
            assert after.reserved == before.reserved == Quantity(reserved)
            assert (after.sku_id, after.warehouse_id, after.version) == (TEA.id, MAIN.id, 0)

    def test_can_be_emptied(self) -> None:
        assert stock_item(TEA, MAIN, on_hand=5).change(pieces(-5)).on_hand == NONE

    def test_holds_no_more_than_a_quantity_can_say(self) -> None:
        with pytest.raises(ValueError, match="thousandths"):
            attrs.evolve(stock_item(TEA, MAIN, on_hand=0), on_hand=Quantity(LARGEST)).change(Quantity(1))

    @pytest.mark.parametrize(("on_hand", "available"), [(1, 2), (-1, -1), (0, -1), (-1, 0)])
    def test_has_what_is_available_on_hand(self, on_hand: int, available: int) -> None:
        with pytest.raises(ValueError, match=r"on_hand|available|on hand"):
            attrs.evolve(
                stock_item(TEA, MAIN, on_hand=0), on_hand=Quantity(on_hand), available=Quantity(available)
            )


class TestMovement:
    def test_leads_from_before_to_after(self) -> None:
        item = stock_item(TEA, MAIN, on_hand=5)
        received = movement(IDS, item, change="2.5")
        assert (received.before, received.after) == (pieces(5), pieces("7.5"))
        assert opening(IDS, item).before == NONE
        with pytest.raises(ValueError, match="leads from before to after"):
            attrs.evolve(received, after=pieces(7))

    def test_has_a_moment(self) -> None:
        received = movement(IDS, stock_item(TEA, MAIN, on_hand=5), change=1)
        with pytest.raises(ValueError, match="time zone"):
            attrs.evolve(received, at=received.at.replace(tzinfo=None))


class TestReserve:
    def test_fills_a_line_from_the_first_warehouse_that_can_fill_it_whole(self) -> None:
        stock = sheet((TEA.id, FAR.id, 9), (TEA.id, SECOND.id, 5), (TEA.id, MAIN.id, 4))
        for wanted, place in ((4, MAIN), (5, SECOND), (6, FAR), (9, FAR)):
            made = reserve([Demand(0, TEA.id, Quantity(wanted))], order_id=ORDER, sheet=stock)
            assert taken(made) == [(0, place.id, wanted)]

    def test_fills_it_from_several_in_their_order_where_none_can(self) -> None:
        stock = sheet((TEA.id, FAR.id, 9), (TEA.id, SECOND.id, 0), (TEA.id, MAIN.id, 4))
        made = reserve([Demand(3, TEA.id, Quantity(10))], order_id=ORDER, sheet=stock)
        assert taken(made) == [(3, MAIN.id, 4), (3, FAR.id, 6)]

    def test_does_not_promise_to_one_line_what_another_has(self) -> None:
        stock = sheet((TEA.id, MAIN.id, 5), (TEA.id, SECOND.id, 5))
        wanted = [Demand(line, TEA.id, Quantity(3)) for line in range(3)]
        assert taken(reserve(wanted, order_id=ORDER, sheet=stock)) == [
            (0, MAIN.id, 3),
            (1, SECOND.id, 3),
            (2, MAIN.id, 2),
            (2, SECOND.id, 1),
        ]

    def test_asks_the_older_of_two_warehouses_of_one_priority_first(self) -> None:
        twin = warehouse(IDS, code="4")
        stock = attrs.evolve(
            sheet((TEA.id, twin.id, 5), (TEA.id, MAIN.id, 5)), priority={twin.id: 0, MAIN.id: 0}
        )
        made = reserve([Demand(0, TEA.id, Quantity(1))], order_id=ORDER, sheet=stock)
        assert taken(made) == [(0, MAIN.id, 1)]

    @given(sheets(), demands)
    def test_promises_all_that_is_asked_for_and_never_more_than_there_is(
        self, stock: StockSheet, wanted: list[Demand]
    ) -> None:
        needed: Counter[SkuId] = Counter()
        for demand in wanted:
            needed[demand.sku_id] += demand.quantity.thousandths
        if any(many > stock.available.get(sku_id, NONE).thousandths for sku_id, many in needed.items()):
            with pytest.raises(ValueError, match="not there"):
                reserve(wanted, order_id=ORDER, sheet=stock)
            return
        made = reserve(wanted, order_id=ORDER, sheet=stock)
        there = {(item.sku_id, item.warehouse_id): item.available.thousandths for item in stock.items}
        by_line: Counter[tuple[int, SkuId]] = Counter()
        for one in made:
            there[one.sku_id, one.warehouse_id] -= one.quantity.thousandths
            by_line[one.line, one.sku_id] += one.quantity.thousandths
        assert min(there.values(), default=0) >= 0
        assert by_line == {(one.line, one.sku_id): one.quantity.thousandths for one in wanted}
        assert {(one.order_id, one.state) for one in made} <= {(ORDER, ReservationState.HELD)}
        assert len({(one.line, one.warehouse_id) for one in made}) == len(made)

    @given(sheets(), st.integers(1, 12))
    def test_splits_a_line_only_where_no_warehouse_has_it_whole(self, stock: StockSheet, wanted: int) -> None:
        assume(stock.available.get(TEA.id, NONE).thousandths >= wanted)
        made = reserve([Demand(0, TEA.id, Quantity(wanted))], order_id=ORDER, sheet=stock)
        whole = [
            item for item in stock.items if item.sku_id == TEA.id and item.available.thousandths >= wanted
        ]
        ranks = [PRIORITY[one.warehouse_id] for one in made]
        assert ranks == sorted(ranks)
        if whole:
            assert ranks == [min(PRIORITY[item.warehouse_id] for item in whole)]
        else:
            assert len(made) > 1

    def test_promises_nothing_of_what_nobody_has(self) -> None:
        with pytest.raises(ValueError, match="not there"):
            reserve([Demand(0, TEA.id, Quantity(1))], order_id=ORDER, sheet=sheet())
        assert reserve([], order_id=ORDER, sheet=sheet()) == ()


def test_adds_up_what_is_available_over_all_warehouses() -> None:
    items = sheet((TEA.id, MAIN.id, 5), (MILK.id, MAIN.id, 3), (TEA.id, FAR.id, 2)).items
    assert available_by_sku(items) == {TEA.id: Quantity(7), MILK.id: Quantity(3)}
    assert available_by_sku([]) == {}


def test_says_no_more_is_available_than_a_quantity_can_say() -> None:
    items = sheet((TEA.id, MAIN.id, LARGEST), (TEA.id, SECOND.id, 1)).items
    assert available_by_sku(items) == {TEA.id: Quantity(LARGEST)}


def test_a_reservation_is_of_something() -> None:
    made = reserve([Demand(0, TEA.id, Quantity(1))], order_id=ORDER, sheet=sheet((TEA.id, MAIN.id, 1)))
    with pytest.raises(ValueError, match="quantity"):
        attrs.evolve(made[0], quantity=NONE)


def test_only_what_is_held_or_committed_is_still_promised() -> None:
    assert {ReservationState.HELD, ReservationState.COMMITTED} == OPEN_STATES


@pytest.mark.parametrize("wrong", [{"code": ""}, {"name": ""}])
def test_a_warehouse_has_a_code_and_a_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        attrs.evolve(MAIN, **wrong)


class TestRereserving:
    """More or less for lines of an order than was reserved."""

    def reserved(self, *parts: tuple[int, WarehouseId, int]) -> tuple[Reservation, ...]:
        return tuple(
            Reservation(
                order_id=ORDER,
                line=line,
                sku_id=TEA.id,
                warehouse_id=where,
                quantity=Quantity(many),
                state=ReservationState.COMMITTED,
            )
            for line, where, many in parts
        )

    def test_gives_back_from_the_last_place_first(self) -> None:
        held = self.reserved((0, MAIN.id, 5), (0, SECOND.id, 5), (1, MAIN.id, 9))
        found = rereserve(held, {0: Quantity(4)}, sheet=sheet((TEA.id, MAIN.id, 0), (TEA.id, SECOND.id, 0)))
        assert taken(found) == [(0, SECOND.id, 5), (0, MAIN.id, 4)]
        assert [one.state for one in found] == [ReservationState.RELEASED, ReservationState.COMMITTED]
        less = rereserve(held, {0: Quantity(7)}, sheet=sheet((TEA.id, MAIN.id, 0), (TEA.id, SECOND.id, 0)))
        assert taken(less) == [(0, SECOND.id, 2)]

    def test_takes_more_where_something_is_reserved_and_then_by_priority(self) -> None:
        held = self.reserved((0, SECOND.id, 5))
        there = sheet(
            (TEA.id, FAR.id, 9), (TEA.id, MAIN.id, 2), (TEA.id, SECOND.id, 3), (MILK.id, MAIN.id, 9)
        )
        assert taken(rereserve(held, {0: Quantity(8)}, sheet=there)) == [(0, SECOND.id, 8)]
        more = rereserve(held, {0: Quantity(11)}, sheet=there)
        assert taken(more) == [(0, SECOND.id, 8), (0, MAIN.id, 2), (0, FAR.id, 1)]
        assert {one.state for one in more} == {ReservationState.COMMITTED}

    def test_what_one_line_gives_back_another_takes(self) -> None:
        held = self.reserved((0, MAIN.id, 5), (1, MAIN.id, 5))
        nothing = sheet((TEA.id, MAIN.id, 0))
        found = rereserve(held, {0: Quantity(7), 1: Quantity(3)}, sheet=nothing)
        assert sorted(taken(found)) == [(0, MAIN.id, 7), (1, MAIN.id, 3)]

    def test_changes_nothing_that_is_as_it_should_be(self) -> None:
        held = self.reserved((0, MAIN.id, 5))
        assert rereserve(held, {0: Quantity(5)}, sheet=sheet((TEA.id, MAIN.id, 0))) == ()

    def test_is_refused_where_there_is_less(self) -> None:
        held = self.reserved((3, MAIN.id, 5))
        with pytest.raises(InsufficientStock) as caught:
            rereserve(held, {3: Quantity(9)}, sheet=sheet((TEA.id, MAIN.id, 2), (TEA.id, FAR.id, 1)))
        assert caught.value == InsufficientStock(TEA.id, Quantity(8), Quantity(9), 3)
