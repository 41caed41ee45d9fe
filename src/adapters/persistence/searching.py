"""Searches that found nothing in tables: the port, and what staff see of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs
from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    tuple_,
)

from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Ask, Reader, Row, Statement, any_of
from adapters.persistence.tables import (
    NEXT,
    Whole,
    Words,
    belongs_to,
    instant,
    microseconds,
    tenant_table,
)
from application.authorization import Permission
from application.ports.searching import MissedSearches
from application.views.pages import Key, Slice, Window
from application.views.searching import MissedBook, MissedCard, MissedSort
from domain.identity import CustomerId, MerchantId, perhaps
from domain.searching import KEPT_FOR, MOST_MISSED, MissedSearch

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

MISSED_COUNTER = "missed searches"
"""Whoever counts one is the only one who adds to them till they are done."""

missed_searches = tenant_table(
    "missed_searches",
    Column("text", Words, nullable=False),
    # The company, or nothing: what a key can be made of.
    Column("asked_by", Words, nullable=False),
    Column("customer_id", Words),
    Column("times", Whole, nullable=False),
    # Microseconds since 1970.
    Column("first_at", Whole, nullable=False),
    Column("last_at", Whole, nullable=False),
    belongs_to("customers", "customer_id"),
    CheckConstraint("asked_by = COALESCE(customer_id, '')", name="asked_by"),
    CheckConstraint("times > 0", name="times"),
    Index(None, "merchant_id", "times", "text", "asked_by"),
    Index(None, "merchant_id", "last_at", "text", "asked_by"),
    key=("text", "asked_by"),
)

_OF_MERCHANT = missed_searches.c.merchant_id == bindparam("merchant_id")
_COLUMNS = tuple(missed_searches.c[name] for name in ("text", "customer_id", "times", "first_at", "last_at"))
_THERE = Statement(select(*_COLUMNS).where(_OF_MERCHANT, any_of(missed_searches.c.text, "texts")))
_FORGET = Statement(
    delete(missed_searches).where(_OF_MERCHANT, missed_searches.c.last_at < bindparam("before"))
)
_NAME = (missed_searches.c.text, missed_searches.c.asked_by)


def _trim(most_: int) -> Statement:
    """Forget all but so many, those that were looked for last."""
    kept = (
        select(*_NAME)
        .where(_OF_MERCHANT)
        .order_by(missed_searches.c.last_at.desc(), *_NAME)
        .limit(literal_column(str(most_), Integer()))
    )
    return Statement(delete(missed_searches).where(_OF_MERCHANT, tuple_(*_NAME).not_in(kept)))


_TRIM = _trim(MOST_MISSED)
_MANY = Statement(select(func.count()).select_from(missed_searches).where(_OF_MERCHANT))
_SORTS: Mapping[MissedSort, tuple[ColumnElement[int | str], ...]] = {
    MissedSort.MOST_FREQUENT: (missed_searches.c.times, *_NAME),
    MissedSort.LATEST: (missed_searches.c.last_at, *_NAME),
}


def _row(merchant_id: MerchantId, one: MissedSearch) -> Row:
    return (
        merchant_id,
        one.text,
        one.customer_id or "",
        one.customer_id,
        one.times,
        microseconds(one.first_at),
        microseconds(one.last_at),
    )


def _card(row: Row) -> MissedCard:
    return MissedCard(row[0], perhaps(CustomerId, row[1]), row[2], instant(row[3]), instant(row[4]))


@attrs.frozen
class SqlMissedSearches(MissedSearches):
    """What was looked for at one merchant and not found."""

    session: Session
    merchant_id: MerchantId

    def record(self, missed: Iterable[MissedSearch], *, at: datetime) -> None:
        noted = {(one.text, one.customer_id): one for one in missed}
        asked = {"merchant_id": self.merchant_id}
        # Counted first: what is read after it is what whoever added before has left.
        self.session.all(NEXT, {**asked, "name": MISSED_COUNTER, "first": 1})
        for row in self.session.all(_THERE, {**asked, "texts": sorted({text for text, _ in noted})}):
            there = MissedSearch(**_card(row)._asdict())
            key = (there.text, there.customer_id)
            if key in noted:
                noted[key] = there.and_(noted[key])
        rows = sorted((_row(self.merchant_id, one) for one in noted.values()), key=lambda row: row[1:3])
        self.session.replace(missed_searches, rows)
        self.session.change(_FORGET, {**asked, "before": microseconds(at - KEPT_FOR)})
        [(many,)] = self.session.all(_MANY, asked)
        if many > MOST_MISSED:
            self.session.change(_TRIM, asked)


@lru_cache(maxsize=64)
def _page(shape: Shape, sort: MissedSort) -> Statement:
    keys = _SORTS[sort]
    page = select(*_COLUMNS, missed_searches.c.asked_by).where(_OF_MERCHANT, *conditions(shape, keys))
    return Statement(page.order_by(*ordering(shape, keys)).limit(most(shape)))


def _key(row: Row, sort: MissedSort) -> Key:
    return (row[2] if sort is MissedSort.MOST_FREQUENT else row[4], row[0], row[5])


@attrs.frozen
class SqlMissedBook(MissedBook):
    """What staff see of it."""

    sight: Sight

    async def missed(self, *, window: Window, sort: MissedSort, count: bool) -> Slice[MissedCard]:
        asked = {"merchant_id": self.sight.actor.merchant_id}

        def reader() -> Reader[Slice[MissedCard]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(_page(shape, sort), {**asked, **page_parameters(window)})
            total = (yield Ask(_MANY, asked))[0][0] if count else None
            cards = [_card(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: _key(row, sort), nodes=cards, total=total)

        return await self.sight.read(reader) if self.sight.actor.has(Permission.MANAGE_CATALOG) else Slice()
