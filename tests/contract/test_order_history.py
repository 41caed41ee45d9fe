"""The order history: newest first, page by page, and only what is one's own to see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.authorization import Actor, Permission
from application.views.catalog import SkuHead
from application.views.orders import (
    ANY_ORDER,
    LineWant,
    OrderCard,
    OrderFilter,
    OrderLineCard,
    OrdersWant,
    OrderWant,
)
from application.views.pages import Key, Slice, Window
from domain.identity import CustomerId, OrderId
from domain.merchant import PaymentMethod
from domain.money import Currency, Money
from domain.ordering import Order, OrderStatus, Terms
from kit import builders as a
from kit.paging import Page, at_most, walk
from kit.strategies import few
from kit.world import Shop, World

HEADS, WHOLE = OrderWant(), OrderWant(lines=LineWant())
ALL = Window(size=100)
MICROSECOND = timedelta(microseconds=1)

pytestmark = pytest.mark.usefixtures("reading")


def key_of(order: Order) -> Key:
    return ((order.placed_at - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND, order.id)


def newest_first(orders: Sequence[Order]) -> list[Order]:
    return sorted(orders, key=key_of, reverse=True)


def fill(world: World, number: int, *, by: str = "regular", shop: Shop | None = None) -> list[Order]:
    """Store orders of which several were placed at the same moment, some of them confirmed."""
    seller = shop or world.shop
    line = a.order_line(seller.products["tea"])
    made = []
    for at in range(number):
        moment = a.NOON + (at % 5) * MICROSECOND
        order = a.order(world.ids, buyer=seller.buyers[by], lines=[line], at=moment)
        counted = int.from_bytes(order.id[-6:].encode()) % 10**8
        made.append(a.as_stored(order.confirm(at=moment) if at % 3 == 0 else order, number=counted))
    world.add(made, to=seller)
    return made


def pages(world: World, by: Actor, *, filter: OrderFilter = ANY_ORDER) -> Page[OrderCard]:
    async def page(window: Window) -> Slice[OrderCard]:
        history = world.views(by).orders
        return await history.newest(window=window, filter=filter, want=HEADS, count=False)

    return page


async def listed(world: World, by: Actor, *, filter: OrderFilter = ANY_ORDER) -> list[OrderId]:
    return [edge.node.id for edge in (await pages(world, by, filter=filter)(ALL)).edges]


class TestNewest:
    @pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
    async def test_it_goes_through_the_whole_list(self, world: World, *, backwards: bool) -> None:
        expected = [key_of(order) for order in newest_first(fill(world, 17))]
        for sizes in ([1, 4], [5], [17], [100]):
            found = await walk(pages(world, world.shop.clerk), sizes=sizes, backwards=backwards)
            assert [edge.key for edge in found] == expected
            assert [edge.node.id for edge in found] == [key[-1] for key in expected]

    @few
    @given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=3), backwards=st.booleans())
    async def test_it_neither_skips_nor_repeats_while_orders_come_in(
        self, world: World, sizes: Sequence[int], *, backwards: bool
    ) -> None:
        before = set(await listed(world, world.shop.clerk)) or {order.id for order in fill(world, 10)}

        found = await walk(
            pages(world, world.shop.clerk),
            sizes=sizes,
            backwards=backwards,
            between=at_most(2, lambda: fill(world, 2, by="vip")),
        )
        keys = [edge.key for edge in found]
        assert keys == sorted(set(keys), reverse=True)
        assert before <= {edge.node.id for edge in found}

    async def test_it_shows_a_buyer_the_orders_of_the_own_company(self, world: World) -> None:
        own = fill(world, 4, by="regular")
        fill(world, 4, by="vip")
        for name in ("regular", "viewer"):
            found = await listed(world, world.shop.buyer(name))
            assert found == [order.id for order in newest_first(own)]

    async def test_it_shows_staff_every_customers_orders_of_the_own_merchant(self, world: World) -> None:
        mine = [*fill(world, 2, by="regular"), *fill(world, 2, by="vip")]
        fill(world, 2, shop=world.other)
        assert await listed(world, world.shop.clerk) == [order.id for order in newest_first(mine)]

    async def test_it_shows_guests_nothing(self, world: World) -> None:
        fill(world, 2)
        assert await listed(world, world.shop.guest) == []

    async def test_it_shows_nothing_to_staff_who_may_not_look(self, world: World) -> None:
        own = fill(world, 2)
        stranger, customer = world.shop.colleague(Permission.VIEW_STOCK), own[0].customer_id
        assert await listed(world, stranger) == []
        history = world.views(stranger).orders
        of_each = await history.newest_of([customer], OrdersWant(window=ALL, want=HEADS))
        assert of_each == {customer: Slice()}
        assert await history.orders_by_id([own[0].id], want=HEADS) == {}

    async def test_it_filters_by_status(self, world: World) -> None:
        orders = fill(world, 9)
        for status in (OrderStatus.SUBMITTED, OrderStatus.CONFIRMED, OrderStatus.COMPLETED):
            expected = [order.id for order in newest_first(orders) if order.status is status]
            assert await listed(world, world.shop.clerk, filter=OrderFilter(status=status)) == expected

    async def test_it_counts_only_when_asked_and_then_the_whole_list(self, world: World) -> None:
        fill(world, 9)
        fill(world, 5, by="vip")
        confirmed = OrderFilter(status=OrderStatus.CONFIRMED)
        asked = (
            (world.shop.clerk, ANY_ORDER, 14),
            (world.shop.clerk, confirmed, 5),
            (world.shop.buyer(), ANY_ORDER, 9),
            (world.shop.buyer(), confirmed, 3),
        )
        for actor, filter, total in asked:
            history = world.views(actor).orders
            for count, expected in ((True, total), (False, None)):
                page = await history.newest(window=Window(size=2), filter=filter, want=HEADS, count=count)
                assert page.total == expected


class TestNewestOf:
    async def test_it_gives_each_customer_a_page_of_the_own(self, world: World) -> None:
        shop = world.shop
        own = {name: newest_first(fill(world, 5, by=name)) for name in ("regular", "vip")}
        asked = [shop.customers[name].id for name in ("vip", "regular", "contract")]
        found = await world.views(shop.clerk).orders.newest_of(
            asked, OrdersWant(window=Window(size=3), filter=ANY_ORDER, want=HEADS, count=True)
        )
        assert set(found) == set(asked)
        for name, orders in own.items():
            page = found[shop.customers[name].id]
            assert [edge.node.id for edge in page.edges] == [order.id for order in orders[:3]]
            assert (page.has_next, page.has_previous, page.total) == (True, False, 5)
        assert found[shop.customers["contract"].id] == Slice(total=0)

    @pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
    async def test_it_goes_through_the_whole_list(self, world: World, *, backwards: bool) -> None:
        shop = world.shop
        expected = [key_of(order) for order in newest_first(fill(world, 11))]
        fill(world, 5, by="vip")
        customer_id = shop.customers["regular"].id

        async def page(window: Window) -> Slice[OrderCard]:
            found = await world.views(shop.buyer()).orders.newest_of(
                [customer_id], OrdersWant(window=window, filter=ANY_ORDER, want=HEADS, count=False)
            )
            return found[customer_id]

        found = await walk(page, sizes=[1, 3], backwards=backwards)
        assert [edge.key for edge in found] == expected

    async def test_it_gives_an_empty_page_where_the_actor_may_not_look(self, world: World) -> None:
        shop = world.shop
        orders = fill(world, 3, by="vip")
        assert orders
        theirs = fill(world, 3, shop=world.other)
        asked = [shop.customers["vip"].id, theirs[0].customer_id, world.ids.new(CustomerId)]
        for actor, hidden in (
            (shop.buyer(), asked),
            (shop.guest, asked),
            (shop.clerk, asked[1:]),
        ):
            found = await world.views(actor).orders.newest_of(
                asked, OrdersWant(window=ALL, filter=ANY_ORDER, want=WHOLE, count=False)
            )
            assert set(found) == set(asked)
            assert all(found[one] == Slice() for one in hidden)

    async def test_it_filters_by_status(self, world: World) -> None:
        orders = fill(world, 9)
        customer_id = world.shop.customers["regular"].id
        found = await world.views(world.shop.buyer()).orders.newest_of(
            [customer_id],
            OrdersWant(window=ALL, filter=OrderFilter(status=OrderStatus.CONFIRMED), want=HEADS, count=True),
        )
        expected = [order.id for order in newest_first(orders) if order.status is OrderStatus.CONFIRMED]
        assert [edge.node.id for edge in found[customer_id].edges] == expected
        assert found[customer_id].total == len(expected)

    async def test_it_gives_nothing_for_nobody(self, world: World) -> None:
        found = await world.views(world.shop.clerk).orders.newest_of(
            [], OrdersWant(window=ALL, filter=ANY_ORDER, want=HEADS, count=True)
        )
        assert found == {}


class TestOrdersById:
    async def test_it_gives_the_order_with_everything_it_was_placed_with(self, world: World) -> None:
        shop = world.shop
        terms = Terms(
            payment_method=PaymentMethod.CASH_ON_DELIVERY,
            requested_delivery_date=date(2026, 3, 9),
            purchase_order_number="PO-'7'",
            note="请放门口 \\ %",
            address=a.address(),
        )
        lines = [
            a.order_line(shop.products["rice"], quantity="1.5", price="7.98"),
            a.order_line(shop.products["tea"], quantity=24, price="0.0375"),
        ]
        order = a.order(world.ids, buyer=shop.buyers["vip"], lines=lines, terms=terms)
        with world.database.unit_of_work(shop.clerk) as storage:
            stored = storage.orders.add(order)
        found = await world.views(shop.buyer("vip")).orders.orders_by_id([order.id], want=WHOLE)
        assert found == {
            order.id: OrderCard(
                id=order.id,
                number=stored.number,
                customer_id=order.customer_id,
                buyer_id=order.buyer_id,
                status=order.status,
                payment_status=order.payment_status,
                fulfillment_status=order.fulfillment_status,
                payment_method=terms.payment_method,
                placed_at=order.placed_at,
                total=Money(1287, Currency.CNY),
                line_count=2,
                requested_delivery_date=terms.requested_delivery_date,
                purchase_order_number=terms.purchase_order_number,
                note=terms.note,
                address=terms.address,
                lines=tuple(
                    OrderLineCard(
                        sku=SkuHead(id=line.sku_id, code=line.sku_code, name=line.sku_name),
                        sku_code=line.sku_code,
                        sku_name=line.sku_name,
                        unit_code=line.unit_code,
                        unit_name=line.unit_name,
                        quantity=line.quantity,
                        unit_price=line.unit_price,
                        list_price=line.list_price,
                        price_source=line.price_source,
                        total=line.total,
                        discount=line.discount,
                    )
                    for line in lines
                ),
            )
        }

    async def test_it_leaves_lines_that_were_not_wanted(self, world: World) -> None:
        [order] = fill(world, 1)
        found = await world.views(world.shop.clerk).orders.orders_by_id([order.id], want=HEADS)
        assert found[order.id].lines == ()
        assert found[order.id].line_count == 1

    async def test_it_leaves_out_what_the_actor_may_not_see(self, world: World) -> None:
        [own], [strange], [foreign] = (
            fill(world, 1),
            fill(world, 1, by="vip"),
            fill(world, 1, shop=world.other),
        )
        asked = [own.id, strange.id, foreign.id, world.ids.new(OrderId)]
        seen = {
            world.shop.buyer(): {own.id},
            world.shop.clerk: {own.id, strange.id},
            world.other.clerk: {foreign.id},
            world.shop.guest: set(),
        }
        for actor, expected in seen.items():
            assert set(await world.views(actor).orders.orders_by_id(asked, want=WHOLE)) == expected

    async def test_it_gives_nothing_for_nothing(self, world: World) -> None:
        assert await world.views(world.shop.clerk).orders.orders_by_id([], want=WHOLE) == {}

    async def test_it_says_what_a_sku_is_called_now(self, world: World) -> None:
        shop = world.shop
        [order] = fill(world, 1)
        tea = shop.products["tea"]
        renamed = [attrs.evolve(sku, name="新名字") if sku.code == "TEA-500" else sku for sku in tea.skus]
        with world.database.unit_of_work(shop.operator) as storage:
            storage.bulk.replace([attrs.evolve(tea, skus=tuple(renamed))])
        found = await world.views(shop.clerk).orders.orders_by_id([order.id], want=WHOLE)
        [line] = found[order.id].lines
        assert line.sku is not None
        assert (line.sku.name, line.sku_name) == ("新名字", "柠檬茶 500ml")
