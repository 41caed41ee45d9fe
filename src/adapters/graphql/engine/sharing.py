"""Shared values: objects that are met again and again, completed once for each selection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakSet

MOST_YOUNG, MOST_KEPT = 4_096, 40_000
"""Completed objects that are young for one selection, and that are kept in all: with one more all are forgotten, and
kept anew as they come."""


class Memo:
    """What was made of objects for one selection, by their identity; it holds them, so that it stays theirs.

    With each full dict of the young the old are forgotten and the young are old. Both dicts stay the same, for compiled
    code looks into them.
    """

    __slots__ = ("__weakref__", "old", "young")

    def __init__(self) -> None:
        self.young: dict[int, tuple[object, Any]] = {}
        self.old: dict[int, tuple[object, Any]] = {}

    def __len__(self) -> int:
        return len(self.young) + len(self.old)

    def age(self) -> None:
        """Forget the old."""
        self.old.clear()
        self.old.update(self.young)
        self.young.clear()

    def forget(self) -> None:
        """Forget everything."""
        self.old.clear()
        self.young.clear()


class Shared(set[type]):
    """Classes whose instances never change and are often the very same object, here and in later answers."""

    def __init__(
        self, classes: Iterable[type] = (), *, written: Callable[[dict[str, Any]], Any] | None = None
    ) -> None:
        super().__init__(classes)
        self._written = written
        self._memos: WeakSet[Memo] = WeakSet()
        self._kept = 0

    def memo(self) -> Memo:
        """Make a place to keep what is made; it is forgotten with its plan."""
        made = Memo()
        self._memos.add(made)
        return made

    def keep(self, memo: Memo, value: object, made: dict[str, Any]) -> Any:
        """Give the same for the same object from now on; answers with what that is."""
        kept = made if self._written is None else self._written(made)
        if self._kept >= MOST_KEPT:
            for one in self._memos:
                one.forget()
            self._kept = 0
        elif len(memo.young) >= MOST_YOUNG:
            self._kept -= len(memo.old)
            memo.age()
        memo.young[id(value)] = (value, kept)
        self._kept += 1
        return kept
