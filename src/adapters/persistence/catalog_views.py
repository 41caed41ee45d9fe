"""The catalog as readers see it: goods with their own price and stock, straight from rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs

from adapters.persistence.catalog import SKU
from adapters.persistence.catalog_cards import (
    PRODUCT,
    category_card,
    grouped,
    product_card,
    sku_cards,
)
from adapters.persistence.catalog_statements import (
    BRANDS,
    BRANDS_BY_ID,
    CATEGORIES_BY_ID,
    CHILDREN,
    ROOTS,
    Filter,
    Part,
    goods_by_id,
    goods_count,
    goods_page,
    relevant_page,
    skus_by,
)
from adapters.persistence.compared import read_compared
from adapters.persistence.facets import read_facets, widened
from adapters.persistence.made import brand_id, product_id
from adapters.persistence.options import pairs_asked
from adapters.persistence.paging import Shape, cut, page_of, page_parameters
from adapters.persistence.pricing import Rates
from adapters.persistence.promotion_views import read_promotions_of
from adapters.persistence.purchases import buying
from adapters.persistence.rankings import BEST, REST, Split, best_sellers, between, by_price, counting, filled
from adapters.persistence.search import look_up
from adapters.persistence.special_prices import read_offers
from adapters.persistence.statements import Ask, Reader, Row, Rows
from adapters.persistence.visibility import RULES, limits, visibilities_of
from adapters.persistence.wording import Sought
from application.authorization import price_hidden_from, sees_all_goods
from application.views.catalog import (
    BY_PRICE,
    EVERYTHING,
    BrandCard,
    Catalog,
    CategoryCard,
    CategoryWant,
    PricesNotCompared,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
    SkuCard,
    SkuWant,
    check_compared,
)
from application.views.facets import Facets, FacetsWant
from application.views.pages import Edge, Key, Slice, Window
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId
from domain.money import UnitPrice
from domain.visibility import FOR_EVERYONE

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_PRICED = SkuWant(price=True)
_KEYS: Mapping[ProductSort, Callable[[Row], Key]] = {
    ProductSort.RELEVANCE: lambda row: (row[10], row[3], row[0]),
    ProductSort.POSITION: lambda row: (row[3], row[0]),
    ProductSort.NAME: lambda row: (row[1], row[0]),
    ProductSort.NEWEST: lambda row: (row[0],),
}


@attrs.frozen
class SqlCatalog(Catalog):
    """What one actor sees of the catalog at one moment."""

    sight: Sight

    async def products(
        self, *, window: Window, filter: ProductFilter, sort: ProductSort, want: ProductWant, count: bool
    ) -> Slice[ProductCard]:
        check_compared(self.sight.actor, filter, sort)

        def reader() -> Reader[Slice[ProductCard]]:
            rates = yield from self._rates(want.skus)
            which, asked = yield from self._which(filter)
            if sort in BY_PRICE:
                prices = yield from self._compared(filter, which, asked, rates)
                keys = by_price(prices, descending=sort is ProductSort.PRICE_DESCENDING)
                page = yield from self._by_key(keys, window, want, rates)
                return attrs.evolve(page, total=len(keys) if count else None)
            if filter.price is not None:
                prices = yield from self._compared(filter, which, asked, rates)
                which, asked = attrs.evolve(which, priced=True), {**asked, "priced": sorted(prices)}
            if sort is ProductSort.BEST_SELLING:
                page = yield from self._best_selling(window, which, want, asked, rates)
                return attrs.evolve(page, total=(yield from _total(which, asked)) if count else None)
            parameters = {**asked, **_lists(rates)}
            if sort is ProductSort.RELEVANCE and not (which.text and which.text.few):
                rows = yield from self._relevant(window, which, want, parameters)
            else:
                shape = Shape.of(window, descending=sort is ProductSort.NEWEST)
                given = {**parameters, **page_parameters(window)}
                rows = yield Ask(goods_page(shape, which, sort, want), given)
            total = (yield from _total(which, asked)) if count else None
            heads, cards = yield from self._cards(rows, want, rates)
            return cut(heads, window, key=_KEYS[sort], nodes=page_of(cards, window), total=total)

        return await self.sight.read(reader)

    async def facets(
        self, *, filter: ProductFilter, want: FacetsWant, edges: Collection[UnitPrice] = ()
    ) -> Facets:
        check_compared(self.sight.actor, filter)

        def reader() -> Reader[Facets]:
            which, asked = yield from self._which(filter)
            plain, compares = which, want.prices or filter.price is not None
            rates = (yield from self._rates(_PRICED)) if compares else None
            if filter.price is not None:
                prices = yield from self._compared(filter, widened(which, want), asked, rates)
                which, asked = attrs.evolve(which, priced=True), {**asked, "priced": sorted(prices)}
            facets = yield from read_facets(filter, which, want, asked)
            if not want.prices:
                return facets
            return (yield from self._with_prices(facets, plain, asked, edges, rates))

        return await self.sight.read(reader)

    def _which(self, filter: ProductFilter) -> Reader[tuple[Filter, dict[str, Any]]]:
        """Which conditions a filter comes to, and their parameters."""
        actor, sought = self.sight.actor, Sought.of(filter.text)
        given = {"merchant_id": actor.merchant_id, "category_id": filter.category, "brand_id": filter.brand}
        asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        asked |= {**limits(actor), **buying(actor), **pairs_asked(filter.options)}
        for name, ids in (("category_ids", filter.categories), ("brand_ids", filter.brands)):
            if ids:
                asked[name] = sorted(ids)
        text = None
        if sought is not None:
            text, words = yield from look_up(actor, sought)
            asked |= words
        which = Filter(
            category=filter.category is not None,
            categories=bool(filter.categories),
            brand=filter.brand is not None,
            brands=bool(filter.brands),
            options=len(filter.options),
            text=text,
            in_stock=filter.in_stock,
            bought=filter.bought_before,
            limited=self._limited(),
        )
        return which, asked

    def _relevant(
        self, window: Window, which: Filter, want: ProductWant, parameters: Mapping[str, Any]
    ) -> Reader[Rows]:
        """The rows of a page by relevance, of those parts of the list that the window's keys leave."""
        ranks: tuple[bool | None, ...] = (None,) if self.sight.actor.customer_id is None else (True, False)
        low, high = (None if key is None else key[0] for key in (window.after, window.before))
        parts = tuple(
            Part(bought=bought, after=low == rank, before=high == rank)
            for bought, rank in ((one, 0 if one else 1) for one in ranks)
            if (low is None or int(low) <= rank) and (high is None or int(high) >= rank)
        )
        if not parts:
            return []
        inner = attrs.evolve(
            window, after=window.after and window.after[1:], before=window.before and window.before[1:]
        )
        asked = {**parameters, **page_parameters(inner)}
        return (yield Ask(relevant_page(Shape.of(inner), parts, which, want), asked))

    def _compared(
        self, filter: ProductFilter, which: Filter, asked: Mapping[str, Any], rates: Rates | None
    ) -> Reader[dict[ProductId, UnitPrice | None]]:
        """What everything costs that is found, and that has a price that is asked for."""
        rates = rates or (yield from self.sight.read_rates())
        prices = yield from read_compared(self.sight, which, asked, rates)
        asked_for = filter.price
        if asked_for is None:
            return prices
        return {id: price for id, price in prices.items() if price is not None and price in asked_for}

    def _with_prices(
        self,
        facets: Facets,
        which: Filter,
        asked: Mapping[str, Any],
        edges: Collection[UnitPrice],
        rates: Rates | None,
    ) -> Reader[Facets]:
        """The facets with what is found by its price, whatever prices are asked for."""
        hidden = price_hidden_from(self.sight.actor)
        if hidden is None:
            try:
                prices = yield from self._compared(EVERYTHING, which, asked, rates)
            except PricesNotCompared as refused:
                hidden = refused.reason
            else:
                return attrs.evolve(facets, prices=Facets.prices_of(prices.values(), edges))
        return attrs.evolve(facets, prices_hidden=hidden)

    def _by_key(
        self, keys: Sequence[Key], window: Window, want: ProductWant, rates: Rates | None
    ) -> Reader[Slice[ProductCard]]:
        """The page of a list whose keys are known, which end with ids."""
        some = [(key, product_id(str(key[-1]))) for key in between(keys, window)]
        cards = (yield from self._by_id([id for _, id in some], want, rates)) if some else {}
        return filled([Edge(key, cards[id]) for key, id in some], window)

    def _best_selling(
        self, window: Window, which: Filter, want: ProductWant, asked: Mapping[str, Any], rates: Rates | None
    ) -> Reader[Slice[ProductCard]]:
        """The page of what sells best, and then of everything else in the merchant's own order."""
        rows = yield Ask(best_sellers(which), {**asked, **counting(self.sight.actor, self.sight.at)})
        ranking = [id for (id,) in rows]
        split = Split.of(ranking, window)
        cards = (yield from self._by_id(split.best, want, rates)) if split.best else {}
        best = [Edge((BEST, 0, id), cards[id]) for id in split.best]
        rest: list[Edge[ProductCard]] = []
        if split.rest is not None:
            others = attrs.evolve(which, left_out=bool(ranking))
            given = {**asked, **_lists(rates), **page_parameters(split.rest), "left_out": sorted(ranking)}
            rows = yield Ask(goods_page(Shape.of(split.rest), others, ProductSort.POSITION, want), given)
            heads, nodes = yield from self._cards(rows, want, rates)
            rest = [
                Edge((REST, *_KEYS[ProductSort.POSITION](head)), node)
                for head, node in zip(heads, nodes, strict=True)
            ]
        return filled([*rest, *best] if window.backwards else [*best, *rest], window)

    async def products_by_id(
        self, ids: Collection[ProductId], *, want: ProductWant
    ) -> Mapping[ProductId, ProductCard]:
        return await self.sight.read(lambda: self.read_products(ids, want)) if ids else {}

    async def skus_by_id(self, ids: Collection[SkuId], *, want: SkuWant) -> Mapping[SkuId, SkuCard]:
        return await self.sight.read(lambda: self.read_skus(ids, want)) if ids else {}

    async def find_sku(self, *, code: SkuCode | None, barcode: str | None, want: SkuWant) -> SkuCard | None:
        def reader() -> Reader[SkuCard | None]:
            rates = yield from self._rates(want)
            for by, text in (("code", code), ("barcode", barcode)):
                if text is not None:
                    asked = {**limits(self.sight.actor), "text": text, **_lists(rates)}
                    asked["merchant_id"] = self.sight.actor.merchant_id
                    rows = yield Ask(skus_by(want, by, limited=self._limited()), asked)
                    for card in (yield from self._sku_cards(rows, want, rates)):
                        return card
            return None

        return await self.sight.read(reader)

    async def categories(self, *, parent: CategoryId | None, want: CategoryWant) -> tuple[CategoryCard, ...]:
        asked = {"merchant_id": self.sight.actor.merchant_id}

        def reader() -> Reader[tuple[CategoryCard, ...]]:
            rows = (
                yield Ask(ROOTS, asked) if parent is None else Ask(CHILDREN, {**asked, "parent_id": parent})
            )
            return tuple((yield from self._category_cards(rows, want)))

        return await self.sight.read(reader)

    async def categories_by_id(
        self, ids: Collection[CategoryId], *, want: CategoryWant
    ) -> Mapping[CategoryId, CategoryCard]:
        return await self.sight.read(lambda: self.read_categories(ids, want)) if ids else {}

    async def brands(self) -> tuple[BrandCard, ...]:
        def reader() -> Reader[tuple[BrandCard, ...]]:
            rows = yield Ask(BRANDS, {"merchant_id": self.sight.actor.merchant_id})
            return tuple(BrandCard(brand_id(id), name) for id, name in rows)

        return await self.sight.read(reader)

    async def brands_by_id(self, ids: Collection[BrandId]) -> Mapping[BrandId, BrandCard]:
        def reader() -> Reader[Mapping[BrandId, BrandCard]]:
            rows = yield Ask(BRANDS_BY_ID, self._ids(ids))
            return {brand_id(id): BrandCard(brand_id(id), name) for id, name in rows}

        return await self.sight.read(reader) if ids else {}

    def read_products(
        self, ids: Collection[ProductId], want: ProductWant
    ) -> Reader[Mapping[ProductId, ProductCard]]:
        """Read products below other rows."""
        rates = yield from self._rates(want.skus)
        return (yield from self._by_id(ids, want, rates))

    def _by_id(
        self, ids: Collection[ProductId], want: ProductWant, rates: Rates | None
    ) -> Reader[Mapping[ProductId, ProductCard]]:
        rows = yield Ask(goods_by_id(want, limited=self._limited()), {**self._shown(ids), **_lists(rates)})
        _, cards = yield from self._cards(rows, want, rates)
        return {card.id: card for card in cards}

    def read_skus(self, ids: Collection[SkuId], want: SkuWant) -> Reader[Mapping[SkuId, SkuCard]]:
        """Read SKUs below other rows."""
        rates = yield from self._rates(want)
        rows = yield Ask(skus_by(want, "id", limited=self._limited()), {**self._shown(ids), **_lists(rates)})
        return {card.id: card for card in (yield from self._sku_cards(rows, want, rates))}

    def read_categories(
        self, ids: Collection[CategoryId], want: CategoryWant
    ) -> Reader[Mapping[CategoryId, CategoryCard]]:
        """Read categories below other rows."""
        rows = yield Ask(CATEGORIES_BY_ID, self._ids(ids))
        return {card.id: card for card in (yield from self._category_cards(rows, want))}

    def _ids(self, ids: Collection[str]) -> dict[str, Any]:
        return {"merchant_id": self.sight.actor.merchant_id, "ids": sorted(ids)}

    def _limited(self) -> bool:
        return not sees_all_goods(self.sight.actor)

    def _shown(self, ids: Collection[str]) -> dict[str, Any]:
        """The ids, and to whom the goods have to be shown."""
        return {**self._ids(ids), **limits(self.sight.actor), **buying(self.sight.actor)}

    def _rates(self, want: SkuWant | None) -> Reader[Rates | None]:
        """The rates, where prices are wanted and shown."""
        if want is None or not want.price or price_hidden_from(self.sight.actor) is not None:
            return None
        return (yield from self.sight.read_rates())

    def _cards(
        self, rows: Rows, want: ProductWant, rates: Rates | None
    ) -> Reader[tuple[Rows, list[ProductCard]]]:
        """Turn rows into products, each with the SKUs of its rows; answer with the first row of each, too."""
        heads = rows
        if want.skus is not None:
            heads, of_each = grouped(rows)
            with_sku = [row[PRODUCT:] for row in rows if row[PRODUCT] is not None]
            cards = iter((yield from self._sku_cards(with_sku, want.skus, rates)))
            skus_of = [tuple(islice(cards, many)) for many in of_each]
        else:
            skus_of = [()] * len(rows)
        parents: Mapping[CategoryId, CategoryCard] = {}
        if want.category is not None and want.category.parent is not None:
            above = {row[9] for row in heads if row[9] is not None}
            parents = (yield from self.read_categories(above, want.category.parent)) if above else {}
        cards_ = [product_card(row, of_it, parents, want) for row, of_it in zip(heads, skus_of, strict=True)]
        if want.visibility and heads:
            asked = self._ids([card.id for card in cards_])
            rules = visibilities_of((yield Ask(RULES, {**asked, "product_ids": asked["ids"]})))
            cards_ = [card._replace(visibility=rules.get(card.id, FOR_EVERYONE)) for card in cards_]
        if want.promotions and heads:
            told = yield from read_promotions_of(self.sight, [card.id for card in cards_])
            cards_ = [card._replace(promotions=told.get(card.id, ())) for card in cards_]
        return heads, cards_

    def _sku_cards(self, rows: Rows, want: SkuWant, rates: Rates | None) -> Reader[list[SkuCard]]:
        products_: Mapping[ProductId, ProductCard] = {}
        if want.product is not None and rows:
            products_ = yield from self.read_products({row[SKU] for row in rows}, want.product)
        actor, at = self.sight.actor, self.sight.at
        cards = sku_cards(rows, want, actor, rates, products_, at)
        if rates is None or not actor.merchant.has_specials:
            return cards
        offers = yield from read_offers(actor, {card.id for card in cards}, at)
        return [
            card._replace(prices=card.prices.with_specials(offers[card.id])) if card.id in offers else card
            for card in cards
        ]

    def _category_cards(self, rows: Rows, want: CategoryWant) -> Reader[list[CategoryCard]]:
        parents: Mapping[CategoryId, CategoryCard] = {}
        above = {row[2] for row in rows if row[2] is not None}
        if want.parent is not None and above:
            parents = yield from self.read_categories(above, want.parent)
        return [category_card(id, name, parent_id, parents) for id, name, parent_id in rows]


def _total(which: Filter, asked: Mapping[str, Any]) -> Reader[int]:
    return (yield Ask(goods_count(which), asked))[0][0]  # type: ignore[no-any-return]  # a count


def _lists(rates: Rates | None) -> dict[str, Any]:
    return {"list_ids": [] if rates is None else rates.list_ids}
