"""Documents: parsed and validated once, with everything that was worked out about them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping

import attrs
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    StringValueNode,
    VariableNode,
    VariablesInAllowedPositionRule,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from strawberry.extensions import SchemaExtension

from adapters.graphql.engine.walking import parts
from adapters.graphql.guard import (
    Cost,
    Exceeded,
    Limits,
    check_braces,
    check_lists,
    check_tokens,
    introspects,
    measure,
)
from adapters.graphql.messages import Code, Limit, NotShown
from adapters.graphql.selections import Plans
from adapters.graphql.trusted import BadManifest, Fault
from adapters.graphql.wants import PAGES_BELOW

MOST_TEXT = 512 * 1024
"""Characters of documents that are remembered; what is made of them takes some hundred times as much memory."""
_ABORTED = " Parsing aborted."
MOST_ERRORS = 5
_DEAR = (
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    VariablesInAllowedPositionRule,
)
"""These follow every fragment from every operation: it is not worth it for what is wrong in itself."""
_CHEAP = tuple(rule for rule in specified_rules if rule not in _DEAR)


@attrs.frozen
class Known:
    """A valid document, what it costs and its plans."""

    document: DocumentNode
    cost: Cost
    plans: Plans


@attrs.frozen(cache_hash=True)
class Bounds:
    """What a document has to be within; what is valid within some is not within others."""

    limits: Limits
    explorable: bool = False
    """Whether the schema may be asked about itself."""


class Library:
    """The valid documents that were sent last, each with the bounds that it was found to be within."""

    def __init__(
        self, schema: GraphQLSchema, *, sensitive: frozenset[str] = frozenset(), most_text: int = MOST_TEXT
    ) -> None:
        self._schema, self._sensitive = schema, sensitive
        self.most_text = most_text
        self._known: OrderedDict[tuple[str, Bounds], Known] = OrderedDict()
        self._kept: dict[tuple[str, Bounds], Known] = {}
        self._size = 0

    def find(self, text: str, bounds: Bounds) -> Known | None:
        """Find a document by its text: one that is kept by the very object, which costs nothing."""
        found = self._kept.get((text, bounds))
        if found is None and (found := self._known.get((text, bounds))) is not None:
            self._known.move_to_end((text, bounds))
        return found

    def open(self, text: str, bounds: Bounds, variables: Mapping[str, object]) -> Draft:
        """Parse and measure a document that is not known.

        :raises Exceeded: if it is too much.
        :raises GraphQLSyntaxError: if it is none.
        """
        document = _parsed(text, bounds.limits)
        order = measure(document, bounds.limits, variables=variables, sensitive=self._sensitive)
        return Draft(document, Cost(self._schema, document, order))

    def faults(self, draft: Draft, bounds: Bounds) -> list[GraphQLError]:
        """What makes a document invalid."""
        return _faults(self._schema, draft.document, suggesting=bounds.explorable)

    def add(self, text: str, bounds: Bounds, known: Known) -> None:
        """Remember a document, and forget those that were not sent for longest."""
        if (text, bounds) in self._known:
            return
        self._known[text, bounds] = known
        self._size += len(text)
        while self._size > self.most_text:
            (forgotten, _), _ = self._known.popitem(last=False)
            self._size -= len(forgotten)

    def keep(self, name: str, text: str, bounds: Bounds) -> None:
        """Have a document ready for good.

        :raises BadManifest: if it is too much, none at all, or not valid.
        """
        try:
            draft = self.open(text, bounds, {})
            for fault in self.faults(draft, bounds):
                raise fault
        except Exceeded as exceeded:
            why = f"{exceeded.limit.value} > {exceeded.most}"
            raise BadManifest(Fault.INVALID, key=name, why=why) from None
        except GraphQLError as error:
            raise BadManifest(Fault.INVALID, key=name, why=error.message) from None
        self._kept[text, bounds] = draft.known()


@attrs.frozen
class Draft:
    """A document that was measured, but not validated."""

    document: DocumentNode
    cost: Cost

    def known(self) -> Known:
        """What is remembered of it once it is known to be valid."""
        return Known(self.document, self.cost, Plans(tuple(sorted(_switches(self.document)))))


class Documents(SchemaExtension):
    """Takes the steps of parsing, guarding and validating, unless the document is known."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._draft: Draft | None = None

    def on_parse(self) -> Iterator[None]:
        running = self.execution_context
        text, bounds, variables = running.query or "", self._bounds, running.variables or {}
        found: Known | Draft | None = self._library.find(text, bounds)
        if isinstance(found, Known):
            check_lists(variables, bounds.limits)
            running.context.plans = found.plans
        else:
            found = self._draft = self._library.open(text, bounds, variables)
        running.graphql_document = found.document
        if found.cost.objects(variables) > bounds.limits.objects:
            raise Exceeded(Limit.OBJECTS, bounds.limits.objects)
        yield

    @property
    def _bounds(self) -> Bounds:
        context = self.execution_context.context
        return Bounds(context.limits, context.explorable)

    def on_validate(self) -> Iterator[None]:
        running = self.execution_context
        text, document, bounds = running.query or "", running.graphql_document, self._bounds
        assert document is not None, "what is validated was parsed"
        if running._provided_operation_name is None and _operations(document) > 1:
            # Strawberry would take the first of several; the specification has the client choose.
            running.pre_execution_errors = [GraphQLError("Name the operation: the document has several.")]
        elif self._draft is not None:
            if not bounds.explorable and introspects(document):
                raise NotShown
            running.pre_execution_errors = self._library.faults(self._draft, bounds)
            if not running.pre_execution_errors:
                known = self._draft.known()
                running.context.plans = known.plans
                self._library.add(text, bounds, known)
        else:
            running.pre_execution_errors = []
        yield


def _parsed(text: str, limits: Limits) -> DocumentNode:
    """Parse a document of bounded depth and length.

    :raises Exceeded: if it is too deep or too long.
    :raises GraphQLSyntaxError: if it is none.
    """
    check_braces(text, limits)
    check_tokens(text, limits)
    try:
        return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLSyntaxError as error:
        if error.message.endswith(_ABORTED):
            raise Exceeded(Limit.TOKENS, limits.tokens) from None
        raise


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(one, OperationDefinitionNode) for one in document.definitions)


def _faults(schema: GraphQLSchema, document: DocumentNode, *, suggesting: bool) -> list[GraphQLError]:
    faults = []
    if document.loc is not None and "\\u" in document.loc.source.body:
        texts = _Texts()
        visit(document, texts)
        faults = [GraphQLError("A text has a character that cannot be stored.", node) for node in texts.wrong]
    for rules in (_CHEAP, _DEAR):
        faults = faults or validate(
            schema, document, rules, max_errors=MOST_ERRORS, hide_suggestions=not suggesting
        )
    for fault in faults:
        fault.extensions = {"code": Code.GRAPHQL_VALIDATION_FAILED.value}
    return faults


def _switches(document: DocumentNode) -> set[str]:
    """The variables that plans depend on: those of @skip and @include, and of pages below other rows."""
    variables = _Variables()
    for part in parts(document):
        if isinstance(part, DirectiveNode) or (
            isinstance(part, FieldNode) and part.name.value in PAGES_BELOW
        ):
            for argument in part.arguments or ():
                visit(argument, variables)
    return variables.names


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
