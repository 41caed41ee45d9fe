"""Importing goods: what a table says is what the catalog has, and what cannot be read is refused by line and column."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.files.sheets import Cell, read_sheet, write_sheet
from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, Forbidden, Permission, Unauthenticated
from application.importing import (
    ColumnsNotUnderstood,
    Counts,
    ImportCatalog,
    ImportRefused,
    Reason,
    RowRefused,
    Table,
)
from domain.catalog import Option, Pack, Unit
from domain.identity import SkuCode, StaffId
from domain.inventory import Reservation
from domain.quantity import Factor
from kit import builders as a
from kit.importing import Market, goods, market, table

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def shop() -> Market:
    return market(MemoryDatabase())


def sheet_of(path: Path) -> Table:
    sheet = read_sheet(path)
    return Table(sheet.header, [(row.line, row.cells) for row in sheet.rows])


class TestWhatIsRead:
    def test_every_column_finds_its_place(self, shop: Market) -> None:
        plan = shop.take(
            table(
                goods(
                    条码="6901234567892",
                    规格="口味:原味;容量:500ml",
                    分类="饮料/茶",
                    品牌="山泉",
                    包装="箱=24瓶;托=40箱",
                    起订量="6",
                    步长="3",
                    描述="冰的更好喝。",
                )
                | {
                    "10+": "3.40",
                    "100+": "3.30",
                    "VIP": "3.20",
                    "贵宾 100+": "90%",
                    "库存 主仓": "120",
                    "Stock east": "7",
                }
            )
        )
        product, sku = shop.products()[0], shop.sku("TEA-1")
        assert (plan.products, plan.skus) == (Counts(new=1), Counts(new=1))
        assert (plan.categories, plan.brands) == (("饮料", "饮料/茶"), ("山泉",))
        assert (product.name, product.description, sku.name) == (
            "柠檬茶",
            "冰的更好喝。",
            "柠檬茶 原味 500ml",
        )
        assert sku.barcode == "6901234567892"
        assert sku.options == (Option("口味", "原味"), Option("容量", "500ml"))
        assert sku.packs == (Pack(Unit.named("箱"), Factor(24)), Pack(Unit.named("托"), Factor(960)))
        assert (sku.rule.minimum, sku.rule.step) == (a.pieces(6), a.pieces(3))
        assert shop.ladder("TEA-1") == a.ladder((1, "3.50"), (10, "3.40"), (100, "3.30"))
        assert shop.ladder("TEA-1", "VIP") == a.ladder((1, "3.20"), (100, "90%"))
        found = [shop.item("TEA-1", code) for code in ("MAIN", "EAST")]
        assert [one.on_hand for one in found if one] == [a.pieces(120), a.pieces(7)]
        with shop.reading() as storage:
            category = next(one for one in storage.products.categories() if one.id == product.category_id)
            assert category.name == "茶"
            assert [one.name for one in storage.products.brands() if one.id == product.brand_id] == ["山泉"]

    def test_headers_are_understood_in_english_whatever_their_case(self, shop: Market) -> None:
        row = {"product": "Tea", "SKU CODE": "T", "Unit": "kg", "PRICE": "3", "Minimum": "0.5", "Step": "0.5"}
        shop.take(table(row | {"Options": "Size:L", "vip １００+": "2.5", "stock 主仓": "1.25"}))
        assert shop.sku("T").unit == Unit.named("公斤")
        assert shop.ladder("T") == a.ladder(("0.5", "3"))
        assert shop.ladder("T", "VIP") == a.ladder((100, "2.5"))
        item = shop.item("T")
        assert item is not None
        assert item.on_hand == a.pieces("1.25")

    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_the_example_can_be_imported_twice(self, shop: Market, ending: str) -> None:
        example = sheet_of(EXAMPLES / f"catalog.{ending}")
        renamed = Table(
            [name.replace("VIP", "贵宾").replace("战略", "NORMAL") for name in example.header], example.rows
        )
        first, second = shop.take(renamed), shop.take(renamed)
        assert (first.refused, first.skus.new) == ((), len(example.rows))
        assert second.skus == Counts(unchanged=len(example.rows))
        assert second.products == Counts(unchanged=first.products.new)
        assert (second.changed, second.ladders, second.movements) == ((), 0, 0)
        assert list(shop.database.audit.findings()) == []

    def test_a_file_of_chinese_excel_can_be_imported(self, shop: Market, tmp_path: Path) -> None:
        path = tmp_path / "goods.csv"
        path.write_bytes("商品名称,货号,单位,价格\n柠檬茶,TEA-1,瓶,3.50\n".encode("gb18030"))
        shop.take(sheet_of(path))
        assert shop.products()[0].name == "柠檬茶"

    def test_a_number_of_excel_is_a_price_and_a_percentage_is_a_share(
        self, shop: Market, tmp_path: Path
    ) -> None:
        path = tmp_path / "goods.xlsx"
        rows: list[list[Cell]] = [["柠檬茶", "TEA-1", "瓶", Decimal("3.5"), "95%"]]
        write_sheet(path, ["商品名称", "货号", "单位", "价格", "VIP"], rows)
        shop.take(sheet_of(path))
        assert shop.ladder("TEA-1", "VIP") == a.ladder((1, "95%"))

    def test_rows_of_one_name_and_category_are_one_product(self, shop: Market) -> None:
        shop.take(
            table(
                goods(货号="A", 分类="饮料", 规格="容量:大"),
                goods(货号="B", 分类="饮料", 规格="容量:小"),
                goods(货号="C", 分类="礼品"),
                goods(货号="D", 商品名称="绿茶"),
            )
        )
        assert [[sku.code for sku in one.skus] for one in shop.products()] == [["A", "B"], ["C"], ["D"]]
        assert [one.position for one in shop.products()] == [0, 1, 2]

    def test_a_blank_category_joins_the_only_product_of_the_name(self, shop: Market) -> None:
        shop.take(table(goods(货号="B"), goods(货号="A", 分类="饮料")))
        assert len(shop.products()) == 1


class TestWhatIsKnown:
    def test_old_and_new_are_told(self, shop: Market) -> None:
        shop.take(table(goods(条码="1", 分类="饮料", 品牌="山泉") | {"10+": "3.40", "VIP": "3.30"}))
        sku_id = shop.sku("TEA-1").id
        plan = shop.take(
            table(
                goods(价格="3.60", 条码="2", 分类="饮料/茶", 品牌="云边", 包装="箱=12")
                | {"10+": "", "VIP": "90%"}
            )
        )
        assert {(one.column, one.old, one.new) for one in plan.changed} == {
            ("价格", "3.50", "3.60"),
            ("条码", "1", "2"),
            ("分类", "饮料", "饮料/茶"),
            ("品牌", "山泉", "云边"),
            ("包装", "", "箱=12"),
            ("VIP", "3.30", "90%"),
        }
        assert {(one.line, one.code) for one in plan.changed} == {(2, SkuCode("TEA-1"))}
        assert (plan.products, plan.skus) == (Counts(changed=1), Counts(changed=1))
        assert shop.sku("TEA-1").id == sku_id
        assert shop.ladder("TEA-1") == a.ladder((1, "3.60"), (10, "3.40"))

    def test_blank_cells_leave_what_is_there(self, shop: Market) -> None:
        full = goods(
            条码="1", 规格="口味:茶", 分类="饮料", 品牌="山泉", 包装="箱=12", 起订量="6", 步长="6", 描述="好"
        )
        shop.take(table(full | {"10+": "3.40", "VIP": "95%"}))
        before = shop.products()
        plan = shop.take(table(dict.fromkeys(full, "") | {"货号": "TEA-1", "10+": "", "VIP": ""}))
        assert plan.skus == Counts(unchanged=1)
        assert shop.products() == before
        assert shop.ladder("TEA-1") == a.ladder((1, "3.50"), (10, "3.40"))

    def test_a_dry_run_changes_nothing(self, shop: Market) -> None:
        assert shop.plan(table(goods())).skus == Counts(new=1)
        assert shop.products() == ()

    def test_what_is_planned_is_what_is_done(self, shop: Market) -> None:
        shop.take(table(goods()))
        rows = table(goods(价格="4"), goods(货号="B", 规格="口味:茶"))
        assert shop.plan(rows) == shop.take(rows)

    def test_a_product_is_renamed_by_all_its_skus(self, shop: Market) -> None:
        shop.take(table(goods(货号="A", 规格="容量:大"), goods(货号="B", 规格="容量:小")))
        before = shop.products()[0]
        shop.take(
            table(
                goods(货号="A", 商品名称="红茶"),
                goods(货号="B", 商品名称="红茶"),
                goods(货号="C", 商品名称="红茶"),
            )
        )
        after = shop.products()[0]
        assert (after.id, after.name) == (before.id, "红茶")
        assert [sku.name for sku in after.skus] == ["红茶 大", "红茶 小", "红茶"]

    def test_the_first_rung_follows_the_minimum(self, shop: Market) -> None:
        row = goods(单位="公斤", 价格="8")
        shop.take(table(row | {"VIP": "7"}))
        shop.take(table(row | {"起订量": "0.5", "步长": "0.5", "价格": ""}))
        assert shop.ladder("TEA-1") == a.ladder(("0.5", "8"))
        assert shop.ladder("TEA-1", "VIP") == a.ladder(("0.5", "7"))

    def test_new_skus_of_a_known_product_join_it(self, shop: Market) -> None:
        shop.take(table(goods(分类="饮料")))
        shop.take(table(goods(货号="B", 分类="饮料")))
        assert [[sku.code for sku in one.skus] for one in shop.products()] == [["TEA-1", "B"]]


class TestStock:
    def test_stock_of_known_skus_is_left_alone(self, shop: Market) -> None:
        shop.take(table(goods() | {"库存 MAIN": "10"}))
        plan = shop.take(table(goods() | {"库存 MAIN": "4"}))
        item = shop.item("TEA-1")
        assert item is not None
        assert (plan.skus, item.on_hand) == (Counts(unchanged=1), a.pieces(10))

    def test_stock_of_known_skus_is_counted_where_that_is_asked_for(self, shop: Market) -> None:
        shop.take(table(goods() | {"库存 MAIN": "10"}))
        plan = shop.take(table(goods() | {"库存 MAIN": "4", "库存 EAST": "3"}), set_stock=True)
        found = [shop.item("TEA-1", code) for code in ("MAIN", "EAST")]
        assert [one.on_hand for one in found if one] == [a.pieces(4), a.pieces(3)]
        assert [(one.old, one.new) for one in plan.changed] == [("10", "4"), ("0", "3")]
        assert shop.take(table(goods() | {"库存 MAIN": "4"}), set_stock=True).movements == 0
        assert list(shop.database.audit.findings()) == []

    def test_a_count_below_what_is_reserved_is_refused(self, shop: Market) -> None:
        shop.take(table(goods() | {"库存 MAIN": "10"}))
        reserve(shop, "TEA-1", 6)
        plan = shop.plan(table(goods() | {"库存 MAIN": "5"}), set_stock=True)
        assert plan.refused == (RowRefused(2, "库存 MAIN", Reason.BELOW_RESERVED, "5"),)
        assert shop.take(table(goods() | {"库存 MAIN": "6"}), set_stock=True).movements == 1


def reserve(shop: Market, code: str, many: int) -> None:
    """Place an order for so many."""
    product = shop.products()[0]
    buyer = a.buyer(shop.ids, customer=shop.customer)
    order = a.order(shop.ids, buyer=buyer, lines=[a.order_line(product, sku=shop.sku(code), quantity=many)])
    with shop.storing() as storage:
        storage.bulk.add([buyer])
        storage.orders.add(order)
        storage.stock.reserve(
            [
                Reservation(
                    order_id=order.id,
                    line=0,
                    sku_id=shop.sku(code).id,
                    warehouse_id=shop.warehouses["MAIN"].id,
                    quantity=a.pieces(many),
                )
            ]
        )


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("cells", "column", "reason"),
        [
            ({"货号": ""}, "货号", Reason.REQUIRED),
            ({"商品名称": ""}, "商品名称", Reason.REQUIRED),
            ({"单位": ""}, "单位", Reason.REQUIRED),
            ({"价格": ""}, "价格", Reason.REQUIRED),
            ({"货号": "x" * 65}, "货号", Reason.TOO_LONG),
            ({"商品名称": "x" * 201}, "商品名称", Reason.TOO_LONG),
            ({"货号": "a\x00b"}, "货号", Reason.NOT_PRINTABLE),
            ({"规格": "大"}, "规格", Reason.OPTIONS_SYNTAX),
            ({"规格": "容量:大;容量:小"}, "规格", Reason.OPTIONS_SYNTAX),
            ({"包装": "箱"}, "包装", Reason.PACKS_SYNTAX),
            ({"包装": "箱=0"}, "包装", Reason.PACKS_SYNTAX),
            ({"包装": "箱=1/0"}, "包装", Reason.PACKS_SYNTAX),
            ({"包装": "箱=24包"}, "包装", Reason.PACKS_SYNTAX),
            ({"包装": "瓶=24"}, "包装", Reason.UNIT_TWICE),
            ({"分类": "饮料//茶"}, "分类", Reason.CATEGORY_SYNTAX),
            ({"分类": "/".join("abcdefghi")}, "分类", Reason.CATEGORY_SYNTAX),
            ({"起订量": "很多"}, "起订量", Reason.NOT_A_QUANTITY),
            ({"起订量": "0"}, "起订量", Reason.NOT_A_QUANTITY),
            ({"步长": "-1"}, "步长", Reason.NOT_A_QUANTITY),
            ({"步长": "0.5"}, "步长", Reason.NOT_OF_THE_UNIT),
            ({"库存 主仓": "1.5"}, "库存 主仓", Reason.NOT_OF_THE_UNIT),
            ({"库存 主仓": "-2"}, "库存 主仓", Reason.NOT_A_QUANTITY),
            ({"价格": "-1"}, "价格", Reason.NOT_A_PRICE),
            ({"价格": "NaN"}, "价格", Reason.NOT_A_PRICE),
            ({"价格": "1e3"}, "价格", Reason.NOT_A_PRICE),
            ({"价格": "3,50"}, "价格", Reason.NOT_A_PRICE),
            ({"价格": "3.505"}, "价格", Reason.TOO_FINE),
            ({"价格": "999999999"}, "价格", Reason.NOT_A_PRICE),
            ({"价格": "95%"}, "价格", Reason.PERCENTAGE_OF_NOTHING),
            ({"10+": "95%"}, "10+", Reason.PERCENTAGE_OF_NOTHING),
            ({"VIP": "1001%"}, "VIP", Reason.NOT_A_PERCENTAGE),
            ({"VIP": "九折"}, "VIP", Reason.NOT_A_PRICE),
            ({"1+": "3"}, "1+", Reason.BREAKS),
        ],
    )
    def test_a_bad_cell_is_named(
        self, shop: Market, cells: Mapping[str, str], column: str, reason: Reason
    ) -> None:
        found = shop.refusals(goods(货号="GOOD"), {**goods(), **cells})
        assert found == (RowRefused(3, column, reason, cells[column]),)

    def test_every_bad_cell_of_a_row_is_named(self, shop: Market) -> None:
        found = shop.refusals(goods(价格="x", 规格="x", 单位="瓶"))
        assert {(one.column, one.reason) for one in found} == {
            ("价格", Reason.NOT_A_PRICE),
            ("规格", Reason.OPTIONS_SYNTAX),
        }

    def test_a_code_that_stands_twice_is_refused_twice(self, shop: Market) -> None:
        found = shop.refusals(goods(), goods(货号="B"), goods())
        assert [(one.line, one.reason) for one in found] == [
            (2, Reason.DUPLICATE_CODE),
            (4, Reason.DUPLICATE_CODE),
        ]

    def test_the_unit_of_a_known_sku_does_not_change(self, shop: Market) -> None:
        shop.take(table(goods()))
        assert shop.refusals(goods(单位="箱")) == (RowRefused(2, "单位", Reason.UNIT_CHANGES, "箱"),)
        assert shop.refusals(goods(单位="bottle")) == ()

    def test_a_sku_does_not_move_to_another_product(self, shop: Market) -> None:
        shop.take(table(goods(货号="A"), goods(货号="B"), goods(货号="C", 商品名称="绿茶")))
        one = shop.refusals(goods(货号="A", 商品名称="红茶"))
        assert one == (RowRefused(2, "商品名称", Reason.OTHER_PRODUCT, "红茶"),)
        merged = shop.refusals(goods(货号="C", 商品名称="柠檬茶"))
        assert [refused.reason for refused in merged] == [Reason.OTHER_PRODUCT]

    def test_a_name_that_two_products_have_needs_a_category(self, shop: Market) -> None:
        shop.take(table(goods(货号="A", 分类="饮料"), goods(货号="B", 分类="礼品")))
        assert shop.refusals(goods(货号="C", 分类="")) == (
            RowRefused(2, "商品名称", Reason.AMBIGUOUS_PRODUCT, "柠檬茶"),
        )

    def test_rows_of_one_product_do_not_contradict_each_other(self, shop: Market) -> None:
        found = shop.refusals(goods(货号="A", 品牌="山泉"), goods(货号="B", 品牌="云边"), goods(货号="C"))
        assert found == (RowRefused(3, "品牌", Reason.PRODUCT_DISAGREES, "云边"),)

    def test_a_product_has_so_many_skus(self, shop: Market) -> None:
        found = shop.refusals(*(goods(货号=f"S{at}") for at in range(101)))
        assert [(one.line, one.reason) for one in found] == [(102, Reason.TOO_MANY_SKUS)]

    def test_one_refused_row_refuses_the_file(self, shop: Market) -> None:
        rows = table(goods(), goods(货号="B", 商品名称="绿茶", 价格="x"))
        with pytest.raises(ImportRefused) as refused:
            shop.take(rows)
        assert [one.line for one in refused.value.plan.refused] == [3]
        assert shop.products() == ()

    def test_refused_rows_are_skipped_where_that_is_asked_for(self, shop: Market) -> None:
        plan = shop.take(
            table(goods(), goods(货号="B", 商品名称="绿茶", 价格="x", 分类="空的")), skip_refused=True
        )
        assert (plan.refused_lines, plan.categories) == ((3,), ())
        assert [one.name for one in shop.products()] == ["柠檬茶"]

    def test_unknown_missing_and_repeated_columns_are_named(self, shop: Market) -> None:
        with pytest.raises(ColumnsNotUnderstood) as wrong:
            shop.plan(Table(("商品名称", "Product", "货号", "颜色", "库存 火星", "白金 10+"), []))
        assert wrong.value.unknown == ("颜色", "库存 火星", "白金 10+")
        assert wrong.value.missing == ("单位 / Unit", "价格 / Price")
        assert wrong.value.twice == ("Product",)
        assert {"价格 / Price", "贵宾 10+", "库存 主仓 / Stock MAIN"} <= set(wrong.value.known)

    @pytest.mark.parametrize(
        "missing", [Permission.MANAGE_CATALOG, Permission.MANAGE_PRICES, Permission.MANAGE_STOCK]
    )
    def test_nobody_imports_without_every_permission(self, shop: Market, missing: Permission) -> None:
        verb = ImportCatalog(unit_of_work=shop.database.unit_of_work, clock=a.FixedClock(), ids=shop.ids)
        granted = frozenset(Permission) - {missing}
        clerk = Actor.staff(shop.merchant, id=shop.ids.new(StaffId), granted=granted)
        with pytest.raises(Forbidden):
            verb(actor=clerk, table=table(goods()))
        with pytest.raises(Unauthenticated):
            verb(actor=Actor.guest(shop.merchant), table=table(goods()))


class TestDearerThanBase:
    def test_a_tier_that_would_pay_more_is_flagged(self, shop: Market) -> None:
        plan = shop.plan(table(goods() | {"100+": "3.00", "VIP": "3.20"}))
        dearer = [
            (one.line, one.tier.code, str(one.quantity), one.tier_price.amount) for one in plan.warnings
        ]
        assert dearer == [(2, "VIP", "100", "3.20"), (2, "DEAR", "1", "3.85")]

    def test_lowering_the_base_below_a_tier_is_flagged(self, shop: Market) -> None:
        shop.take(table(goods() | {"VIP": "3.40"}))
        plan = shop.plan(table(goods(价格="3.30")))
        assert ("VIP", "3.40", "3.30") in {
            (one.tier.code, one.tier_price.amount, one.base_price.amount) for one in plan.warnings
        }

    def test_nothing_is_flagged_where_nothing_changes(self, shop: Market) -> None:
        shop.take(table(goods() | {"VIP": "4"}))
        assert shop.plan(table(goods() | {"VIP": "4"})).warnings == ()


PRICES = st.integers(0, 10**7).map(lambda minor: f"{Decimal(minor) / 100}")
SHARES = st.integers(1, 10**4).map(lambda share: f"{Decimal(share) / 100}%")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "商品名称": st.sampled_from(["茶", "水", "酒"]),
            "货号": st.sampled_from("ABCDEFGH"),
            "单位": st.sampled_from(["瓶", "公斤"]),
            "价格": PRICES,
        },
        optional={
            "10+": st.one_of(st.just(""), PRICES),
            "VIP": st.one_of(st.just(""), PRICES, SHARES),
            "VIP 100+": st.one_of(st.just(""), PRICES, SHARES),
            "分类": st.sampled_from(["", "饮料", "饮料/茶", "酒水"]),
            "品牌": st.sampled_from(["", "山泉"]),
            "规格": st.sampled_from(["", "容量:大", "容量:小"]),
            "起订量": st.sampled_from(["", "1", "6"]),
            "库存 主仓": st.sampled_from(["", "0", "12"]),
        },
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(first=ROWS, second=ROWS)
def test_importing_again_changes_nothing(first: list[dict[str, str]], second: list[dict[str, str]]) -> None:
    shop = market(MemoryDatabase())
    for rows in (table(*first), table(*second)):
        planned = shop.plan(rows, skip_refused=True, set_stock=True)
        done = shop.take(rows, skip_refused=True, set_stock=True)
        assert (planned.changed, planned.refused, planned.new) == (done.changed, done.refused, done.new)
        good = table(*(row for at, row in enumerate(rows_of(rows), 2) if at not in done.refused_lines))
        if good.rows:
            again = shop.take(good, set_stock=True)
            assert (again.new, again.changed, again.ladders, again.movements) == ((), (), 0, 0)
    assert list(shop.database.audit.findings()) == []


def rows_of(given: Table) -> list[dict[str, str]]:
    return [dict(zip(given.header, cells, strict=True)) for _, cells in given.rows]
