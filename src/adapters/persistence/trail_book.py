"""The audit trail as staff see it, straight from rows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import BigInteger, and_, bindparam, func, select

from adapters.persistence.customers import buyers
from adapters.persistence.merchants import staff
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.statements import Ask, Reader, Statement
from adapters.persistence.trail import entry_of, trail
from application.authorization import Permission
from application.views.pages import Slice, Window
from application.views.trail import TrailBook, TrailCard, TrailFilter, TrailWant, trail_card

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_SORT = (trail.c.at, trail.c.sequence)
_NARROWS = {
    "about_id": trail.c.about_id == bindparam("about_id"),
    "person_id": trail.c.person_id == bindparam("person_id"),
    "since": trail.c.at >= bindparam("since", type_=BigInteger()),
    "until": trail.c.at < bindparam("until", type_=BigInteger()),
}
_WIDTH = len(trail.c)


def _which(narrowed: tuple[str, ...]) -> list[Any]:
    return [trail.c.merchant_id == bindparam("merchant_id"), *(_NARROWS[name] for name in narrowed)]


@lru_cache(maxsize=256)
def _page(shape: Shape, narrowed: tuple[str, ...], want: TrailWant) -> Statement:
    page = (
        select(*trail.c)
        .where(*_which(narrowed), *conditions(shape, _SORT))
        .order_by(*ordering(shape, _SORT))
        .limit(most(shape))
    )
    if not want.person_name:
        return Statement(page)
    rows: Any = page.subquery("page")
    down = shape.descending is not shape.backwards
    sort = [rows.c[column.name].desc() if down else rows.c[column.name].asc() for column in _SORT]
    named = rows
    for people in (staff, buyers):
        of_person = and_(people.c.merchant_id == rows.c.merchant_id, people.c.id == rows.c.person_id)
        named = named.outerjoin(people, of_person)
    name = func.coalesce(staff.c.name, buyers.c.name)
    return Statement(select(*rows.c, name).select_from(named).order_by(*sort))


@lru_cache(maxsize=16)
def _count(narrowed: tuple[str, ...]) -> Statement:
    return Statement(select(func.count()).select_from(trail).where(*_which(narrowed)))


@attrs.frozen
class SqlTrailBook(TrailBook):
    """What staff see of the audit trail of one merchant."""

    sight: Sight

    async def entries(
        self, *, window: Window, filter: TrailFilter, count: bool, want: TrailWant = TrailWant()
    ) -> Slice[TrailCard]:
        given = {
            "about_id": filter.about_id,
            "person_id": filter.person_id,
            "since": filter.since_us,
            "until": filter.until_us,
        }
        narrowed = tuple(name for name, value in given.items() if value is not None)
        asked = {"merchant_id": self.sight.actor.merchant_id, **{name: given[name] for name in narrowed}}

        def reader() -> Reader[Slice[TrailCard]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(_page(shape, narrowed, want), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(narrowed), asked))[0][0] if count else None
            cards = [
                trail_card(
                    entry_of(row[:_WIDTH]),
                    person_name=row[_WIDTH] if want.person_name else None,
                    veil=self.sight.veil,
                )
                for row in page_of(rows, window)
            ]
            return cut(rows, window, key=lambda row: (row[2], row[1]), nodes=cards, total=total)

        return await self.sight.read(reader) if self.sight.actor.has(Permission.VIEW_TRAIL) else Slice()
