"""Prices as readers see them: the lists an actor gets, read once, and every SKU's ladders beside the SKU.

Ladders come as one text for each SKU, so that what it says is worked out once and found again by the text alone: no
price is ever shown that was not just read.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
import orjson
from sqlalchemy import ColumnElement, Table, Text, bindparam, cast, func, literal_column, select

from adapters.persistence.made import quantity, unit_price
from adapters.persistence.pricing import LIST_COLUMNS, LISTS_AND_TIERS, audience, list_of, price_lists, prices
from adapters.persistence.statements import Ask, JoinedText, JsonRows, Reader, Statement, any_of
from domain.identity import PriceListId
from domain.merchant import Merchant, PriceRules
from domain.money import Currency, Percentage, UnitPrice
from domain.price_choice import SkuPrices, holding_at
from domain.pricing import Ladder, PriceList, Rung

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

MOST_REMEMBERED = 4_096
_SHARE = "p"


def lists_column(*, known: bool) -> ColumnElement[str]:
    """The lists of a customer as JSON, or those for everyone."""
    return (
        select(JsonRows(*LIST_COLUMNS))
        .select_from(LISTS_AND_TIERS)
        .where(price_lists.c.merchant_id == bindparam("merchant_id"), audience(known=known))
        .scalar_subquery()
    )


def ladders_column(skus: Table) -> ColumnElement[Any]:
    """Every rung of a SKU in the lists of the parameter `list_ids`, as text."""
    comma, share = literal_column("','", Text()), literal_column(f"'{_SHARE}'", Text())
    price = func.coalesce(cast(prices.c.unit_price, Text()), cast(prices.c.percentage, Text()) + share)
    rung = prices.c.list_id + comma + cast(prices.c.min_quantity, Text()) + comma + price
    return (
        select(JoinedText(rung))
        .where(
            prices.c.merchant_id == bindparam("merchant_id"),
            any_of(prices.c.list_id, "list_ids"),
            prices.c.sku_id == skus.c.id,
        )
        .correlate(skus)
        .scalar_subquery()
    )


@attrs.frozen(eq=False)
class Rates:
    """The lists that hold at one moment for one actor, and how prices are made of them."""

    holding: tuple[PriceList, ...]
    list_ids: list[PriceListId]
    rules: PriceRules
    currency: Currency


@attrs.frozen(eq=False)
class PriceLists:
    """The lists an actor may get, whenever they hold."""

    lists: tuple[PriceList, ...]
    _rates: dict[object, Rates] = attrs.field(factory=dict, init=False, repr=False)

    def at(self, moment: datetime, merchant: Merchant) -> Rates:
        """The rates of a moment: the same as long as the same lists hold."""
        holding = tuple(holding_at(self.lists, moment))
        list_ids = [one.id for one in holding]
        rules, currency = merchant.price_rules, merchant.currency
        key = (tuple(list_ids), rules, currency)
        found = self._rates.get(key)
        if found is None:
            found = self._rates[key] = Rates(holding, list_ids, rules, currency)
        return found


@lru_cache(maxsize=1024)
def lists_of(text: str | None) -> PriceLists:
    """Read what `lists_column` said."""
    return PriceLists(tuple(list_of(tuple(row)) for row in orjson.loads(text or "[]")))


@lru_cache(maxsize=2)
def _lists(known: bool) -> Statement:
    return Statement(select(lists_column(known=known)))


def read_rates(sight: Sight) -> Reader[Rates]:
    """Find the lists whose prices the actor sees now."""
    actor, lists = sight.actor, sight.known.price_lists
    if lists is None:
        asked: dict[str, Any] = {"merchant_id": actor.merchant_id}
        if actor.customer_id is not None:
            asked["customer_id"] = actor.customer_id
        lists = lists_of((yield Ask(_lists(actor.customer_id is not None), asked))[0][0])
    return lists.at(sight.at, actor.merchant)


@lru_cache(maxsize=MOST_REMEMBERED)
def prices_of(rates: Rates, ladders: str | None) -> SkuPrices:
    """Read what `ladders_column` said of a SKU; the domain chooses."""
    rungs: dict[str, list[str]] = {}
    for rung in ladders.split(";") if ladders else ():
        list_id, _, rest = rung.partition(",")
        rungs.setdefault(list_id, []).append(rest)
    currency = rates.currency
    return SkuPrices.holding(
        [(one, _ladder(tuple(rungs.get(one.id, ())), currency)) for one in rates.holding], rules=rates.rules
    )


@lru_cache(maxsize=MOST_REMEMBERED)
def _ladder(rungs: tuple[str, ...], currency: Currency) -> Ladder:
    """The ladder of one list: those for everyone come again with every tier."""
    found = (rung.split(",") for rung in rungs)
    return Ladder.of(Rung(quantity(int(start)), _price(price, currency)) for start, price in found)


def _price(text: str, currency: Currency) -> UnitPrice | Percentage:
    if text.endswith(_SHARE):
        return Percentage(int(text.removesuffix(_SHARE)))
    return unit_price(int(text), currency)
