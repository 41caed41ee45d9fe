"""Persons: what is kept about somebody at one merchant, in tables, and how it is erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import attrs
import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    false,
    func,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from adapters.persistence.customers import ADDRESSES, addresses, buyers, customers
from adapters.persistence.customers import address_of as kept_at
from adapters.persistence.idempotency import answers
from adapters.persistence.logins import erase_login, logins
from adapters.persistence.merchants import staff
from adapters.persistence.ordering import address_of, orders
from adapters.persistence.people import EVERY_OF_LOGIN
from adapters.persistence.sessions import Session
from adapters.persistence.shopping import LIST, list_of, shopping_lists
from adapters.persistence.statements import Row, Rows, Statement, any_of
from adapters.persistence.tables import Instant, Words, instant, microseconds, perhaps_instant, tenant_table
from adapters.persistence.trail import entry_of, trail
from application.authorization import Actor, ActorKind
from application.ports.persons import AboutOrder, Erased, Newest, Person, Persons, Theirs
from application.ports.secrets import PhoneIndex
from domain.customers import Address, Role
from domain.identity import BuyerId, CustomerId, LoginId, OrderId, PersonId
from domain.ordering import DONE_STATUSES
from domain.privacy import CLEAR, ERASED, PersonNotFound, without_person
from domain.shopping import ShoppingList
from domain.trail import TrailEntry

AT_ONCE = 1_000
"""So many orders are looked through at once."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

erasures = tenant_table(
    "erasures",
    Column("person_id", Words, nullable=False),
    Column("at", Instant, nullable=False),
    key=("person_id",),
)


def not_erased(people: Table) -> ColumnElement[bool]:
    """That a buyer or somebody of the staff of the merchant that is asked for is not erased."""
    gone = select(erasures.c.at).where(
        erasures.c.merchant_id == bindparam("merchant_id"), erasures.c.person_id == people.c.id
    )
    return ~gone.exists()


_MERCHANT = bindparam("the_merchant_id", type_=Words)
_PERSON = bindparam("the_person_id", type_=Words)


def _known(people: Any) -> Any:
    """Somebody with the login's phone, and when they were erased."""
    return people.outerjoin(logins, logins.c.id == people.c.login_id).outerjoin(
        erasures,
        and_(erasures.c.merchant_id == people.c.merchant_id, erasures.c.person_id == people.c.id),
    )


_BUYER = Statement(
    select(
        buyers.c.name,
        buyers.c.login_id,
        logins.c.phone_index,
        erasures.c.at,
        customers.c.id,
        customers.c.name,
        buyers.c.role,
    )
    .select_from(
        _known(buyers).join(
            customers,
            and_(customers.c.merchant_id == buyers.c.merchant_id, customers.c.id == buyers.c.customer_id),
        )
    )
    .where(buyers.c.merchant_id == _MERCHANT, buyers.c.id == _PERSON)
)
_STAFF = Statement(
    select(staff.c.name, staff.c.login_id, logins.c.phone_index, erasures.c.at, staff.c.permissions)
    .select_from(_known(staff))
    .where(staff.c.merchant_id == _MERCHANT, staff.c.id == _PERSON)
)
_OWNERS = Statement(
    select(func.count())
    .select_from(buyers)
    .where(
        buyers.c.merchant_id == _MERCHANT,
        buyers.c.customer_id == bindparam("customer_id"),
        buyers.c.role == Role.OWNER.value,
        buyers.c.suspended == false(),
        buyers.c.id != _PERSON,
        ~select(erasures.c.at)
        .where(erasures.c.merchant_id == buyers.c.merchant_id, erasures.c.person_id == buyers.c.id)
        .exists(),
    )
)
_OPEN = Statement(
    select(func.count())
    .select_from(orders)
    .where(
        orders.c.merchant_id == _MERCHANT,
        orders.c.customer_id == bindparam("customer_id"),
        ~any_of(orders.c.status, "done"),
    )
)


def _ordered(*more: Any, many: bool) -> Statement:
    found = (
        select(
            orders.c.id,
            orders.c.number,
            orders.c.placed_at,
            orders.c.buyer_id,
            orders.c.note,
            orders.c.address,
        )
        .where(
            orders.c.merchant_id == _MERCHANT,
            # Somebody of a parent may have ordered for a branch.
            or_(
                orders.c.customer_id == bindparam("customer_id"),
                orders.c.placed_by_id == bindparam("customer_id"),
            ),
            *more,
        )
        .order_by(orders.c.placed_at.desc(), orders.c.id.desc())
    )
    return Statement(found.limit(bindparam("most")) if many else found)


_UNTIL: Any = bindparam("until", type_=Instant())
_AFTER: Any = bindparam("after", type_=Words)
_ORDERS = {
    False: _ordered(many=True),
    True: _ordered(orders.c.placed_at < _UNTIL, many=True),
}
_ORDERS_THEN = _ordered(orders.c.placed_at == _UNTIL, many=False)
_ORDERS_BEFORE = _ordered(
    or_(orders.c.placed_at < _UNTIL, and_(orders.c.placed_at == _UNTIL, orders.c.id < _AFTER)), many=True
)
_UNTIL_US: Any = bindparam("until", type_=BigInteger())


@lru_cache(maxsize=4)
def _deeds(at: str) -> Statement:
    """Entries of a person: the newest, those before an instant, or those of one."""
    narrowed = {"any": [], "before": [trail.c.at < _UNTIL_US], "then": [trail.c.at == _UNTIL_US]}[at]
    found = (
        select(*trail.c)
        .where(trail.c.merchant_id == _MERCHANT, trail.c.person_id == _PERSON, *narrowed)
        .order_by(trail.c.at.desc(), trail.c.sequence.desc())
    )
    return Statement(found if at == "then" else found.limit(bindparam("most")))


_LISTS = Statement(
    select(*LIST)
    .where(shopping_lists.c.merchant_id == _MERCHANT, shopping_lists.c.owner_id == _PERSON)
    .order_by(shopping_lists.c.id)
)


def _begin(insert: Any) -> Statement:
    """Write down that somebody is erased; nothing where they were before. Whoever does the same waits here."""
    row = {"merchant_id": _MERCHANT, "person_id": _PERSON, "at": bindparam("now", type_=Instant())}
    return Statement(insert(erasures).values(**row).on_conflict_do_nothing().returning(text("1")))


_BEGIN = {"postgresql": _begin(postgres_insert), "sqlite": _begin(sqlite_insert)}
_FORGET_BUYER = Statement(
    update(buyers)
    .where(buyers.c.merchant_id == _MERCHANT, buyers.c.id == _PERSON)
    .values(name=bindparam("name"), login_id=null())
)
_FORGET_STAFF = Statement(
    update(staff)
    .where(staff.c.merchant_id == _MERCHANT, staff.c.id == _PERSON)
    .values(name=bindparam("name"), login_id=null(), permissions=bindparam("permissions"))
)
_FORGET_ANSWERS = Statement(
    delete(answers).where(answers.c.merchant_id == _MERCHANT, answers.c.actor == _PERSON)
)
_FORGET_LISTS = Statement(
    delete(shopping_lists).where(
        shopping_lists.c.merchant_id == _MERCHANT, shopping_lists.c.owner_id == _PERSON
    )
)
_SAVE_ADDRESS = Statement(
    update(addresses)
    .where(addresses.c.merchant_id == _MERCHANT, addresses.c.id == bindparam("the_id"))
    .values({name: bindparam(name) for name in ("recipient", "phone", "street")})
)
_SAVE_ORDER = Statement(
    update(orders)
    .where(orders.c.merchant_id == _MERCHANT, orders.c.id == bindparam("the_id"))
    .values(note=bindparam("note"), address=bindparam("address"))
)
_LOCK_LOGIN = Statement(select(logins.c.id).where(logins.c.id == bindparam("the_login_id")).with_for_update())


@attrs.frozen
class SqlPersons(Persons):
    """The persons of one merchant; only the buyer, where one asks."""

    session: Session
    actor: Actor

    def get(self, person_id: PersonId) -> Person:
        of_buyers = isinstance(person_id, BuyerId)
        mine = self.actor.kind in (ActorKind.STAFF, ActorKind.OPERATOR) or person_id == self.actor.person_id
        found = self.session.all(_BUYER if of_buyers else _STAFF, self._asked(person_id)) if mine else []
        if not found:
            raise PersonNotFound
        [(name, login_id, phone, erased_at, *rest)] = found
        person = Person(
            id=person_id,
            name=name,
            login_id=login_id and LoginId(login_id),
            phone=phone and PhoneIndex(phone),
            erased_at=perhaps_instant(erased_at),
        )
        if not of_buyers:
            return attrs.evolve(person, permissions=frozenset(orjson.loads(rest[0])))
        company, called, role = rest
        return attrs.evolve(person, customer_id=CustomerId(company), customer_name=called, role=Role(role))

    def other_owners(self, person: Person) -> int:
        return self._count(_OWNERS, {**self._asked(person.id), "customer_id": person.customer_id})

    def open_orders(self, customer_id: CustomerId) -> int:
        done = sorted(status.value for status in DONE_STATUSES)
        return self._count(_OPEN, {**self._of_company(customer_id), "done": done})

    def orders(self, customer_id: CustomerId, *, until: datetime | None, most: int) -> Newest[AboutOrder]:
        asked = self._of_company(customer_id)
        more = {} if until is None else {"until": until}
        rows = self.session.all(_ORDERS[until is not None], {**asked, **more, "most": most + 1})
        if len(rows) <= most:
            return Newest([*map(_about, rows)])
        oldest = instant(rows[most - 1][2])
        then = self.session.all(_ORDERS_THEN, {**asked, "until": oldest})
        newer = [row for row in rows if instant(row[2]) > oldest]
        return Newest([*map(_about, newer), *map(_about, then)], oldest)

    def lists(self, person_id: PersonId) -> Sequence[ShoppingList]:
        return [*map(list_of, self.session.all(_LISTS, self._asked(person_id)))]

    def deeds(self, person_id: PersonId, *, until: datetime | None, most: int) -> Newest[TrailEntry]:
        asked = self._asked(person_id)
        more = {} if until is None else {"until": microseconds(until)}
        rows = self.session.all(
            _deeds("any" if until is None else "before"), {**asked, **more, "most": most + 1}
        )
        found = [*map(entry_of, rows)]
        if len(found) <= most:
            return Newest(found)
        oldest = found[most - 1].at
        then = map(entry_of, self.session.all(_deeds("then"), {**asked, "until": oldest}))
        newer = [entry for entry in found if entry.at > oldest]
        return Newest([*newer, *then], _EPOCH + timedelta(microseconds=oldest))

    def erase(self, person: Person, *, theirs: Theirs, at: datetime) -> Erased:
        asked = self._asked(person.id)
        if not self.session.all(_BEGIN[self.session.dialect.name], {**asked, "now": at}):
            return Erased(0, 0)
        # The login first: of two merchants that erase its last places, the second sees what the first has done.
        if person.login_id is not None:
            self.session.all(_LOCK_LOGIN, {"the_login_id": person.login_id})
        if isinstance(person.id, BuyerId):
            self.session.change(_FORGET_BUYER, {**asked, "name": ERASED})
            self.session.change(_FORGET_LISTS, asked)
        else:
            self.session.change(_FORGET_STAFF, {**asked, "name": ERASED, "permissions": "[]"})
        self.session.change(_FORGET_ANSWERS, asked)
        erased = Erased(0, 0)
        if person.customer_id is not None:
            erased = Erased(
                self._out_of_book(person.customer_id, theirs),
                self._out_of_orders(person.customer_id, person.id, theirs),
            )
        if person.login_id is not None:
            self.session.show_places_of(person.login_id)
            if not self.session.all(EVERY_OF_LOGIN, {"login_id": person.login_id}):
                erase_login(self.session, person.login_id)
        return erased

    def _out_of_book(self, customer_id: CustomerId, theirs: Theirs) -> int:
        asked = {"merchant_id": self.actor.merchant_id, "customer_ids": [customer_id]}
        kept = [kept_at(row, CLEAR) for row in self.session.all(ADDRESSES, asked)]
        changes = [
            {**self._merchant(), "the_id": one.id, **_left(one.address)}
            for one in kept
            if theirs(one.address.recipient, one.address.phone)
        ]
        return self.session.change_each(_SAVE_ADDRESS, changes)

    def _out_of_orders(self, customer_id: CustomerId, person_id: PersonId, theirs: Theirs) -> int:
        asked = {**self._of_company(customer_id), "most": AT_ONCE}
        changed, rows = 0, self.session.all(_ORDERS[False], asked)
        while rows:
            changes = [
                change
                for one in map(_about, rows)
                if (change := self._without(one, person_id, theirs)) is not None
            ]
            changed += self.session.change_each(_SAVE_ORDER, changes)
            last = {"until": instant(rows[-1][2]), "after": rows[-1][0]}
            rows = self.session.all(_ORDERS_BEFORE, {**asked, **last}) if len(rows) == AT_ONCE else []
        return changed

    def _without(self, one: AboutOrder, person_id: PersonId, theirs: Theirs) -> Mapping[str, Any] | None:
        """What an order is changed to; None where nothing of the person's is in it."""
        written = one.note is not None and one.buyer_id == person_id
        received = one.address is not None and theirs(one.address.recipient, one.address.phone)
        if not written and not received:
            return None
        address = without_person(one.address) if one.address and received else one.address
        return {
            **self._merchant(),
            "the_id": one.id,
            "note": None if written else one.note,
            "address": address and orjson.dumps(attrs.asdict(address)).decode(),
        }

    def _merchant(self) -> dict[str, str]:
        return {"the_merchant_id": self.actor.merchant_id}

    def _asked(self, person_id: PersonId) -> dict[str, str]:
        return {**self._merchant(), "the_person_id": person_id}

    def _of_company(self, customer_id: CustomerId) -> dict[str, Any]:
        return {**self._merchant(), "customer_id": customer_id}

    def _count(self, statement: Statement, asked: Mapping[str, Any]) -> int:
        rows: Rows = self.session.all(statement, asked)
        return int(rows[0][0])


def _left(address: Address) -> dict[str, str]:
    left = without_person(address)
    return {"recipient": left.recipient, "phone": left.phone, "street": left.street}


def _about(row: Row) -> AboutOrder:
    id, number, placed_at, buyer_id, note, stored = row
    return AboutOrder(
        OrderId(id), number, instant(placed_at), BuyerId(buyer_id), note, address_of(stored, CLEAR)
    )
