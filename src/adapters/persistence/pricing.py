"""Prices in tables: lists and the rungs of their ladders, by SKU."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    and_,
    bindparam,
    or_,
    select,
    text,
    update,
)

from adapters.persistence.customers import customers, price_tiers
from adapters.persistence.outbox import record
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from adapters.persistence.tables import (
    Instant,
    Whole,
    Words,
    belongs_to,
    one_of,
    perhaps_instant,
    tenant_table,
)
from application.authorization import Actor
from application.ports.storage import Later, Prices
from domain.events import Event
from domain.identity import CustomerId, MerchantId, PriceListId, PriceTierId, SkuId
from domain.money import Currency, Percentage, UnitPrice
from domain.period import Period
from domain.pricing import EMPTY, Ladder, PriceChange, PriceList, PriceSource, PriceTier, Rung
from domain.quantity import Quantity


def one_each(name: str, *columns: str, of: PriceSource) -> Index:
    """Let there be one list of this source for each of what the columns name."""
    only = text(f"source = '{of.value}'")
    return Index(
        f"ix_price_lists_one_{name}", *columns, unique=True, postgresql_where=only, sqlite_where=only
    )


price_lists = tenant_table(
    "price_lists",
    Column("id", Words, nullable=False),
    Column("source", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("priority", BigInteger, nullable=False),
    Column("tier_id", Words),
    Column("customer_id", Words),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("version", BigInteger, nullable=False),
    belongs_to("price_tiers", "tier_id"),
    belongs_to("customers", "customer_id"),
    one_of("source", PriceSource),
    CheckConstraint("valid_until IS NULL OR valid_from IS NULL OR valid_from < valid_until", name="validity"),
    Index(None, "merchant_id", "tier_id"),
    one_each("base", "merchant_id", of=PriceSource.BASE),
    one_each("tier", "merchant_id", "tier_id", of=PriceSource.TIER),
    Index(None, "merchant_id", "customer_id"),
)

prices = tenant_table(
    "prices",
    Column("list_id", Words, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("min_quantity", Whole, nullable=False),
    Column("unit_price", Whole),
    Column("percentage", Whole),
    belongs_to("price_lists", "list_id"),
    belongs_to("skus", "sku_id"),
    CheckConstraint("min_quantity > 0", name="min_quantity"),
    CheckConstraint("(unit_price IS NULL) <> (percentage IS NULL)", name="price_or_percentage"),
    CheckConstraint("unit_price >= 0 AND percentage >= 0", name="not_negative"),
    key=("list_id", "sku_id", "min_quantity"),
)


def list_row(merchant_id: MerchantId, one: PriceList) -> Row:
    return (
        merchant_id,
        one.id,
        one.source.value,
        one.name,
        one.priority,
        one.tier and one.tier.id,
        one.customer_id,
        one.validity.start,
        one.validity.end,
        0,
    )


def rung_rows(merchant_id: MerchantId, change: PriceChange) -> list[Row]:
    return [
        (
            merchant_id,
            change.list_id,
            change.sku_id,
            rung.min_quantity.thousandths,
            rung.price.ten_thousandths if isinstance(rung.price, UnitPrice) else None,
            rung.price.hundredths if isinstance(rung.price, Percentage) else None,
        )
        for rung in change.ladder.rungs
    ]


@lru_cache(maxsize=8_192)
def _rung(row: Row, currency: Currency) -> Rung:
    """The rung in a row; the same few prices come again and again."""
    min_quantity, unit_price, percentage = row
    price = UnitPrice(unit_price, currency) if unit_price is not None else Percentage(percentage or 0)
    return Rung(Quantity(min_quantity), price)


LIST_COLUMNS = (
    price_lists.c.id,
    price_lists.c.source,
    price_lists.c.name,
    price_lists.c.priority,
    price_lists.c.customer_id,
    price_lists.c.valid_from,
    price_lists.c.valid_until,
    price_tiers.c.id,
    price_tiers.c.code,
    price_tiers.c.name,
    price_tiers.c.percentage,
)
LISTS_AND_TIERS = price_lists.outerjoin(
    price_tiers,
    and_(price_tiers.c.merchant_id == price_lists.c.merchant_id, price_tiers.c.id == price_lists.c.tier_id),
)


def list_of(row: Row) -> PriceList:
    """Read a list from `LIST_COLUMNS`."""
    id, source, name, priority, customer_id, start, end, tier_id, code, tier_name, percentage = row
    tier = None
    if tier_id is not None:
        share = None if percentage is None else Percentage(percentage)
        tier = PriceTier(id=PriceTierId(tier_id), code=code, name=tier_name, percentage=share)
    return PriceList(
        id=PriceListId(id),
        source=PriceSource(source),
        name=name,
        priority=priority,
        tier=tier,
        customer_id=None if customer_id is None else CustomerId(customer_id),
        validity=Period(perhaps_instant(start), perhaps_instant(end)),
    )


_LISTS = Statement(
    select(*LIST_COLUMNS)
    .select_from(LISTS_AND_TIERS)
    .where(price_lists.c.merchant_id == bindparam("merchant_id"))
    .order_by(price_lists.c.id)
)
_RUNG = (prices.c.min_quantity, prices.c.unit_price, prices.c.percentage)
_BY_LIST_AND_QUANTITY = (prices.c.list_id, prices.c.sku_id, prices.c.min_quantity)


@lru_cache(maxsize=2)
def _ladders(every_sku: bool) -> Statement:
    statement = select(prices.c.list_id, prices.c.sku_id, *_RUNG).where(
        prices.c.merchant_id == bindparam("merchant_id"), any_of(prices.c.list_id, "list_ids")
    )
    kept = statement if every_sku else statement.where(any_of(prices.c.sku_id, "sku_ids"))
    return Statement(kept.order_by(*_BY_LIST_AND_QUANTITY))


def audience(*, known: bool) -> ColumnElement[bool]:
    """The condition that a list is for the customer, or for everyone."""
    for_everyone = and_(price_lists.c.tier_id.is_(None), price_lists.c.customer_id.is_(None))
    if not known:
        return for_everyone
    tier = (
        select(customers.c.tier_id)
        .where(
            customers.c.merchant_id == bindparam("merchant_id"),
            customers.c.id == bindparam("customer_id"),
        )
        .scalar_subquery()
    )
    own = price_lists.c.customer_id == bindparam("customer_id")
    return or_(for_everyone, own, price_lists.c.tier_id == tier)


@lru_cache(maxsize=2)
def _of_customer(known: bool) -> Statement:
    """Every list the customer may get, each with its rungs of these SKUs, or once without any."""
    rungs = and_(
        prices.c.merchant_id == price_lists.c.merchant_id,
        prices.c.list_id == price_lists.c.id,
        any_of(prices.c.sku_id, "sku_ids"),
    )
    return Statement(
        select(*LIST_COLUMNS, prices.c.sku_id, *_RUNG)
        .select_from(LISTS_AND_TIERS.outerjoin(prices, rungs))
        .where(price_lists.c.merchant_id == bindparam("merchant_id"), audience(known=known))
        .order_by(price_lists.c.id, prices.c.sku_id, prices.c.min_quantity)
    )


def read_ladders(
    actor: Actor, sku_ids: Collection[str], *, customer_id: CustomerId | None
) -> Reader[Mapping[SkuId, Mapping[PriceList, Ladder]]]:
    """Read every list a customer may get, with its ladder for each of the SKUs."""
    rows = yield _asked(actor, sku_ids, customer_id=customer_id)
    return _ladders_by_sku(rows, sku_ids, actor.merchant.currency)


def _asked(actor: Actor, sku_ids: Collection[str], *, customer_id: CustomerId | None) -> Ask:
    asked: dict[str, Any] = {"merchant_id": actor.merchant_id, "sku_ids": sorted(sku_ids)}
    if customer_id is not None:
        asked["customer_id"] = customer_id
    return Ask(_of_customer(customer_id is not None), asked)


_kept_list = lru_cache(maxsize=1_024)(list_of)


@lru_cache(maxsize=8_192)
def _ladder(rungs: tuple[Rung, ...]) -> Ladder:
    """The ladder of these rungs, one for all that are equal."""
    return Ladder(rungs)


def _ladders_by_sku(
    rows: Rows, sku_ids: Collection[str], currency: Currency
) -> Mapping[SkuId, Mapping[PriceList, Ladder]]:
    lists: dict[str, PriceList] = {}
    rungs: dict[tuple[str, str], list[Rung]] = {}
    for row in rows:
        if row[0] not in lists:
            lists[row[0]] = _kept_list(row[:11])
        if row[11] is not None:
            rungs.setdefault((row[0], row[11]), []).append(_rung(row[12:], currency))
    ladders = {key: _ladder(tuple(of_key)) for key, of_key in rungs.items()}
    return {
        SkuId(sku_id): {one: ladders.get((id, sku_id), EMPTY) for id, one in lists.items()}
        for sku_id in sku_ids
    }


_NEXT_VERSION = Statement(
    update(price_lists)
    .where(price_lists.c.merchant_id == bindparam("of_merchant"), price_lists.c.id == bindparam("list_id"))
    .values(version=price_lists.c.version + 1)
    .returning(price_lists.c.version)
)
_REMOVE = Statement(
    prices.delete()
    .where(
        prices.c.merchant_id == bindparam("merchant_id"),
        prices.c.list_id == bindparam("list_id"),
        any_of(prices.c.sku_id, "sku_ids"),
    )
    .returning(prices.c.list_id, prices.c.sku_id, *_RUNG)
)


@attrs.frozen
class SqlPrices(Prices):
    """The price lists of one merchant."""

    session: Session
    actor: Actor

    def lists(self) -> tuple[PriceList, ...]:
        rows = self.session.all(_LISTS, {"merchant_id": self.actor.merchant_id})
        return tuple(list_of(row) for row in rows)

    def ladders(
        self, *, list_ids: Collection[PriceListId], sku_ids: Collection[SkuId] | None = None
    ) -> Mapping[tuple[PriceListId, SkuId], Ladder]:
        asked: dict[str, Any] = {"merchant_id": self.actor.merchant_id, "list_ids": sorted(list_ids)}
        if sku_ids is not None:
            asked["sku_ids"] = sorted(sku_ids)
        return self._by_key(self.session.all(_ladders(sku_ids is None), asked))

    def of_customer(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId]
    ) -> Mapping[SkuId, Mapping[PriceList, Ladder]]:
        return self.of_customer_later(customer_id, sku_ids=sku_ids)()

    def of_customer_later(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId]
    ) -> Later[Mapping[SkuId, Mapping[PriceList, Ladder]]]:
        if not sku_ids:
            return dict
        asked = _asked(self.actor, sku_ids, customer_id=customer_id)
        rows, currency = self.session.ask(asked.statement, asked.parameters), self.actor.merchant.currency
        return lambda: _ladders_by_sku(rows(), sku_ids, currency)

    def add_contract(self, one: PriceList) -> None:
        self.session.insert(price_lists, [list_row(self.actor.merchant_id, one)])

    def set(
        self, changes: Sequence[PriceChange], *, event: Event
    ) -> Mapping[tuple[PriceListId, SkuId], Ladder]:
        merchant_id = self.actor.merchant_id
        by_list: dict[PriceListId, list[PriceChange]] = {}
        for change in changes:
            by_list.setdefault(change.list_id, []).append(change)
        removed: Rows = []
        for list_id, of_list in sorted(by_list.items()):
            found = self.session.all(_NEXT_VERSION, {"of_merchant": merchant_id, "list_id": list_id})
            sku_ids = [change.sku_id for change in of_list]
            asked = {"merchant_id": merchant_id, "list_id": list_id, "sku_ids": sku_ids}
            removed += self.session.all(_REMOVE, asked)
            rows = [row for change in of_list for row in rung_rows(merchant_id, change)]
            self.session.insert(prices, rows)
            for (version,) in found:
                record(self.session, merchant_id, aggregate_id=list_id, first=version, events=[event])
        return self._by_key(removed)

    def _by_key(self, rows: Rows) -> Mapping[tuple[PriceListId, SkuId], Ladder]:
        """Put rungs together, in whatever order they come."""
        currency = self.actor.merchant.currency
        rungs: dict[tuple[str, str], list[Rung]] = {}
        for list_id, sku_id, *rung in rows:
            rungs.setdefault((list_id, sku_id), []).append(_rung(tuple(rung), currency))
        return {
            (PriceListId(list_id), SkuId(sku_id)): Ladder.of(of_key)
            for (list_id, sku_id), of_key in rungs.items()
        }
