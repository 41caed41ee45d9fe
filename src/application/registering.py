"""Registering: somebody who can read what is sent to a phone, or whom WeChat knows, begins to buy for a company."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.invitations import UnknownTier, look_after
from application.people import indexes_of
from application.ports.clock import Clock, Ids
from application.ports.people import PeopleStorage
from application.ports.secrets import IdentityIndex, PhoneIndex, Secrets
from application.ports.storage import Storage, UnitOfWork
from application.ports.tokens import Tokens
from application.ports.wechat import WeChat
from application.retrying import retrying
from application.signing_in import SignedIn, begin_in, phone_of
from application.views.people import Membership
from domain.customers import (
    MOST_ABOVE,
    NOT_APPROVED,
    Buyer,
    CompanyName,
    Customer,
    Lineage,
    TreeTooDeep,
)
from domain.errors import DomainError
from domain.groups import CustomerTags
from domain.identity import BuyerId, CustomerId, LoginId, PriceTierId, Text
from domain.invitations import (
    AlreadyMember,
    InvalidEntry,
    Invitation,
    InvitationCode,
    InvitationNotFound,
    PersonName,
    Welcome,
)
from domain.people import InvalidCode, Login, Phone, PhoneRequired, Proof
from domain.trail import TrailNote
from domain.verification import VerificationCase

T = TypeVar("T", bound=Text)


@attrs.frozen(kw_only=True)
class Newcomer:
    """What somebody says who registers, as it was given."""

    name: str
    """What the person is called."""
    company: str | None = None
    """What the company is called; not needed by who joins one."""
    invitation: str | None = None


@attrs.frozen(kw_only=True)
class Register:
    """Register by the code that was sent to a phone, and sign in; every call is one try of the code.

    Where the code is right and something else is not, the code stays good, and the try counts: so invitations cannot be
    guessed any faster than codes.
    """

    operation: ClassVar[str] = "register"
    """As the trail calls it."""
    proof: ClassVar[Proof] = Proof.CODE
    unit_of_work: UnitOfWork
    secrets: Secrets
    tokens: Tokens
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, phone: str, code: str, newcomer: Newcomer) -> SignedIn:
        """Register at the merchant that is asked.

        :raises InvalidPhone: if it is none.
        :raises InvalidCode: if the code is wrong or holds no longer.
        :raises DomainError: why somebody cannot register so, as `_decide` says.
        """
        policy.may(actor, Permission.BROWSE)
        number, at = phone_of(phone), self.clock.now()
        index = self.secrets.phone_index(number)
        seal = self.secrets.code_seal(index, code.strip())
        refusal: DomainError | None = InvalidCode()
        signed_in: SignedIn | None = None
        with self.unit_of_work(actor) as storage:
            people = storage.people
            before = people.codes(index)
            after, right = before.attempt(seal, at=at)
            if right:
                try:
                    who = _Who(login=people.login_at(index), phone=number, index=index)
                    signed_in, refusal = _admit(self, storage, actor, newcomer, who, at=at), None
                except DomainError as wrong:
                    # It decides before it writes, so that nothing is left of it but the try.
                    after, refusal = before.fail(), wrong
            if after != before:
                people.keep_codes(index, before=before, after=after)
        # Refused only now, because what counts is kept.
        if signed_in is None:
            assert refusal is not None, "somebody is let in or refused"
            raise refusal
        return signed_in


@attrs.frozen(kw_only=True)
class RegisterByWeChat:
    """Register as whom WeChat knows, and sign in; the first time the phone that WeChat shows is needed as well."""

    operation: ClassVar[str] = "registerByWeChat"
    proof: ClassVar[Proof] = Proof.WECHAT
    unit_of_work: UnitOfWork
    secrets: Secrets
    wechat: WeChat
    tokens: Tokens
    clock: Clock
    ids: Ids

    def __call__(
        self, *, actor: Actor, code: str, phone_code: str | None = None, newcomer: Newcomer
    ) -> SignedIn:
        """Register at the merchant that is asked.

        :raises PhoneRequired: if WeChat's identity leads to nobody yet, and no phone is shown.
        :raises WeChatRefused: if WeChat does not take a code.
        :raises WeChatUnavailable: if it does not answer.
        :raises DomainError: why somebody cannot register so, as `_decide` says.
        """
        policy.may(actor, Permission.BROWSE)
        # Before the transaction: WeChat is asked over a network, and takes each code once.
        indexes = indexes_of(self.wechat.identify(code), self.secrets)
        phone = None if phone_code is None else self.wechat.phone_number(phone_code)
        return retrying(self._enter)(actor, indexes, phone, newcomer)

    def _enter(
        self, actor: Actor, indexes: Sequence[IdentityIndex], phone: Phone | None, newcomer: Newcomer
    ) -> SignedIn:
        at = self.clock.now()
        with self.unit_of_work(actor) as storage:
            people = storage.people
            logins = [people.login_of(one) for one in indexes]
            login = next((one for one in logins if one is not None), None)
            index = None if phone is None else self.secrets.phone_index(phone)
            if login is None:
                if index is None:
                    raise PhoneRequired
                login = people.login_at(index)
            fresh = [one for one, leads_to in zip(indexes, logins, strict=True) if leads_to is None]
            who = _Who(login=login, phone=phone, index=index, identities=tuple(fresh))
            return _admit(self, storage, actor, newcomer, who, at=at)


@attrs.frozen(kw_only=True)
class _Who:
    """Somebody who has shown who they are."""

    login: Login | None
    """None where nobody has come with this phone yet."""
    phone: Phone | None
    index: PhoneIndex | None
    identities: tuple[IdentityIndex, ...] = ()
    """Those that lead to nobody yet, and are to lead to the login."""


@attrs.frozen(kw_only=True)
class _Admission:
    """What was decided of a newcomer."""

    person: PersonName
    company: CompanyName | None
    """None where a company is joined."""
    tier_id: PriceTierId | None
    invitation: Invitation | None
    under: Lineage | None = None
    """Where the company stands of which a new one is a branch."""


def _admit(
    by: Register | RegisterByWeChat,
    storage: Storage,
    actor: Actor,
    newcomer: Newcomer,
    who: _Who,
    *,
    at: datetime,
) -> SignedIn:
    """Decide, and then store it all: company, buyer, login, session."""
    people = storage.people
    places = () if who.login is None else people.memberships(who.login.id)
    decided = _decide(storage, newcomer, who, places, at=at)
    login = who.login or _new_login(by, people, who)
    for one in who.identities:
        people.bind(one, login.id)
    buyer = _store(by, storage, decided, login, at=at)
    place = next(one for one in people.memberships(login.id) if one.person_id == buyer.id)
    assert place.merchant_id == actor.merchant_id, "the place is at the merchant that is asked"
    return begin_in(by, people, login, place, at=at, proof=by.proof)


def _decide(
    storage: Storage, newcomer: Newcomer, who: _Who, places: Sequence[Membership], *, at: datetime
) -> _Admission:
    """Decide what becomes of a newcomer; nothing is written.

    :raises InvalidEntry: if a name is missing, or none.
    :raises InvitationNotFound: if the invitation is none of the merchant's.
    :raises InvitationRevoked: if it was called back.
    :raises InvitationExpired: if its time is over.
    :raises InvitationUsedUp: if nobody may come with it any more.
    :raises InvitationForAnother: if it is for another phone.
    :raises PhoneRequired: if it is for a phone, and none was shown.
    :raises AlreadyMember: if the login buys for the company already.
    :raises UnknownTier: if the merchant has no price tier yet for a new company.
    :raises TreeTooDeep: if too many companies have come to be above the one it is to be a branch of.
    """
    person = entry(PersonName, newcomer.name, "name")
    invitation = None if newcomer.invitation is None else _invited(storage, newcomer.invitation)
    if invitation is not None:
        if invitation.phone_index is not None and who.index is None:
            raise PhoneRequired
        invitation.admit(phone_index=who.index, at=at)
    welcome = Welcome() if invitation is None else invitation.welcome
    if welcome.customer_id is not None:
        if any(place.customer_id == welcome.customer_id for place in places):
            raise AlreadyMember
        return _Admission(person=person, company=None, tier_id=None, invitation=invitation)
    company = entry(CompanyName, newcomer.company or "", "company")
    tier_id = welcome.tier_id or next((tier.id for tier in storage.customers.tiers()), None)
    if tier_id is None:
        raise UnknownTier
    under = None if welcome.parent_id is None else storage.tree.place_below(welcome.parent_id)
    if under is not None and len(under.above) >= MOST_ABOVE:
        raise TreeTooDeep(MOST_ABOVE)
    return _Admission(person=person, company=company, tier_id=tier_id, invitation=invitation, under=under)


def _store(
    by: Register | RegisterByWeChat, storage: Storage, decided: _Admission, login: Login, *, at: datetime
) -> Buyer:
    """Store the company, where it is new, and its buyer."""
    invitation = decided.invitation
    welcome = Welcome() if invitation is None else invitation.welcome
    customer_id = welcome.customer_id or by.ids.new(CustomerId)
    buyer = Buyer(
        id=by.ids.new(BuyerId),
        customer_id=customer_id,
        name=decided.person,
        role=welcome.role,
        login_id=login.id,
    )
    noted = {"buyer": buyer.id, "role": buyer.role.value}
    if invitation is not None:
        storage.invitations.use(invitation)
        noted["invitation"] = invitation.id
    if decided.company is not None and decided.tier_id is not None:
        new = Customer(
            id=customer_id,
            name=decided.company,
            tier_id=decided.tier_id,
            approval=NOT_APPROVED,
        )
        storage.customers.add(new.move(own=Lineage(customer_id=customer_id), under=decided.under))
        if welcome.tags:
            storage.tags.save([CustomerTags(customer_id=customer_id, tags=frozenset(welcome.tags))])
            noted["tags"] = ", ".join(welcome.tags)
        if welcome.parent_id is not None:
            noted["parent"] = welcome.parent_id
        if welcome.sales_rep_id is not None:
            look_after(storage, customer_id, welcome.sales_rep_id, at=at)
        noted["tier"] = decided.tier_id
        noted["state"] = "DRAFT"
    storage.customers.add_buyer(buyer)
    if decided.company is not None:
        storage.verifications.add(VerificationCase.begin(customer_id, by=buyer.id, at=at))
    storage.trail.note(TrailNote(at=at, operation=by.operation, about=customer_id, after=noted))
    return buyer


def _new_login(by: Register | RegisterByWeChat, people: PeopleStorage, who: _Who) -> Login:
    assert who.phone is not None, "whoever is new has shown a phone"
    login = Login(id=by.ids.new(LoginId), phone=who.phone.masked)
    people.add_login(login, phone=who.index)
    return login


def _invited(storage: Storage, text: str) -> Invitation:
    try:
        code = InvitationCode(text)
    except ValueError:
        raise InvitationNotFound from None
    return storage.invitations.by_code(code)


def entry(kind: type[T], text: str, field: str) -> T:
    """Read what somebody filled in.

    :raises InvalidEntry: if it cannot be.
    """
    try:
        return kind(text)
    except ValueError:
        raise InvalidEntry(field) from None
