"""Generated documents: valid ones, with everything that selections can do."""

from __future__ import annotations

from random import Random
from typing import Any

import attrs
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)

_CONDITIONS = {
    "Being": ("Being", "Cat", "Dog"),
    "Pet": ("Pet", "Cat", "Dog", "Being"),
    "Cat": ("Cat", "Being", "Pet"),
    "Dog": ("Dog", "Being", "Pet"),
}
_LATER = {"mate", "vow", "loaded", "secret_later", "slow_boxes", "slow_box", "secret"}


@attrs.define
class Document:
    """A document, two sets of values for its variables, and the attributes it reads."""

    text: str
    variables: tuple[dict[str, Any], ...]
    names: set[str]

    @property
    def awaits(self) -> bool:
        """Whether it asks for anything that is awaited."""
        return bool(self.names & _LATER)


class Author:
    """Writes one document."""

    def __init__(self, schema: GraphQLSchema, chance: Random) -> None:
        self._schema = schema
        self._chance = chance
        self._fragments: dict[str, tuple[str, str]] = {}
        self._variables: dict[str, tuple[str, str | None]] = {}
        self._values: dict[str, Any] = {}
        self._others: dict[str, Any] = {}
        self._names: set[str] = {"open"}
        self._room = 14

    def document(self) -> Document:
        """Write it."""
        selection = self._selection("Query", 4, fields=self._chance.choice((1, 1, 2, 3)))
        declared = ", ".join(
            f"${name}: {type_}" + (f" = {default}" if default is not None else "")
            for name, (type_, default) in self._variables.items()
        )
        head = f"query Q({declared}) " if declared else self._chance.choice(("", "query ", "query Q "))
        parts = [head + selection]
        parts += [f"fragment {name} on {on} {body}" for name, (on, body) in self._fragments.items()]
        self._chance.shuffle(parts)
        others = {name: self._others.get(name, value) for name, value in self._values.items()}
        return Document("\n".join(parts), (self._values, others), self._names)

    def _selection(self, name: str, depth: int, *, fields: int | None = None) -> str:
        chance = self._chance
        many = fields or chance.choice((1, 2, 3, 4, 6))
        parts: list[str] = []
        for _ in range(many):
            draw = chance.random()
            if self._room <= 0:
                return "{ " + " ".join(parts or [self._typename()]) + " }"
            if draw < 0.08 or name == "Pet":
                parts.append(self._typename())
            if draw > 0.86:
                parts.append(self._inline(name, depth))
            elif draw > 0.78:
                parts.append(self._spread(name, depth))
            elif name != "Pet":
                parts.append(self._field(name, depth))
                if chance.random() < 0.15:
                    parts.append(parts[-1])
            else:
                parts.append(self._inline(name, depth))
        return "{ " + " ".join(parts) + " }"

    def _typename(self) -> str:
        return self._chance.choice(("__typename", "__typename", "kind_: __typename")) + self._switch()

    def _inline(self, name: str, depth: int) -> str:
        self._room -= 1
        conditions = _CONDITIONS.get(name, (name,))
        on = self._chance.choice((None, *conditions))
        body = self._selection(on or name, depth, fields=2)
        return "..." + (f" on {on}" if on else "") + self._switch() + " " + body

    def _spread(self, name: str, depth: int) -> str:
        chance = self._chance
        self._room -= 1
        conditions = _CONDITIONS.get(name, (name,))
        fitting = [one for one, (on, _) in self._fragments.items() if on in conditions and _]
        if fitting and chance.random() < 0.5:
            return f"...{chance.choice(fitting)}" + self._switch()
        on = chance.choice(conditions)
        made = f"F{len(self._fragments)}"
        self._fragments[made] = (on, "")
        self._fragments[made] = (on, self._selection(on, depth, fields=2))
        return f"...{made}" + self._switch()

    def _field(self, parent: str, depth: int) -> str:
        type_ = self._schema.type_map[parent]
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        self._room -= 1
        bare = depth <= 0 or self._room <= 0
        choices = [
            (name, one)
            for name, one in type_.fields.items()
            if not bare or is_leaf_type(get_named_type(one.type))
        ]
        if not choices:
            return self._typename()
        name, definition = self._chance.choice(choices)
        self._names.add(definition.extensions["strawberry-definition"].python_name)
        given = self._arguments(definition)
        alias = ""
        if given:
            alias = f"{name}_{sum(map(ord, given)) * len(given)}: "
        elif self._chance.random() < 0.2:
            alias = f"other_{name}: "
        body = ""
        below = get_named_type(definition.type)
        if not is_leaf_type(below):
            body = " " + self._selection(below.name, depth - 1)
        return f"{alias}{name}{given}{self._switch()}{body}"

    def _arguments(self, definition: GraphQLField) -> str:
        given: list[str] = []
        for name, argument in definition.args.items():
            required = is_non_null_type(argument.type) and argument.default_value is None
            required = required or name in ("n", "span")
            if required or self._chance.random() < 0.5:
                given.append(f"{name}: {self._argument(argument)}")
        return f"({', '.join(given)})" if given else ""

    def _argument(self, argument: GraphQLArgument) -> str:
        chance = self._chance
        text, value = self._literal(str(argument.type))
        if chance.random() < 0.5:
            return text
        name, type_ = f"v{len(self._variables)}", str(argument.type)
        self._others[name] = self._literal(type_)[1]
        if is_non_null_type(argument.type) and chance.random() < 0.3:
            type_ = type_.rstrip("!")
            self._variables[name] = (type_, text)
            if chance.random() < 0.6:
                self._values[name] = value if chance.random() < 0.8 else None
        else:
            self._variables[name] = (type_, None)
            if is_non_null_type(argument.type) or chance.random() < 0.6:
                self._values[name] = value
        return f"${name}"

    def _literal(self, type_: str) -> tuple[str, Any]:
        chance = self._chance
        if not type_.endswith("!") and chance.random() < 0.15:
            return "null", None
        match type_.rstrip("!"):
            case "Int":
                number = chance.choice((0, 1, 2))
                return str(number), number
            case "Boolean":
                yes = chance.random() < 0.5
                return str(yes).lower(), yes
            case "Colour":
                name = chance.choice(("RED", "GREEN", "BLUE"))
                return name, name
            case "[ID!]":
                return '["x", 3]', ["x", 3]
            case "Span":
                return '{ colours: [RED, BLUE], label: "l" }', {"colours": ["RED", "BLUE"], "label": "l"}
            case _:
                word = chance.choice(("ho", "hm"))
                return f'"{word}"', word

    def _switch(self) -> str:
        chance = self._chance
        if chance.random() > 0.12:
            return ""
        name, yes = chance.choice(("skip", "include")), chance.random() < 0.5
        if chance.random() < 0.5:
            return f" @{name}(if: {str(yes).lower()})"
        variable = f"s{chance.randrange(3)}"
        self._variables[variable] = ("Boolean!", None)
        self._values.setdefault(variable, yes)
        self._others.setdefault(variable, chance.random() < 0.5)
        return f" @{name}(if: ${variable})"
