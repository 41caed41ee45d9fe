"""The committed state of every merchant, and the one who may change it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from adapters.persistence.memory._shops import NOTHING, WAIT_S, Shop
from application.ports.storage import Busy, Stale
from domain.identity import MerchantId, OrderId


class Vault:
    """The committed state of every merchant: replaced whole, never changed, by one writer at a time."""

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self._shops: Mapping[MerchantId, Shop] = {}
        self._turn = threading.Lock()
        self._wait_s = wait_s

    @property
    def shops(self) -> Mapping[MerchantId, Shop]:
        """What is committed, of every merchant."""
        return self._shops

    def shop(self, merchant_id: MerchantId) -> Shop:
        """What is committed of one merchant, as it is at this moment."""
        return self._shops.get(merchant_id, NOTHING)

    @contextmanager
    def writing(self, merchant_id: MerchantId) -> Iterator[Shop]:
        """Give a copy to write to, and make it the committed state unless the block raises.

        :raises Busy: if another writer takes too long.
        :raises Stale: if stock was reserved for an order that was not stored.
        """
        if not self._turn.acquire(timeout=self._wait_s):
            raise Busy("another writer takes too long")
        try:
            before = self.shop(merchant_id)
            after = before.copy()
            yield after
            _check_promises(after, after.reservations.keys() - before.reservations.keys())
            self._shops = {**self._shops, merchant_id: after}
        finally:
            self._turn.release()


def _check_promises(shop: Shop, promised: Collection[OrderId]) -> None:
    for order_id in promised:
        if order_id not in shop.orders:
            raise Stale(order_id)
