"""What each field needs of whoever asks: declared at the field, printed in the schema, checked before it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import strawberry
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
)
from strawberry.extensions.field_extension import FieldExtension
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from adapters.graphql.selections import RawInfo, Selection
from application.authorization import Actor, ActorKind, Forbidden, Permission, Unauthenticated


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    repeatable=True,
    description="What the field needs of whoever asks; where it is said several times, any one of them will do.",
)
class Requires:
    """One permission that opens a field."""

    permission: Permission


_OPENS = "opens"


def field(
    *needs: Permission,
    description: str,
    name: str | None = None,
    graphql_type: Any = None,
    resolver: Callable[..., Any] | None = None,
) -> Any:
    """Declare a field that is an attribute of its value, or that a function reads off it."""
    options: dict[str, Any] = {} if resolver is None else {"resolver": resolver}
    return strawberry.field(
        name=name,
        description=description,
        graphql_type=graphql_type,
        directives=[Requires(permission=need) for need in needs],
        **options,
    )


def resolved(
    *needs: Permission,
    description: str,
    graphql_type: Any = None,
    name: str | None = None,
    opens: Permission | None = None,
    extensions: Sequence[FieldExtension] = (),
) -> Callable[[Any], StrawberryField]:
    """Declare a field with the function that resolves it.

    `opens` makes it a door: to those without that permission it is null, and what lies behind is not asked for.
    """
    declared: Callable[[Any], StrawberryField] = strawberry.field(
        name=name,
        description=description,
        graphql_type=graphql_type,
        directives=[Requires(permission=need) for need in needs],
        extensions=list(extensions),
        metadata={_OPENS: opens},
    )
    return declared


@attrs.frozen
class Need:
    """What one field needs: any of these permissions."""

    coordinate: str
    any_of: frozenset[Permission]


def guard(schema: GraphQLSchema) -> None:
    """See to it that nothing in the schema answers unasked: roots check before they resolve, types when reached.

    :raises Undeclared: if a field does not say what it needs.
    """
    for type_ in schema.type_map.values():
        if type_.name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, declared in type_.fields.items():
                if not _needs(declared):
                    raise Undeclared(f"{type_.name}.{name}")
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            _check_when_reached(type_)
    for root in (schema.query_type, schema.mutation_type):
        for declared in root.fields.values() if root else ():
            _check_before(declared)


class Undeclared(Exception):
    """A field does not say what it needs of whoever asks."""


def check(info: RawInfo, *, type_name: str | None = None) -> None:
    """Let the actor pass, if everything selected from here on is open to them.

    :raises Unauthenticated: if something is not, and it is a guest who asks.
    :raises Forbidden: if something is not.
    """
    context = info.context
    actor: Actor = context.actor

    def gather() -> frozenset[Need]:
        start = Selection.of(info)
        needs: set[Need] = set()
        _gather(start.on(type_name) if type_name else start, needs, set())
        return frozenset(needs)

    needs = context.plans.once(info, ("needs", type_name), gather)
    own = _field_needs(info) if type_name is None else ()
    for need in (*own, *needs):
        _may(actor, need)


def _may(actor: Actor, need: Need) -> None:
    if actor.permissions.isdisjoint(need.any_of):
        missing = min(need.any_of, key=lambda one: one.value, default=Permission.BROWSE)
        raise (Unauthenticated if actor.kind is ActorKind.GUEST else Forbidden)(missing)


def _needs(declared: GraphQLField) -> frozenset[Permission]:
    definition = declared.extensions.get("strawberry-definition")
    directives = getattr(definition, "directives", ())
    return frozenset(one.permission for one in directives if isinstance(one, Requires))


def _field_needs(info: RawInfo) -> tuple[Need, ...]:
    declared = info.parent_type.fields[info.field_name]
    return (Need(f"{info.parent_type.name}.{info.field_name}", _needs(declared)),)


def _gather(selection: Selection, needs: set[Need], seen: set[object]) -> None:
    """Collect the needs of everything selected; what is below an abstract type is asked when that is reached."""
    here = (selection.type.name, frozenset(map(id, selection.nodes)))
    if here in seen:
        return
    seen.add(here)
    if not isinstance(selection.type, GraphQLObjectType):
        return
    for name, nodes in selection.fields().items():
        if name.startswith("__"):
            continue
        declared = selection.type.fields[name]
        needs.add(Need(f"{selection.type.name}.{name}", _needs(declared)))
        below = get_named_type(declared.type)
        if isinstance(below, GraphQLObjectType) and not is_abstract_type(below):
            _gather(Selection(below, nodes, selection.info), needs, seen)


def _check_before(declared: GraphQLField) -> None:
    resolve = declared.resolve
    assert resolve is not None, "strawberry gives every field its resolver"
    definition = declared.extensions["strawberry-definition"]
    opens: Permission | None = definition.metadata.get(_OPENS)

    def checked(source: Any, info: RawInfo, **arguments: Any) -> Any:
        if opens is not None and not info.context.actor.has(opens):
            return None
        check(info)
        return resolve(source, info, **arguments)

    declared.resolve = checked


def _check_when_reached(abstract: GraphQLInterfaceType | GraphQLUnionType) -> None:
    resolve_type = abstract.resolve_type
    assert resolve_type is not None, "strawberry gives every abstract type its resolver"

    def checked(value: Any, info: Any, of: Any) -> Any:
        name = resolve_type(value, info, of)
        check(info, type_name=str(name))
        return name

    abstract.resolve_type = checked
