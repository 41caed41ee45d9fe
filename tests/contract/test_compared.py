"""Goods compared by price: the order, and what is kept, is what the prices say that the caller is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import attrs
import pytest

from adapters.persistence.compared import _skus
from application.authorization import Actor, HiddenReason
from application.views.catalog import (
    EVERYTHING,
    PricesNotCompared,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
    SkuWant,
)
from application.views.facets import FacetsWant
from application.views.pages import Edge, Slice, Window
from domain.catalog import CaseRule, Pack, QuantityRule, Sku, Unit
from domain.identity import SkuId
from domain.merchant import PriceStrategy
from domain.money import Percentage, UnitPrice
from domain.period import ALWAYS, Period
from domain.price_ranges import PriceRange
from domain.pricing import PriceChange, PriceList, PriceSource, PricesSet
from domain.promotions import Schedule
from domain.quantity import Factor
from domain.visibility import Visibility
from kit import builders as a
from kit.api import Api, open_api
from kit.paging import Page, walk
from kit.specials import special
from kit.world import World, show

pytestmark = pytest.mark.usefixtures("reading")
ALL = Window(size=100)
HOUR = timedelta(hours=1)
ASCENDING, DESCENDING = ProductSort.PRICE_ASCENDING, ProductSort.PRICE_DESCENDING
PRICED = ProductWant(skus=SkuWant(price=True))
CALLERS = ("regular", "vip", "clerk", "guest")


def actor(world: World, name: str) -> Actor:
    """Somebody who sees prices."""
    if name == "guest":
        return Actor.guest(attrs.evolve(world.shop.merchant, guest_prices=True))
    return world.shop.clerk if name == "clerk" else world.shop.buyer(name)


def listing(
    world: World,
    sort: ProductSort,
    *,
    by: Actor,
    filter: ProductFilter = EVERYTHING,
    want: ProductWant = PRICED,
    count: bool = False,
) -> Page[ProductCard]:
    async def page(window: Window) -> Slice[ProductCard]:
        catalog = world.views(by).catalog
        return await catalog.products(window=window, filter=filter, sort=sort, want=want, count=count)

    return page


async def listed(world: World, sort: ProductSort, **asked: Any) -> Sequence[Edge[ProductCard]]:
    page = await listing(world, sort, count=True, **asked)(ALL)
    assert page.total == len(page.edges)
    return page.edges


def cost(card: ProductCard) -> UnitPrice | None:
    """The lowest of the prices that are shown beside its SKUs."""
    shown = [sku.price(quantity=Decimal(sku.min_quantity.thousandths) / 1000, unit=None) for sku in card.skus]
    prices = [one.unit_price for one in shown if one is not None]
    return min(prices, key=lambda price: price.ten_thousandths, default=None)


def in_order(cards: Collection[ProductCard], *, descending: bool) -> Sequence[str]:
    """How a person would sort them."""
    priced = [(price.ten_thousandths, card.id) for card in cards if (price := cost(card)) is not None]
    by_id = sorted(priced, key=lambda one: one[1])
    unpriced = sorted(card.id for card in cards if cost(card) is None)
    return [*(id for _, id in sorted(by_id, key=lambda one: one[0], reverse=descending)), *unpriced]


def furnish(world: World, chance: Random, *, strategy: PriceStrategy, number: int = 12) -> World:
    """Goods of several SKUs and units, with ladders, dated prices and special prices of all kinds."""
    ids, shop = world.ids, world.shop
    case = Pack(Unit.named("箱"), Factor(12))

    def sku() -> Sku:
        least = chance.choice((1, 1, 6, 24))
        broken = CaseRule("case", Percentage.of(chance.choice((5, 20)))) if chance.random() < 0.3 else None
        rule = QuantityRule(minimum=a.pieces(least), step=a.pieces(1), case=broken)
        code = f"C-{ids.new(SkuId)[-8:]}"
        made = attrs.evolve(a.sku(ids, code=code, name=code), unit=Unit.named("瓶"), packs=(case,), rule=rule)
        return attrs.evolve(made, for_sale=chance.random() < 0.8)

    goods = [
        a.product(
            ids, name=f"比价 {at}", position=at, skus=[sku() for _ in range(chance.choice((1, 1, 2, 3)))]
        )
        for at in range(number)
    ]
    skus = [sku for product in goods for sku in product.skus]
    whom: Sequence[tuple[PriceSource, dict[str, Any]]] = (
        (PriceSource.CONTRACT, {"customer": shop.customers["regular"]}),
        (PriceSource.PRICE_LIST, {"customer": shop.customers["vip"]}),
        (PriceSource.PRICE_LIST, {}),
        (PriceSource.PRICE_LIST, {"tier": shop.tiers["vip"]}),
    )
    lists = [
        a.price_list(ids, source=source, name=f"表 {at}", priority=chance.randint(-2, 2), **one)
        for at, (source, one) in enumerate(whom)
    ]
    world.add(lists, goods)
    for one in (shop.lists["base"], shop.lists["vip"], *lists):
        _set(world, chance, one, skus, whole=one is shop.lists["base"])
    with world.database.unit_of_work(shop.clerk) as storage:
        for sku_ in chance.choices(skus, k=len(skus) // 2):
            share = chance.random() < 0.5
            one_price = f"{chance.randint(40, 99)}%" if share else f"{Decimal(chance.randint(50, 900)) / 100}"
            limits = {"stock": chance.choice((1, 5, 300))} if chance.random() < 0.5 else {}
            validity = chance.choice((ALWAYS, Period(a.NOON, a.NOON + HOUR), Period(a.NOON + HOUR)))
            schedule = Schedule(validity=validity)
            made = special(one_price, sku_id=sku_.id, schedule=schedule, version=1, **limits)
            storage.special_prices.add(made, at=a.NOON)
        settings = storage.settings.lock()
        storage.settings.save(attrs.evolve(settings, price_strategy=strategy, version=settings.version + 1))
    merchant = attrs.evolve(shop.merchant, price_strategy=strategy, has_specials=True)
    return attrs.evolve(world, shop=attrs.evolve(shop, merchant=merchant))


def _set(world: World, chance: Random, one: PriceList, skus: Sequence[Sku], *, whole: bool) -> None:
    changes = []
    for sku in skus:
        if chance.random() < (0.15 if whole else 0.5):
            continue
        starts = sorted({chance.choice((1, 1, 6)), chance.choice((12, 24, 60))})
        rungs = [
            (
                start,
                f"{chance.randint(50, 99)}%"
                if not whole and chance.random() < 0.3
                else f"{Decimal(chance.randint(2, 12)) / 2}",
            )
            for start in starts
        ]
        validity = chance.choice((ALWAYS, ALWAYS, Period(a.NOON - HOUR), Period(a.NOON + HOUR)))
        changes.append(PriceChange(one.id, sku.id, a.ladder(*rungs), None, validity, 0))
    with world.database.unit_of_work(world.shop.clerk) as storage:
        fact = PricesSet(at=a.NOON, list_id=one.id, sku_ids=tuple(sku.id for sku in skus))
        storage.prices.set(changes, event=fact)


class TestTheOrder:
    @pytest.mark.parametrize("seed", range(4))
    async def test_it_is_that_of_the_prices_that_are_shown(self, world: World, seed: int) -> None:
        chance = Random(seed)
        world = furnish(world, chance, strategy=(*PriceStrategy,)[seed % 2])
        orders = set()
        for name in CALLERS:
            by = actor(world, name)
            cards = [edge.node for edge in await listed(world, ProductSort.POSITION, by=by)]
            assert len({cost(card) for card in cards} - {None}) > 4
            for sort in (ASCENDING, DESCENDING):
                expected = in_order(cards, descending=sort is DESCENDING)
                found = await listed(world, sort, by=by)
                assert [edge.node.id for edge in found] == expected
                assert {edge.node.id: edge.node for edge in found} == {card.id: card for card in cards}
                sizes, backwards = [chance.randint(1, 5), chance.randint(1, 9)], chance.random() < 0.5
                walked = await walk(listing(world, sort, by=by), sizes=sizes, backwards=backwards)
                assert walked == [*found]
                orders.add(tuple(expected))
        assert len(orders) > 4

    @pytest.mark.parametrize("seed", range(3))
    async def test_what_is_kept_costs_what_is_asked_for(self, world: World, seed: int) -> None:
        chance = Random(seed)
        world = furnish(world, chance, strategy=(*PriceStrategy,)[seed % 2])
        kept: set[int] = set()
        for name in CALLERS:
            by = actor(world, name)
            cards = [edge.node for edge in await listed(world, ProductSort.POSITION, by=by)]
            prices = sorted({price.ten_thousandths for card in cards if (price := cost(card))})
            for sort in ProductSort:
                low, high = sorted(chance.sample(prices, 2))
                start, end = (UnitPrice(one, a.yuan(0).currency) for one in (low, high))
                some = chance.choice((PriceRange(start, end), PriceRange(start), PriceRange(None, end)))
                asked = ProductFilter(price=some, text=chance.choice((None, "比价")))
                found = [edge.node.id for edge in await listed(world, sort, by=by, filter=asked)]
                expected = [
                    card.id
                    for card in cards
                    if (price := cost(card)) is not None
                    and price in some
                    and (asked.text is None or asked.text in card.name)
                ]
                assert sorted(found) == sorted(expected)
                kept.add(len(found))
                facets = await world.views(by).catalog.facets(filter=asked, want=FacetsWant())
                assert facets.total == len(found)
        assert len(kept) > 3

    async def test_what_is_hidden_is_not_compared(self, world: World) -> None:
        regular = world.shop.customers["regular"].id
        show(world, "water", Visibility(hidden_from=frozenset({regular})))
        known = a.claims(world.shop.buyer())
        by = await world.database.directory.actor(known, at=world.clock.now())
        for sort in (ASCENDING, DESCENDING):
            names = [edge.node.name for edge in await listed(world, sort, by=by)]
            assert "天然水" not in names and len(names) == 4

    async def test_it_stays_between_two_keys_though_prices_change(self, world: World) -> None:
        by = world.shop.buyer()
        whole = await listed(world, ASCENDING, by=by)
        page = listing(world, ASCENDING, by=by)
        inside = await page(Window.of(first=2, after=whole[0].key, before=whole[3].key))
        assert inside.edges == tuple(whole[1:3])
        # A key stays where it is, whatever becomes of its product.
        low = (0, whole[1].key[1], "")
        beyond = await page(Window.of(first=100, after=low))
        assert beyond.edges == tuple(whole[1:]) and beyond.has_previous


class TestRefusals:
    @pytest.mark.parametrize("asked", [{"sort": ASCENDING}, {"sort": DESCENDING}, {"kept": True}])
    async def test_who_is_shown_no_prices_is_told_none_by_an_order(
        self, world: World, asked: dict[str, Any]
    ) -> None:
        kept = PriceRange(None, a.yuan(5))
        filter = ProductFilter(price=kept) if "kept" in asked else EVERYTHING
        sort = asked.get("sort", ProductSort.NAME)
        waiting = attrs.evolve(world.shop.buyer(), approved=False)
        before = world.database.statements
        for who, reason in (
            (world.shop.guest, HiddenReason.LOGIN_REQUIRED),
            (waiting, HiddenReason.APPROVAL_PENDING),
        ):
            with pytest.raises(PricesNotCompared) as refused:
                await listing(world, sort, by=who, filter=filter, count=True)(ALL)
            assert refused.value.reason is reason
            if filter.price is not None:
                with pytest.raises(PricesNotCompared) as refused:
                    await world.views(who).catalog.facets(filter=filter, want=FacetsWant())
                assert refused.value.reason is reason
        assert world.database.statements == before

    async def test_too_much_is_not_compared(self, world: World, most: Callable[[int], None]) -> None:
        by, kept = world.shop.buyer(), ProductFilter(price=PriceRange(a.yuan(0)))
        skus = sum(len(edge.node.skus) for edge in await listed(world, ProductSort.NAME, by=by))
        most(skus)
        assert await listed(world, ASCENDING, by=by) and await listed(
            world, ProductSort.NAME, by=by, filter=kept
        )
        most(skus - 1)
        for sort, filter in ((ASCENDING, EVERYTHING), (ProductSort.NAME, kept)):
            with pytest.raises(PricesNotCompared) as refused:
                await listed(world, sort, by=by, filter=filter)
            assert refused.value.reason is HiddenReason.TOO_MANY_GOODS
        counted = await world.views(by).catalog.facets(filter=EVERYTHING, want=FacetsWant(prices=True))
        assert counted.total == 5
        assert (counted.prices, counted.prices_hidden) == (None, HiddenReason.TOO_MANY_GOODS)
        tea = attrs.evolve(kept, text="茶")
        assert len(await listed(world, DESCENDING, by=by, filter=tea)) == 1
        catalog = world.views(by).catalog
        drinks = attrs.evolve(kept, category=world.shop.categories["drinks"].id)
        assert (await catalog.facets(filter=drinks, want=FacetsWant())).total == 2
        assert (await catalog.facets(filter=drinks, want=FacetsWant(stock=True))).in_stock == 2

    @pytest.fixture
    def most(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
        """Let so many SKUs be compared."""

        def set_to(number: int) -> None:
            for module in ("compared", "memory._rankings"):
                monkeypatch.setattr(f"adapters.persistence.{module}.MOST_COMPARED", number)
            _skus.cache_clear()

        yield set_to
        _skus.cache_clear()


SORTED = """query ($sort: ProductSort, $filter: ProductFilter, $after: String) {
    products(sort: $sort, filter: $filter, first: 2, after: $after) { totalCount pageInfo { endCursor hasNextPage }
    nodes { name skus { minQuantity price { unitPrice { amount } } } } } }"""
COUNTED = "query ($filter: ProductFilter) { productFacets(filter: $filter) { total } }"


RANGES = """query ($filter: ProductFilter, $edges: [Decimal!]) { productFacets(filter: $filter, priceEdges: $edges) {
    total pricesHidden prices { range { priceFrom { amount } priceTo { amount currency } } count } } }"""


class TestClients:
    async def test_they_page_by_price(self, world: World) -> None:
        async with open_api(world) as api:
            names, after = [], None
            while True:
                asked = {"sort": "PRICE_ASCENDING", "after": after}
                page = (await api.ask(SORTED, asked, actor=world.shop.buyer())).data["products"]
                names += [node["name"] for node in page["nodes"]]
                after = page["pageInfo"]["endCursor"]
                if not page["pageInfo"]["hasNextPage"]:
                    break
        by = world.shop.buyer()
        assert names == [edge.node.name for edge in await listed(world, ASCENDING, by=by)]
        assert page["totalCount"] == len(names) == 5

    async def test_they_narrow_down_by_price(self, world: World) -> None:
        async with open_api(world) as api:
            everything = await self.found(api, {})
            [low, *_, high] = sorted({Decimal(one) for one in everything.values()})
            assert await self.found(api, {"priceFrom": str(low), "priceTo": str(high)}) == {
                name: price for name, price in everything.items() if low <= Decimal(price) < high
            }
            assert await self.found(api, {"priceFrom": str(high)}) == {
                name: price for name, price in everything.items() if Decimal(price) >= high
            }

    async def found(self, api: Api, filter: dict[str, Any]) -> dict[str, str]:
        """What is found, each with what is shown beside its only SKU at its minimum."""
        document = """query ($filter: ProductFilter, $q: Decimal) { products(first: 100, filter: $filter) {
            nodes { name skus { minQuantity price(quantity: $q) { unitPrice { amount } } } } } }"""
        prices: dict[str, str] = {}
        for least in ("1", "2", "3", "5", "6", "10", "12", "24"):
            asked = {"filter": filter, "q": least}
            data = (await api.ask(document, asked, actor=api.world.shop.buyer())).data
            for node in data["products"]["nodes"]:
                for sku in node["skus"]:
                    if Decimal(sku["minQuantity"]) == Decimal(least) and sku["price"]:
                        amount = sku["price"]["unitPrice"]["amount"]
                        prices[node["name"]] = min(prices.get(node["name"], amount), amount, key=Decimal)
        return prices

    async def test_they_see_how_much_is_in_ranges(self, world: World) -> None:
        async with open_api(world) as api:
            by = world.shop.buyer()
            everything = await self.found(api, {})
            facets = (await api.ask(RANGES, {"edges": ["20", "2"]}, actor=by)).data["productFacets"]
            assert facets["total"] == 5 and facets["pricesHidden"] is None
            for one in facets["prices"]:
                low, high = (
                    one["range"][end] and one["range"][end]["amount"] for end in ("priceFrom", "priceTo")
                )
                assert low in (None, "2.00", "20.00") and high in (None, "2.00", "20.00")
                filter = {
                    name: end for name, end in (("priceFrom", low), ("priceTo", high)) if end is not None
                }
                assert one["count"] == len(await self.found(api, filter))
            assert sum(one["count"] for one in facets["prices"]) == len(everything)
            usual = (await api.ask(RANGES, {}, actor=by)).data["productFacets"]["prices"]
            assert len(usual) > 1 and sum(one["count"] for one in usual) == len(everything)
            guest = (await api.ask(RANGES, {}, actor=world.shop.guest)).data["productFacets"]
            assert guest == {"total": 5, "pricesHidden": "LOGIN_REQUIRED", "prices": None}
            for edges in (["1"] * 21, ["-1"], ["0.00001"]):
                [error] = (await api.ask(RANGES, {"edges": edges}, actor=by)).errors
                assert error["extensions"] == {"code": "BAD_USER_INPUT"}

    async def test_they_are_told_why_not(self, world: World) -> None:
        async with open_api(world) as api:
            for document, asked in (
                (SORTED, {"sort": "PRICE_DESCENDING"}),
                (SORTED, {"sort": "NAME", "filter": {"priceFrom": "1"}}),
                (COUNTED, {"filter": {"priceTo": "1"}}),
            ):
                [error] = (await api.ask(document, asked, actor=world.shop.guest)).errors
                extensions = {"code": "UNAUTHENTICATED", "reason": "LOGIN_REQUIRED"}
                assert error["extensions"] == extensions
                assert "价格" in error["message"] or "hidden" in error["message"]

    @pytest.mark.parametrize(
        "filter",
        [
            {"priceFrom": "-1"},
            {"priceTo": "0.00001"},
            {"priceFrom": "5", "priceTo": "5"},
            {"priceFrom": "5", "priceTo": "4"},
            {"priceFrom": "100000000000"},
        ],
    )
    async def test_what_is_no_price_is_refused(self, world: World, filter: dict[str, str]) -> None:
        async with open_api(world) as api:
            for document in (SORTED, COUNTED):
                [error] = (await api.ask(document, {"filter": filter}, actor=world.shop.buyer())).errors
                assert error["extensions"] == {"code": "BAD_USER_INPUT"}

    async def test_it_takes_the_same_statements_however_much_is_found(self, world: World) -> None:
        async with open_api(world) as api:

            async def spent(asked: dict[str, Any]) -> int:
                before = world.database.statements
                assert (await api.ask(SORTED, asked, actor=world.shop.buyer())).data
                return world.database.statements - before

            questions: list[dict[str, Any]] = [
                {"sort": sort.value, "filter": filter}
                for sort in (ASCENDING, DESCENDING, ProductSort.BEST_SELLING, ProductSort.NAME)
                for filter in (None, {"priceFrom": "0.1"})
            ]
            for one in questions:
                await spent(one)  # foreseen is what a document took the longest time
            few = [await spent(one) for one in questions]
            world.add(
                [
                    a.product(world.ids, name=f"多 {at}", skus=[a.sku(world.ids, code=f"MANY-{at}")])
                    for at in range(60)
                ]
            )
            assert [await spent(one) for one in questions] == few
