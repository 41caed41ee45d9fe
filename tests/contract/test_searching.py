"""Searches that found nothing: noted beside the answer, stored later, and shown to those who manage the catalog."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.persistence import searching
from adapters.persistence.memory import _searching
from application.authorization import Permission
from application.ports.storage import Busy
from application.searching import MOST_WAITING, SearchLog
from application.views.pages import Window
from application.views.searching import MissedCard, MissedSort
from domain.searching import KEPT_FOR, MissedSearch
from kit import builders as a
from kit.api import Api, open_api
from kit.paging import walk
from kit.world import Shop, World

pytestmark = pytest.mark.usefixtures("reading")
FIND = "query ($filter: ProductFilter, $after: String) { products(filter: $filter, after: $after) { totalCount } }"
MISSED = """query ($sort: MissedSort) { staff { missedSearches(sort: $sort) {
    nodes { text times firstAt lastAt customer { name } } totalCount } } }"""


def record(world: World, *missed: MissedSearch, shop: Shop | None = None) -> None:
    with world.database.unit_of_work((shop or world.shop).guest) as storage:
        storage.missed_searches.record(missed, at=world.clock.now())


async def cards(world: World, sort: MissedSort = MissedSort.MOST_FREQUENT, **of: Any) -> list[MissedCard]:
    page = await world.views(of.get("by") or world.shop.clerk).missed.missed(
        window=Window(size=100), sort=sort, count=True
    )
    assert page.total in (len(page.edges), None)
    return [edge.node for edge in page.edges]


def one(text: str, *, times: int = 1, hours: int = 0, by: Any = None) -> MissedSearch:
    at = a.NOON + timedelta(hours=hours)
    return MissedSearch(text=text, customer_id=by, times=times, first_at=at, last_at=at)


class TestRecord:
    async def test_it_adds_up_by_text_and_company(self, world: World) -> None:
        regular, vip = (world.shop.customers[name].id for name in ("regular", "vip"))
        record(world, one("可乐", by=regular), one("可乐"), one("oreo", times=4, by=vip))
        record(world, one("可乐", times=2, hours=2, by=regular), one("可乐", hours=-2, by=vip))
        record(world)
        assert await cards(world) == [
            MissedCard("oreo", vip, 4, a.NOON, a.NOON),
            MissedCard("可乐", regular, 3, a.NOON, a.NOON + timedelta(hours=2)),
            *sorted(
                [
                    MissedCard("可乐", vip, 1, a.NOON - timedelta(hours=2), a.NOON - timedelta(hours=2)),
                    MissedCard("可乐", None, 1, a.NOON, a.NOON),
                ],
                key=lambda card: card.customer_id or "",
                reverse=True,
            ),
        ]

    async def test_it_is_of_one_merchant(self, world: World) -> None:
        record(world, one("可乐"))
        assert await cards(world, by=world.other.clerk) == []
        record(world, one("可乐", times=7), shop=world.other)
        assert [card.times for card in await cards(world)] == [1]

    async def test_it_pages_in_either_order(self, world: World) -> None:
        record(world, *(one(f"词{at}", times=at % 3 + 1, hours=at % 4) for at in range(9)))
        for sort, key in (
            (MissedSort.MOST_FREQUENT, lambda card: (card.times, card.text)),
            (MissedSort.LATEST, lambda card: (card.last_at, card.text)),
        ):
            expected = sorted(await cards(world, sort), key=key, reverse=True)
            for backwards in (False, True):

                async def page(window: Window, sort: MissedSort = sort) -> Any:
                    return await world.views(world.shop.clerk).missed.missed(
                        window=window, sort=sort, count=False
                    )

                found = await walk(page, sizes=[2, 3], backwards=backwards)
                assert [edge.node for edge in found] == expected

    async def test_it_forgets_what_is_old_and_what_is_too_much(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record(world, one("旧"), one("新", hours=1))
        world.clock.forward(KEPT_FOR + timedelta(minutes=30))
        record(world, one("更新", hours=24 * 180))
        assert [card.text for card in await cards(world, MissedSort.LATEST)] == ["更新", "新"]
        monkeypatch.setattr(_searching, "MOST_MISSED", 1)
        monkeypatch.setattr(searching, "MOST_MISSED", 1)
        trimmed = searching._trim(1)
        monkeypatch.setattr(searching, "_TRIM", trimmed)
        record(world, one("最新", hours=24 * 181))
        assert [card.text for card in await cards(world)] == ["最新"]

    async def test_only_those_who_manage_the_catalog_see_it(self, world: World) -> None:
        record(world, one("可乐"))
        shop = world.shop
        others = shop.colleague(*(set(Permission) - {Permission.MANAGE_CATALOG}))
        for by in (shop.guest, shop.buyer(), others):
            assert await cards(world, by=by) == []
        assert len(await cards(world, by=shop.colleague(Permission.MANAGE_CATALOG))) == 1


class TestLog:
    async def test_it_stores_what_was_noted_once(self, world: World) -> None:
        log, shop, other = world.search_log, world.shop, world.other
        for actor in (shop.guest, shop.buyer(), shop.buyer(), shop.clerk, shop.operator, other.guest):
            log.note(actor=actor, text="可乐")
        log.note(actor=shop.guest, text="13800138000")
        assert await cards(world) == []
        assert log.flush() == 3 and log.flush() == 0
        found = {(card.text, card.customer_id, card.times) for card in await cards(world)}
        assert found == {("可乐", None, 1), ("可乐", shop.customers["regular"].id, 2)}
        assert [card.times for card in await cards(world, by=other.clerk)] == [1]

    async def test_it_keeps_what_cannot_be_stored_now(self, world: World) -> None:
        class InTheWay:
            def __call__(self, _: object) -> Any:
                raise Busy("others")

        log = SearchLog(unit_of_work=InTheWay(), clock=world.clock)  # type: ignore[arg-type]  # it has no other use
        log.note(actor=world.shop.guest, text="可乐")
        assert log.flush() == 0
        log.note(actor=world.shop.guest, text="可乐")
        assert [one.times for _, one in log.waiting.values()] == [2]
        log.unit_of_work = world.database.unit_of_work
        assert log.flush() == 1
        assert [card.times for card in await cards(world)] == [2]

    async def test_it_never_grows_beyond_its_bound(self, world: World) -> None:
        for at in range(MOST_WAITING + 10):
            world.search_log.note(actor=world.shop.guest, text=f"词{at}")
        assert len(world.search_log.waiting) == MOST_WAITING
        world.search_log.note(actor=world.shop.guest, text="词0")
        assert [one.times for _, one in world.search_log.waiting.values()][:2] == [2, 1]


class TestApi:
    async def test_what_is_not_found_is_noted_where_nothing_else_is_the_reason(self, world: World) -> None:
        async with open_api(world) as api:
            before = world.database.statements
            assert await self.find(api, {"text": " Oreo  奥利奥 "}) == 0
            answered = world.database.statements - before
            await self.find(api, {"text": "茶"})
            await self.find(api, {"text": "oreo", "inStock": True})
            await self.find(api, {"text": "  "})
            await self.find(api, {})
            before = world.database.statements
            await self.find(api, {"text": "oreo 奥利奥"})
            assert world.database.statements - before == answered
            assert [(one.text, one.times) for _, one in world.search_log.waiting.values()] == [
                ("oreo 奥利奥", 2)
            ]
            world.search_log.flush()
            data = (await api.ask(MISSED, {"sort": "LATEST"}, actor=world.shop.clerk)).data
        at = a.NOON.isoformat().replace("+00:00", "Z")
        company = {"name": world.shop.customers["regular"].name}
        assert data["staff"]["missedSearches"] == {
            "nodes": [{"text": "oreo 奥利奥", "times": 2, "firstAt": at, "lastAt": at, "customer": company}],
            "totalCount": 1,
        }

    async def find(self, api: Api, filter: dict[str, Any]) -> int:
        data = (await api.ask(FIND, {"filter": filter}, actor=api.world.shop.buyer())).data
        count: int = data["products"]["totalCount"]
        return count
