"""Handing out what is kept of a person, as one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from application import authorization as policy
from application.authorization import Actor, ActorKind, Permission
from application.ports.clock import Clock
from application.ports.people import People, PeopleStorage
from application.ports.persons import AboutOrder, Newest, Person, Theirs
from application.ports.secrets import Secrets
from application.ports.storage import Storage, UnitOfWork
from application.privacy._places import Place, Who, is_buyer, named, own_place, places_for_operator, theirs_of
from application.signing_in import has_totp, let_proven_pass
from domain.customers import Address, CustomerAddress
from domain.identity import BuyerId, LoginId
from domain.invitations import Invitation
from domain.people import Login, Session
from domain.quantity import decimal_text
from domain.shopping import ShoppingList
from domain.trail import Origin, TrailEntry, TrailNote
from domain.verification import CompanyDetails, VerificationNotFound

FORM = "dinghuo personal data 1"
MOST = 1_000
"""So many orders of a company, and entries of a trail, are looked at for one document."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Kept:
    """What one merchant keeps of a person."""

    merchant: str
    person: Person
    addresses: Sequence[CustomerAddress]
    """Those of the company's book where the person receives."""
    orders: Newest[tuple[AboutOrder, Address | None]]
    """Those that the person placed, or receives, with the address where it is the person's."""
    deeds: Newest[TrailEntry]
    contact: CompanyDetails | None = None
    """What the company says of itself, where the person is whom to ask."""
    invitations: Sequence[Invitation] = ()
    """Those that are for the phone of the person's login."""
    lists: Sequence[ShoppingList] | None = None
    """The shopping lists that are the person's alone; None where they are not for whoever asks."""


@attrs.frozen(kw_only=True)
class KnownLogin:
    """What is kept of a login, which is of no merchant."""

    login: Login
    identities: int
    email: str | None
    """What it signs in with beside the phone, masked; None where there is no password."""
    second_factor: bool
    """Whether a second factor is on."""
    sessions: Sequence[Session]


@attrs.frozen(kw_only=True)
class PersonalData:
    """Everything that is kept of a person, newest first; or a part of it, where it is very much."""

    taken_at: datetime
    until: datetime | None
    login: KnownLogin | None
    places: Sequence[Kept]

    @property
    def whole_from(self) -> datetime | None:
        """The instant from which on everything is here; None where everything is."""
        cuts = [newest.whole_from for one in self.places for newest in (one.orders, one.deeds)]
        return max((cut for cut in cuts if cut is not None), default=None)

    def as_document(self) -> dict[str, Any]:
        """The document that docs/privacy.md describes."""
        return {
            "form": FORM,
            "takenAt": _instant(self.taken_at),
            "until": self.until and _instant(self.until),
            "olderUntil": self.whole_from and _instant(self.whole_from),
            "login": self.login and _login(self.login),
            "places": [_place(one, since=self.whole_from) for one in self.places],
        }


@attrs.frozen(kw_only=True)
class ExportMyData:
    """Hand out to whoever asks what is kept of them: of the login, and at every merchant."""

    unit_of_work: UnitOfWork
    people: People
    secrets: Secrets
    clock: Clock

    def __call__(self, *, actor: Actor, until: datetime | None = None) -> PersonalData:
        """What is older than `until`, or all; it changes nothing.

        :raises Unauthenticated: if it is a guest who asks.
        """
        let_proven_pass(actor)
        assert actor.person_id is not None, "who is signed in is somebody"
        with self.unit_of_work.reading(actor) as storage:
            login_id = storage.persons.get(actor.person_id).login_id
        known: KnownLogin | None = None
        places: tuple[Place, ...] = (Place(actor, actor.person_id),)
        if login_id is not None:
            with self.people() as people:
                known = _known(people, login_id)
                found = people.memberships(login_id, suspended=True)
                places = tuple(own_place(people, one, origin=actor.origin) for one in found)
        return PersonalData(
            taken_at=self.clock.now(),
            until=until,
            login=known,
            places=[self._kept(one, until) for one in places],
        )

    def _kept(self, place: Place, until: datetime | None) -> Kept:
        with self.unit_of_work.reading(place.actor) as storage:
            return kept(storage, place, self.secrets, until=until, own_lists=True)


@attrs.frozen(kw_only=True)
class ExportPerson:
    """Hand out to staff what their merchant keeps of one of its buyers; nothing of the login and of the shopping lists
    that are the buyer's alone, which nobody else is shown.
    """

    unit_of_work: UnitOfWork
    secrets: Secrets
    clock: Clock

    def __call__(self, *, actor: Actor, buyer_id: BuyerId, until: datetime | None = None) -> PersonalData:
        """:raises PersonNotFound: if there is no such buyer.
        :raises Forbidden: if the actor may not manage personal data.
        """
        policy.may(actor, Permission.MANAGE_PERSONAL_DATA)
        at = self.clock.now()
        with self.unit_of_work(actor) as storage:
            found = kept(storage, Place(actor, buyer_id), self.secrets, until=until)
            storage.trail.note(_noted(found, at=at))
        return PersonalData(taken_at=at, until=until, login=None, places=[found])


@attrs.frozen(kw_only=True)
class ExportLogin:
    """Hand out what is kept of a login and at every merchant: for whoever runs the installation."""

    unit_of_work: UnitOfWork
    people: People
    secrets: Secrets
    clock: Clock

    def __call__(self, *, who: Who, origin: Origin, until: datetime | None = None) -> PersonalData:
        """:raises LoginNotFound: if nobody signs in like that."""
        at = self.clock.now()
        with self.people() as people:
            login = named(people, self.secrets, who)
            known = _known(people, login.id)
            places = places_for_operator(people, people.memberships(login.id, suspended=True), origin=origin)
        found = []
        for place in places:
            with self.unit_of_work(place.actor) as storage:
                one = kept(storage, place, self.secrets, until=until, own_lists=True)
                storage.trail.note(_noted(one, at=at))
            found.append(one)
        return PersonalData(taken_at=at, until=until, login=known, places=found)


def kept(
    storage: Storage, place: Place, secrets: Secrets, *, until: datetime | None, own_lists: bool = False
) -> Kept:
    """Gather what one merchant keeps of a person, with the lists that nobody else is shown or without them.

    :raises PersonNotFound: if there is nobody like that.
    """
    person = storage.persons.get(place.person_id)
    theirs = theirs_of(person, secrets)
    addresses: Sequence[CustomerAddress] = ()
    orders: Newest[tuple[AboutOrder, Address | None]] = Newest(())
    if person.customer_id is not None:
        book = storage.customers.get(person.customer_id).addresses
        addresses = [one for one in book if theirs(one.address.recipient, one.address.phone)]
        newest = storage.persons.orders(person.customer_id, until=until, most=MOST)
        pairs = [(one, _received(one.address, theirs)) for one in newest.things]
        about = [(one, address) for one, address in pairs if address or one.buyer_id == person.id]
        orders = Newest(about, newest.whole_from)
    return Kept(
        merchant=place.actor.merchant.name,
        person=person,
        addresses=addresses,
        orders=orders,
        deeds=storage.persons.deeds(person.id, until=until, most=MOST),
        contact=_contact(storage, person, theirs),
        invitations=() if person.phone is None else storage.invitations.for_phone(person.phone),
        lists=storage.persons.lists(person.id) if own_lists else None,
    )


def _received(address: Address | None, theirs: Theirs) -> Address | None:
    return address if address is not None and theirs(address.recipient, address.phone) else None


def _contact(storage: Storage, person: Person, theirs: Theirs) -> CompanyDetails | None:
    if person.customer_id is None:
        return None
    try:
        details = storage.verifications.get(person.customer_id).details
    except VerificationNotFound:
        return None
    return details if details is not None and theirs(details.contact, details.phone) else None


def _noted(found: Kept, *, at: datetime) -> TrailNote:
    """What there is to note of what was handed out: how much."""
    counts = {
        "addresses": str(len(found.addresses)),
        "orders": str(len(found.orders.things)),
        "entries": str(len(found.deeds.things)),
        "contacts": str(int(found.contact is not None)),
        "invitations": str(len(found.invitations)),
    }
    if found.lists is not None:
        counts["shoppingLists"] = str(len(found.lists))
    return TrailNote(at=at, operation="exportPerson", about=found.person.id, after=counts)


def _known(people: PeopleStorage, login_id: LoginId) -> KnownLogin | None:
    login = people.login(login_id)
    if login is None:
        return None
    credentials = people.credentials_of(login_id)
    return KnownLogin(
        login=login,
        identities=people.identities(login_id),
        email=None if credentials is None else credentials.email,
        second_factor=has_totp(people, login_id),
        sessions=people.sessions_of(login_id),
    )


def _login(known: KnownLogin) -> dict[str, Any]:
    return {
        "id": known.login.id,
        "phone": known.login.phone,
        "identities": known.identities,
        "email": known.email,
        "password": known.email is not None,
        "secondFactor": known.second_factor,
        "sessions": [
            {
                "id": one.id,
                "placeId": one.person_id,
                "beganAt": _instant(one.began_at),
                "refreshedAt": _instant(one.refreshed_at),
                "endedAt": one.ended_at and _instant(one.ended_at),
                "proof": one.proof.value,
                "secondFactor": one.second_factor,
            }
            for one in known.sessions
        ],
    }


def _place(one: Kept, *, since: datetime | None) -> dict[str, Any]:
    person = one.person
    return {
        "merchant": one.merchant,
        "id": person.id,
        "kind": (ActorKind.BUYER if is_buyer(person.id) else ActorKind.STAFF).value,
        "name": person.name,
        "company": person.customer_name,
        "role": person.role and person.role.value,
        "permissions": sorted(person.permissions),
        "erasedAt": person.erased_at and _instant(person.erased_at),
        "addresses": [{"id": kept.id, **attrs.asdict(kept.address)} for kept in one.addresses],
        "contact": one.contact and {"name": one.contact.contact, "phone": one.contact.phone},
        "invitations": [
            {
                "id": made.id,
                "phone": made.phone,
                "madeAt": _instant(made.made_at),
                "expiresAt": _instant(made.expires_at),
            }
            for made in one.invitations
        ],
        "shoppingLists": None if one.lists is None else [*map(_list, one.lists)],
        "orders": [*_orders(one, since)],
        "trail": [*_deeds(one, since)],
    }


def _list(one: ShoppingList) -> dict[str, Any]:
    lines = [
        {"skuId": line.sku_id, "unit": line.unit, "quantity": decimal_text(line.quantity.thousandths)}
        for line in one.lines
    ]
    return {"id": one.id, "name": one.name, "lines": lines}


def _orders(one: Kept, since: datetime | None) -> Iterator[dict[str, Any]]:
    for order, address in one.orders.things:
        if since is None or order.placed_at >= since:
            placed = order.buyer_id == one.person.id
            yield {
                "id": order.id,
                "number": order.number,
                "placedAt": _instant(order.placed_at),
                "placed": placed,
                "note": order.note if placed else None,
                "address": address and attrs.asdict(address),
            }


def _deeds(one: Kept, since: datetime | None) -> Iterator[dict[str, Any]]:
    for entry in one.deeds.things:
        at = _EPOCH + timedelta(microseconds=entry.at)
        if since is None or at >= since:
            yield {
                "sequence": entry.sequence,
                "at": _instant(at),
                "operation": entry.operation,
                "aboutKind": entry.about_kind,
                "aboutId": entry.about_id,
                "address": entry.address,
                "requestId": entry.request_id,
            }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
