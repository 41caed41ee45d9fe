"""Inputs that come in long lists: made of what was sent, without finding out for each how they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import attrs
from strawberry.types.arguments import InputContext
from strawberry.types.base import (
    StrawberryContainer,
    StrawberryObjectDefinition,
    get_object_definition,
    has_object_definition,
)

C = TypeVar("C", bound=type)


def directly(kind: C) -> C:
    """Declare an input that is made of scalars, enums, and lists of inputs that are declared so before it.

    The values of scalars and enums have been read by then; nothing but names is left to find.
    """
    definition = get_object_definition(kind, strict=True)
    _MAKERS[kind] = maker = _Maker(definition)
    definition.from_input = maker.from_input
    return kind


@attrs.define
class _Maker:
    definition: StrawberryObjectDefinition
    fields: dict[str, tuple[str, _Maker | None]] = attrs.field(factory=dict)

    def from_input(self, _: type, value: Mapping[str, Any], context: InputContext) -> Any:
        """Make one, as strawberry asks for it."""
        if not self.fields:
            self.learn(context)
        return self.make(value)

    def learn(self, context: InputContext) -> None:
        """Find out once what the fields are called, and which of them are lists of inputs.

        :raises TypeError: if one is an input that is not declared so.
        """
        for field in self.definition.fields:
            kind: Any = field.resolve_type(type_definition=self.definition)
            while isinstance(kind, StrawberryContainer):
                kind = kind.of_type
            below = _MAKERS.get(kind)
            if below is None and has_object_definition(kind):
                raise TypeError(f"{kind.__name__} is not made directly")
            if below is not None:
                below.learn(context)
            self.fields[context.config.name_converter.from_field(field)] = (field.python_name, below)

    def make(self, value: Mapping[str, Any]) -> Any:
        """Make one of what was sent."""
        given: dict[str, Any] = {}
        for name, content in value.items():
            python_name, below = self.fields[name]
            if below is None or content is None:
                given[python_name] = content
            else:
                given[python_name] = [below.make(one) for one in content]
        return self.definition.origin(**given)


_MAKERS: dict[type, _Maker] = {}
