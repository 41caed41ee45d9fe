"""Floors, margins, approvals, and what was sold below its floor, as staff see them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from application.ports.floors import FloorApproval
from application.views.pages import Slice, Window
from domain.floors import SkuFloor
from domain.identity import CategoryId, OrderId, SkuCode, SkuId
from domain.money import Money, Percentage, UnitPrice
from domain.quantity import Quantity


class FloorCard(NamedTuple):
    """What is set for a SKU, and what that comes to with the margin of its category."""

    sku_id: SkuId
    set: SkuFloor
    usual: Percentage | None
    """The margin of its category, as far as that counts for it."""

    @property
    def lowest(self) -> UnitPrice:
        """The least that one of the base unit is sold for."""
        return self.set.lowest(self.usual)


class CategoryMargin(NamedTuple):
    """The margin of what is in a category."""

    category_id: CategoryId
    margin: Percentage


class LineBelowFloor(NamedTuple):
    """A line of an order that costs less than its floor is now."""

    order_id: OrderId
    number: str
    placed_at: datetime
    sku_id: SkuId
    base_quantity: Quantity
    net: Money
    """What it costs after all discounts."""
    lowest: UnitPrice

    @property
    def floor(self) -> Money:
        """The least that so many are sold for."""
        return self.lowest.times(self.base_quantity)


class FloorBook(Protocol):
    """Queries over floors, opened for one actor at one moment; who may not see floors sees nothing."""

    async def floors(self, *, window: Window, sku_code: SkuCode | None, count: bool) -> Slice[FloorCard]:
        """A page of the SKUs for which something is set, of one or of all, by the key (SKU code, SKU)."""
        ...

    async def margins(self) -> tuple[CategoryMargin, ...]:
        """The margins of all categories that have one, by category."""
        ...

    async def approvals(self, *, window: Window, count: bool) -> Slice[FloorApproval]:
        """A page of what customers may have below a floor, and what they might, by the key (customer, SKU).

        Who may not see customers sees nothing.
        """
        ...

    async def below(
        self, *, window: Window, since: datetime, until: datetime, count: bool
    ) -> Slice[LineBelowFloor]:
        """A page of the lines of orders that were placed in a time and not called off, the newest first.

        By the key (microseconds, order, line); gifts are none of them, and who may not see orders sees nothing.
        """
        ...
