"""What was read of goods and prices, remembered with the edition it was read with."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Mapping
from typing import Generic, TypeVar

import attrs

from domain.catalog import Listing
from domain.identity import SkuId

K = TypeVar("K", bound=str)
V = TypeVar("V")

MOST_REMEMBERED = 20_000
"""So many SKUs are remembered, and what lists say to so many pairs of a customer and a SKU."""


@attrs.frozen(eq=False)
class Remembered(Generic[K, V]):
    """What was read with one edition; `mark` says what else it goes by."""

    edition: int
    mark: Hashable
    found: dict[K, V]

    def has(self, ids: Collection[K]) -> bool:
        """Whether all of these were read."""
        return self.found.keys() >= ids if isinstance(ids, set | frozenset) else self.found.keys() >= set(ids)


class Memory(Generic[K, V]):
    """What was read last, for everybody who reads as the same owner sees it; no more than so many things in all."""

    def __init__(self, most: int) -> None:
        self._most, self._many, self._turn = most, 0, threading.Lock()
        self._of: OrderedDict[Hashable, Remembered[K, V]] = OrderedDict()

    def of(self, owner: Hashable) -> Remembered[K, V] | None:
        """What was read last for an owner."""
        found = self._of.get(owner)
        if found is not None:
            with self._turn:
                if owner in self._of:
                    self._of.move_to_end(owner)
        return found

    def add(self, owner: Hashable, edition: int, read: Mapping[K, V], *, mark: Hashable = None) -> None:
        """Remember what was read with an edition, and forget what was read with another one; what is more than all
        that is remembered is not worth forgetting everything else."""
        if len(read) > self._most:
            return
        with self._turn:
            there = self._of.pop(owner, None)
            self._many -= 0 if there is None else len(there.found)
            if there is None or (there.edition, there.mark) != (edition, mark):
                there = Remembered(edition, mark, {})
            there.found.update(read)
            self._of[owner] = there
            self._many += len(there.found)
            while self._many > self._most:
                _, oldest = self._of.popitem(last=False)
                self._many -= len(oldest.found)


def _goods() -> Memory[SkuId, Listing]:
    return Memory(MOST_REMEMBERED)


def _prices() -> Memory[SkuId, str | None]:
    return Memory(MOST_REMEMBERED)


@attrs.frozen(eq=False)
class Memories:
    """What those remember who read one database."""

    goods: Memory[SkuId, Listing] = attrs.field(factory=_goods)
    """By the merchant, and whether it is asked where in the catalog goods are."""
    prices: Memory[SkuId, str | None] = attrs.field(factory=_prices)
    """What lists say of SKUs, as text, by the customer who gets them."""
