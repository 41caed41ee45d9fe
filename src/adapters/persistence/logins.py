"""Logins: the tables of what belongs to people and to no merchant, and how it goes when it is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    or_,
    select,
)

from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session as Database
from adapters.persistence.statements import Statement, any_of
from adapters.persistence.tables import Instant, Words, metadata, microseconds, one_of
from application.ports.people import Tidied
from domain.credentials import TRIES_KEPT
from domain.identity import LoginId
from domain.people import SENDS_WITHIN, SESSION_KEPT, SESSION_LASTS, SESSION_RESTS, Proof

logins = Table(
    "logins",
    metadata,
    Column("id", Words, nullable=False),
    Column("phone_index", Words),
    sealed("phone", nullable=True),
    Column("last_person_id", Words),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("phone_index"),
)
login_identities = Table(
    "login_identities",
    metadata,
    Column("id", Words, nullable=False),
    Column("login_id", Words, nullable=False),
    PrimaryKeyConstraint("id"),
    ForeignKeyConstraint(["login_id"], ["logins.id"]),
    Index(None, "login_id"),
)
login_codes = Table(
    "login_codes",
    metadata,
    Column("phone_index", Words, nullable=False),
    Column("seal", Words, nullable=False),
    Column("sent", Words, nullable=False),
    Column("tries", Integer, nullable=False),
    PrimaryKeyConstraint("phone_index"),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id", Words, nullable=False),
    Column("login_id", Words, nullable=False),
    Column("person_id", Words, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("refreshed_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("proof", Words, nullable=False),
    Column("second_factor", Boolean(create_constraint=False), nullable=False),
    PrimaryKeyConstraint("id"),
    one_of("proof", Proof),
    ForeignKeyConstraint(["login_id"], ["logins.id"]),
    Index(None, "login_id"),
    Index(None, "person_id"),
)
refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("id", Words, nullable=False),
    Column("session_id", Words, nullable=False),
    Column("spent_at", Instant),
    PrimaryKeyConstraint("id"),
    ForeignKeyConstraint(["session_id"], ["sessions.id"]),
    Index(None, "session_id"),
)
login_passwords = Table(
    "login_passwords",
    metadata,
    Column("login_id", Words, nullable=False),
    Column("email_index", Words, nullable=False),
    sealed("email"),
    Column("hash", Words, nullable=False),
    Column("first_until", Instant),
    PrimaryKeyConstraint("login_id"),
    UniqueConstraint("email_index"),
    ForeignKeyConstraint(["login_id"], ["logins.id"]),
)
login_factors = Table(
    "login_factors",
    metadata,
    Column("login_id", Words, nullable=False),
    Column("sealed", Words, nullable=False),
    Column("active", Boolean(create_constraint=False), nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("recovery", Words, nullable=False),
    Column("tries", Words, nullable=False),
    PrimaryKeyConstraint("login_id"),
    ForeignKeyConstraint(["login_id"], ["logins.id"]),
)
login_tries = Table(
    "login_tries",
    metadata,
    Column("email_index", Words, nullable=False),
    Column("tries", Words, nullable=False),
    Column("last_at", Instant, nullable=False),
    PrimaryKeyConstraint("email_index"),
    Index(None, "last_at"),
)

_LOGIN = bindparam("the_login_id", type_=Words)
_PHONE = select(logins.c.phone_index).where(logins.c.id == _LOGIN)
_EMAIL = select(login_passwords.c.email_index).where(login_passwords.c.login_id == _LOGIN)
_ERASE = (
    Statement(
        delete(refresh_tokens).where(
            refresh_tokens.c.session_id.in_(select(sessions.c.id).where(sessions.c.login_id == _LOGIN))
        )
    ),
    Statement(delete(sessions).where(sessions.c.login_id == _LOGIN)),
    Statement(delete(login_identities).where(login_identities.c.login_id == _LOGIN)),
    Statement(delete(login_codes).where(login_codes.c.phone_index.in_(_PHONE))),
    Statement(delete(login_tries).where(login_tries.c.email_index.in_(_EMAIL))),
    Statement(delete(login_passwords).where(login_passwords.c.login_id == _LOGIN)),
    Statement(delete(login_factors).where(login_factors.c.login_id == _LOGIN)),
    Statement(delete(logins).where(logins.c.id == _LOGIN)),
)
_MOST: BindParameter[int] = bindparam("most")
_SESSIONS_OVER = Statement(
    select(sessions.c.id)
    .where(
        or_(
            sessions.c.ended_at < bindparam("ended", type_=Instant()),
            sessions.c.refreshed_at < bindparam("rested", type_=Instant()),
            sessions.c.began_at < bindparam("began", type_=Instant()),
        )
    )
    .order_by(sessions.c.id)
    .limit(_MOST)
)
_TOKENS_OF = Statement(delete(refresh_tokens).where(any_of(refresh_tokens.c.session_id, "ids")))
_SESSIONS = Statement(delete(sessions).where(any_of(sessions.c.id, "ids")))
_SPENT = Statement(
    select(refresh_tokens.c.id)
    .where(refresh_tokens.c.spent_at < bindparam("before", type_=Instant()))
    .order_by(refresh_tokens.c.id)
    .limit(_MOST)
)
_TOKENS = Statement(delete(refresh_tokens).where(any_of(refresh_tokens.c.id, "ids")))
_DIGITS = 16
"""So many digits have the microseconds of an instant between 2001 and 2286."""
_LAST_SENT = func.substr(login_codes.c.sent, func.length(login_codes.c.sent) - (_DIGITS - 1))
_CODES_OVER = bindparam("last", type_=Words) >= _LAST_SENT
_CODES = Statement(
    select(login_codes.c.phone_index).where(_CODES_OVER).order_by(login_codes.c.phone_index).limit(_MOST)
)
_FORGET_CODES = Statement(delete(login_codes).where(any_of(login_codes.c.phone_index, "ids"), _CODES_OVER))

_FORGET_TRIES = Statement(
    delete(login_tries).where(login_tries.c.last_at < bindparam("before", type_=Instant()))
)


def forget_tries(open: Database, *, at: datetime) -> None:
    """Forget the tries of all e-mails with which nobody has tried for a day."""
    open.change(_FORGET_TRIES, {"before": at - TRIES_KEPT})


def erase_login(open: Database, login_id: LoginId) -> None:
    """Remove a login with everything that hangs on it."""
    for statement in _ERASE:
        open.change(statement, {"the_login_id": login_id})


def tidy(open: Database, *, at: datetime, most: int) -> Tidied:
    """Remove some of what is over, at most so many of each kind."""
    forget_tries(open, at=at)
    kept_from = at - SESSION_KEPT
    asked = {
        "ended": kept_from,
        "rested": kept_from - SESSION_RESTS,
        "began": kept_from - SESSION_LASTS,
        "most": most,
    }
    over = [id for (id,) in open.all(_SESSIONS_OVER, asked)]
    if over:
        open.change(_TOKENS_OF, {"ids": over})
        open.change(_SESSIONS, {"ids": over})
    spent = [id for (id,) in open.all(_SPENT, {"before": kept_from, "most": most})]
    if spent:
        open.change(_TOKENS, {"ids": spent})
    last = str(microseconds(at - SENDS_WITHIN))
    phones = [id for (id,) in open.all(_CODES, {"last": last, "most": most})]
    codes = open.change(_FORGET_CODES, {"ids": phones, "last": last}) if phones else 0
    return Tidied(sessions=len(over), tokens=len(spent), codes=codes)
