"""Plans: a compiled operation, and how it is run."""

from __future__ import annotations

from typing import Any

from graphql import ExecutionResult
from graphql.execution.executor import CollectedErrors, Executor

from adapters.graphql.engine.collecting import Collector
from adapters.graphql.engine.compiler import Compiler
from adapters.graphql.engine.counts import Counts
from adapters.graphql.engine.holes import fill
from adapters.graphql.engine.leaves import Classes
from adapters.graphql.engine.resolvers import Arguments
from adapters.graphql.engine.running import Run
from adapters.graphql.engine.shapes import Hole, Shape
from adapters.graphql.engine.sharing import Shared
from adapters.graphql.engine.waves import await_all


class Plan:
    """An operation, compiled for one set of values in its @skip and @include."""

    __slots__ = ("_argumenters", "_classes", "_constants", "_root")

    def __init__(self, root: Shape, argumenters: list[Arguments], classes: Classes) -> None:
        self._root = root
        self._argumenters = argumenters
        self._classes = classes
        self._constants: list[dict[str, Any] | None] = [None] * len(argumenters)

    @classmethod
    def compiled(
        cls, schema: Any, executor: Executor[Any], *, classes: Classes, shared: Shared, most_fields: int
    ) -> Plan:
        """Compile the executor's operation.

        :raises CannotCompile: if it is too much, or not of this schema.
        """
        root = Collector(executor, most_fields=most_fields).root()
        compiler = Compiler(schema, classes, shared)
        compiler.compile(root)
        return cls(root, compiler.argumenters, classes)

    async def run(self, executor: Executor[Any], counts: Counts) -> ExecutionResult:
        """Answer with exactly what graphql-core would."""
        run = Run(executor, self._classes, self._argumenters, self._constants)
        try:
            return await self._answer(run, counts)
        finally:
            if run.wave or run.strays:
                run.close()

    async def _answer(self, run: Run, counts: Counts) -> ExecutionResult:
        executor = run.executor
        try:
            data: dict[str, Any] = self._root.function(executor.root_value, run)
            while run.wave:
                await _next_wave(run)
            if not run.holes:
                counts.fast += 1
                let_go(executor)
                return ExecutionResult(data, None)
            await fill(data, self._root, run, run.replaying())
            counts.with_holes += 1
            counts.holes += run.holes
            return ExecutionResult(data, executor.collected_errors.errors or None)
        # Either null has no place to stand, or this is a fault of the engine: graphql-core knows what to answer.
        except Exception:  # noqa: BLE001
            pass
        counts.whole += 1
        executor.collected_errors = CollectedErrors()
        result: Any = run.replaying().execute_operation()
        if executor.is_awaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult), "nothing of it comes later"
        return result


def let_go(executor: Executor[Any]) -> None:
    """Part an executor that has done its work from what knows it, so that all it held goes with it at once."""
    vars(executor).pop("async_helpers", None)


async def _next_wave(run: Run) -> None:
    wave, run.wave = run.wave, []
    try:
        outcomes = await await_all([awaitable for _, _, awaitable, *_ in wave])
    except BaseException:
        run.wave += wave
        raise
    for (container, key, awaitable, complete, place, path), (value, raised) in zip(
        wave, outcomes, strict=True
    ):
        run.outcomes.append((awaitable, value, raised))
        if raised is None:
            made = complete(value, run, path)
            if type(made) is Hole and made.value is value:
                made.awaited = True
            container[key] = made
        elif place is not None:
            container[key] = run.failed(place, raised)
        else:
            raise raised
