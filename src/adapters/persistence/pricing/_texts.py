"""Prices as they are looked at: the lists a customer gets, read once, and every SKU's ladders beside the SKU.

Ladders come as one text for each SKU, so that what it says is worked out once and found again by the text alone. No
price is ever shown that was not just read, or read before with the edition that was just read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeGuard

import attrs
import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)

from adapters.persistence.editions import PRICES
from adapters.persistence.made import quantity, sku_id, unit_price
from adapters.persistence.pricing._reading import audience, begun, distance, not_over, published_column
from adapters.persistence.pricing._tables import (
    LIST_COLUMNS,
    LISTS_AND_TIERS,
    Published,
    list_of,
    price_lists,
    prices,
    read_key,
)
from adapters.persistence.statements import (
    Ask,
    JoinedText,
    JsonRows,
    Rows,
    Statement,
    any_in,
    any_of,
)
from adapters.persistence.tables import instant
from application.authorization import Actor
from domain.identity import CustomerId, PriceListId, SkuId
from domain.ladders import AnyLadder, Ladders, standing_at
from domain.merchant import Merchant, PriceRules
from domain.money import Currency, Percentage, UnitPrice
from domain.price_choice import SkuPrices, holding_at
from domain.pricing import EMPTY, Ladder, PriceList, Rung

MOST_REMEMBERED = 4_096
_SHARE = "p"
_MORE = "@"
"""Stands in what is said of a SKU where there is more than ladders that always hold for the base unit."""
_PLAIN = literal_column("''", Text())
_NONE, _BETWEEN = literal_column("'[]'", Text()), literal_column("';'", Text())


def lists_column(*, known: bool) -> ColumnElement[str]:
    """The batches that are published and the lists of a customer, or those for everyone, as two JSON texts."""
    lists = _of_customer(JsonRows(*LIST_COLUMNS, distance(known=known)), known=known).scalar_subquery()
    return _with_batches(lists)


def _of_customer(*columns: ColumnElement[Any], known: bool) -> Select[Any]:
    return (
        select(*columns)
        .select_from(LISTS_AND_TIERS)
        .where(price_lists.c.merchant_id == bindparam("merchant_id"), audience(known=known), not_over())
    )


def _with_batches(lists: ColumnElement[Any]) -> ColumnElement[str]:
    return func.coalesce(published_column(), _NONE) + _BETWEEN + func.coalesce(lists, _NONE)


def ladders_column(skus: FromClause) -> ColumnElement[Any]:
    """Every rung of a SKU in the lists of the parameter `list_ids`, as text."""
    return _rungs(any_of(prices.c.list_id, "list_ids"), skus.c.id, skus)


def _rungs(in_lists: ColumnElement[bool], sku_id: ColumnElement[Any], of: FromClause) -> ColumnElement[Any]:
    """Every rung of a SKU in some lists: asked SKU by SKU the key of the prices serves, whatever PostgreSQL believes of
    how many there are."""
    comma, share = literal_column("','", Text()), literal_column(f"'{_SHARE}'", Text())
    price = func.coalesce(cast(prices.c.unit_price, Text()), cast(prices.c.percentage, Text()) + share)
    more = case((prices.c.ladder == _PLAIN, _PLAIN), else_=comma + prices.c.ladder)
    rung = prices.c.list_id + comma + cast(prices.c.min_quantity, Text()) + comma + price + more
    return (
        select(JoinedText(rung))
        .where(prices.c.merchant_id == bindparam("merchant_id"), in_lists, prices.c.sku_id == sku_id)
        .correlate(of)
        .scalar_subquery()
    )


@lru_cache(maxsize=2)
def _charged(known: bool) -> Statement:
    """What each of these SKUs costs, in lists that have begun, and under no SKU the edition of prices with what
    `lists_column` says of these lists."""

    def of_each(asked: FromClause) -> CompoundSelect[str, str]:
        of_customer = _of_customer(*LIST_COLUMNS, distance(known=known).label("distance"), known=known)
        lists = of_customer.where(begun()).cte("lists")
        said = _with_batches(select(JsonRows(*lists.c)).select_from(lists).scalar_subquery())
        in_lists = any_in(prices.c.list_id, select(lists.c.id))
        of_sku = _rungs(in_lists, asked.c.value, asked)
        return union_all(
            select(_PLAIN, _with_edition(said)), select(asked.c.value, of_sku).select_from(asked)
        )

    array, json = (bindparam("sku_ids", type_=kind) for kind in (ARRAY(Text()), Text()))
    return Statement(
        of_each(func.unnest(array).table_valued("value").render_derived(name="asked")),
        sqlite=of_each(func.json_each(json).table_valued("value", name="asked")),
    )


def _with_edition(said: ColumnElement[Any]) -> ColumnElement[str]:
    return func.coalesce(cast(PRICES.column(), Text()), _PLAIN) + _BETWEEN + said


def charged_asked(
    actor: Actor, sku_ids: Iterable[str], *, customer_id: CustomerId | None, since: datetime, until: datetime
) -> Ask:
    """Ask what these SKUs cost a customer between two moments: lists that do not hold in between are left out."""
    asked: dict[str, Any] = {"merchant_id": actor.merchant_id, "sku_ids": sorted(sku_ids)}
    asked |= {"at": since, "until": until}
    if customer_id is not None:
        asked["customer_id"] = customer_id
    return Ask(_charged(customer_id is not None), asked)


@attrs.frozen(eq=False)
class Said:
    """The lists that a customer gets, and the edition of the prices in them."""

    lists: PriceLists
    edition: int | None

    @classmethod
    def of(cls, rows: Rows) -> tuple[Said, dict[SkuId, str | None]]:
        """Read what `charged_asked` is answered with: the lists, and what they say of each SKU."""
        texts: dict[str, str] = dict(rows)
        edition, _, said = texts.pop("").partition(";")
        return cls(lists_of(said), int(edition) if edition else None), {
            sku_id(id): text for id, text in texts.items()
        }

    @property
    def mark(self) -> Hashable:
        """Which lists these are: what they say is the same in the same edition."""
        return frozenset(one.id for one in self.lists.lists)

    def charged(
        self, texts: Mapping[SkuId, str | None], merchant: Merchant, *, at: datetime
    ) -> Mapping[SkuId, SkuPrices]:
        """Read what the lists say of SKUs, as it is at a moment."""
        rates = self.lists.at(at, merchant)
        return {
            id: prices_at(rates, said, at) if changes_with_time(said) else prices_of(rates, said)
            for id, said in texts.items()
        }


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


def lists_asked(actor: Actor, *, customer_id: CustomerId | None, at: datetime) -> Ask:
    """Ask for the lists that a customer may get and that are not over by then, as `lists_column` says."""
    asked: dict[str, Any] = {"merchant_id": actor.merchant_id, "at": at}
    if customer_id is not None:
        asked["customer_id"] = customer_id
    return Ask(_lists(customer_id is not None), asked)


def changes_with_time(ladders: str | None) -> TypeGuard[str]:
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
