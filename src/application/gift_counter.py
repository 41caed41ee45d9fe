"""Where gifts come from: what may be given away is asked for together with what is ordered.

Which goods these are says the answer to a question that travels with the basket. Nobody waits for it: what the
merchant's promotions gave when somebody asked last is asked for as well. That is a guess, and no more: what it leaves
out is asked for afterwards, what it says too much is looked at by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from application.ports.storage import Later, Storage
from domain.catalog import Listing
from domain.identity import MerchantId, SkuId
from domain.money import UnitPrice
from domain.price_choice import NO_PRICES, SkuPrices
from domain.promotions import Gift, Promotion
from domain.quantity import NONE, Quantity
from domain.quoting import GiftShelf

MOST_MERCHANTS, MOST_GIFTS = 1_000, 50
"""Of so many merchants is remembered what they gave lately, of each so many goods."""
_ONE = Quantity(1000)
_lately: dict[MerchantId, frozenset[SkuId]] = {}


def given_lately(merchant_id: MerchantId) -> frozenset[SkuId]:
    """What a merchant's promotions gave when somebody asked last."""
    return _lately.get(merchant_id, frozenset())


def note(merchant_id: MerchantId, sku_ids: frozenset[SkuId]) -> None:
    """Remember what a merchant's promotions give to somebody."""
    known = given_lately(merchant_id)
    if sku_ids <= known or len(sku_ids) > MOST_GIFTS:
        return
    if len(_lately) >= MOST_MERCHANTS:
        _lately.clear()
    _lately[merchant_id] = sku_ids if len(known | sku_ids) > MOST_GIFTS else known | sku_ids


@attrs.frozen(kw_only=True)
class GiftCounter:
    """The goods that a customer's promotions and coupons give; whatever is not shown to the actor is none of them."""

    sku_ids: frozenset[SkuId]
    listings: Later[tuple[Listing, ...]]

    @classmethod
    def ask(cls, storage: Storage, promotions: Iterable[Promotion]) -> GiftCounter:
        """Ask for the goods, and wait for them when they are needed; where nothing is given nothing is asked."""
        return cls.with_those(storage, promotions, found=())

    @classmethod
    def with_those(
        cls, storage: Storage, promotions: Iterable[Promotion], *, found: Sequence[Listing]
    ) -> GiftCounter:
        """Ask for those of the goods that were not found already."""
        effects = (one.effect for one in promotions)
        sku_ids = frozenset(
            goods.sku_id
            for effect in effects
            if isinstance(effect, Gift)
            for goods in (*effect.goods, *effect.substitutes)
        )
        there = tuple(one for one in found if one.sku.id in sku_ids)
        missing = storage.products.listings_later(ids=sku_ids - {one.sku.id for one in there})
        return cls(sku_ids=sku_ids, listings=lambda: (*there, *missing()))

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
