"""Goods compared by price: the ladders of all that is found are read by one statement, and the domain prices them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, bindparam, literal_column, select, true

from adapters.persistence.catalog import SKU, products, skus
from adapters.persistence.catalog_cards import Eyes, eyes_of, plain_card, sku_cards, sku_columns
from adapters.persistence.catalog_statements import Filter, kept
from adapters.persistence.made import product_id, sku_id
from adapters.persistence.pricing import Rates, changes_with_time
from adapters.persistence.special_prices import read_offers
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement
from application.authorization import HiddenReason
from application.views.catalog import MOST_COMPARED, PricesNotCompared, SkuWant
from domain.identity import ProductId
from domain.money import UnitPrice

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

MOST_REMEMBERED = 8_192
_WANT = SkuWant(price=True)


@lru_cache(maxsize=64)
def _skus(filter: Filter) -> Statement:
    """The SKUs for sale of all goods that are found, with their ladders; one more than may be compared."""
    of_product = and_(
        skus.c.merchant_id == bindparam("merchant_id"),
        skus.c.product_id == products.c.id,
        skus.c.for_sale == true(),
    )
    return Statement(
        select(*sku_columns(_WANT))
        .select_from(products.join(skus, of_product))
        .where(*kept(filter))
        .limit(literal_column(str(MOST_COMPARED + 1), Integer()))
    )


def read_compared(
    sight: Sight, which: Filter, asked: Mapping[str, Any], rates: Rates
) -> Reader[dict[ProductId, UnitPrice | None]]:
    """Find what everything that is found costs whoever looks; None where nobody says.

    :raises PricesNotCompared: if it is too much.
    """
    rows = yield Ask(_skus(which), {**asked, "list_ids": rates.list_ids})
    if len(rows) > MOST_COMPARED:
        raise PricesNotCompared(HiddenReason.TOO_MANY_GOODS)
    offers = yield from read_offers(sight.actor, {row[0] for row in rows}, sight.at)
    least: dict[ProductId, UnitPrice | None] = {}
    apart: Rows = []
    eyes = eyes_of(rates)
    for row in rows:
        if sku_id(row[0]) in offers or changes_with_time(row[SKU + 2]):
            apart.append(row)
        else:
            _put(least, product_id(row[SKU]), _price(row, eyes))
    for card in sku_cards(apart, _WANT, sight.actor, rates, {}, sight.at):
        prices = card.prices.with_specials(offers.get(card.id, ()))
        _put(least, card.product_id, card._replace(prices=prices).first_price)
    return least


@lru_cache(maxsize=MOST_REMEMBERED)
def _price(row: Row, eyes: Eyes) -> UnitPrice | None:
    """What a SKU costs whose price does not change with time; the same row with the same eyes costs the same."""
    return plain_card(row, eyes).first_price


def _put(least: dict[ProductId, UnitPrice | None], id: ProductId, price: UnitPrice | None) -> None:
    """Keep the lowest price of a product."""
    known = least.setdefault(id, price)
    if price is not None and (known is None or price.ten_thousandths < known.ten_thousandths):
        least[id] = price
