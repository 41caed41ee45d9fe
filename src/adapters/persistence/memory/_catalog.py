"""The catalog as readers see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._pages import cut, has
from adapters.persistence.memory._shops import Shop, Vault
from application.authorization import Actor, price_hidden_from, stock_figure_hidden_from
from application.views.catalog import (
    BrandCard,
    Catalog,
    CategoryCard,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
    SkuCard,
    SkuWant,
    StockLevel,
)
from application.views.pages import Key, Slice, Window
from domain.catalog import Brand, Category, Product, Sku, StockStatus
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId
from domain.pricing import NO_PRICES, SkuPrices
from domain.quantity import NONE

_KEYS: Mapping[ProductSort, Callable[[Product], Key]] = {
    ProductSort.POSITION: lambda product: (product.position, product.id),
    ProductSort.NAME: lambda product: (product.name, product.id),
    ProductSort.NEWEST: lambda product: (product.id,),
}


@attrs.frozen
class MemoryCatalog(Catalog):
    """What one actor sees of the catalog at one moment."""

    vault: Vault
    actor: Actor
    at: datetime

    async def products(
        self, *, window: Window, filter: ProductFilter, sort: ProductSort, want: ProductWant, count: bool
    ) -> Slice[ProductCard]:
        lens = self._lens()
        return cut(
            (product for product in lens.shop.products.values() if _kept(lens.shop, product, filter)),
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
        found = (lens.shop.products[id] for id in set(ids) if id in lens.shop.products)
        return {product.id: lens.product(product, want) for product in found}

    async def skus_by_id(self, ids: Collection[SkuId], *, want: SkuWant) -> Mapping[SkuId, SkuCard]:
        lens = self._lens()
        return {id: lens.sku(lens.shop.sku(id), want) for id in set(ids) if id in lens.shop.skus}

    async def find_sku(self, *, code: SkuCode | None, barcode: str | None, want: SkuWant) -> SkuCard | None:
        lens = self._lens()
        found = lens.shop.codes.get(code) if code is not None else None
        if found is None and barcode is not None:
            skus = (sku for product in lens.shop.products.values() for sku in product.skus)
            of_barcode = sorted((sku.code, sku.id) for sku in skus if sku.barcode == barcode)
            found = of_barcode[0][1] if of_barcode else None
        return None if found is None else lens.sku(lens.shop.sku(found), want)

    async def categories(self, *, parent: CategoryId | None) -> tuple[CategoryCard, ...]:
        below = (one for one in self._lens().shop.categories.values() if one.parent_id == parent)
        return tuple(_category(one) for one in sorted(below, key=lambda one: (one.position, one.id)))

    async def categories_by_id(self, ids: Collection[CategoryId]) -> Mapping[CategoryId, CategoryCard]:
        known = self._lens().shop.categories
        return {id: _category(known[id]) for id in set(ids) if id in known}

    async def brands(self) -> tuple[BrandCard, ...]:
        known = self._lens().shop.brands.values()
        return tuple(_brand(one) for one in sorted(known, key=lambda one: (one.name, one.id)))

    async def brands_by_id(self, ids: Collection[BrandId]) -> Mapping[BrandId, BrandCard]:
        known = self._lens().shop.brands
        return {id: _brand(known[id]) for id in set(ids) if id in known}

    def _lens(self) -> _Lens:
        return _Lens(self.vault.shop(self.actor.merchant_id), self.actor, self.at)


@attrs.frozen
class _Lens:
    """Turns what is stored into what the actor may see of it."""

    shop: Shop
    actor: Actor
    at: datetime

    def product(self, product: Product, want: ProductWant) -> ProductCard:
        wanted = want.skus
        skus = (sku for sku in product.skus if sku.for_sale)
        brand = self.shop.brands.get(product.brand_id) if want.brand and product.brand_id else None
        place = product.category_id if want.category else None
        return ProductCard(
            id=product.id,
            name=product.name,
            description=product.description if want.description else "",
            for_sale=product.for_sale,
            brand=_brand(brand) if brand else None,
            category=_category(self.shop.categories[place]) if place else None,
            skus=tuple(self.sku(sku, wanted) for sku in skus) if wanted else (),
        )

    def sku(self, sku: Sku, want: SkuWant) -> SkuCard:
        hidden = price_hidden_from(self.actor)
        return SkuCard(
            id=sku.id,
            code=sku.code,
            name=sku.name,
            product_id=self.shop.skus[sku.id],
            unit=sku.unit,
            min_quantity=sku.rule.minimum,
            quantity_step=sku.rule.step,
            barcode=sku.barcode,
            options=sku.options,
            packs=sku.packs,
            for_sale=sku.for_sale,
            prices=self._prices(sku) if want.price and not hidden else NO_PRICES,
            price_hidden=hidden,
            stock=self._stock(sku) if want.stock else None,
        )

    def _prices(self, sku: Sku) -> SkuPrices:
        ladders = self.shop.ladders_for(self.actor.customer_id, sku.id)
        return SkuPrices.of(ladders, at=self.at, scale=self.actor.merchant.price_scale)

    def _stock(self, sku: Sku) -> StockLevel:
        available, hidden = self.shop.available(sku.id), stock_figure_hidden_from(self.actor)
        low = self.actor.merchant.low_stock if sku.low_stock is None else sku.low_stock
        return StockLevel(
            status=StockStatus.of(available, low=low),
            available=None if hidden else available,
            available_hidden=hidden,
        )


def _kept(shop: Shop, product: Product, filter: ProductFilter) -> bool:
    """Tell whether the product is for sale, with a SKU that is, and everything asked for holds."""
    skus = [sku for sku in product.skus if sku.for_sale]
    return (
        product.for_sale
        and bool(skus)
        and (filter.category is None or _within(shop, product, filter.category))
        and (filter.brand is None or product.brand_id == filter.brand)
        and (not filter.text or _named(product, skus, filter.text))
        and (filter.in_stock is None or filter.in_stock is _any_there(shop, skus))
    )


def _within(shop: Shop, product: Product, category_id: CategoryId) -> bool:
    if product.category_id is None:
        return False
    return category_id in (product.category_id, *shop.categories[product.category_id].ancestors)


def _named(product: Product, skus: list[Sku], text: str) -> bool:
    words = (word for sku in skus for word in (sku.name, sku.code, sku.barcode or ""))
    return any(has(word, part=text) for word in (product.name, *words))


def _any_there(shop: Shop, skus: list[Sku]) -> bool:
    return any(shop.available(sku.id) > NONE for sku in skus)


def _brand(brand: Brand) -> BrandCard:
    return BrandCard(id=brand.id, name=brand.name)


def _category(category: Category) -> CategoryCard:
    return CategoryCard(id=category.id, name=category.name, parent_id=category.parent_id)
