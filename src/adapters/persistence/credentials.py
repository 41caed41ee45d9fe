"""What logins show beside their phones: e-mails with passwords, second factors, and how often was tried."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from sqlalchemy import bindparam, delete, select, update

from adapters.persistence.logins import forget_tries, login_factors, login_passwords, login_tries
from adapters.persistence.sessions import Session as Database
from adapters.persistence.statements import Statement
from adapters.persistence.tables import Instant, instant, microseconds, perhaps_instant
from application.ports.secrets import EmailIndex
from domain.credentials import Credentials, Totp, Tries
from domain.identity import LoginId

_TRIES = Statement(
    select(login_tries.c.tries).where(login_tries.c.email_index == bindparam("email_index")).with_for_update()
)
_KEEP_TRIES = Statement(
    update(login_tries)
    .where(login_tries.c.email_index == bindparam("the_index"), login_tries.c.tries == bindparam("the_tries"))
    .values(tries=bindparam("tries"), last_at=bindparam("last_at", type_=Instant()))
)
_END_TRIES = Statement(
    delete(login_tries).where(
        login_tries.c.email_index == bindparam("the_index"), login_tries.c.tries == bindparam("the_tries")
    )
)
_AT = Statement(select(*login_passwords.c).where(login_passwords.c.email_index == bindparam("email_index")))
_OF = Statement(select(*login_passwords.c).where(login_passwords.c.login_id == bindparam("the_login_id")))
_KEEP = Statement(
    update(login_passwords)
    .where(
        login_passwords.c.login_id == bindparam("the_login_id"),
        login_passwords.c.hash == bindparam("the_hash"),
        login_passwords.c.email_index == bindparam("the_index"),
    )
    .values(
        email_index=bindparam("email_index"),
        email=bindparam("email"),
        hash=bindparam("hash"),
        first_until=bindparam("first_until", type_=Instant()),
    )
)
_TOTP = Statement(
    select(*login_factors.c).where(login_factors.c.login_id == bindparam("the_login_id")).with_for_update()
)
_REMOVE = Statement(delete(login_factors).where(login_factors.c.login_id == bindparam("the_login_id")))


@attrs.frozen
class SqlCredentials:
    """The part of what is stored of people that is about passwords and second factors."""

    open: Database

    def tries(self, email: EmailIndex) -> Tries:
        for (tries,) in self.open.all(_TRIES, {"email_index": email}):
            return _tries(tries)
        return Tries()

    def keep_tries(self, email: EmailIndex, *, before: Tries, after: Tries) -> None:
        if not after.at:
            if before.at:
                asked = {"the_index": email, "the_tries": _written(before)}
                self.open.must_change(_END_TRIES, asked, rows=1, about=email)
            return
        last = after.at[-1]
        forget_tries(self.open, at=last)
        if not before.at:
            # Whoever tries for the first time at the same time waits here, and is told to try again.
            self.open.insert(login_tries, [(email, _written(after), last)])
            return
        given = {
            "the_index": email,
            "the_tries": _written(before),
            "tries": _written(after),
            "last_at": last,
        }
        self.open.must_change(_KEEP_TRIES, given, rows=1, about=email)

    def credentials_at(self, email: EmailIndex) -> Credentials | None:
        return self._credentials(_AT, {"email_index": email})

    def credentials_of(self, login_id: LoginId) -> Credentials | None:
        return self._credentials(_OF, {"the_login_id": login_id})

    def put_credentials(self, credentials: Credentials, *, before: Credentials | None) -> None:
        kept = (credentials.index, credentials.email, credentials.hash, credentials.first_until)
        if before is None:
            self.open.insert(login_passwords, [(credentials.login_id, *kept)])
            return
        asked = {
            "the_login_id": credentials.login_id,
            "the_hash": before.hash,
            "the_index": before.index,
            **dict(zip(("email_index", "email", "hash", "first_until"), kept, strict=True)),
        }
        self.open.must_change(_KEEP, asked, rows=1, about=credentials.login_id)

    def totp(self, login_id: LoginId) -> Totp | None:
        for id, sealed, active, last_step, recovery, tries in self.open.all(
            _TOTP, {"the_login_id": login_id}
        ):
            return Totp(
                login_id=LoginId(id),
                sealed=sealed,
                on=bool(active),
                last_step=last_step,
                recovery=tuple(recovery.split()),
                tries=_tries(tries),
            )
        return None

    def put_totp(self, totp: Totp) -> None:
        row = (
            totp.login_id,
            totp.sealed,
            totp.on,
            totp.last_step,
            " ".join(totp.recovery),
            _written(totp.tries),
        )
        self.open.replace(login_factors, [row])

    def remove_totp(self, login_id: LoginId) -> None:
        self.open.change(_REMOVE, {"the_login_id": login_id})

    def _credentials(self, statement: Statement, asked: dict[str, str]) -> Credentials | None:
        for login_id, index, email, hash, first_until in self.open.all(statement, asked):
            return Credentials(
                login_id=LoginId(login_id),
                index=index,
                email=email,
                hash=hash,
                first_until=perhaps_instant(first_until),
            )
        return None


def _written(tries: Tries) -> str:
    return " ".join(str(microseconds(at)) for at in tries.at)


def _tries(text: str) -> Tries:
    found: Iterable[str] = text.split()
    return Tries(tuple(instant(int(one)) for one in found))
