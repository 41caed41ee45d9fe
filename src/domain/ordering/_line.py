"""A line of an order."""

from __future__ import annotations

import attrs

from domain.identity import ProductId, SkuCode, SkuId
from domain.money import Money, Percentage, UnitPrice
from domain.pricing import PriceSource
from domain.quantity import NONE, Quantity
from domain.quoting import QuoteGift

_WHOLE = 10_000
"""Hundredths of a percent."""


@attrs.frozen(kw_only=True)
class LineWeight:
    """That a line costs what it weighs when it is picked, as its SKU said when it was ordered (称重)."""

    unit_code: str
    """The base unit, in which weights are."""
    unit_name: str
    tolerance: Percentage
    """By how much it may weigh more or less than was ordered."""
    actual: Quantity | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.gt(NONE))
    )
    """What it weighs; None until that is known."""


@attrs.frozen(kw_only=True)
class OrderLine:
    """One SKU in one unit, as it was promised: that never changes afterwards. What it weighs stands beside it."""

    sku_id: SkuId
    sku_code: SkuCode
    sku_name: str
    product_id: ProductId
    unit_code: str
    unit_name: str
    quantity: Quantity = attrs.field(validator=attrs.validators.gt(NONE))
    base_quantity: Quantity = attrs.field(validator=attrs.validators.gt(NONE))
    unit_price: UnitPrice
    list_price: UnitPrice
    price_source: PriceSource
    total: Money
    """The price times the quantity."""
    discount: Money = attrs.field(
        default=attrs.Factory(lambda self: Money(0, self.total.currency), takes_self=True)
    )
    """What promotions took off it, and its share of what was taken off the order as a whole."""
    gift_value: Money | None = None
    """Of a gift: what it would have cost."""
    weight: LineWeight | None = None
    """Where it costs what it weighs; what it was to weigh is its base quantity."""

    def __attrs_post_init__(self) -> None:
        if self.total != self.unit_price.times(self.quantity):
            raise ValueError("a line costs its price times its quantity")
        if not 0 <= self.discount.minor <= self.total.minor:
            raise ValueError("nothing takes off more than a line costs")
        if self.gift_value is not None and self.total.minor:
            raise ValueError("a gift costs nothing")

    @property
    def net(self) -> Money:
        """What the line costs after all that was taken off."""
        return self.total - self.discount

    @property
    def weighs(self) -> Quantity:
        """What there is of it, in the base unit: what was weighed, or what was ordered."""
        actual = None if self.weight is None else self.weight.actual
        return self.base_quantity if actual is None else actual

    @property
    def settled_total(self) -> Money:
        """Its price times what it weighs; what was ordered counts until that is known.

        What was ordered in pieces costs its price a piece by the share of what the pieces were to weigh.
        """
        if self.weighs == self.base_quantity:
            return self.total
        return self.unit_price.weighed(self.quantity, nominal=self.base_quantity, actual=self.weighs)

    @property
    def settled_discount(self) -> Money:
        """What is taken off it then: as large a share as it costs of what was promised."""
        if not self.discount.minor or self.settled_total == self.total:
            return self.discount
        return self.discount.scaled(self.settled_total, self.total)

    @property
    def settled_net(self) -> Money:
        """What it costs by its weight after all that was taken off."""
        return self.settled_total - self.settled_discount

    def outside(self, actual: Quantity) -> tuple[Quantity, Quantity] | None:
        """The least and the most that a weighed line may weigh, where this is neither between them nor one of them."""
        assert self.weight is not None, "only lines that are weighed come here"
        nominal, hundredths = self.base_quantity.thousandths, self.weight.tolerance.hundredths
        more = nominal * hundredths // _WHOLE
        lowest, highest = Quantity(max(1, nominal - more)), Quantity(nominal + more)
        return None if lowest <= actual <= highest else (lowest, highest)

    def weigh(self, actual: Quantity) -> OrderLine:
        """Say what a weighed line weighs."""
        assert self.weight is not None, "only lines that are weighed come here"
        return attrs.evolve(self, weight=attrs.evolve(self.weight, actual=actual))

    @classmethod
    def given(cls, one: QuoteGift) -> OrderLine:
        """A gift, in its base unit."""
        sku, gift = one.listing.sku, one.gift
        nothing = UnitPrice(0, one.unit_price.currency)
        return cls(
            sku_id=sku.id,
            sku_code=sku.code,
            sku_name=sku.name,
            product_id=one.listing.product_id,
            unit_code=sku.unit.code,
            unit_name=sku.unit.name,
            quantity=gift.quantity,
            base_quantity=gift.quantity,
            unit_price=nothing,
            list_price=one.unit_price,
            price_source=PriceSource.BASE,
            total=nothing.times(gift.quantity),
            gift_value=gift.value,
        )
