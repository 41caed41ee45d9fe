"""Holes: found by walking through the answer, and completed by graphql-core with the exact path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from graphql import GraphQLOutputType, get_named_type, is_list_type, is_non_null_type
from graphql.execution.executor import Executor
from graphql.pyutils import Path

from adapters.graphql.engine.running import Run
from adapters.graphql.engine.shapes import Field, Hole, Shape
from adapters.graphql.engine.waves import await_all

Found: TypeAlias = tuple[Any, Any, Hole, Path, Path]
"""The container and the key of a hole, the hole, its own path and that of its field."""


async def fill(data: dict[str, Any], root: Shape, run: Run, executor: Executor[Any]) -> None:
    """Let graphql-core complete every hole in document order, and collect the errors."""
    late: list[tuple[Any, Any, Any]] = []
    for container, key, hole, path, field_path in list(_find(root, data, None, run)):
        completed = _completed(executor, hole, path, field_path)
        if executor.is_awaitable(completed):
            late.append((container, key, completed))
        else:
            container[key] = completed
    if late:
        outcomes = await await_all([awaitable for _, _, awaitable in late])
        for (container, key, _), (value, raised) in zip(late, outcomes, strict=True):
            if raised is not None:
                raise raised
            container[key] = value


def _find(shape: Shape, data: dict[str, Any], path: Path | None, run: Run) -> Iterator[Found]:
    for field in shape.fields:
        here = Path(path, field.name, shape.type.name)
        yield from _find_in(field, field.definition.type, data, field.name, here, here, run)


def _find_in(
    field: Field, type_: GraphQLOutputType, container: Any, key: Any, path: Path, field_path: Path, run: Run
) -> Iterator[Found]:
    value = container[key]
    if value is None:
        return
    if type(value) is Hole:
        yield container, key, value, path, field_path
        return
    if is_non_null_type(type_):
        type_ = type_.of_type
    if is_list_type(type_):
        for index in range(len(value)):
            yield from _find_in(field, type_.of_type, value, index, Path(path, index, None), field_path, run)
    elif field.shapes and type(value) is dict:
        # What is kept in another form is whole.
        name = get_named_type(type_).name
        shape = field.shapes.get(name) or field.shapes[run.kinds[id(value)]]
        yield from _find(shape, value, path, run)


def _completed(executor: Executor[Any], hole: Hole, path: Path, field_path: Path) -> Any:
    """Do what graphql-core does once a field is resolved or an item taken from its list."""
    field, type_ = hole.place.field, hole.place.type
    info = executor.build_resolve_info(field.definition, field.nodes, field.parent, field_path)
    try:
        if hole.raised is not None:
            raise hole.raised
        if not hole.awaited and executor.is_awaitable(hole.value):
            return executor.complete_awaitable_value(type_, field.details, info, path, hole.value, None)
        completed = executor.complete_value(type_, field.details, info, path, hole.value, None)
        if executor.is_awaitable(completed):
            return _awaited(executor, hole, path, completed)
    except Exception as raised:  # noqa: BLE001  # it becomes the error of this field
        executor.handle_field_error(raised, type_, field.details, path)
        return None
    return completed


async def _awaited(executor: Executor[Any], hole: Hole, path: Path, completed: Any) -> Any:
    try:
        return await completed
    except Exception as raised:  # noqa: BLE001  # it becomes the error of this field
        executor.handle_field_error(raised, hole.place.type, hole.place.field.details, path)
        return None
