"""Bulk: many things at once, as they are, and nothing that refers to what is not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import pytest

from application.ports.bulk import Storable
from application.ports.groups import ProductVisibility
from application.ports.storage import Stale
from domain.catalog import Brand, Category, Product
from domain.customers import Customer
from domain.identity import (
    BrandId,
    CategoryId,
    CustomerId,
    PriceListId,
    PriceTierId,
    ProductId,
    SkuCode,
    WarehouseId,
)
from domain.inventory import Reservation, StockItem
from domain.ordering import Order
from domain.ownership import OwnerKind, Ownership
from domain.pricing import PriceChange, PriceSource
from domain.visibility import Visibility
from kit import builders as a
from kit.world import Shop, World

REFUSED = (ValueError, Stale)
"""Who stores in bulk has a bug or a rival: nobody answers these one by one."""

Made = Callable[[World], Sequence[Storable]]


def an_order(world: World, *, number: int) -> Order:
    line = a.order_line(world.shop.products["tea"])
    order = a.order(world.ids, buyer=world.shop.buyers["vip"], lines=[line])
    return a.as_stored(order.confirm(at=a.NOON), number=number)


def a_reservation(world: World, order: Order) -> Reservation:
    return Reservation(
        order_id=order.id,
        line=0,
        sku_id=world.shop.sku("TEA-500").id,
        warehouse_id=world.shop.warehouses["main"].id,
        quantity=a.pieces(2),
    )


def a_visibility(world: World) -> ProductVisibility:
    return ProductVisibility(product_id=world.shop.products["tea"].id, visibility=Visibility(restricted=True))


def item_of(world: World, code: str, warehouse: str = "main") -> StockItem:
    return a.stock_item(world.shop.sku(code), world.shop.warehouses[warehouse], on_hand=1)


def an_ownership(world: World, *, of: Shop | None = None, by: Shop | None = None) -> Ownership:
    return Ownership(
        customer_id=(of or world.shop).customers["vip"].id,
        kind=OwnerKind.SALES_REP,
        since=a.NOON,
        owner_id=(by or world.shop).staff["clerk"].id,
    )


THERE_ALREADY: dict[str, Made] = {
    "merchant": lambda world: [world.shop.merchant],
    "staff": lambda world: [world.shop.staff["clerk"]],
    "tier": lambda world: [world.shop.tiers["vip"]],
    "list": lambda world: [world.shop.lists["promotion"]],
    "customer": lambda world: [world.shop.customers["vip"]],
    "group": lambda world: [world.shop.groups["east"]],
    "membership": lambda world: [world.shop.memberships[0]],
    "another membership now": lambda world: [
        attrs.evolve(world.shop.memberships[0], since=a.NOON),
    ],
    "tags": lambda world: [world.shop.tags[0]],
    "visibility": lambda world: [a_visibility(world), a_visibility(world)],
    "the name of a group": lambda world: [a.group(world.ids, name="华东")],
    "ownership": lambda world: [an_ownership(world)] * 2,
    "buyer": lambda world: [world.shop.buyers["vip"]],
    "category": lambda world: [world.shop.categories["tea"]],
    "brand": lambda world: [world.shop.brands["sunny"]],
    "product": lambda world: [world.shop.products["tea"]],
    "ladder": lambda world: [
        PriceChange(world.shop.lists["base"].id, world.shop.sku("NUTS").id, a.ladder((1, "12.00")))
    ],
    "warehouse": lambda world: [world.shop.warehouses["main"]],
    "stock item": lambda world: [item_of(world, "TEA-500")],
    "the same twice": lambda world: [a.brand(world.ids)] * 2,
    "the code of a tier": lambda world: [a.tier(world.ids, code="VIP")],
    "the code of a SKU": lambda world: [a.product(world.ids, skus=[a.sku(world.ids, code="RICE")])],
    "the name of a merchant": lambda world: [
        attrs.evolve(world.shop.merchant, slug=world.other.merchant.slug)
    ],
}
MISSING: dict[str, Made] = {
    "customer's tier": lambda world: [
        Customer(id=world.ids.new(CustomerId), name="无", tier_id=world.ids.new(PriceTierId))
    ],
    "group's parent": lambda world: [a.group(world.ids, below=world.other.groups["east"])],
    "membership's group": lambda world: [
        a.membership(world.other.groups["east"], world.shop.customers["vip"])
    ],
    "membership's customer": lambda world: [
        a.membership(world.shop.groups["east"], world.other.customers["vip"])
    ],
    "tags' customer": lambda world: [a.tags(world.other.customers["vip"], "新客")],
    "visibility's product": lambda world: [
        attrs.evolve(a_visibility(world), product_id=world.other.products["tea"].id)
    ],
    "visibility's audience": lambda world: [
        attrs.evolve(
            a_visibility(world),
            visibility=Visibility(hidden_from=frozenset({world.other.tiers["vip"].id})),
        )
    ],
    "customer's parent": lambda world: [
        a.customer(world.ids, tier=world.shop.tiers["vip"], parent=world.other.customers["vip"])
    ],
    "owned customer": lambda world: [an_ownership(world, of=world.other)],
    "owner": lambda world: [an_ownership(world, by=world.other)],
    "buyer's customer": lambda world: [a.buyer(world.ids, customer=world.other.customers["vip"])],
    "list's tier": lambda world: [
        a.price_list(world.ids, source=PriceSource.TIER, tier=a.tier(world.ids, code="NEW"))
    ],
    "list's customer": lambda world: [
        a.price_list(world.ids, source=PriceSource.CONTRACT, customer=world.other.customers["vip"])
    ],
    "category's parent": lambda world: [a.category(world.ids, below=world.other.categories["drinks"])],
    "product's category": lambda world: [
        attrs.evolve(a_product(world), category_id=world.ids.new(CategoryId))
    ],
    "product's brand": lambda world: [attrs.evolve(a_product(world), brand_id=world.ids.new(BrandId))],
    "ladder's list": lambda world: [
        PriceChange(world.ids.new(PriceListId), world.shop.sku("RICE").id, a.ladder((1, 1)))
    ],
    "ladder's SKU": lambda world: [
        PriceChange(world.shop.lists["base"].id, world.other.sku("RICE").id, a.ladder((1, 1)))
    ],
    "item's SKU": lambda world: [attrs.evolve(item_of(world, "SODA"), sku_id=world.other.sku("SODA").id)],
    "item's warehouse": lambda world: [
        attrs.evolve(item_of(world, "SODA"), warehouse_id=world.ids.new(WarehouseId))
    ],
    "movement's item": lambda world: [a.opening(world.ids, item_of(world, "SODA"))],
    "order's buyer": lambda world: [
        attrs.evolve(an_order(world, number=1), buyer_id=world.other.buyers["vip"].id)
    ],
    "order's customer": lambda world: [
        attrs.evolve(an_order(world, number=1), customer_id=world.other.customers["vip"].id)
    ],
    "order's SKU": lambda world: [
        a.as_stored(
            a.order(
                world.ids,
                buyer=world.shop.buyers["vip"],
                lines=[a.order_line(world.other.products["tea"])],
            ),
            number=1,
        )
    ],
    "reservation's order": lambda world: [a_reservation(world, an_order(world, number=1))],
}


def a_product(world: World) -> Product:
    return a.product(world.ids, skus=[a.sku(world.ids, code="NEW")])


class TestAdd:
    def test_it_keeps_orders_as_they_are(self, world: World) -> None:
        order = an_order(world, number=77)
        world.add([order])
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.orders.get(order.id) == attrs.evolve(order, number="DH00000077", version=2)

    def test_it_takes_reservations_beside_their_orders(self, world: World) -> None:
        order = an_order(world, number=1)
        reservation = a_reservation(world, order)
        world.add([order], [reservation])
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.stock.reservations(order.id) == (reservation,)

    def test_it_takes_any_iterable_and_nothing(self, world: World) -> None:
        world.add((a.brand(world.ids, name=name) for name in ("甲", "乙")), [])
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            assert {"甲", "乙"} <= {brand.name for brand in storage.products.brands()}

    def test_it_takes_an_order_further_that_was_stored_in_bulk(self, world: World) -> None:
        order = an_order(world, number=1)
        world.add([order])
        with world.database.unit_of_work(world.shop.clerk) as storage:
            going = storage.orders.save(storage.orders.get(order.id).start_fulfillment(at=a.NOON))
        assert going.version == 3

    @pytest.mark.parametrize("what", THERE_ALREADY)
    def test_it_refuses_what_is_there_already(self, world: World, what: str) -> None:
        with pytest.raises(REFUSED):
            world.add(THERE_ALREADY[what](world))

    def test_it_refuses_the_number_of_another_order(self, world: World) -> None:
        world.add([an_order(world, number=5)])
        with pytest.raises(REFUSED):
            world.add([an_order(world, number=5)])

    @pytest.mark.parametrize("what", MISSING)
    def test_it_refuses_what_refers_to_nothing_of_this_merchant(self, world: World, what: str) -> None:
        with pytest.raises(REFUSED):
            world.add(MISSING[what](world))

    def test_it_refuses_another_merchant(self, world: World) -> None:
        stranger = a.merchant(world.ids, slug="stranger")
        with pytest.raises(REFUSED):
            world.add([stranger])

    def test_it_refuses_things_of_several_classes_in_one_batch(self, world: World) -> None:
        with pytest.raises(ValueError, match="one class"):
            world.add([a.brand(world.ids, name="甲"), a.category(world.ids)])

    def test_it_stores_nothing_of_a_batch_it_refuses(self, world: World) -> None:
        with pytest.raises(REFUSED):
            world.add([a.brand(world.ids, name="甲")], [world.shop.brands["sunny"]])
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            assert "甲" not in {brand.name for brand in storage.products.brands()}


class TestReplace:
    def replace(self, world: World, *batches: Sequence[Category | Brand | Product]) -> None:
        with world.database.unit_of_work(world.shop.operator) as storage:
            for batch in batches:
                storage.bulk.replace(batch)

    def stored(self, world: World, product_id: ProductId) -> Product:
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            return next(one for one in storage.products.all() if one.id == product_id)

    def test_it_stores_what_is_new(self, world: World) -> None:
        brand, category = a.brand(world.ids, name="新牌"), a.category(world.ids, name="新类")
        product = attrs.evolve(a_product(world), brand_id=brand.id, category_id=category.id)
        self.replace(world, [brand], [category], [product])
        assert self.stored(world, product.id) == product

    def test_it_takes_the_place_of_what_is_there(self, world: World) -> None:
        shop = world.shop
        tea = shop.products["tea"]
        sku = a.sku(world.ids, code="TEA-NEW")
        renamed = attrs.evolve(tea.skus[0], code=SkuCode("TEA-0.5L"), name="新名")
        changed = attrs.evolve(
            tea, name="冰红茶", position=9, brand_id=None, skus=(sku, *tea.skus[1:], renamed)
        )
        brand = attrs.evolve(shop.brands["sunny"], name="Rainy")
        category = attrs.evolve(shop.categories["food"], name="粮油", position=7)
        self.replace(world, [brand], [category], [changed])
        assert self.stored(world, tea.id) == changed
        with world.database.unit_of_work.reading(shop.operator) as storage:
            assert brand in storage.products.brands()
            assert category in storage.products.categories()
            assert len(storage.products.all()) == len(shop.products)
            assert storage.products.listings(codes=[SkuCode("TEA-500")]) == ()

    def test_it_lets_a_sku_go_that_nobody_priced_stocked_or_ordered(self, world: World) -> None:
        product = attrs.evolve(
            a_product(world), skus=(a.sku(world.ids, code="ONE"), a.sku(world.ids, code="TWO"))
        )
        self.replace(world, [product])
        smaller = attrs.evolve(product, skus=product.skus[:1])
        self.replace(world, [smaller])
        assert self.stored(world, product.id) == smaller
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            assert storage.products.listings(codes=[SkuCode("TWO")]) == ()

    def test_it_keeps_a_sku_that_was_priced_stocked_or_ordered(self, world: World) -> None:
        tea = world.shop.products["tea"]
        with pytest.raises(REFUSED):
            self.replace(world, [attrs.evolve(tea, skus=tea.skus[1:])])
        assert self.stored(world, tea.id) == tea

    def test_it_refuses_the_code_of_another_sku(self, world: World) -> None:
        rice = world.shop.products["rice"]
        stolen = attrs.evolve(rice, skus=(attrs.evolve(rice.skus[0], code=SkuCode("NUTS")),))
        with pytest.raises(REFUSED):
            self.replace(world, [stolen])
        assert self.stored(world, rice.id) == rice

    def test_it_refuses_what_refers_to_nothing_of_this_merchant(self, world: World) -> None:
        product = attrs.evolve(a_product(world), brand_id=world.other.brands["spring"].id)
        with pytest.raises(REFUSED):
            self.replace(world, [product])


class TestCountOrdersFrom:
    def test_it_lets_the_next_number_follow(self, world: World) -> None:
        with world.database.unit_of_work(world.shop.operator) as storage:
            storage.bulk.count_orders_from(41)
        lines = [a.order_line(world.shop.products["tea"])]
        with world.database.unit_of_work(world.shop.clerk) as storage:
            for number in ("DH00000042", "DH00000043"):
                order = a.order(world.ids, buyer=world.shop.buyers["vip"], lines=lines)
                assert storage.orders.add(order).number == number
        with world.database.unit_of_work(world.other.clerk) as storage:
            theirs = [a.order_line(world.other.products["tea"])]
            order = a.order(world.ids, buyer=world.other.buyers["vip"], lines=theirs)
            assert storage.orders.add(order).number == "DH00000001"
