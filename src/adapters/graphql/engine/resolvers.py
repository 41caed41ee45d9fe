"""Resolvers: which fields are plain attributes, which call one function, and which go the whole way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import Node, VariableNode, Visitor, visit
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from adapters.graphql.engine.leaves import immutable
from adapters.graphql.engine.shapes import Details

_TAKEN = frozenset({"self", "info", "_source"})
"""Names of arguments that would meet Strawberry's own."""


def _codes(function: Any) -> Iterator[CodeType]:
    pending: list[CodeType] = [function.__code__]
    while pending:
        for constant in pending.pop().co_consts:
            if isinstance(constant, CodeType):
                pending.append(constant)
                yield constant


_OF_FIELDS = {code.co_name: code for code in _codes(GraphQLCoreConverter.from_resolver)}
_BASIC = _OF_FIELDS["_get_basic_result"]
_CALLING = (_OF_FIELDS["_resolver"], _OF_FIELDS["_async_resolver"])
_IS_TYPE_OF = tuple(
    code
    for made_in in (GraphQLCoreConverter.from_object, GraphQLCoreConverter._get_is_type_of)
    for code in _codes(made_in)
    if code.co_name == "is_type_of"
)


def _code(function: Any) -> CodeType | None:
    return getattr(function, "__code__", None)


def _free(function: Any, name: str) -> Any:
    """A variable of the function around it."""
    index = function.__code__.co_freevars.index(name)
    return function.__closure__[index].cell_contents


def plain_attribute(definition: GraphQLField) -> str | None:
    """The attribute that Strawberry reads for this field, where it does nothing else."""
    resolve = definition.resolve
    if _code(resolve) is not _BASIC:
        return None
    field: StrawberryField = _free(resolve, "field")
    plain = field.default_resolver is getattr and type(field).get_result is StrawberryField.get_result
    return field.python_name if plain and field.base_resolver is None else None


class Call:
    """A resolver that is called without anything between."""

    __slots__ = ("field", "function", "info", "positional", "source")

    def __init__(self, field: StrawberryField, function: Callable[..., Any]) -> None:
        resolver = field.base_resolver
        assert resolver is not None, "a call has a function"
        named = (resolver.parent_parameter, resolver.root_parameter)
        self.field = field
        self.function = function
        self.positional = resolver.self_parameter is not None
        """Whether the object comes first."""
        self.source = tuple(dict.fromkeys(one.name for one in named if one is not None))
        """The names by which it asks for the object."""
        self.info = resolver.info_parameter.name if resolver.info_parameter else None
        """The name by which it asks for the information about the execution."""


def plain_call(definition: GraphQLField) -> Call | None:
    """The one function behind this field, where Strawberry only converts the arguments and calls it."""
    resolve = definition.resolve
    if _code(resolve) not in _CALLING or _free(resolve, "field_exception_handlers"):
        return None
    chain = _free(resolve, "_get_result_with_extensions")
    field: StrawberryField = _free(_free(chain, "_get_result"), "field")
    resolver = field.base_resolver
    if (
        resolver is None
        or field.extensions
        or _free(chain, "extension_functions")
        or type(field).get_result is not StrawberryField.get_result
        or not callable(resolver.wrapped_func)
        or _TAKEN.intersection(definition.args)
        or not all(is_leaf_type(get_named_type(one.type)) for one in definition.args.values())
    ):
        return None
    return Call(field, resolver.wrapped_func)


def is_type_of_looks_at_info(type_: GraphQLObjectType) -> bool:
    """Tell whether the type's own check may look at more than the object."""
    check = type_.is_type_of
    return check is not None and not by_object(check) and _code(check) not in _IS_TYPE_OF


def by_class(function: object) -> bool:
    """Tell whether a function promises to look at nothing but the class of the object."""
    return bool(getattr(function, "by_class", False))


def by_object(function: object) -> bool:
    """Tell whether a function promises to look at nothing but the object."""
    return by_class(function) or bool(getattr(function, "by_object", False))


class Arguments:
    """The arguments of one field, made as rarely as can be without anybody noticing."""

    __slots__ = ("_call", "_config", "_definition", "_details", "_scalars", "constant")

    def __init__(self, definition: GraphQLField, details: Details, call: Call | None, schema: Any) -> None:
        self._definition = definition
        self._details = details[0]
        self._call = call
        self._scalars = schema.schema_converter.scalar_registry
        self._config = schema.config
        self.constant = not any(_has_variables(one) for one in self._details.node.arguments or ())
        """Whether they are the same in every execution."""

    def make(self, variables: VariableValues) -> tuple[dict[str, Any], bool]:
        """Make them for one call; the second value tells whether they can be used again."""
        node, _, of_fragment = self._details
        values = get_argument_values(self._definition, node, variables, of_fragment)
        if self._call is not None:
            values = convert_arguments(
                values, self._call.field.arguments, scalar_registry=self._scalars, config=self._config
            )
        return values, all(map(immutable, values.values()))


def _has_variables(node: Node) -> bool:
    found: list[Node] = []

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            found.append(node)

    visit(node, Variables())
    return bool(found)
