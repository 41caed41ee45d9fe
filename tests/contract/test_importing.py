"""Importing on every storage: what is planned is stored, and importing it again changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.files.sheets import read_sheet
from application.importing import Counts, ImportRefused, Table
from application.ports.database import Database
from dinghuo.demo.vocabulary import vocabulary
from kit import builders as a
from kit.importing import Market, goods, market, table

EXAMPLE = Path(__file__).parents[2] / "examples" / "catalog.csv"


@pytest.fixture
def shop(database: Database) -> Market:
    return market(database)


def test_an_imported_catalog_is_stored_and_imported_again_unchanged(shop: Market) -> None:
    sheet = read_sheet(EXAMPLE)
    _, vip, strategic = vocabulary().tiers
    ours = {vip: "贵宾", f"{vip} 100+": "贵宾 100+", strategic: "普通"}
    example = Table(
        [ours.get(name, name) for name in sheet.header], [(row.line, row.cells) for row in sheet.rows]
    )
    first = shop.take(example)
    stored = shop.products()
    second = shop.take(example, set_stock=True)
    assert first.skus == Counts(new=len(example.rows))
    assert sum(len(one.skus) for one in stored) == len(example.rows)
    assert (second.skus, second.ladders, second.movements) == (Counts(unchanged=len(example.rows)), 0, 0)
    assert shop.products() == stored
    assert list(shop.database.audit.findings()) == []


def test_changes_replace_what_was_stored(shop: Market) -> None:
    shop.take(table(goods(分类="饮料") | {"10+": "3.40", "库存 主仓": "10"}, goods(货号="B", 分类="饮料")))
    renamed = {"商品名称": "红茶", "分类": "饮料/红茶"}
    rows = table(
        goods(价格="4", 条码="69", 包装="箱=12", **renamed) | {"10+": "", "VIP": "95%", "库存 主仓": "7"},
        goods(货号="B", **renamed),
        goods(货号="C", **renamed),
    )
    shop.take(rows, set_stock=True)
    product, item = shop.products()[0], shop.item("TEA-1")
    assert item is not None
    assert (product.name, [sku.code for sku in product.skus]) == ("红茶", ["TEA-1", "B", "C"])
    assert shop.sku("TEA-1").packs == (a.case_of(12),)
    assert shop.ladder("TEA-1") == a.ladder((1, "4"), (10, "3.40"))
    assert shop.ladder("TEA-1", "VIP") == a.ladder((1, "95%"))
    assert (item.on_hand, item.available) == (a.pieces(7), a.pieces(7))
    assert list(shop.database.audit.findings()) == []


def test_nothing_is_stored_where_a_row_is_refused(shop: Market) -> None:
    with pytest.raises(ImportRefused):
        shop.take(table(goods(分类="饮料"), goods(货号="B", 价格="x")))
    with shop.reading() as storage:
        assert (storage.products.all(), storage.products.categories()) == ((), ())
