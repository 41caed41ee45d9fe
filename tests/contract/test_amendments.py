"""What staff change of orders after they were placed is kept whole, seen, and found where somebody tampered with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.amendments import AskedAdjustment
from application.authorization import Actor, Permission
from application.ports.storage import Stale
from application.retrying import retrying
from application.views.orders import OrderCard, OrderWant
from domain.errors import DomainError, Refused
from domain.identity import OrderId
from domain.money import Rounding
from domain.ordering import AdjustmentTooLarge, Amendment, Order
from domain.promotions import Promotion
from domain.quoting import TotalChanged
from kit import builders as a
from kit.api import Api, line, open_api
from kit.lying import tell
from kit.promoting import cny, drafted, less
from kit.racing import at_once
from kit.world import World


def place(
    world: World, *lines: Any, rounding: Rounding = Rounding.NONE, promotes: bool = False, key: str = "k"
) -> Order:
    """An order of tea, and of rice, by a buyer as they come in."""
    actor = world.shop.buyer("regular")
    merchant = attrs.evolve(actor.merchant, promotes=promotes, order_rounding=rounding)
    shop = world.shop
    return world.use.place_order(
        actor=attrs.evolve(actor, merchant=merchant),
        key=a.key(key),
        basket=a.basket(*lines or ((shop.sku("TEA-500"), 24), (shop.sku("RICE"), 2))),
        wishes=a.wishes(),
    )


def adjust(world: World, order: Order, *, key: str = "a", **asked: Any) -> Order:
    """Take something off, as the clerk."""
    if "amount" in asked:
        asked["amount"] = Decimal(asked["amount"])
    return world.use.adjust_order(
        actor=world.shop.clerk,
        key=a.key(key),
        order_id=order.id,
        asked=AskedAdjustment(**asked),
        reason="老客户",
    )


def stored(world: World, order: Order) -> Order:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.orders.get(order.id)


def amendments(world: World, order: Order) -> tuple[Amendment, ...]:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.amendments.of(order.id)


async def seen(world: World, order: Order, *, amended: bool = True) -> OrderCard:
    want = OrderWant(details=False, personal=False, promotions=True, amended=amended)
    return (await world.views(world.shop.buyer()).orders.orders_by_id([order.id], want=want))[order.id]


def findings(world: World) -> list[tuple[str, str]]:
    return [(one.invariant, one.about) for one in world.database.audit.findings()]


def made(world: World, one: Promotion) -> None:
    world.use.create_promotion(actor=world.shop.clerk, draft=drafted(one))


class TestRounding:
    @pytest.mark.usefixtures("reading")
    async def test_is_part_of_the_order_and_can_be_worked_out_again(self, world: World) -> None:
        plain = place(world)
        cents = plain.total.minor % 100
        assert cents % 10, "the test wants something to leave off"
        order = place(world, rounding=Rounding.JIAO, key="j")
        assert order.total.minor == plain.total.minor - cents
        assert (order.rounded.minor, order.adjusted) == (cents, cny(0))
        assert stored(world, order) == order
        card = await seen(world, order)
        assert (card.total, card.rounded, card.adjusted) == (order.total, order.rounded, cny(0))
        plainly = await seen(world, order, amended=False)
        assert (plainly.rounded, plainly.adjusted) == (None, None)
        assert findings(world) == []

    def test_is_what_a_quote_says(self, world: World) -> None:
        actor = world.shop.buyer()
        merchant = attrs.evolve(actor.merchant, order_rounding=Rounding.FEN)
        lines = ((world.shop.sku("TEA-500"), 24), (world.shop.sku("RICE"), 2))
        actor = attrs.evolve(actor, merchant=merchant)
        quote = world.use.quote_basket(actor=actor, basket=a.basket(*lines))
        order = place(world, *lines, rounding=Rounding.FEN)
        assert (quote.total, quote.rounded) == (order.total, order.rounded)
        assert order.rounded.minor
        before = attrs.evolve(a.wishes(), expected_total=quote.total + quote.rounded)
        with pytest.raises(Refused) as caught:
            world.use.place_order(actor=actor, key=a.key("x"), basket=a.basket(*lines), wishes=before)
        [refusal] = caught.value.refusals
        assert isinstance(refusal, TotalChanged)
        assert refusal.quote.total == quote.total


class TestAmendments:
    @pytest.mark.usefixtures("reading")
    async def test_take_something_off_and_keep_why(self, world: World) -> None:
        order = place(world)
        found = adjust(world, order, amount="5.55")
        assert (found.total, found.adjusted) == (order.total - cny("5.55"), cny("5.55"))
        assert found.version == order.version + 1
        assert stored(world, order) == found
        card = await seen(world, order)
        assert (card.total, card.adjusted, card.rounded) == (found.total, cny("5.55"), cny(0))
        [amendment] = amendments(world, order)
        assert (amendment.before, amendment.after, amendment.reason) == (order.total, found.total, "老客户")
        assert (amendment.by, amendment.version) == (world.shop.clerk.person_id, found.version)
        assert findings(world) == []

    def test_go_with_promotions_and_what_is_rounded(self, world: World) -> None:
        made(world, less(("10", "3.33")))
        order = place(world, rounding=Rounding.FEN, promotes=True)
        assert order.promotions
        once = adjust(world, order, amount="10")
        assert once.promotions == order.promotions
        assert once.total.minor % 10 == 0
        twice = adjust(world, order, key="b", rounding=Rounding.JIAO)
        assert twice.total.minor % 100 == 0
        assert twice.total.minor > order.total.minor - 100
        gone = adjust(world, order, key="c", amount="0")
        assert (gone.total, gone.lines, gone.adjusted) == (order.total, order.lines, cny(0))
        assert [one.after for one in amendments(world, order)] == [once.total, twice.total, gone.total]
        assert findings(world) == []

    def test_are_of_orders_of_the_merchant(self, world: World) -> None:
        order = place(world)
        with world.database.unit_of_work.reading(world.other.clerk) as storage:
            assert storage.amendments.of(order.id) == ()
            assert storage.amendments.input(order.id) is None
        adjust(world, order, amount="1")
        with world.database.unit_of_work.reading(world.other.clerk) as storage:
            assert storage.amendments.of(order.id) == ()
            assert storage.amendments.input(order.id) is None

    def test_are_refused_where_somebody_else_changed_the_order(self, world: World) -> None:
        order = place(world)
        given = order.as_promoted(time_zone="UTC")
        amendment = Amendment(
            order_id=order.id,
            version=order.version + 1,
            by="me",
            at=a.NOON,
            before=order.total,
            after=order.total,
            reason="x",
        )
        adjust(world, order, amount="1")
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.amendments.adjust(order, given, amendment)
        assert len(amendments(world, order)) == 1
        assert findings(world) == []

    def test_two_at_once_follow_each_other(self, world: World) -> None:
        order = place(world)

        def act(at: int) -> Callable[[], Order]:
            return lambda: retrying(adjust)(world, order, key=f"r{at}", amount=f"{at + 1}")

        ended = at_once([act(at) for at in range(4)])
        assert all(isinstance(one, Order) for one in ended)
        assert len(amendments(world, order)) == 4
        assert findings(world) == []

    def test_a_cancelled_order_keeps_them(self, world: World) -> None:
        made(world, less(("10", "3.33")))
        order = place(world, promotes=True)
        adjust(world, order, amount="1")
        world.use.cancel_order(actor=world.shop.clerk, key=a.key("x"), order_id=order.id)
        assert len(amendments(world, order)) == 1
        assert findings(world) == []

    def test_a_refusal_is_remembered_and_changes_nothing(self, world: World) -> None:
        order = place(world)
        for _ in range(2):
            with pytest.raises(DomainError) as caught:
                adjust(world, order, amount="999999")
            assert caught.value == AdjustmentTooLarge(order.total)
        assert stored(world, order) == order
        assert amendments(world, order) == ()


def _order(rows: Any, order: Order, **changes: Any) -> None:
    rows.orders[order.id] = attrs.evolve(rows.orders[order.id], **changes)


def _amendment(rows: Any, order: Order, **changes: Any) -> None:
    [one] = rows.amendments[order.id]
    rows.amendments[order.id] = (attrs.evolve(one, **changes),)


LIES: dict[str, tuple[str, Callable[[Any, Order], object], str]] = {
    "what was taken off": (
        "I18",
        lambda rows, order: _order(rows, order, adjusted=cny(2)),
        "UPDATE orders SET adjusted = 200 WHERE id = '{order}'",
    ),
    "what was rounded": (
        "I18",
        lambda rows, order: _order(rows, order, rounded=cny("0.01")),
        "UPDATE orders SET rounded = 1 WHERE id = '{order}'",
    ),
    "what decided it": (
        "I18",
        lambda rows, order: rows.order_inputs.pop(order.id),
        "DELETE FROM order_inputs WHERE order_id = '{order}'",
    ),
    "what it came to": (
        "I21",
        lambda rows, order: _amendment(rows, order, after=cny(1)),
        "UPDATE order_amendments SET after = 100 WHERE order_id = '{order}'",
    ),
    "an amendment of a version that never was": (
        "I21",
        lambda rows, order: _amendment(rows, order, version=9),
        "UPDATE order_amendments SET version = 9 WHERE order_id = '{order}'",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_was_tampered_with_is_found(world: World, lie: str) -> None:
    order = adjust(world, place(world), amount="1")
    assert findings(world) == []
    invariant, in_memory, sql = LIES[lie]
    if isinstance(world.database, MemoryDatabase):
        in_memory(world.database.vault.shop(world.shop.merchant.id), order)
    else:
        tell(world.database, sql.format(order=order.id))
    assert (invariant, order.id) in findings(world)


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


ADJUST = """mutation ($input: AdjustOrderInput!) { adjustOrder(input: $input) {
  order { id total { amount } adjustment { amount } rounding { amount } lines { net { amount } } }
  errors { __typename ... on UserError { code path message } ... on NotAmendable { status reason }
           ... on AdjustmentTooLarge { most { amount } } ... on InvalidAdjustment { reason } } } }"""


FIGURES = "before { amount } after { amount } weights { line actual }"


class TestApi:
    async def send(self, api: Api, order_id: str, key: str = "k", **more: Any) -> Any:
        asked = {"idempotencyKey": key, "orderId": order_id, "reason": "老客户", **more}
        return (await api.ask(ADJUST, {"input": asked}, actor=api.world.shop.clerk)).data["adjustOrder"]

    async def test_takes_something_off(self, api: Api) -> None:
        order = place(api.world)
        for _ in range(2):
            told = await self.send(api, order.id, amount="1.50")
            assert told["errors"] == []
            assert told["order"]["adjustment"] == {"amount": "1.50"}
            assert told["order"]["rounding"] == {"amount": "0.00"}
            nets = [Decimal(one["net"]["amount"]) for one in told["order"]["lines"]]
            assert sum(nets) == Decimal(told["order"]["total"]["amount"])
            assert told["order"]["total"]["amount"] == (order.total - cny("1.50")).amount

    async def test_tells_what_is_wrong(self, api: Api) -> None:
        order = place(api.world)
        other = {"path": ["input", "orderId"], "code": "ORDER_NOT_FOUND", "__typename": "OrderNotFound"}
        wrong: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
            (order.id, {}, {"reason": "WHAT"}),
            (order.id, {"amount": "1", "rounding": "FEN"}, {"reason": "WHAT"}),
            (order.id, {"rounding": "NONE"}, {"reason": "WHAT"}),
            (order.id, {"amount": "0.001"}, {"reason": "AMOUNT"}),
            (order.id, {"amount": "-1"}, {"reason": "AMOUNT"}),
            (order.id, {"amount": "1", "reason": " "}, {"reason": "REASON"}),
            (order.id, {"amount": "1", "reason": "x" * 501}, {"reason": "REASON"}),
            (order.id, {"amount": "99999"}, {"most": {"amount": order.total.amount}}),
            (OrderId.of(bytes(16)), {"amount": "1"}, other),
            ("ord_x", {"amount": "1"}, other),
        ]
        for at, (id, asked, facts) in enumerate(wrong):
            told = await self.send(api, id, key=f"w{at}", **asked)
            assert told["order"] is None
            assert facts.items() <= told["errors"][0].items(), asked
        api.world.use.cancel_order(actor=api.world.shop.clerk, key=a.key("x"), order_id=order.id)
        told = await self.send(api, order.id, key="late", amount="1")
        assert {"status": "CANCELLED", "reason": "STATUS"}.items() <= told["errors"][0].items()

    async def test_is_for_staff_who_may(self, api: Api) -> None:
        order = place(api.world)
        asked = {"idempotencyKey": "k", "orderId": order.id, "amount": "1", "reason": "x"}
        shop = api.world.shop
        trainee = Actor.staff(shop.merchant, id=shop.staff["trainee"].id, granted=frozenset())
        for actor in (shop.buyer(), trainee):
            assert (await api.ask(ADJUST, {"input": asked}, actor=actor)).code == "FORBIDDEN"

    async def test_an_order_tells_what_was_changed_and_to_staff_why(self, api: Api) -> None:
        world, shop = api.world, api.world.shop
        first, second = place(world), place(world, key="k2")
        once = adjust(world, first, amount="1.50")
        world.clock.forward()
        twice = adjust(world, first, key="b", amount="2")
        why = [{"reason": "老客户"}, {"reason": "老客户"}]
        figures = [
            {
                "before": {"amount": before.total.amount},
                "after": {"amount": after.total.amount},
                "weights": [],
            }
            for before, after in ((first, once), (once, twice))
        ]

        async def told(actor: Actor, fields: str) -> Any:
            document = (
                f"query ($id: ID!) {{ node(id: $id) {{ ... on Order {{ amendments {{ {fields} }} }} }} }}"
            )
            answered = (await api.ask(document, {"id": first.id}, actor=actor)).response.json()
            if "errors" in answered:
                return answered["errors"][0]["extensions"]["code"]
            return answered["data"]["node"] and answered["data"]["node"]["amendments"]

        def some(*permissions: Permission) -> Actor:
            member = a.staff(world.ids, permissions=[one.value for one in permissions])
            world.add([member])
            return Actor.staff(shop.merchant, id=member.id, granted=frozenset(permissions))

        looking = some(Permission.VIEW_ORDERS)
        adjusting, confirming = (
            some(Permission.VIEW_ORDERS, one) for one in (Permission.ADJUST_ORDERS, Permission.CONFIRM_ORDERS)
        )
        assert await told(confirming, "reason") == why
        assert await told(adjusting, "reason") == why
        assert await told(looking, "reason") == "FORBIDDEN"
        for actor in (adjusting, looking, shop.buyer()):
            assert await told(actor, FIGURES) == figures
            [one, other] = await told(actor, "at")
            assert one["at"] < other["at"]
        assert await told(shop.buyer(), "reason") == "FORBIDDEN"
        assert await told(shop.buyer("vip"), FIGURES) is None
        assert await told(world.other.clerk, FIGURES) is None
        assert stored(world, second).version == 1

    async def test_amendments_of_a_page_of_orders_are_asked_for_at_once(self, api: Api) -> None:
        world = api.world
        document = (
            f"{{ staff {{ orders(first: 10) {{ nodes {{ number amendments {{ {FIGURES} reason }} }} }} }} }}"
        )
        sent = []
        for at in range(3):
            adjust(world, place(world, key=f"k{at}"), key=f"a{at}", amount="1")
            before = world.database.statements
            answered = await api.ask(document, actor=world.shop.clerk)
            sent.append(world.database.statements - before)
            nodes = answered.data["staff"]["orders"]["nodes"]
            assert [len(one["amendments"]) for one in nodes] == [1] * (at + 1)
        assert len(set(sent)) == 1

    async def test_a_quote_shows_what_is_rounded(self, api: Api) -> None:
        settings = """mutation { setMerchantSettings(input: { settingsVersion: 0, orderRounding: JIAO }) {
            merchant { orderRounding } errors { __typename } } }"""
        told = (await api.ask(settings, actor=api.world.shop.clerk)).data["setMerchantSettings"]
        assert told == {"merchant": {"orderRounding": "JIAO"}, "errors": []}
        document = """query ($input: QuoteInput!) { quote(input: $input) {
            total { amount } rounding { amount } lines { total { amount } discount { amount } } } }"""
        lines = [line("TEA-500", "24"), line("RICE", "2")]
        told = (await api.ask(document, {"input": {"lines": lines}}, actor=api.world.shop.buyer())).data[
            "quote"
        ]
        whole = sum(Decimal(one["total"]["amount"]) for one in told["lines"])
        off = sum(Decimal(one["discount"]["amount"]) for one in told["lines"])
        assert off == Decimal(told["rounding"]["amount"]) == whole % 1 != 0
        assert Decimal(told["total"]["amount"]) == whole - off
