"""Erasing a person: by the person's own wish, by staff of one merchant, and by whoever runs the installation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock
from application.ports.people import People, PeopleStorage
from application.ports.persons import Person, Theirs
from application.ports.secrets import Secrets
from application.ports.storage import Storage, UnitOfWork
from application.privacy._places import Place, Who, named, own_place, places_for_operator, theirs_of
from application.retrying import retrying
from application.signing_in import let_proven_pass, own_session
from domain.customers import Role
from domain.identity import BuyerId, PersonId
from domain.people import ConfirmationRequired, InvalidCode, Session
from domain.privacy import LastOwner
from domain.trail import Origin, TrailNote
from domain.verification import VerificationNotFound


@attrs.frozen(kw_only=True)
class ErasePerson:
    """Let staff erase one of their merchant's buyers: nothing that other merchants keep, and the login only with it."""

    unit_of_work: UnitOfWork
    secrets: Secrets
    clock: Clock
    scrub: Callable[[], bool]

    def __call__(self, *, actor: Actor, buyer_id: BuyerId) -> datetime:
        """Answer when the buyer was erased; who was erased before stays so.

        :raises PersonNotFound: if there is no such buyer.
        :raises LastOwner: if the company has open orders and no other owner.
        :raises Forbidden: if the actor may not manage personal data.
        """
        policy.may(actor, Permission.MANAGE_PERSONAL_DATA)
        with self.unit_of_work(actor) as storage:
            erased_at = _erase(storage, self.secrets, buyer_id, operation="erasePerson", at=self.clock.now())
        self.scrub()
        return erased_at


@attrs.frozen(kw_only=True)
class EraseMe:
    """Erase whoever asks, everywhere: every place of the login, one transaction each, and with the last the login.

    What failed half-way is asked for again: what is erased stays so, and the place that is asked from goes last.
    """

    unit_of_work: UnitOfWork
    people: People
    secrets: Secrets
    clock: Clock
    scrub: Callable[[], bool]

    def __call__(self, *, actor: Actor, code: str | None = None) -> int:
        """Answer in how many places somebody was erased.

        :raises ConfirmationRequired: if the session is not fresh, and no code is shown.
        :raises InvalidCode: if the code is not the one that was sent to the phone of the login.
        :raises LastOwner: if a company has open orders and no other owner; then nothing is erased.
        :raises SessionOver: if whoever asks has no session, or it is over.
        :raises Unauthenticated: if it is a guest.
        """
        let_proven_pass(actor)
        at = self.clock.now()
        with self.people() as people:
            session = own_session(people, actor, at=at)
            confirmed = self._confirmed(people, session, code, at=at)
            found = people.memberships(session.login_id, suspended=True)
            places = [own_place(people, one, origin=actor.origin) for one in found]
        # Refused only now, because what counts is kept.
        if not confirmed:
            raise InvalidCode
        places.sort(key=lambda place: place.person_id == actor.person_id)
        _erase_all(self.unit_of_work, self.secrets, places, operation="eraseMe", at=at)
        self.scrub()
        return len(places)

    def _confirmed(self, people: PeopleStorage, session: Session, code: str | None, *, at: datetime) -> bool:
        """Look at the code where there is one: every look is one try.

        :raises ConfirmationRequired: if there is none, and the session is not fresh.
        """
        if code is None:
            if not session.is_fresh(at=at):
                raise ConfirmationRequired
            return True
        phone = people.phone_of(session.login_id)
        if phone is None:
            return False
        before = people.codes(phone)
        after, right = before.attempt(self.secrets.code_seal(phone, code.strip()), at=at)
        if after != before:
            people.keep_codes(phone, before=before, after=after)
        return right


@attrs.frozen(kw_only=True)
class EraseLogin:
    """Erase a login and all its places: for whoever runs the installation."""

    unit_of_work: UnitOfWork
    people: People
    secrets: Secrets
    clock: Clock
    scrub: Callable[[], bool]

    def __call__(self, *, who: Who, origin: Origin) -> int:
        """Answer in how many places somebody was erased.

        :raises LoginNotFound: if nobody signs in like that, as after the first time.
        :raises LastOwner: if a company has open orders and no other owner; then nothing is erased.
        """
        with self.people() as people:
            login = named(people, self.secrets, who)
            places = places_for_operator(people, people.memberships(login.id, suspended=True), origin=origin)
        _erase_all(self.unit_of_work, self.secrets, places, operation="erasePerson", at=self.clock.now())
        with self.people() as people:
            people.erase_login(login.id)
        self.scrub()
        return len(places)


def _erase_all(
    unit_of_work: UnitOfWork, secrets: Secrets, places: Sequence[Place], *, operation: str, at: datetime
) -> None:
    """Erase in one place after the other, if nothing stands against it in any."""
    for place in places:
        with unit_of_work.reading(place.actor) as storage:
            _refuse_last_owner(storage, storage.persons.get(place.person_id))

    def erase(place: Place) -> None:
        with unit_of_work(place.actor) as storage:
            _erase(storage, secrets, place.person_id, operation=operation, at=at)

    for place in places:
        # Each again by itself: a code that was shown for all of them holds only once.
        retrying(erase)(place)


def _erase(
    storage: Storage, secrets: Secrets, person_id: PersonId, *, operation: str, at: datetime
) -> datetime:
    person = storage.persons.get(person_id)
    if person.erased_at is not None:
        return person.erased_at
    _refuse_last_owner(storage, person)
    theirs = theirs_of(person, secrets)
    erased = storage.persons.erase(person, theirs=theirs, at=at)
    counts = {
        "addresses": str(erased.addresses),
        "orders": str(erased.orders),
        "contacts": str(_out_of_verification(storage, person, theirs, at=at)),
        "invitations": str(_out_of_invitations(storage, person, at=at)),
    }
    storage.trail.note(TrailNote(at=at, operation=operation, about=person.id, after=counts))
    return at


def _out_of_verification(storage: Storage, person: Person, theirs: Theirs, *, at: datetime) -> int:
    """Take the person out of what the company says of itself, where it is them whom to ask; it stands where it did."""
    if person.customer_id is None:
        return 0
    try:
        case = storage.verifications.get(person.customer_id)
    except VerificationNotFound:
        return 0
    details = case.details
    if details is None or not theirs(details.contact, details.phone):
        return 0
    storage.verifications.save(case.forget_contact(at=at))
    return 1


def _out_of_invitations(storage: Storage, person: Person, *, at: datetime) -> int:
    """Take the phone of the person's login out of the merchant's invitations."""
    found = () if person.phone is None else storage.invitations.for_phone(person.phone)
    storage.invitations.forget([one.forget_phone(at=at) for one in found])
    return len(found)


def _refuse_last_owner(storage: Storage, person: Person) -> None:
    """Nobody would be left to ask about what is promised: it has to be done, called off or handed over first."""
    if person.role is not Role.OWNER or person.customer_id is None or storage.persons.other_owners(person):
        return
    open_orders = storage.persons.open_orders(person.customer_id)
    if open_orders:
        raise LastOwner(open_orders)
