"""Shared values: objects that are met again and again, completed once for each selection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

MOST_KEPT = 12_000
"""Completed objects that are kept in all; with one more all are forgotten, and kept anew as they come."""


class Memo:
    """What was made of objects at one place of a plan, by their identity; it holds them, so that it stays theirs."""

    __slots__ = ("__weakref__", "made")

    def __init__(self) -> None:
        self.made: dict[int, tuple[object, dict[str, Any]]] = {}


class Shared(set[type]):
    """Classes whose instances never change and are often the very same object, here and in later answers."""

    def __init__(self, classes: Iterable[type] = ()) -> None:
        super().__init__(classes)
        self._memos: WeakSet[Memo] = WeakSet()
        self._kept = 0

    def memo(self) -> Memo:
        """Make a place to keep what is made; it is forgotten with its plan."""
        made = Memo()
        self._memos.add(made)
        return made

    def keep(self, memo: Memo, value: object, made: dict[str, Any]) -> None:
        """Give the same dict for the same object from now on."""
        if self._kept >= MOST_KEPT:
            for one in self._memos:
                one.made.clear()
            self._kept = 0
        memo.made[id(value)] = (value, made)
        self._kept += 1
