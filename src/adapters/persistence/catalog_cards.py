"""Goods as readers see them, made of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, cast, func, null, select

from adapters.persistence.catalog import SKU_COLUMNS, options_of, packs_of, skus, unit_of
from adapters.persistence.inventory import stock
from adapters.persistence.made import brand_id, category_id, product_id, quantity, sku_code, sku_id
from adapters.persistence.price_views import Rates, ladders_column, prices_of
from adapters.persistence.statements import Row, Rows
from application.authorization import Actor, HiddenReason, price_hidden_from, stock_figure_hidden_from
from application.views.catalog import BrandCard, CategoryCard, ProductCard, SkuCard, SkuWant, StockLevel
from domain.catalog import StockStatus
from domain.identity import CategoryId, ProductId
from domain.pricing import NO_PRICES
from domain.quantity import LARGEST, Quantity

PRODUCT = 10
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


def sku_cards(
    rows: Rows,
    want: SkuWant,
    actor: Actor,
    rates: Rates | None,
    products: Mapping[ProductId, ProductCard],
) -> list[SkuCard]:
    """Turn rows into SKUs as the actor may see them, each with its product where that was read."""
    hidden = price_hidden_from(actor)
    low, figure = actor.merchant.low_stock, stock_figure_hidden_from(actor)
    return [
        SkuCard(
            sku_id(row[0]),
            sku_code(row[1]),
            row[2],
            product_id(row[13]),
            unit_of(row[4], row[5], row[6]),
            quantity(row[9]),
            quantity(row[10]),
            row[3],
            options_of(row[8]),
            packs_of(row[7]),
            bool(row[12]),
            NO_PRICES if rates is None else prices_of(rates, row[15]),
            hidden,
            _level(row, low, figure) if want.stock else None,
            products.get(row[13]),
        )
        for row in rows
    ]


def _level(row: Row, low: Quantity, hidden: HiddenReason | None) -> StockLevel:
    available = quantity(min(row[14] or 0, LARGEST))
    status = StockStatus.of(available, low=low if row[11] is None else quantity(row[11]))
    return StockLevel(status, None if hidden else available, hidden)


def product_card(
    row: Row, skus_: tuple[SkuCard, ...], parents: Mapping[CategoryId, CategoryCard]
) -> ProductCard:
    return ProductCard(
        product_id(row[0]),
        row[1],
        row[4] or "",
        bool(row[2]),
        None if row[5] is None else BrandCard(brand_id(row[5]), row[6]),
        None if row[7] is None else category_card(row[7], row[8], row[9], parents),
        skus_,
    )


def category_card(
    id: str, name: str, parent_id: str | None, parents: Mapping[CategoryId, CategoryCard]
) -> CategoryCard:
    above = None if parent_id is None else category_id(parent_id)
    return CategoryCard(category_id(id), name, above, None if above is None else parents.get(above))
