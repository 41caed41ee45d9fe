"""The engine: which plan answers an operation, or why none does."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)
from graphql.execution.executor import Executor
from strawberry import Schema
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext

from adapters.graphql.engine.collecting import CannotCompile
from adapters.graphql.engine.counts import Counts, Left
from adapters.graphql.engine.leaves import Classes
from adapters.graphql.engine.plans import Plan, let_go
from adapters.graphql.engine.preparing import Prepared, built
from adapters.graphql.engine.running import Replaying
from adapters.graphql.engine.sharing import Shared
from adapters.graphql.engine.walking import parts

log = logging.getLogger(__name__)

_SWITCHES = frozenset({"skip", "include"})
_INTROSPECTION = frozenset({"__schema", "__type"})

Known: TypeAlias = Plan | int
"""A plan, or how often the operation was seen; less than nothing where it cannot be compiled."""
_CANNOT = -1


class Engine:
    """The plans of one schema, shared by its executions; nothing in it grows without bound."""

    def __init__(
        self,
        *,
        compile_on_sight: int = 2,
        most_documents: int = 200,
        most_plans: int = 8,
        most_fields: int = 1_000,
        shared: Iterable[type] = (),
        written: Callable[[dict[str, Any]], Any] | None = None,
    ) -> None:
        """
        :param compile_on_sight: which sight of an operation compiles it, and what reads its variables: those that are
            sent once are not worth it.
        :param most_documents: of how many documents plans are kept.
        :param most_plans: how many are kept of one document, by operation and by the values in @skip and @include.
        :param most_fields: how many fields, one by one for every concrete type, a plan may have.
        :param shared: classes whose instances never change, nor what their attributes say, and that are often met as
            the very same object: what is made of one is kept and given again.
        :param written: makes of what was made what is kept and given in its place, for whoever writes the answers: JSON
            that is written once, say.
        """
        self.counts = Counts()
        self._compile_on_sight = compile_on_sight
        self._most_documents = most_documents
        self._most_plans = most_plans
        self._most_fields = most_fields
        self._classes = Classes()
        self._shared = Shared(shared, written=written)
        self._schema: Schema | None = None
        self._why_not: Left | None = None
        self._documents: OrderedDict[int, _Document] = OrderedDict()

    async def execute(self, running: ExecutionContext) -> ExecutionResult | None:
        """Answer an operation, or leave it to graphql-core with None."""
        counts = self.counts
        document = self._document(running)
        name = running.operation_name
        why_not = self._why_not or document.why_not(name)
        if why_not is not None:
            counts.left[why_not] += 1
            mutates = why_not is Left.OPERATION and document.kind(name) is OperationType.MUTATION
            return await _mutated(document, running) if mutates else None
        executor = document.executor(running)
        if executor is None:
            counts.left[Left.VARIABLES] += 1
            return None
        plan = self._plan(document, name, executor)
        if not isinstance(plan, Plan):
            counts.left[Left.UNCOMPILED if plan < 0 else Left.UNSEEN] += 1
            return None
        return await plan.run(executor, counts)

    def _document(self, running: ExecutionContext) -> _Document:
        """Find what is known of a document, by its identity: it is parsed once by whoever knows texts."""
        if running.schema is not self._schema:
            self._schema = running.schema
            self._why_not = _why_not(running.schema)
            self._documents.clear()
        node = running.graphql_document
        assert node is not None, "what is executed was parsed"
        found = self._documents.get(id(node))
        if found is None:
            found = self._documents[id(node)] = _Document(node, prepare_on_sight=self._compile_on_sight)
            if len(self._documents) > self._most_documents:
                self._documents.popitem(last=False)
        else:
            self._documents.move_to_end(id(node))
        return found

    def _plan(self, document: _Document, name: str | None, executor: Executor[Any]) -> Known:
        given = executor.variable_values.coerced
        key = (name, tuple(given.get(switch) for switch in document.switches))
        plans = document.plans
        plan = plans.get(key, 0)
        if isinstance(plan, int) and plan >= 0:
            plan += 1
            if plan >= self._compile_on_sight:
                plan = self._compiled(executor)
            plans[key] = plan
            if len(plans) > self._most_plans:
                plans.popitem(last=False)
        plans.move_to_end(key)
        return plan

    def _compiled(self, executor: Executor[Any]) -> Known:
        try:
            plan = Plan.compiled(
                self._schema,
                executor,
                classes=self._classes,
                shared=self._shared,
                most_fields=self._most_fields,
            )
        except (CannotCompile, GraphQLError):
            return _CANNOT
        except Exception:
            log.exception("an operation is left to graphql-core: it could not be compiled")
            return _CANNOT
        self.counts.compiled += 1
        return plan


class _Document:
    """A document, and the plans of its operations."""

    __slots__ = ("_left", "_prepare_on_sight", "_prepared", "_sights", "node", "plans", "switches")

    def __init__(self, node: DocumentNode, *, prepare_on_sight: int) -> None:
        self.node = node
        self._prepare_on_sight, self._sights = prepare_on_sight, Counter[str | None]()
        self._prepared: dict[str | None, Prepared | None] = {}
        self.plans: OrderedDict[Hashable, Known] = OrderedDict()
        self._left: Left | None = None
        switches: set[str] = set()
        for part in parts(node):
            self._left = _reason(part) or self._left
            if isinstance(part, DirectiveNode):
                switches |= {
                    one.value.name.value
                    for one in part.arguments or ()
                    if isinstance(one.value, VariableNode)
                }
        self.switches = tuple(sorted(switches))

    def executor(self, running: ExecutionContext) -> Replaying | None:
        """An executor with what was sent, or None where it is not what the operation takes."""
        name = running.operation_name
        prepared = self._prepared.get(name)
        executor = None if prepared is None else prepared.executor(running)
        if executor is None:
            executor = built(self.node, running)
            if executor is not None and name not in self._prepared:
                self._sights[name] += 1
                if self._sights[name] >= self._prepare_on_sight:
                    self._prepared[name] = Prepared.of(executor)
        return executor

    def why_not(self, name: str | None) -> Left | None:
        """Why the engine does not execute the operation, if so."""
        if self._left is not None:
            return self._left
        return None if self.kind(name) is OperationType.QUERY else Left.OPERATION

    def kind(self, name: str | None) -> OperationType | None:
        """What the operation is, where there is one of the name."""
        for one in self.node.definitions:
            if isinstance(one, OperationDefinitionNode) and name in (None, one.name and one.name.value):
                return one.operation
        return None


async def _mutated(document: _Document, running: ExecutionContext) -> ExecutionResult | None:
    """Let graphql-core execute a mutation, whose variables are read here."""
    executor = document.executor(running)
    if executor is None:
        return None
    result: Any = executor.execute_operation()
    if executor.is_awaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult), "nothing of it comes later"
    let_go(executor)
    return result


def _reason(part: Node) -> Left | None:
    """Why a document with this part is left to graphql-core, if so."""
    if isinstance(part, DirectiveNode):
        return None if part.name.value in _SWITCHES else Left.DIRECTIVE
    if isinstance(part, FieldNode):
        return Left.INTROSPECTION if part.name.value in _INTROSPECTION else None
    if isinstance(part, FragmentDefinitionNode):
        return Left.FRAGMENT_VARIABLES if part.variable_definitions else None
    return None


def _why_not(schema: Schema) -> Left | None:
    """Why the engine executes nothing of this schema, if so."""
    if (
        schema.execution_context_class is not StrawberryGraphQLCoreExecutionContext
        or schema.config.enable_experimental_incremental_execution
    ):
        return Left.EXECUTOR
    hooked = any(
        type(extension).resolve is not SchemaExtension.resolve for extension in schema.get_extensions()
    )
    return Left.EXTENSION if hooked else None
