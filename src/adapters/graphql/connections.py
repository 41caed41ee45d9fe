"""Cursor pagination, once: Relay connections over the slices that the views yield."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinasciiError
from typing import Annotated, Any, Generic, TypeVar

import attrs
import orjson
import strawberry

from adapters.graphql.context import Info, planned
from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.requires import field
from application.authorization import Permission
from application.views.pages import Edge, Key, Slice, Window

LONGEST_CURSOR = 1024
_LARGEST_INTEGER = 2**63 - 1

T = TypeVar("T")


@attrs.frozen
class Order:
    """How a list is sorted: the name its cursors carry, and what its keys are made of."""

    name: str
    parts: tuple[type, ...]

    def cursor(self, key: Key) -> str:
        """Write where a row stands as opaque text."""
        return urlsafe_b64encode(orjson.dumps([self.name, *key])).decode().rstrip("=")

    def key(self, cursor: str | None) -> Key | None:
        """Read a cursor.

        :raises BadInput: if it is none, or one of another order.
        """
        if cursor is None:
            return None
        try:
            octets = urlsafe_b64decode((cursor + "=" * (-len(cursor) % 4)).encode("ascii"))
            content = orjson.loads(octets) if len(cursor) <= LONGEST_CURSOR else None
        except (BinasciiError, ValueError):
            raise BadInput(Wrong.CURSOR) from None
        if not isinstance(content, list) or content[:1] != [self.name]:
            raise BadInput(Wrong.CURSOR)
        key = tuple(content[1:])
        if tuple(map(type, key)) != self.parts or not all(map(_storable, key)):
            raise BadInput(Wrong.CURSOR)
        return key


def _storable(part: str | int) -> bool:
    return "\0" not in part if isinstance(part, str) else abs(part) <= _LARGEST_INTEGER


@attrs.frozen(kw_only=True)
class Asked:
    """Which page of a list is asked for, and in which order."""

    order: Order
    window: Window
    count: bool

    @classmethod
    def of(
        cls,
        order: Order,
        info: Info,
        *,
        first: int | None,
        after: str | None,
        last: int | None,
        before: str | None,
    ) -> Asked:
        """Read the arguments of a connection; it is counted only where `totalCount` is selected.

        :raises BadInput: if a cursor is none of this list.
        :raises InvalidPage: if `first` and `last` are both given, or are not 1 to 100.
        """
        window = Window.of(first=first, after=order.key(after), last=last, before=order.key(before))
        return cls(order=order, window=window, count=_counted(info))


def _counted(info: Info) -> bool:
    return planned(info, "totalCount", lambda connection: "totalCount" in connection.fields())


@attrs.frozen
class Row(Generic[T]):
    """A row of a page, with its cursor."""

    edge: Edge[T]
    order: Order

    @property
    def cursor(self) -> str:
        return self.order.cursor(self.edge.key)

    @property
    def node(self) -> T:
        return self.edge.node


@attrs.frozen
class Page(Generic[T]):
    """A page of a list as a connection shows it."""

    slice: Slice[T]
    order: Order

    @property
    def edges(self) -> list[Row[T]]:
        return [Row(edge, self.order) for edge in self.slice.edges]

    @property
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.slice.edges]

    @property
    def page_info(self) -> Page[T]:
        return self

    @property
    def total_count(self) -> int | None:
        return self.slice.total

    @property
    def has_next_page(self) -> bool:
        return self.slice.has_next

    @property
    def has_previous_page(self) -> bool:
        return self.slice.has_previous

    @property
    def start_cursor(self) -> str | None:
        return self.order.cursor(self.slice.edges[0].key) if self.slice.edges else None

    @property
    def end_cursor(self) -> str | None:
        return self.order.cursor(self.slice.edges[-1].key) if self.slice.edges else None


def nothing(asked: Asked) -> Page[Any]:
    """The page of a list that has no rows, for whoever asks by an id that cannot be one."""
    return Page(Slice(total=0 if asked.count else None), asked.order)


@strawberry.type(name="PageInfo", description="Where a page stands in its list.")
class PageInfoType:
    """Relay's PageInfo."""

    has_next_page: bool = field(Permission.BROWSE, description="Whether there are rows after this page.")
    has_previous_page: bool = field(Permission.BROWSE, description="Whether there are rows before this page.")
    start_cursor: str | None = field(Permission.BROWSE, description="The cursor of the page's first row.")
    end_cursor: str | None = field(Permission.BROWSE, description="The cursor of the page's last row.")


@strawberry.type(name="Edge", description="A row of a list and where it stands.")
class EdgeType(Generic[T]):
    """Relay's edge."""

    cursor: str = field(Permission.BROWSE, description="Where the row stands, for `after` and `before`.")
    node: T = field(Permission.BROWSE, description="The row itself.")


@strawberry.type(name="Connection", description="A page of a list.")
class ConnectionType(Generic[T]):
    """Relay's connection."""

    edges: list[EdgeType[T]] = field(
        Permission.BROWSE, description="The rows of the page with their cursors."
    )
    nodes: list[T] = field(Permission.BROWSE, description="The rows of the page.")
    page_info: PageInfoType = field(Permission.BROWSE, description="Where the page stands in the list.")
    total_count: int | None = field(
        Permission.BROWSE,
        description="How many rows the whole list has; counted only where this is asked for.",
    )


First = Annotated[
    int | None, strawberry.argument(description="This many rows from the start, 1 to 100; 20 by default.")
]
After = Annotated[str | None, strawberry.argument(description="Only rows after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="This many rows from the end, 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="Only rows before this cursor.")]
