"""Editions: what is read of a merchant's goods and prices is remembered for as long as nobody has changed any of them.

Every transaction that writes to one of the tables gives them a new edition, a number that nobody has had before, and
that is the last it does. Whoever gives one waits for the end of whoever has given one: of two editions that were seen
one is the older, and what is seen with the same edition is the same. A reader who remembers all that is wanted asks for
the edition, and for the rows only where it is another one.
"""

from __future__ import annotations

import secrets

import attrs
from sqlalchemy import ColumnElement, bindparam, literal_column, select

from adapters.persistence.sessions import Session
from adapters.persistence.tables import counters
from domain.identity import MerchantId

_BITS = 63
"""Of a number that is never the same twice, in a column of 64 with a sign."""


@attrs.frozen
class Editions:
    """The editions of what is in some tables, one for each merchant."""

    name: str
    tables: frozenset[str]

    def column(self) -> ColumnElement[int | None]:
        """The edition that the merchant of the parameter `merchant_id` has; NULL where nothing was ever written."""
        return (
            select(counters.c.value)
            .where(
                counters.c.merchant_id == bindparam("merchant_id"),
                counters.c.name == literal_column(f"'{self.name}'"),
            )
            .scalar_subquery()
        )

    def changed_in(self, session: Session) -> bool:
        """Whether a transaction has written to the tables: what it reads has no edition yet."""
        return not self.tables.isdisjoint(session.touched)


GOODS = Editions("edition of goods", frozenset({"products", "skus", "categories"}))
PRICES = Editions("edition of prices", frozenset({"prices"}))


def number() -> int:
    """The number of a new edition."""
    return secrets.randbits(_BITS)


def renew(session: Session, merchant_id: MerchantId) -> None:
    """Give what a transaction has written to its new edition; nothing may be written to it after that."""
    changed = [one for one in (GOODS, PRICES) if one.changed_in(session)]
    if changed:
        rows = [(merchant_id, one.name, number()) for one in changed]
        session.replace(counters, rows)
