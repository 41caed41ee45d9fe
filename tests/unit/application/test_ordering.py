"""A basket becomes an order once, whole, at the buyer's own prices; or nothing happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, Forbidden, Unauthenticated
from application.inventory import StockChange
from application.ordering import Wishes
from application.ports.storage import IdempotencyKeyReused
from domain.catalog import InvalidQuantity, UnknownSku
from domain.customers import AddressNotFound
from domain.errors import DomainError, Refused
from domain.identity import AddressId, IdempotencyKey, OrderId, SkuCode
from domain.inventory import InsufficientStock, ReservationState
from domain.merchant import PaymentMethod
from domain.money import Currency, Money
from domain.ordering import (
    LONGEST_NOTE,
    LONGEST_NUMBER,
    DeliveryDateInPast,
    IllegalMove,
    InvalidTerms,
    Order,
    OrderCancelled,
    OrderNotFound,
    OrderStatus,
    PaymentMethodNotEnabled,
    Side,
)
from domain.pricing import PriceSource
from domain.quantity import NONE, Quantity
from domain.quoting import Basket, BasketLine, EmptyBasket, TooManyLines, TotalChanged
from kit.builders import FixedClock, basket, pieces, wishes
from kit.world import World, furnish

KEY = IdempotencyKey("first")
AGAIN = IdempotencyKey("second")


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def tea(world: World, many: int | str = 10) -> Basket:
    return basket((world.shop.sku("TEA-500"), many))


def place(world: World, **changed: Any) -> Order:
    asked: dict[str, Any] = {
        "actor": world.shop.buyer(),
        "key": KEY,
        "basket": tea(world),
        "wishes": wishes(),
    }
    return world.use.place_order(**asked | changed)


def refusals(world: World, **changed: Any) -> tuple[DomainError, ...]:
    with pytest.raises(Refused) as caught:
        place(world, **changed)
    return caught.value.refusals


def available(world: World, code: str = "TEA-500") -> Quantity:
    sku_id = world.shop.sku(code).id
    with world.database.unit_of_work.reading(world.shop.operator) as storage:
        return storage.stock.sheet({sku_id}).available[sku_id]


def reserved(world: World, order: Order) -> list[tuple[str, int, ReservationState]]:
    with world.database.unit_of_work.reading(world.shop.operator) as storage:
        found = storage.stock.reservations(order.id)
    names = {one.id: one.code for one in world.shop.warehouses.values()}
    return [(names[one.warehouse_id], one.quantity.thousandths // 1000, one.state) for one in found]


class TestQuoteBasket:
    def test_quotes_the_company_s_own_price_and_promises_nothing(self, world: World) -> None:
        asked = basket((world.shop.sku("NUTS"), 24), (world.shop.sku("TEA-500"), 24))
        sources = {}
        for name in ("regular", "vip", "strategic", "contract"):
            quote = world.use.quote_basket(actor=world.shop.buyer(name), basket=asked)
            prices = [line.price for line in quote.lines if line.price]
            sources[name] = [(price.unit_price.amount, price.source) for price in prices]
        assert sources == {
            "regular": [("10.80", PriceSource.PRICE_LIST), ("3.30", PriceSource.BASE)],
            "vip": [("10.80", PriceSource.PRICE_LIST), ("3.14", PriceSource.TIER)],
            "strategic": [("10.80", PriceSource.PRICE_LIST), ("3.00", PriceSource.TIER)],
            "contract": [("10.50", PriceSource.CONTRACT), ("3.14", PriceSource.TIER)],
        }
        assert available(world, "NUTS") == pieces(80)

    def test_names_what_is_wrong_without_raising(self, world: World) -> None:
        asked = Basket((BasketLine(sku_code=SkuCode("TEA-500"), quantity=Decimal("NaN")),))
        quote = world.use.quote_basket(actor=world.shop.buyer(), basket=asked)
        assert [type(problem) for problem in quote.refusals] == [InvalidQuantity]
        assert world.use.quote_basket(actor=world.shop.buyer(), basket=Basket()).problems == (EmptyBasket(),)

    def test_does_not_know_the_goods_of_another_merchant(self, world: World) -> None:
        theirs = world.other.sku("TEA-500")
        quote = world.use.quote_basket(actor=world.shop.buyer(), basket=basket((theirs, 1)))
        assert quote.refusals == (UnknownSku(theirs.id, 0),)

    def test_is_for_those_who_may_order(self, world: World) -> None:
        for actor in (world.shop.buyer("viewer"), world.shop.clerk, world.shop.operator):
            with pytest.raises(Forbidden):
                world.use.quote_basket(actor=actor, basket=tea(world))
        with pytest.raises(Unauthenticated):
            world.use.quote_basket(actor=world.shop.guest, basket=tea(world))


class TestPlaceOrder:
    def test_stores_what_it_answers_and_holds_the_stock(self, world: World) -> None:
        order = place(world)
        assert (order.status, order.total) == (OrderStatus.SUBMITTED, Money(3500, Currency.CNY))
        assert order.number
        assert order.placed_at == world.clock.now()
        assert (order.customer_id, order.buyer_id) == (
            world.shop.customers["regular"].id,
            world.shop.buyers["regular"].id,
        )
        assert reserved(world, order) == [("MAIN", 10, ReservationState.HELD)]
        assert available(world) == pieces(350)
        with world.database.unit_of_work.reading(world.shop.buyer()) as storage:
            assert storage.orders.get(order.id) == order

    def test_fills_a_line_from_several_warehouses_where_none_has_it_whole(self, world: World) -> None:
        order = place(world, basket=tea(world, 300))
        held = ReservationState.HELD
        assert reserved(world, order) == [("MAIN", 240, held), ("SECOND", 60, held)]

    def test_answers_a_repeated_call_with_the_order_as_it_is_now(self, world: World) -> None:
        order = place(world)
        assert place(world) == order
        confirmed = world.use.confirm_order(actor=world.shop.clerk, key=KEY, order_id=order.id)
        assert place(world) == confirmed
        assert available(world) == pieces(350)

    def test_refuses_another_basket_or_other_wishes_under_the_same_key(self, world: World) -> None:
        place(world)
        cash = wishes(payment_method=PaymentMethod.CASH_ON_DELIVERY)
        for other in ({"basket": tea(world, 11)}, {"wishes": cash}):
            with pytest.raises(IdempotencyKeyReused):
                place(world, **other)
        assert available(world) == pieces(350)

    def test_orders_again_under_another_key_or_for_another_person(self, world: World) -> None:
        orders = [place(world), place(world, key=AGAIN), place(world, actor=world.shop.buyer("vip"))]
        assert len({order.id for order in orders}) == len({order.number for order in orders}) == 3
        assert available(world) == pieces(330)

    def test_remembers_a_refusal_and_leaves_nothing_else_behind(self, world: World) -> None:
        tea_id = world.shop.sku("TEA-500").id
        expected = (InsufficientStock(tea_id, pieces(360), pieces(361), 0),)
        assert refusals(world, basket=tea(world, 361)) == expected
        more = StockChange(sku_id=tea_id, warehouse="MAIN", quantity=Decimal(100))
        world.use.receive_stock(actor=world.shop.clerk, key=KEY, changes=[more])
        assert refusals(world, basket=tea(world, 361)) == expected
        assert available(world) == pieces(460)
        order = place(world, key=AGAIN, basket=tea(world, 361))
        assert place(world, key=AGAIN, basket=tea(world, 361)) == order
        assert available(world) == pieces(99)

    def test_takes_all_or_nothing_and_names_every_fault(self, world: World) -> None:
        asked = basket(
            (world.shop.sku("TEA-500"), 1), (world.shop.sku("CUP"), 1), (world.shop.sku("WATER-550"), 7)
        )
        faults = refusals(
            world,
            basket=asked,
            wishes=Wishes(payment_method=PaymentMethod.WECHAT_PAY, note="字" * (LONGEST_NOTE + 1)),
        )
        names = [type(fault).__name__ for fault in faults]
        assert names == [
            "PaymentMethodNotEnabled",
            "InvalidTerms",
            "PriceUnavailable",
            "InsufficientStock",
            "InvalidQuantity",
        ]
        assert available(world) == pieces(360)

    @pytest.mark.parametrize(("lines", "fault"), [(0, EmptyBasket()), (501, TooManyLines(501))])
    def test_takes_a_basket_of_one_to_five_hundred_lines(
        self, world: World, lines: int, fault: DomainError
    ) -> None:
        assert refusals(world, basket=basket(*[(world.shop.sku("TEA-500"), 1)] * lines)) == (fault,)

    def test_holds_to_the_total_the_buyer_expects(self, world: World) -> None:
        right = attrs.evolve(wishes(), expected_total=Money(3500, Currency.CNY))
        wrong = attrs.evolve(wishes(), expected_total=Money(3499, Currency.CNY))
        (fault,) = refusals(world, wishes=wrong)
        assert isinstance(fault, TotalChanged)
        assert fault.quote.total == Money(3500, Currency.CNY)
        assert available(world) == pieces(360)
        assert place(world, key=AGAIN, wishes=right).total == Money(3500, Currency.CNY)

    def test_speaks_of_the_total_only_where_nothing_else_is_wrong(self, world: World) -> None:
        wrong = attrs.evolve(wishes(), expected_total=Money(1, Currency.CNY))
        faults = refusals(world, wishes=wrong, basket=tea(world, 1000))
        assert [type(fault) for fault in faults] == [InsufficientStock]

    def test_is_for_buyers_who_may_order(self, world: World) -> None:
        for actor in (world.shop.buyer("viewer"), world.shop.clerk, world.shop.operator):
            with pytest.raises(Forbidden):
                place(world, actor=actor)
        with pytest.raises(Unauthenticated):
            place(world, actor=world.shop.guest)


class TestWishes:
    def test_are_kept_with_the_order(self, world: World) -> None:
        book = world.shop.customers["regular"].addresses
        asked = Wishes(
            payment_method=PaymentMethod.CASH_ON_DELIVERY,
            address_id=book[0].id,
            requested_delivery_date=date(2026, 3, 2),
            purchase_order_number="单" * LONGEST_NUMBER,
            note="门口\n放下" + "字" * (LONGEST_NOTE - 5),
        )
        terms = place(world, wishes=asked).terms
        assert (terms.payment_method, terms.address) == (asked.payment_method, book[0].address)
        assert (terms.requested_delivery_date, terms.note) == (asked.requested_delivery_date, asked.note)
        assert terms.purchase_order_number == asked.purchase_order_number

    @pytest.mark.parametrize(
        ("wish", "fault"),
        [
            (
                {"payment_method": PaymentMethod.CREDIT_TERMS},
                PaymentMethodNotEnabled(
                    PaymentMethod.CREDIT_TERMS, (PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH_ON_DELIVERY)
                ),
            ),
            ({"requested_delivery_date": date(2026, 3, 1)}, DeliveryDateInPast(date(2026, 3, 2))),
            ({"purchase_order_number": "单" * (LONGEST_NUMBER + 1)}, InvalidTerms("purchaseOrderNumber")),
            ({"purchase_order_number": "\0"}, InvalidTerms("purchaseOrderNumber")),
            ({"note": "字" * (LONGEST_NOTE + 1)}, InvalidTerms("note")),
            ({"note": "a\0b"}, InvalidTerms("note")),
            ({"note": "\ud800"}, InvalidTerms("note")),
            ({"unknown_address": True}, AddressNotFound()),
            ({"address_id": AddressId.of(bytes(16))}, AddressNotFound()),
        ],
    )
    def test_that_cannot_be_met_are_named(
        self, world: World, wish: dict[str, Any], fault: DomainError
    ) -> None:
        assert refusals(world, wishes=attrs.evolve(wishes(), **wish)) == (fault,)
        assert available(world) == pieces(360)

    def test_lead_to_no_address_of_another_company(self, world: World) -> None:
        theirs = world.shop.customers["vip"].addresses[0].id
        assert refusals(world, wishes=attrs.evolve(wishes(), address_id=theirs)) == (AddressNotFound(),)

    def test_are_about_days_where_the_merchant_is(self) -> None:
        evening = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
        for clock, allowed in (
            (FixedClock(evening), True),
            (FixedClock(evening + timedelta(minutes=1)), False),
        ):
            world = attrs.evolve(furnish(MemoryDatabase()), clock=clock)
            asked = attrs.evolve(wishes(), requested_delivery_date=date(2026, 3, 1))
            if allowed:
                assert place(world, wishes=asked).terms.requested_delivery_date == date(2026, 3, 1)
            else:
                assert refusals(world, wishes=asked) == (DeliveryDateInPast(date(2026, 3, 2)),)


class TestConfirmOrder:
    def test_commits_the_stock(self, world: World) -> None:
        placed = place(world)
        confirmed = world.use.confirm_order(actor=world.shop.clerk, key=KEY, order_id=placed.id)
        assert confirmed.status is OrderStatus.CONFIRMED
        assert reserved(world, placed) == [("MAIN", 10, ReservationState.COMMITTED)]
        assert available(world) == pieces(350)

    def test_answers_a_repeated_call_and_refuses_a_second_one(self, world: World) -> None:
        placed = place(world)
        for _ in range(2):
            confirmed = world.use.confirm_order(actor=world.shop.clerk, key=KEY, order_id=placed.id)
            assert confirmed.status is OrderStatus.CONFIRMED
        for _ in range(2):
            with pytest.raises(IllegalMove) as caught:
                world.use.confirm_order(actor=world.shop.clerk, key=AGAIN, order_id=placed.id)
            assert caught.value == IllegalMove(placed.id, OrderStatus.CONFIRMED, OrderStatus.CONFIRMED)

    def test_finds_no_order_of_another_merchant(self, world: World) -> None:
        placed = place(world)
        for order_id, clerk in ((placed.id, world.other.clerk), (OrderId.of(bytes(16)), world.shop.clerk)):
            with pytest.raises(OrderNotFound):
                world.use.confirm_order(actor=clerk, key=KEY, order_id=order_id)

    def test_is_for_staff_who_may(self, world: World) -> None:
        placed = place(world)
        for actor in (world.shop.buyer(), world.shop.colleague()):
            with pytest.raises(Forbidden):
                world.use.confirm_order(actor=actor, key=KEY, order_id=placed.id)


class TestCancelOrder:
    def cancel(self, world: World, order: Order, actor: Actor, key: IdempotencyKey = KEY) -> Order:
        return world.use.cancel_order(actor=actor, key=key, order_id=order.id)

    @pytest.mark.parametrize("by", ["buyer", "clerk", "operator"])
    def test_gives_the_stock_back_once(self, world: World, by: str) -> None:
        actor = {"buyer": world.shop.buyer(), "clerk": world.shop.clerk, "operator": world.shop.operator}[by]
        placed = place(world, basket=tea(world, 300))
        cancelled = self.cancel(world, placed, actor)
        assert cancelled.status is OrderStatus.CANCELLED
        assert self.cancel(world, placed, actor) == cancelled
        with pytest.raises(IllegalMove) as caught:
            self.cancel(world, placed, actor, AGAIN)
        assert caught.value == IllegalMove(placed.id, OrderStatus.CANCELLED, OrderStatus.CANCELLED)
        assert available(world) == pieces(360)
        assert {state for _, _, state in reserved(world, placed)} == {ReservationState.RELEASED}

    @pytest.mark.parametrize("by", ["buyer", "clerk"])
    def test_records_on_whose_behalf(self, world: World, by: str) -> None:
        actor, side = {
            "buyer": (world.shop.buyer(), Side.BUYER),
            "clerk": (world.shop.clerk, Side.SELLER),
        }[by]
        placed = place(world)
        self.cancel(world, placed, actor)
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            assert storage.orders.get(placed.id).status is OrderStatus.CANCELLED
        facts = placed.cancel(at=world.clock.now(), by=side).events
        assert OrderCancelled(at=world.clock.now(), order_id=placed.id, by=side) in facts

    def test_is_too_late_for_the_buyer_once_confirmed_but_not_for_the_merchant(self, world: World) -> None:
        placed = place(world)
        world.use.confirm_order(actor=world.shop.clerk, key=KEY, order_id=placed.id)
        with pytest.raises(IllegalMove) as caught:
            self.cancel(world, placed, world.shop.buyer())
        assert caught.value == IllegalMove(placed.id, OrderStatus.CONFIRMED, OrderStatus.CANCELLED)
        assert available(world) == pieces(350)
        assert self.cancel(world, placed, world.shop.clerk).status is OrderStatus.CANCELLED
        assert available(world) == pieces(360)

    def test_finds_no_order_of_another_company_or_merchant(self, world: World) -> None:
        placed = place(world)
        for actor in (world.shop.buyer("vip"), world.other.buyer(), world.other.clerk):
            with pytest.raises(OrderNotFound):
                self.cancel(world, placed, actor)
        assert available(world) == pieces(350)

    def test_is_for_those_who_may(self, world: World) -> None:
        placed = place(world)
        for actor in (world.shop.buyer("viewer"), world.shop.colleague()):
            with pytest.raises(Forbidden):
                self.cancel(world, placed, actor)
        with pytest.raises(Unauthenticated):
            self.cancel(world, placed, world.shop.guest)


def test_nothing_is_left_of_an_order_that_was_called_off(world: World) -> None:
    placed = place(world, basket=tea(world, 360))
    assert available(world) == NONE
    world.use.cancel_order(actor=world.shop.buyer(), key=KEY, order_id=placed.id)
    assert place(world, key=AGAIN, basket=tea(world, 360)).total == placed.total
