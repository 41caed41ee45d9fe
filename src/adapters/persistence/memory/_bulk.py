"""Storing many things at once, with every reference and every name looked at first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import singledispatchmethod
from itertools import chain
from typing import TypeVar

import attrs

from adapters.persistence.memory._companies import check_owner, check_parent, key_of
from adapters.persistence.memory._shops import Held, Shop
from adapters.persistence.memory._storage import ORDERS
from application.authorization import Actor
from application.ports.bulk import Bulk, Storable
from application.ports.groups import ProductVisibility
from domain.catalog import Brand, Category, Product
from domain.coupons import Coupon, CouponTemplate
from domain.customers import Buyer, Customer
from domain.groups import CustomerGroup, CustomerTags, GroupMembership
from domain.identity import MerchantId, SkuId
from domain.inventory import Movement, Reservation, StockItem, Warehouse
from domain.invitations import Invitation
from domain.ladders import dated
from domain.merchant import Merchant, Staff
from domain.ordering import Order
from domain.ownership import Ownership
from domain.price_batches import PriceBatch
from domain.pricing import PriceChange, PriceList, PriceSource, PriceTier
from domain.verification import VerificationCase

K = TypeVar("K")
V = TypeVar("V")


@attrs.frozen
class MemoryBulk(Bulk):
    """Many things at once, into one shop."""

    shop: Shop
    actor: Actor
    shops: Mapping[MerchantId, Shop]

    def add(self, batch: Iterable[Storable]) -> None:
        """:raises ValueError: if something is there already, or refers to what is not."""
        kinds: set[type] = set()
        for one in batch:
            kinds.add(type(one))
            if len(kinds) > 1:
                raise ValueError("a batch holds things of one class")
            if not isinstance(one, Merchant):
                _known(self.actor.merchant_id, self.shop.merchants)
            self._add(one)
        self._check_codes()

    def replace(self, batch: Iterable[Category | Brand | Product]) -> None:
        """:raises ValueError: if something refers to what is not there, or a SKU changes hands."""
        for one in batch:
            if isinstance(one, Category):
                _all_known(one.ancestors, self.shop.categories)
                self.shop.categories[one.id] = one
            elif isinstance(one, Brand):
                self.shop.brands[one.id] = one
            else:
                self._replace_product(one)
        self._check_codes()

    def count_orders_from(self, number: int) -> None:
        self.shop.counters[ORDERS] = number

    def settle(self) -> None:
        """Nothing: everything is found by its key."""

    def _replace_product(self, product: Product) -> None:
        kept = {sku.id for sku in product.skus}
        if any(self.shop.skus.get(sku_id, product.id) != product.id for sku_id in kept):
            raise ValueError("a SKU stays with its product")
        before = self.shop.products.get(product.id)
        for sku in before.skus if before else ():
            del self.shop.codes[sku.code]
            if sku.id not in kept:
                self._forget(sku.id)
        self._refer(product)
        self.shop.put_product(product)

    def _forget(self, sku_id: SkuId) -> None:
        lines = (line.sku_id for order in self.shop.orders.values() for line in order.lines)
        named = chain((sku for _, sku in self.shop.ladders), (sku for sku, _ in self.shop.stock), lines)
        if sku_id in named:
            raise ValueError("a SKU that was priced, stocked or ordered stays")
        del self.shop.skus[sku_id]

    def _check_codes(self) -> None:
        """Every code is written down once: where two SKUs share one, it is missing for one of them."""
        if len(self.shop.codes) != len(self.shop.skus):
            raise ValueError("two SKUs have the same code")

    def _refer(self, product: Product) -> None:
        if product.category_id is not None:
            _known(product.category_id, self.shop.categories)
        if product.brand_id is not None:
            _known(product.brand_id, self.shop.brands)

    @singledispatchmethod
    def _add(self, one: Storable) -> None:
        raise TypeError(f"{type(one).__name__} is nothing to store")

    @_add.register
    def _merchant(self, one: Merchant) -> None:
        if one.id != self.actor.merchant_id:
            raise ValueError("this is another merchant")
        named = (merchant.slug for shop in self.shops.values() for merchant in shop.merchants.values())
        if one.slug in named:
            raise ValueError("another merchant has this name")
        _new(one.id, one, self.shop.merchants)

    @_add.register
    def _staff(self, one: Staff) -> None:
        if one.login_id is not None:
            _unlike(self.shop.staff.values(), one, lambda other: other.login_id)
        _new(one.id, one, self.shop.staff)

    @_add.register
    def _tier(self, one: PriceTier) -> None:
        _unlike(self.shop.tiers.values(), one, lambda tier: tier.code)
        _new(one.id, one, self.shop.tiers)

    @_add.register
    def _list(self, one: PriceList) -> None:
        if one.tier is not None:
            _known(one.tier.id, self.shop.tiers)
            one = attrs.evolve(one, tier=self.shop.tiers[one.tier.id])
        if one.customer_id is not None:
            _known(one.customer_id, self.shop.customers)
        for group_id in (one.group_id, one.region_id):
            if group_id is not None:
                _known(group_id, self.shop.groups)
        if one.source in (PriceSource.BASE, PriceSource.TIER):
            _unlike(self.shop.lists.values(), one, lambda other: (other.source, other.tier))
        _new(one.id, one, self.shop.lists)

    @_add.register
    def _customer(self, one: Customer) -> None:
        _known(one.tier_id, self.shop.tiers)
        check_parent(self.shop, one)
        _new(one.id, one, self.shop.customers)

    @_add.register
    def _group(self, one: CustomerGroup) -> None:
        _all_known(one.ancestors, self.shop.groups)
        if one.deleted_at is None:
            living = (other for other in self.shop.groups.values() if other.deleted_at is None)
            _unlike(living, one, lambda other: (other.ancestors, other.name))
        _new(one.id, one, self.shop.groups)

    @_add.register
    def _group_membership(self, one: GroupMembership) -> None:
        _known(one.group_id, self.shop.groups)
        _known(one.customer_id, self.shop.customers)
        if one.until is None:
            now = (other for other in self.shop.memberships.values() if other.until is None)
            _unlike(now, one, lambda other: (other.group_id, other.customer_id))
        _new((one.group_id, one.customer_id, one.since), one, self.shop.memberships)

    @_add.register
    def _customer_tags(self, one: CustomerTags) -> None:
        _known(one.customer_id, self.shop.customers)
        _new(one.customer_id, one, self.shop.tags)

    @_add.register
    def _visibility(self, one: ProductVisibility) -> None:
        _known(one.product_id, self.shop.products)
        if not self.shop.stores_all(one.visibility):
            raise ValueError("somebody is not stored to whom a product is shown, or not")
        if not one.visibility.for_everyone:
            _new(one.product_id, one.visibility, self.shop.visibilities)
        self.shop.note_restrictions(self.actor.merchant_id)

    @_add.register
    def _ownership(self, one: Ownership) -> None:
        check_owner(self.shop, one)
        _new(key_of(one), one, self.shop.ownerships)

    @_add.register
    def _invitation(self, one: Invitation) -> None:
        welcome = one.welcome
        for id, known in (
            (welcome.customer_id, self.shop.customers),
            (welcome.tier_id, self.shop.tiers),
            (welcome.sales_rep_id, self.shop.staff),
        ):
            if id is not None:
                _known(id, known)
        _unlike(self.shop.invitations.values(), one, lambda other: other.code)
        _new(one.id, one, self.shop.invitations)

    @_add.register
    def _coupon_template(self, one: CouponTemplate) -> None:
        _all_known(one.audience, {*self.shop.groups, *self.shop.tiers, *self.shop.customers})
        if one.made_by is not None:
            _known(one.made_by, self.shop.staff)
        if one.claim_code is not None:
            _unlike(self.shop.coupon_templates.values(), one, lambda other: other.claim_code)
        _new(one.id, one, self.shop.coupon_templates)

    @_add.register
    def _coupon(self, one: Coupon) -> None:
        _known(one.template_id, self.shop.coupon_templates)
        _known(one.customer_id, self.shop.customers)
        if one.order_id is not None:
            _known(one.order_id, self.shop.orders)
        _unlike(self.shop.coupons.values(), one, lambda other: other.code)
        _new(one.id, one, self.shop.coupons)

    @_add.register
    def _case(self, one: VerificationCase) -> None:
        _known(one.customer_id, self.shop.customers)
        _new(one.customer_id, attrs.evolve(one, events=()), self.shop.verifications)
        self.shop.record(one.customer_id, one.events, told=True)

    @_add.register
    def _buyer(self, one: Buyer) -> None:
        _known(one.customer_id, self.shop.customers)
        if one.login_id is not None:
            _unlike(self.shop.buyers.values(), one, lambda other: (other.customer_id, other.login_id))
        _new(one.id, one, self.shop.buyers)

    @_add.register
    def _category(self, one: Category) -> None:
        _all_known(one.ancestors, self.shop.categories)
        _new(one.id, one, self.shop.categories)

    @_add.register
    def _brand(self, one: Brand) -> None:
        _new(one.id, one, self.shop.brands)

    @_add.register
    def _product(self, one: Product) -> None:
        self._refer(one)
        if one.id in self.shop.products or any(sku.id in self.shop.skus for sku in one.skus):
            raise ValueError("the product is there already")
        if any(sku.code in self.shop.codes for sku in one.skus):
            raise ValueError("another SKU has this code")
        self.shop.put_product(one)

    @_add.register
    def _batch(self, one: PriceBatch) -> None:
        _new(one.id, one, self.shop.batches)

    @_add.register
    def _prices(self, one: PriceChange) -> None:
        _known(one.list_id, self.shop.lists)
        _known(one.sku_id, self.shop.skus)
        if one.ladder.rungs:
            place = (one.list_id, one.sku_id)
            there, held = self.shop.ladders.get(place, ()), Held(dated(one))
            if any(other.key == held.key for other in there):
                raise ValueError("the ladder is there already")
            self.shop.ladders[place] = (*there, held)

    @_add.register
    def _warehouse(self, one: Warehouse) -> None:
        _unlike(self.shop.warehouses.values(), one, lambda warehouse: warehouse.code)
        _new(one.id, one, self.shop.warehouses)

    @_add.register
    def _item(self, one: StockItem) -> None:
        _known(one.sku_id, self.shop.skus)
        _known(one.warehouse_id, self.shop.warehouses)
        _new((one.sku_id, one.warehouse_id), one, self.shop.stock)

    @_add.register
    def _movement(self, one: Movement) -> None:
        _known((one.sku_id, one.warehouse_id), self.shop.stock)
        _new(one.id, one, self.shop.movements)

    @_add.register
    def _order(self, one: Order) -> None:
        _known(one.customer_id, self.shop.customers)
        _known(one.buyer_id, self.shop.buyers)
        _all_known([line.sku_id for line in one.lines], self.shop.skus)
        if one.id in self.shop.orders or one.number in self.shop.numbers:
            raise ValueError(f"order {one.number} is stored already")
        if one.version < 1:
            raise ValueError("the first version of a stored order is 1")
        self.shop.put_order(one)
        self.shop.record(one.id, one.events, told=True)

    @_add.register
    def _reservation(self, one: Reservation) -> None:
        _known(one.order_id, self.shop.orders)
        _known((one.sku_id, one.warehouse_id), self.shop.stock)
        there = self.shop.reservations.get(one.order_id, ())
        if any((one.line, one.warehouse_id) == (other.line, other.warehouse_id) for other in there):
            raise ValueError("the line has a reservation in this warehouse")
        self.shop.reservations[one.order_id] = (*there, one)


def _known(id: object, table: Collection[object]) -> None:
    if id not in table:
        raise ValueError(f"{id} is not stored")


def _all_known(ids: Iterable[object], table: Collection[object]) -> None:
    for id in ids:
        _known(id, table)


def _new(id: K, one: V, table: dict[K, V]) -> None:
    if id in table:
        raise ValueError(f"{id} is stored already")
    table[id] = one


def _unlike(others: Iterable[V], one: V, name: Callable[[V], object]) -> None:
    if any(name(other) == name(one) for other in others):
        raise ValueError(f"{name(one)} is taken")
