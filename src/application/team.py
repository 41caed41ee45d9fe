"""Who works for a merchant, and who buys for a company: joined, changed, suspended by those who may."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from application import authorization as policy
from application.authorization import GRANTABLE, Actor, ActorKind, Forbidden, Permission
from application.ports.clock import Clock, Ids
from application.ports.passwords import Passwords
from application.ports.people import PeopleStorage
from application.ports.secrets import EmailIndex, PhoneIndex, Secrets
from application.ports.storage import CustomerNotFound, UnitOfWork
from application.signing_in import email_of, has_totp, name_of, phone_of
from domain.credentials import FIRST_LASTS, Credentials, Email, EmailTaken, SecondFactorOff
from domain.customers import Buyer, Role
from domain.identity import BuyerId, CustomerId, LoginId, StaffId
from domain.merchant import Staff
from domain.people import Login, Phone
from domain.privacy import HIDDEN
from domain.team import Company, ContactRequired, NotYoursToGrant, Team
from domain.trail import TrailNote


@attrs.frozen(kw_only=True)
class Joined:
    """Somebody who works for the merchant from now on."""

    member: Staff
    first_password: str | None = attrs.field(default=None, repr=False)
    """Shown this once, to be handed over; none where a phone lets them in."""


@attrs.frozen(kw_only=True)
class AddStaff:
    """Let somebody work for the merchant, found by a phone, or known by a new e-mail.

    A login that has the phone already joins, and keeps its e-mail: only the person changes that. Without a phone there
    is nobody to send a code to, so that the e-mail gets a first password; it is never joined to a login that is there,
    because nobody has shown whose it is.
    """

    unit_of_work: UnitOfWork
    secrets: Secrets
    passwords: Passwords
    clock: Clock
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        name: str,
        phone: str | None = None,
        email: str | None = None,
        permissions: Collection[Permission] = (),
    ) -> Joined:
        """:raises ContactRequired: if neither phone nor e-mail is given.
        :raises InvalidName: if that is none.
        :raises InvalidPhone: if it is none.
        :raises InvalidEmail: if it is none.
        :raises EmailTaken: if the e-mail would be a new login's, and is somebody's.
        :raises AlreadyStaff: if the person works for the merchant.
        :raises NotYoursToGrant: if the actor may not do all of this.
        :raises Forbidden: if the actor may not manage the staff.
        """
        policy.may(actor, Permission.MANAGE_STAFF)
        called = name_of(name)
        number = None if phone is None else phone_of(phone)
        address = None if email is None else email_of(email)
        if number is None and address is None:
            raise ContactRequired
        _grant(actor, permissions)
        first = self.secrets.new_passcode() if number is None else None
        # Before the transaction: it is slow on purpose.
        hashed = "" if first is None else self.passwords.hash(first)
        index = None if number is None else self.secrets.phone_index(number)
        with self.unit_of_work(actor) as storage:
            team = storage.colleagues.team()
            _still_manages(team, actor)
            found = None if index is None else storage.people.login_at(index)
            login_id = (
                self._login(storage.people, number, index, address, hashed) if found is None else found.id
            )
            team.admit(login_id)
            member = Staff(
                id=self.ids.new(StaffId),
                name=called,
                permissions=frozenset(one.value for one in permissions),
                login_id=login_id,
            )
            storage.colleagues.add(member)
            after = {"permissions": _listed(member.permissions)}
            if number is not None:
                after["phone"] = HIDDEN
            if address is not None and found is None:
                after["email"] = HIDDEN
            storage.trail.note(
                TrailNote(at=self.clock.now(), operation="addStaff", about=member.id, after=after)
            )
        return Joined(member=member, first_password=first)

    def _login(
        self,
        people: PeopleStorage,
        phone: Phone | None,
        index: PhoneIndex | None,
        email: Email | None,
        hashed: str,
    ) -> LoginId:
        """Store a new login, with its e-mail where there is one."""
        login = _new_login(self.ids, people, phone, index)
        if email is not None:
            found = self.secrets.email_index(email)
            if people.credentials_at(EmailIndex(found)) is not None:
                raise EmailTaken
            until = self.clock.now() + FIRST_LASTS if hashed else None
            people.put_credentials(
                Credentials(
                    login_id=login.id, index=found, email=email.masked, hash=hashed, first_until=until
                ),
                before=None,
            )
        return login.id


@attrs.frozen(kw_only=True)
class ChangeStaff:
    """Change what somebody may do who works for the merchant, or suspend or reinstate them."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        staff_id: StaffId,
        operation: str,
        permissions: Collection[Permission] | None = None,
        suspended: bool | None = None,
    ) -> Staff:
        """Answer with the person as they are now; who is suspended is out of all sessions here at once.

        :raises StaffNotFound: if nobody is called so.
        :raises OwnAccess: if it is whoever asks.
        :raises LastManager: if then nobody would be left who manages the others; whoever manages them is left.
        :raises NotYoursToGrant: if the actor may not do all that is added.
        :raises Forbidden: if the actor may not manage the staff.
        """
        policy.may(actor, Permission.MANAGE_STAFF)
        wanted = None if permissions is None else frozenset(one.value for one in permissions)
        with self.unit_of_work(actor) as storage:
            team, at = storage.colleagues.team(), self.clock.now()
            _still_manages(team, actor)
            before = team.get(staff_id)
            if permissions is not None:
                _grant(actor, [one for one in permissions if one.value not in before.permissions])
            after = team.change(staff_id, by=actor.person_id, permissions=wanted, suspended=suspended)
            if after != before:
                storage.colleagues.save(after)
                if after.suspended:
                    storage.people.end_sessions_as(staff_id, at=at)
                storage.trail.note(
                    TrailNote(
                        at=at,
                        operation=operation,
                        about=staff_id,
                        before=_facts(before, after),
                        after=_facts(after, before),
                    )
                )
        return after


@attrs.frozen(kw_only=True)
class DemandSecondFactor:
    """Say whether everybody who works for the merchant needs a second factor; it holds with the next request."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, demanded: bool) -> bool:
        """:raises SecondFactorOff: if whoever demands it has none.
        :raises Forbidden: if the actor may not manage the staff.
        """
        policy.may(actor, Permission.MANAGE_STAFF)
        with self.unit_of_work(actor) as storage:
            if demanded and isinstance(actor.person_id, StaffId):
                login_id = storage.colleagues.team().get(actor.person_id).login_id
                if login_id is None or not has_totp(storage.people, login_id):
                    raise SecondFactorOff
            if demanded is not actor.merchant.second_factor:
                storage.colleagues.demand_second_factor(demanded)
                storage.trail.note(
                    TrailNote(
                        at=self.clock.now(),
                        operation="demandSecondFactor",
                        about=actor.merchant_id,
                        before={"secondFactor": _word(actor.merchant.second_factor)},
                        after={"secondFactor": _word(demanded)},
                    )
                )
        return demanded


@attrs.frozen(kw_only=True)
class AddBuyer:
    """Let somebody buy for a company, found by the phone; a login that has it already joins."""

    unit_of_work: UnitOfWork
    secrets: Secrets
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, customer_id: CustomerId, phone: str, name: str, role: Role) -> Buyer:
        """:raises InvalidName: if that is none.
        :raises InvalidPhone: if it is none.
        :raises CustomerNotFound: if there is no such company for whoever asks.
        :raises AlreadyBuyer: if the person buys for it.
        :raises Forbidden: if the actor may not manage the company.
        """
        _manage(actor)
        if actor.kind is ActorKind.BUYER and customer_id != actor.customer_id:
            # Owners of a parent see its branches; who buys for these, their own owners say.
            raise CustomerNotFound
        called, number = name_of(name), phone_of(phone)
        index = self.secrets.phone_index(number)
        with self.unit_of_work(actor) as storage:
            storage.customers.get(customer_id)
            company = storage.colleagues.company(customer_id)
            _still_owns(company, actor)
            login = storage.people.login_at(index)
            login = _new_login(self.ids, storage.people, number, index) if login is None else login
            company.admit(login.id)
            buyer = Buyer(
                id=self.ids.new(BuyerId), customer_id=customer_id, name=called, role=role, login_id=login.id
            )
            storage.colleagues.add(buyer)
            storage.trail.note(
                TrailNote(
                    at=self.clock.now(),
                    operation="addBuyer",
                    about=buyer.id,
                    after={"customer": customer_id, "phone": HIDDEN, "role": role.value},
                )
            )
        return buyer


@attrs.frozen(kw_only=True)
class ChangeBuyer:
    """Change what somebody may do for a company, or suspend or reinstate them."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        buyer_id: BuyerId,
        operation: str,
        role: Role | None = None,
        suspended: bool | None = None,
    ) -> Buyer:
        """Answer with the person as they are now; who is suspended is out of all sessions here at once.

        :raises BuyerNotFound: if there is no such buyer for whoever asks.
        :raises OwnAccess: if it is whoever asks.
        :raises NoOwnerLeft: if then the company would have no owner left.
        :raises Forbidden: if the actor may not manage the company.
        """
        _manage(actor)
        with self.unit_of_work(actor) as storage:
            company, at = storage.colleagues.company_of(buyer_id), self.clock.now()
            before = company.get(buyer_id)
            _still_owns(company, actor)
            after = company.change(buyer_id, by=actor.person_id, role=role, suspended=suspended)
            if after != before:
                storage.colleagues.save(after)
                if after.suspended:
                    storage.people.end_sessions_as(buyer_id, at=at)
                storage.trail.note(
                    TrailNote(
                        at=at,
                        operation=operation,
                        about=buyer_id,
                        before=_facts(before, after),
                        after=_facts(after, before),
                    )
                )
        return after


def _manage(actor: Actor) -> None:
    """Let owners manage their company, and staff with the permission every company."""
    buys = actor.kind is ActorKind.BUYER
    policy.may(actor, Permission.MANAGE_COMPANY if buys else Permission.MANAGE_CUSTOMERS)


def _still_manages(team: Team, actor: Actor) -> None:
    """Refuse whoever was suspended, or lost the permission, after the request began: of two who suspend each other the
    second does not.

    :raises Forbidden: if so.
    """
    if isinstance(actor.person_id, StaffId):
        member = team.get(actor.person_id)
        if member.suspended or Permission.MANAGE_STAFF.value not in member.permissions:
            raise Forbidden(Permission.MANAGE_STAFF)


def _still_owns(company: Company, actor: Actor) -> None:
    """The same of two owners.

    :raises Forbidden: if so.
    """
    if isinstance(actor.person_id, BuyerId):
        owner = company.get(actor.person_id)
        if owner.suspended or owner.role is not Role.OWNER:
            raise Forbidden(Permission.MANAGE_COMPANY)


def _grant(actor: Actor, permissions: Collection[Permission]) -> None:
    """:raises NotYoursToGrant: if the actor may not do all of this, or it is not granted one by one."""
    beyond = sorted(one.value for one in permissions if one not in GRANTABLE or not actor.has(one))
    if beyond:
        raise NotYoursToGrant(tuple(beyond))


def _new_login(ids: Ids, people: PeopleStorage, phone: Phone | None, index: PhoneIndex | None) -> Login:
    login = Login(id=ids.new(LoginId), phone=None if phone is None else phone.masked)
    people.add_login(login, phone=index)
    return login


def _listed(permissions: Collection[str]) -> str:
    return " ".join(sorted(permissions))


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _facts(one: Staff | Buyer, other: Staff | Buyer) -> dict[str, str]:
    """What differs of a person."""
    found: dict[str, str] = {}
    if one.suspended is not other.suspended:
        found["suspended"] = _word(one.suspended)
    if isinstance(one, Staff) and isinstance(other, Staff) and one.permissions != other.permissions:
        found["permissions"] = _listed(one.permissions)
    if isinstance(one, Buyer) and isinstance(other, Buyer) and one.role is not other.role:
        found["role"] = one.role.value
    return found
