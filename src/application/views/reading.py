"""The way in for readers: every query port, opened for one actor at one moment."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import attrs

from application.authorization import Actor
from application.views.catalog import Catalog
from application.views.customers import CustomerBook
from application.views.inventory import StockBook
from application.views.orders import OrderHistory


@attrs.frozen(kw_only=True)
class Views:
    """What one actor can look at."""

    catalog: Catalog
    orders: OrderHistory
    customers: CustomerBook
    stock: StockBook


class Reading(Protocol):
    """Opens the query ports."""

    def __call__(self, actor: Actor, *, at: datetime) -> Views:
        """Open them for this actor's merchant; prices are those valid at this moment."""
        ...

    async def ready(self) -> None:
        """Ask the database one question.

        :raises NotNow: if it does not answer.
        """
        ...
