"""What is asked, made from the schema as it is built: all that is open to somebody, and each closed field alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import Any, TypeAlias

import attrs
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from adapters.graphql.schema import schema
from application.authorization import Actor
from kit.fuzz.picking import Abstract, Step, Way, allows, fields_of, roots, typename, ways
from kit.fuzz.values import spelled
from kit.fuzz.writing import Given, Picked, Writer

BUILT: GraphQLSchema = schema._schema
DEEP = 4
"""Everything down to here; below it everything of a type that was not met on the way."""
LITTLE = 2
PROBE = "probe"
"""The name of the answer that a closed field is asked under."""

Kinds: TypeAlias = frozenset[str] | None
"""Which of the types that may stand in a place are asked for; None asks for all."""
Values = Mapping[str, Any]
"""What arguments of fields at the root get, by `field(argument)`."""


@attrs.frozen(kw_only=True)
class Question:
    """A document with its variables, and what it asks for."""

    document: str
    variables: str
    root: str
    picked: tuple[Picked, ...]
    about: str = ""

    @property
    def coordinates(self) -> frozenset[str]:
        """The fields and arguments that it asks for or gives."""
        return frozenset(one for picked in self.picked for one in picked.coordinates())

    @property
    def body(self) -> bytes:
        """What is sent."""
        return b'{"query": %s, "variables": %s}' % (spelled(self.document).encode(), self.variables.encode())


def written(root: str, picked: Sequence[Picked], *, about: str = "") -> Question:
    """Write a document; what is given goes into variables, so that the same question is the same text."""
    writer = _Plain(Random(0), in_variables=1.0)
    selections = writer.set(root, picked)
    declared = ", ".join(f"${name}: {type_}" for name, (type_, _) in writer.declared.items())
    return Question(
        document=f"{root.lower()} Walls{f'({declared})' if declared else ''} {selections}",
        variables=spelled({name: value for name, (_, value) in writer.declared.items()}),
        root=root,
        picked=tuple(picked),
        about=about,
    )


class _Plain(Writer):
    """Leaves nothing to chance."""

    def set(self, type_name: str, picked: Sequence[Picked]) -> str:
        groups: dict[str | None, list[str]] = {}
        for one in picked:
            groups.setdefault(one.on, []).append(self._field(one))
        parts = groups.pop(None, [])
        parts += [f"... on {on} {{ {' '.join(fields)} }}" for on, fields in groups.items()]
        return "{ " + " ".join(parts) + " }"


@attrs.frozen
class Asker:
    """Asks for somebody: only for what is open to them, or for everything."""

    actor: Actor | None
    """None asks for everything."""

    def field(
        self, parent: str, name: str, values: Values, *, depth: int = DEEP, on: Kinds = None
    ) -> Picked | None:
        """A field with everything below it; None where nothing of it is open. `on` narrows what is abstract."""
        declared = fields_of(BUILT, parent)[name]
        given = tuple(
            Given(argument, declared.args[argument].type, values[f"{name}({argument})"])
            for argument in declared.args
            if f"{name}({argument})" in values
        )
        return self._field(parent, name, declared, depth, (), given=given, only=on)

    def _field(
        self,
        parent: str,
        name: str,
        declared: GraphQLField,
        depth: int,
        path: tuple[str, ...],
        *,
        given: tuple[Given, ...] = (),
        only: Kinds = None,
    ) -> Picked | None:
        if self.actor is not None and not allows(self.actor, parent, name, declared):
            return None
        named = get_named_type(declared.type)
        if "first" in declared.args and not given:
            given = (Given("first", declared.args["first"].type, 3),)
        if path:
            given = (*given, *_needed(declared, given))
        below = () if is_leaf_type(named) else self._kept(named, depth - 1, (*path, parent), only)
        if below is None:
            return None
        return Picked.of(parent, name, declared, given=given, below=below)

    def _kept(self, type_: Any, depth: int, path: tuple[str, ...], only: Kinds) -> tuple[Picked, ...] | None:
        """The same, made once for all who may do the same."""
        if len(path) > 1:
            return self.below(type_, depth, path, only=only)
        key = (may(self.actor), type_.name, depth, path, only)
        if key not in _BELOW:
            _BELOW[key] = self.below(type_, depth, path, only=only)
        return _BELOW[key]

    def below(
        self, type_: Any, depth: int, path: tuple[str, ...], *, only: Kinds = None
    ) -> tuple[Picked, ...] | None:
        """Everything of a type; None where it was met on the way and is too deep to be met again."""
        if depth < 0 and (type_.name in path or depth < -DEEP):
            return None
        if isinstance(type_, Abstract):
            return self._abstract(type_, depth, path, only)
        found = [
            one
            for name, declared in type_.fields.items()
            if (one := self._field(type_.name, name, declared, depth, path)) is not None
        ]
        return tuple(found) or (typename(type_.name),)

    def _abstract(
        self, type_: Abstract, depth: int, path: tuple[str, ...], only: Kinds
    ) -> tuple[Picked, ...]:
        found = [typename(type_.name)]
        if isinstance(type_, GraphQLInterfaceType) and self._open(type_, only):
            found += [
                Picked.of(type_.name, name, one, key=f"any_{name}") for name, one in type_.fields.items()
            ]
        if type_.name != "Node":
            depth = min(depth, LITTLE - DEEP)
        for possible in BUILT.get_possible_types(type_):
            if only is None or possible.name in only:
                for one in self.below(possible, depth, (*path, type_.name)) or ():
                    # Under one name of an answer there is one shape, whichever type stands here.
                    found.append(attrs.evolve(one, on=possible.name, key=f"{possible.name}_{one.key}"))
        return tuple(found)

    def _open(self, type_: GraphQLInterfaceType, only: Kinds) -> bool:
        """Tell whether what all of an interface have is open on those that are asked for."""
        kinds = [one for one in BUILT.get_possible_types(type_) if only is None or one.name in only]
        return self.actor is None or all(
            allows(self.actor, one.name, name, one.fields[name]) for one in kinds for name in type_.fields
        )


def _needed(declared: GraphQLField, given: tuple[Given, ...]) -> Iterator[Given]:
    """What a field below the root cannot do without: ids that nothing has."""
    named = {one.name for one in given}
    for argument, one in declared.args.items():
        if argument not in named and isinstance(one.type, GraphQLNonNull):
            yield Given(argument, one.type, f"{_TAGS[argument]}_{'7' * 26}")


_TAGS = {"product": "prd", "customer": "cus", "orderId": "ord"}
"""What kind of id they are."""


def open_nodes(actor: Actor | None) -> Sequence[str]:
    """The kinds of things of which somebody may know the identity."""
    node = BUILT.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return [
        one.name
        for one in BUILT.get_possible_types(node)
        if actor is None or allows(actor, one.name, "id", one.fields["id"])
    ]


def may(actor: Actor | None) -> object:
    """What decides which fields are open to somebody."""
    return actor and (actor.kind, actor.permissions)


_BELOW: dict[object, tuple[Picked, ...] | None] = {}
_OPEN: dict[object, frozenset[str]] = {}


def open_to(actor: Actor | None) -> frozenset[str]:
    """Every field that is open to somebody on some way."""
    who = may(actor)
    if who not in _OPEN:
        kinds = frozenset(open_nodes(actor))
        asker = Asker(actor)
        found = [
            asker.field(root, name, {}, on=kinds if name in ("node", "nodes") else None)
            for root, name in root_fields()
        ]
        _OPEN[who] = frozenset(each for one in found if one for each in one.coordinates())
    return _OPEN[who]


def all_fields() -> Iterator[str]:
    """Every field that can be asked for."""
    for type_ in BUILT.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            yield from (f"{type_.name}.{name}" for name in type_.fields)


@lru_cache(maxsize=1)
def known_ways() -> Mapping[str, Sequence[Way]]:
    """The shortest ways to every type."""
    return ways(BUILT)


def alone(actor: Actor | None, coordinate: str, values: Values) -> Question:
    """Ask for one field by itself, on the way that is open the furthest."""
    type_name, _, name = coordinate.partition(".")
    way = _way_to(actor, coordinate)
    declared = fields_of(BUILT, type_name)[name]
    named = get_named_type(declared.type)
    below = () if is_leaf_type(named) else (typename(named.name),)
    last = Picked.of(type_name, name, declared, key=PROBE, given=_given(name, declared, values), below=below)
    picked: tuple[Picked, ...] = (last,)
    for step in reversed(way):
        field = _declared(step)
        if step.on is not None:
            picked = tuple(attrs.evolve(one, on=step.on) for one in picked)
        reached = get_named_type(field.type)
        if isinstance(reached, GraphQLUnionType):
            picked = (typename(reached.name), *picked)
        given = _given(step.name, field, {**values, "node(id)": _node_id(step, values)})
        picked = (Picked.of(step.parent, step.name, field, given=given, below=picked),)
    root = way[0].parent if way else type_name
    return written(root, picked, about=f"{coordinate} alone")


_WAYS: dict[tuple[object, str], Way] = {}


def _way_to(actor: Actor | None, coordinate: str) -> Way:
    """The way to a field on which the least is closed."""
    who = may(actor), coordinate
    if who not in _WAYS:
        type_name, _, name = coordinate.partition(".")

        def closed(way: Way) -> int:
            steps = (*way, Step(type_name, name))
            return sum(
                actor is None or not allows(actor, one.parent, one.name, _declared(one)) for one in steps
            )

        _WAYS[who] = min(known_ways()[type_name], key=closed)
    return _WAYS[who]


def _node_id(step: Step, values: Values) -> Any:
    return values.get(f"id of {step.on}", values["node(id)"])


def _declared(step: Step) -> GraphQLField:
    return fields_of(BUILT, step.parent)[step.name]


def _given(name: str, declared: GraphQLField, values: Values) -> tuple[Given, ...]:
    return tuple(
        Given(argument, one.type, values[f"{name}({argument})"])
        for argument, one in declared.args.items()
        if isinstance(one.type, GraphQLNonNull)
    )


def root_fields() -> Iterator[tuple[str, str]]:
    """Every field that a document begins with."""
    yield from ((root.name, name) for root in roots(BUILT) for name in root.fields)
