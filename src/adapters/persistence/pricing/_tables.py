"""Prices in tables: lists, the rungs of their ladders by SKU, and batches of them.

Most ladders are for the base unit and always hold: of these the column `ladder` is empty. Of any other it says in one
text everything that tells it from its siblings (see `ladder_key`), so that a rung has a key, and a reader of very many
rungs reads one text. The columns beside it say the same to statements that select by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, unquote

import attrs
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, and_, text

from adapters.persistence.customers import price_tiers
from adapters.persistence.statements import Row
from adapters.persistence.tables import (
    Instant,
    Whole,
    Words,
    belongs_to,
    instant,
    microseconds,
    one_of,
    perhaps_instant,
    tenant_table,
)
from domain.identity import (
    CustomerGroupId,
    CustomerId,
    MerchantId,
    PriceBatchId,
    PriceListId,
    PriceTierId,
)
from domain.ladders import DatedLadder, dated
from domain.money import Currency, Percentage, UnitPrice
from domain.period import Period
from domain.price_batches import BatchState, PriceBatch
from domain.pricing import Ladder, PriceChange, PriceList, PriceSource, PriceTier, Rung
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
    Column("group_id", Words),
    Column("region_id", Words),
    # Whichever of the four above it is; empty where it is for everyone. What those who ask go by is looked up in it.
    Column("audience_id", Words, nullable=False),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("version", BigInteger, nullable=False),
    belongs_to("price_tiers", "tier_id"),
    belongs_to("customers", "customer_id"),
    belongs_to("customer_groups", "group_id"),
    belongs_to("customer_groups", "region_id"),
    one_of("source", PriceSource),
    CheckConstraint("valid_until IS NULL OR valid_from IS NULL OR valid_from < valid_until", name="validity"),
    CheckConstraint("audience_id = COALESCE(tier_id, customer_id, group_id, region_id, '')", name="audience"),
    Index(None, "merchant_id", "audience_id"),
    Index(None, "merchant_id", "name", "id"),
    one_each("base", "merchant_id", of=PriceSource.BASE),
    one_each("tier", "merchant_id", "tier_id", of=PriceSource.TIER),
)

price_batches = tenant_table(
    "price_batches",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("ladders", Whole, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("effective_from", Instant),
    Column("published_at", Instant),
    one_of("state", BatchState),
    CheckConstraint("(effective_from IS NULL) = (published_at IS NULL)", name="published"),
    Index(None, "merchant_id", "state"),
)

_STAGED = text("batch_id IS NOT NULL")
_ENDING = text("valid_until IS NOT NULL")

prices = tenant_table(
    "prices",
    Column("list_id", Words, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("ladder", Words, nullable=False),
    Column("min_quantity", Whole, nullable=False),
    Column("unit_price", Whole),
    Column("percentage", Whole),
    Column("unit", Words),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("priority", Whole, nullable=False),
    Column("batch_id", Words),
    belongs_to("price_lists", "list_id"),
    belongs_to("skus", "sku_id"),
    belongs_to("price_batches", "batch_id"),
    CheckConstraint("min_quantity > 0", name="min_quantity"),
    CheckConstraint("(unit_price IS NULL) <> (percentage IS NULL)", name="price_or_percentage"),
    CheckConstraint("unit_price >= 0 AND percentage >= 0", name="not_negative"),
    CheckConstraint("valid_until IS NULL OR valid_from IS NULL OR valid_from < valid_until", name="validity"),
    CheckConstraint("batch_id IS NULL OR (valid_from IS NULL AND valid_until IS NULL)", name="batch"),
    Index(None, "merchant_id", "batch_id", postgresql_where=_STAGED, sqlite_where=_STAGED),
    Index(None, "merchant_id", "valid_until", postgresql_where=_ENDING, sqlite_where=_ENDING),
    key=("list_id", "sku_id", "ladder", "min_quantity"),
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
        one.group_id,
        one.region_id,
        (one.tier and one.tier.id) or one.customer_id or one.group_id or one.region_id or "",
        one.validity.start,
        one.validity.end,
        0,
    )


def ladder_key(one: DatedLadder, *, batch_id: PriceBatchId | None = None) -> str:
    """Write what tells a ladder from its siblings: `@start.end.priority.batch.unit`; nothing for a plain one."""
    if one.plain and batch_id is None:
        return ""
    start, end = (edge and microseconds(edge) for edge in (one.validity.start, one.validity.end))
    told = (start, end, one.priority or None, batch_id, one.unit and quote(one.unit, safe=""))
    return "@" + ".".join("" if part is None else str(part) for part in told)


def rung_rows(
    merchant_id: MerchantId, change: PriceChange, *, batch_id: PriceBatchId | None = None
) -> list[Row]:
    """The rows of a change; of one in a batch the batch says when it holds."""
    key = ladder_key(dated(change), batch_id=batch_id)
    return [
        (
            merchant_id,
            change.list_id,
            change.sku_id,
            key,
            rung.min_quantity.thousandths,
            rung.price.ten_thousandths if isinstance(rung.price, UnitPrice) else None,
            rung.price.hundredths if isinstance(rung.price, Percentage) else None,
            change.unit,
            change.validity.start,
            change.validity.end,
            change.priority,
            batch_id,
        )
        for rung in change.ladder.rungs
    ]


def batch_row(merchant_id: MerchantId, one: PriceBatch) -> Row:
    return (
        merchant_id,
        one.id,
        one.name,
        one.state.value,
        one.ladders,
        one.created_at,
        one.effective_from,
        one.published_at,
    )


BATCH_COLUMNS = tuple(price_batches.c)[1:]


def batch_of(row: Row) -> PriceBatch:
    """Read a batch from `BATCH_COLUMNS`."""
    id, name, state, ladders, created_at, effective_from, published_at = row
    return PriceBatch(
        id=PriceBatchId(id),
        name=name,
        state=BatchState(state),
        ladders=ladders,
        created_at=instant(created_at),
        effective_from=perhaps_instant(effective_from),
        published_at=perhaps_instant(published_at),
    )


@attrs.frozen
class Published:
    """When a batch begins to hold, and when that was said."""

    effective_from: datetime
    published_at: datetime


def read_key(key: str, ladder: Ladder, published: Mapping[str, Published], /) -> DatedLadder | None:
    """Read what `ladder_key` wrote; None where the ladder is of a batch that is not published."""
    if not key:
        return DatedLadder(ladder=ladder)
    start, end, priority, batch_id, unit = key.removeprefix("@").split(".", 4)
    validity, place = Period(_moment(start), _moment(end)), 0
    if batch_id:
        found = published.get(batch_id)
        if found is None:
            return None
        validity, place = Period(found.effective_from, None), microseconds(found.published_at)
    return DatedLadder(
        ladder=ladder,
        unit=unquote(unit) or None,
        validity=validity,
        priority=int(priority or 0),
        place=place,
    )


def _moment(text: str) -> datetime | None:
    return instant(int(text)) if text else None


@lru_cache(maxsize=8_192)
def rung_of(row: Row, currency: Currency) -> Rung:
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
    price_lists.c.group_id,
    price_lists.c.region_id,
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
    """Read a list from `LIST_COLUMNS`, and from how far above the company is whose it is, where that was asked."""
    id, source, name, priority, customer_id, group_id, region_id, start, end = row[:9]
    tier_id, code, tier_name, percentage = row[9:13]
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
        group_id=None if group_id is None else CustomerGroupId(group_id),
        region_id=None if region_id is None else CustomerGroupId(region_id),
        distance=row[13] or 0 if len(row) > 13 else 0,
        validity=Period(perhaps_instant(start), perhaps_instant(end)),
    )
