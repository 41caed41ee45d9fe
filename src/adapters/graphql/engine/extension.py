"""The extension: where Strawberry would execute an operation, the engine has done it already."""

from __future__ import annotations

from collections.abc import AsyncIterator

from strawberry.extensions import SchemaExtension

from adapters.graphql.engine.counts import Left
from adapters.graphql.engine.engine import Engine


class CompiledExecution(SchemaExtension):
    """Executes what the engine has a plan for; put it last, so that other extensions see the execution begin.

    It is asynchronous: a schema that has it is not executed by `execute_sync`.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    async def on_execute(self) -> AsyncIterator[None]:
        running = self.execution_context
        if running.result:
            self._engine.counts.left[Left.ANSWERED] += 1
        else:
            running.result = await self._engine.execute(running)
        yield
