"""Collecting: an operation's selections turned into shapes, by graphql-core's own collection of fields."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from graphql import (
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import collect_fields, collect_subfields
from graphql.execution.executor import Executor

from adapters.graphql.engine.resolvers import by_object, is_type_of_looks_at_info, plain_attribute, plain_call
from adapters.graphql.engine.shapes import Details, Field, Shape


class CannotCompile(Exception):
    """An operation that is left to graphql-core."""


class Collector:
    """Collects the shapes of one operation, for one set of values in its @skip and @include."""

    def __init__(self, executor: Executor[Any], *, most_fields: int) -> None:
        self._executor = executor
        self._schema = executor.schema
        self._room = most_fields

    def root(self) -> Shape:
        """Collect everything.

        :raises CannotCompile: if it is too much, or not of this schema.
        """
        executor, type_ = self._executor, self._schema.query_type
        if type_ is None:
            raise CannotCompile
        grouped = collect_fields(
            self._schema,
            executor.fragments,
            executor.variable_values,
            type_,
            executor.operation,
            executor.hide_suggestions,
        ).grouped_field_set
        return self._shape(type_, None, grouped)

    def _shape(self, type_: GraphQLObjectType, field_: Field | None, grouped: Mapping[str, Details]) -> Shape:
        shape = Shape(type_, field_)
        shape.located = field_ is not None and is_type_of_looks_at_info(type_)
        for name, details in grouped.items():
            field = self._field(type_, name, details)
            shape.fields.append(field)
            shape.located = shape.located or field_is_located(field)
        return shape

    def _field(self, parent: GraphQLObjectType, name: str, details: Details) -> Field:
        self._room -= 1
        definition = self._schema.get_field(parent, details[0].node.name.value)
        if definition is None or self._room < 0:
            raise CannotCompile
        field = Field(name, details, definition, parent)
        named = get_named_type(definition.type)
        if is_object_type(named):
            kinds = [named]
        elif is_abstract_type(named):
            kinds = self._schema.get_possible_types(named)
        else:
            kinds = []
        for kind in kinds:
            field.shapes[kind.name] = self._shape(kind, field, self._below(kind, details))
        return field

    def _below(self, type_: GraphQLObjectType, details: Details) -> Mapping[str, Details]:
        executor = self._executor
        return collect_subfields(
            self._schema,
            executor.fragments,
            executor.variable_values,
            executor.operation,
            type_,
            details,
            executor.hide_suggestions,
        ).grouped_field_set


def field_is_located(field: Field) -> bool:
    """Tell whether somebody has to know the path of the field: its resolver, or something below."""
    if value_is_located(field):
        return True
    if _is_read(field):
        return False
    call = plain_call(field.definition)
    return call is None or call.info is not None


def _is_read(field: Field) -> bool:
    return field.details[0].node.name.value == "__typename" or plain_attribute(field.definition) is not None


def what_is_read(shape: Shape) -> Hashable | None:
    """Say what is selected, equal for selections that read alike; None where functions are called."""
    found: list[Hashable] = [shape.type.name]
    for field in shape.fields:
        below = [what_is_read(one) for one in field.shapes.values()]
        if None in below or not _is_read(field):
            return None
        found.append((field.name, field.details[0].node.name.value, *below))
    return tuple(found)


def value_is_located(field: Field) -> bool:
    """Tell whether something below the field has to know its path."""
    named = get_named_type(field.definition.type)
    if is_abstract_type(named) and not by_object(named.resolve_type):
        return True
    return any(shape.located for shape in field.shapes.values())
