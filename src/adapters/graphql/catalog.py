"""The catalog: goods with their own price and stock, categories and brands."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import attrs
import strawberry

from adapters.graphql.connections import (
    After,
    Asked,
    Before,
    ConnectionType,
    First,
    Last,
    Order,
    Page,
    nothing,
)
from adapters.graphql.context import Info
from adapters.graphql.filters import Filter
from adapters.graphql.inventory import StockType
from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.nodes import NodeType, shows
from adapters.graphql.pricing import SkuPriceType
from adapters.graphql.promotions import PromotionLabelType
from adapters.graphql.quantity_rules import CaseRuleType, CatchWeightType, QuotaType
from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known
from adapters.graphql.skus import REFUSED_SKU, UnitType, load_sku, sku_code
from adapters.graphql.visibility import ProductVisibilityType
from adapters.graphql.wants import wanted_category, wanted_product, wanted_products, wanted_sku
from application.authorization import HiddenReason, Permission
from application.views.catalog import (
    EVERYTHING,
    BrandCard,
    CategoryCard,
    ProductCard,
    ProductFilter,
    ProductSort,
    SkuCard,
    SkuHead,
)
from domain.catalog import NotForSale
from domain.identity import CategoryId, ProductId, SkuId
from domain.price_choice import Price

_ANY_CATEGORY: Any = Annotated["CategoryType", strawberry.lazy("adapters.graphql.catalog")]
_ORDERS = {
    ProductSort.RELEVANCE: Order("RELEVANCE", (int, int, str)),
    ProductSort.POSITION: Order("POSITION", (int, str)),
    ProductSort.NAME: Order("NAME", (str, str)),
    ProductSort.NEWEST: Order("NEWEST", (str,)),
    ProductSort.BEST_SELLING: Order("BEST_SELLING", (int, int, str)),
    ProductSort.PRICE_ASCENDING: Order("PRICE_ASCENDING", (int, int, str)),
    ProductSort.PRICE_DESCENDING: Order("PRICE_DESCENDING", (int, int, str)),
}


@shows(BrandCard, name="Brand", description="Whose name is on the goods.")
class BrandType(NodeType):
    """Shows BrandCard."""

    name: str = field(Permission.BROWSE, description="The brand's name.")


@shows(CategoryCard, name="Category", description="A place in the tree of goods.")
class CategoryType(NodeType):
    """Shows CategoryCard."""

    name: str = field(Permission.BROWSE, description="What it is called.")

    parent: Any = field(
        Permission.BROWSE,
        description="The category above it; null for the topmost.",
        graphql_type=_ANY_CATEGORY | None,
    )


@strawberry.type(name="SkuOption", description="One choice that tells a SKU from its siblings.")
class SkuOptionType:
    """Shows Option."""

    name: str = field(Permission.BROWSE, description="What is chosen: the flavour, the size.")
    value: str = field(Permission.BROWSE, description="Which one.")


@strawberry.type(
    name="Factor", description="How many of the base unit one of another unit is, as an exact ratio."
)
class FactorType:
    """Shows Factor."""

    numerator: int = field(Permission.BROWSE, description="So many of the base unit …")
    denominator: int = field(Permission.BROWSE, description="… are so many of the other unit.")


@strawberry.type(name="SkuPack", description="A larger or smaller unit a SKU is sold in.")
class SkuPackType:
    """Shows Pack."""

    unit: UnitType = field(Permission.BROWSE, description="The unit.")
    factor: FactorType = field(Permission.BROWSE, description="How many of the base unit it is.")


AnyProduct: Any = Annotated["ProductType", strawberry.lazy("adapters.graphql.catalog")]
AskedQuantity = Annotated[
    Decimal | None,
    strawberry.argument(description="How many of the unit are bought: prices may have breaks."),
]
AskedUnit = Annotated[
    str | None,
    strawberry.argument(description="A unit the SKU is sold in, by code or name; the base unit by default."),
]


@shows(
    SkuCard,
    SkuHead,
    name="Sku",
    description="What is ordered, priced and stocked: a product with its options chosen.",
)
class SkuType(NodeType):
    """Shows SkuCard, and SkuHead where nothing but a head is asked for."""

    code: str = field(Permission.BROWSE, description="The merchant's own code.")
    name: str = field(Permission.BROWSE, description="What it is called.")
    barcode: str | None = field(Permission.BROWSE, description="The barcode, if it has one.")
    options: list[SkuOptionType] = field(
        Permission.BROWSE, description="The choices that tell it from its siblings."
    )
    unit: UnitType = field(
        Permission.BROWSE, description="The base unit, in which stock and breaks are counted."
    )
    packs: list[SkuPackType] = field(Permission.BROWSE, description="The other units it is sold in.")
    min_quantity: Decimal = field(
        Permission.BROWSE, description="The least that can be ordered, in the base unit."
    )
    quantity_step: Decimal = field(
        Permission.BROWSE, description="What is ordered is a multiple of this, in the base unit."
    )
    max_quantity: Decimal | None = field(
        Permission.BROWSE,
        description="The most that one order takes, in the base unit; null where all is taken.",
    )
    quota: QuotaType | None = field(
        Permission.BROWSE, description="The most that one customer orders in a period, if that is limited."
    )
    case_rule: CaseRuleType | None = field(
        Permission.BROWSE, description="What it means to order less than whole cases, if anything."
    )
    catch_weight: CatchWeightType | None = field(
        Permission.BROWSE,
        description="How it is weighed, where it costs what it weighs when it is picked.",
    )
    for_sale: bool = field(Permission.BROWSE, description="Whether it can be ordered at all.")
    stock: StockType = field(Permission.BROWSE, description="The stock over all warehouses.")
    product: Any = field(Permission.BROWSE, description="What it is a SKU of.", graphql_type=AnyProduct)

    @resolved(
        Permission.BROWSE,
        description="What one of the unit costs this caller, at this quantity, now; null beside priceHidden.",
        graphql_type=SkuPriceType | None,
    )
    @staticmethod
    def price(root: SkuCard, quantity: AskedQuantity = Decimal(1), unit: AskedUnit = None) -> Price | None:
        return _price(root, quantity, unit)

    @resolved(
        Permission.BROWSE,
        description="Why there is no price for this quantity of this unit, if so.",
        graphql_type=HiddenReason | None,
    )
    @staticmethod
    def price_hidden(
        root: SkuCard, quantity: AskedQuantity = Decimal(1), unit: AskedUnit = None
    ) -> HiddenReason | None:
        return root.price_hidden or (None if _price(root, quantity, unit) else HiddenReason.NO_PRICE)


def _price(sku: SkuCard, quantity: Decimal | None, unit: str | None) -> Price | None:
    try:
        return sku.price(quantity=Decimal(1) if quantity is None else quantity, unit=unit)
    except ValueError:
        raise BadInput(Wrong.UNIT_OR_QUANTITY) from None


@shows(ProductCard, name="Product", description="A thing in the catalog, with the SKUs it comes in.")
class ProductType(NodeType):
    """Shows ProductCard."""

    name: str = field(Permission.BROWSE, description="What it is called.")
    description: str = field(Permission.BROWSE, description="What there is to say about it.")
    for_sale: bool = field(Permission.BROWSE, description="Whether it is shown in lists and can be ordered.")
    pools_breaks: bool = field(
        Permission.BROWSE,
        description="Whether quantity breaks count what is ordered of all its SKUs of one base unit together.",
    )
    brand: BrandType | None = field(Permission.BROWSE, description="Whose name is on it.")
    skus: list[SkuType] = field(Permission.BROWSE, description="The SKUs it comes in.")
    category: CategoryType | None = field(
        Permission.BROWSE, description="Where it stands in the tree of goods."
    )
    bought_before: bool = field(
        Permission.BROWSE,
        description="Whether the caller's company has bought it before; false for guests and staff.",
    )
    promotions: list[PromotionLabelType] = field(
        Permission.BROWSE,
        description="What is on offer to the caller now that this product can have a part in, by priority; nothing to "
        "those who are shown no prices.",
    )
    visibility: ProductVisibilityType = field(
        Permission.MANAGE_CATALOG, description="To whom it is shown; to nobody else it exists."
    )


Sort = Annotated[
    ProductSort | None,
    strawberry.argument(description="In which order; RELEVANCE where a text is sought, else POSITION."),
]


@strawberry.type
class CatalogQueries:
    """Looking at goods."""

    @resolved(
        Permission.BROWSE,
        description="The categories directly below one, or the topmost.",
        graphql_type=list[CategoryType],
    )
    @staticmethod
    async def categories(
        info: Info,
        parent: Annotated[
            strawberry.ID | None, strawberry.argument(description="The category above.")
        ] = None,
    ) -> tuple[CategoryCard, ...]:
        id = known(CategoryId, parent)
        if parent is not None and id is None:
            return ()
        return await info.context.views.catalog.categories(parent=id, want=wanted_category(info))

    @resolved(Permission.BROWSE, description="All brands, by name.", graphql_type=list[BrandType])
    @staticmethod
    async def brands(info: Info) -> tuple[BrandCard, ...]:
        return await info.context.views.catalog.brands()

    @resolved(
        Permission.BROWSE,
        description="Goods that are for sale, a page at a time.",
        graphql_type=ConnectionType[ProductType],
    )
    @staticmethod
    async def products(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Filter = None,
        sort: Sort = None,
    ) -> Page[ProductCard]:
        sought = filter is not None and bool(filter.text)
        by = sort or (ProductSort.RELEVANCE if sought else ProductSort.POSITION)
        asked = Asked.of(_ORDERS[by], info, first=first, after=after, last=last, before=before)
        wanted = filter.asked(info.context.actor.merchant.currency) if filter else ProductFilter()
        if wanted is None:
            return nothing(asked)
        found = await info.context.views.catalog.products(
            window=asked.window, filter=wanted, sort=by, want=wanted_products(info), count=asked.count
        )
        if wanted.text and not found.edges and after is before is None:
            _note_missed(info, wanted)
        return Page(found, asked.order)

    @resolved(
        Permission.BROWSE,
        description="One product, even if it is no longer for sale.",
        graphql_type=ProductType | None,
    )
    @staticmethod
    async def product(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> ProductCard | None:
        product_id = known(ProductId, id)
        if product_id is None:
            return None
        return await info.context.load.products.load((wanted_product(info), product_id))

    @resolved(
        Permission.BROWSE,
        description="One SKU by exactly one of its id, its code or its barcode, even if it is no longer for sale.",
        graphql_type=SkuType | None,
    )
    @staticmethod
    async def sku(
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
        code: Annotated[str | None, strawberry.argument(description="The merchant's own code.")] = None,
        barcode: Annotated[str | None, strawberry.argument(description="Its barcode.")] = None,
    ) -> SkuCard | None:
        if sum(one is not None for one in (id, code, barcode)) != 1:
            raise BadInput(Wrong.SKU_BY_ONE)
        sku_id, by_code = known(SkuId, id), sku_code(code)
        if sku_id is not None:
            return await load_sku(info, sku_id)
        if by_code is None and barcode is None:
            return None
        return await info.context.views.catalog.find_sku(code=by_code, barcode=barcode, want=wanted_sku(info))


def _note_missed(info: Info, wanted: ProductFilter) -> None:
    """Note a text that found nothing, where nothing else can be the reason."""
    if wanted.text is not None and attrs.evolve(wanted, text=None) == EVERYTHING:
        info.context.use.search_log.note(actor=info.context.actor, text=wanted.text)


@refusal(NotForSale, description="The SKU exists but is not sold at the moment.")
class NotForSaleType(UserErrorType):
    """Shows NotForSale."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)
