"""Variables: what was sent with an operation, read by functions that know its types beforehand.

graphql-core asks of every value anew what its type is, and goes twice through all of them; here it is asked once, for
each operation. What is not right is left to graphql-core, which says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    assert_leaf_type,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

from adapters.graphql.engine.leaves import Odd

Reader: TypeAlias = Callable[[Any], Any]
"""Reads a value as its type says, or raises: then graphql-core reads it, and says what is wrong with it."""


class Variables:
    """The variables of one operation."""

    __slots__ = ("_defined",)

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        """
        :raises Odd: if one has no type of the schema, or a default that is wrong, or that whoever is given it may
            change.
        """
        self._defined: list[tuple[str, GraphQLVariableSignature, Reader, bool, Any]] = []
        for one in operation.variable_definitions or ():
            signature = get_variable_signature(schema, one)
            if not isinstance(signature, GraphQLVariableSignature):
                raise Odd
            type_, default = signature.type, _default(signature)
            needed = is_non_null_type(type_) and default is Undefined
            self._defined.append((signature.name, signature, Readers.of(type_), needed, default))

    def read(self, sent: Mapping[str, Any]) -> VariableValues | None:
        """Read what was sent; None where graphql-core has to, because something is wrong with it."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for name, signature, reader, needed, default in self._defined:
                value = sent.get(name, Undefined)
                if value is not Undefined:
                    coerced[name] = reader(value)
                elif needed:
                    return None
                elif default is not Undefined:
                    coerced[name] = default
                sources[name] = VariableValueSource(signature, value)
        # Whatever is wrong is said by graphql-core, which reads the same again.
        except Exception:  # noqa: BLE001
            return None
        return VariableValues(sources, coerced)


def _default(signature: GraphQLVariableSignature) -> Any:
    try:
        default = coerce_default_value(signature)
    except TypeError:
        raise Odd from None
    if signature.default is not None and not is_leaf_type(get_nullable_type(signature.type)):
        raise Odd
    return default


class Readers:
    """The readers of types, each made once; what refers to itself finds the one that is being made."""

    def __init__(self) -> None:
        self._of_objects: dict[GraphQLInputObjectType, Reader] = {}

    @classmethod
    def of(cls, type_: GraphQLInputType) -> Reader:
        """The reader of a type."""
        return cls()._reader(type_)

    def _reader(self, type_: Any) -> Reader:
        if is_non_null_type(type_):
            strict = self._strict(type_.of_type)

            def required(value: Any) -> Any:
                if value is None:
                    raise Odd
                return strict(value)

            return required
        given = self._strict(type_)
        return lambda value: None if value is None else given(value)

    def _strict(self, type_: Any) -> Reader:
        """The reader of what is there."""
        if is_list_type(type_):
            return _list(self._reader(type_.of_type))
        if is_input_object_type(type_):
            return self._of_objects.get(type_) or self._object(type_)
        return _leaf(assert_leaf_type(type_).coerce_input_value)

    def _object(self, type_: GraphQLInputObjectType) -> Reader:
        fields: list[tuple[str, str, Reader, bool, Any]] = []
        out_type, one_of = type_.out_type, type_.is_one_of

        def read(sent: Any) -> Any:
            if type(sent) is not dict:
                raise Odd
            made: dict[str, Any] = {}
            known = 0
            for name, out_name, reader, needed, default in fields:
                value = sent.get(name, Undefined)
                if value is not Undefined:
                    known += 1
                    made[out_name] = reader(value)
                elif needed:
                    raise Odd
                elif default is not Undefined:
                    made[out_name] = default
            if known != len(sent) or (one_of and (len(made) != 1 or None in made.values())):
                raise Odd
            return out_type(made)

        self._of_objects[type_] = read
        for name, field in type_.fields.items():
            needed, default = is_required_input_field(field), coerce_default_value(field)
            fields.append((name, field.out_name or name, self._reader(field.type), needed, default))
        return read


def _list(reader: Reader) -> Reader:
    def read(sent: Any) -> Any:
        if type(sent) is not list:
            raise Odd
        return [reader(one) for one in sent]

    return read


def _leaf(coerce: Reader) -> Reader:
    def read(sent: Any) -> Any:
        value = coerce(sent)
        if value is Undefined:
            raise Odd
        return value

    return read
