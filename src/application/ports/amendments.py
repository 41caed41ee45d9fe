"""What staff change of what an order comes to, after it was placed, as the verbs need it."""

from __future__ import annotations

from typing import Protocol

from domain.identity import OrderId
from domain.ordering import Amendment, Order
from domain.promotions import PromotionInput


class Amendments(Protocol):
    """The amendments of orders; what was noted of one never changes."""

    def input(self, order_id: OrderId) -> PromotionInput | None:
        """What decided the discounts of an order, as it was kept; None where nothing was on offer or taken off."""
        ...

    def adjust(self, order: Order, given: PromotionInput, amendment: Amendment) -> Order:
        """Store what was taken off an order, with its events, what decided it, and the amendment.

        :raises Stale: if the order was saved by someone else meanwhile.
        """
        ...

    def weigh(self, order: Order, amendment: Amendment) -> Order:
        """Store what lines of an order weigh, with what it comes to by that, its events and the amendment.

        :raises Stale: if the order was saved by someone else meanwhile.
        """
        ...

    def of(self, order_id: OrderId) -> tuple[Amendment, ...]:
        """What was changed of an order, the first change first."""
        ...
