"""People: logins, codes and sessions, and every place of a login."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any

import attrs

from adapters.persistence.memory._shops import WAIT_S, Shop, Shops
from application.authorization import Actor
from application.ports.people import People, PeopleStorage, Presented, Tidied
from application.ports.secrets import EmailIndex, IdentityIndex, PhoneIndex
from application.ports.storage import Busy, Stale
from application.views.people import Membership
from domain.credentials import TRIES_KEPT, Credentials, Totp, Tries
from domain.customers import Buyer
from domain.identity import LoginId, MerchantId, PersonId, SessionId
from domain.merchant import Merchant, Staff
from domain.people import SESSION_KEPT, SESSION_LASTS, SESSION_RESTS, Login, SentCodes, Session


@attrs.define(kw_only=True)
class Crowd:
    """Everything that is stored of people, by its keys. What is in a table is frozen; the tables are not."""

    logins: dict[LoginId, Login] = attrs.Factory(dict)
    phones: dict[PhoneIndex, LoginId] = attrs.Factory(dict)
    identities: dict[IdentityIndex, LoginId] = attrs.Factory(dict)
    codes: dict[PhoneIndex, SentCodes] = attrs.Factory(dict)
    sessions: dict[SessionId, Session] = attrs.Factory(dict)
    tokens: dict[str, SessionId] = attrs.Factory(dict)
    spent: dict[str, datetime] = attrs.Factory(dict)
    credentials: dict[LoginId, Credentials] = attrs.Factory(dict)
    totps: dict[LoginId, Totp] = attrs.Factory(dict)
    tries: dict[EmailIndex, Tries] = attrs.Factory(dict)

    def copy(self) -> Crowd:
        """The same crowd with tables of its own."""
        return self._with(dict)

    def sealed(self) -> Crowd:
        """The same crowd with tables that cannot be written to."""
        return self._with(MappingProxyType)

    def _with(self, table: Callable[[Any], Any]) -> Crowd:
        return Crowd(**{field.name: table(getattr(self, field.name)) for field in attrs.fields(Crowd)})


@attrs.frozen
class MemoryPeopleStorage(PeopleStorage):
    """One crowd, open for one transaction."""

    crowd: Crowd
    shops: Shops

    def login_at(self, phone: PhoneIndex) -> Login | None:
        login_id = self.crowd.phones.get(phone)
        return None if login_id is None else self.crowd.logins[login_id]

    def add_login(self, login: Login, *, phone: PhoneIndex | None) -> None:
        if login.id in self.crowd.logins or phone in self.crowd.phones:
            raise Stale(login.id)
        self.crowd.logins[login.id] = login
        if phone is not None:
            self.crowd.phones[phone] = login.id

    def login_of(self, identity: IdentityIndex) -> Login | None:
        login_id = self.crowd.identities.get(identity)
        return None if login_id is None else self.crowd.logins[login_id]

    def bind(self, identity: IdentityIndex, login_id: LoginId) -> None:
        if self.crowd.identities.setdefault(identity, login_id) != login_id:
            raise Stale(login_id)

    def memberships(self, login_id: LoginId, *, suspended: bool = False) -> tuple[Membership, ...]:
        return memberships(
            self.shops, lambda one: one.login_id == login_id and (suspended or not one.suspended)
        )

    def note_place(self, login_id: LoginId, person_id: PersonId) -> None:
        login = self.crowd.logins[login_id]
        self.crowd.logins[login_id] = attrs.evolve(login, last_person_id=person_id)

    def codes(self, phone: PhoneIndex) -> SentCodes:
        return self.crowd.codes.get(phone, SentCodes())

    def keep_codes(self, phone: PhoneIndex, *, before: SentCodes, after: SentCodes) -> None:
        if self.codes(phone) != before:
            raise Stale(phone)
        self.crowd.codes[phone] = after

    def tries(self, email: EmailIndex) -> Tries:
        return self.crowd.tries.get(email, Tries())

    def keep_tries(self, email: EmailIndex, *, before: Tries, after: Tries) -> None:
        if self.tries(email) != before:
            raise Stale(email)
        if not after.at:
            self.crowd.tries.pop(email, None)
            return
        self.crowd.tries[email] = after
        self._forget_tries(at=after.at[-1])

    def _forget_tries(self, *, at: datetime) -> None:
        for other in [one for one, tries in self.crowd.tries.items() if tries.at[-1] < at - TRIES_KEPT]:
            del self.crowd.tries[other]

    def credentials_at(self, email: EmailIndex) -> Credentials | None:
        return next((one for one in self.crowd.credentials.values() if one.index == email), None)

    def credentials_of(self, login_id: LoginId) -> Credentials | None:
        return self.crowd.credentials.get(login_id)

    def put_credentials(self, credentials: Credentials, *, before: Credentials | None) -> None:
        other = self.credentials_at(EmailIndex(credentials.index))
        taken = other is not None and other.login_id != credentials.login_id
        if taken or self.credentials_of(credentials.login_id) != before:
            raise Stale(credentials.login_id)
        self.crowd.credentials[credentials.login_id] = credentials

    def totp(self, login_id: LoginId) -> Totp | None:
        return self.crowd.totps.get(login_id)

    def put_totp(self, totp: Totp) -> None:
        self.crowd.totps[totp.login_id] = totp

    def remove_totp(self, login_id: LoginId) -> None:
        self.crowd.totps.pop(login_id, None)

    def begin(self, session: Session, *, token_hash: str) -> None:
        self.crowd.sessions[session.id] = session
        self.crowd.tokens[token_hash] = session.id

    def presented(self, token_hash: str) -> Presented | None:
        session_id = self.crowd.tokens.get(token_hash)
        if session_id is None:
            return None
        return Presented(self.crowd.sessions[session_id], spent=token_hash in self.crowd.spent)

    def rotate(self, session: Session, *, spent: str, fresh: str) -> None:
        if spent in self.crowd.spent or spent not in self.crowd.tokens:
            raise Stale(session.id)
        self.crowd.spent[spent] = session.refreshed_at
        self.crowd.tokens[fresh] = session.id
        self.save_session(session)

    def session(self, session_id: SessionId) -> Session | None:
        return self.crowd.sessions.get(session_id)

    def save_session(self, session: Session) -> None:
        if session.id not in self.crowd.sessions:
            raise Stale(session.id)
        self.crowd.sessions[session.id] = session

    def end_sessions(self, login_id: LoginId, *, at: datetime) -> int:
        going = [one for one in self._of(login_id) if one.ended_at is None]
        for session in going:
            self.save_session(attrs.evolve(session, ended_at=at))
        return len(going)

    def login(self, login_id: LoginId) -> Login | None:
        return self.crowd.logins.get(login_id)

    def phone_of(self, login_id: LoginId) -> PhoneIndex | None:
        return next((phone for phone, id in self.crowd.phones.items() if id == login_id), None)

    def identities(self, login_id: LoginId) -> int:
        return [*self.crowd.identities.values()].count(login_id)

    def sessions_of(self, login_id: LoginId) -> tuple[Session, ...]:
        return tuple(sorted(self._of(login_id), key=lambda one: one.id))

    def merchant(self, merchant_id: MerchantId) -> Merchant:
        return self.shops.shop(merchant_id).merchants[merchant_id]

    def erase_login(self, login_id: LoginId) -> None:
        self._remove(one.id for one in self._of(login_id))
        for index in [index for index, id in self.crowd.identities.items() if id == login_id]:
            del self.crowd.identities[index]
        credentials = self.crowd.credentials.pop(login_id, None)
        if credentials is not None:
            self.crowd.tries.pop(EmailIndex(credentials.index), None)
        self.crowd.totps.pop(login_id, None)
        phone = self.phone_of(login_id)
        if phone is not None:
            self.crowd.codes.pop(phone, None)
            del self.crowd.phones[phone]
        self.crowd.logins.pop(login_id, None)

    def tidy(self, *, at: datetime, most: int) -> Tidied:
        self._forget_tries(at=at)
        kept_from = at - SESSION_KEPT
        over = [
            one.id
            for one in self.crowd.sessions.values()
            if (one.ended_at is not None and one.ended_at < kept_from)
            or one.refreshed_at < kept_from - SESSION_RESTS
            or one.began_at < kept_from - SESSION_LASTS
        ][:most]
        self._remove(over)
        spent = [token for token, then in self.crowd.spent.items() if then < kept_from][:most]
        for token in spent:
            del self.crowd.spent[token], self.crowd.tokens[token]
        phones = [phone for phone, codes in self.crowd.codes.items() if codes.are_over(at=at)][:most]
        for phone in phones:
            del self.crowd.codes[phone]
        return Tidied(sessions=len(over), tokens=len(spent), codes=len(phones))

    def end_others(self, session: Session, *, at: datetime) -> None:
        for one in self._of(session.login_id):
            if one.id != session.id and one.ended_at is None:
                self.save_session(attrs.evolve(one, ended_at=at))

    def end_sessions_as(self, person_id: PersonId, *, at: datetime) -> None:
        for one in [*self.crowd.sessions.values()]:
            if one.person_id == person_id and one.ended_at is None:
                self.save_session(attrs.evolve(one, ended_at=at))

    def forget_sessions(self, login_id: LoginId, *, before: datetime) -> None:
        self._remove(
            [one.id for one in self._of(login_id) if min(one.refreshed_at, one.ended_at or before) < before]
        )

    def _remove(self, session_ids: Iterable[SessionId]) -> None:
        gone = {*session_ids}
        for token in [token for token, session_id in self.crowd.tokens.items() if session_id in gone]:
            del self.crowd.tokens[token]
            self.crowd.spent.pop(token, None)
        for session_id in gone:
            del self.crowd.sessions[session_id]

    def _of(self, login_id: LoginId) -> list[Session]:
        return [one for one in self.crowd.sessions.values() if one.login_id == login_id]


class MemoryPeople(People):
    """Transactions over people: one at a time, each on a copy."""

    def __init__(self, shops: Shops, *, wait_s: float = WAIT_S) -> None:
        self.crowd = Crowd()
        self._shops, self._wait_s = shops, wait_s
        self._turn = threading.Lock()

    def __call__(self) -> AbstractContextManager[PeopleStorage]:
        return self.beside(self._shops)

    @contextmanager
    def beside(self, shops: Shops) -> Iterator[PeopleStorage]:
        """The same, with places as they are in these shops."""
        if not self._turn.acquire(timeout=self._wait_s):
            raise Busy("another writer takes too long")
        try:
            after = self.crowd.copy()
            yield MemoryPeopleStorage(after, shops)
            self.crowd = after
        finally:
            self._turn.release()

    def seen(self, shops: Shops) -> PeopleStorage:
        """What is committed, to look at, with places as they are in these shops."""
        return MemoryPeopleStorage(self.crowd.sealed(), shops)


Fits = Callable[[Buyer | Staff], bool]


def memberships(shops: Shops, fits: Fits) -> tuple[Membership, ...]:
    """Every place that fits, as a buyer or as staff, by the person's id."""
    found = (place for shop in shops.shops.values() for place in _places(shop, fits))
    return tuple(sorted(found, key=lambda place: place.person_id))


def _places(shop: Shop, fits: Fits) -> Iterator[Membership]:
    for merchant in shop.merchants.values():
        for buyer in shop.buyers.values():
            if fits(buyer):
                company = shop.customers[buyer.customer_id]
                yield Membership(
                    merchant_id=merchant.id,
                    merchant_name=merchant.name,
                    person_id=buyer.id,
                    customer_id=company.id,
                    customer_name=company.name,
                    role=buyer.role,
                    second_factor=merchant.second_factor,
                )
        for member in shop.staff.values():
            if fits(member):
                yield Membership(merchant.id, merchant.name, member.id, second_factor=merchant.second_factor)


def memberships_of(shops: Shops, actor: Actor) -> tuple[Membership, ...]:
    """Every place of the login that asks, as seen from here."""
    person, shop = actor.person_id, shops.shop(actor.merchant_id)
    people: tuple[Buyer | Staff, ...] = (*shop.buyers.values(), *shop.staff.values())
    login = next((one.login_id for one in people if one.id == person), None)
    found = memberships(
        shops,
        lambda one: one.id == person or (login is not None and one.login_id == login and not one.suspended),
    )
    return tuple(place.seen_at(actor.merchant_id) for place in found)
