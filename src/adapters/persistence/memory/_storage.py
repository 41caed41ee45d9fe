"""The ports of the verbs, on one shop."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import attrs

from adapters.persistence.memory._companies import check_parent
from adapters.persistence.memory._shops import Claim, Held, Shop, put
from application.authorization import Actor
from application.ports.storage import (
    Answer,
    Answers,
    Charged,
    CustomerNotFound,
    Customers,
    IdempotencyKeyReused,
    Orders,
    Prices,
    Products,
    Stale,
    Trail,
)
from domain.catalog import Brand, Category, Listing, Product
from domain.customers import NOT_APPROVED, Approval, Buyer, Customer
from domain.events import Event
from domain.identity import (
    BrandId,
    CategoryId,
    CustomerId,
    IdempotencyKey,
    OrderId,
    PriceListId,
    PriceTierId,
    SkuCode,
    SkuId,
)
from domain.ladders import AnyLadder, Ladders, dated, replaced_by
from domain.ordering import Order, OrderNotFound
from domain.price_choice import SkuPrices
from domain.pricing import EMPTY, PriceChange, PriceList, PriceSource, PriceTier
from domain.trail import TrailHead, TrailNote

ORDERS = "orders"


def number_of(counted: int) -> str:
    """Write the number of the merchant's so manieth order."""
    return f"DH{counted:08d}"


@attrs.frozen
class MemoryProducts(Products):
    """The catalog of one merchant, as far as it is shown to the actor."""

    shop: Shop
    actor: Actor

    def listings(
        self, *, ids: Collection[SkuId] = (), codes: Collection[SkuCode] = ()
    ) -> tuple[Listing, ...]:
        wanted = set(ids) | {self.shop.codes[code] for code in codes if code in self.shop.codes}
        placed = self.actor.merchant.promotes
        found = (self.shop.listing(sku_id, placed=placed) for sku_id in sorted(wanted))
        return tuple(
            listing for listing in found if listing and self.shop.shows(listing.product_id, self.actor)
        )

    def all(self) -> tuple[Product, ...]:
        return tuple(sorted(self.shop.products.values(), key=lambda one: (one.position, one.id)))

    def categories(self) -> tuple[Category, ...]:
        return tuple(sorted(self.shop.categories.values(), key=lambda one: (*one.ancestors, one.id)))

    def brands(self) -> tuple[Brand, ...]:
        return tuple(sorted(self.shop.brands.values(), key=lambda one: (one.name, one.id)))


@attrs.frozen
class MemoryPrices(Prices):
    """The price lists of one merchant."""

    shop: Shop
    actor: Actor

    def lists(self, ids: Collection[PriceListId] | None = None) -> tuple[PriceList, ...]:
        found = (one for one in self.shop.lists.values() if ids is None or one.id in ids)
        return tuple(sorted(found, key=lambda one: one.id))

    def standard(self) -> tuple[PriceList, ...]:
        own = (PriceSource.BASE, PriceSource.TIER)
        return tuple(one for one in self.lists() if one.source in own)

    def named(self, names: Collection[str]) -> tuple[PriceList, ...]:
        base = PriceSource.BASE
        return tuple(
            one for one in self.lists() if one.id in names or one.name in names or one.source is base
        )

    def ladders(
        self, *, list_ids: Collection[PriceListId], sku_ids: Collection[SkuId] | None = None
    ) -> Mapping[tuple[PriceListId, SkuId], AnyLadder]:
        keys = (
            (list_id, sku_id)
            for list_id, sku_id in self.shop.ladders
            if list_id in list_ids and (sku_ids is None or sku_id in sku_ids)
        )
        said = {key: self.shop.said(*key) for key in keys}
        return {key: one for key, one in said.items() if one != EMPTY}

    def of_customer(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime | None = None
    ) -> Mapping[SkuId, Mapping[PriceList, AnyLadder]]:
        return {sku_id: self.shop.ladders_for(customer_id, sku_id, at=at) for sku_id in sku_ids}

    def charged_later(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], since: datetime
    ) -> Charged:
        found = self.of_customer(customer_id, sku_ids=sku_ids, at=since)
        rules = self.actor.merchant.price_rules
        return lambda at: SkuPrices.of_each(found, at=at, rules=rules)

    def skus_in(
        self, list_id: PriceListId, *, category_id: CategoryId | None, brand_id: BrandId | None, most: int
    ) -> frozenset[SkuId]:
        def wanted(sku_id: SkuId) -> bool:
            product = self.shop.products[self.shop.skus[sku_id]]
            place = self.shop.categories.get(product.category_id) if product.category_id else None
            line = (*place.ancestors, place.id) if place else ()
            return category_id in (None, *line) and brand_id in (None, product.brand_id)

        found = sorted(sku_id for of, sku_id in self.shop.ladders if of == list_id and wanted(sku_id))
        return frozenset(found[:most])

    def add(self, one: PriceList) -> None:
        standard = one.source in (PriceSource.BASE, PriceSource.TIER)
        there = ((other.source, other.tier) for other in self.shop.lists.values())
        twice = standard and (one.source, one.tier) in there
        if one.id in self.shop.lists or twice or not self.shop.stores_audience(one):
            raise Stale(one.id)
        self.shop.lists[one.id] = one

    def lock(self, list_id: PriceListId) -> PriceList | None:
        return self.shop.lists.get(list_id)

    def save(self, one: PriceList) -> None:
        if one.id not in self.shop.lists or not self.shop.stores_audience(one):
            raise Stale(one.id)
        self.shop.lists[one.id] = one

    def set(self, changes: Sequence[PriceChange], *, event: Event) -> Mapping[PriceChange, AnyLadder]:
        before: dict[PriceChange, AnyLadder] = {}
        new: dict[tuple[PriceListId, SkuId], list[Held]] = {}
        for change in changes:
            if change.list_id not in self.shop.lists or change.sku_id not in self.shop.skus:
                raise Stale(change)
            new.setdefault(change.key[:2], []).extend([Held(dated(change))] if change.ladder.rungs else [])
        there = {place: self.shop.ladders.get(place, ()) for place in new}
        gone: set[tuple[tuple[PriceListId, SkuId], Held]] = set()
        for change in changes:
            place = change.key[:2]
            live = [(held, one) for held in there[place] if (one := self.shop.live(held)) is not None]
            given = [(held, one) for held, one in live if replaced_by(change, one, at=event.at)]
            gone |= {(place, held) for held, _ in given}
            if given:
                before[change] = Ladders.put(one for _, one in given)
        for place, held in there.items():
            kept = [*(one for one in held if (place, one) not in gone), *new[place]]
            if len({one.key for one in kept}) < len(kept):
                raise Stale(place)
            put(self.shop, place, kept)
        for list_id in sorted({change.list_id for change in changes}):
            self.shop.record(list_id, (event,))
        return before


@attrs.frozen
class MemoryOrders(Orders):
    """The orders of one merchant; for a buyer, of the own company and of those below it."""

    shop: Shop
    actor: Actor

    def get(self, order_id: OrderId) -> Order:
        found = self._own(order_id)
        if found is None:
            raise OrderNotFound()
        return found

    def add(self, order: Order) -> Order:
        buyer = self.shop.buyers.get(order.buyer_id)
        known = buyer is not None and order.customer_id in self.shop.customers
        if order.id in self.shop.orders or not known:
            raise Stale(order.id)
        counted = self.shop.counters.get(ORDERS, 0) + 1
        if number_of(counted) in self.shop.numbers:
            raise Stale(number_of(counted))
        self.shop.counters[ORDERS] = counted
        self.shop.record(order.id, order.events)
        return self.shop.put_order(attrs.evolve(order, number=number_of(counted), version=1))

    def save(self, order: Order) -> Order:
        found = self._own(order.id)
        if found is None or found.version != order.version:
            raise Stale(order.id)
        self.shop.record(order.id, order.events)
        changed = attrs.evolve(order, number=found.number, lines=found.lines, version=found.version + 1)
        return self.shop.put_order(changed)

    def _own(self, order_id: OrderId) -> Order | None:
        found = self.shop.orders.get(order_id)
        return found if found is not None and self.shop.reaches(self.actor, found.customer_id) else None


@attrs.frozen
class MemoryCustomers(Customers):
    """The buying companies of one merchant; for a buyer, the own one and those below it."""

    shop: Shop
    actor: Actor

    def get(self, customer_id: CustomerId) -> Customer:
        found = self.shop.customers.get(customer_id)
        if found is None or not self.shop.reaches(self.actor, customer_id):
            raise CustomerNotFound()
        return found

    def add(self, customer: Customer) -> None:
        if customer.id in self.shop.customers or customer.tier_id not in self.shop.tiers:
            raise Stale(customer.id)
        check_parent(self.shop, customer)
        self.shop.customers[customer.id] = customer

    def add_buyer(self, buyer: Buyer) -> None:
        there = [one for one in self.shop.buyers.values() if one.customer_id == buyer.customer_id]
        twice = buyer.login_id is not None and buyer.login_id in {one.login_id for one in there}
        if buyer.id in self.shop.buyers or buyer.customer_id not in self.shop.customers or twice:
            raise Stale(buyer.id)
        self.shop.buyers[buyer.id] = buyer

    def approve(self, customer_id: CustomerId, *, approval: Approval, tier_id: PriceTierId) -> None:
        if customer_id not in self.shop.customers or tier_id not in self.shop.tiers:
            raise Stale(customer_id)
        self.shop.customers[customer_id] = attrs.evolve(
            self.shop.customers[customer_id], approval=approval, tier_id=tier_id
        )

    def withdraw_approval(self, customer_id: CustomerId) -> None:
        if customer_id not in self.shop.customers:
            raise Stale(customer_id)
        self.shop.customers[customer_id] = attrs.evolve(
            self.shop.customers[customer_id], approval=NOT_APPROVED
        )

    def tiers(self) -> tuple[PriceTier, ...]:
        return tuple(one for _, one in sorted(self.shop.tiers.items()))


@attrs.frozen
class MemoryAnswers(Answers):
    """What was answered under the keys of one actor."""

    shop: Shop
    actor: Actor

    def claim(
        self, *, operation: str, key: IdempotencyKey, fingerprint: str, foreseen: str | None = None
    ) -> Answer | None:
        place = (self.actor.name, operation, key)
        found = self.shop.answers.get(place)
        if found is None:
            self.shop.answers[place] = Claim(fingerprint, Answer(result=foreseen or ""))
            return None
        if found.fingerprint != fingerprint:
            raise IdempotencyKeyReused(key)
        return found.answer

    def remember(self, *, operation: str, key: IdempotencyKey, answer: Answer) -> None:
        place = (self.actor.name, operation, key)
        self.shop.answers[place] = attrs.evolve(self.shop.answers[place], answer=answer)


@attrs.frozen
class MemoryTrail(Trail):
    """The audit trail of one merchant."""

    shop: Shop
    actor: Actor
    noted: list[TrailNote] = attrs.field(factory=list)

    def note(self, *notes: TrailNote) -> None:
        self.noted.extend(notes)

    def settle(self) -> None:
        """Write down what was noted, as the last thing of all."""
        if not self.noted:
            return
        merchant_id = self.actor.merchant_id
        head = self.shop.trail_heads.get(merchant_id, TrailHead())
        entries = head.extend(self.noted, merchant_id=merchant_id, by=self.actor.doer)
        self.shop.trail_heads[merchant_id] = TrailHead.after(entries)
        self.shop.trail.update({entry.sequence: entry for entry in entries})
