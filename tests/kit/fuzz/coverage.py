"""What of the schema has been touched, and what has answered."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from kit.fuzz.picking import roots

KINDS = ("root fields", "fields", "arguments", "input fields", "enum values")
REFUSAL = "UserError"


def coordinates(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Everything a client can ask for or give, and of which kind it is."""
    top = {root.name for root in roots(schema)}
    given: list[GraphQLInputType] = []
    for type_ in schema.type_map.values():
        if type_.name.startswith("__") or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for name, field in type_.fields.items():
            yield ("root fields" if type_.name in top else "fields"), f"{type_.name}.{name}"
            for argument, declared in field.args.items():
                yield "arguments", f"{type_.name}.{name}({argument})"
                given.append(declared.type)
    seen: set[str] = set()
    while given:
        named = get_named_type(given.pop())
        if named.name in seen:
            continue
        seen.add(named.name)
        if isinstance(named, GraphQLEnumType):
            yield from (("enum values", f"{named.name}.{value}") for value in named.values)
        if isinstance(named, GraphQLInputObjectType):
            yield from (("input fields", f"{named.name}.{name}") for name in named.fields)
            given += [one.type for one in named.fields.values()]


@attrs.frozen
class Coverage:
    """Counts what was touched by requests that fit the schema, and which fields answered somebody."""

    schema: GraphQLSchema
    touched: set[str] = attrs.field(factory=set)
    answered: set[str] = attrs.field(factory=set)

    def missing(self) -> list[str]:
        """What nobody touched."""
        return [one for _, one in coordinates(self.schema) if one not in self.touched]

    def unanswered(self) -> list[str]:
        """The fields that answered nobody."""
        return [one for one in self._fields() if one not in self.answered]

    @property
    def share_answered(self) -> float:
        """How many of the fields answered somebody, of all but those of refusals, which chance seldom finds."""
        some = [one for one in self._fields() if not self._of_a_refusal(one)]
        return sum(one in self.answered for one in some) / len(some)

    def _of_a_refusal(self, coordinate: str) -> bool:
        type_ = self.schema.type_map[coordinate.partition(".")[0]]
        names = (type_, *type_.interfaces) if isinstance(type_, GraphQLObjectType) else (type_,)
        return any(one.name == REFUSAL for one in names)

    def _fields(self) -> list[str]:
        return [one for kind, one in coordinates(self.schema) if kind in KINDS[:2]]

    def lines(self) -> Iterator[str]:
        """Say it in figures."""
        all_of = [*coordinates(self.schema)]
        for kind in KINDS:
            some = [one for of_kind, one in all_of if of_kind == kind]
            line = f"{kind}: {sum(one in self.touched for one in some)} of {len(some)} touched"
            if kind in KINDS[:2]:
                line += f", {sum(one in self.answered for one in some)} answered"
            yield line
