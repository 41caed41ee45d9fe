"""Executors: one for every execution, built by graphql-core the first time and from what is known afterwards."""

from __future__ import annotations

from typing import Any, Self

import attrs
from graphql import DocumentNode, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode
from graphql.execution.collect_fields import FragmentDetails
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.types import ExecutionContext

from adapters.graphql.engine.leaves import Odd
from adapters.graphql.engine.running import Replaying
from adapters.graphql.engine.variables import Variables

_IS_AWAITABLE: Any = optimized_is_awaitable


def built(document: DocumentNode, running: ExecutionContext) -> Replaying | None:
    """Have graphql-core build an executor; None where what was sent is not what the operation takes."""
    executor = Replaying.build(
        running.schema._schema,
        document,
        root_value=running.root_value,
        context_value=running.context,
        raw_variable_values=running.variables,
        operation_name=running.operation_name,
        is_awaitable=_IS_AWAITABLE,
        operation_extensions=running.operation_extensions,
    )
    return executor if isinstance(executor, Replaying) else None


@attrs.frozen(eq=False)
class Prepared:
    """What every executor of an operation has, and how its variables are read."""

    schema: GraphQLSchema
    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    operation: OperationDefinitionNode
    resolvers: tuple[Any, Any, Any]
    variables: Variables

    @classmethod
    def of(cls, built: Replaying) -> Self | None:
        """Take what does not change from the first executor; None where only graphql-core reads the variables."""
        try:
            variables = Variables(built.schema, built.operation)
        except Odd:
            return None
        return cls(
            schema=built.schema,
            fragment_definitions=built.fragment_definitions,
            fragments=built.fragments,
            operation=built.operation,
            resolvers=(built.field_resolver, built.type_resolver, built.subscribe_field_resolver),
            variables=variables,
        )

    def executor(self, running: ExecutionContext) -> Replaying | None:
        """An executor like that which graphql-core would build; None where it has to look at the variables itself."""
        values = self.variables.read(running.variables or {})
        if values is None:
            return None
        return Replaying(
            self.schema,
            self.fragment_definitions,
            self.fragments,
            running.root_value,
            running.context,
            self.operation,
            values,
            *self.resolvers,
            is_awaitable=_IS_AWAITABLE,
            operation_extensions=running.operation_extensions,
        )
