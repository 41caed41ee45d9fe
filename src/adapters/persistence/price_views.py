"""Prices as readers see them: the lists an actor gets, read once, and every SKU's ladders beside the SKU.

Ladders come as one text for each SKU, so that what it says is worked out once and found again by the text alone: no
price is ever shown that was not just read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
import orjson
from sqlalchemy import ColumnElement, Table, Text, bindparam, case, cast, func, literal_column, select

from adapters.persistence.made import quantity, unit_price
from adapters.persistence.pricing import (
    LIST_COLUMNS,
    LISTS_AND_TIERS,
    Published,
    audience,
    distance,
    list_of,
    not_over,
    price_lists,
    prices,
    published_column,
    read_key,
)
from adapters.persistence.statements import Ask, JoinedText, JsonRows, Reader, Statement, any_of
from adapters.persistence.tables import instant
from domain.identity import PriceListId
from domain.ladders import AnyLadder, Ladders, standing_at
from domain.merchant import Merchant, PriceRules
from domain.money import Currency, Percentage, UnitPrice
from domain.price_choice import SkuPrices, holding_at
from domain.pricing import EMPTY, Ladder, PriceList, Rung

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

MOST_REMEMBERED = 4_096
_SHARE = "p"
_MORE = "@"
"""Stands in what is said of a SKU where there is more than ladders that always hold for the base unit."""
_PLAIN = literal_column("''", Text())


def lists_column(*, known: bool) -> ColumnElement[str]:
    """The batches that are published and the lists of a customer, or those for everyone, as two JSON texts."""
    lists = (
        select(JsonRows(*LIST_COLUMNS, distance(known=known)))
        .select_from(LISTS_AND_TIERS)
        .where(price_lists.c.merchant_id == bindparam("merchant_id"), audience(known=known), not_over())
        .scalar_subquery()
    )
    none, between = literal_column("'[]'", Text()), literal_column("';'", Text())
    return func.coalesce(published_column(), none) + between + func.coalesce(lists, none)


def ladders_column(skus: Table) -> ColumnElement[Any]:
    """Every rung of a SKU in the lists of the parameter `list_ids`, as text."""
    comma, share = literal_column("','", Text()), literal_column(f"'{_SHARE}'", Text())
    price = func.coalesce(cast(prices.c.unit_price, Text()), cast(prices.c.percentage, Text()) + share)
    more = case((prices.c.ladder == _PLAIN, _PLAIN), else_=comma + prices.c.ladder)
    rung = prices.c.list_id + comma + cast(prices.c.min_quantity, Text()) + comma + price + more
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
    published: Mapping[str, Published]


@attrs.frozen(eq=False)
class PriceLists:
    """The lists an actor may get, whenever they hold."""

    lists: tuple[PriceList, ...]
    published: Mapping[str, Published] = attrs.field(factory=dict)
    _rates: dict[object, Rates] = attrs.field(factory=dict, init=False, repr=False)

    def at(self, moment: datetime, merchant: Merchant) -> Rates:
        """The rates of a moment: the same as long as the same lists hold."""
        holding = tuple(holding_at(self.lists, moment))
        list_ids = [one.id for one in holding]
        rules, currency = merchant.price_rules, merchant.currency
        key = (tuple(list_ids), rules, currency)
        found = self._rates.get(key)
        if found is None:
            found = self._rates[key] = Rates(holding, list_ids, rules, currency, self.published)
        return found


@lru_cache(maxsize=1024)
def lists_of(text: str) -> PriceLists:
    """Read what `lists_column` said."""
    batches, _, lists = text.partition(";")
    return PriceLists(
        tuple(list_of(tuple(row)) for row in orjson.loads(lists)),
        {id: Published(instant(start), instant(at)) for id, start, at in orjson.loads(batches)},
    )


@lru_cache(maxsize=2)
def _lists(known: bool) -> Statement:
    return Statement(select(lists_column(known=known)))


def read_rates(sight: Sight) -> Reader[Rates]:
    """Find the lists whose prices the actor sees now."""
    actor, lists = sight.actor, sight.known.price_lists
    if lists is None:
        asked: dict[str, Any] = {"merchant_id": actor.merchant_id, "at": sight.at}
        if actor.customer_id is not None:
            asked["customer_id"] = actor.customer_id
        lists = lists_of((yield Ask(_lists(actor.customer_id is not None), asked))[0][0])
    return lists.at(sight.at, actor.merchant)


def changes_with_time(ladders: str | None) -> bool:
    """Tell whether what `ladders_column` said of a SKU may say another thing at another moment."""
    return ladders is not None and _MORE in ladders


@lru_cache(maxsize=MOST_REMEMBERED)
def prices_of(rates: Rates, ladders: str | None) -> SkuPrices:
    """Read what `ladders_column` said of a SKU, where it does not change with time; the domain chooses."""
    rungs: dict[str, list[str]] = {}
    for rung in ladders.split(";") if ladders else ():
        list_id, _, rest = rung.partition(",")
        rungs.setdefault(list_id, []).append(rest)
    currency = rates.currency
    return SkuPrices.holding(
        [(one, _ladder(tuple(rungs.get(one.id, ())), currency)) for one in rates.holding], rules=rates.rules
    )


def prices_at(rates: Rates, ladders: str, moment: datetime) -> SkuPrices:
    """Read it where it does: between two moments at which something begins or ends it is the same."""
    said, edges = _said(rates, ladders)
    return _between(rates, said, bisect_right(edges, moment), edges)


@attrs.frozen(eq=False)
class _Said:
    """What each list says of a SKU, whenever it holds."""

    of: Mapping[str, AnyLadder]


@lru_cache(maxsize=MOST_REMEMBERED)
def _said(rates: Rates, ladders: str) -> tuple[_Said, tuple[datetime, ...]]:
    rungs: dict[str, dict[str, list[str]]] = {}
    for rung in ladders.split(";"):
        list_id, start, price, *key = rung.split(",")
        of_list = rungs.setdefault(list_id, {})
        of_list.setdefault(key[0] if key else "", []).append(f"{start},{price}")
    said: dict[str, AnyLadder] = {}
    for list_id, of_list in rungs.items():
        read = (
            read_key(key, _ladder(tuple(some), rates.currency), rates.published)
            for key, some in sorted(of_list.items())
        )
        said[list_id] = Ladders.put(one for one in read if one is not None)
    edges = {edge for one in said.values() if isinstance(one, Ladders) for edge in one.edges}
    return _Said(said), tuple(sorted(edges))


@lru_cache(maxsize=MOST_REMEMBERED)
def _between(rates: Rates, said: _Said, place: int, edges: tuple[datetime, ...]) -> SkuPrices:
    """The prices from one edge to the next."""
    moment = edges[place - 1] if place else datetime.min.replace(tzinfo=UTC)
    return SkuPrices.holding(
        [(one, standing_at(said.of.get(one.id, EMPTY), moment)) for one in rates.holding], rules=rates.rules
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
