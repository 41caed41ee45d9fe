"""Who of the demonstration can sign in: by phones that everybody knows."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from application.ports.clock import Ids
from application.ports.passwords import Passwords
from application.ports.people import People
from application.ports.secrets import Secrets
from dinghuo.demo.world._newcomers import WAITING
from domain.credentials import Credentials, Email
from domain.customers import Buyer
from domain.identity import LoginId
from domain.merchant import Staff
from domain.people import Login, Phone

OWNER, CLERK, BUYER, OTHER_BUYER = (Phone(f"1390000000{number}") for number in (1, 2, 3, 4))
EMAIL = Email("owner@example.com")
"""What the owner signs in with beside the phone."""
PHONES = (OWNER, CLERK, BUYER, OTHER_BUYER, WAITING)
_BUYERS = ((0, BUYER), (2, BUYER), (7, OTHER_BUYER))
"""Whose company's first buyer has which phone: one phone buys for an ordinary company and for a VIP."""


@attrs.frozen(kw_only=True)
class Phonebook:
    """Keeps the logins of the demonstration: the same for every merchant."""

    people: People
    secrets: Secrets

    def logins(self, ids: Ids) -> dict[Phone, LoginId]:
        """Find the login of each phone, or store one."""
        found: dict[Phone, LoginId] = {}
        with self.people() as people:
            for phone in PHONES:
                index = self.secrets.phone_index(phone)
                login = people.login_at(index)
                if login is None:
                    login = Login(id=ids.new(LoginId), phone=phone.masked)
                    people.add_login(login, phone=index)
                found[phone] = login.id
        return found


def new_password(people: People, secrets: Secrets, passwords: Passwords) -> str | None:
    """Give the owner's e-mail another password, which is known to nobody else; none where there is no such owner, or
    where the owner has chosen an e-mail."""
    password = secrets.new_passcode()
    hashed, index = passwords.hash(password), secrets.email_index(EMAIL)
    with people() as storage:
        login = storage.login_at(secrets.phone_index(OWNER))
        before = None if login is None else storage.credentials_of(login.id)
        if login is None or (before is not None and before.index != index):
            return None
        after = Credentials(login_id=login.id, index=index, email=EMAIL.masked, hash=hashed)
        storage.put_credentials(after, before=before)
    return password


def staff_with(staff: Sequence[Staff], logins: dict[Phone, LoginId]) -> tuple[Staff, ...]:
    """Let the owner and the clerk sign in, where there are logins."""
    return tuple(
        attrs.evolve(one, login_id=logins.get(phone))
        for one, phone in zip(staff, (OWNER, CLERK), strict=True)
    )


def buyers_with(buyers: Sequence[Buyer], logins: dict[Phone, LoginId]) -> tuple[Buyer, ...]:
    """Let some of those who buy sign in, where there are logins."""
    companies = list(dict.fromkeys(buyer.customer_id for buyer in buyers))
    phones = {companies[at]: phone for at, phone in _BUYERS if at < len(companies)}
    return tuple(_with(buyer, phones.pop(buyer.customer_id, None), logins) for buyer in buyers)


def _with(buyer: Buyer, phone: Phone | None, logins: dict[Phone, LoginId]) -> Buyer:
    return buyer if phone is None else attrs.evolve(buyer, login_id=logins.get(phone))
