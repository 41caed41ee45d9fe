"""The catalog as readers see it: goods with their own price and stock.

Views are named tuples: they are made by the thousand for one answer, and nothing immutable is made faster.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

import attrs

from application.authorization import Actor, HiddenReason, price_hidden_from
from application.views.pages import Slice, Window
from application.views.stock_levels import StockLevel
from domain.catalog import CaseRule, CatchWeight, Option, Pack, QuantityRule, Quota, Unit, pack_named
from domain.errors import DomainError
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId
from domain.money import UnitPrice
from domain.price_choice import NO_PRICES, Price, SkuPrices, broken_case
from domain.price_ranges import PriceRange
from domain.promotions import Promotion
from domain.quantity import Quantity
from domain.visibility import Visibility

if TYPE_CHECKING:
    from application.views.facets import Facets, FacetsWant


@attrs.frozen(kw_only=True, cache_hash=True)
class CategoryWant:
    """What is asked for of a category beside its id and name."""

    parent: CategoryWant | None = None


@attrs.frozen(kw_only=True, cache_hash=True)
class SkuWant:
    """What is asked for of a SKU beside its own columns."""

    price: bool = False
    stock: bool = False
    product: ProductWant | None = None


@attrs.frozen(kw_only=True, cache_hash=True)
class ProductWant:
    """What is asked for of a product beside its id and name."""

    description: bool = False
    brand: bool = False
    category: CategoryWant | None = None
    skus: SkuWant | None = None
    visibility: bool = False
    promotions: bool = False
    bought_before: bool = False


class ProductSort(Enum):
    """The order of goods; the id breaks ties."""

    RELEVANCE = "RELEVANCE"
    """What the company has bought before comes first, then by position."""
    POSITION = "POSITION"
    NAME = "NAME"
    NEWEST = "NEWEST"
    BEST_SELLING = "BEST_SELLING"
    """What stands in most lines of orders, of whatever company, in the days that count; then by position."""
    PRICE_ASCENDING = "PRICE_ASCENDING"
    """The caller's own price, the lowest first; what has none comes last."""
    PRICE_DESCENDING = "PRICE_DESCENDING"
    """The highest first; what has none comes last."""


BY_PRICE = frozenset({ProductSort.PRICE_ASCENDING, ProductSort.PRICE_DESCENDING})


@attrs.frozen(kw_only=True)
class OptionFilter:
    """A SKU for which one of these was chosen, of what can be chosen by this name."""

    name: str
    values: frozenset[str] = attrs.field(validator=attrs.validators.min_len(1))


@attrs.frozen(kw_only=True)
class ProductFilter:
    """Which goods: all of what is given must hold."""

    category: CategoryId | None = None
    """With its subtree."""
    categories: frozenset[CategoryId] = frozenset()
    """One of these, each with its subtree; none at all asks for nothing."""
    brand: BrandId | None = None
    brands: frozenset[BrandId] = frozenset()
    """One of these; none at all asks for nothing."""
    options: tuple[OptionFilter, ...] = ()
    """One SKU for sale meets all of these, each of which names something else."""
    text: str | None = None
    """A part of the product's name, or of a SKU's name, code or barcode, or of how these are read in pinyin or by its
    initials, from the beginning of a character on; letters of either case and width. One of spaces finds everything."""
    in_stock: bool | None = None
    """Whether a SKU can be had that is for sale and meets the options."""
    bought_before: bool | None = None
    """Whether the company that whoever looks buys for has bought it; guests and staff have bought nothing."""
    price: PriceRange | None = None
    """What it costs whoever looks: the lowest price of its SKUs for sale, each for one of its base unit where its
    minimum is bought."""


EVERYTHING = ProductFilter()


MOST_COMPARED = 5_000
"""So many SKUs are compared by price at once; where more are found, the search has to be narrowed."""


@attrs.frozen
class PricesNotCompared(DomainError):
    """Goods are not sorted, kept or counted by price for whoever asks."""

    reason: HiddenReason


def check_compared(actor: Actor, filter: ProductFilter, sort: ProductSort | None = None) -> None:
    """Let goods be sorted or kept by price where the actor sees prices: else what comes of it would tell them.

    :raises PricesNotCompared: if they are hidden.
    """
    hidden = price_hidden_from(actor)
    if hidden is not None and (filter.price is not None or sort in BY_PRICE):
        raise PricesNotCompared(hidden)


class BrandCard(NamedTuple):
    """A brand."""

    id: BrandId
    name: str


class CategoryCard(NamedTuple):
    """A category and where it hangs."""

    id: CategoryId
    name: str
    parent_id: CategoryId | None = None
    parent: CategoryCard | None = None


class SkuHead(NamedTuple):
    """What a SKU is called now, beside its id."""

    id: SkuId
    code: SkuCode
    name: str


class SkuCard(NamedTuple):
    """A SKU as its reader may see it; what was not wanted is left at its default."""

    id: SkuId
    code: SkuCode
    name: str
    product_id: ProductId
    unit: Unit
    min_quantity: Quantity
    quantity_step: Quantity
    barcode: str | None = None
    options: tuple[Option, ...] = ()
    packs: tuple[Pack, ...] = ()
    for_sale: bool = True
    prices: SkuPrices = NO_PRICES
    price_hidden: HiddenReason | None = None
    stock: StockLevel | None = None
    product: ProductCard | None = None
    rule: QuantityRule = QuantityRule()

    @property
    def max_quantity(self) -> Quantity | None:
        """The most that can be in one order."""
        return self.rule.maximum

    @property
    def quota(self) -> Quota | None:
        """What one customer may order in a period."""
        return self.rule.quota

    @property
    def case_rule(self) -> CaseRule | None:
        """What it means to order less than whole cases, where there is a case."""
        return None if self._case is None else self.rule.case

    @property
    def catch_weight(self) -> CatchWeight | None:
        """How it is weighed, if it costs what it weighs."""
        return self.rule.catch_weight

    @property
    def _case(self) -> Pack | None:
        rule = self.rule.case
        return None if rule is None else self.sold_in(rule.unit)

    @property
    def first_price(self) -> UnitPrice | None:
        """What one of the base unit costs where the minimum is bought: by this goods are compared."""
        price = self._price(self.min_quantity, None)
        return None if price is None else price.unit_price

    def price(self, *, quantity: Decimal, unit: str | None) -> Price | None:
        """Price one of the unit at this quantity of it; None where it is hidden, or nobody says.

        :raises ValueError: if the SKU is not sold in the unit, or the quantity is none of it.
        """
        return self._price(_asked(quantity), unit)

    def _price(self, asked: Quantity, unit: str | None) -> Price | None:
        if unit is None and self.rule.case is None:
            return None if self.price_hidden else self.prices.price(quantity=asked)
        pack = self.sold_in(unit)
        if pack is None:
            raise ValueError("the SKU is not sold in this unit")
        price = None if self.price_hidden else self.prices.price_in(pack, quantity=asked)
        return price if price is None or self.rule.case is None else self._of_broken_case(price, pack, asked)

    def _of_broken_case(self, price: Price, pack: Pack, quantity: Quantity) -> Price:
        """What is charged where so much of the unit breaks a case."""
        base, rule = pack.factor.times(quantity), self.rule.case
        assert base is not None and rule is not None, "a quantity that is priced is exact"
        scale = self.prices.rules.scale
        return broken_case(price, rule=rule, case=self._case, pack=pack, quantity=base, scale=scale)[0]

    def sold_in(self, unit: str | None) -> Pack | None:
        """Find a unit by its code or name, the base unit where nothing is asked for; None if it is not sold in it."""
        return pack_named(unit, base=self.unit, packs=self.packs)


@lru_cache(maxsize=256)
def _asked(quantity: Decimal) -> Quantity:
    """:raises ValueError: if it is no quantity of more than zero."""
    asked = Quantity.of(quantity)
    if asked.thousandths <= 0:
        raise ValueError("a quantity is more than zero")
    return asked


class ProductCard(NamedTuple):
    """A product as its reader may see it; what was not wanted is left at its default."""

    id: ProductId
    name: str
    description: str = ""
    for_sale: bool = True
    brand: BrandCard | None = None
    category: CategoryCard | None = None
    skus: tuple[SkuCard, ...] = ()
    visibility: Visibility | None = None
    """To whom it is shown, where that was wanted."""
    pools_breaks: bool = False
    bought_before: bool = False
    """Whether the actor's company has ordered it, and not called that off; where that was wanted."""
    promotions: tuple[Promotion, ...] = ()
    """What the actor is told of that its SKUs for sale can have a part in, where that was wanted."""


class Catalog(Protocol):
    """Queries over the catalog, opened for one actor at one moment.

    Lists hold only products for sale, and of them only SKUs for sale. What is looked up by id is found even where it
    is no longer for sale, so that old orders stay readable. An id of another merchant finds nothing, and neither does
    one of what is not shown to the actor: to them it does not exist, and is counted nowhere.

    However deep a want goes, the number of statements depends on the want alone, never on the number of rows.
    """

    async def products(
        self, *, window: Window, filter: ProductFilter, sort: ProductSort, want: ProductWant, count: bool
    ) -> Slice[ProductCard]:
        """A page of goods.

        Keys: POSITION (position, id), NAME (name, id), NEWEST (id), newest first, RELEVANCE (0 for what was bought
        before or else 1, position, id), BEST_SELLING (0, 0, id) for what sells best and (1, position, id) for the rest:
        how much of anything was sold is in no key. PRICE_ASCENDING (0, price in ten-thousandths, id) and
        PRICE_DESCENDING (0, the negative of that, id), and (1, 0, id) for what has no price.

        :raises PricesNotCompared: if it is sorted or kept by price, and prices are hidden or too much is found.
        """
        ...

    async def facets(
        self, *, filter: ProductFilter, want: FacetsWant, edges: Collection[UnitPrice] = ()
    ) -> Facets:
        """What the goods that are found could be narrowed down to, with how many are left.

        Each facet is counted with its own part of the filter left out, so that another choice can be made in it.
        Nothing is counted that is not shown to the actor. Prices are counted between `edges`, or else between such as
        part them evenly; where they are hidden, or too much is found, that is told beside the other facets.

        :raises PricesNotCompared: if it is kept by price, and prices are hidden or too much is found.
        """
        ...

    async def products_by_id(
        self, ids: Collection[ProductId], *, want: ProductWant
    ) -> Mapping[ProductId, ProductCard]:
        """The products of these ids; what does not exist is left out."""
        ...

    async def skus_by_id(self, ids: Collection[SkuId], *, want: SkuWant) -> Mapping[SkuId, SkuCard]:
        """The SKUs of these ids; what does not exist is left out."""
        ...

    async def find_sku(self, *, code: SkuCode | None, barcode: str | None, want: SkuWant) -> SkuCard | None:
        """The SKU of this code, or else of this barcode (the first by code where several share it)."""
        ...

    async def categories(self, *, parent: CategoryId | None, want: CategoryWant) -> tuple[CategoryCard, ...]:
        """The categories directly below this one, or the topmost, by (position, id)."""
        ...

    async def categories_by_id(
        self, ids: Collection[CategoryId], *, want: CategoryWant
    ) -> Mapping[CategoryId, CategoryCard]:
        """The categories of these ids; what does not exist is left out."""
        ...

    async def brands(self) -> tuple[BrandCard, ...]:
        """All brands, by (name, id)."""
        ...

    async def brands_by_id(self, ids: Collection[BrandId]) -> Mapping[BrandId, BrandCard]:
        """The brands of these ids; what does not exist is left out."""
        ...
