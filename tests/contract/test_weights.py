"""What lines of orders weigh: kept beside what was promised, reserved, seen, and found where it was tampered with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.amendments import AskedAdjustment, AskedWeight
from application.authorization import Actor
from application.ports.storage import Stale
from application.quantity_rules import AskedRule
from application.retrying import retrying
from application.views.orders import LineWant, OrderCard, OrderWant
from domain.errors import DomainError, Refused
from domain.identity import OrderId
from domain.inventory import Reservation, ReservationState
from domain.ordering import InvalidWeighing, MoreThanInStock, NotAmendable, Order
from domain.quantity import Quantity
from kit import builders as a
from kit.api import Api, open_api
from kit.lying import tell
from kit.promoting import cny, drafted, less
from kit.racing import at_once
from kit.world import World

IN_STOCK = 500
"""Kilograms of rice."""


def weigh_rice(world: World, tolerance: str = "10", **more: Any) -> None:
    """Rice costs what it weighs."""
    rule = AskedRule(sku_id=world.shop.sku("RICE").id, tolerance=Decimal(tolerance), **more)
    world.use.set_quantity_rules(actor=world.shop.clerk, rules=[rule])


def place(world: World, *lines: Any, key: str = "k", confirmed: bool = True) -> Order:
    """An order of 10 kg of rice and of tea, by default, with 10.00 off 100."""
    weigh_rice(world)
    shop, actor = world.shop, world.shop.buyer("regular")
    if not actor.merchant.promotes:
        world.use.create_promotion(actor=shop.clerk, draft=drafted(less(("100", "10"))))
    order = world.use.place_order(
        actor=attrs.evolve(actor, merchant=attrs.evolve(actor.merchant, promotes=True)),
        key=a.key(key),
        basket=a.basket(*lines or ((shop.sku("RICE"), 10), (shop.sku("TEA-500"), 24))),
        wishes=a.wishes(),
    )
    if confirmed:
        world.use.confirm_order(actor=shop.clerk, key=a.key(f"c{key}"), order_id=order.id)
    return stored(world, order)


def record(world: World, order: Order, *weights: tuple[int, str], key: str = "w", **more: Any) -> Order:
    """Say what lines weigh, as the clerk."""
    return world.use.record_weights(
        actor=world.shop.clerk,
        key=a.key(key),
        order_id=order.id,
        weights=tuple(AskedWeight(line, Decimal(actual)) for line, actual in weights),
        **more,
    )


def stored(world: World, order: Order) -> Order:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.orders.get(order.id)


def reserved(world: World, order: Order, line: int = 0) -> list[tuple[str, ReservationState]]:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        found = storage.stock.reservations(order.id)
    return [(str(one.quantity), one.state) for one in found if one.line == line]


def available(world: World) -> str:
    rice = world.shop.sku("RICE").id
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return str(storage.stock.sheet([rice]).available[rice])


async def seen(world: World, order: Order, *, weighed: bool = True, promoted: bool = True) -> OrderCard:
    lines = LineWant(details=False, promoted=promoted, weighed=weighed)
    want = OrderWant(details=False, personal=False, lines=lines, amended=weighed)
    return (await world.views(world.shop.buyer()).orders.orders_by_id([order.id], want=want))[order.id]


def findings(world: World) -> list[tuple[str, str]]:
    return [(one.invariant, one.about) for one in world.database.audit.findings()]


def refused(act: Callable[[], object]) -> tuple[DomainError, ...]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.refusals


class TestWeights:
    @pytest.mark.usefixtures("reading")
    async def test_stand_beside_what_was_promised(self, world: World) -> None:
        order = place(world)
        rice, tea = order.lines
        assert order.promotions
        assert (rice.weight is not None, tea.weight) == (True, None)
        before = await seen(world, order)
        assert (before.settled_total, before.to_refund, before.to_charge) == (None, None, None)
        assert [one.weight and one.weight.settled_net for one in before.lines] == [rice.net, None]
        found = record(world, order, (0, "9.736"))
        assert found == stored(world, order)
        assert (found.total, found.version) == (order.total, order.version + 1)
        assert found.lines[0].settled_total == rice.unit_price.times(Quantity(9736))
        card = await seen(world, order)
        settled = found.lines[0].settled_net + tea.net
        assert (card.total, card.settled_total, card.to_charge) == (order.total, settled, cny(0))
        assert card.to_refund == order.total - settled
        weight = card.lines[0].weight
        assert weight is not None
        assert (weight.nominal, weight.actual, weight.unit_name) == (a.pieces(10), Quantity(9736), "公斤")
        assert (weight.settled_total, weight.settled_net) == (
            found.lines[0].settled_total,
            found.lines[0].settled_net,
        )
        assert (card.lines[0].total, card.lines[0].net) == (rice.total, rice.net)
        plain = await seen(world, order, weighed=False, promoted=False)
        assert (plain.settled_total, plain.lines[0].weight, plain.lines[0].discount) == (None, None, None)
        assert findings(world) == []

    async def test_may_be_set_right_and_the_history_stays(self, world: World) -> None:
        order = place(world)
        first = record(world, order, (0, "10.5"))
        assert first.settled_total is not None
        assert first.settled_total.minor > order.total.minor
        second = record(world, order, (0, "9.5"), key="again")
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            one, other = storage.amendments.of(order.id)
        assert (one.weights, other.weights) == (((0, Quantity(10500)),), ((0, Quantity(9500)),))
        assert (one.before, one.after, other.before, other.after) == (
            order.total,
            first.settled_total,
            first.settled_total,
            second.settled_total,
        )
        assert findings(world) == []

    def test_are_reserved_in_the_place_of_what_was_ordered(self, world: World) -> None:
        order = place(world)
        committed = ReservationState.COMMITTED
        assert reserved(world, order) == [("10", committed)]
        record(world, order, (0, "9.736"))
        assert (reserved(world, order), available(world)) == ([("9.736", committed)], "490.264")
        record(world, order, (0, "10.5"), key="more")
        assert (reserved(world, order), available(world)) == ([("10.5", committed)], "489.5")
        world.use.cancel_order(actor=world.shop.clerk, key=a.key("x"), order_id=order.id)
        assert available(world) == str(IN_STOCK)
        assert findings(world) == []

    def test_are_no_more_than_there_is(self, world: World) -> None:
        order = place(world, (world.shop.sku("RICE"), 490), (world.shop.sku("TEA-500"), 24))
        faults = refused(lambda: record(world, order, (0, "500.001")))
        assert faults == (MoreThanInStock(a.pieces(500), 0),)
        assert stored(world, order) == order
        record(world, order, (0, "500"), key="all")
        assert available(world) == "0"
        assert findings(world) == []

    def test_of_other_units_are_in_the_base_unit(self, world: World) -> None:
        """Twenty 斤 are ten kilograms."""
        weigh_rice(world)
        basket = a.basket((world.shop.sku("RICE"), 20))
        jin = attrs.evolve(basket, lines=tuple(attrs.evolve(one, unit="斤") for one in basket.lines))
        order = world.use.place_order(
            actor=world.shop.buyer(), key=a.key("jin"), basket=jin, wishes=a.wishes()
        )
        world.use.confirm_order(actor=world.shop.clerk, key=a.key("cj"), order_id=order.id)
        found = record(world, order, (0, "9.736"))
        [line] = found.lines
        assert line.settled_total == line.unit_price.weighed(
            line.quantity, nominal=a.pieces(10), actual=Quantity(9736)
        )
        assert reserved(world, order) == [("9.736", ReservationState.COMMITTED)]
        assert findings(world) == []

    def test_a_rule_that_changes_touches_no_order(self, world: World) -> None:
        order = place(world)
        world.use.set_quantity_rules(
            actor=world.shop.clerk, rules=[AskedRule(sku_id=world.shop.sku("RICE").id)]
        )
        assert record(world, order, (0, "9.5")).lines[0].weighs == Quantity(9500)

    def test_a_key_sent_again_changes_nothing(self, world: World) -> None:
        order = place(world)
        for _ in range(2):
            assert record(world, order, (0, "9.5")).version == order.version + 1

    def test_those_recorded_at_once_follow_each_other(self, world: World) -> None:
        order = place(world)

        def act(at: int) -> Callable[[], Order]:
            return lambda: retrying(record)(world, order, (0, f"{9 + at / 4}"), key=f"r{at}")

        ended = at_once([act(at) for at in range(4)])
        assert all(isinstance(one, Order) for one in ended)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert len(storage.amendments.of(order.id)) == 4
        assert findings(world) == []


class TestRefusals:
    def test_name_everything_that_is_wrong(self, world: World) -> None:
        order = place(world)
        weighing = InvalidWeighing
        assert refused(lambda: record(world, order, key="0")) == (weighing("COUNT"),)
        assert refused(lambda: record(world, order, *[(0, "1")] * 501, key="1")) == (weighing("COUNT"),)
        assert refused(
            lambda: record(world, order, (0, "0"), (1, "0.0001"), (2, "-1"), (3, "1000001"), key="2")
        ) == tuple(weighing("WEIGHT", at) for at in range(4))
        assert refused(lambda: record(world, order, (0, "10"), (0, "10"), key="3")) == (weighing("TWICE", 1),)
        assert refused(lambda: record(world, order, (1, "24"), (-1, "10"), (9, "10"), key="4")) == (
            weighing("NOT_WEIGHED", 0),
            weighing("LINE", 1),
            weighing("LINE", 2),
        )
        for at, reason in enumerate(("", " ", "x" * 501)):
            assert refused(
                lambda reason=reason, at=at: record(  # type: ignore[misc]  # each has its own
                    world, order, (0, "10"), key=f"r{at}", accept_outside=True, reason=reason
                )
            ) == (weighing("REASON"),)
        assert stored(world, order) == order

    def test_what_is_beyond_the_tolerance_is_taken_for_a_reason(self, world: World) -> None:
        order = place(world)
        assert [type(one).__name__ for one in refused(lambda: record(world, order, (0, "8.9")))] == [
            "OutsideTolerance"
        ]
        found = record(world, order, (0, "8.9"), key="yes", accept_outside=True, reason="客户同意")
        assert found.lines[0].weighs == Quantity(8900)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            [amendment] = storage.amendments.of(order.id)
        assert amendment.reason == "客户同意"

    def test_an_order_is_confirmed_first(self, world: World) -> None:
        order = place(world, confirmed=False)
        with pytest.raises(NotAmendable):
            record(world, order, (0, "10"))

    def test_nothing_is_taken_off_the_whole_afterwards(self, world: World) -> None:
        order = record(world, place(world), (0, "10"))
        with pytest.raises(NotAmendable) as caught:
            world.use.adjust_order(
                actor=world.shop.clerk,
                key=a.key("a"),
                order_id=order.id,
                asked=AskedAdjustment(amount=Decimal(1)),
                reason="x",
            )
        assert caught.value.reason == "WEIGHED"

    def test_what_was_taken_off_before_is_in_proportion(self, world: World) -> None:
        order = place(world)
        world.use.adjust_order(
            actor=world.shop.clerk,
            key=a.key("a"),
            order_id=order.id,
            asked=AskedAdjustment(amount=Decimal(5)),
            reason="x",
        )
        found = record(world, order, (0, "9.5"))
        assert found.adjusted == cny(5)
        assert found.settled_total == found.lines[0].settled_net + found.lines[1].net
        assert findings(world) == []

    def test_stock_that_others_took_meanwhile_is_not_taken_twice(self, world: World) -> None:
        order = place(world)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            [one] = [one for one in storage.stock.reservations(order.id) if one.line == 0]
        beyond: Reservation = attrs.evolve(one, quantity=a.pieces(IN_STOCK + 1))
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.stock.rereserve([beyond])
        assert findings(world) == []


def _line(rows: Any, order: Order, actual: Quantity | None) -> None:
    found = rows.orders[order.id]
    first = found.lines[0]
    weight = attrs.evolve(first.weight, actual=actual)
    rows.orders[order.id] = attrs.evolve(found, lines=(attrs.evolve(first, weight=weight), *found.lines[1:]))


LIES: dict[str, tuple[str, Callable[[Any, Order], object] | None, str]] = {
    "what a line weighs": (
        "I24",
        lambda rows, order: _line(rows, order, Quantity(9999)),
        "UPDATE order_lines SET actual = 9999 WHERE order_id = '{order}' AND line = 0",
    ),
    "that a line was weighed": (
        "I24",
        lambda rows, order: _line(rows, order, None),
        "UPDATE order_lines SET actual = NULL WHERE order_id = '{order}' AND line = 0",
    ),
    "what is reserved for it": (
        "I2",
        lambda rows, order: _line(rows, order, Quantity(9999)),
        "UPDATE order_lines SET actual = 9999 WHERE order_id = '{order}' AND line = 0",
    ),
    "what it comes to": (
        "I24",
        None,
        "UPDATE order_lines SET settled = settled + 1 WHERE order_id = '{order}' AND line = 0",
    ),
    "what is taken off that": (
        "I24",
        None,
        "UPDATE order_lines SET settled_discount = settled_discount - 1 WHERE order_id = '{order}' AND line = 0",
    ),
    "what the order comes to": ("I24", None, "UPDATE orders SET settled = settled + 1 WHERE id = '{order}'"),
    "that the order was weighed": ("I21", None, "UPDATE orders SET settled = NULL WHERE id = '{order}'"),
    "what staff said": (
        "I24",
        lambda rows, order: rows.amendments.__setitem__(
            order.id, tuple(attrs.evolve(one, weights=()) for one in rows.amendments[order.id])
        ),
        "UPDATE order_amendments SET weights = NULL WHERE order_id = '{order}'",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_was_tampered_with_is_found(world: World, lie: str) -> None:
    order = record(world, place(world), (0, "9.736"))
    assert findings(world) == []
    invariant, in_memory, sql = LIES[lie]
    if isinstance(world.database, MemoryDatabase):
        if in_memory is None:
            return  # In memory what an order comes to is worked out, not stored.
        in_memory(world.database.vault.shop(world.shop.merchant.id), order)
    else:
        tell(world.database, sql.format(order=order.id))
    assert (invariant, order.id) in findings(world)


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


RECORD = """mutation ($input: RecordWeightsInput!) { recordWeights(input: $input) {
  order { total { amount } settledTotal { amount } toRefund { amount } toCharge { amount }
    lines { skuCode net { amount } weight { nominal actual tolerance unit { code name }
            settledTotal { amount } settledNet { amount } } } }
  errors { __typename ... on UserError { code path } ... on NotAmendable { status reason }
    ... on InvalidWeighing { reason } ... on OutsideTolerance { lowest highest }
    ... on MoreThanInStock { available } } } }"""


class TestApi:
    async def send(
        self, api: Api, order_id: str, *weights: tuple[int, str], key: str = "w", **more: Any
    ) -> Any:
        lines = [{"line": line, "actual": actual} for line, actual in weights]
        asked = {"idempotencyKey": key, "orderId": order_id, "lines": lines, **more}
        return (await api.ask(RECORD, {"input": asked}, actor=api.world.shop.clerk)).data["recordWeights"]

    async def test_shows_both_weights_and_what_is_due(self, api: Api) -> None:
        order = place(api.world)
        told = await self.send(api, order.id, (0, "9.736"))
        assert told["errors"] == []
        rice, tea = told["order"]["lines"]
        assert tea["weight"] is None
        assert {name: rice["weight"][name] for name in ("nominal", "actual", "tolerance", "unit")} == {
            "nominal": "10",
            "actual": "9.736",
            "tolerance": "10",
            "unit": {"code": "kg", "name": "公斤"},
        }
        settled = Decimal(told["order"]["settledTotal"]["amount"])
        nets = Decimal(rice["weight"]["settledNet"]["amount"]) + Decimal(tea["net"]["amount"])
        assert settled == nets
        assert (
            Decimal(told["order"]["toRefund"]["amount"])
            == Decimal(told["order"]["total"]["amount"]) - settled
        )
        assert told["order"]["toCharge"]["amount"] == "0.00"

    async def test_tells_what_is_wrong(self, api: Api) -> None:
        order = place(api.world)
        told = await self.send(api, order.id, (1, "24"), (0, "8.9"), key="1")
        assert told["errors"] == [
            {
                "__typename": "InvalidWeighing",
                "code": "INVALID_WEIGHING",
                "path": ["input", "lines", "0"],
                "reason": "NOT_WEIGHED",
            },
            {
                "__typename": "OutsideTolerance",
                "code": "OUTSIDE_TOLERANCE",
                "path": ["input", "lines", "1", "actual"],
                "lowest": "9",
                "highest": "11",
            },
        ]
        more = await self.send(api, order.id, (0, "501"), key="2", acceptOutside=True, reason="x")
        assert more["errors"][0]["available"] == "500"
        for at, id in enumerate((OrderId.of(bytes(16)), "ord_x", order.buyer_id)):
            [error] = (await self.send(api, id, (0, "10"), key=f"m{at}"))["errors"]
            assert error["code"] == "ORDER_NOT_FOUND"

    async def test_is_for_staff_who_may(self, api: Api) -> None:
        order, shop = place(api.world), api.world.shop
        asked = {"idempotencyKey": "k", "orderId": order.id, "lines": [{"line": 0, "actual": "10"}]}
        trainee = Actor.staff(shop.merchant, id=shop.staff["trainee"].id, granted=frozenset())
        for actor in (shop.buyer(), trainee):
            assert (await api.ask(RECORD, {"input": asked}, actor=actor)).code == "FORBIDDEN"

    async def test_a_sku_says_that_it_is_weighed(self, api: Api) -> None:
        rule = """mutation ($rules: [QuantityRuleInput!]!) { setQuantityRules(input: { rules: $rules }) {
            skus { code catchWeight { tolerance } } errors { ... on UserError { code }
            ... on InvalidQuantityRule { reason } } } }"""
        clerk = api.world.shop.clerk

        async def decide(code: str, tolerance: str) -> Any:
            asked = {"rules": [{"skuCode": code, "tolerance": tolerance}]}
            return (await api.ask(rule, asked, actor=clerk)).data["setQuantityRules"]

        told = await decide("RICE", "7.5")
        assert told == {"skus": [{"code": "RICE", "catchWeight": {"tolerance": "7.5"}}], "errors": []}
        for code, tolerance in (("TEA-500", "7.5"), ("RICE", "100.01"), ("RICE", "1.234"), ("RICE", "-1")):
            told = await decide(code, tolerance)
            assert told == {"skus": None, "errors": [{"code": "INVALID_QUANTITY_RULE", "reason": "WEIGHT"}]}
