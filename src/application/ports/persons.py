"""Persons: who buys from a merchant or works there, what is kept about each, and what is left of whoever is erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

import attrs

from application.ports.secrets import PhoneIndex
from domain.customers import Address, Role
from domain.identity import BuyerId, CustomerId, LoginId, OrderId, PersonId
from domain.shopping import ShoppingList
from domain.trail import TrailEntry

T = TypeVar("T")

Theirs = Callable[[str, str | None], bool]
"""Tells whether a person is meant, by the name and the phone that somebody has written down."""


@attrs.frozen(kw_only=True)
class Person:
    """Somebody of one merchant's: a buyer, with the company and the role, or a member of staff."""

    id: PersonId
    name: str
    customer_id: CustomerId | None = None
    customer_name: str | None = None
    role: Role | None = None
    permissions: frozenset[str] = frozenset()
    login_id: LoginId | None = None
    phone: PhoneIndex | None = None
    """What the phone of the login is found by."""
    erased_at: datetime | None = None


class AboutOrder(NamedTuple):
    """What of an order may be about people."""

    id: OrderId
    number: str
    placed_at: datetime
    buyer_id: BuyerId
    note: str | None
    address: Address | None


@attrs.frozen
class Newest(Generic[T]):
    """The newest of some things; where there are older ones, the instant from which on all are here."""

    things: Sequence[T]
    whole_from: datetime | None = None


class Erased(NamedTuple):
    """How many addresses and orders somebody was taken out of."""

    addresses: int
    orders: int


class Persons(Protocol):
    """The persons of one merchant. A buyer's storage has only the buyer."""

    def get(self, person_id: PersonId) -> Person:
        """Find somebody, erased or not.

        :raises PersonNotFound: if there is nobody like that for this actor.
        """
        ...

    def other_owners(self, person: Person) -> int:
        """Count the owners of the person's company beside the person."""
        ...

    def open_orders(self, customer_id: CustomerId) -> int:
        """Count the orders of a company that are not done."""
        ...

    def orders(self, customer_id: CustomerId, *, until: datetime | None, most: int) -> Newest[AboutOrder]:
        """The newest orders of a company, placed before an instant, at least so many; of one instant all or none."""
        ...

    def lists(self, person_id: PersonId) -> Sequence[ShoppingList]:
        """The shopping lists that are the person's alone, the oldest first; whoever looks for them."""
        ...

    def deeds(self, person_id: PersonId, *, until: datetime | None, most: int) -> Newest[TrailEntry]:
        """The newest entries of the trail that the person made, before an instant, as with orders."""
        ...

    def erase(self, person: Person, *, theirs: Theirs, at: datetime) -> Erased:
        """Take the person out of everything but the trail; who is erased already stays as they are.

        The name goes, and who signs in; the answers under the person's keys; a buyer's own shopping
        lists; the notes on the orders that the person
        placed; and whoever receives at an address of the company, in its book or on its orders, where it is theirs.
        With the last place of a login the login goes, with its identities, codes and sessions.
        """
        ...
