"""The limits: how much of everything one request may have."""

from __future__ import annotations

import attrs

from adapters.graphql.messages import Limit


class Exceeded(Exception):
    """A request that has more of something than one request may have."""

    def __init__(self, limit: Limit, most: int) -> None:
        super().__init__(limit.value, most)
        self.limit, self.most = limit, most


@attrs.frozen(kw_only=True, cache_hash=True)
class Limits:
    """What one request may have; documented in docs/limits.md."""

    body_bytes: int = 256 * 1024
    document_bytes: int = 16 * 1024
    json_depth: int = 32
    brace_depth: int = 32
    tokens: int = 1200
    nodes: int = 500
    depth: int = 12
    aliases: int = 30
    directives: int = 20
    selections: int = 100
    root_fields: int = 10
    mutations: int = 4
    sensitive_mutations: int = 1
    list_items: int = 1000
    same_names: int = 10_000
    objects: int = 50_000
    receive_s: float = 15
    execute_s: float = 10
    sensitive: frozenset[str] = frozenset({"placeOrder"})
    """The mutations that move money or sign somebody in."""


def within(limit: Limit, found: int, most: int) -> None:
    """:raises Exceeded: if there is more of it than there may be."""
    if found > most:
        raise Exceeded(limit, most)
