"""Requests without end: first everything once, then every value at every place, and between them chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from random import Random

import attrs
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from kit.fuzz.picking import Picker, Step, Way, allows, fields_of, roots, ways
from kit.fuzz.places import Person, Place
from kit.fuzz.spoiling import spoilt
from kit.fuzz.values import Value, Values
from kit.fuzz.writing import Given, Operation, Picked, Writer

WAYS_EACH = 3
ROUNDS = 3
"""So many times it is asked again for what nobody could touch."""
SPOILT = 0.15
"""How many of the requests made by chance are spoilt as a whole."""


def operations(
    schema: GraphQLSchema,
    place: Place,
    *,
    seed: int,
    cursors: list[str],
    missing: Callable[[], Sequence[str]],
) -> tuple[Iterator[Operation], Iterator[Operation]]:
    """Make what asks for everything once, and then requests without end.

    `cursors` are those that answers had so far, `missing` says what of the schema nobody has touched yet.
    """
    made = _Maker(schema=schema, place=place, chance=Random(f"fuzz/{seed}"), cursors=cursors)
    return chain(made.everything(), _again(made, missing)), _without_end(made)


def _again(made: _Maker, missing: Callable[[], Sequence[str]]) -> Iterator[Operation]:
    """Ask again for what is missing: who asked may have been put out by what was asked before, or asked too much."""
    for _ in range(ROUNDS):
        if left := set(missing()):
            yield from (one for one in made.everything() if not left.isdisjoint(one.coordinates))


def _without_end(made: _Maker) -> Iterator[Operation]:
    odd = made.odd_inputs()
    while True:
        yield next(odd, None) or made.by_chance()
        yield made.by_chance()


@attrs.frozen
class _Place:
    """A place where a value goes in: an argument of a field, or what lies in it."""

    way: Way
    parent: str
    field: str
    argument: str
    path: tuple[str, ...]
    type: GraphQLInputType

    @property
    def name(self) -> str:
        """What the value is called where it stands."""
        return self.path[-1] if self.path else self.argument


@attrs.define(kw_only=True)
class _Maker:
    schema: GraphQLSchema
    place: Place
    chance: Random
    cursors: list[str]
    keys: list[str] = attrs.field(factory=list)
    ways: Mapping[str, Sequence[Way]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ways = ways(self.schema)

    def everything(self) -> Iterator[Operation]:
        """Everything once."""
        yield from self.shapes()
        yield from self.honest_inputs()

    def shapes(self) -> Iterator[Operation]:
        """Every field of every type, on the shortest ways, asked for by somebody who may and by anybody."""
        for type_ in self.schema.type_map.values():
            if type_.name.startswith("__") or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
                continue
            for way in self.ways[type_.name][:WAYS_EACH]:
                people = [one for one in self.place.people if self._may(one, way)]
                if people:
                    yield from self._shape(self.chance.choice(people), type_, way, only_allowed=True)
            yield from self._shape(
                self.chance.choice(self.place.people), type_, self._way(type_.name), only_allowed=False
            )

    def honest_inputs(self) -> Iterator[Operation]:
        """Every argument and every part of an input once, with every value that an enum has."""
        for at in self._places():
            named = get_named_type(at.type)
            values = list(named.values) if isinstance(named, GraphQLEnumType) else [None]
            for value in values:
                person = self._somebody(at)
                made = self._values(person)
                plain = made.honest(at.type, at.name, of=at.field) if value is None else value
                yield self._with(at, plain, person, made, about="a value that may be right")

    def odd_inputs(self) -> Iterator[Operation]:
        """Every value at every place, in any order."""
        places = [
            (at, number)
            for at in self._places()
            for number in range(len(self._odd(at, self._values(self.place.people[0]))))
        ]
        self.chance.shuffle(places)
        for at, number in places:
            person = self._somebody(at)
            made = self._values(person)
            odd = self._odd(at, made)
            yield self._with(at, odd[number % len(odd)], person, made, about="an odd value")

    def by_chance(self) -> Operation:
        """Any request."""
        chance, person = self.chance, self.chance.choice(self.place.people)
        root = chance.choice([*roots(self.schema)] if chance.random() < 0.4 else [*roots(self.schema)][:1])
        picker = self._picker(
            person, oddity=chance.choice((0.0, 0.1, 0.3)), only_allowed=chance.random() < 0.85
        )
        open_fields = [
            name
            for name, field in root.fields.items()
            if not picker.only_allowed or allows(person.actor, root.name, name, field)
        ] or list(root.fields)
        names = chance.sample(open_fields, min(len(open_fields), chance.choice((1, 1, 1, 2, 3))))
        picked = [
            one
            for name in names
            for one in picker.field(root.name, name, root.fields[name], chance.choice((2, 3, 4, 6)))
        ]
        operation = Writer(chance).operation(person, root.name, picked, about="chance")
        return spoilt(operation, chance) if chance.random() < SPOILT else operation

    def _shape(
        self, person: Person, type_: GraphQLObjectType | GraphQLInterfaceType, way: Way, *, only_allowed: bool
    ) -> Iterator[Operation]:
        picker = self._picker(person, only_allowed=only_allowed)
        asked = picker.everything(type_)
        # Each root by itself: what one of them is refused, the others are not.
        for part in [[one] for one in asked] if not way else [asked]:
            picked = picker.along(way, part)
            root = way[0].parent if way else type_.name
            yield Writer(self.chance).operation(person, root, picked, about=f"everything of {type_.name}")

    def _with(self, at: _Place, value: Value, person: Person, made: Values, *, about: str) -> Operation:
        picker = attrs.evolve(self._picker(person), values=made)
        declared = fields_of(self.schema, at.parent)[at.field]
        argument = declared.args[at.argument]
        given = (
            *picker.arguments(at.field, declared, keep=at.argument),
            Given(at.argument, argument.type, made.placed(argument.type, at.argument, at.path, value)),
        )
        named = get_named_type(declared.type)
        below: tuple[Picked, ...] = () if is_leaf_type(named) else picker.some(named, 2, most=1.0)
        field = Picked.of(at.parent, at.field, declared, given=given, below=below)
        picked = picker.along(at.way, [field])
        root = at.way[0].parent if at.way else at.parent
        place = f"{at.parent}.{at.field}({at.argument})" + "".join(f".{name}" for name in at.path)
        return Writer(self.chance).operation(person, root, picked, about=f"{about} at {place}")

    def _places(self) -> Iterator[_Place]:
        for type_ in self.schema.type_map.values():
            if type_.name.startswith("__") or not isinstance(type_, GraphQLObjectType):
                continue
            for name, field in type_.fields.items():
                for argument, declared in field.args.items():
                    for path, inner in _paths(declared.type):
                        yield _Place(self._way(type_.name), type_.name, name, argument, path, inner)

    def _odd(self, at: _Place, values: Values) -> list[Value]:
        return values.odd(at.type, at.name, of=at.field)

    def _somebody(self, at: _Place) -> Person:
        """Somebody who may, mostly."""
        steps = (*at.way, Step(at.parent, at.field))
        people = [one for one in self.place.people if self._may(one, steps)]
        return self.chance.choice(people if people and self.chance.random() < 0.9 else self.place.people)

    def _may(self, person: Person, way: Way) -> bool:
        return all(
            allows(person.actor, step.parent, step.name, fields_of(self.schema, step.parent)[step.name])
            for step in way
        )

    def _way(self, type_name: str) -> Way:
        return self.chance.choice(self.ways[type_name])

    def _values(self, person: Person) -> Values:
        return Values(person=person, chance=self.chance, cursors=self.cursors, keys=self.keys)

    def _picker(self, person: Person, *, oddity: float = 0.0, only_allowed: bool = True) -> Picker:
        return Picker(
            schema=self.schema,
            chance=self.chance,
            values=self._values(person),
            oddity=oddity,
            only_allowed=only_allowed,
            budget=self.chance.choice((6, 12, 40)),
        )


def _paths(type_: GraphQLInputType) -> Iterator[tuple[tuple[str, ...], GraphQLInputType]]:
    """The value itself, and everything that lies in it."""
    yield (), type_
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            for path, inner in _paths(field.type):
                yield (name, *path), inner
