"""The search for goods: one meaning in memory and in the tables, whether a text leads to few goods or to many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.persistence import search
from adapters.persistence.wording import Sought, Wording
from application.views.catalog import BY_PRICE, ProductFilter, ProductSort, ProductWant
from application.views.pages import Window
from domain.catalog import Product
from domain.identity import SkuId
from kit import builders as a
from kit.strategies import few
from kit.world import Shop, World

pytestmark = pytest.mark.usefixtures("reading")
SMALL = "柠檬茶水 aAbB01-_%'"
words = st.text(SMALL, min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
texts = st.text(SMALL, min_size=1, max_size=5)


@pytest.fixture(params=[search.FEW, 1], ids=["few", "many"])
def most(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look goods up by tokens, or go through the list wherever there are two of them."""
    monkeypatch.setattr(search, "FEW", request.param)


async def found(
    world: World,
    text: str,
    *,
    sort: ProductSort = ProductSort.POSITION,
    of: Shop | None = None,
    size: int = 2,
    **more: Any,
) -> list[str]:
    """The names of what a text finds, page by page."""
    shop = of or world.shop
    # A guest, who sees no prices, is not told either in which order they are.
    catalog = world.views(shop.buyer() if sort in BY_PRICE else shop.guest).catalog
    filter = ProductFilter(text=text, **more)
    names: list[str] = []
    window = Window(size=size)
    while True:
        page = await catalog.products(window=window, filter=filter, sort=sort, want=ProductWant(), count=True)
        names += [edge.node.name for edge in page.edges]
        if not page.has_next:
            assert page.total == len(names)
            return names
        window = Window(size=size, after=page.edges[-1].key)


def replace(world: World, product: Product) -> None:
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.bulk.replace([product])


def an(world: World, name: str, *, position: int = 0) -> Product:
    code = f"X-{world.ids.new(SkuId)[-6:]}"
    return a.product(world.ids, name=name, position=position, skus=[a.sku(world.ids, code=code, name=name)])


@pytest.mark.usefixtures("most")
class TestSearch:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("茶", ["柠檬茶"]),
            ("天然", ["天然水"]),
            ("ningmeng", ["柠檬茶"]),
            ("nm", ["柠檬茶"]),
            ("trs", ["天然水"]),
            ("xiangmi", ["香米"]),
            ("clxm", ["香米"]),
            ("ｔｅａ－１ｌ", ["柠檬茶"]),
            ("6901234567893", ["柠檬茶"]),
            ("67893", ["柠檬茶"]),
            ("旧装", []),
            ("qishui", []),
            ("没有", []),
            ("!", []),
            ("m", ["Mixed_Nuts 100%", "柠檬茶", "天然水", "香米"]),
        ],
    )
    async def test_it_finds(self, world: World, text: str, expected: list[str]) -> None:
        assert await found(world, text) == expected

    @pytest.mark.parametrize("text", [" ", "\u3000\t"])
    async def test_it_finds_everything_where_nothing_is_looked_for(self, world: World, text: str) -> None:
        assert await found(world, text) == await found(world, "")

    @pytest.mark.parametrize("sort", ProductSort)
    async def test_it_sorts_as_the_list_does(self, world: World, sort: ProductSort) -> None:
        world.add([an(world, f"茶 {number * 7 % 10}", position=number * 3 % 10) for number in range(10)])
        everything = await found(world, "", sort=sort)
        assert await found(world, "茶", sort=sort) == [name for name in everything if "茶" in name]

    async def test_it_holds_with_every_other_filter(self, world: World) -> None:
        drinks, food = (world.shop.categories[name].id for name in ("drinks", "food"))
        assert await found(world, "m", category=food) == ["Mixed_Nuts 100%", "香米"]
        assert await found(world, "m", category=drinks, in_stock=True) == ["柠檬茶", "天然水"]
        assert await found(world, "m", category=drinks, in_stock=False) == []
        assert await found(world, "m", brand=world.shop.brands["spring"].id) == ["柠檬茶", "天然水"]

    async def test_it_finds_nothing_of_another_merchant(self, world: World) -> None:
        world.add([an(world, "独家新品")])
        assert await found(world, "独家") == ["独家新品"]
        assert await found(world, "独家", of=world.other) == []

    async def test_it_follows_a_product_that_changes(self, world: World) -> None:
        old = an(world, "普洱茶砖")
        world.add([old])
        renamed = attrs.evolve(old, name="白牡丹", skus=(attrs.evolve(old.skus[0], name="白牡丹"),))
        for _ in range(2):
            replace(world, renamed)
            assert await found(world, "普洱") == [] and await found(world, "pecz") == []
            assert await found(world, "牡丹") == ["白牡丹"] and await found(world, "bmd") == ["白牡丹"]
            replace(world, old)
            assert await found(world, "普洱") == ["普洱茶砖"] and await found(world, "pecz") == ["普洱茶砖"]
            assert await found(world, "牡丹") == [] and await found(world, "bmd") == []

    async def test_it_follows_a_sku_that_is_no_longer_for_sale(self, world: World) -> None:
        skus = [a.sku(world.ids, code=code, name=name) for code, name in (("S-1", "小罐"), ("S-2", "大罐"))]
        product = a.product(world.ids, name="龙井", skus=skus)
        world.add([product])
        assert await found(world, "大罐") == ["龙井"] and await found(world, "s-2") == ["龙井"]
        replace(
            world,
            attrs.evolve(product, skus=(product.skus[0], attrs.evolve(product.skus[1], for_sale=False))),
        )
        assert await found(world, "大罐") == [] and await found(world, "s-2") == []
        assert await found(world, "小罐") == ["龙井"]

    async def test_it_finds_what_was_stored_by_replacing(self, world: World) -> None:
        replace(world, an(world, "全新单品"))
        assert await found(world, "quanxin") == ["全新单品"]

    async def test_it_finds_each_of_very_many_that_were_stored_together(self, world: World) -> None:
        world.add([an(world, f"散装糖果{number:03}") for number in range(70)])
        assert len(await found(world, "糖果", size=50)) == 70
        assert await found(world, "糖果042") == ["散装糖果042"]

    @few
    @given(st.lists(st.tuples(words, words, words), min_size=1, max_size=3), st.lists(texts, max_size=5))
    async def test_it_finds_what_the_words_of_the_goods_say(
        self, world: World, made: Sequence[tuple[str, str, str]], sought: Sequence[str]
    ) -> None:
        world.add([self.product(world, *one) for one in made])
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            goods = sorted(storage.products.all(), key=lambda product: (product.position, product.id))
        listed = [one for one in goods if one.for_sale and any(sku.for_sale for sku in one.skus)]
        for text in (*sought, made[0][0][-3:], made[-1][2][:2], made[0][1]):
            asked = Sought.of(text)
            expected = [one.name for one in listed if asked is None or asked.finds(Wording.of(one))]
            assert await found(world, text, size=100) == expected

    def product(self, world: World, name: str, sku: str, barcode: str) -> Product:
        code = f"Y-{world.ids.new(SkuId)[-6:]}"
        return a.product(world.ids, name=name, skus=[a.sku(world.ids, code=code, name=sku, barcode=barcode)])
