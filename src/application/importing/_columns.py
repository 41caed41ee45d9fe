"""The header of a table of goods: which column means what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Protocol, TypeVar
from unicodedata import normalize

import attrs

from domain.errors import DomainError
from domain.identity import PriceListId, WarehouseId
from domain.inventory import Warehouse
from domain.pricing import PriceList, PriceSource
from domain.quantity import Quantity


class Field(Enum):
    """A column that every merchant has, by the names it goes under; the first two are how it is spoken of."""

    PRODUCT = ("商品名称", "Product", "商品", "品名", "产品名称", "名称", "Product name", "Name")
    CODE = ("货号", "SKU code", "SKU", "SKU编码", "商品编码", "编码", "Code")
    BARCODE = ("条码", "Barcode", "条形码", "商品条码")
    OPTIONS = ("规格", "Options", "规格选项", "选项")
    CATEGORY = ("分类", "Category", "类目", "商品分类", "分类路径")
    BRAND = ("品牌", "Brand")
    UNIT = ("单位", "Unit", "基本单位", "计量单位")
    PACKS = ("包装", "Packs", "包装单位", "辅助单位", "箱规", "Pack units")
    MINIMUM = ("起订量", "Minimum", "最小起订量", "Min quantity", "MOQ")
    STEP = ("步长", "Step", "订货步长", "起订步长", "订货倍数")
    PRICE = ("价格", "Price", "单价", "批发价", "基准价", "基础价", "Unit price", "Base price")
    DESCRIPTION = ("描述", "Description", "商品描述", "说明", "商品说明")

    @property
    def label(self) -> str:
        """How the column is spoken of, in both languages."""
        return f"{self.value[0]} / {self.value[1]}"


_REQUIRED = (Field.PRODUCT, Field.CODE, Field.UNIT, Field.PRICE)
_STOCK = re.compile(r"(?:库存|期初库存|stock)\s*[:：]?\s*(.*)")
_BREAK = re.compile(r"(.*?)\s*(?:>=|≥)?\s*(\d{1,9}(?:\.\d{1,3})?)\s*\+")


@attrs.frozen
class ColumnsNotUnderstood(DomainError):
    """The header names columns that mean nothing here, lacks some that are needed, or says the same twice."""

    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


class Named(Protocol):
    """A column that a file may have, by the names it goes under."""

    @property
    def value(self) -> tuple[str, ...]: ...
    @property
    def label(self) -> str: ...


F = TypeVar("F", bound=Named)


def columns_of(header: Sequence[str], fields: Iterable[F], *, needed: Sequence[F]) -> Mapping[F, int]:
    """Where each of these columns is that the header has.

    :raises ColumnsNotUnderstood: if a column is unknown or needed, or is there twice.
    """
    fields = tuple(fields)
    names = {folded(name): field for field in fields for name in field.value}
    found: dict[F, int] = {}
    unknown, twice = [], []
    for at, name in enumerate(header):
        field = names.get(folded(name))
        if field is None:
            unknown.append(name)
        elif field in found:
            twice.append(name)
        else:
            found[field] = at
    missing = [field.label for field in needed if field not in found]
    if unknown or twice or missing:
        known = tuple(field.label for field in fields)
        raise ColumnsNotUnderstood(tuple(unknown), tuple(missing), tuple(twice), known)
    return found


@attrs.frozen
class PriceColumn:
    """A column of prices: of which list, from which quantity on; None where the list's ladder begins."""

    at: int
    name: str
    list_id: PriceListId
    min_quantity: Quantity | None


@attrs.frozen
class StockColumn:
    """A column of stock: in which warehouse."""

    at: int
    name: str
    warehouse_id: WarehouseId


@attrs.frozen(kw_only=True)
class Columns:
    """Where in a row to find what."""

    fields: Mapping[Field, int]
    prices: tuple[PriceColumn, ...]
    base_list_id: PriceListId
    stock: tuple[StockColumn, ...]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls, header: Sequence[str], *, lists: Iterable[PriceList], warehouses: Sequence[Warehouse]
    ) -> Columns:
        """Read a header.

        :raises ColumnsNotUnderstood: with everything that is wrong with it.
        """
        lists = tuple(lists)
        readings = _Readings(lists, warehouses)
        unknown: list[str] = []
        for at, name in enumerate(header):
            if not readings.read(at, name):
                unknown.append(name or f"#{at + 1}")
        missing = tuple(field.label for field in _REQUIRED if field not in readings.fields)
        if unknown or missing or readings.twice:
            raise ColumnsNotUnderstood(
                tuple(unknown), missing, tuple(readings.twice), known_columns(lists, warehouses)
            )
        return cls(
            fields=readings.fields,
            prices=tuple(readings.prices),
            base_list_id=readings.base_list_id,
            stock=tuple(readings.stock),
            names=tuple(header),
        )

    def name(self, field: Field) -> str:
        """What this table calls the column."""
        return self.names[self.fields[field]] if field in self.fields else field.label


class _Readings:
    """Takes the header apart, name by name."""

    def __init__(self, lists: Sequence[PriceList], warehouses: Sequence[Warehouse]) -> None:
        self.fields: dict[Field, int] = {}
        self.prices: list[PriceColumn] = []
        self.stock: list[StockColumn] = []
        self.twice: list[str] = []
        self.base_list_id = next(one.id for one in lists if one.source is PriceSource.BASE)
        self._tiers: dict[str, PriceListId] = {}
        for one in lists:
            if one.source is PriceSource.TIER and one.tier is not None:
                self._tiers[folded(one.tier.name)] = one.id
        for one in lists:  # a code is unique where a name may not be, so it has the last word
            if one.source is PriceSource.TIER and one.tier is not None:
                self._tiers[folded(one.tier.code)] = one.id
        self._warehouses = {folded(one.name): one.id for one in warehouses}
        self._warehouses |= {folded(one.code): one.id for one in warehouses}
        if len(warehouses) == 1:
            self._warehouses[""] = warehouses[0].id
        self._taken: set[object] = set()

    def read(self, at: int, name: str) -> bool:
        """Give the column its meaning; False if it has none."""
        word = folded(name)
        meaning = self._field(at, name, word) or self._stock(at, name, word) or self._price(at, name, word)
        if meaning is None:
            return False
        if meaning in self._taken:
            self.twice.append(name)
        self._taken.add(meaning)
        return True

    def _field(self, at: int, name: str, word: str) -> object | None:
        field = _FIELDS.get(word)
        if field is None:
            return None
        self.fields.setdefault(field, at)
        if field is Field.PRICE:
            self.prices.append(PriceColumn(at, name, self.base_list_id, None))
            return (self.base_list_id, None)
        return field

    def _stock(self, at: int, name: str, word: str) -> object | None:
        found = _STOCK.fullmatch(word)
        warehouse_id = self._warehouses.get(found.group(1)) if found else None
        if warehouse_id is None:
            return None
        self.stock.append(StockColumn(at, name, warehouse_id))
        return warehouse_id

    def _price(self, at: int, name: str, word: str) -> object | None:
        list_id, start = self._tiers.get(word), None
        if list_id is None:
            found = _BREAK.fullmatch(word)
            if found is None:
                return None
            whose = found.group(1)
            base = not whose or _FIELDS.get(whose) is Field.PRICE
            list_id = self.base_list_id if base else self._tiers.get(whose)
            start = Quantity.of(found.group(2))
            if list_id is None or not start:
                return None
        self.prices.append(PriceColumn(at, name, list_id, start))
        return (list_id, start)


def known_columns(lists: Iterable[PriceList], warehouses: Iterable[Warehouse]) -> tuple[str, ...]:
    """Name every column that would be understood."""
    tiers = [one.tier.name for one in lists if one.source is PriceSource.TIER and one.tier is not None]
    return (
        *(field.label for field in Field),
        "10+",
        *(text for tier in tiers for text in (tier, f"{tier} 10+")),
        *(f"库存 {one.name} / Stock {one.code}" for one in warehouses),
    )


def folded(text: str) -> str:
    """Write a name the one way in which names are compared: width, case and blanks do not count."""
    return " ".join(normalize("NFKC", text).casefold().split())


_FIELDS = {folded(name): field for field in Field for name in field.value}
