"""Documents: parsed and validated once, with everything that was worked out about them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import attrs
from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    VariableNode,
    Visitor,
    validate,
    visit,
)
from strawberry.extensions import SchemaExtension

from adapters.graphql.messages import Code
from adapters.graphql.selections import Plans

MOST_TEXT = 512 * 1024
"""Characters of documents that are remembered; what is made of them takes some hundred times as much memory."""
LONGEST_REMEMBERED = 16 * 1024
MOST_ERRORS = 5


@attrs.frozen
class Known:
    """A valid document and its plans."""

    document: DocumentNode
    plans: Plans


class Library:
    """The valid documents that were sent last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._size = 0

    def get(self, text: str) -> Known | None:
        """Find a document by its text."""
        found = self._known.get(text)
        if found is not None:
            self._known.move_to_end(text)
        return found

    def add(self, text: str, known: Known) -> None:
        """Remember a document, and forget those that were not sent for longest."""
        if len(text) > LONGEST_REMEMBERED or text in self._known:
            return
        self._known[text] = known
        self._size += len(text)
        while self._size > MOST_TEXT:
            forgotten, _ = self._known.popitem(last=False)
            self._size -= len(forgotten)


class Documents(SchemaExtension):
    """Takes the steps of parsing and validating, unless the document is known."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library

    def on_parse(self) -> Iterator[None]:
        known = self._library.get(self.execution_context.query or "")
        if known is not None:
            self.execution_context.graphql_document = known.document
            self.execution_context.context.plans = known.plans
        yield

    def on_validate(self) -> Iterator[None]:
        running = self.execution_context
        text, document = running.query or "", running.graphql_document
        assert document is not None, "what is validated was parsed"
        if running._provided_operation_name is None and _operations(document) > 1:
            # Strawberry would take the first of several; the specification has the client choose.
            running.pre_execution_errors = [GraphQLError("Name the operation: the document has several.")]
        elif self._library.get(text) is None:
            schema = running.schema._schema
            running.pre_execution_errors = _faults(schema, document)
            if not running.pre_execution_errors:
                switches = _Switches()
                visit(document, switches)
                running.context.plans = Plans(tuple(sorted(switches.names)))
                self._library.add(text, Known(document, running.context.plans))
        else:
            running.pre_execution_errors = []
        yield


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(one, OperationDefinitionNode) for one in document.definitions)


def _faults(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    faults = validate(schema, document, max_errors=MOST_ERRORS, hide_suggestions=True)
    texts = _Texts()
    visit(document, texts)
    faults += [GraphQLError("A text has a character that cannot be stored.", node) for node in texts.wrong]
    for fault in faults:
        fault.extensions = {"code": Code.GRAPHQL_VALIDATION_FAILED.value}
    return faults


class _Switches(Visitor):
    """Gathers the variables that @skip and @include depend on."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.names |= {
            one.value.name.value for one in node.arguments or () if isinstance(one.value, VariableNode)
        }


class _Texts(Visitor):
    """Gathers texts that no database takes."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[StringValueNode] = []

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        if "\0" in node.value:
            self.wrong.append(node)
