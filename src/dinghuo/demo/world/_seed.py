"""Filling an empty installation with demonstration merchants."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from enum import Enum
from itertools import islice
from random import Random
from typing import Protocol

import attrs

from application.authorization import Actor
from application.ports.bulk import Bulk
from application.ports.clock import Clock
from application.ports.storage import Storage, UnitOfWork
from dinghuo.demo.vocabulary import vocabulary
from dinghuo.demo.world import _people as people
from dinghuo.demo.world._chance import ChanceIds
from dinghuo.demo.world._companies import hung_together, owners_of, ownerships
from dinghuo.demo.world._deals import FEWEST, deals, shown_company
from dinghuo.demo.world._goods import openings, price_book, shelves, stock
from dinghuo.demo.world._groups import kept_from_some, sorting
from dinghuo.demo.world._lists import lists
from dinghuo.demo.world._logins import Phonebook, buyers_with, staff_with
from dinghuo.demo.world._newcomers import WAITING, newcomers
from dinghuo.demo.world._orders import Placed, Year
from dinghuo.demo.world._size import DEMO, Size
from domain.identity import LoginId
from domain.merchant import Merchant, Staff
from domain.people import Phone
from domain.pricing import PriceTier

SLUG = "demo"
"""The first merchant; the others are called after it."""
MOST_ORDERS = 2_000
MOST_LINES = 20_000
"""A transaction takes at most so many, so that neither memory nor the journal grows with the world."""
MOST_AT_ONCE = 100_000
"""A merchant with at most so many lines is made in one transaction."""
_FOUNDED = timedelta(days=500)


Opened = Callable[[Actor], AbstractContextManager[Storage]]
"""How a step gets its storage: in a transaction of its own, or in the one that all share."""


class Stage(Enum):
    """What is being made."""

    CATALOG = "CATALOG"
    ORDERS = "ORDERS"


class Progress(Protocol):
    """Is told how far the work has come."""

    def __call__(self, stage: Stage, *, slug: str, done: int, total: int) -> None:
        """So much of this stage of this merchant is stored."""
        ...


@attrs.frozen
class ImpossibleSize(Exception):
    """The catalog has fewer SKUs than an order is to have lines."""

    lines: int
    skus: int


def slugs(size: Size) -> tuple[str, ...]:
    """What the merchants of a world of this size are called."""
    return (SLUG, *(f"{SLUG}-{number}" for number in range(2, size.merchants + 1)))


def silently(stage: Stage, *, slug: str, done: int, total: int) -> None:
    """Tell nobody."""


def seed(
    unit_of_work: UnitOfWork,
    *,
    clock: Clock,
    size: Size = DEMO,
    progress: Progress = silently,
    random_seed: int = 1,
    phonebook: Phonebook | None = None,
) -> None:
    """Make the merchants one after the other: a small one in one transaction, so that it is there whole or not at all,
    a large one's catalog first and then its orders in several, so that memory stays level.

    After each transaction everything that is stored is true. With a phonebook some of the people can sign in.

    :raises ImpossibleSize: before anything is stored.
    """
    now = clock.now()
    for slug in slugs(size):
        logins: dict[Phone, LoginId] = {}
        if phonebook is not None:
            # By chance of their own: the rest of the world is the same with them and without.
            logins = phonebook.logins(ChanceIds(Random(f"{random_seed}/{slug}/logins"), now - _FOUNDED))
        _World(
            unit_of_work, slug, size, progress, now, Random(f"{random_seed}/{slug}"), logins, random_seed
        ).make()


@attrs.frozen
class _World:
    """One merchant's world."""

    unit_of_work: UnitOfWork
    slug: str
    size: Size
    progress: Progress
    now: datetime
    chance: Random
    logins: dict[Phone, LoginId]
    random_seed: int

    def make(self) -> None:
        ids = ChanceIds(self.chance, self.now - _FOUNDED)
        merchant = people.merchant(self.slug, ids=ids)
        if self.size.orders * self.size.lines > MOST_AT_ONCE:
            self._fill(merchant, ids, self.unit_of_work)
            return
        with self.unit_of_work(Actor.operator(merchant)) as storage:
            self._fill(merchant, ids, lambda _: nullcontext(storage))

    def _fill(self, merchant: Merchant, ids: ChanceIds, opened: Opened) -> None:
        year = self._catalog(merchant, ids, opened)
        orders, done = year.orders(), 0
        actor = Actor.operator(merchant)
        self.progress(Stage.ORDERS, slug=self.slug, done=done, total=self.size.orders)
        while chunk := list(islice(orders, max(1, min(MOST_ORDERS, MOST_LINES // self.size.lines)))):
            with opened(actor) as storage:
                _store(storage, chunk)
                done += len(chunk)
                storage.bulk.count_orders_from(done)
            self.progress(Stage.ORDERS, slug=self.slug, done=done, total=self.size.orders)
        with opened(actor) as storage:
            storage.bulk.settle()

    def _catalog(self, merchant: Merchant, ids: ChanceIds, opened: Opened) -> Year:
        words, chance, now = vocabulary(), self.chance, self.now
        founded = now - _FOUNDED
        self.progress(Stage.CATALOG, slug=self.slug, done=0, total=self.size.products)
        there = shelves(self.size.products, skus=self.size.skus, words=words, ids=ids, founded=founded)
        skus = sum(len(one.skus) for one in there.products)
        if self.size.exact_lines and self.size.lines > skus:
            raise ImpossibleSize(self.size.lines, skus)
        ids.at(founded)
        staff = staff_with(people.staff(words=words, ids=ids), self.logins)
        customers = hung_together(
            people.customers(self.size.customers, tiers=there.tiers, words=words, ids=ids, chance=chance)
        )
        # By chance of their own, too.
        own = ChanceIds(Random(f"{self.random_seed}/{self.slug}/groups"), founded)
        sorted_ = sorting(customers, ids=own, at=founded)
        # Where sizes are exact, the world is for measuring, and everybody sees everything.
        kept = (
            ()
            if self.size.skus is not None
            else kept_from_some(there.products, tiers=there.tiers, groups=sorted_.groups)
        )
        owned = ownerships(customers, staff=staff, since=founded)
        buyers = people.buyers(customers, words=words, ids=ids, chance=chance)
        buyers = buyers_with(buyers, self.logins)
        prices = price_book(
            there,
            customers=customers,
            merchant=merchant,
            now=now,
            ids=ids,
            chance=chance,
            always_breaks=self.size.skus is not None,
        )
        items = stock(there, chance=chance)
        counted = openings(items, ids=ids.at(now), now=now)
        with opened(Actor.operator(merchant)) as storage:
            bulk = storage.bulk
            bulk.add([merchant])
            bulk.add(staff)
            bulk.add(there.tiers)
            bulk.add(there.warehouses)
            bulk.add(there.categories)
            bulk.add(there.brands)
            bulk.add(there.products)
            bulk.add(customers)
            bulk.add(sorted_.groups)
            bulk.add(sorted_.memberships)
            bulk.add(sorted_.tags)
            bulk.add(kept)
            bulk.add(owned)
            bulk.add(buyers)
            bulk.add(prices.ladders)
            bulk.add(prices.changes())
            bulk.add(items)
            bulk.add(counted)
            if self.size.skus is None:
                by_chance = ChanceIds(Random(f"{self.random_seed}/{self.slug}/lists"), founded)
                company = shown_company(customers, buyers, there)
                made = lists(there.products, company=company, ids=by_chance)
                storage.order_templates.save(made.template)
                storage.shopping_lists.save(made.shopping_list)
                if len(there.products) >= FEWEST:
                    offered = deals(
                        there,
                        prices=prices,
                        customers=customers,
                        company=company,
                        merchant=merchant,
                        owner=staff[0],
                        ids=ChanceIds(Random(f"{self.random_seed}/{self.slug}/deals"), now),
                        now=now,
                    )
                    offered.store(storage)
            self._add_newcomers(bulk, there.tiers[0], staff[0])
        self.progress(Stage.CATALOG, slug=self.slug, done=self.size.products, total=self.size.products)
        return Year(
            merchant=merchant,
            products=there.products,
            warehouses=there.warehouses,
            prices=prices,
            customers=customers,
            buyers=buyers,
            owners=owners_of(owned, at=now),
            stock=items,
            ids=ids,
            chance=chance,
            now=now,
            size=self.size,
        )

    def _add_newcomers(self, bulk: Bulk, tier: PriceTier, owner: Staff) -> None:
        """Where people can sign in, let some come anew; by chance of their own."""
        login_id = self.logins.get(WAITING)
        if login_id is None:
            return
        ids = ChanceIds(Random(f"{self.slug}/newcomers"), self.now)
        some = newcomers(tier=tier, staff=owner, login_id=login_id, words=vocabulary(), ids=ids, now=self.now)
        bulk.add([some.customer])
        bulk.add([some.buyer])
        bulk.add([some.case])
        bulk.add([some.invitation])


def _store(storage: Storage, chunk: list[Placed]) -> None:
    """Store orders, and take what is reserved for the open ones as their buyers did."""
    storage.bulk.add(one.order for one in chunk)
    made = [reservation for one in chunk for reservation in one.reservations]
    if made:
        storage.stock.lock({one.sku_id for one in made})
        storage.stock.reserve(made)
    for one in chunk:
        if one.confirmed:
            storage.stock.commit(one.order.id)
