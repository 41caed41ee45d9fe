"""Inputs that come in long lists: made of what was sent, without finding out for each how they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from strawberry.types.arguments import InputContext
from strawberry.types.base import get_object_definition

C = TypeVar("C", bound=type)


def flat(kind: C) -> C:
    """Declare an input that has only scalars and enums, whose values need no reading but that of the scalar."""
    definition = get_object_definition(kind, strict=True)
    names: dict[str, str] = {}

    def made(of: type, value: Mapping[str, Any], context: InputContext) -> Any:
        if not names:
            of_field = context.config.name_converter.from_field
            names.update({of_field(one): one.python_name for one in definition.fields})
        return of(**{names[name]: given for name, given in value.items()})

    definition.from_input = made
    return kind
