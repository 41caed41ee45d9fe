"""One execution: what compiled functions ask for when it is not in their own code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import CORO_CREATED, getcoroutinestate
from types import CoroutineType
from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo, Undefined
from graphql.execution.executor import Executor
from graphql.pyutils import Path, is_iterable
from graphql.pyutils.is_awaitable import is_async_iterable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from adapters.graphql.engine.leaves import Classes, Odd
from adapters.graphql.engine.resolvers import Arguments
from adapters.graphql.engine.shapes import Field, Hole, Place

Waiting: TypeAlias = tuple[
    dict[str, Any], str, Any, Callable[[Any, "Run", Path | None], Any], Place | None, Path | None
]
"""Where the value goes, what is awaited, what completes it, and the place where the field may be null."""


class Drained:
    """What an iterator yielded, and what it raised: it can be read only once."""

    __slots__ = ("iterator", "items", "raised")  # noqa: RUF023

    def __init__(self, iterator: object, items: list[Any], raised: Exception | None) -> None:
        self.iterator = iterator
        self.items = items
        self.raised = raised

    def again(self) -> Iterator[Any]:
        """Yield and raise the same once more."""
        yield from self.items
        if self.raised is not None:
            raise self.raised


class Replaying(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, to which nothing is used up that compiled code has read or awaited before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drained: dict[int, Drained] = {}
        self.outcomes: dict[int, tuple[Any, Any, Exception | None]] = {}

    async def with_abort_signal(self, awaitable: Any) -> Any:
        known = self.outcomes.get(id(awaitable))
        if known is None:
            return await awaitable
        _, value, raised = known
        if raised is not None:
            raise raised
        return value

    def complete_list_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        drained = self.drained.pop(id(result), None)
        if drained is not None:
            result = drained.again()
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )


class LateInfo:
    """What graphql-core tells resolvers, made when somebody asks for more of it than the context."""

    __slots__ = ("_field", "_helpers", "_made", "_path", "_run", "context")

    def __init__(self, run: Run, field: Field, path: Path) -> None:
        executor = run.executor
        self._run, self._field, self._path = run, field, path
        self._made: GraphQLResolveInfo[Any] | None = None
        self.context, self._helpers = executor.context_value, executor.async_helpers

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            # Whoever keeps this may ask when the executor has parted from what knows it.
            vars(self._run.executor).setdefault("async_helpers", self._helpers)
            self._made = self._run.info(self._field, self._path)
        return getattr(self._made, name)


class Run:
    """The state of one execution of a plan."""

    __slots__ = (
        "_argumenters",
        "_constants",
        "arguments",
        "classes",
        "drained",
        "executor",
        "holes",
        "is_awaitable",
        "kinds",
        "outcomes",
        "strays",
        "wave",
    )

    def __init__(
        self,
        executor: Executor[Any],
        classes: Classes,
        argumenters: list[Arguments],
        constants: list[dict[str, Any] | None],
    ) -> None:
        self.executor = executor
        self.is_awaitable = executor.is_awaitable
        self.classes = classes
        self._argumenters = argumenters
        self._constants = constants
        self.arguments = constants.copy()
        """Of each field that has any, once they are made."""
        self.wave: list[Waiting] = []
        """What the walk has met that is to be awaited."""
        self.holes = 0
        self.kinds: dict[int, str] = {}
        """The concrete type of each object of an abstract one, by the identity of its dict."""
        self.strays: list[Any] = []
        """Awaitables that were met where none is expected: whoever reads them again may get others."""
        self.drained: dict[int, Drained] = {}
        self.outcomes: list[tuple[Any, Any, Exception | None]] = []

    # What a value turns out to be

    def waits(self, value: Any) -> bool:
        """Tell whether what a resolver gave is to be awaited."""
        if self.is_awaitable(value):
            return True
        self.classes.admit(type(value))
        return False

    def admit(self, value: Any) -> None:
        """Learn the class of an object.

        :raises Odd: if it is none to read fields from.
        """
        if value is None or value is Undefined or isinstance(value, Exception):
            raise Odd
        if self.is_awaitable(value):
            self.strays.append(value)
            raise Odd
        self.classes.admit(type(value))

    def sure(self, answer: Any) -> None:
        """Take what a type says of an object.

        :raises Odd: if it is not one of its own, or if that is not yet known.
        """
        if self.is_awaitable(answer):
            self.strays.append(answer)
            raise Odd
        if not answer:
            raise Odd

    def coerced(self, value: Any, own: Callable[[Any], Any]) -> Any:
        """Write a leaf by its type's own function.

        :raises Odd: if it is none, or if nothing comes of it.
        """
        self.admit(value)
        written = own(value)
        if written is None or written is Undefined:
            raise Odd
        return written

    def coerced_or_hole(self, value: Any, own: Callable[[Any], Any], place: Place) -> Any:
        """Write a leaf where null may stand instead."""
        try:
            return self.coerced(value, own)
        except Exception:  # noqa: BLE001  # graphql-core fills the hole, and says what is wrong
            return self.hole(place, value)

    def listed(self, value: Any) -> list[Any]:
        """Read what is neither a list nor a tuple, once and for all.

        :raises Odd: if it cannot be read, or not to its end.
        """
        self.admit(value)
        if is_async_iterable(value) or not is_iterable(value):
            raise Odd
        items: list[Any] = []
        try:
            for one in value:
                items.append(one)  # noqa: PERF402 - what came before an exception is kept
        except Exception as raised:  # noqa: BLE001  # it is raised again where graphql-core reads the list
            self.drained.setdefault(id(value), Drained(value, items, raised))
            raise Odd from None
        if hasattr(value, "__next__"):
            self.drained.setdefault(id(value), Drained(value, items, None))
        return items

    def spoiled(self, items: list[Any] | tuple[Any, ...]) -> None:
        """Keep in mind what is to be awaited in a list that will be read again as a whole."""
        self.strays += [one for one in items if self.is_awaitable(one)]

    # Holes

    def hole(self, place: Place, value: object) -> Hole:
        """Leave a value to graphql-core."""
        self.holes += 1
        return Hole(place, value)

    def failed(self, place: Place, raised: Exception) -> Hole:
        """Leave what a field raised to graphql-core."""
        self.holes += 1
        return Hole(place, None, raised)

    # What resolvers are given

    def argue(self, number: int) -> dict[str, Any]:
        """Make the arguments of a field, and keep them where all objects can have the same."""
        arguments = self._argumenters[number]
        made, reusable = arguments.make(self.executor.variable_values)
        if reusable:
            self.arguments[number] = made
            if arguments.constant:
                self._constants[number] = made
        return made

    def info(self, field: Field, path: Path) -> GraphQLResolveInfo[Any]:
        """What graphql-core tells resolvers; the path may be that of an item in the field's list."""
        while isinstance(path.key, int):
            assert path.prev is not None, "a list is in a field"
            path = path.prev
        return self.executor.build_resolve_info(field.definition, field.nodes, field.parent, path)

    # The end

    def replaying(self) -> Executor[Any]:
        """The executor, prepared to complete what was begun here."""
        executor = self.executor
        assert isinstance(executor, Replaying), "it was built for this"
        executor.drained = self.drained.copy()
        executor.outcomes = {
            id(awaitable): (awaitable, value, raised) for awaitable, value, raised in self.outcomes
        }
        return executor

    def close(self) -> None:
        """Close what nobody will await any more."""
        for _, _, awaitable, *_ in self.wave:
            self.strays.append(awaitable)
        for stray in self.strays:
            if isinstance(stray, CoroutineType):
                if getcoroutinestate(stray) == CORO_CREATED:
                    stray.close()
            elif hasattr(stray, "add_done_callback"):
                stray.add_done_callback(_look_at)


def _look_at(future: Any) -> None:
    """Take note of a failure that is told elsewhere."""
    if not future.cancelled():
        future.exception()
