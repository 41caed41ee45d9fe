"""The catalog as readers see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import attrs

from adapters.persistence.memory._lens import Lens, brand_card
from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._rankings import best_selling, compare, price_keys
from adapters.persistence.memory._shops import Shop, Shops
from adapters.persistence.wording import Sought, Wording
from application.authorization import Actor, price_hidden_from
from application.views.catalog import (
    BY_PRICE,
    BrandCard,
    Catalog,
    CategoryCard,
    CategoryWant,
    OptionFilter,
    PricesNotCompared,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
    SkuCard,
    SkuWant,
    check_compared,
)
from application.views.facets import Counted, Facets, FacetsWant
from application.views.pages import Key, Slice, Window
from domain.catalog import Option, Product, Sku
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId
from domain.money import UnitPrice
from domain.quantity import NONE

T = TypeVar("T")

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
        check_compared(self.actor, filter, sort)
        lens = self._lens()
        found = self._found(lens, filter)
        if sort is ProductSort.BEST_SELLING:
            return best_selling(lens, found, window=window, want=want, count=count)
        by_price = price_keys(lens, found, sort) if sort in BY_PRICE else {}

        def key(product: Product) -> Key:
            if sort is ProductSort.RELEVANCE:
                return (0 if product.id in lens.bought else 1, product.position, product.id)
            return by_price[product.id] if by_price else _KEYS[sort](product)

        return cut(
            found,
            window,
            key=key,
            card=lambda product: lens.product(product, want),
            count=count,
            descending=sort is ProductSort.NEWEST,
        )

    async def facets(
        self, *, filter: ProductFilter, want: FacetsWant, edges: Collection[UnitPrice] = ()
    ) -> Facets:
        check_compared(self.actor, filter)
        lens = self._lens()
        if filter.price is not None:
            compare(lens, self._found(lens, _widened(filter, want)))

        def many(**other: Any) -> int:
            return len(self._found(lens, attrs.evolve(filter, **other)))

        def each(products: list[Product], choices: Callable[[Product], Iterable[T]]) -> Counter[T]:
            return Counter(choice for product in products for choice in set(choices(product)))

        anywhere = attrs.evolve(filter, category=None, categories=frozenset())
        of_any = attrs.evolve(filter, brand=None, brands=frozenset())
        known = lens.shop.categories
        tree = {
            one.id: lens.category(one, CategoryWant())
            for one in sorted(known.values(), key=lambda one: (one.position, one.id))
        }
        categories = each(
            self._found(lens, anywhere) if want.categories else [],
            lambda one: (one.category_id, *known[one.category_id].ancestors) if one.category_id else (),
        )
        brands = each(
            self._found(lens, of_any) if want.brands else [],
            lambda one: (one.brand_id,) if one.brand_id else (),
        )
        hidden, prices = price_hidden_from(self.actor) if want.prices else None, None
        if want.prices and hidden is None:
            try:
                costs = compare(lens, self._found(lens, attrs.evolve(filter, price=None)))
                prices = Facets.prices_of(costs.values(), edges)
            except PricesNotCompared as refused:
                hidden = refused.reason
        return Facets(
            total=many(),
            categories=Facets.categories_of(categories, tree, want.categories) if want.categories else (),
            brands=Facets.brands_of(
                Counted(brand_card(lens.shop.brands[id]), count) for id, count in brands.items()
            ),
            options=Facets.options_of(self._options(lens, filter) if want.options else ()),
            in_stock=many(in_stock=True) if want.stock else 0,
            out_of_stock=many(in_stock=False) if want.stock else 0,
            bought_before=many(bought_before=True) if want.bought_before else 0,
            prices=prices,
            prices_hidden=hidden,
        )

    def _options(self, lens: Lens, filter: ProductFilter) -> Iterator[tuple[Option, int]]:
        """Every option of the goods, each with how many would be found with it alone in its facet."""
        everything = {
            option for one in lens.shop.products.values() for sku in one.skus for option in sku.options
        }
        for option in everything:
            others = (one for one in filter.options if one.name != option.name)
            alone = OptionFilter(name=option.name, values=frozenset({option.value}))
            many = len(self._found(lens, attrs.evolve(filter, options=(*others, alone))))
            if many:
                yield option, many

    def _found(self, lens: Lens, filter: ProductFilter) -> list[Product]:
        products = lens.shop.products.values()
        found = [one for one in products if lens.shows(one.id) and _kept(lens, one, filter)]
        if filter.price is None:
            return found
        prices = compare(lens, found)
        return [one for one in found if (price := prices[one.id]) is not None and price in filter.price]

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


def _widened(filter: ProductFilter, want: FacetsWant) -> ProductFilter:
    """The filter without all that any facet is counted without."""
    anything: dict[str, Any] = {"price": None}
    if want.categories:
        anything |= {"category": None, "categories": frozenset()}
    if want.brands:
        anything |= {"brand": None, "brands": frozenset()}
    if want.options:
        anything["options"] = ()
    if want.stock:
        anything["in_stock"] = None
    if want.bought_before:
        anything["bought_before"] = None
    return attrs.evolve(filter, **anything)


def _kept(lens: Lens, product: Product, filter: ProductFilter) -> bool:
    """Tell whether the product is for sale, with a SKU that is, and everything asked for holds."""
    shop = lens.shop
    skus = [sku for sku in product.skus if sku.for_sale and _meets(sku, filter.options)]
    within = [filter.category] if filter.category else []
    return (
        product.for_sale
        and bool(skus)
        and all(_within(shop, product, one) for one in within)
        and (not filter.categories or any(_within(shop, product, one) for one in filter.categories))
        and (filter.brand is None or product.brand_id == filter.brand)
        and (not filter.brands or product.brand_id in filter.brands)
        and ((sought := Sought.of(filter.text)) is None or _says(lens, product, sought))
        and (filter.in_stock is None or filter.in_stock is _any_there(shop, skus))
        and (filter.bought_before is None or filter.bought_before is (product.id in lens.bought))
    )


def _says(lens: Lens, product: Product, sought: Sought) -> bool:
    """Tell whether the text is a part of what the product goes by, or of what the actor's company calls it."""
    ids = {sku.id for sku in product.skus if sku.for_sale}
    own = [
        name
        for (customer_id, name), (sku_id, _) in lens.shop.own_names.items()
        if customer_id == lens.actor.customer_id and sku_id in ids
    ]
    return sought.finds(Wording.of(product)) or any(sought.finds(Wording.of_texts([name])) for name in own)


def _meets(sku: Sku, options: Iterable[OptionFilter]) -> bool:
    return all(
        any(option.name == one.name and option.value in one.values for option in sku.options)
        for one in options
    )


def _within(shop: Shop, product: Product, category_id: CategoryId) -> bool:
    if product.category_id is None:
        return False
    return category_id in (product.category_id, *shop.categories[product.category_id].ancestors)


def _any_there(shop: Shop, skus: list[Sku]) -> bool:
    return any(shop.available(sku.id) > NONE for sku in skus)
