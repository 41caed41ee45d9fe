"""The SQL database: every port of the storage, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import attrs
from sqlalchemy import literal, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from adapters.persistence.amendments import SqlAmendments
from adapters.persistence.audit import SqlAudit
from adapters.persistence.bulk import SqlBulk
from adapters.persistence.carts import SqlCarts
from adapters.persistence.catalog import SqlProducts
from adapters.persistence.coupons import SqlCoupons
from adapters.persistence.customers import SqlCustomers
from adapters.persistence.directory import SqlDirectory, read_actor, read_guest
from adapters.persistence.editions import renew
from adapters.persistence.floors import SqlFloors
from adapters.persistence.groups import SqlGroups, SqlTags
from adapters.persistence.idempotency import SqlAnswers
from adapters.persistence.inventory import SqlStock
from adapters.persistence.migrations import keys_told, migrate, schema_state
from adapters.persistence.named_goods import SqlNamedGoods
from adapters.persistence.ordering import SqlOrders
from adapters.persistence.own_names import SqlOwnNames
from adapters.persistence.ownership import SqlOwnerships
from adapters.persistence.people import SqlPeople, SqlPeopleStorage
from adapters.persistence.persons import SqlPersons
from adapters.persistence.pricing import SqlPriceBatches, SqlPrices
from adapters.persistence.promotions import SqlPromotions
from adapters.persistence.quantity_rules import SqlQuantityRules
from adapters.persistence.registering import SqlInvitations, SqlVerifications
from adapters.persistence.resealing import SqlSealedRows, every_sealed_column
from adapters.persistence.scrubbing import scrub
from adapters.persistence.searching import SqlMissedSearches
from adapters.persistence.sessions import Driver, Meter, Moment, Session
from adapters.persistence.settings import SqlSettings
from adapters.persistence.shopping import SqlOrderTemplates, SqlShoppingLists
from adapters.persistence.sight import Known, Sight
from adapters.persistence.simulating import SqlPlacedOrders
from adapters.persistence.special_prices import SqlSpecialPrices
from adapters.persistence.statements import Ask, Reader, Rows, Statement
from adapters.persistence.team import SqlColleagues
from adapters.persistence.trail import SqlTrail
from adapters.persistence.tree import SqlTree
from adapters.persistence.visibilities import SqlVisibilities
from application.authorization import Actor
from application.ports.clock import Clock
from application.ports.database import Database, SchemaState, SecondWall
from application.ports.sealing import Sealing
from application.ports.storage import Storage, UnitOfWork
from application.ports.tokens import Claims
from application.views.reading import Look, Reading, Views
from domain.trail import TrailNote

_ONE = Statement(select(literal(1)))


class UnknownDatabase(ValueError):
    """The URL names no database this program can use."""


@attrs.frozen
class SqlStorage(Storage):
    """Everything one actor's merchant has stored, inside one transaction."""

    session: Session
    actor: Actor
    clock: Clock
    noted: list[TrailNote] = attrs.field(factory=list)

    @property
    def products(self) -> SqlProducts:
        return SqlProducts(self.session, self.actor)

    @property
    def prices(self) -> SqlPrices:
        return SqlPrices(self.session, self.actor)

    @property
    def price_batches(self) -> SqlPriceBatches:
        return SqlPriceBatches(self.session, self.actor)

    @property
    def special_prices(self) -> SqlSpecialPrices:
        return SqlSpecialPrices(self.session, self.actor)

    @property
    def promotions(self) -> SqlPromotions:
        return SqlPromotions(self.session, self.actor)

    @property
    def amendments(self) -> SqlAmendments:
        return SqlAmendments(self.session, self.actor)

    @property
    def stock(self) -> SqlStock:
        return SqlStock(self.session, self.actor)

    @property
    def orders(self) -> SqlOrders:
        return SqlOrders(self.session, self.actor)

    @property
    def customers(self) -> SqlCustomers:
        return SqlCustomers(self.session, self.actor)

    @property
    def groups(self) -> SqlGroups:
        return SqlGroups(self.session, self.actor.merchant_id)

    @property
    def tags(self) -> SqlTags:
        return SqlTags(self.session, self.actor.merchant_id)

    @property
    def visibilities(self) -> SqlVisibilities:
        return SqlVisibilities(self.session, self.actor.merchant_id)

    @property
    def quantity_rules(self) -> SqlQuantityRules:
        return SqlQuantityRules(self.session, self.actor.merchant_id)

    @property
    def floors(self) -> SqlFloors:
        return SqlFloors(self.session, self.actor)

    @property
    def colleagues(self) -> SqlColleagues:
        return SqlColleagues(self.session, self.actor)

    @property
    def tree(self) -> SqlTree:
        return SqlTree(self.session, self.actor)

    @property
    def ownerships(self) -> SqlOwnerships:
        return SqlOwnerships(self.session, self.actor)

    @property
    def carts(self) -> SqlCarts:
        return SqlCarts(self.session, self.actor)

    @property
    def named_goods(self) -> SqlNamedGoods:
        return SqlNamedGoods(self.session, self.actor)

    @property
    def shopping_lists(self) -> SqlShoppingLists:
        return SqlShoppingLists(self.session, self.actor)

    @property
    def order_templates(self) -> SqlOrderTemplates:
        return SqlOrderTemplates(self.session, self.actor)

    @property
    def own_names(self) -> SqlOwnNames:
        return SqlOwnNames(self.session, self.actor)

    @property
    def invitations(self) -> SqlInvitations:
        return SqlInvitations(self.session, self.actor.merchant_id)

    @property
    def coupons(self) -> SqlCoupons:
        return SqlCoupons(self.session, self.actor)

    @property
    def placed_orders(self) -> SqlPlacedOrders:
        return SqlPlacedOrders(self.session, self.actor)

    @property
    def verifications(self) -> SqlVerifications:
        return SqlVerifications(self.session, self.actor)

    @property
    def people(self) -> SqlPeopleStorage:
        return SqlPeopleStorage(self.session)

    @property
    def answers(self) -> SqlAnswers:
        return SqlAnswers(self.session, self.actor, self.clock)

    @property
    def persons(self) -> SqlPersons:
        return SqlPersons(self.session, self.actor)

    @property
    def trail(self) -> SqlTrail:
        return SqlTrail(self.session, self.actor, self.noted)

    @property
    def settings(self) -> SqlSettings:
        return SqlSettings(self.session, self.actor.merchant_id)

    @property
    def missed_searches(self) -> SqlMissedSearches:
        return SqlMissedSearches(self.session, self.actor.merchant_id)

    @property
    def bulk(self) -> SqlBulk:
        return SqlBulk(self.session, self.actor)


@attrs.frozen
class SqlUnitOfWork(UnitOfWork):
    """Opens transactions on the database."""

    driver: Driver
    clock: Clock

    @contextmanager
    def __call__(self, actor: Actor) -> Iterator[Storage]:
        with self.driver.writing(of=actor.merchant_id) as session:
            storage = SqlStorage(session, actor, self.clock)
            yield storage
            storage.trail.settle()
            renew(session, actor.merchant_id)

    @contextmanager
    def reading(self, actor: Actor) -> Iterator[Storage]:
        with self.driver.snapshot(of=actor.merchant_id) as session:
            storage = SqlStorage(session, actor, self.clock)
            yield storage
            storage.trail.settle()


class SqlLook(Look):
    """One look, on one snapshot of the database."""

    def __init__(self, moment: Moment, at: datetime, *, alone: bool = False) -> None:
        """`alone` is whether who looks is all that is foreseen to be looked at."""
        self._moment, self._at, self._alone = moment, at, alone
        self._known: tuple[Actor, Known] | None = None

    @property
    def trips(self) -> int:
        return self._moment.trips

    async def guest(self, *, slug: str | None) -> Actor:
        return await self._moment.read(lambda: read_guest(slug), of=None)

    async def actor(self, claims: Claims) -> Actor:
        reader = partial(read_actor, claims, at=self._at, alone=self._alone)
        actor, known = await self._moment.read(reader, of=claims.merchant_id)
        self._known = (actor, known)
        return actor

    def views(self, actor: Actor) -> Views:
        known = self._known[1] if self._known is not None and self._known[0] == actor else None
        return Sight(self._moment, actor, self._at, known=known).views

    async def close(self) -> None:
        await self._moment.close()


@attrs.frozen
class SqlReading(Reading):
    """Opens the query ports on the database."""

    driver: Driver

    def __call__(self, actor: Actor, *, at: datetime) -> Views:
        return Sight(self.driver, actor, at).views

    def look(self, *, at: datetime, foreseen: int = 0) -> Look:
        return SqlLook(self.driver.moment(foreseen=foreseen), at, alone=foreseen == 1)

    async def ready(self) -> None:
        def reader() -> Reader[Rows]:
            return (yield Ask(_ONE, {}))

        await self.driver.read(reader, of=None)


class SqlDatabase(Database):
    """A database by its URL: `sqlite:///<path>` or `postgresql+psycopg://…`."""

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        sealing: Sealing,
        read_pool: int = 10,
        write_pool: int = 10,
        statement_s: float = 5,
        second_wall: bool = True,
    ) -> None:
        """`statement_s` is how long a statement of a reader may take; without its second wall PostgreSQL keeps the
        rights of its user, which is for measuring what the wall costs.

        :raises UnknownDatabase: if the URL is none, or names a database this program cannot use."""
        self.url = url
        self._meter = Meter()
        self.driver = _driver(
            url,
            meter=self._meter,
            sealing=sealing,
            read_pool=read_pool,
            write_pool=write_pool,
            statement_s=statement_s,
            second_wall=second_wall,
        )
        self.unit_of_work = SqlUnitOfWork(self.driver, clock)
        self.reading = SqlReading(self.driver)
        self.directory = SqlDirectory(self.driver)
        self.people = SqlPeople(self.driver)
        self.audit = SqlAudit(self.driver, sealing)
        self._rows = SqlSealedRows(self.driver, sealing)
        self.sealed = self._rows

    @property
    def statements(self) -> int:
        """How many statements were sent so far, other than those that open and close transactions."""
        return self._meter.statements

    def scrub(self) -> bool:
        """Let nothing that was overwritten stay in the files."""
        return self.driver.scrub()

    def migrate(self) -> None:
        """Bring the schema up to date, and seal what is there; make the file if it is missing."""
        migrate(self.url)
        try:
            self._rows.seal_what_is_there(lambda tables: scrub(self.url, tables))
        finally:
            self.driver.close()

    def schema_state(self) -> SchemaState:
        """Compare the schema with the one this program knows."""
        return schema_state(self.url, sealed=every_sealed_column())

    def keys_told(self) -> frozenset[str]:
        """The ids of the keys that something may be sealed with; looked at without a key."""
        return keys_told(self.url)

    def second_wall(self) -> SecondWall:
        """Look whether the database itself keeps merchants apart."""
        return self.driver.second_wall()

    async def start(self) -> None:
        """Open the pool of readers."""
        await self.driver.start()

    async def stop(self) -> None:
        """Close every connection."""
        await self.driver.stop()

    def close(self) -> None:
        """Close the connections of the verbs."""
        self.driver.close()


def _driver(
    url: str,
    *,
    meter: Meter,
    sealing: Sealing,
    read_pool: int,
    write_pool: int,
    statement_s: float,
    second_wall: bool,
) -> Driver:
    # Imported here because a program uses one of them, and starts faster without the other.
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UnknownDatabase("not a database URL") from None
    if parsed.drivername == "sqlite" and parsed.database:
        from adapters.persistence.sqlite import Sqlite

        return Sqlite(Path(parsed.database), meter=meter, sealing=sealing, statement_s=statement_s)
    if parsed.drivername == "postgresql+psycopg":
        from adapters.persistence.postgres import Postgres

        return Postgres(
            url,
            meter=meter,
            sealing=sealing,
            read_pool=read_pool,
            write_pool=write_pool,
            statement_s=statement_s,
            second_wall=second_wall,
        )
    raise UnknownDatabase(f"a database is sqlite:///… or postgresql+psycopg://…, not {parsed.drivername}")
