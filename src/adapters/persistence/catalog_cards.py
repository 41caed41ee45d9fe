"""Goods as readers see them, made of rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import BigInteger, ColumnElement, bindparam, cast, func, null, select

from adapters.persistence.catalog import SKU, SKU_COLUMNS, options_of, packs_of, skus, unit_of
from adapters.persistence.inventory import stock
from adapters.persistence.made import brand_id, category_id, product_id, quantity, sku_code, sku_id
from adapters.persistence.pricing import Rates, changes_with_time, ladders_column, prices_at, prices_of
from adapters.persistence.rule_texts import rule_of
from adapters.persistence.statements import Row, Rows
from application.authorization import Actor, HiddenReason, price_hidden_from
from application.views.catalog import (
    BrandCard,
    CategoryCard,
    ProductCard,
    ProductWant,
    SkuCard,
    SkuWant,
)
from application.views.stock_levels import StockLevel, StockSight
from domain.identity import CategoryId, ProductId
from domain.price_choice import NO_PRICES
from domain.quantity import LARGEST

MOST_REMEMBERED = 4096
PRODUCT = 12
"""So many columns of a row are the product's."""


def grouped(rows: Rows) -> tuple[Rows, list[int]]:
    """The first row of each product, and how many SKUs there are of each."""
    heads: Rows = []
    many: list[int] = []
    at = None
    for row in rows:
        if row[0] != at:
            at = row[0]
            heads.append(row)
            many.append(0)
        if row[PRODUCT] is not None:
            many[-1] += 1
    return heads, many


def sku_columns(want: SkuWant) -> list[ColumnElement[Any]]:
    """A SKU's own columns, its product, what is available of it, and its ladders."""
    available = (
        select(func.sum(stock.c.available))
        .where(stock.c.merchant_id == bindparam("merchant_id"), stock.c.sku_id == skus.c.id)
        .correlate(skus)
        .scalar_subquery()
    )
    return [
        *SKU_COLUMNS,
        skus.c.product_id,
        cast(available, BigInteger) if want.stock else null(),
        ladders_column(skus) if want.price else null(),
    ]


@attrs.frozen(eq=False)
class Eyes:
    """With what a row is looked at: whose prices, and what is shown of the stock."""

    rates: Rates | None
    price_hidden: HiddenReason | None
    stock: StockSight | None
    """None where the stock is not wanted."""


_eyes = lru_cache(maxsize=1024)(Eyes)


def eyes_of(rates: Rates) -> Eyes:
    """With these a row is looked at where nothing but its price is wanted."""
    return _eyes(rates, None, None)


def sku_cards(
    rows: Rows,
    want: SkuWant,
    actor: Actor,
    rates: Rates | None,
    products: Mapping[ProductId, ProductCard],
    at: datetime,
) -> list[SkuCard]:
    """Turn rows into SKUs as the actor may see them at a moment, each with its product where that was read."""
    eyes = _eyes(rates, price_hidden_from(actor), StockSight.of(actor) if want.stock else None)
    cards = [_sku_card(row, eyes) for row in rows]
    if rates is not None:
        cards = [
            card._replace(prices=prices_at(rates, row[SKU + 2], at))
            if changes_with_time(row[SKU + 2])
            else card
            for card, row in zip(cards, rows, strict=True)
        ]
    if want.product is None:
        return cards
    return [card._replace(product=products.get(card.product_id)) for card in cards]


def plain_card(row: Row, eyes: Eyes) -> SkuCard:
    """The card of a row but for prices that change with time."""
    return SkuCard(
        sku_id(row[0]),
        sku_code(row[1]),
        row[2],
        product_id(row[SKU]),
        unit_of(row[4], row[5], row[6]),
        quantity(row[9]),
        quantity(row[10]),
        row[3],
        options_of(row[8]),
        packs_of(row[7]),
        bool(row[12]),
        NO_PRICES
        if eyes.rates is None or changes_with_time(row[SKU + 2])
        else prices_of(eyes.rates, row[SKU + 2]),
        eyes.price_hidden,
        None if eyes.stock is None else _level(row, eyes.stock),
        rule=rule_of(row[9], row[10], row[13]),
    )


_sku_card = lru_cache(maxsize=MOST_REMEMBERED)(plain_card)
"""The same row with the same eyes is the very same card."""


def _level(row: Row, sight: StockSight) -> StockLevel:
    available = quantity(min(row[SKU + 1] or 0, LARGEST))
    return sight.level(available, low_stock=None if row[11] is None else quantity(row[11]))


def product_card(
    row: Row, skus_: tuple[SkuCard, ...], parents: Mapping[CategoryId, CategoryCard], want: ProductWant
) -> ProductCard:
    return ProductCard(
        product_id(row[0]),
        row[1],
        row[4] or "",
        bool(row[2]),
        None if row[5] is None else brand_card(row[5], row[6]),
        None if row[7] is None else category_card(row[7], row[8], row[9], parents),
        skus_,
        bought_before=want.bought_before and row[10] == 0,
        pools_breaks=bool(row[11]),
    )


@lru_cache(maxsize=1024)
def brand_card(id: str, name: str) -> BrandCard:
    """A brand; a merchant has few."""
    return BrandCard(brand_id(id), name)


def category_card(
    id: str, name: str, parent_id: str | None, parents: Mapping[CategoryId, CategoryCard]
) -> CategoryCard:
    """A category, with the one above it where that was read."""
    card = _category_card(id, name, parent_id)
    if card.parent_id is None or card.parent_id not in parents:
        return card
    return card._replace(parent=parents[card.parent_id])


@lru_cache(maxsize=1024)
def _category_card(id: str, name: str, parent_id: str | None) -> CategoryCard:
    return CategoryCard(category_id(id), name, None if parent_id is None else category_id(parent_id))
