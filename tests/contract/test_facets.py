"""Goods narrowed down: filters of several choices, what was bought before, and the counts of facets, which are told by
what the memory finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, HiddenReason
from application.views.catalog import (
    EVERYTHING,
    CategoryWant,
    OptionFilter,
    PricesNotCompared,
    ProductFilter,
    ProductSort,
    ProductWant,
)
from application.views.facets import Counted, Facets, FacetsWant
from application.views.pages import Window
from domain.catalog import Option, Product
from domain.identity import OrderId
from domain.money import UnitPrice
from domain.price_ranges import PriceRange
from domain.visibility import Visibility
from kit import builders as a
from kit.paging import walk
from kit.strategies import few
from kit.world import World, furnish, show

pytestmark = pytest.mark.usefixtures("reading")
ALL = Window(size=100)
EACH = FacetsWant(
    categories=CategoryWant(parent=CategoryWant()),
    brands=True,
    options=True,
    stock=True,
    bought_before=True,
    prices=True,
)


async def names(
    world: World,
    filter: ProductFilter = EVERYTHING,
    *,
    by: Actor | None = None,
    sort: ProductSort = ProductSort.POSITION,
) -> list[str]:
    catalog = world.views(by or world.shop.buyer()).catalog
    page = await catalog.products(window=ALL, filter=filter, sort=sort, want=ProductWant(), count=True)
    assert page.total == len(page.edges)
    return [edge.node.name for edge in page.edges]


async def many(world: World, filter: ProductFilter, *, by: Actor) -> int:
    return len(await names(world, filter, by=by))


async def facets(
    world: World,
    filter: ProductFilter = EVERYTHING,
    *,
    by: Actor | None = None,
    edges: Sequence[UnitPrice] = (),
) -> Facets:
    catalog = world.views(by or world.shop.buyer()).catalog
    return await catalog.facets(filter=filter, want=EACH, edges=edges)


def buy(world: World, *codes: str, by: str = "regular") -> OrderId:
    """Let a buyer order one of each, as much as it takes."""
    skus = [world.shop.sku(code) for code in codes]
    basket = a.basket(*((sku, sku.rule.minimum.thousandths // 1000) for sku in skus))
    key = a.key(f"buy {by} {codes} {world.ids.new(OrderId)}")
    return world.use.place_order(actor=world.shop.buyer(by), key=key, basket=basket, wishes=a.wishes()).id


def shirts(world: World) -> Sequence[Product]:
    """Two products in several colours and sizes, one of which is not for sale in one of them."""

    def one(name: str, at: int, *skus: tuple[str, str, bool]) -> Product:
        return a.product(
            world.ids,
            name=name,
            position=90 + at,
            brand=world.shop.brands["sunny"],
            skus=[
                attrs.evolve(
                    a.sku(world.ids, code=f"{name}-{colour}-{size}", name=f"{colour}{size}"),
                    options=(Option("颜色", colour), Option("尺码", size)),
                    for_sale=for_sale,
                )
                for colour, size, for_sale in skus
            ],
        )

    made = [
        one("圆领", 0, ("红", "L", True), ("红", "M", True), ("蓝", "M", True)),
        one("翻领", 1, ("红", "M", False), ("蓝", "L", True)),
    ]
    world.add(made)
    stocked = [made[0].skus[2], made[1].skus[1]]
    world.add([a.stock_item(sku, world.shop.warehouses["main"], on_hand=9) for sku in stocked])
    return made


class TestBoughtBefore:
    async def test_it_is_what_the_company_ordered_and_did_not_call_off(self, world: World) -> None:
        before, never = ProductFilter(bought_before=True), ProductFilter(bought_before=False)
        everything = await names(world)
        assert await names(world, before) == [] and await names(world, never) == everything
        order = buy(world, "RICE", "NUTS")
        assert sorted(await names(world, before)) == ["Mixed_Nuts 100%", "香米"]
        assert sorted([*await names(world, before), *await names(world, never)]) == sorted(everything)
        again = buy(world, "RICE")
        clerk = world.shop.clerk
        world.use.cancel_order(actor=clerk, key=a.key("off"), order_id=order)
        assert await names(world, before) == ["香米"]
        world.use.cancel_order(actor=clerk, key=a.key("off too"), order_id=again)
        assert await names(world, before) == []

    async def test_it_is_nobody_elses(self, world: World) -> None:
        buy(world, "RICE", by="vip")
        shop, before = world.shop, ProductFilter(bought_before=True)
        for other in (shop.buyer(), shop.guest, shop.clerk, world.other.buyer("vip")):
            assert await names(world, before, by=other) == []
            page = await world.views(other).catalog.products(
                window=ALL,
                filter=EVERYTHING,
                sort=ProductSort.RELEVANCE,
                want=ProductWant(bought_before=True),
                count=False,
            )
            assert {edge.node.bought_before for edge in page.edges} == {False}
        assert await names(world, before, by=shop.buyer("vip")) == ["香米"]

    async def test_it_comes_first_and_is_told(self, world: World) -> None:
        buy(world, "RICE")
        everything = await names(world)
        found = await names(world, sort=ProductSort.RELEVANCE)
        assert found == ["香米", *(name for name in everything if name != "香米")]
        catalog = world.views(world.shop.buyer()).catalog
        for sort in ProductSort:
            page = await catalog.products(
                window=ALL, filter=EVERYTHING, sort=sort, want=ProductWant(bought_before=True), count=False
            )
            told = {edge.node.name: edge.node.bought_before for edge in page.edges}
            assert told == {name: name == "香米" for name in everything}
        ids = [one.id for one in world.shop.products.values()]
        cards = await catalog.products_by_id(ids, want=ProductWant(bought_before=True))
        assert {card.name for card in cards.values() if card.bought_before} == {"香米"}

    @pytest.mark.parametrize("text", [None, "茶", "c"])
    @pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
    @pytest.mark.parametrize("few_enough", [600, 1], ids=["few", "many"])
    async def test_it_pages_through_both_parts(
        self,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        text: str | None,
        few_enough: int,
        *,
        backwards: bool,
    ) -> None:
        monkeypatch.setattr("adapters.persistence.search.FEW", few_enough)
        skus = [a.sku(world.ids, code=f"T-{at}", name=f"茶 {at}") for at in range(11)]
        products = [
            a.product(world.ids, name=f"茶 {at}", position=at * 7 % 11, skus=[sku])
            for at, sku in enumerate(skus)
        ]
        lines = [a.order_line(products[at]) for at in (9, 2, 4)]
        order = a.order(world.ids, buyer=world.shop.buyers["regular"], lines=lines)
        world.add(products, [a.as_stored(order, number=77)])
        filter, catalog = ProductFilter(text=text), world.views(world.shop.buyer()).catalog

        async def page(window: Window) -> Any:
            return await catalog.products(
                window=window, filter=filter, sort=ProductSort.RELEVANCE, want=ProductWant(), count=False
            )

        whole = await page(ALL)
        assert [edge.key[0] for edge in whole.edges][:4] == [0, 0, 0, 1]
        assert [edge.key for edge in whole.edges] == sorted(edge.key for edge in whole.edges)
        for sizes in ([1, 2], [3], [4, 1]):
            found = await walk(page, sizes=sizes, backwards=backwards)
            assert [edge.key for edge in found] == [edge.key for edge in whole.edges]


class TestFilters:
    async def test_one_of_several_choices_will_do(self, world: World) -> None:
        shop = world.shop
        tea, food = shop.categories["tea"].id, shop.categories["food"].id
        spring, sunny = (shop.brands[name].id for name in ("spring", "sunny"))
        of_food = await names(world, ProductFilter(category=food))
        of_tea = await names(world, ProductFilter(category=tea))
        both = await names(world, ProductFilter(categories=frozenset({tea, food})))
        assert sorted(both) == sorted({*of_food, *of_tea}) and len(both) > len(of_food)
        brands = await names(world, ProductFilter(brands=frozenset({spring, sunny})))
        each = [await names(world, ProductFilter(brand=one)) for one in (spring, sunny)]
        assert sorted(brands) == sorted([*each[0], *each[1]]) and all(each)
        narrowed = ProductFilter(brands=frozenset({spring, sunny}), brand=spring, categories=frozenset({tea}))
        assert await names(world, narrowed) == [name for name in each[0] if name in of_tea]
        theirs = world.other.categories["tea"].id, world.other.brands["spring"].id
        assert await names(world, ProductFilter(categories=frozenset({theirs[0]}))) == []
        assert await names(world, ProductFilter(brands=frozenset({theirs[1]}))) == []

    async def test_one_sku_for_sale_meets_all_options(self, world: World) -> None:
        shirts(world)

        def which(**asked: str) -> ProductFilter:
            return ProductFilter(
                options=tuple(
                    OptionFilter(name=name, values=frozenset(values.split()))
                    for name, values in asked.items()
                )
            )

        assert await names(world, which(颜色="红")) == ["圆领"]
        assert await names(world, which(颜色="蓝")) == ["圆领", "翻领"]
        assert await names(world, which(颜色="蓝", 尺码="L")) == ["翻领"]
        assert await names(world, which(颜色="红 蓝", 尺码="L")) == ["圆领", "翻领"]
        assert await names(world, which(颜色="红", 尺码="S")) == []
        assert await names(world, which(尺码="红")) == []
        assert await names(world, attrs.evolve(which(颜色="红"), in_stock=True)) == []
        assert await names(world, attrs.evolve(which(颜色="红"), in_stock=False)) == ["圆领"]
        assert await names(world, attrs.evolve(which(颜色="蓝"), in_stock=True)) == ["圆领", "翻领"]


def dress(world: World) -> None:
    """Goods with options, some of them bought, one of them kept from some."""
    shirts(world)
    buy(world, "RICE", "TEA-500")
    buy(world, "WATER-550", by="vip")
    show(world, "water", Visibility(hidden_from=frozenset({world.shop.customers["regular"].id})))


CATEGORIES = ("drinks", "tea", "food")
options = st.lists(
    st.sampled_from([("颜色", "红"), ("颜色", "蓝"), ("颜色", "红 蓝"), ("尺码", "L"), ("尺码", "M S")]),
    max_size=2,
    unique_by=lambda one: one[0],
)
filters = st.fixed_dictionaries(
    {
        "category": st.sampled_from([None, None, *CATEGORIES]),
        "categories": st.sets(st.sampled_from(CATEGORIES), max_size=2),
        "brand": st.sampled_from([None, None, "spring", "sunny"]),
        "brands": st.sets(st.sampled_from(["spring", "sunny"]), max_size=2),
        "text": st.sampled_from([None, None, "领", "c", "6901", "没有"]),
        "options": options,
        "in_stock": st.sampled_from([None, None, True, False]),
        "bought_before": st.sampled_from([None, None, True, False]),
        "price": st.sampled_from([None, None, (None, "3"), ("1", "5"), ("2.5", None)]),
        "edges": st.sampled_from([(), (), ("2",), ("5", "1", "3", "3"), ("1000",)]),
    }
)


class TestFacets:
    async def test_they_are_told_for_all_goods(self, world: World) -> None:
        dress(world)
        by = await self.actor(world, "regular")
        found, listed = await facets(world, by=by), await names(world, by=by)
        assert "天然水" not in listed and found.total == len(listed)
        assert found.in_stock + found.out_of_stock == found.total and found.bought_before == 2
        assert [(one.name, [*one.values]) for one in found.options if one.name in ("颜色", "尺码")] == [
            ("尺码", [Counted("L", 2), Counted("M", 1)]),
            ("颜色", [Counted("蓝", 2), Counted("红", 1)]),
        ]
        tea = next(one for one in found.categories if one.choice.name == "茶饮")
        assert tea.choice.parent is not None and tea.choice.parent.name == "饮料"

    async def test_what_is_not_asked_for_is_not_counted(self, world: World) -> None:
        catalog = world.views(world.shop.buyer()).catalog
        found = await catalog.facets(filter=EVERYTHING, want=FacetsWant())
        assert found == Facets(total=len(await names(world)))

    async def test_there_are_none_of_another_merchant(self, world: World) -> None:
        shop, other = world.shop, world.other
        found = await facets(world, by=other.buyer())
        categories, brands = ({one.choice for one in some} for some in (found.categories, found.brands))
        assert {one.id for one in brands} == {one.id for one in other.brands.values()}
        assert {one.id for one in categories}.isdisjoint(one.id for one in shop.categories.values())

    @few
    @given(filters, st.sampled_from(["regular", "vip", "guest", "clerk"]), st.booleans())
    async def test_each_counts_what_would_be_found(
        self, world: World, asked: Mapping[str, Any], who: str, most: bool
    ) -> None:
        """The count beside a choice is how many the list has with it; and what the memory counts."""
        if "颜色" not in {option.name for option in (await facets(world, by=world.shop.clerk)).options}:
            dress(world)
        twin = attrs.evolve(furnish(MemoryDatabase()), ids=a.SeededIds(1))
        dress(twin)
        filter, by = self.filter(world, asked), await self.actor(world, who)
        edges = [a.yuan(one) for one in asked["edges"]]
        if who == "guest":
            for here in (world, twin) if filter.price else ():
                with pytest.raises(PricesNotCompared) as refused:
                    await facets(here, filter, by=by)
                assert refused.value.reason is HiddenReason.LOGIN_REQUIRED
            filter = attrs.evolve(filter, price=None)
        found = await facets(world, filter, by=by, edges=edges)
        assert found == await facets(twin, filter, by=by, edges=edges)
        hidden = HiddenReason.LOGIN_REQUIRED if who == "guest" else None
        assert (found.prices is None, found.prices_hidden) == (hidden is not None, hidden)
        for price in found.prices or ():
            assert price.many == await many(world, attrs.evolve(filter, price=price.choice), by=by)
            ends = {price.choice.start, price.choice.end} - {None}
            assert not edges or ends <= {*edges}
        if found.prices:
            anything = attrs.evolve(filter, price=PriceRange())
            assert sum(one.many for one in found.prices) == await many(world, anything, by=by)
        assert found.total == await many(world, filter, by=by)
        for category in found.categories:
            alone = attrs.evolve(filter, category=category.choice.id, categories=frozenset())
            assert category.many == await many(world, alone, by=by)
        for brand in found.brands:
            alone = attrs.evolve(filter, brand=brand.choice.id, brands=frozenset())
            assert brand.many == await many(world, alone, by=by)
        for option in found.options:
            others = tuple(one for one in filter.options if one.name != option.name)
            for value in option.values:
                one = OptionFilter(name=option.name, values=frozenset({value.choice}))
                assert value.many == await many(world, attrs.evolve(filter, options=(*others, one)), by=by)
        for in_stock, count in ((True, found.in_stock), (False, found.out_of_stock)):
            assert count == await many(world, attrs.evolve(filter, in_stock=in_stock), by=by)
        assert found.bought_before == await many(world, attrs.evolve(filter, bought_before=True), by=by)

    async def actor(self, world: World, who: str) -> Actor:
        if who == "guest":
            return await world.database.directory.guest(slug=world.shop.merchant.slug)
        known = world.shop.clerk if who == "clerk" else world.shop.buyer(who)
        return await world.database.directory.actor(a.claims(known), at=world.clock.now())

    def filter(self, world: World, asked: Mapping[str, Any]) -> ProductFilter:
        categories, brands = world.shop.categories, world.shop.brands
        return ProductFilter(
            category=categories[asked["category"]].id if asked["category"] else None,
            categories=frozenset(categories[one].id for one in asked["categories"]),
            brand=brands[asked["brand"]].id if asked["brand"] else None,
            brands=frozenset(brands[one].id for one in asked["brands"]),
            text=asked["text"],
            options=tuple(
                OptionFilter(name=name, values=frozenset(values.split())) for name, values in asked["options"]
            ),
            in_stock=asked["in_stock"],
            bought_before=asked["bought_before"],
            price=PriceRange(*(one and a.yuan(one) for one in asked["price"])) if asked["price"] else None,
        )
