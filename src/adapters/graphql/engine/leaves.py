"""Leaves: what the compiled code lets through at a glance, and the type's own function for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import CoroutineType, GeneratorType, WrapperDescriptorType
from typing import Any, TypeAlias
from uuid import UUID
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.unset import UnsetType

MOST_CLASSES = 2_000
"""Classes that are remembered as plain; programs that make classes as they go start over here."""

LeafType: TypeAlias = GraphQLScalarType | GraphQLEnumType

_AS_IT_IS: Mapping[GraphQLScalarType, str] = {
    GraphQLString: "type({v}) is str or type({v}) in SAFE and isinstance({v}, str)",
    GraphQLID: "type({v}) is str or type({v}) in SAFE and isinstance({v}, str)",
    GraphQLInt: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    GraphQLBoolean: "({v} is True or {v} is False)",
    GraphQLFloat: "type({v}) is float and -1.7976931348623157e308 <= {v} <= 1.7976931348623157e308",
}
_OWN = {scalar: scalar.coerce_output_value for scalar in _AS_IT_IS}
_IMMUTABLE = frozenset(
    (type(None), bool, int, float, str, bytes, Decimal, date, datetime, time, timedelta, UUID, UnsetType)
)


class Odd(Exception):
    """A value that the compiled code leaves to graphql-core."""


class Classes(set[type]):
    """Classes whose instances are neither awaitable nor exceptions, learnt as they come."""

    def admit(self, kind: type) -> None:
        """Remember a class, unless its instances may differ in this."""
        if (
            kind is type(None)
            or issubclass(kind, Exception | CoroutineType | GeneratorType)
            or hasattr(kind, "__await__")
            or any("__getattr__" in vars(base) for base in kind.__mro__)
            or type(kind.__getattribute__) is not WrapperDescriptorType
            or kind is type(Undefined)
        ):
            return
        if len(self) >= MOST_CLASSES:
            self.clear()
        self.add(kind)


def as_it_is(leaf: LeafType) -> str | None:
    """The condition under which a value is its own output, as source with a place for the variable."""
    if isinstance(leaf, GraphQLScalarType) and _OWN.get(leaf) is leaf.coerce_output_value:
        return _AS_IT_IS[leaf]
    return None


def keeps_texts(leaf: LeafType) -> bool:
    """Tell whether the type's own function promises to give every text back as it is."""
    return bool(getattr(leaf.coerce_output_value, "keeps_texts", False))


class Names(dict[int, str]):
    """The name of each member of a Python enum, by the member's identity: members live as long as their class."""

    def __missing__(self, _: int) -> str:
        return ""


_NAMES: WeakKeyDictionary[GraphQLEnumType, Names] = WeakKeyDictionary()


def names_of(leaf: LeafType) -> Names | None:
    """The names of a type's members, where the type is that of a Python enum: gathered once, and the type's from then
    on, for every plan asks for those of all that it may meet."""
    if type(leaf) is not CustomGraphQLEnumType or not issubclass(leaf.wrapped_cls, Enum):
        return None
    found = _NAMES.get(leaf)
    if found is None:
        found = _NAMES[leaf] = _gathered(leaf, leaf.wrapped_cls)
    return found


def _gathered(leaf: CustomGraphQLEnumType, members: type[Enum]) -> Names:
    found = Names()
    for member in members:
        try:
            found[id(member)] = leaf.coerce_output_value(member)
        except Exception:  # noqa: BLE001  # the type's own function tells why, whenever such a member is met
            continue
    return found


def own_function(leaf: LeafType) -> Callable[[Any], Any]:
    """The function by which graphql-core writes values of the type."""
    return leaf.coerce_output_value


def immutable(value: object) -> bool:
    """Tell whether a value can be given to every resolver alike."""
    if type(value) in _IMMUTABLE or isinstance(value, Enum):
        return True
    return type(value) in (tuple, frozenset) and all(immutable(one) for one in value)  # type: ignore[attr-defined]  # mypy does not narrow by `in`
