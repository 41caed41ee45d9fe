"""Whose data it is: the places of a login, one storage after the other, and what tells that an address is theirs."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from application.authorization import Actor
from application.ports.people import PeopleStorage
from application.ports.persons import Person, Theirs
from application.ports.secrets import Secrets
from application.views.people import Membership
from domain.credentials import Email
from domain.errors import DomainError
from domain.identity import BuyerId, LoginId, PersonId, StaffId
from domain.people import Login, Phone
from domain.trail import Origin

Who = LoginId | Phone | Email
"""What a login is named by, by whoever runs the installation."""


@attrs.frozen
class LoginNotFound(DomainError):
    """Nobody signs in like that."""


@attrs.frozen
class Place:
    """Where somebody is, and who opens the storage there."""

    actor: Actor
    person_id: PersonId


def own_place(people: PeopleStorage, found: Membership, *, origin: Origin) -> Place:
    """The place as whoever is there opens it."""
    merchant, person = people.merchant(found.merchant_id), found.person_id
    if isinstance(person, StaffId):
        actor = Actor.staff(merchant, id=person, granted=frozenset())
    else:
        assert found.customer_id is not None and found.role is not None, "a buyer buys for a company"
        actor = Actor.buyer(merchant, id=person, customer_id=found.customer_id, role=found.role)
    return Place(attrs.evolve(actor, origin=origin), person)


def places_for_operator(
    people: PeopleStorage, found: Sequence[Membership], *, origin: Origin
) -> tuple[Place, ...]:
    """The places as whoever runs the installation opens them."""
    return tuple(
        Place(Actor.operator(people.merchant(one.merchant_id), origin=origin), one.person_id) for one in found
    )


def named(people: PeopleStorage, secrets: Secrets, who: Who) -> Login:
    """Find a login by its id, its phone or its e-mail.

    :raises LoginNotFound: if there is none.
    """
    found: Login | None = None
    if isinstance(who, LoginId):
        found = people.login(who)
    elif isinstance(who, Phone):
        found = people.login_at(secrets.phone_index(who))
    elif (known := people.credentials_at(secrets.email_index(who))) is not None:
        found = people.login(known.login_id)
    if found is None:
        raise LoginNotFound
    return found


def theirs_of(person: Person, secrets: Secrets) -> Theirs:
    """What tells whether a person is meant: under the same name, or at the phone of the login."""
    name = person.name.strip()

    def theirs(called: str, phone: str | None) -> bool:
        if person.erased_at is not None:
            return False
        if called.strip() == name:
            return True
        try:
            return person.phone is not None and secrets.phone_index(Phone(phone or "")) == person.phone
        except ValueError:
            return False

    return theirs


def is_buyer(person_id: PersonId) -> bool:
    """Tell buyers from staff."""
    return isinstance(person_id, BuyerId)
