"""Flat inputs: made of what was sent as it is, which holds only where nothing in them needs more reading."""

from __future__ import annotations

import dataclasses

from graphql import GraphQLInputObjectType, get_named_type, is_leaf_type, is_non_null_type
from graphql.type import GraphQLSchema

from adapters.graphql.schema import schema


def flat_inputs(built: GraphQLSchema) -> list[GraphQLInputObjectType]:
    inputs = [one for one in built.type_map.values() if isinstance(one, GraphQLInputObjectType)]
    return [one for one in inputs if one.extensions["strawberry-definition"].from_input is not None]


def test_have_only_scalars_and_enums_and_a_default_for_what_may_be_missing() -> None:
    found = flat_inputs(schema._schema)
    assert {one.name for one in found} >= {"OrderLineInput"}
    for one in found:
        definition = one.extensions["strawberry-definition"]
        defaults = {
            made.name: made.default is not dataclasses.MISSING
            for made in dataclasses.fields(definition.origin)
        }
        for declared, python_name in zip(one.fields.values(), defaults, strict=True):
            assert is_leaf_type(get_named_type(declared.type)), f"{one.name} has more than scalars"
            assert is_non_null_type(declared.type) or defaults[python_name], f"{one.name}.{python_name}"
