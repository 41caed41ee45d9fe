"""What customers are allowed beside the quantity rules, as staff see it."""

from __future__ import annotations

from typing import Protocol

import attrs

from application.ports.quantity_rules import Allowance
from application.views.pages import Slice, Window
from domain.identity import CustomerId


@attrs.frozen(kw_only=True)
class AllowanceFilter:
    """Which allowances: all of what is given must hold."""

    customer_id: CustomerId | None = None
    current: bool = False
    """Only those that are not over."""


class AllowanceBook(Protocol):
    """Queries over what customers are allowed, opened for one actor at one moment; who may not manage customers sees
    nothing."""

    async def allowances(self, *, window: Window, filter: AllowanceFilter, count: bool) -> Slice[Allowance]:
        """A page of what customers are allowed, or were last, by the key (customer, SKU)."""
        ...
