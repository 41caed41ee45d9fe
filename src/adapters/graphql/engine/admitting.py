"""Admitting: what a type says of the first object of each class, and which shape an object of an abstract type has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLAbstractType, default_type_resolver
from graphql.pyutils import Path

from adapters.graphql.engine.leaves import MOST_CLASSES, Classes, Odd
from adapters.graphql.engine.resolvers import by_class, by_object
from adapters.graphql.engine.running import Run
from adapters.graphql.engine.shapes import Field


def admission(check: Callable[..., Any], known: set[type], classes: Classes) -> Callable[[Any, Run], None]:
    """Ask the type about the first object of each class."""

    def admit(value: Any, run: Run) -> None:
        run.admit(value)
        run.sure(check(value, None))
        if type(value) in classes:
            if len(known) >= MOST_CLASSES:
                known.clear()
            known.add(type(value))

    return admit


def dispatch(
    field: Field, type_: GraphQLAbstractType, classes: Classes
) -> Callable[[Any, Run, Path | None], dict[str, Any]]:
    """Complete an object by the function of its concrete type."""
    resolve: Callable[..., Any] = type_.resolve_type or default_type_resolver
    remembered, alone = by_class(resolve), by_object(resolve)
    known: dict[type, str] = {}

    def complete(value: Any, run: Run, path: Path | None) -> dict[str, Any]:
        if type(value) not in classes:
            run.admit(value)
        name = known.get(type(value)) if remembered else None
        if name is None:
            info = None if alone or path is None else run.info(field, path)
            name = resolve(value, info, type_)
            if run.is_awaitable(name):
                run.strays.append(name)
                raise Odd
            if name not in field.shapes:
                raise Odd
            if remembered and type(value) in classes:
                if len(known) >= MOST_CLASSES:
                    known.clear()
                known[type(value)] = name
        shape = field.shapes[name]
        made: dict[str, Any] = shape.function(value, run, path)
        run.kinds[id(made)] = name
        return made

    return complete
