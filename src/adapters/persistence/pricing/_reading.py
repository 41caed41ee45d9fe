"""The lists that a customer may get, with their ladders: found by what the customer goes by, whatever else there is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    union_all,
)

from adapters.persistence.branches import branches, with_those_above
from adapters.persistence.customers import customers
from adapters.persistence.groups import customer_groups, group_memberships
from adapters.persistence.pricing._tables import (
    Published,
    price_batches,
    price_lists,
    prices,
    read_key,
    rung_of,
)
from adapters.persistence.statements import JsonRows, Row, any_in, any_of
from adapters.persistence.tables import Instant, instant
from domain.ladders import AnyLadder, DatedLadder, Ladders
from domain.money import Currency
from domain.price_batches import BatchState
from domain.pricing import Ladder, PriceSource

MERCHANT: BindParameter[str] = bindparam("merchant_id")
_CUSTOMER = bindparam("customer_id", type_=Text())
_EVERYONE: ColumnElement[str] = literal_column("''", Text())
_NEAR: ColumnElement[int] = literal_column("0", Integer())
RUNG = (prices.c.min_quantity, prices.c.unit_price, prices.c.percentage)
_PUBLISHED = (price_batches.c.effective_from, price_batches.c.published_at)
PRICES_AND_BATCHES = prices.outerjoin(
    price_batches,
    and_(
        price_batches.c.merchant_id == prices.c.merchant_id,
        price_batches.c.id == prices.c.batch_id,
        price_batches.c.state == BatchState.PUBLISHED.value,
    ),
)
LADDER = (prices.c.sku_id, prices.c.ladder, *RUNG, prices.c.batch_id, *_PUBLISHED)
"""What `Gathered.add` reads of a rung, after its list."""


def audience(*, known: bool) -> ColumnElement[bool]:
    """The condition that a list is for the customer, or for everyone: one look into an index for each of what it is."""
    everyone = select(_EVERYONE.label("id"))
    if not known:
        return price_lists.c.audience_id == _EVERYONE
    above = with_those_above("customer_id").subquery("companies")
    tier = select(customers.c.tier_id).where(customers.c.merchant_id == MERCHANT, customers.c.id == _CUSTOMER)
    groups = (
        select(group_memberships.c.group_id.label("id"))
        .where(
            group_memberships.c.merchant_id == MERCHANT,
            group_memberships.c.customer_id == _CUSTOMER,
            group_memberships.c.until.is_(None),
        )
        .cte("groups", recursive=True)
    )
    groups = groups.union(
        select(customer_groups.c.parent_id)
        .join(groups, customer_groups.c.id == groups.c.id)
        .where(customer_groups.c.merchant_id == MERCHANT, customer_groups.c.parent_id.is_not(None))
    )
    facts = union_all(everyone, select(above.c.id), tier, select(groups.c.id))
    of_another = and_(
        price_lists.c.source == PriceSource.CONTRACT.value, price_lists.c.customer_id != _CUSTOMER
    )
    return and_(any_in(price_lists.c.audience_id, facts), ~of_another)


def not_over() -> ColumnElement[bool]:
    """The condition that a list did not end before the parameter `at`."""
    ends = price_lists.c.valid_until
    return or_(ends.is_(None), ends > bindparam("at", type_=Instant()))


def begun() -> ColumnElement[bool]:
    """The condition that a list begins before the parameter `until`, or at that moment."""
    begins = price_lists.c.valid_from
    return or_(begins.is_(None), begins <= bindparam("until", type_=Instant()))


def distance(*, known: bool) -> ColumnElement[Any]:
    """How far above the customer the company is whose list it is."""
    if not known:
        return _NEAR
    return (
        select(branches.c.distance)
        .where(
            branches.c.merchant_id == MERCHANT,
            branches.c.customer_id == price_lists.c.customer_id,
            branches.c.branch_id == _CUSTOMER,
        )
        .correlate(price_lists)
        .scalar_subquery()
    )


def published_column() -> ColumnElement[str]:
    """The batches that are published, as JSON: few, because they are settled after a while."""
    return (
        select(JsonRows(price_batches.c.id, *_PUBLISHED))
        .where(price_batches.c.merchant_id == MERCHANT, price_batches.c.state == BatchState.PUBLISHED.value)
        .scalar_subquery()
    )


def rungs_said(*, every_sku: bool) -> ColumnElement[str]:
    """What a list says of these SKUs, as JSON in no order: a list is told of once, and no row repeats it.

    Asked for list by list the key of the prices serves, whatever PostgreSQL believes of how many there are.
    """
    said = select(JsonRows(*LADDER)).select_from(PRICES_AND_BATCHES)
    said = said.where(prices.c.merchant_id == price_lists.c.merchant_id, prices.c.list_id == price_lists.c.id)
    kept = said if every_sku else said.where(any_of(prices.c.sku_id, "sku_ids"))
    return kept.correlate(price_lists).scalar_subquery()


@lru_cache(maxsize=8_192)
def _ladder(rungs: tuple[Row, ...], currency: Currency) -> Ladder:
    """The ladder of these rows of rungs, one for all that are equal."""
    return Ladder.of(rung_of(one, currency) for one in rungs)


class Gathered:
    """Rungs as they come, by what they belong to, till all have come."""

    def __init__(self, currency: Currency) -> None:
        self._currency = currency
        self._rungs: dict[tuple[str, str], dict[str, list[Row]]] = {}
        self._published: dict[str, Published] = {}

    def add(self, list_id: str, row: Row) -> None:
        """Take one rung, of `LADDER`."""
        sku_id, key, min_quantity, unit_price, percentage, batch_id, effective_from, published_at = row
        rung = (min_quantity, unit_price, percentage)
        of_key = self._rungs.setdefault((list_id, sku_id), {})
        if key in of_key:
            of_key[key].append(rung)
        else:
            of_key[key] = [rung]
        if published_at is not None and batch_id not in self._published:
            self._published[batch_id] = Published(instant(effective_from), instant(published_at))

    def add_all(self, list_id: str, text: str | None) -> None:
        """Take what a list says, of `rungs_said`."""
        for row in sorted(orjson.loads(text or "[]")):
            self.add(list_id, row)

    def ladders(self) -> Mapping[tuple[str, str], AnyLadder]:
        """What every list says of every SKU, by list and SKU; prices that are not published left out."""
        found: dict[tuple[str, str], AnyLadder] = {}
        for key, of_key in self._rungs.items():
            if len(of_key) == 1 and "" in of_key:
                found[key] = _ladder(tuple(of_key[""]), self._currency)
                continue
            read = [one for _, one in self._read(of_key) if one is not None]
            if read:
                found[key] = Ladders.put(read)
        return found

    def of(self, list_id: str, sku_id: str) -> list[tuple[str, DatedLadder | None]]:
        """What a list says of a SKU, each with its key; None stands for what is not published."""
        return self._read(self._rungs.get((list_id, sku_id), {}))

    def _read(self, rungs: Mapping[str, list[Row]]) -> list[tuple[str, DatedLadder | None]]:
        return [
            (key, read_key(key, _ladder(tuple(some), self._currency), self._published))
            for key, some in sorted(rungs.items())
        ]
