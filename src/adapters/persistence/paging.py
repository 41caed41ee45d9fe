"""Keyset pages: the conditions, the order and the cut, once for every list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs
from sqlalchemy import ColumnElement, Integer, bindparam, literal_column, tuple_

from adapters.persistence.statements import Row, Rows
from application.views.pages import Edge, Key, Slice, Window

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Shape:
    """What of a window changes the statement, and not only its parameters.

    Its size does: PostgreSQL plans a statement anew for every request where it does not know how few rows are wanted.
    """

    size: int
    after: bool
    before: bool
    backwards: bool
    descending: bool = False

    @classmethod
    def of(cls, window: Window, *, descending: bool = False) -> Shape:
        """Read the shape off a window; `descending` lists are sorted by the largest key first."""
        return cls(
            size=window.size,
            after=window.after is not None,
            before=window.before is not None,
            backwards=window.backwards,
            descending=descending,
        )


def most(shape: Shape) -> ColumnElement[int]:
    """One row more than the page has, to tell whether there is another."""
    return literal_column(str(shape.size + 1), Integer())


def conditions(shape: Shape, sort: Sequence[ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """Keep the rows between the window's keys."""
    row = tuple_(*sort)
    found: list[ColumnElement[bool]] = []
    for given, name, above in ((shape.after, "after", True), (shape.before, "before", False)):
        if given:
            key = tuple_(
                *(bindparam(f"{name}_{at}", type_=column.type) for at, column in enumerate(sort)),
            )
            found.append(row > key if above is not shape.descending else row < key)
    return found


def ordering(shape: Shape, sort: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Sort in the direction in which the window is filled."""
    down = shape.descending is not shape.backwards
    return [column.desc() if down else column.asc() for column in sort]


def page_parameters(
    window: Window, *, stored: Callable[[Key], Sequence[Any]] = lambda key: key
) -> dict[str, Any]:
    """Name the keys."""
    parameters: dict[str, Any] = {}
    for name, key in (("after", window.after), ("before", window.before)):
        if key is not None:
            parameters |= {f"{name}_{at}": value for at, value in enumerate(stored(key))}
    return parameters


def page_of(rows: list[T], window: Window) -> list[T]:
    """Take the row too many away, and put the rest into the list's own order."""
    kept = rows[: window.size]
    return kept[::-1] if window.backwards else kept


def cut(
    rows: Rows, window: Window, *, key: Callable[[Row], Key], nodes: Sequence[T], total: int | None
) -> Slice[T]:
    """Make the slice of the rows as they came, and of what they were turned into by `page_of`'s order."""
    more = len(rows) > window.size
    edges = tuple(Edge(key(row), node) for row, node in zip(page_of(rows, window), nodes, strict=True))
    return Slice(
        edges=edges,
        has_next=more if not window.backwards else window.before is not None,
        has_previous=more if window.backwards else window.after is not None,
        total=total,
    )


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""Only these letters have two cases to the databases, too."""


def like(text: str) -> str:
    """Write a pattern that finds the text anywhere, as it is."""
    escaped = text.translate(_LOWER).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
