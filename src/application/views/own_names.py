"""What companies call goods, as readers see it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from application.views.pages import Slice, Window
from domain.identity import CustomerId, SkuId


class OwnNameCard(NamedTuple):
    """A name by which a company means a SKU, and since when."""

    name: str
    sku_id: SkuId
    learned_at: datetime


class OwnNameBook(Protocol):
    """Queries over the own names, opened for one actor at one moment.

    A buyer sees those of the own company and of those below it, and only of goods that are shown to the buyer; staff
    who see customers see all of them.
    """

    async def names(self, customer_id: CustomerId, *, window: Window, count: bool) -> Slice[OwnNameCard]:
        """A page of what the company calls goods, by the key (name)."""
        ...
