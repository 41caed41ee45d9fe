"""The stock as the merchant's staff see it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.authorization import Permission
from application.views.catalog import SkuHead
from application.views.inventory import StockCard, WarehouseCard
from application.views.pages import Slice, Window
from domain.identity import SkuId, WarehouseId
from kit import builders as a
from kit.paging import Page, at_most, walk
from kit.strategies import few
from kit.world import World

ALL = Window(size=100)
pytestmark = pytest.mark.usefixtures("reading")


def pages(
    world: World, *, sku_ids: Sequence[SkuId] | None = None, warehouse_id: WarehouseId | None = None
) -> Page[StockCard]:
    async def page(window: Window) -> Slice[StockCard]:
        book = world.views(world.shop.clerk).stock
        return await book.items(window=window, sku_ids=sku_ids, warehouse_id=warehouse_id, count=False)

    return page


def read(found: Slice[StockCard]) -> list[tuple[str, str, str]]:
    """Which SKU, where, how many on hand."""
    return [(edge.node.sku.code, edge.node.warehouse.code, str(edge.node.on_hand)) for edge in found.edges]


class TestItems:
    async def test_it_lists_every_item_by_code_and_warehouse(self, world: World) -> None:
        found = await pages(world)(ALL)
        assert read(found) == [
            ("CUP", "MAIN", "0"),
            ("NUTS", "MAIN", "80"),
            ("RICE", "SECOND", "500"),
            ("TEA-1L", "MAIN", "12"),
            ("TEA-500", "MAIN", "240"),
            ("TEA-500", "SECOND", "120"),
            ("WATER-550", "MAIN", "1000"),
            ("WATER-550", "SECOND", "1000"),
        ]
        assert [edge.key for edge in found.edges] == [
            (edge.node.sku.code, edge.node.warehouse.id) for edge in found.edges
        ]

    async def test_it_tells_what_is_on_hand_reserved_and_available(self, world: World) -> None:
        shop, tea = world.shop, world.shop.sku("TEA-500")
        world.use.place_order(actor=shop.buyer(), key=a.key(), basket=a.basket((tea, 7)), wishes=a.wishes())
        main = shop.warehouses["main"]
        found = await pages(world, sku_ids=[tea.id], warehouse_id=main.id)(ALL)
        assert [edge.node for edge in found.edges] == [
            StockCard(
                sku=SkuHead(id=tea.id, code=tea.code, name=tea.name),
                warehouse=WarehouseCard(id=main.id, code=main.code, name=main.name),
                on_hand=a.pieces(240),
                reserved=a.pieces(7),
                available=a.pieces(233),
            )
        ]

    async def test_it_filters_by_sku_and_warehouse(self, world: World) -> None:
        shop = world.shop
        tea, rice, soda = (shop.sku(code).id for code in ("TEA-500", "RICE", "SODA"))
        second = shop.warehouses["second"].id
        assert read(await pages(world, sku_ids=[rice, soda, tea], warehouse_id=second)(ALL)) == [
            ("RICE", "SECOND", "500"),
            ("TEA-500", "SECOND", "120"),
        ]
        assert read(await pages(world, sku_ids=[])(ALL)) == []

    async def test_it_shows_nothing_to_staff_who_may_not_look(self, world: World) -> None:
        book = world.views(world.shop.colleague(Permission.VIEW_ORDERS)).stock
        assert await book.items(window=ALL, sku_ids=None, warehouse_id=None, count=False) == Slice()

    async def test_it_finds_nothing_of_another_merchant(self, world: World) -> None:
        theirs = world.other
        assert read(await pages(world, sku_ids=[theirs.sku("RICE").id])(ALL)) == []
        assert read(await pages(world, warehouse_id=theirs.warehouses["main"].id)(ALL)) == []

    @pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
    async def test_it_goes_through_the_whole_list(self, world: World, *, backwards: bool) -> None:
        whole = (await pages(world)(ALL)).edges
        for sizes in ([1, 3], [2], [8], [100]):
            assert tuple(await walk(pages(world), sizes=sizes, backwards=backwards)) == whole

    @few
    @given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=3), backwards=st.booleans())
    async def test_it_neither_skips_nor_repeats_while_items_are_added(
        self, world: World, sizes: Sequence[int], *, backwards: bool
    ) -> None:
        before = {edge.key for edge in (await pages(world)(ALL)).edges}

        def grow() -> None:
            sku = a.sku(world.ids, code=f"N-{world.ids.new(SkuId)[-5:]}")
            item = a.stock_item(sku, world.shop.warehouses["main"], on_hand=1)
            world.add([a.product(world.ids, skus=[sku])], [item])

        found = await walk(pages(world), sizes=sizes, backwards=backwards, between=at_most(2, grow))
        keys = [edge.key for edge in found]
        assert keys == sorted(set(keys))
        assert before <= set(keys)

    async def test_it_counts_only_when_asked_and_then_the_whole_list(self, world: World) -> None:
        book = world.views(world.shop.clerk).stock
        main = world.shop.warehouses["main"].id
        for warehouse_id, total in ((None, 8), (main, 5)):
            for count, expected in ((True, total), (False, None)):
                page = await book.items(
                    window=Window(size=1), sku_ids=None, warehouse_id=warehouse_id, count=count
                )
                assert page.total == expected


class TestWarehouses:
    async def test_it_names_them_by_priority(self, world: World) -> None:
        world.add([a.warehouse(world.ids, code="FIRST", priority=-1)])
        found = await world.views(world.shop.clerk).stock.warehouses()
        assert [one.code for one in found] == ["FIRST", "MAIN", "SECOND"]
