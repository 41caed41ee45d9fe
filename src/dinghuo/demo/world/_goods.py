"""The goods of the demonstration: catalog, price lists and stock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from itertools import product as combinations
from random import Random

import attrs

from dinghuo.demo.vocabulary import Good, Vocabulary, goods
from dinghuo.demo.world._chance import ChanceIds
from domain.catalog import Brand, Category, Option, Pack, Product, QuantityRule, Sku, Unit
from domain.customers import Customer
from domain.identity import (
    BrandId,
    CategoryId,
    MovementId,
    PriceListId,
    PriceTierId,
    ProductId,
    SkuCode,
    SkuId,
    WarehouseId,
)
from domain.inventory import Movement, MovementReason, StockItem, Warehouse
from domain.merchant import Merchant
from domain.money import Percentage, UnitPrice
from domain.period import ALWAYS, Period
from domain.pricing import Ladder, PriceChange, PriceList, PriceSource, PriceTier, Rung
from domain.quantity import NONE, Factor, Quantity

CONTRACTS = 3
"""So many customers have prices of their own."""
_TIERS = (("NORMAL", None), ("VIP", "95"), ("STRATEGIC", "90"))
_WAREHOUSES = ("MAIN", "EAST")
_SIZES, _GRADE, _EDITION = ("容量", "规格"), "等级", "包装版本"
_IN_STORE = "210"
"""Barcodes that begin so belong to nobody: they are for use within a store."""
_ONE, _TEN, _HUNDRED = Quantity(1_000), Quantity(10_000), Quantity(100_000)


@attrs.frozen(kw_only=True)
class Shelves:
    """Everything there is to sell."""

    categories: tuple[Category, ...]
    brands: tuple[Brand, ...]
    products: tuple[Product, ...]
    tiers: tuple[PriceTier, ...]
    warehouses: tuple[Warehouse, ...]


@attrs.frozen(kw_only=True)
class PriceBook:
    """Every list with its ladders."""

    ladders: Mapping[PriceList, Mapping[SkuId, Ladder]]

    def changes(self) -> Iterator[PriceChange]:
        """Yield what is to be stored."""
        for one, ladders in self.ladders.items():
            for sku_id, ladder in ladders.items():
                yield PriceChange(one.id, sku_id, ladder)

    def of(self, customer: Customer) -> tuple[PriceList, ...]:
        """The lists that the customer may get."""
        return tuple(
            one
            for one in self.ladders
            if one.customer_id in (None, customer.id)
            and (one.tier is None or one.tier.id == customer.tier_id)
        )


def shelves(
    number: int, *, skus: int | None, words: Vocabulary, ids: ChanceIds, founded: datetime
) -> Shelves:
    """Make the catalog of so many products, one a minute, with everything it refers to."""
    categories = tuple(_categories(words, ids))
    names = {one.id: one.name for one in categories}
    paths = {(*(names[above] for above in one.ancestors), one.name): one.id for one in categories}
    brands = {name: Brand(id=ids.new(BrandId), name=name) for name in words.brands}
    return Shelves(
        categories=categories,
        brands=tuple(brands.values()),
        products=tuple(
            _product(
                at,
                good,
                skus=skus,
                category_id=paths[good.category_path],
                brand=brands[good.brand],
                ids=ids.at(founded + timedelta(minutes=at)),
            )
            for at, good in enumerate(goods(number))
        ),
        tiers=tuple(
            PriceTier(
                id=ids.new(PriceTierId),
                code=code,
                name=name,
                percentage=None if share is None else Percentage.of(share),
            )
            for (code, share), name in zip(_TIERS, words.tiers, strict=True)
        ),
        warehouses=tuple(
            Warehouse(id=ids.new(WarehouseId), code=code, name=name, priority=priority)
            for priority, (code, name) in enumerate(zip(_WAREHOUSES, words.warehouses, strict=True))
        ),
    )


def _categories(words: Vocabulary, ids: ChanceIds) -> Iterator[Category]:
    for at, above in enumerate(words.categories):
        parent = Category(id=ids.new(CategoryId), name=above.name, position=at)
        yield parent
        for below, name in enumerate(above.subcategories):
            yield Category(id=ids.new(CategoryId), name=name, ancestors=(parent.id,), position=below)


def _product(
    at: int, good: Good, *, skus: int | None, category_id: CategoryId, brand: Brand, ids: ChanceIds
) -> Product:
    choices = [[Option(axis, value) for value in values] for axis, values in good.options]
    variants = list(combinations(*choices))
    if skus is not None:
        rounds = ((variant, turn) for turn in range(1, skus + 1) for variant in variants)
        variants = [
            variant if turn == 1 else (*variant, Option(_EDITION, f"第{turn}版"))
            for variant, turn in islice(rounds, skus)
        ]
    return Product(
        id=ids.new(ProductId),
        name=good.name,
        skus=tuple(
            _sku(good, options=options, number=at + 1, which=which, ids=ids)
            for which, options in enumerate(variants, start=1)
        ),
        position=at,
        description=good.description,
        category_id=category_id,
        brand_id=brand.id,
    )


def _sku(good: Good, *, options: tuple[Option, ...], number: int, which: int, ids: ChanceIds) -> Sku:
    unit = Unit.named(good.unit)
    packs = (Pack(Unit.named(good.pack_unit), Factor(good.pack_factor)),) if good.pack_factor > 1 else ()
    return Sku(
        id=ids.new(SkuId),
        code=SkuCode(f"DH{number:04}-{which}"),
        name=" ".join((good.name, *(option.value for option in options))),
        unit=unit,
        barcode=_barcode(number, which),
        options=options,
        packs=packs,
        rule=QuantityRule(Quantity.of(good.minimum), Quantity.of(good.step)),
    )


def _barcode(number: int, which: int) -> str:
    digits = f"{_IN_STORE}{number:06}{which:03}"
    weighed = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def price_book(
    shelves: Shelves,
    *,
    customers: Sequence[Customer],
    merchant: Merchant,
    now: datetime,
    ids: ChanceIds,
    chance: Random,
    always_breaks: bool,
) -> PriceBook:
    """Make the lists: base, tiers, contracts, one for VIPs that holds now and one for everyone that is to come."""
    _, vip, _ = shelves.tiers
    base = _list(ids, PriceSource.BASE, "基准价")
    tiers = {one.id: _list(ids, PriceSource.TIER, one.name, tier=one) for one in shelves.tiers}
    contracts = [
        _list(ids, PriceSource.CONTRACT, f"{one.name} 合同价", customer=one) for one in customers[:CONTRACTS]
    ]
    month = Period(now - timedelta(days=30), now + timedelta(days=30))
    current = _list(ids, PriceSource.PRICE_LIST, "VIP 本月特惠", tier=vip, validity=month, priority=10)
    later = Period(now + timedelta(days=7), now + timedelta(days=37))
    scheduled = _list(ids, PriceSource.PRICE_LIST, "下期大促", validity=later, priority=20)
    lists = [base, *tiers.values(), *contracts, current, scheduled]
    ladders: dict[PriceList, dict[SkuId, Ladder]] = {one: {} for one in lists}
    for sku, minor in _priced(shelves.products, number_of=len(shelves.products)):
        several = chance.random() < 0.85 or always_breaks
        breaks = ((_ONE, 100), (_TEN, 97), (_HUNDRED, 93)) if several else ((_ONE, 100),)
        ladders[base][sku.id] = _ladder(sku, minor, breaks, merchant)
        if chance.random() < 0.1:
            ladders[tiers[vip.id]][sku.id] = _ladder(sku, minor, ((_ONE, 93), (_HUNDRED, 88)), merchant)
        for contract in contracts:
            if chance.random() < 0.05:
                ladders[contract][sku.id] = _ladder(sku, minor, ((_ONE, 90), (_TEN, 86)), merchant)
        if chance.random() < 0.08:
            ladders[current][sku.id] = _ladder(sku, minor, ((_TEN, 85),), merchant)
        if chance.random() < 0.15:
            ladders[scheduled][sku.id] = _ladder(sku, minor, ((_ONE, 88), (_HUNDRED, 80)), merchant)
    return PriceBook(ladders=ladders)


def _list(
    ids: ChanceIds,
    source: PriceSource,
    name: str,
    *,
    tier: PriceTier | None = None,
    customer: Customer | None = None,
    validity: Period = ALWAYS,
    priority: int = 0,
) -> PriceList:
    return PriceList(
        id=ids.new(PriceListId),
        source=source,
        name=name,
        priority=priority,
        tier=tier,
        customer_id=customer.id if customer else None,
        validity=validity,
    )


def _priced(products: Sequence[Product], *, number_of: int) -> Iterator[tuple[Sku, int]]:
    """Every SKU with its base price in minor units."""
    for product, good in zip(products, goods(number_of), strict=True):
        for sku in product.skus:
            yield sku, _price(good, sku.options)


def _price(good: Good, chosen: Sequence[Option]) -> int:
    """A larger size and a better grade cost more; a flavour costs the same."""
    low, high = good.price_minor_low, good.price_minor_high
    values = dict(good.options)
    for option in chosen:
        dearer = values.get(option.name, ())[:: -1 if option.name == _GRADE else 1]
        if option.name in (*_SIZES, _GRADE) and len(dearer) > 1:
            return (low + (high - low) * dearer.index(option.value) // (len(dearer) - 1)) // 10 * 10
    return low


def _ladder(sku: Sku, minor: int, breaks: Sequence[tuple[Quantity, int]], merchant: Merchant) -> Ladder:
    """Cut a price at each break; the first rung reaches down to where ordering begins."""
    full = UnitPrice(minor * 100, merchant.currency)
    rungs = {start: Percentage(share * 100).of_price(full, scale=2) for start, share in breaks}
    if sku.rule.minimum < _ONE and _ONE in rungs:
        rungs[sku.rule.minimum] = rungs.pop(_ONE)
    return Ladder.of(Rung(start, price) for start, price in rungs.items())


def stock(shelves: Shelves, *, chance: Random) -> tuple[StockItem, ...]:
    """Count what is on the shelves: most is plenty, some is low, a little is sold out."""
    items = []
    for product in shelves.products:
        for sku in product.skus:
            fate = chance.random()
            for at, warehouse in enumerate(shelves.warehouses):
                units = _units(fate, at, chance)
                there = Quantity(units * 1_000)
                items.append(
                    StockItem(sku_id=sku.id, warehouse_id=warehouse.id, on_hand=there, available=there)
                )
    return tuple(items)


def _units(fate: float, warehouse: int, chance: Random) -> int:
    if fate < 0.03:
        return 0
    if fate < 0.1:
        return chance.randrange(1, 21) if warehouse == 0 else 0
    return chance.randrange(1_500, 9_000) if warehouse == 0 else chance.randrange(0, 3_000)


def openings(items: Sequence[StockItem], *, ids: ChanceIds, now: datetime) -> tuple[Movement, ...]:
    """Explain what is on hand."""
    return tuple(
        Movement(
            id=ids.new(MovementId),
            sku_id=item.sku_id,
            warehouse_id=item.warehouse_id,
            change=item.on_hand,
            before=NONE,
            after=item.on_hand,
            reason=MovementReason.OPENING,
            at=now,
            note="期初盘点",
        )
        for item in items
        if item.on_hand
    )
