"""The margin guard (毛利保护), which sees to it that no line is sold below the floor of its SKU."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from domain.identity import SkuId
from domain.merchant import MarginGuard
from domain.money import Money, UnitPrice
from domain.promotions._scope import PricedLine


@attrs.frozen(kw_only=True)
class Guard:
    """What a basket is guarded by: the merchant's policy, and the floors of its SKUs, of one of the base unit."""

    policy: MarginGuard
    floors: Mapping[SkuId, UnitPrice]
    """Of those that have one."""
    approved: Mapping[SkuId, UnitPrice] = MappingProxyType({})
    """Down to which price the customer is allowed some of them, below their floors."""
    guards_whole: bool = False
    """Whether it guards what is taken off the whole, too; not so in orders that were placed before it did."""

    def look(self, at: int, line: PricedLine, net: Money) -> GuardedLine | None:
        """Compare what a line costs after all discounts with its floor; None where it is not below it.

        The floor of the whole quantity is rounded once, as the line itself is.
        """
        price = self.floors.get(line.sku_id)
        if price is None:
            return None
        floor = price.times(line.base_quantity)
        if net.minor >= floor.minor:
            return None
        after = net
        if self.policy is MarginGuard.CAP:
            after = Money(min(floor.minor, line.total.minor), net.currency)
        refused = self.policy is MarginGuard.BLOCK
        if self.policy is MarginGuard.APPROVAL:
            lowest = self.approved.get(line.sku_id)
            refused = lowest is None or net.minor < lowest.times(line.base_quantity).minor
        return GuardedLine(at=at, floor=floor, before=net, after=after, refused=refused)

    def room(self, line: PricedLine, net: Money) -> int:
        """How much may be left off a line that costs so much to make the whole round, in minor units."""
        price = self.floors.get(line.sku_id)
        if price is None:
            return net.minor
        if self.policy is MarginGuard.APPROVAL:
            lowest = self.approved.get(line.sku_id, price)
            price = UnitPrice(min(price.ten_thousandths, lowest.ten_thousandths), price.currency)
        return max(0, net.minor - price.times(line.base_quantity).minor)


@attrs.frozen(kw_only=True)
class GuardedLine:
    """A line that discounts, or its price alone, bring below its floor, and what the guard does about it."""

    at: int
    """Which line of the input it is."""
    floor: Money
    """The least that its quantity is to cost."""
    before: Money
    """What it costs after all discounts."""
    after: Money
    """What it costs after the guard: more where discounts were taken back, never more than before any discount."""
    refused: bool
    """Whether it cannot be ordered so."""

    @property
    def capped(self) -> bool:
        """Whether a discount was taken back."""
        return self.after != self.before
