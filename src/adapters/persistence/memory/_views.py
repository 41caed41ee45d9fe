"""Orders, customers, stock and the audit trail as readers see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._lens import Lens, by_place, group_card, tier_card, warehouse_card
from adapters.persistence.memory._pages import cut, has
from adapters.persistence.memory._people import memberships_of
from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, Permission, sees_groups, veil_for
from application.views.customers import (
    WHOLE_BUYER,
    WHOLE_CUSTOMER,
    BuyerCard,
    BuyerWant,
    CustomerBook,
    CustomerCard,
    CustomerFilter,
    CustomerWant,
    GroupCard,
    TierCard,
)
from application.views.inventory import StockBook, StockCard, StockWant, WarehouseCard
from application.views.orders import OrderCard, OrderFilter, OrderHistory, OrdersWant, OrderWant
from application.views.pages import Slice, Window
from application.views.people import Membership
from application.views.trail import TrailBook, TrailCard, TrailFilter, TrailWant, trail_card
from domain.customers import Customer
from domain.identity import BuyerId, CustomerGroupId, CustomerId, OrderId, ProductId, SkuId, WarehouseId
from domain.visibility import FOR_EVERYONE, Verdict


@attrs.frozen
class MemoryOrderHistory(OrderHistory):
    """What one actor sees of the orders."""

    vault: Shops
    actor: Actor
    at: datetime

    async def newest(
        self, *, window: Window, filter: OrderFilter, want: OrderWant, count: bool
    ) -> Slice[OrderCard]:
        return self._lens().orders(None, OrdersWant(window=window, filter=filter, want=want, count=count))

    async def newest_of(
        self, customer_ids: Collection[CustomerId], want: OrdersWant
    ) -> Mapping[CustomerId, Slice[OrderCard]]:
        lens = self._lens()
        return {customer_id: lens.orders(customer_id, want) for customer_id in customer_ids}

    async def orders_by_id(self, ids: Collection[OrderId], *, want: OrderWant) -> Mapping[OrderId, OrderCard]:
        lens = self._lens()
        known = lens.shop.orders
        return {id: lens.order(known[id], want) for id in set(ids) if id in known and lens.sees(known[id])}

    def _lens(self) -> Lens:
        return Lens(self.vault, self.actor, self.at)


@attrs.frozen
class MemoryCustomerBook(CustomerBook):
    """What one actor sees of the customers."""

    vault: Shops
    actor: Actor
    at: datetime

    async def me(self, *, want: BuyerWant = WHOLE_BUYER) -> BuyerCard | None:
        person = self.actor.person_id
        if not isinstance(person, BuyerId):
            return None
        return (await self.buyers_by_id([person], want=want)).get(person)

    async def customers(
        self, *, window: Window, filter: CustomerFilter, count: bool, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Slice[CustomerCard]:
        lens = self._lens()
        return cut(
            (
                customer
                for customer in lens.shop.customers.values()
                if lens.sees_customer(customer.id)
                and (not filter.text or has(customer.name, part=filter.text))
                and filter.sales_rep_id in (None, lens.sales_rep_of(customer.id))
                and _kept(lens.shop, customer, filter)
            ),
            window,
            key=lambda customer: (customer.name, customer.id),
            card=lambda customer: lens.customer(customer, want),
            count=count,
        )

    async def customers_by_id(
        self, ids: Collection[CustomerId], *, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Mapping[CustomerId, CustomerCard]:
        lens = self._lens()
        return {
            id: lens.customer(lens.shop.customers[id], want)
            for id in set(ids)
            if id in lens.shop.customers and lens.sees_customer(id)
        }

    async def buyers_by_id(
        self, ids: Collection[BuyerId], *, want: BuyerWant = WHOLE_BUYER
    ) -> Mapping[BuyerId, BuyerCard]:
        lens = self._lens()
        found = (lens.shop.buyers[id] for id in set(ids) if id in lens.shop.buyers)
        return {buyer.id: lens.buyer(buyer, want) for buyer in found if lens.sees_customer(buyer.customer_id)}

    async def memberships(self) -> tuple[Membership, ...]:
        return memberships_of(self.vault, self.actor)

    async def groups(self) -> tuple[GroupCard, ...]:
        known = self._lens().shop.groups.values() if sees_groups(self.actor) else ()
        living = (group for group in known if group.deleted_at is None)
        return tuple(map(group_card, sorted(living, key=by_place)))

    async def groups_by_id(self, ids: Collection[CustomerGroupId]) -> Mapping[CustomerGroupId, GroupCard]:
        known = self._lens().shop.groups if sees_groups(self.actor) else {}
        return {id: group_card(known[id]) for id in set(ids) if id in known}

    async def would_see(self, customer_id: CustomerId, product_id: ProductId) -> Verdict | None:
        shop = self._lens().shop
        there = customer_id in shop.customers and product_id in shop.products
        if not there or not self.actor.has(Permission.VIEW_CUSTOMERS):
            return None
        return shop.visibilities.get(product_id, FOR_EVERYONE).verdict(shop.audience(customer_id))

    async def tiers(self) -> tuple[TierCard, ...]:
        tiers = self._lens().shop.tiers.values()
        return tuple(tier_card(tier) for tier in sorted(tiers, key=lambda tier: (tier.code, tier.id)))

    def _lens(self) -> Lens:
        return Lens(self.vault, self.actor, self.at)


@attrs.frozen
class MemoryStockBook(StockBook):
    """What one actor sees of the stock."""

    vault: Shops
    actor: Actor
    at: datetime

    async def items(
        self,
        *,
        window: Window,
        sku_ids: Collection[SkuId] | None,
        warehouse_id: WarehouseId | None,
        count: bool,
        want: StockWant = StockWant(),
    ) -> Slice[StockCard]:
        lens = self._lens()
        if not self.actor.has(Permission.VIEW_STOCK):
            return Slice()
        return cut(
            (
                item
                for item in lens.shop.stock.values()
                if (sku_ids is None or item.sku_id in sku_ids) and warehouse_id in (None, item.warehouse_id)
            ),
            window,
            key=lambda item: (lens.shop.sku(item.sku_id).code, item.warehouse_id),
            card=lambda item: lens.stock(item, want),
            count=count,
        )

    async def warehouses(self) -> tuple[WarehouseCard, ...]:
        warehouses = self._lens().shop.warehouses.values()
        return tuple(
            warehouse_card(one) for one in sorted(warehouses, key=lambda one: (one.priority, one.id))
        )

    def _lens(self) -> Lens:
        return Lens(self.vault, self.actor, self.at)


@attrs.frozen
class MemoryTrailBook(TrailBook):
    """What one actor sees of the audit trail."""

    vault: Shops
    actor: Actor
    at: datetime

    async def entries(
        self, *, window: Window, filter: TrailFilter, count: bool, want: TrailWant = TrailWant()
    ) -> Slice[TrailCard]:
        shop = self.vault.shop(self.actor.merchant_id)
        if not self.actor.has(Permission.VIEW_TRAIL):
            return Slice()
        veil = veil_for(self.actor)
        names: dict[str, str] = {person.id: person.name for person in shop.staff.values()}
        names |= {person.id: person.name for person in shop.buyers.values()}
        return cut(
            (entry for entry in shop.trail.values() if filter.keeps(entry)),
            window,
            key=lambda entry: (entry.at, entry.sequence),
            card=lambda entry: trail_card(
                entry,
                person_name=names.get(entry.person_id or "") if want.person_name else None,
                veil=veil,
            ),
            count=count,
            descending=True,
        )


def _kept(shop: Shop, customer: Customer, filter: CustomerFilter) -> bool:
    """Tell whether everything that is asked for of the customer holds."""
    tags = shop.tags.get(customer.id)
    return (
        filter.tier_id in (None, customer.tier_id)
        and (filter.tag is None or (tags is not None and filter.tag in tags.tags))
        and (filter.group_id is None or filter.group_id in shop.audience(customer.id).ids)
    )
