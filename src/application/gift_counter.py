"""Where gifts come from: what may be given away is asked for together with what is ordered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from application.ports.storage import Later, Storage
from domain.catalog import Listing
from domain.identity import SkuId
from domain.money import UnitPrice
from domain.price_choice import NO_PRICES, SkuPrices
from domain.promotions import Gift, Promotion
from domain.quantity import NONE, Quantity
from domain.quoting import GiftShelf

_ONE = Quantity(1000)


@attrs.frozen(kw_only=True)
class GiftCounter:
    """The goods that a customer's promotions and coupons give; whatever is not shown to the actor is none of them."""

    sku_ids: frozenset[SkuId]
    listings: Later[tuple[Listing, ...]]

    @classmethod
    def ask(cls, storage: Storage, promotions: Iterable[Promotion]) -> GiftCounter:
        """Ask for the goods, and wait for them when they are needed; where nothing is given nothing is asked."""
        effects = (one.effect for one in promotions)
        sku_ids = frozenset(
            goods.sku_id
            for effect in effects
            if isinstance(effect, Gift)
            for goods in (*effect.goods, *effect.substitutes)
        )
        return cls(sku_ids=sku_ids, listings=storage.products.listings_later(ids=sku_ids))

    def gifts(
        self, prices: Mapping[SkuId, SkuPrices], available: Mapping[SkuId, Quantity]
    ) -> Mapping[SkuId, GiftShelf]:
        """What can be given: the goods for sale that have a price, which is what a gift is worth."""
        found: dict[SkuId, GiftShelf] = {}
        for listing in self.listings():
            id = listing.sku.id
            worth = _worth(prices.get(id, NO_PRICES))
            if worth is not None and listing.for_sale:
                found[id] = GiftShelf(listing=listing, unit_price=worth, available=available.get(id, NONE))
        return found


def _worth(prices: SkuPrices) -> UnitPrice | None:
    """What one costs the customer; where one alone is not sold, what it costs at the lowest break of the base price."""
    price = prices.price(quantity=_ONE)
    if price is not None:
        return price.unit_price
    return prices.base[0].unit_price if prices.base else None
