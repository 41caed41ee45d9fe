"""Pages of long lists: keyset windows that neither skip nor repeat while rows are added."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

import attrs

from domain.errors import DomainError

LARGEST_PAGE = 100
USUAL_PAGE = 20

Key = tuple[str | int, ...]
"""Where a row stands in its order: the values it is sorted by, the id last."""

T = TypeVar("T")


@attrs.frozen(kw_only=True, cache_hash=True)
class Window:
    """How many rows, and between which keys; `backwards` counts from the end."""

    size: int = attrs.field(default=USUAL_PAGE)
    after: Key | None = None
    before: Key | None = None
    backwards: bool = False

    @classmethod
    def of(
        cls,
        *,
        first: int | None = None,
        after: Key | None = None,
        last: int | None = None,
        before: Key | None = None,
    ) -> Window:
        """Read the arguments of a Relay connection.

        :raises InvalidPage: if `first` and `last` are both given, or are not 1 to 100.
        """
        if first is not None and last is not None:
            raise InvalidPage("first and last do not go together")
        size = last if last is not None else first if first is not None else USUAL_PAGE
        if not 1 <= size <= LARGEST_PAGE:
            raise InvalidPage(f"first and last are 1 to {LARGEST_PAGE}")
        return cls(size=size, after=after, before=before, backwards=last is not None)


class Edge(NamedTuple, Generic[T]):
    """A row and where it stands."""

    key: Key
    node: T


@attrs.frozen(kw_only=True)
class Slice(Generic[T]):
    """A page of rows, in the list's own order; the total is counted only for those who ask.

    In the direction of the window it is exact whether more follows; against it, more is said to be there where the
    window was bounded by a key on that side, which is what the connection specification allows.
    """

    edges: tuple[Edge[T], ...] = ()
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None


@attrs.frozen
class InvalidPage(DomainError):
    """The page asked for is no page."""

    reason: str
