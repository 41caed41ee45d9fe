"""A line of an order."""

from __future__ import annotations

import attrs

from domain.identity import ProductId, SkuCode, SkuId
from domain.money import Money, UnitPrice
from domain.pricing import PriceSource
from domain.quantity import NONE, Quantity
from domain.quoting import QuoteGift


@attrs.frozen(kw_only=True)
class OrderLine:
    """One SKU in one unit, as it was promised: it never changes afterwards."""

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
