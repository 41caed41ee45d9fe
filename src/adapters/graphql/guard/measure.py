"""Measures a document as if its fragments were written out, without writing them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)

from adapters.graphql.guard.scan import check_lists
from adapters.graphql.limits import Exceeded, Limits, within
from adapters.graphql.messages import Limit

INTROSPECTION = frozenset({"__schema", "__type"})
Definition = OperationDefinitionNode | FragmentDefinitionNode


@attrs.frozen
class Measured:
    """How much of everything a part of a document has, its fragments written out."""

    nodes: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0


_NOTHING = Measured()


def measure(
    document: DocumentNode,
    limits: Limits,
    *,
    variables: Mapping[str, object] | None = None,
    sensitive: frozenset[str] = frozenset(),
) -> tuple[FragmentDefinitionNode, ...]:
    """Refuse a document that is too much; answer with its fragments, those that are spread before those that spread.

    `sensitive` are the mutations that move money or sign somebody in.

    :raises Exceeded: if it is.
    """
    definitions = [one for one in document.definitions if isinstance(one, Definition)]
    seen = {id(one): _looked_at(one) for one in definitions}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for one in definitions:
        if isinstance(one, FragmentDefinitionNode):
            fragments.setdefault(one.name.value, one)
    order = _in_order(fragments, seen)
    measured = dict.fromkeys(fragments, _NOTHING)
    for fragment in order:
        measured[fragment.name.value] = _of(fragment, measured)
    used = {name for one in seen.values() for name in one.spreads}
    roots = [one for one in definitions if not _stands_elsewhere(one, fragments, used)]
    each = [_of(root, measured) for root in roots]
    within(Limit.NODES, sum(one.nodes for one in each), limits.nodes)
    within(Limit.DEPTH, max((one.depth for one in each), default=0), limits.depth)
    within(Limit.ALIASES, sum(one.aliases for one in each), limits.aliases)
    within(Limit.DIRECTIVES, sum(one.directives for one in each), limits.directives)
    within(Limit.SELECTIONS, max((one.widest for one in seen.values()), default=0), limits.selections)
    # From here on everything may be written out: it is known to be little.
    for root in roots:
        if isinstance(root, OperationDefinitionNode):
            _check_roots(root, fragments, limits, sensitive)
    within(Limit.LIST_ITEMS, max((one.longest for one in seen.values()), default=0), limits.list_items)
    check_lists(variables, limits)
    pairs = sum(same_name_pairs(root.selection_set, fragments) for root in roots)
    within(Limit.SAME_NAMES, pairs, limits.same_names)
    return order


def introspects(document: DocumentNode) -> bool:
    """Tell whether a document asks about the schema; what type an object has everybody may ask."""
    left = [one.selection_set for one in document.definitions if isinstance(one, Definition)]
    while left:
        for one in left.pop().selections:
            if isinstance(one, FieldNode) and one.name.value in INTROSPECTION:
                return True
            if isinstance(one, FieldNode | InlineFragmentNode) and one.selection_set is not None:
                left.append(one.selection_set)
    return False


def same_name_pairs(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> int:
    """Count the pairs of fields that meet under one name of the answer, at every level of it."""
    pairs, left = 0, [[selections]]
    while left:
        named: dict[str, list[FieldNode]] = {}
        for one in left.pop():
            for field in fields_of(one, fragments):
                named.setdefault((field.alias or field.name).value, []).append(field)
        for fields in named.values():
            pairs += len(fields) * (len(fields) - 1) // 2
            below = [field.selection_set for field in fields if field.selection_set is not None]
            if below:
                left.append(below)
    return pairs


def fields_of(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields of one level, fragments written out."""
    left: list[SelectionNode] = list(selections.selections)
    while left:
        one = left.pop()
        if isinstance(one, FieldNode):
            yield one
        elif isinstance(one, InlineFragmentNode):
            left += one.selection_set.selections
        elif isinstance(one, FragmentSpreadNode) and one.name.value in fragments:
            left += fragments[one.name.value].selection_set.selections


def _stands_elsewhere(one: Definition, fragments: dict[str, FragmentDefinitionNode], used: set[str]) -> bool:
    """Tell whether it is counted where it is spread: what nobody spreads, and a second of one name, is not."""
    if isinstance(one, OperationDefinitionNode):
        return False
    return one.name.value in used and fragments[one.name.value] is one


def _of(definition: Definition, measured: dict[str, Measured]) -> Measured:
    own = len(definition.directives or ()) + sum(
        len(variable.directives or ()) for variable in definition.variable_definitions or ()
    )
    below = _below(definition.selection_set, measured)
    return attrs.evolve(below, directives=below.directives + own) if own else below


def _below(selections: SelectionSetNode, measured: dict[str, Measured]) -> Measured:
    nodes, depth, aliases, directives = len(selections.selections), 0, 0, 0
    for one in selections.selections:
        directives += len(one.directives or ())
        inner, levels = _NOTHING, 0
        if isinstance(one, FieldNode):
            aliases += one.alias is not None
            if one.selection_set is not None:
                inner = _below(one.selection_set, measured)
            # What the schema says of itself is deep by nature, and cannot be costly.
            levels = 1 if one.name.value in INTROSPECTION else 1 + inner.depth
        elif isinstance(one, InlineFragmentNode):
            inner = _below(one.selection_set, measured)
            levels = inner.depth
        else:
            assert isinstance(one, FragmentSpreadNode), "there is nothing else"
            inner = measured.get(one.name.value, _NOTHING)
            levels = inner.depth
        nodes += inner.nodes
        aliases += inner.aliases
        directives += inner.directives
        depth = max(depth, levels)
    return Measured(nodes, depth, aliases, directives)


@attrs.frozen
class _Seen:
    """A definition as it is written: whom it spreads, its widest set of selections, its longest list."""

    spreads: tuple[str, ...]
    widest: int
    longest: int


def _looked_at(definition: Definition) -> _Seen:
    spreads: dict[str, None] = {}
    widest = 0
    values: list[ValueNode | None] = []
    for variable in definition.variable_definitions or ():
        values.append(variable.default_value)
        values += _arguments(variable.directives)
    values += _arguments(definition.directives)
    left = [definition.selection_set]
    while left:
        selections = left.pop().selections
        widest = max(widest, len(selections))
        for one in selections:
            if one.directives:
                values += _arguments(one.directives)
            if isinstance(one, FragmentSpreadNode):
                spreads[one.name.value] = None
            elif isinstance(one, InlineFragmentNode):
                left.append(one.selection_set)
            elif isinstance(one, FieldNode):
                values += [argument.value for argument in one.arguments or ()]
                if one.selection_set is not None:
                    left.append(one.selection_set)
    return _Seen(tuple(spreads), widest, _longest(values))


def _arguments(directives: Iterable[DirectiveNode] | None) -> list[ValueNode]:
    return [argument.value for directive in directives or () for argument in directive.arguments or ()]


def _longest(values: Iterable[ValueNode | None]) -> int:
    """The length of the longest list in values."""
    longest, left = 0, list(values)
    while left:
        one = left.pop()
        if isinstance(one, ListValueNode):
            longest = max(longest, len(one.values))
            left += one.values
        elif isinstance(one, ObjectValueNode):
            left += [field.value for field in one.fields]
    return longest


def _in_order(
    fragments: dict[str, FragmentDefinitionNode], seen: dict[int, _Seen]
) -> tuple[FragmentDefinitionNode, ...]:
    """Put fragments after those that they spread.

    :raises Exceeded: if one spreads itself.
    """
    order: dict[str, FragmentDefinitionNode] = {}
    for start in fragments:
        open_: dict[str, Iterator[str]] = {}
        path = [start] if start not in order else []
        while path:
            name = path[-1]
            rest = open_.setdefault(name, iter(seen[id(fragments[name])].spreads))
            inner = next((one for one in rest if one in fragments and one not in order), None)
            if inner is None:
                order[path.pop()] = fragments[name]
                del open_[name]
            elif inner in open_:
                raise Exceeded(Limit.CYCLE, 0)
            else:
                path.append(inner)
    return tuple(order.values())


def _check_roots(
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDefinitionNode],
    limits: Limits,
    sensitive: frozenset[str],
) -> None:
    names = [one.name.value for one in fields_of(operation.selection_set, fragments)]
    within(Limit.ROOT_FIELDS, len(names), limits.root_fields)
    if operation.operation is OperationType.MUTATION:
        within(Limit.MUTATIONS, len(names), limits.mutations)
        if any(name in sensitive for name in names):
            within(Limit.SENSITIVE_MUTATIONS, len(names), limits.sensitive_mutations)
