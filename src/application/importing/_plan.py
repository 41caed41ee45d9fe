"""The plan of an import: what it would change, what it refuses, and what it would write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

import attrs

from application.importing._cells import RowRefused
from domain.catalog import Brand, Category, Product
from domain.identity import PriceListId, SkuCode, SkuId, WarehouseId
from domain.inventory import Movement, StockItem, Warehouse
from domain.merchant import Merchant
from domain.money import UnitPrice
from domain.pricing import Ladder, PriceChange, PriceList, PriceTier
from domain.quantity import Quantity


@attrs.frozen(kw_only=True)
class Shop:
    """What the merchant has before the import."""

    merchant: Merchant
    products: tuple[Product, ...]
    categories: tuple[Category, ...]
    brands: tuple[Brand, ...]
    lists: tuple[PriceList, ...]
    """Those of the base price and of the tiers."""
    ladders: Mapping[tuple[PriceListId, SkuId], Ladder]
    warehouses: tuple[Warehouse, ...]
    stock: Mapping[tuple[SkuId, WarehouseId], StockItem]


@attrs.frozen(kw_only=True)
class NewSku:
    """A SKU that the catalog does not have yet."""

    line: int
    code: SkuCode
    name: str


@attrs.frozen(kw_only=True)
class Change:
    """A value that a known SKU, or its product, gets instead of the one it has."""

    line: int
    code: SkuCode
    column: str
    old: str
    new: str


@attrs.frozen(kw_only=True)
class DearerThanBase:
    """A price that customers of a tier would pay although everyone else pays less at this quantity."""

    line: int
    code: SkuCode
    tier: PriceTier
    quantity: Quantity
    tier_price: UnitPrice
    base_price: UnitPrice


@attrs.frozen(kw_only=True)
class Counts:
    """How many are new, how many change, and how many stay as they are."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


@attrs.frozen(kw_only=True)
class ImportPlan:
    """What an import does, or would do."""

    new: tuple[NewSku, ...] = ()
    changed: tuple[Change, ...] = ()
    unchanged: tuple[SkuCode, ...] = ()
    refused: tuple[RowRefused, ...] = ()
    warnings: tuple[DearerThanBase, ...] = ()
    products: Counts = Counts()
    skus: Counts = Counts()
    categories: tuple[str, ...] = ()
    """The paths of the categories that would be made."""
    brands: tuple[str, ...] = ()
    ladders: int = 0
    """How many ladders would be set."""
    movements: int = 0

    @property
    def refused_lines(self) -> tuple[int, ...]:
        """The lines of the rows that are refused, each once."""
        return tuple(sorted({one.line for one in self.refused}))


@attrs.frozen(kw_only=True)
class Writes:
    """What a plan comes to in the storage, in the order in which it is written."""

    categories: tuple[Category, ...] = ()
    brands: tuple[Brand, ...] = ()
    new_products: tuple[Product, ...] = ()
    changed_products: tuple[Product, ...] = ()
    prices: Mapping[PriceListId, tuple[PriceChange, ...]] = attrs.field(factory=dict)
    opening: tuple[Movement, ...] = ()
    counted: tuple[Movement, ...] = ()

    @property
    def things(self) -> Iterator[object]:
        """Everything that is written, in its order."""
        yield from self.categories
        yield from self.brands
        yield from self.new_products
        yield from self.changed_products
        for changes in self.prices.values():
            yield from changes
        yield from self.opening
        yield from self.counted

    @property
    def digest(self) -> str:
        """The SHA-256 of everything that is written, each thing as the program represents it, on a line."""
        hashed = sha256()
        for one in self.things:
            hashed.update(f"{one!r}\n".encode())
        return hashed.hexdigest()
