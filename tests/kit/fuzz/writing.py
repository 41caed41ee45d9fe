"""Operations: what is picked of the schema, and how it is written as a document with variables."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from random import Random

import attrs
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
)

from kit.fuzz.places import Person
from kit.fuzz.values import Value, literal, spelled


@attrs.frozen
class Given:
    """An argument and its value."""

    name: str
    type: GraphQLInputType
    value: Value


@attrs.frozen(kw_only=True)
class Picked:
    """A field that is asked for: under a key of the answer, and what is asked for below it."""

    key: str
    name: str
    parent: str
    type: GraphQLOutputType
    given: tuple[Given, ...] = ()
    below: tuple[Picked, ...] = ()
    on: str | None = None
    """The type that it is asked of only, where others may stand in its place."""
    unsure: bool = False
    """Whether a directive may leave it out."""
    directive: str = ""

    @classmethod
    def of(cls, parent: str, name: str, field: GraphQLField, **more: object) -> Picked:
        """The field under its own name."""
        made = cls(key=name, name=name, parent=parent, type=field.type)
        return attrs.evolve(made, **more)  # type: ignore[arg-type]

    def coordinates(self) -> Iterable[str]:
        """Every field and argument, input field and enum value that is asked for or given."""
        if self.name != "__typename":
            yield f"{self.parent}.{self.name}"
        for one in self.given:
            yield f"{self.parent}.{self.name}({one.name})"
            yield from _inside(one.value, one.type)
        for picked in self.below:
            yield from picked.coordinates()


def _inside(value: Value, type_: GraphQLInputType) -> Iterable[str]:
    plain = get_nullable_type(type_)
    if isinstance(plain, GraphQLList):
        for one in value if isinstance(value, list) else [value]:
            yield from _inside(one, plain.of_type)
    if isinstance(plain, GraphQLInputObjectType) and isinstance(value, dict):
        for name, one in value.items():
            if name in plain.fields:
                yield f"{plain.name}.{name}"
                yield from _inside(one, plain.fields[name].type)
    if isinstance(plain, GraphQLEnumType) and isinstance(value, str) and value in plain.values:
        yield f"{plain.name}.{value}"


@attrs.frozen(kw_only=True)
class Operation:
    """A request as somebody sends it, and what is known about its answer."""

    person: Person
    document: str
    variables: str | None
    """As JSON; None sends none."""
    operation_name: Value = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    by_get: bool = False
    root: str = "Query"
    picked: tuple[Picked, ...] = ()
    """What the answer's data must look like; nothing where the request is spoilt."""
    about: str

    @property
    def body(self) -> bytes:
        """What is sent by POST."""
        parts = [f'"query": {json.dumps(self.document)}']
        if self.variables is not None:
            parts.append(f'"variables": {self.variables}')
        if self.operation_name is not None:
            parts.append(f'"operationName": {spelled(self.operation_name)}')
        return ("{" + ", ".join(parts) + "}").encode()

    @property
    def params(self) -> Mapping[str, str]:
        """What is sent by GET."""
        name = self.operation_name if isinstance(self.operation_name, str) else None
        return {
            "query": self.document,
            **({"variables": self.variables} if self.variables is not None else {}),
            **({"operationName": name} if name is not None else {}),
        }

    @property
    def coordinates(self) -> frozenset[str]:
        """What of the schema it touches."""
        return frozenset(one for picked in self.picked for one in picked.coordinates())

    def replay(self, url: str, headers: Mapping[str, str]) -> str:
        """A command line that sends it again."""
        words = ["curl", "-sS"]
        for pair in headers.items():
            words += ["-H", ": ".join(pair)]
        if self.by_get:
            words.append("-G")
            for pair in self.params.items():
                words += ["--data-urlencode", "=".join(pair)]
        else:
            words += ["--data-binary", self.body.decode()]
        return shlex.join([*words, url])


@attrs.define
class Writer:
    """Writes one document; values go into it or into variables, as chance has it."""

    chance: Random
    fragments: list[str] = attrs.field(factory=list)
    declared: dict[str, tuple[GraphQLInputType, Value]] = attrs.field(factory=dict)
    in_variables: float = 0.6

    def operation(
        self, person: Person, root: str, picked: Sequence[Picked], *, about: str, name: str = "Fuzz"
    ) -> Operation:
        """Write an operation that asks for what is picked."""
        selections = self.set(root, picked)
        variables = ", ".join(f"${name}: {type_}" for name, (type_, _) in self.declared.items())
        head = f"{root.lower()} {name}{f'({variables})' if variables else ''}"
        values = {name: value for name, (_, value) in self.declared.items()}
        return Operation(
            person=person,
            document=" ".join([f"{head} {selections}", *self.fragments]),
            variables=spelled(values) if values or self.chance.random() < 0.5 else None,
            operation_name=name if self.chance.random() < 0.3 else None,
            root=root,
            picked=tuple(picked),
            about=about,
        )

    def set(self, type_name: str, picked: Sequence[Picked]) -> str:
        """Write a set of selections on a type; what is asked of some types only stands in fragments."""
        groups: dict[str | None, list[str]] = {}
        for one in picked:
            groups.setdefault(one.on, []).append(self._field(one))
        parts = groups.pop(None, [])
        if len(parts) > 1 and self.chance.random() < 0.1:
            at = self.chance.randrange(1, len(parts))
            parts = [*parts[:at], self._fragment(type_name, parts[at:])]
        for on, fields in groups.items():
            parts.append(self._fragment(on or type_name, fields))
        return "{ " + " ".join(parts) + " }"

    def _fragment(self, type_name: str, fields: list[str]) -> str:
        inside = "{ " + " ".join(fields) + " }"
        if self.chance.random() < 0.3:
            self.fragments.append(f"fragment F{len(self.fragments)} on {type_name} {inside}")
            return f"...F{len(self.fragments) - 1}"
        return f"... on {type_name} {inside}"

    def _field(self, one: Picked) -> str:
        alias = f"{one.key}: " if one.key != one.name else ""
        given = ", ".join(f"{value.name}: {self._value(value)}" for value in one.given)
        below = " " + self.set(_named(one.type), one.below) if one.below else ""
        return f"{alias}{one.name}{f'({given})' if given else ''}{one.directive}{below}"

    def _value(self, given: Given) -> str:
        if self.chance.random() >= self.in_variables and len(spelled(given.value)) < 500:
            return literal(given.value, given.type)
        name = f"v{len(self.declared)}"
        self.declared[name] = (given.type, given.value)
        return f"${name}"


def _named(type_: GraphQLOutputType) -> str:
    return get_named_type(type_).name
