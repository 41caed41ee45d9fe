"""Compiled execution for Strawberry: the same answers as graphql-core, by straight-line code.

engine = Engine()
schema = strawberry.Schema(query=Query, extensions=[..., lambda: CompiledExecution(engine)])
"""

from adapters.graphql.engine.counts import Counts, Left
from adapters.graphql.engine.engine import Engine
from adapters.graphql.engine.extension import CompiledExecution

__all__ = ["CompiledExecution", "Counts", "Engine", "Left"]
