"""Floors of SKUs, margins of categories, and what customers may have below a floor, as the verbs need them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

import attrs

from application.ports.pricing import Later
from domain.floors import SkuFloor
from domain.identity import CategoryId, CustomerId, SkuId
from domain.money import Percentage, UnitPrice
from domain.period import aware


@attrs.frozen(kw_only=True)
class FloorApproval:
    """That a customer may have a SKU below its floor, down to a price of the base unit, until then, and why (特批)."""

    customer_id: CustomerId
    sku_id: SkuId
    lowest: UnitPrice
    until: datetime = attrs.field(validator=aware)
    reason: str


class Floors(Protocol):
    """The floors of the merchant, and who may have something below one."""

    def of_skus(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, UnitPrice]:
        """The least that one of the base unit is sold for, of those of these SKUs that have a floor."""
        ...

    def of_skus_later(self, sku_ids: Collection[SkuId]) -> Later[Mapping[SkuId, UnitPrice]]:
        """Ask for floors, and wait for them when they are needed."""
        found = self.of_skus(sku_ids)
        return lambda: found

    def as_set(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, SkuFloor]:
        """What is set for these SKUs, of those for which something is."""
        ...

    def lock(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, SkuFloor | None]:
        """Tell of each of these SKUs that there is what is set for it, and keep it so until the unit of work ends."""
        ...

    def set(self, floors: Mapping[SkuId, SkuFloor | None]) -> None:
        """Set floors of SKUs, or take them away, after `lock`."""
        ...

    def lock_margins(self, category_ids: Collection[CategoryId]) -> Mapping[CategoryId, Percentage | None]:
        """Tell of each of these categories that there is its margin, and keep it so until the unit of work ends."""
        ...

    def set_margins(self, margins: Mapping[CategoryId, Percentage | None]) -> None:
        """Set margins of categories, or take them away, after `lock_margins`."""
        ...

    def approved(
        self, customer_id: CustomerId, sku_ids: Collection[SkuId], *, at: datetime
    ) -> Mapping[SkuId, UnitPrice]:
        """Down to which price a customer may have these SKUs at this moment, of those that are approved."""
        ...

    def approve(self, approvals: Iterable[FloorApproval]) -> Mapping[SkuId, FloorApproval]:
        """Keep what is approved for one customer in the place of what was before; answer with that."""
        ...
