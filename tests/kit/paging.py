"""Walking through long lists, page by page, in either direction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from typing import TypeVar

from application.views.pages import Edge, Slice, Window

T = TypeVar("T")
MOST_STEPS = 200

Page = Callable[[Window], Awaitable[Slice[T]]]


async def walk(
    page: Page[T],
    *,
    sizes: Sequence[int],
    backwards: bool = False,
    between: Callable[[], None] = lambda: None,
) -> list[Edge[T]]:
    """Collect the whole list page by page, in its own order, and check what each page says about its neighbours."""
    found: list[Edge[T]] = []
    for step, size in zip(range(MOST_STEPS), cycle(sizes), strict=False):
        window = _next(found, size, backwards=backwards)
        one = await page(window)
        assert len(one.edges) <= size
        here, there = (one.has_previous, one.has_next) if backwards else (one.has_next, one.has_previous)
        assert there is (step > 0), "the page knows that there is something where we came from"
        assert not here or len(one.edges) == size, "a page is full while there is more"
        found = [*one.edges, *found] if backwards else [*found, *one.edges]
        if not here:
            return found
        between()
    raise AssertionError("the list does not end")


def at_most(times: int, act: Callable[[], object]) -> Callable[[], None]:
    """Act, but only so many times: a walk along a list that grows for ever does not end."""
    left = iter(range(times))

    def acting() -> None:
        if next(left, None) is not None:
            act()

    return acting


def _next(found: Sequence[Edge[T]], size: int, *, backwards: bool) -> Window:
    if backwards:
        return Window.of(last=size, before=found[0].key if found else None)
    return Window.of(first=size, after=found[-1].key if found else None)
