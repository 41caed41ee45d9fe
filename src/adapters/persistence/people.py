"""People: logins, codes and sessions, which belong to no merchant; and every place of a login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import attrs
from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Executable,
    Table,
    and_,
    bindparam,
    delete,
    false,
    func,
    null,
    or_,
    select,
    union_all,
    update,
)

from adapters.persistence.credentials import SqlCredentials
from adapters.persistence.customers import buyers, customers
from adapters.persistence.logins import (
    erase_login,
    login_codes,
    login_identities,
    logins,
    refresh_tokens,
    sessions,
    tidy,
)
from adapters.persistence.merchants import merchant_of, merchants, staff
from adapters.persistence.sessions import Driver
from adapters.persistence.sessions import Session as Database
from adapters.persistence.statements import Row, Rows, Statement
from adapters.persistence.tables import Instant, instant, microseconds, perhaps_instant
from application.ports.people import People, PeopleStorage, Presented, Tidied
from application.ports.secrets import IdentityIndex, PhoneIndex
from application.ports.storage import Stale
from application.views.people import Membership
from domain.customers import Role
from domain.identity import BuyerId, CustomerId, LoginId, MerchantId, PersonId, SessionId, StaffId
from domain.merchant import Merchant
from domain.people import Login, Proof, SentCodes, Session


def _memberships(of_buyers: ColumnElement[bool], of_staff: ColumnElement[bool]) -> Executable:
    """Every place that fits, as a buyer or as staff, by the person's id."""
    as_buyer = (
        select(
            merchants.c.id.label("merchant_id"),
            merchants.c.name.label("merchant_name"),
            buyers.c.id.label("person_id"),
            customers.c.id.label("customer_id"),
            customers.c.name.label("customer_name"),
            buyers.c.role.label("role"),
            merchants.c.second_factor.label("second_factor"),
        )
        .select_from(
            buyers.join(merchants, merchants.c.id == buyers.c.merchant_id).join(
                customers,
                and_(customers.c.merchant_id == buyers.c.merchant_id, customers.c.id == buyers.c.customer_id),
            )
        )
        .where(of_buyers)
    )
    as_staff = (
        select(
            merchants.c.id, merchants.c.name, staff.c.id, null(), null(), null(), merchants.c.second_factor
        )
        .select_from(staff.join(merchants, merchants.c.id == staff.c.merchant_id))
        .where(of_staff)
    )
    return union_all(as_buyer, as_staff).order_by("person_id")


def _own(table: Table) -> ColumnElement[bool]:
    return and_(table.c.merchant_id == bindparam("merchant_id"), table.c.id == bindparam("person_id"))


_LOGIN: BindParameter[str] = bindparam("login_id")
_AS_BUYER, _AS_STAFF = buyers.c.login_id == _LOGIN, staff.c.login_id == _LOGIN
OF_LOGIN = Statement(
    _memberships(
        and_(_AS_BUYER, buyers.c.suspended == false()), and_(_AS_STAFF, staff.c.suspended == false())
    )
)
"""Every place of a login, but those where it is suspended."""
EVERY_OF_LOGIN = Statement(_memberships(_AS_BUYER, _AS_STAFF))
"""Every place of a login."""
OF_PERSON = Statement(_memberships(_own(buyers), _own(staff)))
"""The place of a person of a merchant."""
LOGIN_OF = Statement(union_all(*(select(one.c.login_id).where(_own(one)) for one in (buyers, staff))))
"""The login of a person of a merchant, or nothing where there is none."""

_AT_PHONE = Statement(
    select(logins.c.id, logins.c.phone, logins.c.last_person_id).where(
        logins.c.phone_index == bindparam("phone_index")
    )
)
_BY_ID = Statement(
    select(logins.c.id, logins.c.phone, logins.c.last_person_id).where(logins.c.id == bindparam("the_id"))
)
_KNOWN_BY = Statement(
    select(logins.c.id, logins.c.phone, logins.c.last_person_id)
    .join(login_identities, login_identities.c.login_id == logins.c.id)
    .where(login_identities.c.id == bindparam("identity"))
)
_PHONE_OF = Statement(select(logins.c.phone_index).where(logins.c.id == bindparam("the_id")))
_IDENTITIES = Statement(
    select(func.count())
    .select_from(login_identities)
    .where(login_identities.c.login_id == bindparam("the_id"))
)
_SESSIONS_OF = Statement(
    select(*sessions.c).where(sessions.c.login_id == bindparam("the_id")).order_by(sessions.c.id)
)
_MERCHANT = Statement(select(*merchants.c).where(merchants.c.id == bindparam("the_id")))
_NOTE = Statement(
    update(logins).where(logins.c.id == bindparam("the_id")).values(last_person_id=bindparam("person_id"))
)
_CODES = Statement(
    select(login_codes.c.seal, login_codes.c.sent, login_codes.c.tries)
    .where(login_codes.c.phone_index == bindparam("phone_index"))
    .with_for_update()
)
_KEEP_CODES = Statement(
    update(login_codes)
    .where(
        login_codes.c.phone_index == bindparam("the_phone_index"),
        login_codes.c.seal == bindparam("the_seal"),
        login_codes.c.sent == bindparam("the_sent"),
        login_codes.c.tries == bindparam("the_tries"),
    )
    .values({name: bindparam(name) for name in ("seal", "sent", "tries")})
)
_PRESENTED = Statement(
    select(*sessions.c, refresh_tokens.c.spent_at)
    .join(refresh_tokens, refresh_tokens.c.session_id == sessions.c.id)
    .where(refresh_tokens.c.id == bindparam("token"))
    .with_for_update()
)
_SESSION = Statement(select(*sessions.c).where(sessions.c.id == bindparam("the_id")).with_for_update())
_SPEND = Statement(
    update(refresh_tokens)
    .where(refresh_tokens.c.id == bindparam("the_id"), refresh_tokens.c.spent_at.is_(None))
    .values(spent_at=bindparam("at", type_=Instant()))
)
_SAVE = Statement(
    update(sessions)
    .where(sessions.c.id == bindparam("the_id"))
    .values(
        person_id=bindparam("person_id"),
        refreshed_at=bindparam("refreshed_at", type_=Instant()),
        ended_at=bindparam("ended_at", type_=Instant()),
        second_factor=bindparam("second_factor", type_=Boolean()),
    )
)
_END = Statement(
    update(sessions)
    .where(sessions.c.login_id == bindparam("the_login_id"), sessions.c.ended_at.is_(None))
    .values(ended_at=bindparam("at", type_=Instant()))
)
_END_OTHERS = Statement(
    update(sessions)
    .where(
        sessions.c.login_id == bindparam("the_login_id"),
        sessions.c.id != bindparam("the_id"),
        sessions.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at", type_=Instant()))
)
_END_AS = Statement(
    update(sessions)
    .where(sessions.c.person_id == bindparam("the_person_id"), sessions.c.ended_at.is_(None))
    .values(ended_at=bindparam("at", type_=Instant()))
)
_BEFORE = bindparam("before", type_=Instant())
_OVER = and_(
    sessions.c.login_id == bindparam("the_login_id"),
    or_(sessions.c.ended_at < _BEFORE, sessions.c.refreshed_at < _BEFORE),
)
_FORGET_TOKENS = Statement(
    delete(refresh_tokens).where(refresh_tokens.c.session_id.in_(select(sessions.c.id).where(_OVER)))
)
_FORGET_SESSIONS = Statement(delete(sessions).where(_OVER))


@attrs.frozen
class SqlPeopleStorage(SqlCredentials, PeopleStorage):
    """What is stored of people, inside one transaction."""

    open: Database

    def login_at(self, phone: PhoneIndex) -> Login | None:
        return self._login(_AT_PHONE, {"phone_index": phone})

    def add_login(self, login: Login, *, phone: PhoneIndex | None) -> None:
        self.open.insert(logins, [(login.id, phone, login.phone, login.last_person_id)])

    def login_of(self, identity: IdentityIndex) -> Login | None:
        return self._login(_KNOWN_BY, {"identity": identity})

    def bind(self, identity: IdentityIndex, login_id: LoginId) -> None:
        self.open.insert_missing(login_identities, [(identity, login_id)])
        found = self.login_of(identity)
        if found is None or found.id != login_id:
            raise Stale(login_id)

    def memberships(self, login_id: LoginId, *, suspended: bool = False) -> tuple[Membership, ...]:
        self.open.show_places_of(login_id)
        return memberships_of(
            self.open.all(EVERY_OF_LOGIN if suspended else OF_LOGIN, {"login_id": login_id})
        )

    def note_place(self, login_id: LoginId, person_id: PersonId) -> None:
        self.open.change(_NOTE, {"the_id": login_id, "person_id": person_id})

    def codes(self, phone: PhoneIndex) -> SentCodes:
        for seal, sent, tries in self.open.all(_CODES, {"phone_index": phone}):
            return SentCodes(seal=seal, sent=tuple(instant(int(one)) for one in sent.split()), tries=tries)
        return SentCodes()

    def keep_codes(self, phone: PhoneIndex, *, before: SentCodes, after: SentCodes) -> None:
        row = (phone, after.seal, _times(after), after.tries)
        if not before.sent:
            # Whoever sends the first code at the same time waits here, and is told to try again.
            self.open.insert(login_codes, [row])
            return
        asked = {
            "the_phone_index": phone,
            "the_seal": before.seal,
            "the_sent": _times(before),
            "the_tries": before.tries,
            **dict(zip(("seal", "sent", "tries"), row[1:], strict=True)),
        }
        self.open.must_change(_KEEP_CODES, asked, rows=1, about=phone)

    def begin(self, session: Session, *, token_hash: str) -> None:
        self.open.insert(sessions, [_session_row(session)])
        self.open.insert(refresh_tokens, [(token_hash, session.id, None)])

    def presented(self, token_hash: str) -> Presented | None:
        for *row, spent_at in self.open.all(_PRESENTED, {"token": token_hash}):
            return Presented(_session_of(tuple(row)), spent=spent_at is not None)
        return None

    def rotate(self, session: Session, *, spent: str, fresh: str) -> None:
        given = {"the_id": spent, "at": session.refreshed_at}
        self.open.must_change(_SPEND, given, rows=1, about=session.id)
        self.open.insert(refresh_tokens, [(fresh, session.id, None)])
        self.save_session(session)

    def session(self, session_id: SessionId) -> Session | None:
        for row in self.open.all(_SESSION, {"the_id": session_id}):
            return _session_of(row)
        return None

    def save_session(self, session: Session) -> None:
        given = {
            "the_id": session.id,
            "person_id": session.person_id,
            "refreshed_at": session.refreshed_at,
            "ended_at": session.ended_at,
            "second_factor": session.second_factor,
        }
        self.open.must_change(_SAVE, given, rows=1, about=session.id)

    def end_sessions(self, login_id: LoginId, *, at: datetime) -> int:
        return self.open.change(_END, {"the_login_id": login_id, "at": at})

    def login(self, login_id: LoginId) -> Login | None:
        return self._login(_BY_ID, {"the_id": login_id})

    def phone_of(self, login_id: LoginId) -> PhoneIndex | None:
        for (index,) in self.open.all(_PHONE_OF, {"the_id": login_id}):
            return index and PhoneIndex(index)
        return None

    def identities(self, login_id: LoginId) -> int:
        [(many,)] = self.open.all(_IDENTITIES, {"the_id": login_id})
        return int(many)

    def sessions_of(self, login_id: LoginId) -> tuple[Session, ...]:
        return tuple(map(_session_of, self.open.all(_SESSIONS_OF, {"the_id": login_id})))

    def merchant(self, merchant_id: MerchantId) -> Merchant:
        [row] = self.open.all(_MERCHANT, {"the_id": merchant_id})
        return merchant_of(row)

    def erase_login(self, login_id: LoginId) -> None:
        erase_login(self.open, login_id)

    def tidy(self, *, at: datetime, most: int) -> Tidied:
        return tidy(self.open, at=at, most=most)

    def end_others(self, session: Session, *, at: datetime) -> None:
        self.open.change(_END_OTHERS, {"the_login_id": session.login_id, "the_id": session.id, "at": at})

    def end_sessions_as(self, person_id: PersonId, *, at: datetime) -> None:
        self.open.change(_END_AS, {"the_person_id": person_id, "at": at})

    def forget_sessions(self, login_id: LoginId, *, before: datetime) -> None:
        for statement in (_FORGET_TOKENS, _FORGET_SESSIONS):
            self.open.change(statement, {"the_login_id": login_id, "before": before})

    def _login(self, statement: Statement, asked: Mapping[str, str]) -> Login | None:
        for id, shown, last in self.open.all(statement, asked):
            return Login(id=LoginId(id), phone=shown, last_person_id=last and _person(last))
        return None


@attrs.frozen
class SqlPeople(People):
    """Opens transactions over what belongs to people and to no merchant."""

    driver: Driver

    @contextmanager
    def __call__(self) -> Iterator[PeopleStorage]:
        with self.driver.writing(of=None) as session:
            yield SqlPeopleStorage(session)


def memberships_of(rows: Rows) -> tuple[Membership, ...]:
    """Read places from `OF_LOGIN` or `OF_PERSON`."""
    return tuple(
        Membership(
            merchant_id=MerchantId(merchant_id),
            merchant_name=merchant_name,
            person_id=_person(person_id),
            customer_id=customer_id and CustomerId(customer_id),
            customer_name=customer_name,
            role=role and Role(role),
            second_factor=bool(second_factor),
        )
        for merchant_id, merchant_name, person_id, customer_id, customer_name, role, second_factor in rows
    )


def _times(codes: SentCodes) -> str:
    return " ".join(str(microseconds(at)) for at in codes.sent)


def _session_row(session: Session) -> Row:
    return (
        session.id,
        session.login_id,
        session.person_id,
        session.began_at,
        session.refreshed_at,
        session.ended_at,
        session.proof.value,
        session.second_factor,
    )


def _session_of(row: Row) -> Session:
    id, login_id, person_id, began_at, refreshed_at, ended_at, proof, second_factor = row
    return Session(
        id=SessionId(id),
        login_id=LoginId(login_id),
        person_id=_person(person_id),
        began_at=instant(began_at),
        refreshed_at=instant(refreshed_at),
        ended_at=perhaps_instant(ended_at),
        proof=Proof(proof),
        second_factor=bool(second_factor),
    )


def _person(text: str) -> PersonId:
    return BuyerId(text) if text.startswith(BuyerId.tag) else StaffId(text)
