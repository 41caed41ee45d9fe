"""Measures a document as if its fragments were written out, without writing them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)

from adapters.graphql.guard.limits import Exceeded, Limits, within
from adapters.graphql.guard.scan import check_length
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

    def beside(self, other: Measured) -> Measured:
        """The two, one after the other."""
        return Measured(
            self.nodes + other.nodes,
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
        )


def measure(document: DocumentNode, limits: Limits) -> tuple[FragmentDefinitionNode, ...]:
    """Refuse a document that is too much; answer with its fragments, those that are spread before those that spread.

    :raises Exceeded: if it is.
    """
    definitions = [one for one in document.definitions if isinstance(one, Definition)]
    spreads = {id(one): _spreads(one, limits) for one in definitions}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for one in definitions:
        if isinstance(one, FragmentDefinitionNode):
            fragments.setdefault(one.name.value, one)
    order = _in_order(fragments, spreads)
    measured = {one.name.value: Measured() for one in order}
    for fragment in order:
        measured[fragment.name.value] = _of(fragment, measured)
    used = {name for names in spreads.values() for name in names}
    total = Measured()
    roots = [one for one in definitions if not _stands_elsewhere(one, fragments, used)]
    for root in roots:
        total = total.beside(_of(root, measured))
    within(Limit.NODES, total.nodes, limits.nodes)
    within(Limit.DEPTH, total.depth, limits.depth)
    within(Limit.ALIASES, total.aliases, limits.aliases)
    within(Limit.DIRECTIVES, total.directives, limits.directives)
    # From here on everything may be written out: it is known to be little.
    pairs = sum(same_name_pairs(root.selection_set, fragments) for root in roots)
    within(Limit.SAME_NAMES, pairs, limits.same_names)
    for root in roots:
        if isinstance(root, OperationDefinitionNode):
            _check_roots(root, fragments, limits)
    return order


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
    return _below(definition.selection_set, measured).beside(Measured(directives=own))


def _below(selections: SelectionSetNode, measured: dict[str, Measured]) -> Measured:
    total = Measured()
    for one in selections.selections:
        own = Measured(nodes=1, directives=len(one.directives or ()))
        if isinstance(one, FieldNode):
            inner = Measured() if one.selection_set is None else _below(one.selection_set, measured)
            # What the schema says of itself is deep by nature, and cannot be costly.
            depth = 1 if one.name.value in INTROSPECTION else 1 + inner.depth
            own = attrs.evolve(own, aliases=int(one.alias is not None))
            total = total.beside(own).beside(attrs.evolve(inner, depth=depth))
        elif isinstance(one, InlineFragmentNode):
            total = total.beside(own).beside(_below(one.selection_set, measured))
        else:
            assert isinstance(one, FragmentSpreadNode), "there is nothing else"
            total = total.beside(own).beside(measured.get(one.name.value, Measured()))
    return total


def _spreads(definition: Definition, limits: Limits) -> list[str]:
    """The fragments that a definition spreads; looks at every set and value of it on the way."""
    found: dict[str, None] = {}
    for variable in definition.variable_definitions or ():
        _check_values("", [variable.default_value], limits)
        _check_directives(variable.directives, limits)
    _check_directives(definition.directives, limits)
    left = [definition.selection_set]
    while left:
        selections = left.pop().selections
        within(Limit.SELECTIONS, len(selections), limits.selections)
        for one in selections:
            _check_directives(one.directives, limits)
            if isinstance(one, FragmentSpreadNode):
                found[one.name.value] = None
            elif isinstance(one, InlineFragmentNode):
                left.append(one.selection_set)
            elif isinstance(one, FieldNode):
                for argument in one.arguments or ():
                    _check_values(argument.name.value, [argument.value], limits)
                if one.selection_set is not None:
                    left.append(one.selection_set)
    return list(found)


def _check_directives(directives: Iterable[DirectiveNode] | None, limits: Limits) -> None:
    for directive in directives or ():
        for argument in directive.arguments or ():
            _check_values(argument.name.value, [argument.value], limits)


def _check_values(name: str, values: Iterable[ValueNode | None], limits: Limits) -> None:
    left: list[tuple[str, ValueNode | ObjectFieldNode | None]] = [(name, value) for value in values]
    while left:
        name, value = left.pop()
        if isinstance(value, ListValueNode):
            check_length(name, len(value.values), limits)
            left += [("", one) for one in value.values]
        elif isinstance(value, ObjectValueNode):
            left += [(one.name.value, one.value) for one in value.fields]


def _in_order(
    fragments: dict[str, FragmentDefinitionNode], spreads: dict[int, list[str]]
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
            rest = open_.setdefault(name, iter(spreads[id(fragments[name])]))
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
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode], limits: Limits
) -> None:
    names = [one.name.value for one in fields_of(operation.selection_set, fragments)]
    within(Limit.ROOT_FIELDS, len(names), limits.root_fields)
    if operation.operation is OperationType.MUTATION:
        within(Limit.MUTATIONS, len(names), limits.mutations)
        if not limits.sensitive.isdisjoint(names):
            within(Limit.SENSITIVE_MUTATIONS, len(names), limits.sensitive_mutations)
