"""Special prices, as the verbs need them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from domain.identity import CustomerId, SkuId, SpecialPriceId
from domain.ordering import Order
from domain.special_prices import OrderSpecial, SpecialOffer, SpecialPrice

Offers: TypeAlias = Mapping[SkuId, tuple[SpecialOffer, ...]]
"""What is offered of each SKU, the older first; of most SKUs nothing."""


class SpecialPrices(Protocol):
    """The special prices of the merchant, and how much was bought at them."""

    def offered(self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime) -> Offers:
        """Those of these SKUs that are for the customer and hold at this moment, with what is left of them.

        Asked while the stock of the SKUs is locked, it says what is left for this unit of work.
        """
        ...

    def offered_later(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime
    ) -> Callable[[], Offers]:
        """Ask for what is offered, and wait for it when it is needed."""
        found = self.offered(customer_id, sku_ids=sku_ids, at=at)
        return lambda: found

    def lock(self, special_price_id: SpecialPriceId) -> SpecialPrice | None:
        """Find a special price and keep it as it is until the unit of work ends."""
        ...

    def unended(self, sku_id: SkuId, *, at: datetime) -> int:
        """How many there are of a SKU that have not ended."""
        ...

    def add(self, special: SpecialPrice, *, at: datetime) -> None:
        """Store a new special price, at which nothing was bought."""
        ...

    def save(self, special: SpecialPrice, *, at: datetime) -> None:
        """Store what a special price has become, after `lock`; what was bought at it stays counted."""
        ...

    def use(self, order: Order, kept: Sequence[OrderSpecial]) -> None:
        """Count what the order buys at special prices that are limited, and keep what decided its prices.

        :raises Stale: if less is left, at the latest when the unit of work ends; nothing was taken.
        """
        ...

    def give_back(self, order: Order) -> None:
        """Let what the order bought be bought again; whoever calls it sees to it that it is done once."""
        ...
