"""Prices from a file: told before they hold, staged a few at a time, valid at once, and taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from adapters.files.sheets import write_sheet
from application.authorization import Forbidden
from application.importing import ColumnsNotUnderstood, PriceImport, Reason, Table
from application.price_lists import AskedList
from dinghuo.tables import table_of
from domain.ladders import AnyLadder, Ladders
from domain.price_batches import BatchState, PriceBatch
from domain.pricing import EMPTY
from kit import builders as a
from kit.api import Api, open_api
from kit.world import World

HEADER = ("货号", "价格表", "单位", "起订量", "价格")
Rows = Sequence[tuple[str, str, str, str, str]]
GOOD: Rows = (
    ("TEA-500", "", "", "", "3.60"),
    ("TEA-500", "", "", "24", "3.40"),
    ("TEA-500", "", "箱", "", "80"),
    ("NUTS", "三月特惠", "", "24", "90%"),
    ("SODA", "", "", "", "4.00"),
)


def table(rows: Rows, header: Sequence[str] = HEADER) -> Table:
    return Table(tuple(header), [(line, cells) for line, cells in enumerate(rows, start=2)])


def stage(world: World, rows: Rows = GOOD, **more: Any) -> PriceImport:
    return world.use.stage_prices(actor=world.shop.clerk, table=table(rows), name="春.xlsx", **more)


def said(world: World, name: str, code: str) -> AnyLadder:
    one, sku = world.shop.lists[name].id, world.shop.sku(code).id
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.prices.ladders(list_ids=[one], sku_ids=[sku]).get((one, sku), EMPTY)


def publish(world: World, batch: PriceBatch | None) -> PriceBatch:
    assert batch is not None
    return world.use.publish_price_batch(actor=world.shop.clerk, batch_id=batch.id)


def test_tells_what_would_change_and_stages_it(world: World) -> None:
    look = stage(world, dry_run=True)
    done = stage(world)
    assert (look.batch, look.staged, look.unchanged) == (None, done.staged, done.unchanged)
    told = [(one.code, one.change.unit, str(one.before), str(one.change.ladder)) for one in done.staged]
    assert told == [
        ("TEA-500", None, "1: 3.50; 24: 3.30; 240: 3.10", "1: 3.60; 24: 3.40"),
        ("TEA-500", "case", "", "1: 80.00"),
        ("NUTS", None, "24: 10.80", "24: 90%"),
    ]
    assert [one.percentage for one in done.staged] == ["2.86", None, None]
    assert (done.unchanged, done.refused) == (1, ())
    assert said(world, "base", "TEA-500") == a.ladder((1, "3.50"), (24, "3.30"), (240, "3.10"))
    assert done.batch
    assert (done.batch.state, done.batch.ladders, done.batch.name) == (BatchState.STAGED, 3, "春.xlsx")


def test_holds_at_once_and_is_taken_back(world: World) -> None:
    before = {name: said(world, name, code) for name, code in (("base", "TEA-500"), ("promotion", "NUTS"))}
    batch = publish(world, stage(world).batch)
    tea, nuts = said(world, "base", "TEA-500"), said(world, "promotion", "NUTS")
    assert isinstance(tea, Ladders)
    assert isinstance(nuts, Ladders)
    assert tea.at(a.NOON).ladder == a.ladder((1, "3.60"), (24, "3.40"))
    assert tea.at(a.NOON).units == {"case": a.ladder((1, 80))}
    assert nuts.at(a.NOON).ladder == a.ladder((24, "90%"))
    again = stage(world)
    assert (again.batch, again.staged, again.unchanged) == (None, (), 4)
    world.use.undo_price_batch(actor=world.shop.clerk, batch_id=batch.id)
    assert {
        name: said(world, name, code) for name, code in (("base", "TEA-500"), ("promotion", "NUTS"))
    } == before


def test_of_two_files_of_one_day_a_copy_takes_the_later_one(world: World) -> None:
    """A list may have two ladders that begin at the same moment, one of each batch; its copy has one."""
    clerk, day = world.shop.clerk, a.NOON + timedelta(days=1)
    for price in ("5", "4"):
        staged = stage(world, [("NUTS", "", "", "", price)]).batch
        assert staged is not None
        world.use.publish_price_batch(actor=clerk, batch_id=staged.id, effective_from=day)
        world.clock.forward()
    before = said(world, "base", "NUTS")
    copy = world.use.copy_price_list(
        actor=clerk, list_id=world.shop.lists["base"].id, asked=AskedList(name="抄"), audience=None
    )
    sku_id = world.shop.sku("NUTS").id
    with world.database.unit_of_work.reading(clerk) as storage:
        after = storage.prices.ladders(list_ids=[copy.id], sku_ids=[sku_id])[copy.id, sku_id]
    assert isinstance(before, Ladders)
    assert isinstance(after, Ladders)
    assert (len(before.of), len(after.of)) == (3, 2)
    for moment, price in ((a.NOON, "12.00"), (day, "4.00")):
        assert before.at(moment).ladder == after.at(moment).ladder == a.ladder((1, price))


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (("", "", "", "", "1"), "货号 / SKU code", Reason.REQUIRED),
        (("GONE", "", "", "", "1"), "货号 / SKU code", Reason.UNKNOWN_SKU),
        (("NUTS", "没有", "", "", "1"), "价格表 / Price list", Reason.UNKNOWN_PRICE_LIST),
        (("NUTS", "", "托", "", "1"), "单位 / Unit", Reason.UNKNOWN_UNIT),
        (("NUTS", "", "", "x", "1"), "起订量 / From quantity", Reason.NOT_A_QUANTITY),
        (("NUTS", "", "", "0", "1"), "起订量 / From quantity", Reason.NOT_A_QUANTITY),
        (("NUTS", "", "", "", "-1"), "价格 / Price", Reason.NOT_A_PRICE),
        (("NUTS", "", "", "", "1.234"), "价格 / Price", Reason.TOO_FINE),
        (("NUTS", "", "", "", "90%"), "价格 / Price", Reason.PERCENTAGE_OF_NOTHING),
    ],
)
def test_names_a_row_that_is_wrong_and_stages_nothing(
    world: World, row: tuple[str, str, str, str, str], column: str, reason: Reason
) -> None:
    done = stage(world, [*GOOD, row])
    [refused] = done.refused
    assert (done.batch, refused.line, refused.column, refused.reason) == (None, 7, column, reason)
    skipping = stage(world, [*GOOD, row], skip_refused=True)
    assert skipping.batch
    assert skipping.batch.ladders == 3


def test_one_wrong_row_spoils_its_ladder_and_no_other(world: World) -> None:
    rows = [("TEA-500", "", "", "1", "3.60"), ("TEA-500", "", "", "24", "?"), ("NUTS", "", "", "", "13")]
    done = stage(world, rows, skip_refused=True)
    assert [one.code for one in done.staged] == ["NUTS"]
    twice = stage(world, [("NUTS", "", "", "1", "3"), ("NUTS", "", "", "1", "4")])
    assert [(row.line, row.reason) for row in twice.refused] == [(2, Reason.BREAKS), (3, Reason.BREAKS)]


def test_rows_without_a_list_are_of_the_one_that_is_named(world: World) -> None:
    for name in ("三月特惠", str(world.shop.lists["promotion"].id)):
        done = world.use.stage_prices(
            actor=world.shop.clerk,
            table=table([("CUP", "", "", "", "5")]),
            price_list=name,
            dry_run=True,
        )
        assert [one.change.list_id for one in done.staged] == [world.shop.lists["promotion"].id]


def test_needs_its_columns_and_no_others(world: World) -> None:
    with pytest.raises(ColumnsNotUnderstood) as caught:
        world.use.stage_prices(actor=world.shop.clerk, table=Table(("SKU", "sku", "颜色"), []))
    wrong = caught.value
    assert (wrong.unknown, wrong.twice, wrong.missing) == (("颜色",), ("sku",), ("价格 / Price",))


def test_is_for_those_who_manage_prices(world: World) -> None:
    with pytest.raises(Forbidden):
        world.use.stage_prices(actor=world.shop.buyer(), table=table(GOOD))


class TestRoute:
    @pytest.fixture
    async def api(self, world: World) -> AsyncIterator[Api]:
        async with open_api(world, tables=table_of) as opened:
            yield opened

    async def send(self, api: Api, content: bytes, *, actor: Any = None, **query: str) -> Any:
        token = api.token(actor or api.world.shop.clerk)
        return await api.http.post(
            "/price-batches",
            content=content,
            params=query,
            headers={"authorization": f"Bearer {token}", "accept-language": "en"},
        )

    @pytest.mark.parametrize("ending", [".xlsx", ".csv"])
    async def test_takes_a_file_whatever_it_is_called(self, api: Api, tmp_path: Path, ending: str) -> None:
        path = tmp_path / f"prices{ending}"
        write_sheet(path, HEADER, GOOD)
        answered = await self.send(api, path.read_bytes(), name="春季")
        assert answered.status_code == 200
        told = answered.json()
        assert (told["changed"], told["unchanged"], told["refused"]) == (3, 1, 0)
        assert told["prices"][0] == {
            "skuCode": "TEA-500",
            "priceList": "基础价",
            "unit": None,
            "before": [
                {"minQuantity": "1", "unitPrice": "3.50"},
                {"minQuantity": "24", "unitPrice": "3.30"},
                {"minQuantity": "240", "unitPrice": "3.10"},
            ],
            "after": [
                {"minQuantity": "1", "unitPrice": "3.60"},
                {"minQuantity": "24", "unitPrice": "3.40"},
            ],
            "percentage": "2.86",
            "flags": [],
        }
        query = """mutation ($input: PublishPriceBatchInput!) { publishPriceBatch(input: $input) {
          batch { name ladders state } } }"""
        named = {"input": {"batchId": told["batchId"]}}
        published = await api.ask(query, named, actor=api.world.shop.clerk)
        batch = {"name": "春季", "ladders": 3, "state": "PUBLISHED"}
        assert published.data["publishPriceBatch"] == {"batch": batch}

    async def test_refuses_rows_by_name(self, api: Api) -> None:
        content = "货号,价格\nNUTS,1\nGONE,2\n".encode()
        told = (await self.send(api, content)).json()
        assert (told["batchId"], told["changed"]) == (None, 1)
        assert told["refusedRows"] == [
            {"line": 3, "column": "货号 / SKU code", "reason": "UNKNOWN_SKU", "value": "GONE"}
        ]
        skipping = (await self.send(api, content, skipRefused="true", dryRun="true")).json()
        assert skipping["batchId"] is None
        assert (await self.send(api, content, skipRefused="true")).json()["batchId"] is not None

    @pytest.mark.parametrize(
        ("content", "status"),
        [
            (b"", 400),
            (b"PK\x03\x04 not a workbook", 400),
            (b"\x00\x01\x02", 400),
            ("货号,颜色\n1,2\n".encode(), 400),
            (b"x" * (20 * 1024 * 1024 + 1), 413),
        ],
    )
    async def test_refuses_what_is_no_table(self, api: Api, content: bytes, status: int) -> None:
        answered = await self.send(api, content)
        assert answered.status_code == status
        assert answered.json()["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "QUERY_TOO_COMPLEX")

    async def test_is_closed_to_everybody_else(self, api: Api) -> None:
        shop = api.world.shop
        trainee = attrs.evolve(shop.clerk, person_id=shop.staff["trainee"].id)
        for actor in (shop.buyer(), trainee):
            assert (await self.send(api, b"", actor=actor)).status_code == 403
        assert (await api.http.post("/price-batches", content=b"")).status_code in (400, 401)
        wrong = {"authorization": "Bearer x"}
        assert (await api.http.post("/price-batches", content=b"", headers=wrong)).status_code == 401
        assert (await api.http.get("/price-batches")).status_code == 405
