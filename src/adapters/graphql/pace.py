"""The pace: how often whoever asks may ask, by the address, the person and what is to be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

import attrs
from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, OperationType

from adapters.graphql.guard import fields_of
from adapters.graphql.limits import RateLimits, TooOften
from application.authorization import Actor, ActorKind
from application.ports.rate_limiting import RateLimiter

_OF_ONE_LINE = 64
"""Bits of an IPv6 address that a provider gives to one line: who has one has all the addresses below it."""


@attrs.frozen
class Pace:
    """The counts that requests come out of."""

    limiter: RateLimiter
    most: RateLimits = attrs.field(factory=RateLimits)

    async def address(self, address: str) -> None:
        """Count a request of an address, whatever it asks.

        :raises TooOften: if there were too many.
        """
        await self._take("address", line_of(address), self.most.per_address)

    async def person(self, actor: Actor) -> None:
        """Count a request of a person of a merchant; guests are counted by their address alone.

        :raises TooOften: if there were too many.
        """
        if actor.kind is not ActorKind.GUEST:
            await self._take("person", _person(actor), self.most.per_person)

    async def mutations(self, names: Iterable[str], *, actor: Actor, address: str) -> None:
        """Count mutations before any of them is done: each as often as it stands in the document.

        :raises TooOften: if there were too many of one.
        """
        who = line_of(address) if actor.kind is ActorKind.GUEST else _person(actor)
        for name, times in Counter(names).items():
            await self._take(name, who, self.most.per_mutation, times=times)

    async def _take(self, what: str, who: str, most: int, *, times: int = 1) -> None:
        retry_s = await self.limiter.take(what, who, most=most, times=times)
        if retry_s:
            raise TooOften(retry_s)


def mutations_of(document: DocumentNode, name: str | None) -> list[str]:
    """The mutations that an operation does, one by one; none where it reads."""
    fragments = {
        one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
    }
    return [
        field.name.value
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode)
        and one.operation is OperationType.MUTATION
        and (name is None or (one.name is not None and one.name.value == name))
        for field in fields_of(one.selection_set, fragments)
    ]


@lru_cache(maxsize=4096)
def line_of(address: str) -> str:
    """Whose address it is: of IPv6 the network that one line has."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Network((known, _OF_ONE_LINE), strict=False).network_address)


def _person(actor: Actor) -> str:
    return f"{actor.merchant_id}/{actor.name}"
