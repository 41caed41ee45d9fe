"""Orders, customers and stock as readers see them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import attrs

from adapters.persistence.memory._pages import cut, has
from adapters.persistence.memory._shops import Shop, Vault, reaches
from application.authorization import Actor
from application.views.customers import BuyerCard, CustomerBook, CustomerCard, TierCard
from application.views.inventory import StockBook, StockCard, WarehouseCard
from application.views.orders import (
    OrderCard,
    OrderFilter,
    OrderHistory,
    OrderLineCard,
    OrderWant,
    SkuHead,
)
from application.views.pages import Key, Slice, Window
from domain.customers import Buyer, Customer
from domain.identity import BuyerId, CustomerId, OrderId, SkuId, WarehouseId
from domain.inventory import StockItem, Warehouse
from domain.ordering import Order, OrderLine
from domain.pricing import PriceTier

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen
class MemoryOrderHistory(OrderHistory):
    """What one actor sees of the orders."""

    vault: Vault
    actor: Actor

    async def newest(
        self, *, window: Window, filter: OrderFilter, want: OrderWant, count: bool
    ) -> Slice[OrderCard]:
        return self._page(list(self._seen(filter)), window, want, count=count)

    async def newest_of(
        self,
        customer_ids: Collection[CustomerId],
        *,
        window: Window,
        filter: OrderFilter,
        want: OrderWant,
        count: bool,
    ) -> Mapping[CustomerId, Slice[OrderCard]]:
        of_customer: dict[CustomerId, list[Order]] = {customer_id: [] for customer_id in customer_ids}
        for order in self._seen(filter):
            if order.customer_id in of_customer:
                of_customer[order.customer_id].append(order)
        return {
            customer_id: self._page(orders, window, want, count=count)
            for customer_id, orders in of_customer.items()
        }

    async def orders_by_id(self, ids: Collection[OrderId], *, want: OrderWant) -> Mapping[OrderId, OrderCard]:
        wanted, shop = set(ids), self.vault.shop(self.actor.merchant_id)
        return {
            order.id: _order_card(shop, order, want)
            for order in self._seen(OrderFilter())
            if order.id in wanted
        }

    def _seen(self, filter: OrderFilter) -> Iterator[Order]:
        for order in self.vault.shop(self.actor.merchant_id).orders.values():
            if filter.status in (None, order.status) and reaches(self.actor, order.customer_id):
                yield order

    def _page(self, orders: list[Order], window: Window, want: OrderWant, *, count: bool) -> Slice[OrderCard]:
        shop = self.vault.shop(self.actor.merchant_id)
        return cut(
            orders,
            window,
            key=_newest_key,
            card=lambda order: _order_card(shop, order, want),
            count=count,
            descending=True,
        )


def _newest_key(order: Order) -> Key:
    return ((order.placed_at - _EPOCH) // _MICROSECOND, order.id)


def _order_card(shop: Shop, order: Order, want: OrderWant) -> OrderCard:
    return OrderCard(
        id=order.id,
        number=order.number,
        customer_id=order.customer_id,
        buyer_id=order.buyer_id,
        status=order.status,
        payment_status=order.payment_status,
        fulfillment_status=order.fulfillment_status,
        payment_method=order.terms.payment_method,
        placed_at=order.placed_at,
        total=order.total,
        line_count=len(order.lines),
        requested_delivery_date=order.terms.requested_delivery_date,
        purchase_order_number=order.terms.purchase_order_number,
        note=order.terms.note,
        address=order.terms.address,
        lines=tuple(_line_card(shop, line) for line in order.lines) if want.lines else (),
    )


def _line_card(shop: Shop, line: OrderLine) -> OrderLineCard:
    sku = shop.sku(line.sku_id)
    return OrderLineCard(
        sku=SkuHead(id=sku.id, code=sku.code, name=sku.name),
        sku_code=line.sku_code,
        sku_name=line.sku_name,
        unit_code=line.unit_code,
        unit_name=line.unit_name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        list_price=line.list_price,
        price_source=line.price_source,
        total=line.total,
    )


@attrs.frozen
class MemoryCustomerBook(CustomerBook):
    """What one actor sees of the customers."""

    vault: Vault
    actor: Actor

    async def me(self) -> BuyerCard | None:
        person = self.actor.person_id
        return (await self.buyers_by_id([person])).get(person) if isinstance(person, BuyerId) else None

    async def customers(self, *, window: Window, text: str | None, count: bool) -> Slice[CustomerCard]:
        shop = self.vault.shop(self.actor.merchant_id)
        return cut(
            (
                customer
                for customer in shop.customers.values()
                if reaches(self.actor, customer.id) and (not text or has(customer.name, part=text))
            ),
            window,
            key=lambda customer: (customer.name, customer.id),
            card=lambda customer: _customer_card(shop, customer),
            count=count,
        )

    async def customers_by_id(self, ids: Collection[CustomerId]) -> Mapping[CustomerId, CustomerCard]:
        shop = self.vault.shop(self.actor.merchant_id)
        return {
            id: _customer_card(shop, shop.customers[id])
            for id in set(ids)
            if id in shop.customers and reaches(self.actor, id)
        }

    async def buyers_by_id(self, ids: Collection[BuyerId]) -> Mapping[BuyerId, BuyerCard]:
        shop = self.vault.shop(self.actor.merchant_id)
        found = (shop.buyers[id] for id in set(ids) if id in shop.buyers)
        return {
            buyer.id: _buyer_card(shop, buyer) for buyer in found if reaches(self.actor, buyer.customer_id)
        }

    async def tiers(self) -> tuple[TierCard, ...]:
        tiers = self.vault.shop(self.actor.merchant_id).tiers.values()
        return tuple(_tier_card(tier) for tier in sorted(tiers, key=lambda tier: (tier.code, tier.id)))


def _tier_card(tier: PriceTier) -> TierCard:
    return TierCard(id=tier.id, code=tier.code, name=tier.name)


def _customer_card(shop: Shop, customer: Customer) -> CustomerCard:
    tier = _tier_card(shop.tiers[customer.tier_id])
    return CustomerCard(id=customer.id, name=customer.name, tier=tier, addresses=customer.addresses)


def _buyer_card(shop: Shop, buyer: Buyer) -> BuyerCard:
    customer = _customer_card(shop, shop.customers[buyer.customer_id])
    return BuyerCard(id=buyer.id, name=buyer.name, role=buyer.role, customer=customer)


@attrs.frozen
class MemoryStockBook(StockBook):
    """What one actor sees of the stock."""

    vault: Vault
    actor: Actor

    async def items(
        self,
        *,
        window: Window,
        sku_ids: Collection[SkuId] | None,
        warehouse_id: WarehouseId | None,
        count: bool,
    ) -> Slice[StockCard]:
        shop = self.vault.shop(self.actor.merchant_id)
        return cut(
            (
                item
                for item in shop.stock.values()
                if (sku_ids is None or item.sku_id in sku_ids) and warehouse_id in (None, item.warehouse_id)
            ),
            window,
            key=lambda item: (shop.sku(item.sku_id).code, item.warehouse_id),
            card=lambda item: _stock_card(shop, item),
            count=count,
        )

    async def warehouses(self) -> tuple[WarehouseCard, ...]:
        warehouses = self.vault.shop(self.actor.merchant_id).warehouses.values()
        return tuple(
            _warehouse_card(one) for one in sorted(warehouses, key=lambda one: (one.priority, one.id))
        )


def _warehouse_card(warehouse: Warehouse) -> WarehouseCard:
    return WarehouseCard(id=warehouse.id, code=warehouse.code, name=warehouse.name)


def _stock_card(shop: Shop, item: StockItem) -> StockCard:
    sku = shop.sku(item.sku_id)
    return StockCard(
        sku_id=sku.id,
        sku_code=sku.code,
        sku_name=sku.name,
        warehouse=_warehouse_card(shop.warehouses[item.warehouse_id]),
        on_hand=item.on_hand,
        reserved=item.reserved,
        available=item.available,
    )
