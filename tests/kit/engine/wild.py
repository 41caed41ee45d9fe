"""Wild data: mostly what the schema promises, and now and then anything else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator
from inspect import CORO_CREATED, getcoroutinestate
from random import Random
from types import CoroutineType
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from kit.engine.menagerie import BoxRow, CatRow, Colour, DogRow, Failing, LidRow, Refused, Row

_ROWS: dict[str, type[Row]] = {"Cat": CatRow, "Dog": DogRow, "Box": BoxRow, "Lid": LidRow, "Query": Row}
_ASYNC = frozenset(("mate", "vow", "secret_later", "slow_boxes", "slow_box"))
_SPECIAL = {"number": "Int", "loaded": "Int"}


class Text(str):
    """Text, and not quite."""

    __slots__ = ()


class Whole(int):
    """An integer, and not quite."""


class Plain:
    """Nothing the schema knows."""

    def __repr__(self) -> str:
        return "Plain()"


class Several:
    """Can be iterated over and over, without being a list."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __repr__(self) -> str:
        return "several"


_NEAR: dict[str, tuple[Any, ...]] = {
    "Int": (2**31, -(2**31) - 1, 2**70, True, 1.0, 0.5, Whole(5), Whole(2**40), "3", None),
    "Float": (float("nan"), float("inf"), -float("inf"), 1, 2**2000, True, "nan", None),
    "Boolean": (1, 0, 2, 0.0, float("nan"), "true", None),
    "String": (Text("sub"), 5, True, 1.5, None, None, b"octets"),
    "ID": (Text("sub"), 5, True, 1.5, None, 2**60),
    "Colour": ("RED", "r", 1, None, Colour),
    "Tick": (7, 13, None),
    "JSON": (None, float("nan")),
}


class Once:
    """Can be iterated only once."""

    def __init__(self, items: list[Any], *, failing: bool) -> None:
        self._items, self._failing = iter(items), failing

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._items)
        except StopIteration:
            if self._failing:
                raise Refused("in the middle") from None
            raise

    def __repr__(self) -> str:
        return "once"


class Wild:
    """Makes the data of one execution; the same seed makes the same."""

    def __init__(
        self, schema: GraphQLSchema, seed: int, *, badness: float, names: Collection[str], most: int = 24
    ) -> None:
        self._schema = schema
        self._chance = Random(seed)
        self._badness = badness
        self._names = names
        self._left = most
        self._made: list[Coroutine[Any, Any, Any]] = []
        self.awaits = False
        """Whether there is anything to await in it."""
        self.dogs: dict[int, Any] = {}

    def root(self) -> Row:
        """Make the root value, and what the loader finds."""
        query = self._schema.query_type
        assert query is not None
        if "loaded" in self._names:
            self.dogs = {
                1: self._row("Dog", 1),
                2: None,
                3: Refused("lost") if self._bad() else self._row("Dog", 0),
                4: self._row("Cat", 0) if self._bad() else self._row("Dog", 0),
            }
        return self._row("Query", 3)

    def close(self) -> None:
        """Close the coroutines that nobody has read."""
        for one in self._made:
            if getcoroutinestate(one) == CORO_CREATED:
                one.close()

    def _bad(self, times: float = 1) -> bool:
        return self._chance.random() < self._badness * times

    def _row(self, name: str, depth: int) -> Row:
        self._left -= 1
        made = _ROWS[name]
        type_ = self._schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        values: dict[str, Any] = {}
        readers: dict[str, Any] = {}
        for field in type_.fields.values():
            attribute = field.extensions["strawberry-definition"].python_name
            if attribute not in self._names:
                continue
            value = self.value(field.type, depth, _SPECIAL.get(attribute))
            if callable(value) and attribute in _ASYNC:
                value = None  # nobody awaits what an asynchronous function gives, graphql-core neither
            if isinstance(value, Failing) or callable(value):
                readers[attribute] = _reader(value)
            else:
                values[attribute] = value
        if self._bad():
            values["open"] = False
        if readers:
            made = type(made.__name__, (made,), readers)
        row = made()
        row.__dict__.update(values)
        if name in ("Cat", "Dog") and self._chance.random() < self._badness / 4:
            row.kind = self._chance.choice(["Box", "Nobody", "Cat", "Dog"])
        return row

    def value(self, type_: GraphQLOutputType, depth: int, special: str | None = None) -> Any:
        """Make a value for this type."""
        if self._bad(2 if is_leaf_type(_named(type_)) else 0.4):
            return self._odd(type_, depth)
        if is_non_null_type(type_):
            type_ = type_.of_type
        elif self._chance.random() < 0.15:
            return None
        return self._good(type_, depth, special)

    def _good(self, type_: Any, depth: int, special: str | None = None) -> Any:
        chance = self._chance
        if is_list_type(type_):
            if (is_object_type(_named(type_)) or is_abstract_type(_named(type_))) and self._tired(depth):
                return []
            items = [self.value(type_.of_type, depth) for _ in range(chance.choice((0, 1, 2, 2)))]
            return (
                [one for one in items if not callable(one)]
                if chance.random() < 0.8
                else tuple(one for one in items if not callable(one))
            )
        if isinstance(type_, GraphQLEnumType):
            return chance.choice(list(Colour))
        if is_abstract_type(type_):
            return None if self._tired(depth) else self._row(chance.choice(("Cat", "Dog")), depth - 1)
        if is_object_type(type_):
            if type_.name == "Lid" or not self._tired(depth):
                return self._row(type_.name, depth - 1)
            return None
        return self._leaf(special or type_.name)

    def _tired(self, depth: int) -> bool:
        return depth <= 0 or self._left <= 0

    def _leaf(self, name: str) -> Any:
        chance = self._chance
        match name:
            case "Int":
                return chance.choice((0, 1, 2, 3, 4, -(2**31), 2**31 - 1))
            case "Float":
                return chance.choice((0.0, 1.5, -2.25, 1e300))
            case "Boolean":
                return chance.random() < 0.5
            case "JSON":
                return chance.choice(({"a": [1, None]}, [1, 2], "text", 0, False))
            case "Tick":
                return chance.choice((1, 2, "three"))
            case _:
                return chance.choice(("a", "b", "", "喵"))

    def _odd(self, type_: GraphQLOutputType, depth: int) -> Any:
        chance = self._chance
        near = _NEAR.get(_named(type_).name)
        if near and chance.random() < 0.4:
            return chance.choice(near)
        kind = chance.randrange(16)
        match kind:
            case 0 | 1:
                return None
            case 2:
                return Refused("given, not raised")
            case 3:
                return Failing(Refused("raised"))
            case 4:
                return chance.choice(
                    (float("nan"), float("inf"), 2**31, -(2**31) - 1, 2**70, 1.0, 0.5, 7, 13)
                )
            case 5:
                return chance.choice(
                    (True, False, Text("sub"), Whole(5), Whole(2**40), Colour.BLUE, "RED", "r")
                )
            case 6:
                return chance.choice((Plain(), b"octets", {"a": 1}, "text", 5))
            case 7:
                return self._row(chance.choice(("Cat", "Dog", "Box", "Lid")), 0)
            case 8 | 9:
                return self._coroutine(self._settled(type_, depth))
            case 10:
                inner = self._settled(type_, depth)
                self.awaits = True
                return lambda: _give(inner)
            case 11:
                return [self._coroutine(self._plain(type_, depth)), self._plain(type_, depth)]
            case 12:
                return Once([self._plain(type_, depth) for _ in range(2)], failing=chance.random() < 0.4)
            case 13:
                return Several([self._plain(type_, depth)])
            case 14:
                return {"only"}
            case _:
                return [None, self._plain(type_, depth), [None]]

    def _plain(self, type_: GraphQLOutputType, depth: int) -> Any:
        """Something for the items of a list of this type."""
        while is_non_null_type(type_) or is_list_type(type_):
            type_ = type_.of_type
        return self._good(type_, depth)

    def _settled(self, type_: GraphQLOutputType, depth: int) -> Any:
        """What comes of an awaitable: anything but another."""
        if self._chance.random() < 0.3:
            return Failing(Refused("late"))
        value = self.value(type_, depth)
        return None if callable(value) or isinstance(value, CoroutineType) else value

    def _coroutine(self, value: Any) -> Any:
        self.awaits = True
        made = _give(value)
        self._made.append(made)
        return made


def _named(type_: Any) -> Any:
    while is_non_null_type(type_) or is_list_type(type_):
        type_ = type_.of_type
    return type_


async def _give(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Failing):
        raise value.error
    return value


def _reader(value: Failing | Callable[[], Any]) -> Any:
    def read(_: Any) -> Any:
        if isinstance(value, Failing):
            raise value.error
        return value()

    return property(read)
