"""What a document could bring back at most, in objects: pages as long as asked for, other lists as long as assumed; and
what has to be looked at for it, where goods are compared by price."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from adapters.graphql.guard.measure import Definition
from application.views.catalog import BY_PRICE, MOST_COMPARED

ROWS = 20
MOST_ROWS = 100
ASSUMED = {"skus": 10, "options": 5, "breaks": 5, "lines": 50}
ELSE = 10
OF_THE_SCHEMA = {
    "types": 100,
    "fields": 5,
    "inputFields": 5,
    "enumValues": 5,
    "directives": 5,
    "args": 2,
    "interfaces": 1,
    "possibleTypes": 1,
}
MOST_KNOWN = 100
COMPARED = MOST_COMPARED
"""So many objects it counts as to compare goods by price."""

_PAGES = ("first", "last")
_COMPARING = ("sort", "filter")
_BY_PRICE = frozenset(one.value for one in BY_PRICE)
_OF_PRICE = frozenset({"priceFrom", "priceTo"})
"""Who sorts or narrows down by price has the price of everything worked out that is found."""
_COMPARED = frozenset({("ProductFacets", "prices")})
"""Fields for which goods are compared by price."""
_SIZES = (*_PAGES, "ids", *_COMPARING)


@attrs.frozen
class _Objects:
    """Objects that come once, and objects that come with every row of the connection above."""

    once: int = 0
    per_row: int = 0

    def and_(self, other: _Objects) -> _Objects:
        return _Objects(self.once + other.once, self.per_row + other.per_row)


@attrs.define
class Cost:
    """The cost of one document, which depends on the variables that say how long its pages are."""

    schema: GraphQLSchema
    document: DocumentNode
    fragments: tuple[FragmentDefinitionNode, ...]
    """Those that are spread before those that spread."""
    _known: dict[tuple[int | None, ...], int] = attrs.field(factory=dict, init=False)
    _sizes: dict[str, int | None] = attrs.field(factory=dict, init=False)
    """How long the variables of pages make them, and whether others compare prices, where they are not given."""

    def __attrs_post_init__(self) -> None:
        used = _page_variables(self.document)
        for one in self.document.definitions:
            if isinstance(one, OperationDefinitionNode):
                for variable in one.variable_definitions or ():
                    name, default = variable.variable.name.value, _literal(variable.default_value)
                    if name in used:
                        self._sizes[name] = max(self._sizes.get(name) or 0, default or 0) or None

    def objects(self, variables: Mapping[str, object]) -> int:
        """How many objects the costliest of its operations could bring back."""
        sizes = {
            name: _given(variables[name]) if name in variables else default
            for name, default in self._sizes.items()
        }
        key = tuple(sizes.values())
        found = self._known.get(key)
        if found is None:
            found = _Reckoning(self.schema, sizes).of(self.document, self.fragments)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = found
        return found


def _page_variables(document: DocumentNode) -> set[str]:
    """The variables that say how long something is."""
    found: set[str] = set()
    left = [one.selection_set for one in document.definitions if isinstance(one, Definition)]
    while left:
        for one in left.pop().selections:
            if isinstance(one, FieldNode):
                found |= {
                    argument.value.name.value
                    for argument in one.arguments or ()
                    if argument.name.value in _SIZES and isinstance(argument.value, VariableNode)
                }
            if isinstance(one, FieldNode | InlineFragmentNode) and one.selection_set is not None:
                left.append(one.selection_set)
    return found


def _literal(value: ValueNode | None) -> int | None:
    if isinstance(value, EnumValueNode):
        return int(value.value in _BY_PRICE)
    if isinstance(value, ObjectValueNode):
        said = (one.name.value for one in value.fields if not isinstance(one.value, NullValueNode))
        return int(not _OF_PRICE.isdisjoint(said))
    if isinstance(value, IntValueNode):
        # Longer ones are refused later; to read them takes quadratic time.
        return _clamped(int(value.value)) if len(value.value) < 10 else MOST_ROWS
    return min(len(value.values), MOST_ROWS) if isinstance(value, ListValueNode) else None


def _given(value: object) -> int | None:
    if isinstance(value, str):
        return int(value in _BY_PRICE)
    if isinstance(value, dict):
        return int(any(value.get(name) is not None for name in _OF_PRICE))
    if isinstance(value, list):
        return min(len(value), MOST_ROWS)
    return _clamped(value) if isinstance(value, int) else None


def _clamped(rows: int) -> int:
    # What is out of bounds is refused by the list itself.
    return min(max(rows, 0), MOST_ROWS)


@attrs.define
class _Reckoning:
    """One count, with the sizes that the variables have."""

    schema: GraphQLSchema
    sizes: Mapping[str, int | None]
    fragments: dict[str, _Objects] = attrs.field(factory=dict)

    def of(self, document: DocumentNode, fragments: tuple[FragmentDefinitionNode, ...]) -> int:
        for fragment in fragments:
            type_ = self.schema.type_map.get(fragment.type_condition.name.value)
            self.fragments[fragment.name.value] = self.below(fragment.selection_set, type_)
        most = 0
        for one in document.definitions:
            if isinstance(one, OperationDefinitionNode):
                root = self.schema.get_root_type(one.operation)
                most = max(most, self.below(one.selection_set, root).once)
        return most

    def below(self, selections: SelectionSetNode, type_: GraphQLNamedType | None) -> _Objects:
        """What a set of selections brings for one object of the type."""
        total = _Objects()
        for one in selections.selections:
            if isinstance(one, FieldNode):
                if one.selection_set is not None:
                    total = total.and_(self.field(one, one.selection_set, type_))
            elif isinstance(one, InlineFragmentNode):
                condition = one.type_condition
                inner = self.schema.type_map.get(condition.name.value) if condition else type_
                total = total.and_(self.below(one.selection_set, inner))
            elif isinstance(one, FragmentSpreadNode):
                total = total.and_(self.fragments.get(one.name.value, _Objects()))
        return total

    def field(
        self, node: FieldNode, selections: SelectionSetNode, parent: GraphQLNamedType | None
    ) -> _Objects:
        extra = COMPARED * (self._compares(node) + ((parent and parent.name, node.name.value) in _COMPARED))
        return self._objects(node, selections, parent).and_(_Objects(extra))

    def _objects(
        self, node: FieldNode, selections: SelectionSetNode, parent: GraphQLNamedType | None
    ) -> _Objects:
        name = node.name.value
        declared = self._declared(name, parent)
        type_ = get_named_type(declared.type) if declared else None
        inner = self.below(selections, type_)
        if declared is None or type_ is None or is_leaf_type(type_):
            # No valid document: validation says so.
            return _Objects(1 + inner.once + inner.per_row)
        if _is_connection(type_):
            return _Objects(1 + inner.once + self._rows(node, _PAGES, ROWS) * inner.per_row)
        each = 1 + inner.once + inner.per_row
        if not isinstance(get_nullable_type(declared.type), GraphQLList):
            return _Objects(each)
        if _is_connection(parent):
            return _Objects(0, each)
        if "ids" in declared.args:
            return _Objects(self._rows(node, ("ids",), ELSE) * each)
        sizes = OF_THE_SCHEMA if parent is not None and parent.name.startswith("__") else ASSUMED
        return _Objects(sizes.get(name, ELSE) * each)

    def _declared(self, name: str, parent: GraphQLNamedType | None) -> GraphQLField | None:
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return self.schema.get_field(parent, name)
        return None

    def _compares(self, node: FieldNode) -> bool:
        """Tell whether goods are sorted or narrowed down by price."""
        return self._rows(node, _COMPARING, 0) > 0

    def _rows(self, node: FieldNode, names: tuple[str, ...], default: int) -> int:
        asked = [
            self.sizes.get(one.value.name.value)
            if isinstance(one.value, VariableNode)
            else _literal(one.value)
            for one in node.arguments or ()
            if one.name.value in names
        ]
        known = [size for size in asked if size is not None]
        return max(known, default=default)


def _is_connection(type_: GraphQLNamedType | None) -> bool:
    return isinstance(type_, GraphQLObjectType) and "edges" in type_.fields and "pageInfo" in type_.fields
