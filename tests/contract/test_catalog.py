"""The catalog as a list: filters, sorts and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.views.catalog import (
    EVERYTHING,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
)
from application.views.pages import Key, Slice, Window
from domain.catalog import Product
from domain.identity import CategoryId, SkuId
from kit import builders as a
from kit.paging import Page, at_most, walk
from kit.strategies import few
from kit.world import World

BARELY = ProductWant()
ALL = Window(size=100)
KEYS: Mapping[ProductSort, Callable[[Product], Key]] = {
    ProductSort.RELEVANCE: lambda product: (1, product.position, product.id),
    ProductSort.POSITION: lambda product: (product.position, product.id),
    ProductSort.NAME: lambda product: (product.name, product.id),
    ProductSort.NEWEST: lambda product: (product.id,),
    # Guests, who look here, are shown no prices: how goods are sorted by them stands in test_compared.py.
    ProductSort.BEST_SELLING: lambda product: (1, product.position, product.id),
}

pytestmark = pytest.mark.usefixtures("reading")


def pages(world: World, sort: ProductSort, *, filter: ProductFilter = EVERYTHING) -> Page[ProductCard]:
    async def page(window: Window) -> Slice[ProductCard]:
        catalog = world.views(world.shop.guest).catalog
        return await catalog.products(window=window, filter=filter, sort=sort, want=BARELY, count=False)

    return page


async def listed(
    world: World,
    filter: ProductFilter = EVERYTHING,
) -> list[ProductCard]:
    """The first hundred products."""
    page = await pages(world, ProductSort.POSITION, filter=filter)(ALL)
    return [edge.node for edge in page.edges]


async def names(world: World, filter: ProductFilter = EVERYTHING) -> list[str]:
    return [card.name for card in await listed(world, filter)]


def many_products(world: World, number: int = 23) -> list[Product]:
    """Products of which several share a position, and several a name; in one transaction, in no order."""
    made = [
        a.product(
            world.ids,
            name=f"货品 {at % 5}",
            position=at % 4,
            skus=[a.sku(world.ids, code=f"M-{world.ids.new(SkuId)[-6:]}")],
        )
        for at in range(number)
    ]
    world.add(made[::-1])
    return [one for one in (*world.shop.products.values(), *made) if one.for_sale]


class TestFilters:
    async def test_it_lists_what_is_for_sale(self, world: World) -> None:
        assert await names(world) == ["Mixed_Nuts 100%", "柠檬茶", "天然水", "香米", "纸杯"]

    async def test_it_leaves_out_a_product_none_of_whose_skus_is_for_sale(self, world: World) -> None:
        hidden = a.sku(world.ids, code="HIDDEN", for_sale=False)
        world.add([a.product(world.ids, name="停售", skus=[hidden])])
        assert "停售" not in await names(world)

    @pytest.mark.parametrize(
        ("category", "expected"),
        [
            ("drinks", {"柠檬茶", "天然水"}),
            ("tea", {"柠檬茶"}),
            ("iced", {"柠檬茶"}),
            ("water", {"天然水"}),
            ("food", {"香米", "Mixed_Nuts 100%"}),
        ],
    )
    async def test_it_goes_down_the_tree(self, world: World, category: str, expected: set[str]) -> None:
        wanted = ProductFilter(category=world.shop.categories[category].id)
        assert set(await names(world, wanted)) == expected

    async def test_it_filters_by_brand(self, world: World) -> None:
        wanted = ProductFilter(brand=world.shop.brands["spring"].id)
        assert set(await names(world, wanted)) == {"柠檬茶", "天然水"}

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("茶", {"柠檬茶"}),
            ("檬茶 5", {"柠檬茶"}),
            ("米", {"香米"}),
            ("天然", {"天然水"}),
            ("旧装", set()),
            ("汽水", set()),
            ("%", {"Mixed_Nuts 100%"}),
            ("_", {"Mixed_Nuts 100%"}),
            ("d_n", {"Mixed_Nuts 100%"}),
            ("dxn", set()),
            ("0%", {"Mixed_Nuts 100%"}),
            ("%0", set()),
            ("\\", set()),
            ("'", set()),
            ("mixed", {"Mixed_Nuts 100%"}),
            ("NUTS", {"Mixed_Nuts 100%"}),
            ("tea-1l", {"柠檬茶"}),
            ("EA-5", {"柠檬茶"}),
            ("6901234567893", {"柠檬茶"}),
            ("34567893", {"柠檬茶"}),
            ("100", {"Mixed_Nuts 100%", "纸杯"}),
            ("没有", set()),
        ],
    )
    async def test_it_finds_a_part_of_a_name_a_code_or_a_barcode(
        self, world: World, text: str, expected: set[str]
    ) -> None:
        assert set(await names(world, ProductFilter(text=text))) == expected

    async def test_it_finds_everything_with_no_text(self, world: World) -> None:
        assert await names(world, ProductFilter(text="")) == await names(world)

    async def test_it_knows_what_is_in_stock(self, world: World) -> None:
        there = set(await names(world, ProductFilter(in_stock=True)))
        assert there == {"Mixed_Nuts 100%", "柠檬茶", "天然水", "香米"}
        assert set(await names(world, ProductFilter(in_stock=False))) == {"纸杯"}

    async def test_it_does_not_count_what_is_promised_as_in_stock(self, world: World) -> None:
        nuts = world.shop.sku("NUTS")
        world.use.place_order(
            actor=world.shop.buyer(), key=a.key(), basket=a.basket((nuts, 80)), wishes=a.wishes()
        )
        assert "Mixed_Nuts 100%" in await names(world, ProductFilter(in_stock=False))

    async def test_it_holds_all_that_is_asked(self, world: World) -> None:
        shop = world.shop
        wanted = ProductFilter(
            category=shop.categories["drinks"].id, brand=shop.brands["spring"].id, text="茶", in_stock=True
        )
        assert await names(world, wanted) == ["柠檬茶"]
        other = attrs.evolve(wanted, brand=shop.brands["sunny"].id)
        assert await names(world, other) == []

    async def test_it_finds_nothing_by_ids_of_another_merchant(self, world: World) -> None:
        theirs = world.other
        assert await names(world, ProductFilter(category=theirs.categories["drinks"].id)) == []
        assert await names(world, ProductFilter(brand=theirs.brands["spring"].id)) == []
        assert await names(world, ProductFilter(category=world.ids.new(CategoryId))) == []


class TestPages:
    @pytest.mark.parametrize("sort", list(KEYS))
    @pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
    async def test_it_goes_through_the_whole_list(
        self, world: World, sort: ProductSort, *, backwards: bool
    ) -> None:
        products = many_products(world)
        ordered = sorted(products, key=KEYS[sort], reverse=sort is ProductSort.NEWEST)
        expected: list[Key] = [KEYS[sort](product) for product in ordered]
        for sizes in ([1, 7], [5], [len(products)], [100]):
            found = await walk(pages(world, sort), sizes=sizes, backwards=backwards)
            assert [edge.key for edge in found] == expected
            assert [edge.node.id for edge in found] == [product.id for product in ordered]

    @few
    @given(
        sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
        sort=st.sampled_from(list(KEYS)),
        backwards=st.booleans(),
    )
    async def test_it_neither_skips_nor_repeats_while_goods_are_added(
        self, world: World, sizes: Sequence[int], sort: ProductSort, *, backwards: bool
    ) -> None:
        before = {card.id for card in await listed(world)}
        if len(before) < 12:
            before |= {product.id for product in many_products(world, 12)}
        found = await walk(
            pages(world, sort),
            sizes=sizes,
            backwards=backwards,
            between=at_most(2, lambda: self.add_a_few(world)),
        )
        keys = [edge.key for edge in found]
        assert keys == sorted(keys, reverse=sort is ProductSort.NEWEST)
        assert len(set(keys)) == len(keys)
        assert before <= {edge.node.id for edge in found}

    def add_a_few(self, world: World) -> None:
        """Goods at the start and in the middle of the list."""
        many = [
            a.product(
                world.ids,
                name=name,
                position=position,
                skus=[a.sku(world.ids, code=f"L-{world.ids.new(SkuId)[-6:]}")],
            )
            for position, name in ((0, "A"), (3, "货品 2"))
        ]
        world.add(many)

    async def test_it_stays_between_two_keys(self, world: World) -> None:
        page = pages(world, ProductSort.POSITION)
        whole = (await page(ALL)).edges
        inside = await page(Window.of(first=100, after=whole[0].key, before=whole[3].key))
        assert inside.edges == whole[1:3]
        last = await page(Window.of(last=1, after=whole[0].key, before=whole[3].key))
        assert last.edges == whole[2:3]

    async def test_it_knows_when_there_is_no_more(self, world: World) -> None:
        page = pages(world, ProductSort.POSITION)
        whole = await page(Window.of(first=5))
        assert (len(whole.edges), whole.has_next, whole.has_previous) == (5, False, False)
        beyond = await page(Window.of(first=5, after=whole.edges[-1].key))
        assert (beyond.edges, beyond.has_next, beyond.has_previous) == ((), False, True)

    async def test_it_counts_only_when_asked_and_then_the_whole_list(self, world: World) -> None:
        catalog = world.views(world.shop.guest).catalog
        for count, total in ((True, 2), (False, None)):
            page = await catalog.products(
                window=Window(size=1),
                filter=ProductFilter(category=world.shop.categories["drinks"].id),
                sort=ProductSort.NAME,
                want=BARELY,
                count=count,
            )
            assert page.total == total
