"""Shapes: what a selection looks like once fragments are spread and fields merged, type by type."""

from __future__ import annotations

from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLOutputType
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import to_nodes

Details: TypeAlias = list[FieldDetails]


class Field:
    """One field of one shape: every node that asks for it, and the shapes that its objects may have."""

    __slots__ = ("definition", "details", "name", "nodes", "parent", "shapes")

    def __init__(
        self, name: str, details: Details, definition: GraphQLField, parent: GraphQLObjectType
    ) -> None:
        self.name = name
        """What it is called in the answer."""
        self.details = details
        self.nodes: list[FieldNode] = to_nodes(details)
        self.definition = definition
        self.parent = parent
        self.shapes: dict[str, Shape] = {}
        """By the name of the concrete type."""


class Shape:
    """What is selected of one concrete type at one place."""

    __slots__ = ("field", "fields", "function", "located", "type")

    def __init__(self, type_: GraphQLObjectType, field: Field | None) -> None:
        self.type = type_
        self.field = field
        """The field whose value it is; the root is none's."""
        self.fields: list[Field] = []
        self.function: Any = ""
        """The name of the compiled function, and then the function."""
        self.located = False
        """Whether the function has to know the path of its object."""


class Place:
    """A nullable place in a field's value: the field itself, or the items of a list in it."""

    __slots__ = ("field", "type")

    def __init__(self, field: Field, type_: GraphQLOutputType) -> None:
        self.field = field
        self.type = type_


class Hole:
    """What stands in a nullable place until graphql-core completes it: the value, or what was raised."""

    __slots__ = ("awaited", "place", "raised", "value")

    def __init__(self, place: Place, value: object, raised: Exception | None = None) -> None:
        self.place = place
        self.value = value
        self.raised = raised
        self.awaited = False
        """Whether the value was awaited already: then it is no longer looked at for being awaitable."""
