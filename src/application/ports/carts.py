"""Carts, as the verbs need them. What is locked stays as it is until the unit of work ends."""

from __future__ import annotations

from typing import Protocol

from domain.cart import Cart
from domain.identity import CustomerId


class Carts(Protocol):
    """The carts of companies, one of each. A buyer's storage holds only those of the own company and of those below it.

    Nobody but buyers has one to look at.
    """

    def get(self, customer_id: CustomerId) -> Cart:
        """Look at a cart; one that nothing was put into is empty.

        :raises CustomerNotFound: if there is no such company for this actor.
        """
        ...

    def lock(self, customer_id: CustomerId) -> Cart:
        """Look at a cart that nobody else changes meanwhile: whoever wants to waits for their turn.

        :raises CustomerNotFound: if there is no such company for this actor.
        """
        ...

    def save(self, before: Cart, after: Cart) -> None:
        """Store what a cart has become, after `lock`: only the lines that are not as they were.

        :raises Stale: if one of them is of a SKU that is not there.
        """
        ...
