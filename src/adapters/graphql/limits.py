"""The limits: how much one request may have, and how many requests there may be.

Here and not with the guard, because whoever reads settings needs no GraphQL.
"""

from __future__ import annotations

import re
from typing import Any

import attrs

from adapters.graphql.messages import Limit

DEEPEST = 100
"""Beyond this those who parse and validate, which they do with recursion, would not come to an end."""
MOST = 1_000_000_000
LONGEST_S = 3600
DEADLINE = "dinghuo.deadline"
"""The extension of a scope that says, by the clock of the loop, until when a request may arrive."""


class Exceeded(Exception):
    """A request that has more of something than one request may have."""

    def __init__(self, limit: Limit, most: int) -> None:
        super().__init__(limit.value, most)
        self.limit, self.most = limit, most


class TooOften(Exception):
    """Something that was done too often; it may be tried again after so many seconds."""

    def __init__(self, retry_s: int) -> None:
        super().__init__(retry_s)
        self.retry_s = retry_s


def _count(usual: int, *, most: int = MOST, least: int = 0) -> Any:
    """A limit that is a whole number."""
    return attrs.field(default=usual, converter=lambda given: _whole(given, most, least))


def _time(usual: float) -> Any:
    """A limit in seconds."""
    return attrs.field(default=usual, converter=_seconds)


def _whole(given: Any, most: int, least: int) -> int:
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,10}", given.strip(), re.ASCII):
        given = int(given)
    if type(given) is not int or not least <= given <= most:
        raise ValueError
    return given


def _store(given: Any) -> str:
    if not isinstance(given, str) or not (given == "memory" or given.startswith(("redis://", "rediss://"))):
        raise ValueError
    return given


def _seconds(given: Any) -> float:
    if isinstance(given, str):
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", given.strip(), re.ASCII):
            raise ValueError
        given = float(given)
    # No comparison holds for what is no number.
    if type(given) not in (int, float) or not 0 < given <= LONGEST_S:
        raise ValueError
    return float(given)


@attrs.frozen(kw_only=True, cache_hash=True)
class Limits:
    """What one request may have; documented in docs/limits.md, in the order in which it is looked at."""

    receive_s: float = _time(15)
    body_bytes: int = _count(256 * 1024)
    document_bytes: int = _count(16 * 1024)
    json_depth: int = _count(32, most=DEEPEST)
    brace_depth: int = _count(32, most=DEEPEST)
    tokens: int = _count(1200)
    nodes: int = _count(500)
    depth: int = _count(12, most=DEEPEST)
    aliases: int = _count(30)
    directives: int = _count(20)
    selections: int = _count(100)
    root_fields: int = _count(10)
    mutations: int = _count(4)
    sensitive_mutations: int = _count(1)
    list_items: int = _count(1000)
    same_names: int = _count(10_000)
    objects: int = _count(50_000)
    execute_s: float = _time(10)
    statement_s: float = _time(5)


@attrs.frozen(kw_only=True)
class RateLimits:
    """How many requests there may be within a minute; documented in docs/limits.md."""

    store: str = attrs.field(default="memory", converter=_store, repr=False)
    """Where they are counted: in the memory of each process, or in Redis for all of them."""
    per_address: int = _count(6000, least=1)
    per_person: int = _count(1200, least=1)
    per_mutation: int = _count(120, least=1)
    """Of one person, or of one address where nobody says who it is."""


def within(limit: Limit, found: int, most: int) -> None:
    """:raises Exceeded: if there is more of it than there may be."""
    if found > most:
        raise Exceeded(limit, most)
