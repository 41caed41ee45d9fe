"""Picking fields of the schema: the ways to every type, everything of one type, or a part of it by chance."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from random import Random

import attrs
from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from adapters.graphql.requires import Requires
from application.authorization import Actor, ActorKind
from kit.fuzz.values import Value, Values
from kit.fuzz.writing import Given, Picked

WAYS = 6
LONGEST_WAY = 8
_BUYERS_ONLY, _STAFF_ONLY = "Query.me", "Query.staff"
_NAMES_OF_A_SKU = ("id", "code", "barcode")
_HIDDEN = (" @include(if: false)", " @skip(if: true)")
_SHOWN = (" @include(if: true)", " @skip(if: false)")

Abstract = GraphQLInterfaceType | GraphQLUnionType


@attrs.frozen
class Step:
    """One field on the way to a type, and which of several types it is followed into."""

    parent: str
    name: str
    on: str | None = None


Way = tuple[Step, ...]


def ways(schema: GraphQLSchema) -> Mapping[str, Sequence[Way]]:
    """The shortest ways from the roots to every type that has fields."""
    found: dict[str, list[Way]] = {root.name: [()] for root in roots(schema)}
    left: deque[tuple[GraphQLNamedType, Way]] = deque((root, ()) for root in roots(schema))
    while left:
        type_, way = left.popleft()
        fields = type_.fields if isinstance(type_, GraphQLObjectType) else {}
        for name, field in fields.items():
            named = get_named_type(field.type)
            if is_leaf_type(named) or len(way) == LONGEST_WAY:
                continue
            reached = [(named, Step(type_.name, name))]
            if isinstance(named, Abstract):
                possible = schema.get_possible_types(named)
                reached += [(one, Step(type_.name, name, one.name)) for one in possible]
            for target, step in reached:
                known = found.setdefault(target.name, [])
                if len(known) < WAYS and all(before.parent != target.name for before in way):
                    known.append((*way, step))
                    left.append((target, (*way, step)))
    return found


def fields_of(schema: GraphQLSchema, type_name: str) -> Mapping[str, GraphQLField]:
    """The fields of the type of this name."""
    type_ = schema.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType), type_name
    found: Mapping[str, GraphQLField] = type_.fields
    return found


def roots(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    """The types that operations start at."""
    yield from (root for root in (schema.query_type, schema.mutation_type) if root is not None)


def allows(actor: Actor, parent: str, name: str, field: GraphQLField) -> bool:
    """Tell whether the field is open to somebody, and not null to people of another kind."""
    kinds = {_BUYERS_ONLY: ActorKind.BUYER, _STAFF_ONLY: ActorKind.STAFF}
    definition = field.extensions.get("strawberry-definition")
    needs = [one for one in getattr(definition, "directives", ()) if isinstance(one, Requires)]
    return kinds.get(f"{parent}.{name}", actor.kind) is actor.kind and any(
        actor.has(one.permission) for one in needs
    )


@attrs.define
class Picker:
    """Picks for one request of one person."""

    schema: GraphQLSchema
    chance: Random
    values: Values
    only_allowed: bool = True
    oddity: float = 0.0
    """How often an argument gets a value that is not meant to be right."""
    budget: int = 90
    """So many fields more."""
    aliases: int = 15

    def along(self, way: Way, last: Sequence[Picked], *, on: str | None = None) -> tuple[Picked, ...]:
        """The fields of a way, and at its end what is to be asked for there."""
        below = tuple(last)
        for step in reversed(way):
            field = fields_of(self.schema, step.parent)[step.name]
            reached = get_named_type(field.type)
            if step.on is not None:
                below = tuple(attrs.evolve(one, on=step.on) for one in below if one.name != "__typename")
            if isinstance(reached, Abstract):
                below = (typename(reached.name), *(one for one in below if one.name != "__typename"))
            given = self.arguments(step.name, field)
            below = (Picked.of(step.parent, step.name, field, given=given, below=below),)
        return below

    def everything(self, type_: GraphQLNamedType) -> list[Picked]:
        """All fields of a type; of what lies below, little."""
        found = [
            Picked.of(type_.name, name, field, given=self.arguments(name, field), below=self._little(field))
            for name, field in fields_of(self.schema, type_.name).items()
            if self._allowed(type_.name, name, field)
        ]
        return found or [typename(type_.name)]

    def some(self, type_: GraphQLNamedType, depth: int, *, most: float = 0.6) -> tuple[Picked, ...]:
        """Some fields of a type, and some of what lies below."""
        if isinstance(type_, Abstract):
            return self._of_each(type_, depth, most)
        found: list[Picked] = []
        for name, field in fields_of(self.schema, type_.name).items():
            if self.chance.random() >= most or not self._allowed(type_.name, name, field):
                continue
            found += self.field(type_.name, name, field, depth)
            if self.budget <= 0:
                break
        if not found or self.chance.random() < 0.1:
            found.append(typename(type_.name))
        return tuple(found)

    def field(self, parent: str, name: str, field: GraphQLField, depth: int) -> Iterator[Picked]:
        """One field with some of what lies below; nothing where that would be too deep."""
        named = get_named_type(field.type)
        if not is_leaf_type(named) and (depth == 0 or self.budget <= 0):
            return
        self.budget -= 1
        below = () if is_leaf_type(named) else self.some(named, depth - 1)
        directive, key = "", name
        if self.chance.random() < 0.04:
            directive = self.chance.choice(_HIDDEN + _SHOWN)
        if self.aliases > 0 and self.chance.random() < 0.08:
            self.aliases -= 1
            key = f"a{self.aliases}"
        yield Picked.of(
            parent,
            name,
            field,
            key=key,
            given=self.arguments(name, field),
            below=below,
            directive=directive,
            unsure=directive in _HIDDEN,
        )

    def arguments(self, name: str, field: GraphQLField, *, keep: str = "") -> tuple[Given, ...]:
        """What a field is given: what it needs, one of each group of rivals, and some of the rest."""
        left_out = self.values.rivals_to_drop(field.args, keep)
        needed = set(_NAMES_OF_A_SKU) if name == "sku" else set()
        return tuple(
            Given(argument, declared.type, self._value(declared.type, argument, of=name))
            for argument, declared in field.args.items()
            if argument != keep
            and argument not in left_out
            and (
                isinstance(declared.type, GraphQLNonNull) or argument in needed or self.chance.random() < 0.2
            )
        )

    def _value(self, type_: GraphQLInputType, name: str, *, of: str) -> Value:
        if self.chance.random() < self.oddity:
            return self.chance.choice(self.values.odd(type_, name, of=of))
        return self.values.honest(type_, name, of=of)

    def _of_each(self, type_: Abstract, depth: int, most: float) -> tuple[Picked, ...]:
        """What all have in common, and of each type that may stand here what it has alone."""
        found = [typename(type_.name)]
        shapes: dict[str, str] = {}
        if isinstance(type_, GraphQLInterfaceType):
            for name, field in type_.fields.items():
                shapes[name] = str(field.type)
                found += self.field(type_.name, name, field, 0)
        keys = {one.key for one in found}
        for possible in self.schema.get_possible_types(type_):
            for one in self.some(possible, depth, most=most):
                if one.name == "__typename" or one.key in keys:
                    continue
                # Under one name of the answer there is one shape, whichever type stands here.
                if shapes.setdefault(one.key, str(one.type)) == str(one.type):
                    found.append(attrs.evolve(one, on=possible.name))
        return tuple(found)

    def _little(self, field: GraphQLField) -> tuple[Picked, ...]:
        named = get_named_type(field.type)
        if is_leaf_type(named):
            return ()
        fields = {} if isinstance(named, GraphQLUnionType) else fields_of(self.schema, named.name)
        leaf = next(
            (
                Picked.of(named.name, name, one)
                for name, one in fields.items()
                if is_leaf_type(get_named_type(one.type)) and self._allowed(named.name, name, one)
            ),
            None,
        )
        return (typename(named.name), leaf) if leaf else (typename(named.name),)

    def _allowed(self, parent: str, name: str, field: GraphQLField) -> bool:
        return not self.only_allowed or allows(self.values.person.actor, parent, name, field)


def typename(parent: str) -> Picked:
    """The name of the type that stands here."""
    return Picked(key="__typename", name="__typename", parent=parent, type=GraphQLNonNull(GraphQLString))
