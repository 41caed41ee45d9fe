"""What a document asks for below a field: through fragments and aliases, without what is skipped."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import attrs
from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_abstract_type,
    value_from_ast,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.nodes import get_variable_values

if TYPE_CHECKING:
    from strawberry import Schema

MOST_PLANS = 1000
"""How much is remembered of one document: it may be sent with many values of its @skip and @include."""

RawInfo: TypeAlias = GraphQLResolveInfo[Any]
Path: TypeAlias = tuple[str, ...]
P = TypeVar("P")


@attrs.define
class Plans:
    """What was worked out about one document, to be used again whenever it is sent."""

    switches: tuple[str, ...] = ()
    """The variables that its plans depend on: those of its @skip and @include, and of pages below other rows."""
    known: dict[Hashable, object] = attrs.field(factory=dict)

    def once(self, info: RawInfo, key: Hashable, work_out: Callable[[], P]) -> P:
        """Work something out about these field nodes, unless it was before."""
        given = get_variable_values(info)
        values = tuple(_hashable(given.get(name)) for name in self.switches)
        whole = (key, tuple(map(id, info.field_nodes)), values)
        if whole in self.known:
            return self.known[whole]  # type: ignore[return-value]  # what this key worked out
        if len(self.known) >= MOST_PLANS:
            self.known.clear()
        result = work_out()
        self.known[whole] = result
        return result


def _hashable(value: object) -> Hashable:
    return value if value is None or isinstance(value, str | int | Enum) else repr(value)


@attrs.frozen
class Selection:
    """What is selected of a type, by all the field nodes that lead there."""

    type: GraphQLNamedType
    nodes: tuple[FieldNode, ...]
    info: RawInfo
    paths: tuple[Path, ...] = ()
    """Where each of the nodes stands in the answer, from where this began; nothing where it is all one place."""

    @classmethod
    def of(cls, info: RawInfo) -> Selection:
        """Start at the field that is being resolved."""
        return cls(get_named_type(info.return_type), tuple(info.field_nodes), info)

    def on(self, name: str) -> Selection:
        """Look at it as a selection of this concrete type."""
        return attrs.evolve(self, type=self.info.schema.type_map[name])

    def fields(self) -> dict[str, tuple[FieldNode, ...]]:
        """The fields by name, whatever they are called in the answer."""
        return {name: tuple(node for _, node in nodes) for name, nodes in self._placed().items()}

    def _placed(self) -> dict[str, list[tuple[Path, FieldNode]]]:
        """The fields by name, each with its place in the answer."""
        found: dict[str, list[tuple[Path, FieldNode]]] = {}
        seen: dict[Path, set[str]] = {}
        for path, node in zip(self.paths or ((),) * len(self.nodes), self.nodes, strict=True):
            if node.selection_set is not None:
                for field in self._fields(node.selection_set, seen.setdefault(path, set())):
                    place = (*path, (field.alias or field.name).value)
                    found.setdefault(field.name.value, []).append((place, field))
        return found

    def _at(self, type_: GraphQLNamedType, placed: Sequence[tuple[Path, FieldNode]]) -> Selection:
        paths, nodes = zip(*placed, strict=True)
        return Selection(type_, nodes, self.info, paths)

    def below(self, name: str) -> Selection | None:
        """What is selected below one of the fields; None where the field is not."""
        placed = self._placed().get(name)
        if placed is None or not isinstance(self.type, GraphQLObjectType | GraphQLInterfaceType):
            return None
        return self._at(get_named_type(self.type.fields[name].type), placed)

    def each(self, name: str) -> Iterator[tuple[Selection, dict[str, object]]]:
        """What is selected below one of the fields, at each of its places in the answer, with the arguments there."""
        if not isinstance(self.type, GraphQLObjectType | GraphQLInterfaceType):
            return
        at: dict[Path, list[tuple[Path, FieldNode]]] = {}
        for place, node in self._placed().get(name, ()):
            at.setdefault(place, []).append((place, node))
        declared = self.type.fields[name]
        for placed in at.values():
            yield (
                self._at(get_named_type(declared.type), placed),
                _arguments(declared, placed[0][1], self.info),
            )

    def rows(self) -> Selection | None:
        """What is selected of the rows of a connection, under `nodes` and under `edges.node`."""
        edges = self.below("edges")
        found = [one for one in (self.below("nodes"), edges and edges.below("node")) if one is not None]
        if not found:
            return None
        placed = [pair for one in found for pair in zip(one.paths, one.nodes, strict=True)]
        return self._at(found[0].type, placed)

    def _fields(self, selections: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        for selection in selections.selections:
            if _left_out(selection.directives, self.info):
                continue
            if isinstance(selection, FieldNode):
                yield selection
                continue
            fragment = self._fragment(selection, seen)
            if fragment is not None:
                yield from self._fields(fragment.selection_set, seen)

    def _fragment(
        self, selection: SelectionNode, seen: set[str]
    ) -> InlineFragmentNode | FragmentDefinitionNode | None:
        """The fragment, if it is about this type and was not met before."""
        fragment: SelectionNode | FragmentDefinitionNode = selection
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name in seen:
                return None
            seen.add(name)
            fragment = self.info.fragments[name]
        assert isinstance(fragment, InlineFragmentNode | FragmentDefinitionNode), "there is nothing else"
        condition = fragment.type_condition
        return fragment if condition is None or self._is(condition.name.value) else None

    def _is(self, name: str) -> bool:
        condition = self.info.schema.type_map[name]
        return condition is self.type or (
            is_abstract_type(condition)
            and isinstance(self.type, GraphQLObjectType)
            and self.info.schema.is_sub_type(_abstract(condition), self.type)
        )


def _abstract(condition: GraphQLNamedType) -> GraphQLAbstractType:
    assert is_abstract_type(condition), "only abstract types have types below them"
    return condition


def _arguments(declared: GraphQLField, node: FieldNode, info: RawInfo) -> dict[str, object]:
    """The arguments as the resolver gets them; those that are left out, or are none, are not there."""
    schema: Schema = info.schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    given = {
        argument.name.value: value_from_ast(
            argument.value, declared.args[argument.name.value].type, get_variable_values(info)
        )
        for argument in node.arguments or ()
    }
    return convert_arguments(
        {name: value for name, value in given.items() if value is not Undefined},
        declared.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].arguments,
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
    )


def _left_out(directives: tuple[DirectiveNode, ...] | None, info: RawInfo) -> bool:
    for directive in directives or ():
        if directive.name.value in ("skip", "include"):
            value = directive.arguments[0].value if directive.arguments else None
            given = (
                get_variable_values(info).get(value.name.value)
                if isinstance(value, VariableNode)
                else getattr(value, "value", None)
            )
            if bool(given) is (directive.name.value == "skip"):
                return True
    return False
