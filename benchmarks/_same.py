"""Seeing to it that servers do the same work before it is measured how fast they do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import orjson

from benchmarks._asking import HOME
from benchmarks._common import Failed, Person, Served


def same_home(
    servers: Mapping[str, Served], people: Sequence[Person], pages: Sequence[Mapping[str, Any]]
) -> None:
    """Ask every server for every page as every person, and compare with the first server's answers.

    :raises Failed: if an answer differs, as parsed JSON.
    """
    for person in people:
        for page in pages:
            answers = {name: _home(served, person, page) for name, served in servers.items()}
            (first, wanted), *others = answers.items()
            for name, answer in others:
                if answer != wanted:
                    where = difference(wanted, answer, at="answer")
                    raise Failed(f"{name} does not answer {dict(page)} as {first} does: {where}")


def _home(served: Served, person: Person, variables: Mapping[str, Any]) -> Any:
    answer = httpx.post(
        f"{served.url}/graphql",
        content=orjson.dumps({"query": HOME, "variables": variables}),
        headers={**person.headers, "Content-Type": "application/json"},
        timeout=60,
    )
    return orjson.loads(answer.raise_for_status().content)


def difference(one: Any, other: Any, *, at: str) -> str:
    """Name the first place where two answers differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        key = next(key for key in one if one[key] != other[key])
        return difference(one[key], other[key], at=f"{at}.{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        place = next(place for place in range(len(one)) if one[place] != other[place])
        return difference(one[place], other[place], at=f"{at}[{place}]")
    return f"{at}: {str(one)[:500]} ≠ {str(other)[:500]}"
