"""Documents: parsed and validated once, with everything that was worked out about them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import attrs
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    StringValueNode,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)
from strawberry.extensions import SchemaExtension

from adapters.graphql.guard import Cost, Exceeded, Limits, check_braces, measure
from adapters.graphql.messages import Code, Limit
from adapters.graphql.selections import Plans
from adapters.graphql.wants import PAGES_BELOW

MOST_TEXT = 512 * 1024
"""Characters of documents that are remembered; what is made of them takes some hundred times as much memory."""
_ABORTED = " Parsing aborted."
MOST_ERRORS = 5


@attrs.frozen
class Known:
    """A valid document, what it costs and its plans."""

    document: DocumentNode
    cost: Cost
    plans: Plans


class Library:
    """The valid documents that were sent last, each with the limits that it was found to be within."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, Limits], Known] = OrderedDict()
        self._size = 0

    def get(self, text: str, limits: Limits) -> Known | None:
        """Find a document by its text."""
        found = self._known.get((text, limits))
        if found is not None:
            self._known.move_to_end((text, limits))
        return found

    def add(self, text: str, limits: Limits, known: Known) -> None:
        """Remember a document, and forget those that were not sent for longest."""
        if (text, limits) in self._known:
            return
        self._known[text, limits] = known
        self._size += len(text)
        while self._size > MOST_TEXT:
            (forgotten, _), _ = self._known.popitem(last=False)
            self._size -= len(forgotten)


class Documents(SchemaExtension):
    """Takes the steps of parsing, guarding and validating, unless the document is known."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._cost: Cost | None = None

    def on_parse(self) -> Iterator[None]:
        running = self.execution_context
        text, limits = running.query or "", self._limits
        known = self._library.get(text, limits)
        if known is not None:
            running.graphql_document, running.context.plans, cost = known.document, known.plans, known.cost
        else:
            document = _parsed(text, limits)
            cost = Cost(running.schema._schema, document, measure(document, limits))
            running.graphql_document, self._cost = document, cost
        objects = cost.objects(running.variables or {})
        if objects > limits.objects:
            raise Exceeded(Limit.OBJECTS, limits.objects)
        yield

    @property
    def _limits(self) -> Limits:
        limits: Limits = self.execution_context.context.limits
        return limits

    def on_validate(self) -> Iterator[None]:
        running = self.execution_context
        text, document = running.query or "", running.graphql_document
        assert document is not None, "what is validated was parsed"
        if running._provided_operation_name is None and _operations(document) > 1:
            # Strawberry would take the first of several; the specification has the client choose.
            running.pre_execution_errors = [GraphQLError("Name the operation: the document has several.")]
        elif self._cost is not None:
            schema = running.schema._schema
            running.pre_execution_errors = _faults(schema, document)
            if not running.pre_execution_errors:
                switches = _Switches()
                visit(document, switches)
                running.context.plans = Plans(tuple(sorted(switches.names)))
                self._library.add(text, self._limits, Known(document, self._cost, running.context.plans))
        else:
            running.pre_execution_errors = []
        yield


def _parsed(text: str, limits: Limits) -> DocumentNode:
    """Parse a document of bounded depth and length.

    :raises Exceeded: if it is too deep or too long.
    :raises GraphQLSyntaxError: if it is none.
    """
    check_braces(text, limits)
    try:
        return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLSyntaxError as error:
        if error.message.endswith(_ABORTED):
            raise Exceeded(Limit.TOKENS, limits.tokens) from None
        raise


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
    """Gathers the variables that plans depend on: those of @skip and @include, and of pages below other rows."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self._gather(node)

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.name.value in PAGES_BELOW:
            self._gather(node)

    def _gather(self, node: DirectiveNode | FieldNode) -> None:
        variables = _Variables()
        for argument in node.arguments or ():
            visit(argument, variables)
        self.names |= variables.names


class _Variables(Visitor):
    """Gathers the variables in a value."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)


class _Texts(Visitor):
    """Gathers texts that no database takes."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[StringValueNode] = []

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        if "\0" in node.value:
            self.wrong.append(node)
