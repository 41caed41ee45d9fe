"""Special prices over every storage: kept, offered, bought, given back; and prices that can be worked out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Forbidden, Permission
from application.ports.storage import Stale
from application.pricing import AskedPrice, AskedRung
from application.retrying import retrying
from application.views.catalog import SkuCard, SkuWant
from application.views.pages import Window
from application.views.pricing import PriceItemWant, SpecialFilter, SpecialState
from domain.catalog import Sku
from domain.errors import Refused
from domain.floors import BelowFloor, SkuFloor
from domain.identity import CustomerId, SpecialPriceId
from domain.merchant import MarginGuard
from domain.money import Percentage
from domain.order_specials import kept_specials
from domain.ordering import Order
from domain.period import Period
from domain.pricing import PriceSource
from domain.promotions import Schedule, TimeSlot
from domain.quoting import Basket, BasketLine, Measure, Quote, TotalChanged
from domain.special_prices import (
    MOST_OF_A_SKU,
    InvalidSpecialPrice,
    SpecialOffer,
    SpecialPrice,
    SpecialPriceNotFound,
)
from domain.visibility import UnknownAudience
from kit import builders as a
from kit import couponing as c
from kit.lying import tell
from kit.promoting import cny, drafted, less
from kit.racing import at_once
from kit.specials import asking, draft, knowing, made, place, special
from kit.world import World

DAY = timedelta(days=1)
NOWHERE = SpecialPriceId.of(bytes(16))


def findings(world: World) -> list[tuple[str, str]]:
    """What the audit finds."""
    return [(one.invariant, one.about) for one in world.database.audit.findings()]


def quote(world: World, *lines: tuple[Sku, int], by: str = "vip", coupons: tuple[str, ...] = ()) -> Quote:
    return world.use.quote_basket(actor=asking(world, by), basket=a.basket(*lines), coupons=coupons)


def offered(world: World, sku: Sku, *, by: str = "vip") -> tuple[SpecialOffer, ...]:
    actor = asking(world, by)
    with world.database.unit_of_work.reading(actor) as storage:
        found = storage.special_prices.offered(actor.customer_id, sku_ids=[sku.id], at=world.clock.now())
    return found.get(sku.id, ())


async def card(world: World, sku: Sku, *, by: str = "vip") -> SkuCard:
    views = world.views(asking(world, by))
    return (await views.catalog.skus_by_id([sku.id], want=SkuWant(price=True)))[sku.id]


def cost(world: World, sku: Sku, price: str) -> None:
    """Let the SKU have a base price, and no other of its own."""
    asked = AskedPrice(sku_id=sku.id, rungs=(AskedRung(min_quantity=Decimal(1), unit_price=Decimal(price)),))
    world.use.set_prices(actor=world.shop.clerk, prices=[asked])


class TestKeeping:
    def test_keeps_everything_as_it_is(self, world: World) -> None:
        shop, ids = world.shop, world.ids
        tea = shop.sku("TEA-500").id
        whole = special(
            "66.6%",
            sku_id=tea,
            unit="case",
            stacks=True,
            contracts=True,
            audience=frozenset({shop.tiers["vip"].id, shop.groups["east"].id, shop.customers["regular"].id}),
            schedule=Schedule(
                validity=Period(a.NOON - DAY, a.NOON + DAY),
                weekdays=frozenset({1, 7}),
                slots=(TimeSlot(time(8), time(20)),),
            ),
            stock="2.5",
            per_customer=1,
            version=1,
            id=ids.new(SpecialPriceId),
        )
        plain = special("3.1234", sku_id=tea, version=1, id=ids.new(SpecialPriceId))
        with world.database.unit_of_work(shop.clerk) as storage:
            for one in (whole, plain):
                storage.special_prices.add(one, at=a.NOON)
        with world.database.unit_of_work(shop.clerk) as storage:
            assert [storage.special_prices.lock(one.id) for one in (whole, plain)] == [whole, plain]
            assert storage.special_prices.lock(NOWHERE) is None
            assert storage.special_prices.unended(tea, at=a.NOON) == 2
            assert storage.special_prices.unended(tea, at=a.NOON + DAY) == 1
            assert storage.special_prices.unended(shop.sku("RICE").id, at=a.NOON) == 0
        with pytest.raises(Stale), world.database.unit_of_work(shop.clerk) as storage:
            storage.special_prices.save(attrs.evolve(plain, version=5), at=a.NOON)

    def test_is_offered_to_whom_it_is_for_while_it_holds(self, world: World) -> None:
        shop, rice = world.shop, world.shop.sku("RICE")
        everybody = made(world, "9", rice)
        vip = made(world, "8", rice, audience=[shop.tiers["vip"].id])
        west = made(world, "8", rice, audience=[shop.groups["west"].id])
        other = made(world, "8", rice, audience=[shop.customers["regular"].id])
        made(world, "8", rice, validity=Period(a.NOON + DAY))
        made(world, "8", rice, schedule=Schedule(slots=(TimeSlot(time(1), time(2)),)))
        assert [one.special for one in offered(world, rice)] == [everybody, vip, west]
        assert [one.special for one in offered(world, rice, by="regular")] == [everybody, other]
        assert offered(world, shop.sku("TEA-500")) == ()
        with world.database.unit_of_work.reading(knowing(shop.clerk)) as storage:
            found = storage.special_prices.offered(None, sku_ids=[rice.id], at=a.NOON)
        assert [one.special for one in found[rice.id]] == [everybody]

    def test_is_offered_to_those_below_a_region(self, world: World) -> None:
        shop, rice = world.shop, world.shop.sku("RICE")
        east = made(world, "8", rice, audience=[shop.groups["east"].id])
        assert [one.special for one in offered(world, rice, by="regular")] == [east]
        assert offered(world, rice) == ()


class TestVerbs:
    def test_are_for_those_who_manage_prices(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        for permissions in ((), (Permission.MANAGE_PROMOTIONS,)):
            nobody = world.shop.colleague(*permissions)
            with pytest.raises(Forbidden):
                world.use.create_special_price(actor=nobody, draft=draft("1", rice))
            with pytest.raises(Forbidden):
                world.use.change_special_price(
                    actor=nobody, special_price_id=NOWHERE, seen=1, draft=draft("1", rice)
                )
            with pytest.raises(Forbidden):
                world.use.end_special_price(actor=nobody, special_price_id=NOWHERE)

    @pytest.mark.parametrize(
        ("price", "rest", "reason"),
        [
            ("1", {"name": " "}, InvalidSpecialPrice("NAME", "name")),
            (None, {}, InvalidSpecialPrice("PRICE_OR_PERCENTAGE", "unitPrice")),
            ("1", {"percentage": Decimal(1)}, InvalidSpecialPrice("PRICE_OR_PERCENTAGE", "unitPrice")),
            ("-1", {}, InvalidSpecialPrice("NOT_A_PRICE", "unitPrice")),
            ("1.234", {}, InvalidSpecialPrice("TOO_FINE", "unitPrice")),
            ("100%", {}, InvalidSpecialPrice("NOT_A_PERCENTAGE", "percentage")),
            ("0%", {}, InvalidSpecialPrice("NOT_A_PERCENTAGE", "percentage")),
            ("-5%", {}, InvalidSpecialPrice("NOT_A_PERCENTAGE", "percentage")),
            ("1", {"stacks": True}, InvalidSpecialPrice("ONLY_A_SHARE_STACKS", "stacks")),
            ("1", {"stock": 0}, InvalidSpecialPrice("LIMIT", "stock")),
            ("1", {"per_customer": "0.0001"}, InvalidSpecialPrice("LIMIT", "perCustomer")),
            ("1", {"unit": "桶"}, InvalidSpecialPrice("UNKNOWN_UNIT", "unit")),
            ("1", {"validity": Period(end=a.NOON)}, InvalidSpecialPrice("SCHEDULE", "validUntil")),
        ],
    )
    def test_refuse_what_cannot_be(
        self, world: World, price: str | None, rest: dict[str, Any], reason: InvalidSpecialPrice
    ) -> None:
        asked = draft(price, world.shop.sku("RICE"), **rest)
        with pytest.raises(Refused) as refused:
            world.use.create_special_price(actor=world.shop.clerk, draft=asked)
        assert refused.value.refusals == (reason,)

    def test_tell_nothing_of_what_is_another_merchants(self, world: World) -> None:
        other, clerk, nobody = world.other, world.shop.clerk, CustomerId.of(bytes(16))
        theirs = world.use.create_special_price(actor=other.clerk, draft=draft("1", other.sku("RICE")))
        for sku in (other.sku("RICE"), None):
            with pytest.raises(Refused) as refused:
                world.use.create_special_price(actor=clerk, draft=draft("1", sku))
            assert refused.value.refusals == (InvalidSpecialPrice("UNKNOWN_SKU", "sku"),)
        audience = [other.groups["east"].id, nobody]
        with pytest.raises(Refused) as refused:
            made(world, "1", world.shop.sku("RICE"), audience=audience)
        assert set(refused.value.refusals) == {UnknownAudience(id, field="audienceIds") for id in audience}
        for id in (theirs.id, NOWHERE):
            acts: tuple[Callable[[SpecialPriceId], SpecialPrice], ...] = (
                lambda id: world.use.end_special_price(actor=clerk, special_price_id=id),
                lambda id: world.use.change_special_price(
                    actor=clerk, special_price_id=id, seen=1, draft=draft("1", world.shop.sku("RICE"))
                ),
            )
            for act in acts:
                with pytest.raises(Refused) as refused:
                    act(id)
                assert refused.value.refusals == (SpecialPriceNotFound(id),)

    def test_change_and_end_and_note_it(self, world: World) -> None:
        use, clerk, rice = world.use, world.shop.clerk, world.shop.sku("RICE")
        one = made(world, "9", rice)
        changed = use.change_special_price(
            actor=clerk, special_price_id=one.id, seen=1, draft=draft("90%", rice, stacks=True, stock=9)
        )
        assert (changed.version, changed.price, changed.stock) == (2, Percentage.of(90), a.pieces(9))
        for seen, asked, reason in (
            (1, draft("1", rice), InvalidSpecialPrice("CHANGED", "version")),
            (2, draft("1", world.shop.sku("TEA-500")), InvalidSpecialPrice("SKU", "sku")),
        ):
            with pytest.raises(Refused) as refused:
                use.change_special_price(actor=clerk, special_price_id=one.id, seen=seen, draft=asked)
            assert refused.value.refusals == (reason,)
        ended = use.end_special_price(actor=clerk, special_price_id=one.id)
        assert (ended.version, ended.schedule.validity.end) == (3, a.NOON)
        with pytest.raises(Refused) as refused:
            use.end_special_price(actor=clerk, special_price_id=one.id)
        assert refused.value.refusals == (InvalidSpecialPrice("ENDED"),)
        assert offered(world, rice) == ()
        again = use.change_special_price(actor=clerk, special_price_id=one.id, seen=3, draft=draft("8", rice))
        assert [one.special for one in offered(world, rice)] == [again]
        assert findings(world) == []

    async def test_say_on_the_merchants_row_whether_any_may_hold(self, world: World) -> None:
        async def has_specials() -> bool:
            return (await world.database.reading.look(at=a.NOON).guest(slug="shanquan")).merchant.has_specials

        assert not await has_specials()
        one = made(world, "1", world.shop.sku("RICE"), validity=Period(a.NOON + DAY))
        assert await has_specials()
        world.use.end_special_price(actor=world.shop.clerk, special_price_id=one.id)
        assert not await has_specials()

    def test_there_are_only_so_many_of_a_sku(self, world: World) -> None:
        rice, clerk = world.shop.sku("RICE"), world.shop.clerk
        first, *_ = [made(world, "1", rice) for _ in range(MOST_OF_A_SKU)]
        with pytest.raises(Refused) as refused:
            made(world, "1", rice)
        assert refused.value.refusals == (InvalidSpecialPrice("TOO_MANY", "sku"),)
        made(world, "1", world.shop.sku("TEA-500"))
        world.use.end_special_price(actor=clerk, special_price_id=first.id)
        made(world, "1", rice)
        with pytest.raises(Refused) as refused:
            world.use.change_special_price(
                actor=clerk, special_price_id=first.id, seen=2, draft=draft("1", rice)
            )
        assert refused.value.refusals == (InvalidSpecialPrice("TOO_MANY", "sku"),)


def _tamper(world: World, sql: str, in_memory: Callable[[Any], object]) -> None:
    """Change what is stored, behind the program's back."""
    database = world.database
    if isinstance(database, MemoryDatabase):
        in_memory(database.vault.shop(world.shop.merchant.id))
    else:
        tell(database, sql)


class TestBook:
    async def test_shows_staff_what_there_is(self, world: World) -> None:
        rice, tea = world.shop.sku("RICE"), world.shop.sku("TEA-500")
        cost(world, rice, "100")
        now = made(world, "9", rice, stock=5)
        later = made(world, "9", tea, validity=Period(a.NOON + DAY))
        over = world.use.end_special_price(actor=world.shop.clerk, special_price_id=made(world, "9", rice).id)
        place(world, (rice, 2))
        book = world.views(world.shop.clerk).prices
        page = await book.specials(window=Window.of(first=2), count=True)
        assert [(edge.node.special, edge.node.taken) for edge in page.edges] == [
            (over, a.pieces(0)),
            (later, a.pieces(0)),
        ]
        assert (page.total, page.has_next) == (3, True)
        rest = await book.specials(window=Window.of(first=2, after=page.edges[1].key), count=False)
        assert [(edge.node.special, edge.node.taken) for edge in rest.edges] == [(now, a.pieces(2))]
        for filter, found in (
            (SpecialFilter(state=SpecialState.CURRENT), [now]),
            (SpecialFilter(state=SpecialState.UPCOMING), [later]),
            (SpecialFilter(state=SpecialState.ENDED), [over]),
            (SpecialFilter(sku_code=rice.code), [over, now]),
            (SpecialFilter(sku_code=tea.code, state=SpecialState.ENDED), []),
        ):
            page = await book.specials(window=Window.of(first=9), filter=filter, count=True)
            assert [edge.node.special for edge in page.edges] == found
            assert page.total == len(found)
        by_id = await book.specials_by_id([now.id, NOWHERE], want=PriceItemWant(sku=SkuWant()))
        assert {id: (one.special, one.sku.code) for id, one in by_id.items()} == {now.id: (now, rice.code)}
        nobody = world.views(world.shop.colleague(Permission.MANAGE_PROMOTIONS)).prices
        assert (await nobody.specials(window=Window.of(first=9), count=True)).edges == ()
        assert await nobody.specials_by_id([now.id]) == {}


class TestPrices:
    async def test_e8_flash_price_then_discount_then_coupon(self, world: World) -> None:
        """List 100 × 3; level 95, flash 90 → 270.00; 满200减20 → 250.00; 满240减10 → 240.00; 满260: gap 10.00."""
        shop, rice = world.shop, world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "90", rice, name="限时抢购")
        world.use.create_promotion(actor=shop.clerk, draft=drafted(less(("200", "20"))))
        company = shop.customers["vip"]
        templates = [c.template(world.ids, off="10.00", threshold=one, claimed=1) for one in ("240", "260")]
        coupons = [c.coupon(world.ids, one, company, number=at) for at, one in enumerate(templates)]
        world.add(templates, coupons)
        good, far = (one.code.shown for one in coupons)
        found = quote(world, (rice, 3), coupons=(good, far))
        [line] = found.lines
        assert line.price is not None
        assert (line.price.unit_price, line.price.source) == (a.yuan("90"), PriceSource.SPECIAL)
        assert (line.price.list_price, line.price.special and line.price.special.ordinary) == (
            a.yuan("100"),
            a.yuan("95"),
        )
        assert line.total == cny("270")
        assert found.promotions.applied[0].discount == cny("20")
        used, rejected = found.coupons
        assert used.refusal is None
        assert rejected.refusal is not None and rejected.gap == cny("10")
        assert quote(world, (rice, 3), coupons=(good,)).total == cny("240")
        order = place(world, (rice, 3), coupons=(good,))
        assert (order.total, order.lines[0].price_source) == (cny("240"), PriceSource.SPECIAL)
        assert findings(world) == []

    async def test_is_the_same_in_the_catalog_in_a_quote_and_in_an_order(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "80%", rice, stacks=True, validity=Period(a.NOON - DAY, a.NOON + DAY), stock=10)
        seen = (await card(world, rice)).price(quantity=Decimal(2), unit=None)
        [line] = quote(world, (rice, 2)).lines
        assert seen == line.price
        assert seen is not None and seen.special is not None
        assert (seen.unit_price, seen.valid_until) == (a.yuan("76"), a.NOON + DAY)
        assert (seen.special.left, seen.special.until) == (a.pieces(10), a.NOON + DAY)
        order = place(world, (rice, 2))
        assert order.lines[0].unit_price == a.yuan("76")
        [line] = quote(world, (rice, 9)).lines
        assert (await card(world, rice)).price(quantity=Decimal(9), unit=None) == line.price

    async def test_leaves_a_contract_alone_unless_it_is_let_in(self, world: World) -> None:
        nuts = world.shop.sku("NUTS")
        one = made(world, "10", nuts)
        told = quote(world, (nuts, 1), by="contract").lines[0]
        assert told.price is not None and told.price.source is PriceSource.CONTRACT
        assert told.price_trace[-1].outcome.value == "CONTRACT_STAYS"
        world.use.change_special_price(
            actor=world.shop.clerk, special_price_id=one.id, seen=1, draft=draft("10", nuts, contracts=True)
        )
        told = quote(world, (nuts, 1), by="contract").lines[0]
        assert told.price is not None and told.price.source is PriceSource.SPECIAL
        place(world, (nuts, 1), by="contract")
        assert findings(world) == []


def test_a_floor_guards_a_special_price_as_it_does_any_other(world: World) -> None:
    rice = world.shop.sku("RICE")
    cost(world, rice, "100")
    made(world, "90", rice)
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.floors.lock([rice.id])
        storage.floors.set({rice.id: SkuFloor(floor=a.yuan("92"))})
    for guard, problems in ((MarginGuard.NONE, []), (MarginGuard.BLOCK, [BelowFloor])):
        actor = asking(world)
        actor = attrs.evolve(actor, merchant=attrs.evolve(actor.merchant, margin_guard=guard))
        [line] = world.use.quote_basket(actor=actor, basket=a.basket((rice, 1))).lines
        assert [type(one) for one in line.problems] == problems
        assert line.price is not None and line.price.unit_price == a.yuan("90")


class TestLimits:
    def test_a_line_has_one_price_and_says_what_is_left(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "90", rice, stock=5)
        assert place(world, (rice, 3), key="1").lines[0].unit_price == a.yuan("90")
        [line] = quote(world, (rice, 3)).lines
        assert line.price is not None and line.price.missed is not None
        assert (line.price.unit_price, line.price.source) == (a.yuan("95"), PriceSource.TIER)
        assert (line.price.missed.unit_price, line.price.missed.left) == (a.yuan("90"), a.pieces(2))
        step = line.price_trace[-1]
        assert (step.outcome.value, step.left, step.rule) == ("NOT_ENOUGH_LEFT", a.pieces(2), "限时特价")
        assert place(world, (rice, 3), key="2").lines[0].unit_price == a.yuan("95")
        assert place(world, (rice, 2), key="3").lines[0].unit_price == a.yuan("90")
        [line] = quote(world, (rice, 1)).lines
        assert line.price is not None and line.price.missed is None
        assert findings(world) == []

    def test_count_all_units_of_a_sku_together(self, world: World) -> None:
        tea = world.shop.sku("TEA-500")
        made(world, "2", tea, stock=26)
        mixed = BasketLine(
            sku_id=tea.id, quantity=Decimal(1), unit="箱", plus=(Measure(quantity=Decimal(2), unit="瓶"),)
        )
        more = attrs.evolve(mixed, plus=(Measure(quantity=Decimal(3), unit="瓶"),))
        sources = []
        for line in (mixed, more):
            found = world.use.quote_basket(actor=asking(world), basket=Basket((line,)))
            sources.append([one.price and one.price.source.value for one in found.lines])
        assert sources[0] == ["SPECIAL", "SPECIAL"]
        assert "SPECIAL" not in sources[1]
        order = world.use.place_order(
            actor=asking(world), key=a.key(), basket=Basket((mixed,)), wishes=a.wishes()
        )
        assert [line.unit_price for line in order.lines] == [a.yuan("48"), a.yuan("2")]
        [left] = offered(world, tea)
        assert left.left == a.pieces(0)
        assert findings(world) == []

    def test_count_what_each_company_bought(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "90", rice, per_customer=3)
        place(world, (rice, 2), key="1")
        assert [one.left for one in offered(world, rice)] == [a.pieces(1)]
        assert [one.left for one in offered(world, rice, by="regular")] == [a.pieces(3)]
        assert place(world, (rice, 2), key="2").lines[0].price_source is PriceSource.TIER
        assert place(world, (rice, 3), key="3", by="regular").lines[0].price_source is PriceSource.SPECIAL
        assert findings(world) == []

    def test_are_given_back_once_when_an_order_is_called_off(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "90", rice, stock=5, per_customer=4)
        order = place(world, (rice, 4))
        assert [one.left for one in offered(world, rice)] == [a.pieces(0)]
        for _ in range(2):
            world.use.cancel_order(actor=world.shop.clerk, key=a.key("x"), order_id=order.id)
        assert [one.left for one in offered(world, rice)] == [a.pieces(4)]
        assert findings(world) == []

    def test_say_nothing_of_what_was_bought_before_there_were_any(self, world: World) -> None:
        rice, clerk = world.shop.sku("RICE"), world.shop.clerk
        cost(world, rice, "100")
        one = made(world, "90", rice)
        order = place(world, (rice, 4))
        world.use.change_special_price(
            actor=clerk, special_price_id=one.id, seen=1, draft=draft("90", rice, stock=5)
        )
        assert [one.left for one in offered(world, rice)] == [a.pieces(5)]
        world.use.cancel_order(actor=clerk, key=a.key("x"), order_id=order.id)
        assert [one.left for one in offered(world, rice)] == [a.pieces(5)]
        assert findings(world) == []

    def test_an_expected_total_keeps_a_surprise_away(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "90", rice, stock=3)
        place(world, (rice, 2), key="1")
        with pytest.raises(Refused) as refused:
            place(world, (rice, 2), key="2", expected_total=cny("180"))
        [changed] = refused.value.refusals
        assert isinstance(changed, TotalChanged) and changed.quote.total == cny("190")

    def test_hold_when_30_order_at_once(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        one = made(world, "90", rice, stock=10)
        made(world, "95%", rice, per_customer=100)
        ordering = retrying(world.use.place_order)

        def act(at: int) -> Callable[[], Order]:
            name = ("vip", "regular")[at % 2]
            return lambda: ordering(
                actor=asking(world, name), key=a.key(f"k{at}"), basket=a.basket((rice, 1)), wishes=a.wishes()
            )

        ended = at_once([act(at) for at in range(30)])
        prices = Counter(end.lines[0].unit_price.amount for end in ended if isinstance(end, Order))
        assert prices["90.00"] == 10
        assert sum(prices.values()) == 30
        [left] = [found for found in offered(world, rice) if found.special.id == one.id]
        assert left.left == a.pieces(0)
        assert findings(world) == []

    def test_are_guarded_where_somebody_was_told_wrong(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "90", rice, stock=3, per_customer=2)
        order = place(world, (rice, 2), key="1")
        with world.database.unit_of_work(knowing(world.shop.clerk)) as storage:
            found = storage.special_prices.offered(None, sku_ids=[rice.id], at=a.NOON)
        assert [one.left for one in found[rice.id]] == [a.pieces(1)]
        kept = kept_specials(quote(world, (rice, 1), by="regular"))
        again = attrs.evolve(order, id=world.ids.new(type(order.id)))
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.special_prices.use(again, kept)
        many = [attrs.evolve(one, quantity=a.pieces(2)) for one in kept]
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.special_prices.use(
                attrs.evolve(again, customer_id=world.shop.customers["regular"].id), many
            )
        assert findings(world) == []


class TestVerifying:
    def test_finds_every_order_that_does_not_come_to_what_it_kept(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "90", rice, stock=9)
        order = place(world, (rice, 2))
        assert findings(world) == []
        _tamper(
            world,
            "UPDATE order_specials SET kept = REPLACE(kept, '900000', '800000')",
            lambda shop: shop.order_specials.update(
                {
                    order.id: tuple(
                        attrs.evolve(one, special=attrs.evolve(one.special, price=a.yuan("80")))
                        for one in shop.order_specials[order.id]
                    )
                }
            ),
        )
        assert findings(world) == [("I18", order.id)]

    def test_finds_an_order_that_lost_what_it_kept(self, world: World) -> None:
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        one = made(world, "90", rice, stock=9)
        order = place(world, (rice, 2))
        _tamper(world, "DELETE FROM order_specials", lambda shop: shop.order_specials.clear())
        customer = world.shop.customers["vip"].id
        assert sorted(findings(world)) == [
            ("I18", order.id),
            ("I22", one.id),
            ("I22", f"{one.id} {customer}"),
        ]

    def test_finds_what_cannot_even_be_read(self, world: World, storage_name: str) -> None:
        if storage_name == "memory":
            pytest.skip("what is in memory needs no reading")
        rice = world.shop.sku("RICE")
        cost(world, rice, "100")
        made(world, "90", rice)
        order = place(world, (rice, 2))
        _tamper(world, "UPDATE order_specials SET kept = '{}'", lambda _: None)
        assert findings(world) == [("I18", order.id)]

    def test_finds_a_merchant_who_is_not_known_to_have_any(self, world: World) -> None:
        made(world, "90", world.shop.sku("RICE"))

        def forget(shop: Any) -> None:
            for id, one in shop.merchants.items():
                shop.merchants[id] = attrs.evolve(one, has_specials=False)

        _tamper(world, "UPDATE merchants SET has_specials = NULL", forget)
        assert findings(world) == [("I23", world.shop.merchant.id)]
