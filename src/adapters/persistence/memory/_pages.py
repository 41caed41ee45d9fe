"""Keyset pages of rows in memory, and the search for text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from application.views.pages import Edge, Key, Slice, Window

R = TypeVar("R")
T = TypeVar("T")

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""Only these letters have two cases, as in the databases."""


def cut(
    rows: Iterable[R],
    window: Window,
    *,
    key: Callable[[R], Key],
    card: Callable[[R], T],
    count: bool,
    descending: bool = False,
) -> Slice[T]:
    """Sort the rows, keep those between the window's keys, and of these one page."""
    keyed = sorted(((key(row), row) for row in rows), key=lambda pair: pair[0], reverse=descending)
    between = [pair for pair in keyed if _within(pair[0], window, descending=descending)]
    page = between[-window.size :] if window.backwards else between[: window.size]
    more = len(between) > len(page)
    return Slice(
        edges=tuple(Edge(its_key, card(row)) for its_key, row in page),
        has_next=window.before is not None if window.backwards else more,
        has_previous=more if window.backwards else window.after is not None,
        total=len(keyed) if count else None,
    )


def _within(key: Key, window: Window, *, descending: bool) -> bool:
    low, high = (window.before, window.after) if descending else (window.after, window.before)
    return (low is None or key > low) and (high is None or key < high)


def has(text: str, *, part: str) -> bool:
    """Tell whether the part is somewhere in the text, letters of either case."""
    return part.translate(_LOWER) in text.translate(_LOWER)
