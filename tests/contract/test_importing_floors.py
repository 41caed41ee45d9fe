"""Floors from a table: compared with what is set, shown before, set whole, and noted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from adapters.files.sheets import write_sheet
from application.authorization import Forbidden, Permission
from application.importing import ColumnsNotUnderstood, FloorImport, ImportFloors, Reason, Table
from application.views.pages import Window
from application.views.trail import ANY_ENTRY, TrailWant
from dinghuo.tables import table_of
from domain.floors import SkuFloor
from domain.money import Percentage
from kit.api import Api, open_api
from kit.builders import yuan
from kit.world import World

HEADER = ("货号", "底价", "成本", "加价率")
GOOD = (
    ("TEA-500", "2.95", "", ""),
    ("TEA-1L", "", "¥4.10", "12.5%"),
    ("WATER-550", "", "1.0375", "20"),
    ("NUTS", "", "", ""),
)


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> Table:
    return Table(header, list(enumerate(rows, start=2)))


def imported(world: World, rows: Sequence[Sequence[str]] = GOOD, **more: Any) -> FloorImport:
    header = more.pop("header", HEADER)
    return world.use.import_floors(actor=world.shop.clerk, table=table(rows, header), **more)


def stored(world: World, *codes: str) -> list[SkuFloor | None]:
    ids = [world.shop.sku(code).id for code in codes]
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        found = storage.floors.as_set(ids)
    return [found.get(id) for id in ids]


class TestImport:
    def test_a_dry_run_shows_old_and_new_and_sets_nothing(self, world: World) -> None:
        imported(world, [("TEA-500", "3", "2", "")])
        found = imported(world, dry_run=True)
        assert [(one.line, one.code, one.before, one.after) for one in found.changed] == [
            (
                2,
                "TEA-500",
                SkuFloor(floor=yuan("3"), cost=yuan("2")),
                SkuFloor(floor=yuan("2.95"), cost=yuan("2")),
            ),
            (3, "TEA-1L", None, SkuFloor(cost=yuan("4.10"), margin=Percentage.of("12.5"))),
            (4, "WATER-550", None, SkuFloor(cost=yuan("1.0375"), margin=Percentage.of(20))),
        ]
        assert (found.unchanged, found.refused, found.done) == (1, (), False)
        assert stored(world, "TEA-500", "TEA-1L") == [SkuFloor(floor=yuan("3"), cost=yuan("2")), None]

    def test_a_table_is_set_and_noted_and_again_changes_nothing(self, world: World) -> None:
        assert imported(world).done
        tea, water = SkuFloor(floor=yuan("2.95")), SkuFloor(cost=yuan("1.0375"), margin=Percentage.of(20))
        assert stored(world, "TEA-500", "WATER-550", "NUTS") == [tea, water, None]
        again = imported(world)
        assert (again.changed, again.unchanged, again.done) == ((), 4, False)
        assert list(world.database.audit.findings()) == []

    def test_a_blank_cell_and_a_column_that_is_not_there_leave_what_is_set(self, world: World) -> None:
        imported(world)
        imported(world, [("TEA-1L", "5")], header=("SKU code", "Cost"))
        imported(world, [("TEA-1L", "", "9.99")], header=("code", "ＣＯＳＴ", "floor price"))
        [one] = stored(world, "TEA-1L")
        assert one == SkuFloor(floor=yuan("9.99"), cost=yuan("5"), margin=Percentage.of("12.5"))

    def test_every_row_that_is_wrong_is_named_and_keeps_all_from_being_set(self, world: World) -> None:
        rows = [
            ("", "1", "", ""),
            ("GONE", "1", "", ""),
            ("RICE", "1", "", ""),
            ("RICE", "2", "", ""),
            ("TEA-500", "x", "", ""),
            ("TEA-1L", "0.00001", "-1", "901"),
            ("WATER-550", "", "", "5"),
            ("CUP", "", "x", "5"),
            ("TEA-OLD", "", "1", "much"),
            ("NUTS", "9", "", ""),
        ]
        found = imported(world, rows)
        assert [(one.line, one.column.partition(" ")[0], one.reason) for one in found.refused] == [
            (2, "货号", Reason.REQUIRED),
            (3, "货号", Reason.UNKNOWN_SKU),
            (4, "货号", Reason.DUPLICATE_CODE),
            (5, "货号", Reason.DUPLICATE_CODE),
            (6, "底价", Reason.NOT_A_PRICE),
            (7, "底价", Reason.TOO_FINE),
            (7, "成本", Reason.NOT_A_PRICE),
            (7, "加价率", Reason.NOT_A_MARGIN),
            (8, "加价率", Reason.MARGIN_OF_NOTHING),
            (9, "成本", Reason.NOT_A_PRICE),
            (10, "加价率", Reason.NOT_A_MARGIN),
        ]
        assert (found.done, stored(world, "NUTS")) == (False, [None])
        skipping = imported(world, rows, skip_refused=True)
        assert (skipping.done, len(skipping.refused)) == (True, 11)
        assert stored(world, "NUTS", "RICE") == [SkuFloor(floor=yuan("9")), None]

    def test_many_are_set_a_few_at_a_time(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("application.importing._floors.AT_ONCE", 2)
        waited: list[float] = []
        act = ImportFloors(unit_of_work=world.database.unit_of_work, clock=world.clock, pause=waited.append)
        assert act(actor=world.shop.clerk, table=table(GOOD)).done
        assert waited == [0.01, 0.01]
        assert None not in stored(world, "TEA-500", "TEA-1L", "WATER-550")

    @pytest.mark.parametrize(
        ("header", "missing"),
        [(("货号",), ("底价 / Floor",)), (("底价",), ("货号 / SKU code",)), (("货号", "底价", "Floor"), ())],
    )
    def test_needs_its_columns_once(
        self, world: World, header: Sequence[str], missing: tuple[str, ...]
    ) -> None:
        with pytest.raises(ColumnsNotUnderstood) as caught:
            imported(world, [], header=header)
        assert caught.value.missing == missing
        assert caught.value.twice == (() if missing else ("Floor",))

    def test_is_for_those_who_manage_floors_and_see_them(self, world: World) -> None:
        clerk = world.shop.clerk
        for missing in (Permission.MANAGE_FLOORS, Permission.VIEW_FLOORS):
            actor = attrs.evolve(clerk, permissions=clerk.permissions - {missing})
            with pytest.raises(Forbidden):
                world.use.import_floors(actor=actor, table=table(GOOD))


@pytest.mark.usefixtures("reading")
async def test_the_trail_has_what_was_and_what_is(world: World) -> None:
    imported(world, [("TEA-500", "3", "", "")])
    imported(world, [("TEA-500", "2.95", "2", "10")])
    book = world.views(world.shop.clerk).trail
    found = await book.entries(
        window=Window(size=100), filter=ANY_ENTRY, count=False, want=TrailWant(person_name=False)
    )
    told = [[*one.node.facts] for one in reversed(found.edges) if one.node.operation == "importFloors"]
    assert told == [
        [("floor", None, "3.00")],
        [("cost", None, "2.00"), ("floor", "3.00", "2.95"), ("margin", None, "10%")],
    ]


class TestRoute:
    @pytest.fixture
    async def api(self, world: World) -> AsyncIterator[Api]:
        async with open_api(world, tables=table_of) as opened:
            yield opened

    async def send(self, api: Api, content: bytes, *, actor: Any = None, **query: str) -> Any:
        token = api.token(actor or api.world.shop.clerk)
        return await api.http.post(
            "/floors",
            content=content,
            params=query,
            headers={"authorization": f"Bearer {token}", "accept-language": "en"},
        )

    @pytest.mark.parametrize("ending", [".xlsx", ".csv"])
    async def test_takes_a_file_and_tells_what_changes(self, api: Api, tmp_path: Path, ending: str) -> None:
        path = tmp_path / f"floors{ending}"
        write_sheet(path, HEADER, GOOD)
        for query, done in (({"dryRun": "true"}, False), ({}, True)):
            answered = await self.send(api, path.read_bytes(), **query)
            assert answered.status_code == 200
            told = answered.json()
            assert [told[name] for name in ("done", "changed", "unchanged", "refused")] == [done, 3, 1, 0]
            assert told["floors"][:2] == [
                {
                    "skuCode": "TEA-500",
                    "before": None,
                    "after": {"floor": "2.95", "cost": None, "margin": None},
                },
                {
                    "skuCode": "TEA-1L",
                    "before": None,
                    "after": {"floor": None, "cost": "4.10", "margin": "12.5"},
                },
            ]
        changed = (await self.send(api, "货号,底价\nTEA-500,3\nGONE,1\n".encode(), skipRefused="true")).json()
        assert changed["floors"][0]["before"] == {"floor": "2.95", "cost": None, "margin": None}
        assert changed["refusedRows"] == [
            {"line": 3, "column": "货号 / SKU code", "reason": "UNKNOWN_SKU", "value": "GONE"}
        ]
        assert changed["done"] is True

    async def test_is_closed_to_everybody_else(self, api: Api) -> None:
        shop = api.world.shop
        trainee = attrs.evolve(shop.clerk, person_id=shop.staff["trainee"].id)
        for actor in (shop.buyer(), trainee):
            assert (await self.send(api, b"", actor=actor)).status_code == 403
        assert (await api.http.post("/floors", content=b"")).status_code in (400, 401)
        assert (await api.http.get("/floors")).status_code == 405
