"""Lists of goods in an order that is worked out first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from adapters.persistence.memory._lens import Lens
from application.authorization import HiddenReason
from application.views.catalog import (
    MOST_COMPARED,
    PricesNotCompared,
    ProductCard,
    ProductSort,
    ProductWant,
    SkuWant,
)
from application.views.pages import Edge, Key, Slice, Window
from domain.best_sellers import MOST_BEST_SELLERS, counted
from domain.catalog import Product
from domain.identity import ProductId
from domain.money import UnitPrice


def compare(lens: Lens, found: Sequence[Product]) -> dict[ProductId, UnitPrice | None]:
    """What goods cost the actor: the lowest price of their SKUs for sale.

    :raises PricesNotCompared: if they are too many.
    """
    skus = {product.id: [sku for sku in product.skus if sku.for_sale] for product in found}
    if sum(map(len, skus.values())) > MOST_COMPARED:
        raise PricesNotCompared(HiddenReason.TOO_MANY_GOODS)
    want = SkuWant(price=True)
    priced = {id: [lens.sku(sku, want).first_price for sku in of_it] for id, of_it in skus.items()}
    return {
        id: min(
            (price for price in prices if price is not None),
            key=lambda price: price.ten_thousandths,
            default=None,
        )
        for id, prices in priced.items()
    }


def price_keys(lens: Lens, found: Sequence[Product], sort: ProductSort) -> dict[ProductId, Key]:
    """Where goods stand by price."""

    def key(id: ProductId, price: UnitPrice | None) -> Key:
        if price is None:
            return (1, 0, id)
        paid = price.ten_thousandths
        return (0, paid if sort is ProductSort.PRICE_ASCENDING else -paid, id)

    return {id: key(id, price) for id, price in compare(lens, found).items()}


def best_selling(
    lens: Lens, found: Sequence[Product], *, window: Window, want: ProductWant, count: bool
) -> Slice[ProductCard]:
    """What stands in most lines first, then everything else."""
    sold = _sold(lens)
    in_order = sorted(found, key=lambda one: (one.position, one.id))
    ranked = sorted((one for one in in_order if sold[one.id]), key=lambda one: -sold[one.id])
    best = ranked[:MOST_BEST_SELLERS]
    rest = [one for one in in_order if one not in best]
    keys: list[Key] = [*((0, 0, one.id) for one in best), *((1, one.position, one.id) for one in rest)]

    def place(key: Key, *, beyond: int) -> int:
        """How many come before the key, or up to it."""
        if key[0] == 0:
            return keys.index(key) + beyond if key in keys else len(best)
        return (bisect_right if beyond else bisect_left)(keys, key, lo=len(best))

    start = 0 if window.after is None else place(window.after, beyond=1)
    end = len(keys) if window.before is None else place(window.before, beyond=0)
    within = [*zip(keys, [*best, *rest], strict=True)][start:end]
    page = within[-window.size :] if window.backwards else within[: window.size]
    more = len(within) > len(page)
    return Slice(
        edges=tuple(Edge(key, lens.product(product, want)) for key, product in page),
        has_next=window.before is not None if window.backwards else more,
        has_previous=more if window.backwards else window.after is not None,
        total=len(found) if count else None,
    )


def _sold(lens: Lens) -> Counter[ProductId]:
    """In how many lines of orders that count each product stands."""
    period = counted(at=lens.at, time_zone=lens.actor.merchant.time_zone)
    return Counter(
        line.product_id
        for order in lens.shop.orders.values()
        if order.placed_at in period and order.stands
        for line in order.lines
        if line.gift_value is None
    )
