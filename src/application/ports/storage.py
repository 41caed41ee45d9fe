"""Storage for the verbs: a unit of work is one transaction, opened for one actor's merchant.

Everything here is synchronous and runs in the thread of the verb. Nothing takes a merchant as an argument: the
storage that a unit of work yields cannot name another merchant's rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import attrs

from application.authorization import Actor
from application.ports.amendments import Amendments
from application.ports.bulk import Bulk
from application.ports.buying import BuyingStorage
from application.ports.companies import Ownerships, Tree
from application.ports.coupons import Coupons
from application.ports.floors import Floors
from application.ports.groups import Groups, Tags, Visibilities
from application.ports.own_names import OwnNames
from application.ports.people import PeopleStorage
from application.ports.persons import Persons
from application.ports.price_batches import PriceBatches
from application.ports.pricing import Charged as Charged  # noqa: PLC0414  # told here, too
from application.ports.pricing import Later as Later  # noqa: PLC0414  # told here, too
from application.ports.pricing import Prices as Prices  # noqa: PLC0414  # told here, too
from application.ports.promotions import Promotions
from application.ports.quantity_rules import QuantityRules
from application.ports.registering import Invitations, Verifications
from application.ports.searching import MissedSearches
from application.ports.settings import Settings
from application.ports.simulating import PlacedOrders
from application.ports.special_prices import SpecialPrices
from application.ports.team import Colleagues
from domain.catalog import Brand, Category, Listing, Product
from domain.customers import Approval, Buyer, Customer
from domain.errors import DomainError
from domain.events import Event
from domain.identity import (
    CustomerId,
    IdempotencyKey,
    OrderId,
    PriceTierId,
    SkuCode,
    SkuId,
)
from domain.inventory import Movement, Reservation, StockSheet, Warehouse
from domain.ordering import Order
from domain.pricing import PriceTier
from domain.quantity import Quantity
from domain.trail import TrailNote

T = TypeVar("T")


class NotNow(Exception):
    """Something stood in the way that may be gone at the next try; nothing was changed.

    `because` says what it was, in words for the log: it has no values, which may be personal.
    """

    def __init__(self, *about: object, because: str = "") -> None:
        super().__init__(*about)
        self.because = because

    def __str__(self) -> str:
        return super().__str__() or self.because


class Stale(NotNow):
    """What was saved had been changed by someone else meanwhile."""


class Busy(NotNow):
    """The database was locked, chose this transaction as the victim of a deadlock, or could not be reached."""


class Products(Protocol):
    """The catalog, as the verbs need it."""

    def listings(
        self, *, ids: Collection[SkuId] = (), codes: Collection[SkuCode] = ()
    ) -> tuple[Listing, ...]:
        """Find SKUs by id or by code, those not for sale too; what does not exist is left out.

        What is not shown to the actor does not exist.
        """
        ...

    def listings_later(
        self, *, ids: Collection[SkuId] = (), codes: Collection[SkuCode] = ()
    ) -> Later[tuple[Listing, ...]]:
        """Ask for listings, and wait for them when they are needed."""
        found = self.listings(ids=ids, codes=codes)
        return lambda: found

    def all(self) -> tuple[Product, ...]:
        """The whole catalog, by position: for imports, which compare against it."""
        ...

    def categories(self) -> tuple[Category, ...]:
        """All categories, parents before their children."""
        ...

    def brands(self) -> tuple[Brand, ...]:
        """All brands."""
        ...


class Stock(Protocol):
    """The stock in the warehouses."""

    def warehouses(self) -> tuple[Warehouse, ...]:
        """All warehouses, by priority."""
        ...

    def sheet(self, sku_ids: Collection[SkuId]) -> StockSheet:
        """Look at the stock of these SKUs."""
        ...

    def available_later(self, sku_ids: Collection[SkuId]) -> Later[Mapping[SkuId, Quantity]]:
        """Look at what is available of these SKUs over all warehouses, and wait for it when it is needed; what no
        warehouse has ever had is left out."""
        ...

    def lock(self, sku_ids: Collection[SkuId]) -> StockSheet:
        """Look at the stock of these SKUs and keep it as it is until the unit of work ends.

        Rows are locked in one order (SKU, warehouse), so that two units of work never wait for each other in a ring.
        """
        ...

    def reserve(self, reservations: Sequence[Reservation]) -> None:
        """Take what is reserved out of what is available.

        :raises Stale: if less is available than the reservations say, at the latest when the unit of work ends;
            nothing was taken.
        """
        ...

    def commit(self, order_id: OrderId) -> None:
        """Turn what is held for the order into what is committed to it."""
        ...

    def release(self, order_id: OrderId) -> None:
        """Give what is reserved for the order back; what was released before is not given twice."""
        ...

    def rereserve(self, changed: Sequence[Reservation]) -> None:
        """Put reservations in the place of those of the same order, line and warehouse, after `lock`.

        What is more is taken out of what is available, what is less given back.

        :raises Stale: if less is available, at the latest when the unit of work ends.
        """
        ...

    def move(self, movements: Sequence[Movement], *, event: Event) -> None:
        """Change the stock on hand, after `lock`, and record every movement and the fact.

        :raises Stale: if what is there is not what a movement says was there before.
        """
        ...

    def reservations(self, order_id: OrderId) -> tuple[Reservation, ...]:
        """What is or was reserved for the order, by line and warehouse."""
        ...


class Orders(Protocol):
    """The orders. A buyer's storage holds only those of the company bought for and of those below it."""

    def get(self, order_id: OrderId) -> Order:
        """Find the order.

        :raises OrderNotFound: if there is no such order for this actor.
        """
        ...

    def add(self, order: Order) -> Order:
        """Store a new order with its events under the merchant's next number, and return it as it is stored.

        The number is taken last of all locks.
        """
        ...

    def add_later(self, order: Order) -> Later[Order]:
        """Store a new order as the last thing a unit of work does, and see what was stored after it has ended.

        So nobody waits for the next number while this unit of work still has anything to do but to end.
        """
        stored = self.add(order)
        return lambda: stored

    def save(self, order: Order) -> Order:
        """Store what has changed of the order with its events, and return it as it is stored.

        :raises Stale: if the order was saved by someone else meanwhile.
        """
        ...


class Customers(Protocol):
    """The buying companies. A buyer's storage holds only the own one and those below it."""

    def get(self, customer_id: CustomerId) -> Customer:
        """Find the company.

        :raises CustomerNotFound: if there is no such company for this actor.
        """
        ...

    def add(self, customer: Customer) -> None:
        """Store a new company; where it is a branch, after the parent's `lineage` was asked for."""
        ...

    def add_buyer(self, buyer: Buyer) -> None:
        """Store somebody new who buys for a company.

        :raises Stale: if the login buys for it already.
        """
        ...

    def approve(self, customer_id: CustomerId, *, approval: Approval, tier_id: PriceTierId) -> None:
        """Store what was decided of a company; only that."""
        ...

    def withdraw_approval(self, customer_id: CustomerId) -> None:
        """Store that a company is not approved; only that."""
        ...

    def tiers(self) -> tuple[PriceTier, ...]:
        """All price tiers, by id."""
        ...


@attrs.frozen
class CustomerNotFound(DomainError):
    """There is no such company for whoever asks."""


@attrs.frozen(kw_only=True)
class Answer:
    """How an operation ended: with a result, or with what refused it."""

    result: str = ""
    refusal: DomainError | None = None


@attrs.frozen
class IdempotencyKeyReused(DomainError):
    """The same key came before with other input."""

    key: IdempotencyKey


class Answers(Protocol):
    """What was answered under a key, per actor and operation, in the same transaction as what was done."""

    def claim(
        self, *, operation: str, key: IdempotencyKey, fingerprint: str, foreseen: str | None = None
    ) -> Answer | None:
        """Take the key for this transaction: None if it is new, else how it ended the first time.

        What is foreseen is the result, unless another answer is remembered. Whoever claims the same key at the same
        time waits here until the first has ended.

        :raises IdempotencyKeyReused: if it was used with another fingerprint.
        """
        ...

    def remember(self, *, operation: str, key: IdempotencyKey, answer: Answer) -> None:
        """Keep the answer under the key that was claimed."""
        ...


class Trail(Protocol):
    """The audit trail of the merchant: what was noted of what was done. It only ever grows."""

    def note(self, *notes: TrailNote) -> None:
        """Write down what was done by the actor, in the same transaction.

        It is written when the unit of work ends, and takes the last of all locks: the merchant's actions follow one
        another without gaps, and nobody waits for anything else while holding their place.
        """
        ...


class Storage(BuyingStorage, Protocol):
    """Everything one actor's merchant has stored, inside one transaction."""

    @property
    def products(self) -> Products: ...
    @property
    def prices(self) -> Prices: ...
    @property
    def price_batches(self) -> PriceBatches: ...
    @property
    def special_prices(self) -> SpecialPrices: ...
    @property
    def promotions(self) -> Promotions: ...
    @property
    def amendments(self) -> Amendments: ...
    @property
    def stock(self) -> Stock: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def tags(self) -> Tags: ...
    @property
    def visibilities(self) -> Visibilities: ...
    @property
    def quantity_rules(self) -> QuantityRules: ...
    @property
    def floors(self) -> Floors: ...
    @property
    def colleagues(self) -> Colleagues: ...
    @property
    def tree(self) -> Tree: ...
    @property
    def ownerships(self) -> Ownerships: ...
    @property
    def own_names(self) -> OwnNames: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def coupons(self) -> Coupons: ...
    @property
    def placed_orders(self) -> PlacedOrders: ...
    @property
    def verifications(self) -> Verifications: ...
    @property
    def people(self) -> PeopleStorage:
        """What belongs to people and to no merchant, in the same transaction."""
        ...

    @property
    def answers(self) -> Answers: ...
    @property
    def persons(self) -> Persons: ...
    @property
    def trail(self) -> Trail: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def missed_searches(self) -> MissedSearches: ...
    @property
    def bulk(self) -> Bulk: ...


class UnitOfWork(Protocol):
    """Opens transactions."""

    def __call__(self, actor: Actor) -> AbstractContextManager[Storage]:
        """Open a transaction for this actor's merchant: leaving the block commits, raising rolls back.

        :raises Busy: if the database could not be had; the whole block may be tried again.
        """
        ...

    def reading(self, actor: Actor) -> AbstractContextManager[Storage]:
        """Open a transaction of one moment that changes nothing."""
        ...
