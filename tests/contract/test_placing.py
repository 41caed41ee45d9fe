"""Placing over every storage: what it asks, what it says afterwards, and when it is said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import attrs
import pytest

from application.amendments import AskedAdjustment, AskedWeight
from application.ports.storage import Answer, Stale
from application.quantity_rules import AskedRule
from application.views.orders import LineWant, OrderWant, card_of, in_itself
from domain.identity import IdempotencyKey
from domain.inventory import Reservation
from domain.ordering import Order, OrderNotFound
from domain.privacy import CLEAR
from kit import builders as a
from kit.api import Api, line, open_api
from kit.world import World

PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { id number status total { amount } lineCount placedAt note } errors { __typename }
} }"""
MOST_STATEMENTS = 12


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


def new_order(world: World) -> Order:
    lines = [a.order_line(world.shop.products["tea"])]
    return a.order(world.ids, buyer=world.shop.buyers["regular"], lines=lines)


class TestCardOf:
    async def test_it_shows_what_the_view_reads_after_every_verb(self, world: World) -> None:
        shop, use = world.shop, world.use
        buyer, clerk = shop.buyer("vip"), shop.clerk
        basket = a.basket((shop.sku("TEA-500"), 24), (shop.sku("RICE"), 2))
        key, wishes = a.key("p"), a.wishes()
        rule = AskedRule(sku_id=shop.sku("RICE").id, tolerance=Decimal(10))
        use.set_quantity_rules(actor=clerk, rules=[rule])

        def place() -> Order:
            return use.place_order(actor=buyer, key=key, basket=basket, wishes=wishes)

        order_id = place().id
        verbs: tuple[Callable[[], Order], ...] = (
            place,
            lambda: use.adjust_order(
                actor=clerk,
                key=a.key("a"),
                order_id=order_id,
                asked=AskedAdjustment(amount=Decimal(1)),
                reason="x",
            ),
            lambda: use.confirm_order(actor=clerk, key=a.key("c"), order_id=order_id),
            place,
            lambda: use.record_weights(
                actor=clerk, key=a.key("w"), order_id=order_id, weights=[AskedWeight(1, Decimal("1.9"))]
            ),
            lambda: use.cancel_order(actor=clerk, key=a.key("x"), order_id=order_id),
            lambda: use.cancel_order(actor=clerk, key=a.key("x"), order_id=order_id),
        )
        for verb in verbs:
            shown = card_of(verb(), CLEAR)
            read = await world.views(clerk).orders.orders_by_id([order_id], want=OrderWant(amended=True))
            assert read == {order_id: shown}

    def test_it_is_not_enough_where_lines_are_wanted(self) -> None:
        assert in_itself(OrderWant())
        assert not in_itself(OrderWant(lines=LineWant()))


class TestStatements:
    async def test_it_takes_as_few_for_many_lines_as_for_two(self, api: Api) -> None:
        shop = api.world.shop
        spent: list[int] = []
        for number, codes in enumerate(
            (("TEA-500", "RICE"), ("TEA-500", "RICE"), ("TEA-500", "RICE", "NUTS"))
        ):
            lines = [line(code, 6) for code in codes]
            asked = {"idempotencyKey": f"k{number}", "paymentMethod": "BANK_TRANSFER", "lines": lines}
            before = api.world.database.statements
            answered = await api.ask(PLACE, {"input": asked}, actor=shop.buyer("vip"))
            spent.append(api.world.database.statements - before)
            assert answered.data["placeOrder"]["errors"] == []
        assert spent[0] == spent[1] == spent[2] <= MOST_STATEMENTS


class TestAddLater:
    def test_it_tells_what_was_stored_when_the_unit_of_work_has_ended(self, world: World) -> None:
        numbers = []
        for _ in range(2):
            order = new_order(world)
            with world.database.unit_of_work(world.shop.clerk) as storage:
                later = storage.orders.add_later(order)
            stored = later()
            with world.database.unit_of_work.reading(world.shop.clerk) as storage:
                assert storage.orders.get(order.id) == stored == later()
            numbers.append(stored.number)
        assert numbers == ["DH00000001", "DH00000002"]

    @pytest.mark.parametrize("text", ['"', "\\", "a,b", "{}", "NULL", "", " ", "行\n\t'%s%%", '\\"{1,"'])
    def test_it_keeps_every_character(self, world: World, text: str) -> None:
        order = new_order(world)
        lines = tuple(attrs.evolve(line, sku_name=text, unit_name=f"{text}x") for line in order.lines)
        order = attrs.evolve(order, lines=lines)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.orders.add(order).lines == lines
            assert storage.orders.get(order.id).lines == lines

    def test_it_writes_numbers_of_more_digits_whole(self, world: World) -> None:
        with world.database.unit_of_work(world.shop.operator) as storage:
            storage.bulk.count_orders_from(99_999_999)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.orders.add(new_order(world)).number == "DH100000000"

    def test_it_stores_nothing_where_less_was_available_than_was_promised(self, world: World) -> None:
        sku, order = world.shop.sku("TEA-1L"), new_order(world)
        promise = Reservation(
            order_id=order.id,
            line=0,
            sku_id=sku.id,
            warehouse_id=world.shop.warehouses["main"].id,
            quantity=a.pieces(13),
        )

        def place() -> None:
            with world.database.unit_of_work(world.shop.clerk) as storage:
                storage.stock.reserve([promise])
                storage.orders.add_later(order)

        with pytest.raises(Stale):
            place()
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.orders.add(order).number == "DH00000001"


class TestForeseen:
    KEY = IdempotencyKey("k")

    def claim(self, world: World, answer: Answer | None = None) -> Answer | None:
        with world.database.unit_of_work(world.shop.buyer()) as storage:
            known = storage.answers.claim(operation="do", key=self.KEY, fingerprint="f", foreseen="done")
            if known is None and answer is not None:
                storage.answers.remember(operation="do", key=self.KEY, answer=answer)
            return known

    def test_it_is_the_answer_where_no_other_is_remembered(self, world: World) -> None:
        assert [self.claim(world), self.claim(world)] == [None, Answer(result="done")]

    def test_it_gives_way_to_what_is_remembered(self, world: World) -> None:
        refused = Answer(refusal=OrderNotFound())
        assert [self.claim(world, refused), self.claim(world)] == [None, refused]
