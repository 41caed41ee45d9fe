"""One operation executed both ways: by graphql-core alone, and with the engine."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import attrs
import strawberry
from graphql import DocumentNode, parse
from strawberry.types import ExecutionResult

from adapters.graphql.engine import CompiledExecution, Engine
from kit.engine.documents import Author, Document
from kit.engine.menagerie import Given, Kennel, menagerie
from kit.engine.wild import Wild

TAME, ODD, MAD = 0.0, 0.012, 0.08

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class Different(AssertionError):
    """The engine answered otherwise than graphql-core."""


@attrs.frozen
class Answer:
    """An answer as it can be compared."""

    data: str
    errors: tuple[str, ...]

    @classmethod
    def of(cls, result: ExecutionResult) -> Answer:
        errors = tuple(
            json.dumps([one.message, one.path, [list(place) for place in one.locations or ()]])
            for one in result.errors or ()
        )
        data = json.dumps(result.data, default=repr, ensure_ascii=False)
        return cls(_ADDRESS.sub("", data), tuple(_ADDRESS.sub("", one) for one in errors))


@attrs.define
class Pair:
    """The two ways."""

    engine: Engine = attrs.field(factory=lambda: Engine(compile_on_sight=1))
    schema: strawberry.Schema = attrs.field(factory=menagerie)

    async def run(
        self, document: DocumentNode, data: Wild, variables: dict[str, Any], *, fast: bool
    ) -> Answer:
        """Execute the document one way."""
        given = lambda: Given(document)  # noqa: E731
        compiled = lambda: CompiledExecution(self.engine)  # noqa: E731
        self.schema.extensions = (given, compiled) if fast else (given,)
        root = data.root()
        result = await self.schema.execute(
            "{ given }", variable_values=dict(variables), root_value=root, context_value=Kennel(data.dogs)
        )
        data.close()
        return Answer.of(result)

    async def compare(self, document: Document, seed: int, *, badness: float) -> None:
        """Execute the document both ways.

        :raises Different: if the answers differ.
        """
        node = parse(document.text)
        sets = (
            document.variables if document.variables[0] != document.variables[1] else document.variables[:1]
        )
        for variables in sets:
            await self._compare(node, document, variables, seed, badness=badness)

    async def _compare(
        self, node: DocumentNode, document: Document, variables: dict[str, Any], seed: int, *, badness: float
    ) -> None:
        answers: list[Answer] = []
        awaits = document.awaits
        for fast in (False, True):
            data = Wild(self.schema._schema, seed, badness=badness, names=document.names)
            answers.append(await self.run(node, data, variables, fast=fast))
            awaits = awaits or data.awaits
        ours, theirs = answers[1], answers[0]
        if awaits:
            ours, theirs = (attrs.evolve(one, errors=tuple(sorted(one.errors))) for one in (ours, theirs))
        if ours != theirs:
            raise Different(
                f"seed {seed}, badness {badness}, {variables}\n{document.text}\n"
                f"graphql-core: {theirs}\nengine:       {ours}"
            )


def generated(pair: Pair, seed: int) -> tuple[Document, float]:
    """A document of this seed, and how bad its data shall be."""
    chance = Random(seed)
    document = Author(pair.schema._schema, chance).document()
    return document, chance.choice((TAME, TAME, ODD, ODD, ODD, MAD))
