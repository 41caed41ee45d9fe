"""The database: units of work over the vault, and everything else that is opened on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache, partial

import attrs

from adapters.persistence.memory._amendments import MemoryAmendmentBook, MemoryAmendments
from adapters.persistence.memory._audit import MemoryAudit
from adapters.persistence.memory._bulk import MemoryBulk
from adapters.persistence.memory._carts import MemoryCarts
from adapters.persistence.memory._catalog import MemoryCatalog
from adapters.persistence.memory._companies import MemoryOwnerships, MemoryTree
from adapters.persistence.memory._coupons import MemoryCouponBook, MemoryCoupons
from adapters.persistence.memory._directory import MemoryDirectory
from adapters.persistence.memory._floors import MemoryFloorBook, MemoryFloors
from adapters.persistence.memory._groups import MemoryGroups, MemoryTags, MemoryVisibilities
from adapters.persistence.memory._named_goods import MemoryNamedGoods
from adapters.persistence.memory._own_names import MemoryOwnNameBook, MemoryOwnNames
from adapters.persistence.memory._people import MemoryPeople
from adapters.persistence.memory._persons import MemoryPersons
from adapters.persistence.memory._price_batches import MemoryPriceBatches
from adapters.persistence.memory._price_book import MemoryPriceBook
from adapters.persistence.memory._promotions import MemoryPromotionBook, MemoryPromotions
from adapters.persistence.memory._quantity_rules import MemoryAllowanceBook, MemoryQuantityRules
from adapters.persistence.memory._registering import (
    MemoryInvitations,
    MemoryRegistrationBook,
    MemoryVerifications,
)
from adapters.persistence.memory._sealed import MemorySealedRows
from adapters.persistence.memory._searching import MemoryMissedBook, MemoryMissedSearches
from adapters.persistence.memory._settings import MemorySettings
from adapters.persistence.memory._shopping import MemoryOrderTemplates, MemoryShoppingLists
from adapters.persistence.memory._shops import WAIT_S, Shop, Shops, Snapshot
from adapters.persistence.memory._simulating import MemoryPlacedOrders
from adapters.persistence.memory._special_prices import MemorySpecialPrices
from adapters.persistence.memory._stock import MemoryStock
from adapters.persistence.memory._storage import (
    MemoryAnswers,
    MemoryCustomers,
    MemoryOrders,
    MemoryPrices,
    MemoryProducts,
    MemoryTrail,
)
from adapters.persistence.memory._team import MemoryColleagues, MemoryStaffBook
from adapters.persistence.memory._vault import Vault
from adapters.persistence.memory._views import (
    MemoryCustomerBook,
    MemoryOrderHistory,
    MemoryStockBook,
    MemoryTrailBook,
)
from application.authorization import Actor
from application.ports.database import Database, SchemaState, SecondWall
from application.ports.people import PeopleStorage
from application.ports.storage import Storage, UnitOfWork
from application.ports.tokens import Claims
from application.views.reading import Look, Reading, Views
from domain.identity import MerchantId


@attrs.frozen(kw_only=True)
class MemoryStorage:
    """One shop, open for one actor."""

    products: MemoryProducts
    prices: MemoryPrices
    special_prices: MemorySpecialPrices
    promotions: MemoryPromotions
    amendments: MemoryAmendments
    price_batches: MemoryPriceBatches
    stock: MemoryStock
    orders: MemoryOrders
    customers: MemoryCustomers
    groups: MemoryGroups
    tags: MemoryTags
    visibilities: MemoryVisibilities
    quantity_rules: MemoryQuantityRules
    floors: MemoryFloors
    invitations: MemoryInvitations
    coupons: MemoryCoupons
    placed_orders: MemoryPlacedOrders
    verifications: MemoryVerifications
    colleagues: MemoryColleagues
    tree: MemoryTree
    ownerships: MemoryOwnerships
    own_names: MemoryOwnNames
    shopping_lists: MemoryShoppingLists
    order_templates: MemoryOrderTemplates
    named_goods: MemoryNamedGoods
    carts: MemoryCarts
    answers: MemoryAnswers
    persons: MemoryPersons
    trail: MemoryTrail
    settings: MemorySettings
    missed_searches: MemoryMissedSearches
    bulk: MemoryBulk
    crowd: Callable[[], PeopleStorage]

    @property
    def people(self) -> PeopleStorage:
        """People, from the first question on for as long as the shop is open."""
        return self.crowd()

    @classmethod
    def of(
        cls,
        shop: Shop,
        actor: Actor,
        shops: Mapping[MerchantId, Shop],
        crowd: Callable[[], PeopleStorage],
    ) -> MemoryStorage:
        """Open every port on the shop."""
        return cls(
            products=MemoryProducts(shop, actor),
            prices=MemoryPrices(shop, actor),
            special_prices=MemorySpecialPrices(shop, actor),
            promotions=MemoryPromotions(shop, actor.merchant_id),
            amendments=MemoryAmendments(shop, actor),
            price_batches=MemoryPriceBatches(shop),
            stock=MemoryStock(shop),
            orders=MemoryOrders(shop, actor),
            customers=MemoryCustomers(shop, actor),
            groups=MemoryGroups(shop),
            tags=MemoryTags(shop),
            visibilities=MemoryVisibilities(shop, actor.merchant_id),
            quantity_rules=MemoryQuantityRules(shop),
            floors=MemoryFloors(shop),
            invitations=MemoryInvitations(shop),
            coupons=MemoryCoupons(shop, actor),
            placed_orders=MemoryPlacedOrders(shop, actor),
            verifications=MemoryVerifications(shop, actor),
            colleagues=MemoryColleagues(shop, actor),
            tree=MemoryTree(shop, actor),
            ownerships=MemoryOwnerships(shop, actor),
            own_names=MemoryOwnNames(shop, actor),
            shopping_lists=MemoryShoppingLists(shop, actor),
            order_templates=MemoryOrderTemplates(shop, actor),
            named_goods=MemoryNamedGoods(shop, actor),
            carts=MemoryCarts(shop, actor),
            answers=MemoryAnswers(shop, actor),
            persons=MemoryPersons(shop, actor, crowd),
            trail=MemoryTrail(shop, actor),
            settings=MemorySettings(shop, actor.merchant_id),
            missed_searches=MemoryMissedSearches(shop),
            bulk=MemoryBulk(shop, actor, shops),
            crowd=crowd,
        )


@attrs.frozen
class MemoryUnitOfWork(UnitOfWork):
    """Transactions: writers one at a time, each on a copy; readers on what is committed."""

    vault: Vault
    people: MemoryPeople

    @contextmanager
    def __call__(self, actor: Actor) -> Iterator[Storage]:
        # People are committed last, which nothing can refuse.
        with ExitStack() as opened, self.vault.writing(actor.merchant_id) as shop:

            @cache
            def crowd() -> PeopleStorage:
                beside = Snapshot({**self.vault.shops, actor.merchant_id: shop})
                return opened.enter_context(self.people.beside(beside))

            storage = MemoryStorage.of(shop, actor, self.vault.shops, crowd)
            yield storage
            storage.trail.settle()

    @contextmanager
    def reading(self, actor: Actor) -> Iterator[Storage]:
        shops = self.vault.shops
        shop = self.vault.shop(actor.merchant_id).sealed()
        crowd = partial(self.people.seen, Snapshot(shops))
        storage = MemoryStorage.of(shop, actor, shops, crowd)
        yield storage
        storage.trail.settle()


class MemoryLook(Look):
    """One look: on what was committed when the first question came."""

    def __init__(self, vault: Vault, at: datetime) -> None:
        self._vault, self._at = vault, at
        self._seen: Snapshot | None = None

    @property
    def trips(self) -> int:
        return 0

    async def guest(self, *, slug: str | None) -> Actor:
        return await MemoryDirectory(self._moment()).guest(slug=slug)

    async def actor(self, claims: Claims) -> Actor:
        return await MemoryDirectory(self._moment()).actor(claims, at=self._at)

    def views(self, actor: Actor) -> Views:
        return _views(self._moment(), actor, self._at)

    async def close(self) -> None:
        """Nothing to give back."""

    def _moment(self) -> Snapshot:
        if self._seen is None:
            self._seen = Snapshot(self._vault.shops)
        return self._seen


def _views(shops: Shops, actor: Actor, at: datetime) -> Views:
    return Views(
        catalog=MemoryCatalog(shops, actor, at),
        orders=MemoryOrderHistory(shops, actor, at),
        customers=MemoryCustomerBook(shops, actor, at),
        stock=MemoryStockBook(shops, actor, at),
        prices=MemoryPriceBook(shops, actor, at),
        trail=MemoryTrailBook(shops, actor, at),
        registrations=MemoryRegistrationBook(shops, actor, at),
        coupons=MemoryCouponBook(shops, actor, at),
        staff=MemoryStaffBook(shops, actor, at),
        missed=MemoryMissedBook(shops, actor, at),
        own_names=MemoryOwnNameBook(shops, actor, at),
        promotions=MemoryPromotionBook(shops, actor, at),
        floors=MemoryFloorBook(shops, actor),
        allowances=MemoryAllowanceBook(shops, actor, at),
        amendments=MemoryAmendmentBook(shops, actor),
    )


@attrs.frozen
class MemoryReading(Reading):
    """The query ports, each query on what is committed when it is asked."""

    vault: Vault

    def __call__(self, actor: Actor, *, at: datetime) -> Views:
        return _views(self.vault, actor, at)

    def look(self, *, at: datetime, foreseen: int = 0) -> Look:
        return MemoryLook(self.vault, at)

    async def ready(self) -> None:
        """Memory always answers."""


class MemoryDatabase(Database):
    """All ports of storage, in memory: gone when the program ends."""

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self.vault = Vault(wait_s=wait_s)
        self.people = MemoryPeople(self.vault, wait_s=wait_s)
        self.unit_of_work = MemoryUnitOfWork(self.vault, self.people)
        self.reading = MemoryReading(self.vault)
        self.directory = MemoryDirectory(self.vault)
        self.audit = MemoryAudit(self.vault, self.people)
        self.sealed = MemorySealedRows()

    @property
    def statements(self) -> int:
        """None are ever sent."""
        return 0

    def schema_state(self) -> SchemaState:
        """There are no tables to be behind."""
        return SchemaState.CURRENT

    def scrub(self) -> bool:
        """There are no files."""
        return True

    def migrate(self) -> None:
        """Nothing to change."""

    def keys_told(self) -> frozenset[str]:
        """Nothing is sealed."""
        return frozenset()

    def second_wall(self) -> SecondWall:
        """Every merchant has dictionaries of its own."""
        return SecondWall.UNKNOWN

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def close(self) -> None:
        """Nothing to close."""
