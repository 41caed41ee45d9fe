"""Persons: what is kept about somebody in one shop, and how it is erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import attrs

from adapters.persistence.memory._shops import Shop
from application.authorization import Actor, ActorKind
from application.ports.people import PeopleStorage
from application.ports.persons import AboutOrder, Erased, Newest, Person, Persons, Theirs
from domain.customers import Role
from domain.identity import BuyerId, CustomerId, PersonId, StaffId
from domain.ordering import DONE_STATUSES, Order
from domain.privacy import ERASED, PersonNotFound, without_person
from domain.shopping import ShoppingList
from domain.trail import TrailEntry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")


@attrs.frozen
class MemoryPersons(Persons):
    """The persons of one merchant; only the buyer, where one asks."""

    shop: Shop
    actor: Actor
    people: Callable[[], PeopleStorage]

    def get(self, person_id: PersonId) -> Person:
        if self.actor.kind not in (ActorKind.STAFF, ActorKind.OPERATOR) and person_id != self.actor.person_id:
            raise PersonNotFound
        found = self._member(person_id) if isinstance(person_id, StaffId) else self._buyer(person_id)
        login_id = found.login_id
        if login_id is None:
            return found
        return attrs.evolve(found, phone=self.people().phone_of(login_id))

    def other_owners(self, person: Person) -> int:
        return sum(
            one.role is Role.OWNER
            and not one.suspended
            and one.id != person.id
            and one.id not in self.shop.erasures
            for one in self.shop.buyers.values()
            if one.customer_id == person.customer_id
        )

    def open_orders(self, customer_id: CustomerId) -> int:
        found = (one for one in self.shop.orders.values() if one.customer_id == customer_id)
        return sum(one.status not in DONE_STATUSES for one in found)

    def orders(self, customer_id: CustomerId, *, until: datetime | None, most: int) -> Newest[AboutOrder]:
        about = [
            AboutOrder(one.id, one.number, one.placed_at, one.buyer_id, one.terms.note, one.terms.address)
            for one in self._of(customer_id)
            if until is None or one.placed_at < until
        ]
        about.sort(key=lambda one: (one.placed_at, one.id), reverse=True)
        return _newest(about, most, lambda one: one.placed_at)

    def lists(self, person_id: PersonId) -> Sequence[ShoppingList]:
        own = (one for one in self.shop.shopping_lists.values() if one.owner_id == person_id)
        return sorted(own, key=lambda one: one.id)

    def deeds(self, person_id: PersonId, *, until: datetime | None, most: int) -> Newest[TrailEntry]:
        found = [
            entry
            for entry in self.shop.trail.values()
            if entry.person_id == person_id and (until is None or _at(entry) < until)
        ]
        found.sort(key=lambda entry: (entry.at, entry.sequence), reverse=True)
        return _newest(found, most, _at)

    def erase(self, person: Person, *, theirs: Theirs, at: datetime) -> Erased:
        if person.id in self.shop.erasures:
            return Erased(0, 0)
        self.shop.erasures[person.id] = at
        if isinstance(person.id, BuyerId):
            buyer = self.shop.buyers[person.id]
            self.shop.buyers[person.id] = attrs.evolve(buyer, name=ERASED, login_id=None)
            for own in self.lists(person.id):
                del self.shop.shopping_lists[own.id]
        else:
            member = self.shop.staff[person.id]
            self.shop.staff[person.id] = attrs.evolve(
                member, name=ERASED, login_id=None, permissions=frozenset()
            )
        for place in [place for place in self.shop.answers if place[0] == person.id]:
            del self.shop.answers[place]
        erased = Erased(0, 0)
        if person.customer_id is not None:
            erased = Erased(
                self._out_of_book(person.customer_id, theirs), self._out_of_orders(person, theirs)
            )
        if person.login_id is not None:
            people = self.people()
            if not people.memberships(person.login_id, suspended=True):
                people.erase_login(person.login_id)
        return erased

    def _buyer(self, person_id: PersonId) -> Person:
        buyer = next((one for one in self.shop.buyers.values() if one.id == person_id), None)
        if buyer is None:
            raise PersonNotFound
        return Person(
            id=buyer.id,
            name=buyer.name,
            customer_id=buyer.customer_id,
            customer_name=self.shop.customers[buyer.customer_id].name,
            role=buyer.role,
            login_id=buyer.login_id,
            erased_at=self.shop.erasures.get(buyer.id),
        )

    def _member(self, person_id: StaffId) -> Person:
        member = self.shop.staff.get(person_id)
        if member is None:
            raise PersonNotFound
        return Person(
            id=member.id,
            name=member.name,
            permissions=member.permissions,
            login_id=member.login_id,
            erased_at=self.shop.erasures.get(member.id),
        )

    def _of(self, customer_id: CustomerId) -> list[Order]:
        return [
            one for one in self.shop.orders.values() if customer_id in (one.customer_id, one.placed_by_id)
        ]

    def _out_of_book(self, customer_id: CustomerId, theirs: Theirs) -> int:
        customer = self.shop.customers[customer_id]
        after = tuple(
            attrs.evolve(one, address=without_person(one.address))
            if theirs(one.address.recipient, one.address.phone)
            else one
            for one in customer.addresses
        )
        self.shop.customers[customer_id] = attrs.evolve(customer, addresses=after)
        return sum(one != other for one, other in zip(customer.addresses, after, strict=True))

    def _out_of_orders(self, person: Person, theirs: Theirs) -> int:
        assert person.customer_id is not None, "who has orders buys for a company"
        changed = 0
        for order in self._of(person.customer_id):
            note, address = order.terms.note, order.terms.address
            if order.buyer_id == person.id:
                note = None
            if address is not None and theirs(address.recipient, address.phone):
                address = without_person(address)
            terms = attrs.evolve(order.terms, note=note, address=address)
            if terms != order.terms:
                self.shop.orders[order.id] = attrs.evolve(order, terms=terms)
                changed += 1
        return changed


def _newest(things: Sequence[T], most: int, at: Callable[[T], datetime]) -> Newest[T]:
    if len(things) <= most:
        return Newest(things)
    oldest = at(things[most - 1])
    return Newest([one for one in things if at(one) >= oldest], oldest)


def _at(entry: TrailEntry) -> datetime:
    return _EPOCH + timedelta(microseconds=entry.at)
