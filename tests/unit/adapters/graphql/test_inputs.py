"""Inputs that are made directly: they come out as they would the long way."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import strawberry
from graphql import GraphQLInputObjectType, get_named_type, is_leaf_type, is_non_null_type
from strawberry.types.arguments import convert_argument

from adapters.graphql.baskets import OrderLineInput
from adapters.graphql.inputs import directly
from adapters.graphql.ordering._mutations import PlaceOrderInput
from adapters.graphql.schema import schema
from domain.merchant import PaymentMethod


@strawberry.input
class Unread:
    """An input that is made the long way."""

    word: str = ""


def made_directly() -> dict[str, GraphQLInputObjectType]:
    inputs = [one for one in schema._schema.type_map.values() if isinstance(one, GraphQLInputObjectType)]
    return {one.name: one for one in inputs if one.extensions["strawberry-definition"].from_input is not None}


def made(value: object, kind: type) -> Any:
    """Make an input as the schema does when it has read the scalars."""
    return convert_argument(value, kind, schema.schema_converter.scalar_registry, schema.config)


def test_come_out_with_everything_that_was_sent() -> None:
    lines = [
        {"skuId": "sku_1", "quantity": Decimal(2)},
        {"skuCode": "TEA", "quantity": Decimal(1), "unit": None},
    ]
    sent = {
        "idempotencyKey": "k",
        "lines": lines,
        "paymentMethod": PaymentMethod.BANK_TRANSFER,
        "requestedDeliveryDate": date(2026, 3, 1),
    }
    assert made(sent, PlaceOrderInput) == PlaceOrderInput(
        idempotency_key="k",
        lines=[
            OrderLineInput(sku_id=strawberry.ID("sku_1"), quantity=Decimal(2)),
            OrderLineInput(sku_code="TEA", quantity=Decimal(1)),
        ],
        payment_method=PaymentMethod.BANK_TRANSFER,
        requested_delivery_date=date(2026, 3, 1),
    )
    without = {"idempotencyKey": "k", "lines": None, "paymentMethod": PaymentMethod.BANK_TRANSFER}
    assert made(without, PlaceOrderInput).lines is None


def test_refuse_to_hold_an_input_that_is_made_the_long_way() -> None:
    @directly
    @strawberry.input
    class Holder:
        """Holds one."""

        unread: Unread

    with pytest.raises(TypeError):
        made({"unread": {"word": "a"}}, Holder)


def test_give_a_default_to_whatever_may_be_missing() -> None:
    found = made_directly()
    assert set(found) >= {"OrderLineInput", "PlaceOrderInput"}
    for one in found.values():
        origin = one.extensions["strawberry-definition"].origin
        for declared, field in zip(one.fields.values(), dataclasses.fields(origin), strict=True):
            assert is_non_null_type(declared.type) or field.default is not dataclasses.MISSING, field.name
            below = get_named_type(declared.type)
            assert is_leaf_type(below) or below.name in found, field.name
