"""Orders that were placed, as promotions are tried on them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import attrs

from domain.identity import CustomerId, OrderId
from domain.promotions import PromotionInput


@attrs.frozen(kw_only=True)
class PlacedOrder:
    """An order with everything that decided what promotions did to it.

    Where no promotion was on offer its goods and its customer were not kept: then it is what its lines say, its goods
    are where they are in the catalog today, and its customer goes by what it goes by today.
    """

    order_id: OrderId
    customer_id: CustomerId
    placed_at: datetime
    given: PromotionInput


class PlacedOrders(Protocol):
    """The orders of the merchant that were not called off, oldest first."""

    def page(
        self,
        *,
        since: datetime,
        until: datetime,
        after: tuple[datetime, OrderId] | None,
        most: int,
    ) -> tuple[PlacedOrder, ...]:
        """The first of those placed from `since` up to, but not including, `until`, or of those after one of them.

        It takes as many statements for many as for few.
        """
        ...
