"""Searches that found nothing: noted while a search is answered, and stored later, so that no reader writes."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import attrs

from application.authorization import Actor, ActorKind
from application.ports.clock import Clock
from application.ports.storage import NotNow, UnitOfWork
from domain.identity import CustomerId, MerchantId
from domain.searching import MissedSearch, remembered

MOST_WAITING = 1_000
"""So many different ones wait at most to be stored; what comes beyond is not remembered."""

_Key = tuple[MerchantId, str, CustomerId | None]


@attrs.define(kw_only=True)
class SearchLog:
    """Remembers what guests and buyers looked for and did not find.

    What was noted since it was stored last is lost if the program is killed.
    """

    unit_of_work: UnitOfWork
    clock: Clock
    _waiting: dict[_Key, tuple[Actor, MissedSearch]] = attrs.field(factory=dict, init=False)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def note(self, *, actor: Actor, text: str) -> None:
        """Note that a search found nothing; it takes no time, and staff who look for something do not count."""
        kept = remembered(text)
        if kept is None or actor.kind not in (ActorKind.GUEST, ActorKind.BUYER):
            return
        now = self.clock.now()
        self._add(actor, MissedSearch(text=kept, customer_id=actor.customer_id, first_at=now, last_at=now))

    def flush(self) -> int:
        """Store what was noted, and answer how many different searches that was.

        What cannot be stored now, because others are in the way, waits for the next time.
        """
        with self._turn:
            waiting, self._waiting = self._waiting, {}
        of_merchant: dict[MerchantId, list[tuple[Actor, MissedSearch]]] = {}
        for (merchant_id, _, _), one in waiting.items():
            of_merchant.setdefault(merchant_id, []).append(one)
        return sum(self._store(noted) for noted in of_merchant.values())

    def _store(self, noted: list[tuple[Actor, MissedSearch]]) -> int:
        try:
            with self.unit_of_work(noted[0][0]) as storage:
                storage.missed_searches.record((one for _, one in noted), at=self.clock.now())
        except NotNow:
            for actor, one in noted:
                self._add(actor, one)
            return 0
        return len(noted)

    def _add(self, actor: Actor, one: MissedSearch) -> None:
        key = (actor.merchant_id, one.text, one.customer_id)
        with self._turn:
            before = self._waiting.get(key)
            if before is not None:
                self._waiting[key] = (actor, before[1].and_(one))
            elif len(self._waiting) < MOST_WAITING:
                self._waiting[key] = (actor, one)

    @property
    def waiting(self) -> Mapping[_Key, tuple[Actor, MissedSearch]]:
        """What was noted and is not stored."""
        return self._waiting
