"""What sells best: of all companies, in the days that count, and told as nothing but an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.persistence.rankings import best_sellers
from application.views.catalog import EVERYTHING, ProductFilter, ProductSort, ProductWant, SkuWant
from application.views.pages import Edge, Key, Window
from domain.catalog import Product
from domain.identity import OrderId, ProductId
from domain.money import Money
from domain.ordering import Order, OrderStatus
from domain.visibility import Visibility
from kit import builders as a
from kit.api import open_api
from kit.paging import walk
from kit.strategies import few
from kit.world import World, show

pytestmark = pytest.mark.usefixtures("reading")
ALL = Window(size=100)
DAY = timedelta(days=1)
BEFORE = a.NOON - DAY
MIDNIGHT = datetime(a.NOON.year, a.NOON.month, a.NOON.day, tzinfo=UTC) - timedelta(hours=8)
"""When the day began where the merchant is."""


@pytest.fixture(params=[1_000, 2], ids=["all", "two"])
def most(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """So many are ranked."""
    for module in ("rankings", "memory._rankings"):
        monkeypatch.setattr(f"adapters.persistence.{module}.MOST_BEST_SELLERS", request.param)
    best_sellers.cache_clear()
    yield request.param
    best_sellers.cache_clear()


def goods(world: World, number: int = 9) -> list[Product]:
    """Goods whose own order is another than that in which they were made."""
    made = [
        a.product(
            world.ids,
            name=f"货 {at}",
            position=100 + at * 7 % 11,
            skus=[a.sku(world.ids, code=f"BEST-{world.ids.new(ProductId)[-8:]}-{one}") for one in "AB"],
        )
        for at in range(number)
    ]
    world.add(made)
    return made


def sell(
    world: World,
    *products: Product,
    at: datetime = BEFORE,
    by: str = "regular",
    status: OrderStatus = OrderStatus.CONFIRMED,
    gifts: Sequence[Product] = (),
) -> Order:
    """An order with a line for each of these."""
    nothing = Money(0, world.shop.merchant.currency)
    free = [attrs.evolve(a.order_line(product, price=0), gift_value=nothing) for product in gifts]
    lines = [*(a.order_line(product) for product in products), *free]
    order = a.order(world.ids, buyer=world.shop.buyers[by], lines=lines, at=at)
    order = attrs.evolve(order, status=status)
    world.add([a.as_stored(order, number=int.from_bytes(world.ids.new(OrderId)[-3:].encode()))])
    return order


async def listed(
    world: World,
    *,
    by: Any = None,
    filter: ProductFilter = EVERYTHING,
    want: ProductWant = ProductWant(),
    at: datetime | None = None,
) -> Sequence[Edge[Any]]:
    catalog = world.views(by or world.shop.buyer(), at=at).catalog
    page = await catalog.products(
        window=ALL, filter=filter, sort=ProductSort.BEST_SELLING, want=want, count=True
    )
    assert page.total == len(page.edges)
    return page.edges


async def names(world: World, **asked: Any) -> list[str]:
    return [edge.node.name for edge in await listed(world, **asked)]


OURS = ProductFilter(text="货")


class TestTheOrder:
    async def test_most_lines_come_first_whoever_ordered_them(self, world: World) -> None:
        some = goods(world, 5)
        sell(world, some[3], some[1])
        sell(world, some[3], some[2], by="vip")
        sell(world, some[2], some[3], by="vip", at=BEFORE - 80 * DAY)
        expected = ["货 3", "货 2", "货 1"]
        for who in (world.shop.buyer(), world.shop.guest, world.shop.clerk):
            assert (await names(world, by=who, filter=OURS))[:3] == expected
        assert await names(world, filter=OURS) == [*expected, "货 0", "货 4"]
        assert await names(world, by=world.other.buyer()) == [
            edge.node.name
            for edge in (
                await world.views(world.other.buyer()).catalog.products(
                    window=ALL,
                    filter=EVERYTHING,
                    sort=ProductSort.POSITION,
                    want=ProductWant(),
                    count=False,
                )
            ).edges
        ]

    async def test_a_line_counts_once_whatever_is_in_it_and_a_gift_does_not(self, world: World) -> None:
        some = goods(world, 4)
        sell(world, some[1], some[1])
        sell(world, some[2], gifts=[some[3], some[3], some[3]])
        assert (await names(world, filter=OURS))[:2] == ["货 1", "货 2"]
        assert await names(world, filter=OURS) == ["货 1", "货 2", "货 0", "货 3"]

    @pytest.mark.parametrize(
        ("status", "counts"),
        [
            (status, status.value not in ("DRAFT", "REJECTED", "EXPIRED", "CANCELLED"))
            for status in OrderStatus
        ],
    )
    async def test_what_came_to_nothing_does_not_count(
        self, world: World, status: OrderStatus, *, counts: bool
    ) -> None:
        last = max(goods(world, 4), key=lambda one: one.position)
        sell(world, last, status=status)
        assert ((await names(world, filter=OURS))[0] == last.name) is counts

    @pytest.mark.parametrize(
        ("at", "counts"),
        [
            (MIDNIGHT - timedelta(microseconds=1), True),
            (MIDNIGHT, False),
            (a.NOON, False),
            (MIDNIGHT - 90 * DAY, True),
            (MIDNIGHT - 90 * DAY - timedelta(microseconds=1), False),
        ],
    )
    async def test_ninety_days_before_today_count(self, world: World, at: datetime, *, counts: bool) -> None:
        last = max(goods(world, 4), key=lambda one: one.position)
        sell(world, last, at=at)
        assert ((await names(world, filter=OURS))[0] == last.name) is counts
        assert ((await names(world, filter=OURS, at=MIDNIGHT))[0] == last.name) is counts

    async def test_nobody_is_told_how_much(self, world: World) -> None:
        some = goods(world, 4)
        for _ in range(7):
            sell(world, some[2])
        sell(world, some[1])
        keys = [edge.key for edge in await listed(world, filter=OURS)]
        assert keys == [
            (0, 0, some[2].id),
            (0, 0, some[1].id),
            *((1, one.position, one.id) for one in (some[0], some[3])),
        ]

    async def test_what_is_hidden_is_in_no_place(self, world: World) -> None:
        regular = world.shop.customers["regular"].id
        sell(world, world.shop.products["water"], by="vip")
        show(world, "water", Visibility(hidden_from=frozenset({regular})))

        async def actor(name: str) -> Any:
            known = world.shop.buyer(name)
            return await world.database.directory.actor(a.claims(known), at=world.clock.now())

        assert "天然水" not in await names(world, by=await actor("regular"))
        assert (await names(world, by=await actor("vip")))[0] == "天然水"

    async def test_it_goes_with_filters_and_tells_everything_of_each(self, world: World) -> None:
        sell(world, world.shop.products["rice"], world.shop.products["rice"], world.shop.products["tea"])
        drinks = ProductFilter(category=world.shop.categories["drinks"].id)
        assert await names(world, filter=drinks) == ["柠檬茶", "天然水"]
        want = ProductWant(brand=True, bought_before=True, skus=SkuWant(price=True, stock=True))
        found = {edge.node.id: edge.node for edge in await listed(world, want=want)}
        catalog = world.views(world.shop.buyer()).catalog
        assert found == {**await catalog.products_by_id(list(found), want=want)}


class TestPages:
    @pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
    @pytest.mark.parametrize("sizes", [[1], [2], [3, 1], [100]])
    async def test_it_pages_through_both_parts(
        self, world: World, most: int, sizes: list[int], *, backwards: bool
    ) -> None:
        some = goods(world)
        for times, product in enumerate((some[7], some[2], some[5])):
            for _ in range(times + 1):
                sell(world, product)
        whole = await listed(world)
        best = ["货 5", "货 2", "货 7"][:most]
        assert [edge.node.name for edge in whole][: len(best)] == best
        rest = [edge.node for edge in whole if edge.key[0] == 1]
        assert len(rest) == len(whole) - len(best)
        assert [edge.key for edge in whole[len(best) :]] == sorted(edge.key for edge in whole[len(best) :])
        catalog = world.views(world.shop.buyer()).catalog

        async def page(window: Window) -> Any:
            return await catalog.products(
                window=window,
                filter=EVERYTHING,
                sort=ProductSort.BEST_SELLING,
                want=ProductWant(),
                count=False,
            )

        assert await walk(page, sizes=sizes, backwards=backwards) == [*whole]

    @few
    @given(
        sold=st.lists(st.integers(0, 6), max_size=12),
        edges=st.tuples(st.integers(0, 11), st.integers(0, 11)),
        size=st.integers(1, 9),
        backwards=st.booleans(),
    )
    async def test_it_stays_between_two_keys(
        self, world: World, sold: list[int], edges: tuple[int, int], size: int, *, backwards: bool
    ) -> None:
        known = [edge.node.id for edge in await listed(world, filter=OURS)]
        if not known:
            goods(world, 7)
        some = sorted(self.of(world), key=lambda one: one.id)
        if sold:
            sell(world, *(some[at] for at in sold))
        whole = await listed(world)
        low, high = (whole[min(at, len(whole) - 1)].key for at in edges)
        catalog = world.views(world.shop.buyer()).catalog
        page = await catalog.products(
            window=Window(size=size, after=low, before=high, backwards=backwards),
            filter=EVERYTHING,
            sort=ProductSort.BEST_SELLING,
            want=ProductWant(),
            count=False,
        )
        keys = [edge.key for edge in whole]
        inside = whole[keys.index(low) + 1 : keys.index(high)]
        assert [*page.edges] == [*(inside[-size:] if backwards else inside[:size])]

    def of(self, world: World) -> list[Product]:
        """Our goods, as they are stored."""
        with world.database.unit_of_work(world.shop.operator) as storage:
            return [one for one in storage.products.all() if one.name.startswith("货")]

    async def test_what_sells_best_no_more_is_where_they_end(self, world: World) -> None:
        some = goods(world, 5)
        sell(world, some[2])
        gone: Key = (0, 0, some[4].id)
        whole = [edge.key for edge in await listed(world)]
        catalog = world.views(world.shop.buyer()).catalog

        async def keys(**bounds: Any) -> list[Key]:
            page = await catalog.products(
                window=Window(size=100, **bounds),
                filter=EVERYTHING,
                sort=ProductSort.BEST_SELLING,
                want=ProductWant(),
                count=False,
            )
            return [edge.key for edge in page.edges]

        assert await keys(after=gone) == whole[1:]
        assert await keys(before=gone, backwards=True) == whole[:1]


async def test_clients_ask_for_it(world: World) -> None:
    sell(world, world.shop.products["rice"])
    document = """query ($after: String) { products(sort: BEST_SELLING, first: 1, after: $after) {
        nodes { name skus { price { unitPrice { amount } } } } pageInfo { endCursor } totalCount } }"""
    async with open_api(world) as api:
        first = (await api.ask(document, actor=world.shop.buyer())).data["products"]
        [rice] = first["nodes"]
        assert rice["name"] == "香米" and rice["skus"][0]["price"]["unitPrice"]["amount"]
        after = {"after": first["pageInfo"]["endCursor"]}
        [second] = (await api.ask(document, after, actor=world.shop.buyer())).data["products"]["nodes"]
        assert second["name"] == "Mixed_Nuts 100%"
