"""The catalog as readers see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._lens import Lens, brand_card
from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from adapters.persistence.wording import Sought, Wording
from application.authorization import Actor
from application.views.catalog import (
    BrandCard,
    Catalog,
    CategoryCard,
    CategoryWant,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
    SkuCard,
    SkuWant,
)
from application.views.pages import Key, Slice, Window
from domain.catalog import Product, Sku
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId
from domain.quantity import NONE

_KEYS: Mapping[ProductSort, Callable[[Product], Key]] = {
    ProductSort.POSITION: lambda product: (product.position, product.id),
    ProductSort.NAME: lambda product: (product.name, product.id),
    ProductSort.NEWEST: lambda product: (product.id,),
}


@attrs.frozen
class MemoryCatalog(Catalog):
    """What one actor sees of the catalog at one moment."""

    vault: Shops
    actor: Actor
    at: datetime

    async def products(
        self, *, window: Window, filter: ProductFilter, sort: ProductSort, want: ProductWant, count: bool
    ) -> Slice[ProductCard]:
        lens = self._lens()
        return cut(
            (
                product
                for product in lens.shop.products.values()
                if lens.shows(product.id) and _kept(lens.shop, product, filter)
            ),
            window,
            key=_KEYS[sort],
            card=lambda product: lens.product(product, want),
            count=count,
            descending=sort is ProductSort.NEWEST,
        )

    async def products_by_id(
        self, ids: Collection[ProductId], *, want: ProductWant
    ) -> Mapping[ProductId, ProductCard]:
        lens = self._lens()
        found = (lens.shop.products[id] for id in set(ids) if id in lens.shop.products and lens.shows(id))
        return {product.id: lens.product(product, want) for product in found}

    async def skus_by_id(self, ids: Collection[SkuId], *, want: SkuWant) -> Mapping[SkuId, SkuCard]:
        lens = self._lens()
        return {id: lens.sku(lens.shop.sku(id), want) for id in set(ids) if lens.shows_sku(id)}

    async def find_sku(self, *, code: SkuCode | None, barcode: str | None, want: SkuWant) -> SkuCard | None:
        lens = self._lens()
        found = lens.shop.codes.get(code) if code is not None else None
        if found is not None and not lens.shows_sku(found):
            found = None
        if found is None and barcode is not None:
            skus = (sku for product in lens.shop.products.values() for sku in product.skus)
            shown = (sku for sku in skus if lens.shows_sku(sku.id))
            of_barcode = sorted((sku.code, sku.id) for sku in shown if sku.barcode == barcode)
            found = of_barcode[0][1] if of_barcode else None
        return None if found is None else lens.sku(lens.shop.sku(found), want)

    async def categories(self, *, parent: CategoryId | None, want: CategoryWant) -> tuple[CategoryCard, ...]:
        lens = self._lens()
        below = (one for one in lens.shop.categories.values() if one.parent_id == parent)
        return tuple(
            lens.category(one, want) for one in sorted(below, key=lambda one: (one.position, one.id))
        )

    async def categories_by_id(
        self, ids: Collection[CategoryId], *, want: CategoryWant
    ) -> Mapping[CategoryId, CategoryCard]:
        lens = self._lens()
        known = lens.shop.categories
        return {id: lens.category(known[id], want) for id in set(ids) if id in known}

    async def brands(self) -> tuple[BrandCard, ...]:
        known = self._lens().shop.brands.values()
        return tuple(brand_card(one) for one in sorted(known, key=lambda one: (one.name, one.id)))

    async def brands_by_id(self, ids: Collection[BrandId]) -> Mapping[BrandId, BrandCard]:
        known = self._lens().shop.brands
        return {id: brand_card(known[id]) for id in set(ids) if id in known}

    def _lens(self) -> Lens:
        return Lens(self.vault, self.actor, self.at)


def _kept(shop: Shop, product: Product, filter: ProductFilter) -> bool:
    """Tell whether the product is for sale, with a SKU that is, and everything asked for holds."""
    skus = [sku for sku in product.skus if sku.for_sale]
    return (
        product.for_sale
        and bool(skus)
        and (filter.category is None or _within(shop, product, filter.category))
        and (filter.brand is None or product.brand_id == filter.brand)
        and ((sought := Sought.of(filter.text)) is None or sought.finds(Wording.of(product)))
        and (filter.in_stock is None or filter.in_stock is _any_there(shop, skus))
    )


def _within(shop: Shop, product: Product, category_id: CategoryId) -> bool:
    if product.category_id is None:
        return False
    return category_id in (product.category_id, *shop.categories[product.category_id].ancestors)


def _any_there(shop: Shop, skus: list[Sku]) -> bool:
    return any(shop.available(sku.id) > NONE for sku in skus)
