"""Searches that found nothing, on one shop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from adapters.persistence.tables import microseconds
from application.authorization import Actor, Permission
from application.ports.searching import MissedSearches
from application.ports.storage import Stale
from application.views.pages import Key, Slice, Window
from application.views.searching import MissedBook, MissedCard, MissedSort
from domain.searching import KEPT_FOR, MOST_MISSED, MissedSearch


@attrs.frozen
class MemoryMissedSearches(MissedSearches):
    """What was looked for at one merchant and not found."""

    shop: Shop

    def record(self, missed: Iterable[MissedSearch], *, at: datetime) -> None:
        there = self.shop.missed
        for one in missed:
            if one.customer_id is not None and one.customer_id not in self.shop.customers:
                raise Stale(one.customer_id)
            key = (one.text, one.customer_id or "")
            there[key] = there[key].and_(one) if key in there else one
        for key in [key for key, one in there.items() if one.last_at < at - KEPT_FOR]:
            del there[key]
        latest = sorted(sorted(there), key=lambda key: there[key].last_at, reverse=True)
        for key in latest[MOST_MISSED:]:
            del there[key]


@attrs.frozen
class MemoryMissedBook(MissedBook):
    """What staff see of it."""

    vault: Shops
    actor: Actor
    at: datetime

    async def missed(self, *, window: Window, sort: MissedSort, count: bool) -> Slice[MissedCard]:
        if not self.actor.has(Permission.MANAGE_CATALOG):
            return Slice()

        def key(one: MissedSearch) -> Key:
            first = one.times if sort is MissedSort.MOST_FREQUENT else microseconds(one.last_at)
            return (first, one.text, one.customer_id or "")

        return cut(
            self.vault.shop(self.actor.merchant_id).missed.values(),
            window,
            key=key,
            card=lambda one: MissedCard(one.text, one.customer_id, one.times, one.first_at, one.last_at),
            count=count,
            descending=True,
        )
