"""An order keeps what was promised, and moves only as its table says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import Listing
from domain.errors import Refused
from domain.identity import BuyerId, CustomerId, OrderId
from domain.merchant import PaymentMethod, PriceRules
from domain.money import Currency, Money
from domain.ordering import (
    LONGEST_NOTE,
    LONGEST_NUMBER,
    OPEN_STATUSES,
    FulfillmentStarted,
    FulfillmentStatus,
    IllegalMove,
    Order,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderPlaced,
    OrderStatus,
    PaymentStatus,
    Side,
    Terms,
)
from domain.price_choice import SkuPrices
from domain.pricing import PriceSource
from domain.quantity import NONE
from domain.quoting import MOST_LINES, Basket, BasketLine, EmptyBasket, Quote, Shelf, quote_basket
from kit import strategies as some
from kit.builders import (
    BY_TRANSFER,
    NOON,
    SeededIds,
    address,
    buyer,
    case_of,
    customer,
    ladder,
    merchant,
    order,
    order_line,
    pieces,
    price_list,
    product,
    sku,
    tier,
    yuan,
)

IDS = SeededIds()
SHOP = merchant(IDS)
TEA = sku(IDS, packs=[case_of(12)])
DRINK = product(IDS, skus=[TEA])
LI = buyer(IDS, customer=customer(IDS, tier=tier(IDS)))
PLACED = order(IDS, buyer=LI, lines=[order_line(DRINK)])
LATER = NOON + timedelta(hours=1)

S = OrderStatus
MOVES: dict[str, tuple[Callable[[Order], Order], OrderStatus, set[OrderStatus]]] = {
    "confirm": (lambda it: it.confirm(at=LATER), S.CONFIRMED, {S.SUBMITTED}),
    "cancel for the buyer": (lambda it: it.cancel(at=LATER, by=Side.BUYER), S.CANCELLED, {S.SUBMITTED}),
    "cancel for the merchant": (
        lambda it: it.cancel(at=LATER, by=Side.SELLER),
        S.CANCELLED,
        {S.SUBMITTED, S.CONFIRMED},
    ),
    "start fulfillment": (lambda it: it.start_fulfillment(at=LATER), S.IN_FULFILLMENT, {S.CONFIRMED}),
    "complete": (lambda it: it.complete(at=LATER), S.COMPLETED, {S.IN_FULFILLMENT}),
}


def quote(many: str = "2", *, unit: str = "箱", price: str = "3.50", free: bool = False) -> Quote:
    prices = SkuPrices.of({price_list(IDS): ladder((1, 0 if free else price))}, at=NOON, rules=PriceRules(2))
    shelf = Shelf(
        (Listing(TEA, DRINK.id, DRINK.name, for_sale=True),), {TEA.id: prices}, {TEA.id: pieces(100)}
    )
    basket = Basket((BasketLine(sku_id=TEA.id, quantity=Decimal(many), unit=unit),))
    return quote_basket(basket, shelf=shelf, merchant=SHOP)


def place(of: Quote) -> Order:
    return Order.place(
        id=OrderId.of(bytes(16)),
        customer_id=LI.customer_id,
        buyer_id=LI.id,
        quote=of,
        terms=BY_TRANSFER,
        at=NOON,
    )


class TestPlacing:
    def test_keeps_everything_that_was_promised(self) -> None:
        placed = place(quote())
        (line,) = placed.lines
        assert (line.sku_id, line.sku_code, line.sku_name) == (TEA.id, TEA.code, TEA.name)
        assert (line.product_id, line.unit_code, line.unit_name) == (DRINK.id, "case", "箱")
        assert (line.quantity, line.base_quantity) == (pieces(2), pieces(24))
        assert (line.unit_price, line.list_price, line.price_source) == (yuan(42), yuan(42), PriceSource.BASE)
        assert line.total == placed.total == Money(8400, Currency.CNY)
        assert (placed.customer_id, placed.buyer_id) == (LI.customer_id, LI.id)
        assert (placed.terms, placed.placed_at, placed.number) == (BY_TRANSFER, NOON, "")
        assert (placed.currency, placed.version) == (Currency.CNY, 0)

    def test_waits_for_the_merchant_unpaid_and_unshipped(self) -> None:
        placed = place(quote())
        assert placed.status is OrderStatus.SUBMITTED
        assert placed.payment_status is PaymentStatus.UNPAID
        assert placed.fulfillment_status is FulfillmentStatus.UNFULFILLED
        assert placed.events == (OrderPlaced(at=NOON, order_id=placed.id),)

    def test_takes_what_is_free(self) -> None:
        assert place(quote(free=True)).total == Money(0, Currency.CNY)

    def test_refuses_a_quote_with_problems(self) -> None:
        asked = quote("1000")
        with pytest.raises(Refused) as caught:
            place(asked)
        assert caught.value == Refused(asked.refusals)
        with pytest.raises(Refused) as caught:
            place(quote_basket(Basket(), shelf=Shelf((), {}, {}), merchant=SHOP))
        assert caught.value == Refused((EmptyBasket(),))

    @pytest.mark.parametrize("missing", ["listing", "pack", "quantity", "base_quantity", "price", "total"])
    def test_drops_no_line_silently(self, missing: str) -> None:
        asked = quote()
        (line,) = asked.lines
        without: dict[str, Any] = {missing: None}
        with pytest.raises(ValueError, match="whole lines"):
            place(attrs.evolve(asked, lines=(line, attrs.evolve(line, **without))))

    def test_has_lines_and_not_too_many(self) -> None:
        with pytest.raises(ValueError, match="lines"):
            attrs.evolve(PLACED, lines=())
        assert len(attrs.evolve(PLACED, lines=PLACED.lines * MOST_LINES).lines) == MOST_LINES
        with pytest.raises(ValueError, match="lines"):
            attrs.evolve(PLACED, lines=PLACED.lines * (MOST_LINES + 1))

    def test_is_placed_at_a_moment(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            attrs.evolve(PLACED, placed_at=datetime(2026, 1, 1))  # noqa: DTZ001


class TestMoves:
    @pytest.mark.parametrize("status", OrderStatus)
    @pytest.mark.parametrize("move", MOVES)
    def test_are_those_of_the_table_and_no_others(self, move: str, status: OrderStatus) -> None:
        make, wanted, allowed = MOVES[move]
        standing = attrs.evolve(PLACED, status=status)
        if status in allowed:
            assert make(standing).status is wanted
        else:
            with pytest.raises(IllegalMove) as caught:
                make(standing)
            assert caught.value == IllegalMove(PLACED.id, status, wanted)
            assert standing.status is status

    def test_leave_their_facts_in_order(self) -> None:
        done = PLACED.confirm(at=LATER).start_fulfillment(at=LATER).complete(at=LATER)
        assert done.events == (
            OrderPlaced(at=NOON, order_id=PLACED.id),
            OrderConfirmed(at=LATER, order_id=PLACED.id),
            FulfillmentStarted(at=LATER, order_id=PLACED.id),
            OrderCompleted(at=LATER, order_id=PLACED.id),
        )
        assert done.fulfillment_status is FulfillmentStatus.DELIVERED

    @pytest.mark.parametrize("side", Side)
    def test_say_who_called_an_order_off(self, side: Side) -> None:
        cancelled = PLACED.cancel(at=LATER, by=side)
        assert cancelled.events[1:] == (OrderCancelled(at=LATER, order_id=PLACED.id, by=side),)

    @some.few
    @given(some.moved_orders(), st.sampled_from(sorted(MOVES)))
    def test_never_change_what_was_promised(self, standing: Order, move: str) -> None:
        try:
            moved = MOVES[move][0](standing)
        except IllegalMove:
            return
        assert (moved.lines, moved.total, moved.terms) == (standing.lines, standing.total, standing.terms)
        assert (moved.placed_at, moved.number, moved.version) == (
            standing.placed_at,
            standing.number,
            standing.version,
        )
        assert moved.events[:-1] == standing.events
        assert moved != standing

    def test_hold_stock_until_it_is_shipped_or_given_back(self) -> None:
        assert {OrderStatus.SUBMITTED, OrderStatus.CONFIRMED} == OPEN_STATUSES


class TestOrder:
    @some.few
    @given(some.orders())
    def test_costs_what_its_lines_cost(self, it: Order) -> None:
        assert it.total.minor == sum(line.total.minor for line in it.lines)

    @some.few
    @given(some.orders())
    def test_has_the_products_of_its_lines(self, it: Order) -> None:
        assert it.product_ids == {line.product_id for line in it.lines}

    @some.few
    @given(some.orders(), st.sampled_from(OrderStatus))
    def test_stands_unless_it_came_to_nothing(self, it: Order, status: OrderStatus) -> None:
        nothing = {"DRAFT", "REJECTED", "EXPIRED", "CANCELLED"}
        assert attrs.evolve(it, status=status).stands is (status.value not in nothing)

    def test_is_the_same_whatever_it_has_to_tell(self) -> None:
        assert attrs.evolve(PLACED, events=()) == PLACED
        assert "events" not in repr(PLACED)

    def test_has_lines_that_cost_their_price_times_their_quantity(self) -> None:
        line = order_line(DRINK, quantity=3, price="0.333")
        assert line.total == Money(100, Currency.CNY)
        with pytest.raises(ValueError, match="price times its quantity"):
            attrs.evolve(line, total=Money(99, Currency.CNY))
        with pytest.raises(ValueError, match="price times its quantity"):
            attrs.evolve(line, total=Money(100, Currency.HKD))

    @pytest.mark.parametrize("field", ["quantity", "base_quantity"])
    def test_has_lines_of_something(self, field: str) -> None:
        nothing: dict[str, Any] = {field: NONE}
        with pytest.raises(ValueError, match=field):
            attrs.evolve(order_line(DRINK, price=0), **nothing)


class TestTerms:
    def test_ask_for_nothing_but_a_way_to_pay(self) -> None:
        assert Terms(payment_method=PaymentMethod.CASH_ON_DELIVERY) == Terms(
            payment_method=PaymentMethod.CASH_ON_DELIVERY,
            requested_delivery_date=None,
            purchase_order_number=None,
            note=None,
            address=None,
        )
        assert attrs.evolve(BY_TRANSFER, address=address()).address == address()

    @pytest.mark.parametrize(
        ("field", "longest"), [("note", LONGEST_NOTE), ("purchase_order_number", LONGEST_NUMBER)]
    )
    def test_do_not_go_on_for_ever(self, field: str, longest: int) -> None:
        full: dict[str, Any] = {field: "字" * longest}
        over: dict[str, Any] = {field: "字" * (longest + 1)}
        assert getattr(attrs.evolve(BY_TRANSFER, **full), field) == full[field]
        with pytest.raises(ValueError, match=field):
            attrs.evolve(BY_TRANSFER, **over)


def test_ids_of_an_order_are_of_their_kind() -> None:
    assert (type(PLACED.id), type(PLACED.customer_id), type(PLACED.buyer_id)) == (
        OrderId,
        CustomerId,
        BuyerId,
    )
