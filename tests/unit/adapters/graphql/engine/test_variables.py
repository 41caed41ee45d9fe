"""Variables: read as graphql-core reads them, or left to it; never read where it would refuse."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    parse,
)
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.graphql.engine.leaves import Odd
from adapters.graphql.engine.variables import Variables
from adapters.graphql.schema import schema

SMALL = build_schema(
    """
    enum Size { S M }
    input One @oneOf { a: Int b: String }
    input Leaf { size: Size! = M, words: [String!], grid: [[Int]] = [[1]], one: One, again: Leaf }
    type Query { any(leaf: Leaf): Int }
    """
)
INPUTS = sorted(name for name, one in schema._schema.type_map.items() if is_input_object_type(one))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=3), below, max_size=2),
    max_leaves=4,
)
TEXTS = st.sampled_from(["1", "2.50", "sku_1", "瓶", "2026-03-01", "2026-03-01T00:00:00Z", "", "-1"])


def fitting(type_: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """What is mostly as the type wants it."""
    if is_non_null_type(type_):
        return fitting(type_.of_type, depth)
    if is_list_type(type_):
        return st.lists(fitting(type_.of_type, depth), max_size=2)
    if is_enum_type(type_):
        return st.sampled_from(sorted(type_.values))
    if is_input_object_type(type_):
        needed = {name: one.type for name, one in type_.fields.items() if is_non_null_type(one.type)}
        others = {name: one.type for name, one in type_.fields.items() if name not in needed}
        if type_.is_one_of:
            return st.one_of(
                [st.fixed_dictionaries({name: fitting(t, depth + 1)}) for name, t in others.items()]
            )
        return st.fixed_dictionaries(
            {name: fitting(t, depth + 1) for name, t in needed.items()},
            optional={name: fitting(t, depth + 1) | st.none() for name, t in others.items()}
            if depth < 2
            else {},
        )
    if type_.name == "Boolean":
        return st.booleans()
    return st.integers(0, 5) if type_.name == "Int" else TEXTS


@st.composite
def sent(draw: st.DrawFn, type_: Any) -> Any:
    """What is mostly right, with something else in a place of it now and then."""
    value = draw(fitting(type_))
    if draw(st.integers(0, 2)) or not isinstance(value, dict):
        return value
    names = [*value, "stranger"]
    value[draw(st.sampled_from(names))] = draw(ANYTHING)
    return value


def operation(of: GraphQLSchema, type_: str) -> tuple[OperationDefinitionNode, Variables]:
    node = parse(f"query Q($v: {type_}) {{ __typename }}").definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    return node, Variables(of, node)


def told(values: VariableValues) -> list[tuple[str, str, Any, Any]]:
    """What every value came from; two wrappers of one type are not equal."""
    return [
        (name, str(one.signature.type), one.signature.default, one.value)
        for name, one in values.sources.items()
    ]


def compare(of: GraphQLSchema, type_: str, variables: dict[str, Any]) -> bool:
    """Read both ways; tell whether it was read here."""
    node, ours = operation(of, type_)
    theirs = get_variable_values(of, node.variable_definitions or (), variables)
    read = ours.read(variables)
    if isinstance(theirs, list):
        assert read is None
        return False
    assert isinstance(theirs, VariableValues)
    if read is None:
        return False
    assert [*read.coerced.items()] == [*theirs.coerced.items()]
    assert told(read) == told(theirs)
    return True


@settings(max_examples=400)
@given(st.data())
def test_are_read_as_graphql_core_does_whatever_is_sent(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(INPUTS))
    type_ = data.draw(st.sampled_from([name, f"{name}!", f"[{name}!]!"]))
    value = data.draw(sent(schema._schema.type_map[name]))
    compare(schema._schema, type_, {"v": [value] if type_.startswith("[") else value})


@pytest.mark.parametrize("name", INPUTS)
def test_of_every_input_what_is_right_is_read_here(name: str) -> None:
    found: list[bool] = []

    @settings(max_examples=8, database=None)
    @given(fitting(schema._schema.type_map[name]))
    def one(value: Any) -> None:
        node, _ = operation(schema._schema, name)
        theirs = get_variable_values(schema._schema, node.variable_definitions or (), {"v": value})
        if isinstance(theirs, VariableValues):
            found.append(compare(schema._schema, name, {"v": value}))

    one()
    assert all(found)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({}, True),
        (None, True),
        ({"size": "S", "words": ["a"], "grid": [[1, None], None], "again": {"again": {}}}, True),
        ({"one": {"a": 1}}, True),
        ({"words": None}, True),
        ({"size": None}, False),
        ({"size": "L"}, False),
        ({"words": ["a", None]}, False),
        ({"words": "a"}, False),
        ({"one": {"a": 1, "b": "x"}}, False),
        ({"one": {}}, False),
        ({"one": {"a": None}}, False),
        ({"colour": 1}, False),
        ({"grid": [["1"]]}, False),
        ([], False),
        ("leaf", False),
    ],
)
def test_whatever_is_not_right_is_left(value: Any, read: bool) -> None:
    assert compare(SMALL, "Leaf", {"v": value}) is read


def test_what_is_not_sent_is_left_out_or_missed() -> None:
    assert compare(SMALL, "Leaf", {})
    assert not compare(SMALL, "Leaf!", {})


def test_what_nests_beyond_measure_is_left() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"again": deep}
    assert not compare(SMALL, "Leaf", {"v": deep})


@pytest.mark.parametrize("type_", ["Int", "Int!"])
@pytest.mark.parametrize("variables", [{}, {"n": 4}, {"n": None}, {"n": "4"}])
def test_a_default_is_taken_where_nothing_is_sent(type_: str, variables: dict[str, Any]) -> None:
    node = parse(f"query Q($n: {type_} = 3) {{ __typename }}").definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    theirs = get_variable_values(SMALL, node.variable_definitions or (), variables)
    read = Variables(SMALL, node).read(variables)
    if isinstance(theirs, list):
        assert read is None
    else:
        assert read is not None
        assert (read.coerced, told(read)[0][3]) == (theirs.coerced, told(theirs)[0][3])


@pytest.mark.parametrize("defined", ['$n: Int = "3"', "$n: [Int] = [3]", "$n: Leaf = {}", "$n: Query"])
def test_other_defaults_and_types_are_left(defined: str) -> None:
    node = parse(f"query Q({defined}) {{ __typename }}").definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    with pytest.raises(Odd):
        Variables(SMALL, node)


def test_a_value_has_its_own_name_in_python() -> None:
    field = GraphQLInputField(GraphQLNonNull(GraphQLList(GraphQLInt)), out_name="in_python")
    own = GraphQLInputObjectType("Own", {"inGraph": field}, out_type=lambda made: (made,))
    of = GraphQLSchema(types=[own, GraphQLEnumType("E", {"A": 1})])
    assert compare(of, "Own", {"v": {"inGraph": [1]}})
