"""The comparison is only worth what it finds: every fault that is put into the compiler on purpose is found."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLString,
    GraphQLUnionType,
    VariableNode,
    is_non_null_type,
)
from graphql.execution import collect_fields as collection
from graphql.execution import values
from graphql.pyutils import Path

from adapters.graphql.engine import collecting, compiler, holes, leaves, plans, resolvers
from adapters.graphql.engine.engine import _Document
from adapters.graphql.engine.leaves import Classes
from adapters.graphql.engine.running import Run
from adapters.graphql.engine.waves import Outcome, await_all
from kit.engine.comparing import Different, Pair, generated
from kit.plugin import TOLD

MOST = 600
TAME, WILD = 0.0, 0.1
"""The share of values that are not as promised."""
Patch = pytest.MonkeyPatch


def unchecked(patch: Patch) -> None:
    patch.setattr(compiler.Compiler, "_check", lambda *_: None)


def merge_dropped(patch: Patch) -> None:
    make = collecting.Collector._field
    patch.setattr(
        collecting.Collector, "_field", lambda self, parent, name, nodes: make(self, parent, name, nodes[:1])
    )


def let_through(scalar: Any, condition: str) -> Callable[[Patch], None]:
    return lambda patch: patch.setitem(leaves._AS_IT_IS, scalar, condition)


def while_collecting(name: str, instead: Callable[..., bool]) -> Callable[[Patch], None]:
    """Replace a function of graphql-core's collection, for the compiler only."""

    def seed(patch: Patch) -> None:
        collect = collecting.Collector.root

        def root(self: collecting.Collector) -> Any:
            usual = getattr(collection, name)
            setattr(collection, name, lambda *given: instead(usual, *given))
            try:
                return collect(self)
            finally:
                setattr(collection, name, usual)

        patch.setattr(collecting.Collector, "root", root)

    return seed


def fragments_ignored(kind: type) -> Callable[[Patch], None]:
    def instead(usual: Callable[..., bool], schema: Any, fragment: Any, type_: Any) -> bool:
        condition = fragment.type_condition
        if condition and isinstance(schema.type_map[condition.name.value], kind):
            return False
        return usual(schema, fragment, type_)

    return while_collecting("does_fragment_condition_match", instead)


def switches_forgotten(patch: Patch) -> None:
    make = _Document.__init__

    def init(self: _Document, node: Any, **more: Any) -> None:
        make(self, node, **more)
        self.switches = ()

    patch.setattr(_Document, "__init__", init)


def alias_lost(patch: Patch) -> None:
    make = collecting.Collector._field
    patch.setattr(
        collecting.Collector,
        "_field",
        lambda self, parent, _, nodes: make(self, parent, nodes[0].node.name.value, nodes),
    )


def order_changed(patch: Patch) -> None:
    make = collecting.Collector._shape
    patch.setattr(
        collecting.Collector,
        "_shape",
        lambda self, type_, field, grouped: make(self, type_, field, dict(reversed(grouped.items()))),
    )


def null_items(patch: Patch) -> None:
    write = compiler.Compiler._list

    def faulty(self: compiler.Compiler, field: Any, item_type: Any, v: str, q: str) -> None:
        write(self, field, item_type.of_type if is_non_null_type(item_type) else item_type, v, q)

    patch.setattr(compiler.Compiler, "_list", faulty)


def values_for_names(patch: Patch) -> None:
    usual = leaves.names_of

    def faulty(leaf: Any) -> Any:
        names = usual(leaf)
        return names and leaves.Names({id(member): member.value for member in leaf.wrapped_cls})

    patch.setattr(compiler, "names_of", faulty)


def variables_lost(patch: Patch) -> None:
    usual = values.get_argument_values

    def faulty(definition: Any, node: Any, *rest: Any) -> dict[str, Any]:
        lost = {one.name.value for one in node.arguments or () if isinstance(one.value, VariableNode)}
        return {name: value for name, value in usual(definition, node, *rest).items() if name not in lost}

    patch.setattr(resolvers, "get_argument_values", faulty)


def arguments_kept(patch: Patch) -> None:
    patch.setattr(resolvers, "_has_variables", lambda _: False)


def type_unchecked(patch: Patch) -> None:
    write = compiler.Compiler._check

    def faulty(self: compiler.Compiler, type_: GraphQLObjectType, *rest: Any) -> None:
        check, type_.is_type_of = type_.is_type_of, None
        write(self, type_, *rest)
        type_.is_type_of = check

    patch.setattr(compiler.Compiler, "_check", faulty)


def index_lost(patch: Patch) -> None:
    usual = Path

    def faulty(prev: Any, key: Any, name: Any) -> Any:
        return prev if isinstance(key, int) else usual(prev, key, name)

    patch.setattr(holes, "Path", faulty)


def place_mistaken(patch: Patch) -> None:
    """Complete the items of a list as if an item could not be null by itself."""
    write = compiler.Compiler._place
    patch.setattr(
        compiler.Compiler,
        "_place",
        lambda self, field, type_: write(
            self, field, field.definition.type if type_ is not field.definition.type else type_
        ),
    )


def outcomes_swapped(patch: Patch) -> None:
    async def faulty(awaitables: Any) -> list[Outcome]:
        return (await await_all(awaitables))[::-1]

    patch.setattr(plans, "await_all", faulty)


def nothing_awaited(patch: Patch) -> None:
    def faulty(self: Run, value: Any) -> bool:
        for stop in ("close", "cancel") if self.is_awaitable(value) else ():
            getattr(value, stop, bool)()
        return False

    patch.setattr(Run, "waits", faulty)


def exceptions_shown(patch: Patch) -> None:
    usual = Classes.admit

    def faulty(self: Classes, kind: type) -> None:
        self.add(kind) if issubclass(kind, Exception) else usual(self, kind)

    def admit(self: Run, value: Any) -> None:
        self.classes.admit(type(value))

    patch.setattr(Classes, "admit", faulty)
    patch.setattr(Run, "admit", admit)


def path_stays(patch: Patch) -> None:
    patch.setattr(compiler.Compiler, "_item_path", lambda _, q, __: q)


FAULTS: dict[str, Callable[[Patch], None]] = {
    "a __typename where null may not be": unchecked,
    "the second of two selections of a field dropped": merge_dropped,
    "an Int of more than 32 bits": let_through(GraphQLInt, "type({v}) is int"),
    "a Float that is no number": let_through(GraphQLFloat, "type({v}) is float"),
    "a number for a Boolean": let_through(GraphQLBoolean, "isinstance({v}, int)"),
    "null for a String that may not be": let_through(GraphQLString, "type({v}) is str or {v} is None"),
    "fragments on interfaces ignored": fragments_ignored(GraphQLInterfaceType),
    "fragments on unions ignored": fragments_ignored(GraphQLUnionType),
    "@skip and @include ignored": while_collecting("should_include_node", lambda *_: True),
    "@include remembered for other variables": switches_forgotten,
    "an alias lost": alias_lost,
    "fields in another order": order_changed,
    "null for an item that may not be": null_items,
    "the value of an enum for its name": values_for_names,
    "an argument lost where a variable gives it": variables_lost,
    "arguments kept for other variables": arguments_kept,
    "an object of the wrong type": type_unchecked,
    "a path without the index": index_lost,
    "an item nulled as if it were the field": place_mistaken,
    "the values of two awaitables swapped": outcomes_swapped,
    "an awaitable taken for a value": nothing_awaited,
    "an exception taken for a value": exceptions_shown,
    "a resolver told the path without the index": path_stays,
}

SHAPED = frozenset(
    name for name in FAULTS if any(word in name for word in ("argument", "fragments", "fields", "alias", "@"))
)
"""Those that good data shows best."""


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
async def test_it_is_found_out(
    name: str, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    FAULTS[name](monkeypatch)
    found = await _first_difference(TAME if name in SHAPED else WILD)
    gc.collect()  # what the fault has left lying about is its own
    assert found is not None, f"not found in {MOST} documents"
    record_property(TOLD, f"engine, {name}: found in document {found}")


async def _first_difference(badness: float) -> int | None:
    pair = Pair()
    for seed in range(MOST):
        document, _ = generated(pair, seed)
        try:
            await pair.compare(document, seed, badness=badness)
        except Different:
            return seed + 1
    return None


async def test_nothing_is_found_without_a_fault() -> None:
    pair = Pair()
    for seed in range(200):
        document, _ = generated(pair, seed)
        await pair.compare(document, seed, badness=WILD)
