"""Price lists, what they say, and batches, as staff see them: straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, select

from adapters.persistence.catalog import skus
from adapters.persistence.made import quantity, sku_code, sku_id
from adapters.persistence.paging import (
    Shape,
    conditions,
    cut,
    like,
    most,
    ordering,
    page_of,
    page_parameters,
)
from adapters.persistence.pricing import (
    LIST_COLUMNS,
    LISTS_AND_TIERS,
    Published,
    batch_of,
    list_of,
    price_batches,
    price_lists,
    prices,
    read_key,
    rung_of,
)
from adapters.persistence.special_prices import special_of, special_prices
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from adapters.persistence.tables import Instant, instant
from application.authorization import Permission
from application.views.catalog import SkuCard, SkuHead
from application.views.pages import Slice, Window
from application.views.pricing import (
    EVERY_SPECIAL,
    PriceBook,
    PriceItemWant,
    PriceListItem,
    SpecialFilter,
    SpecialPriceCard,
    SpecialState,
)
from domain.identity import PriceListId, SkuCode, SkuId, SpecialPriceId
from domain.money import Currency
from domain.price_batches import BatchState, PriceBatch
from domain.pricing import Ladder, PriceList, PriceSource
from domain.quantity import LARGEST

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_BY_NAME = (price_lists.c.name, price_lists.c.id)
_BY_SKU = (skus.c.code, prices.c.ladder)
_BY_ID = (price_batches.c.id,)


def _named(some: bool) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = [price_lists.c.merchant_id == _MERCHANT]
    if some:
        kept.append(func.lower(price_lists.c.name).like(bindparam("pattern"), escape="\\"))
    return kept


@lru_cache(maxsize=64)
def _lists(shape: Shape, some: bool) -> Statement:
    return Statement(
        select(*LIST_COLUMNS)
        .select_from(LISTS_AND_TIERS)
        .where(*_named(some), *conditions(shape, _BY_NAME))
        .order_by(*ordering(shape, _BY_NAME))
        .limit(most(shape))
    )


@lru_cache(maxsize=2)
def _count_lists(some: bool) -> Statement:
    return Statement(select(func.count()).select_from(price_lists).where(*_named(some)))


_SKUS_AND_PRICES = prices.join(
    skus, and_(skus.c.merchant_id == prices.c.merchant_id, skus.c.id == prices.c.sku_id)
).outerjoin(
    price_batches,
    and_(
        price_batches.c.merchant_id == prices.c.merchant_id,
        price_batches.c.id == prices.c.batch_id,
        price_batches.c.state == BatchState.PUBLISHED.value,
    ),
)


_BASE = (
    select(price_lists.c.id)
    .where(price_lists.c.merchant_id == _MERCHANT, price_lists.c.source == PriceSource.BASE.value)
    .scalar_subquery()
)


def _of_list(of_base: bool) -> ColumnElement[bool]:
    return prices.c.list_id == (_BASE if of_base else bindparam("list_id"))


def _said(of_base: bool, of_sku: bool) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = [
        prices.c.merchant_id == _MERCHANT,
        _of_list(of_base),
        or_(prices.c.batch_id.is_(None), price_batches.c.id.is_not(None)),
    ]
    return [*kept, skus.c.code == bindparam("sku_code")] if of_sku else kept


def _keys(of_base: bool, of_sku: bool) -> Any:
    return (
        select(skus.c.code, prices.c.ladder, prices.c.sku_id, skus.c.name)
        .select_from(_SKUS_AND_PRICES)
        .where(*_said(of_base, of_sku))
        .distinct()
    )


@lru_cache(maxsize=64)
def _items(shape: Shape, of_base: bool, of_sku: bool) -> Statement:
    page = (
        _keys(of_base, of_sku)
        .where(*conditions(shape, _BY_SKU))
        .order_by(*ordering(shape, _BY_SKU))
        .limit(most(shape))
        .cte("page")
    )
    down = shape.backwards
    order = [page.c.code.desc(), page.c.ladder.desc()] if down else [page.c.code, page.c.ladder]
    of_ladder = and_(
        prices.c.merchant_id == _MERCHANT,
        _of_list(of_base),
        prices.c.sku_id == page.c.sku_id,
        prices.c.ladder == page.c.ladder,
    )
    batch = and_(price_batches.c.merchant_id == _MERCHANT, price_batches.c.id == prices.c.batch_id)
    return Statement(
        select(
            *page.c,
            prices.c.min_quantity,
            prices.c.unit_price,
            prices.c.percentage,
            prices.c.batch_id,
            price_batches.c.effective_from,
            price_batches.c.published_at,
        )
        .select_from(page.join(prices, of_ladder).outerjoin(price_batches, batch))
        .order_by(*order, prices.c.min_quantity)
    )


@lru_cache(maxsize=4)
def _count_items(of_base: bool, of_sku: bool) -> Statement:
    return Statement(select(func.count()).select_from(_keys(of_base, of_sku).subquery("ladders")))


@lru_cache(maxsize=64)
def _batches(shape: Shape) -> Statement:
    return Statement(
        select(*(column for column in price_batches.c if column.name != "merchant_id"))
        .where(price_batches.c.merchant_id == _MERCHANT, *conditions(shape, _BY_ID))
        .order_by(*ordering(shape, _BY_ID))
        .limit(most(shape))
    )


_SPECIAL = (
    special_prices.c.id,
    special_prices.c.rule,
    special_prices.c.taken,
    skus.c.id,
    skus.c.code,
    skus.c.name,
)
_SPECIALS_AND_SKUS = special_prices.join(
    skus, and_(skus.c.merchant_id == special_prices.c.merchant_id, skus.c.id == special_prices.c.sku_id)
)
_SPECIALS_BY_ID = Statement(
    select(*_SPECIAL)
    .select_from(_SPECIALS_AND_SKUS)
    .where(special_prices.c.merchant_id == _MERCHANT, any_of(special_prices.c.id, "ids"))
)


def _kept_specials(state: SpecialState | None, of_sku: bool) -> list[ColumnElement[bool]]:
    at = bindparam("at", type_=Instant())
    begins, ends = special_prices.c.begins, special_prices.c.ends
    kept: list[ColumnElement[bool]] = [special_prices.c.merchant_id == _MERCHANT]
    if state is SpecialState.UPCOMING:
        kept.append(begins > at)
    elif state is SpecialState.CURRENT:
        kept += [or_(begins.is_(None), begins <= at), or_(ends.is_(None), ends > at)]
    elif state is SpecialState.ENDED:
        kept.append(ends <= at)
    return [*kept, skus.c.code == bindparam("sku_code")] if of_sku else kept


@lru_cache(maxsize=64)
def _specials(shape: Shape, state: SpecialState | None, of_sku: bool) -> Statement:
    by_id = (special_prices.c.id,)
    return Statement(
        select(*_SPECIAL)
        .select_from(_SPECIALS_AND_SKUS)
        .where(*_kept_specials(state, of_sku), *conditions(shape, by_id))
        .order_by(*ordering(shape, by_id))
        .limit(most(shape))
    )


@lru_cache(maxsize=8)
def _count_specials(state: SpecialState | None, of_sku: bool) -> Statement:
    return Statement(
        select(func.count()).select_from(_SPECIALS_AND_SKUS).where(*_kept_specials(state, of_sku))
    )


_COUNT_BATCHES = Statement(
    select(func.count()).select_from(price_batches).where(price_batches.c.merchant_id == _MERCHANT)
)


@attrs.frozen
class SqlPriceBook(PriceBook):
    """What staff see of the prices of one merchant."""

    sight: Sight

    async def lists(self, *, window: Window, text: str | None, count: bool) -> Slice[PriceList]:
        asked = self._asked()
        if text is not None:
            asked["pattern"] = like(text)

        def reader() -> Reader[Slice[PriceList]]:
            some = text is not None
            rows = yield Ask(_lists(Shape.of(window), some), {**asked, **page_parameters(window)})
            total = (yield Ask(_count_lists(some), asked))[0][0] if count else None
            nodes = [list_of(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[2], row[0]), nodes=nodes, total=total)

        return await self.sight.read(reader) if self._may() else Slice()

    async def items(
        self,
        *,
        list_id: PriceListId | None,
        window: Window,
        sku_code: SkuCode | None,
        count: bool,
        want: PriceItemWant = PriceItemWant(),
    ) -> Slice[PriceListItem]:
        asked, currency = self._asked(), self.sight.actor.merchant.currency
        if list_id is not None:
            asked["list_id"] = list_id
        if sku_code is not None:
            asked["sku_code"] = sku_code

        def reader() -> Reader[Slice[PriceListItem]]:
            which = (list_id is None, sku_code is not None)
            rows = yield Ask(_items(Shape.of(window), *which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count_items(*which), asked))[0][0] if count else None
            heads, rungs = _grouped(rows)
            kept = page_of(heads, window)
            goods: Mapping[SkuId, SkuCard] = {}
            if want.sku is not None and kept:
                goods = yield from self.sight.catalog.read_skus({row[2] for row in kept}, want.sku)
            nodes = [_item(row, rungs[row[0], row[1]], goods, currency) for row in kept]
            return cut(heads, window, key=lambda row: (row[0], row[1]), nodes=nodes, total=total)

        return await self.sight.read(reader) if self._may() else Slice()

    async def batches(self, *, window: Window, count: bool) -> Slice[PriceBatch]:
        def reader() -> Reader[Slice[PriceBatch]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(_batches(shape), {**self._asked(), **page_parameters(window)})
            total = (yield Ask(_COUNT_BATCHES, self._asked()))[0][0] if count else None
            nodes = [batch_of(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[0],), nodes=nodes, total=total)

        return await self.sight.read(reader) if self._may() else Slice()

    async def specials(
        self,
        *,
        window: Window,
        filter: SpecialFilter = EVERY_SPECIAL,
        count: bool,
        want: PriceItemWant = PriceItemWant(),
    ) -> Slice[SpecialPriceCard]:
        asked, of_sku = self._asked(), filter.sku_code is not None
        if of_sku:
            asked["sku_code"] = filter.sku_code
        if filter.state is not None:
            asked["at"] = self.sight.at

        def reader() -> Reader[Slice[SpecialPriceCard]]:
            shape = Shape.of(window, descending=True)
            which = (filter.state, of_sku)
            rows = yield Ask(_specials(shape, *which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count_specials(*which), asked))[0][0] if count else None
            nodes = yield from self._special_cards(page_of(rows, window), want)
            return cut(rows, window, key=lambda row: (row[0],), nodes=nodes, total=total)

        return await self.sight.read(reader) if self._may() else Slice()

    async def specials_by_id(
        self, ids: Collection[SpecialPriceId], *, want: PriceItemWant = PriceItemWant()
    ) -> Mapping[SpecialPriceId, SpecialPriceCard]:
        def reader() -> Reader[Mapping[SpecialPriceId, SpecialPriceCard]]:
            rows = yield Ask(_SPECIALS_BY_ID, {**self._asked(), "ids": sorted(ids)})
            return {one.special.id: one for one in (yield from self._special_cards(rows, want))}

        return await self.sight.read(reader) if ids and self._may() else {}

    def _special_cards(self, rows: Rows, want: PriceItemWant) -> Reader[list[SpecialPriceCard]]:
        goods: Mapping[SkuId, SkuCard] = {}
        if want.sku is not None and rows:
            goods = yield from self.sight.catalog.read_skus({row[3] for row in rows}, want.sku)
        return [
            SpecialPriceCard(
                special_of(rule),
                goods.get(sku_id(sku)) or SkuHead(sku_id(sku), sku_code(code), name),
                quantity(min(taken, LARGEST)),
            )
            for _, rule, taken, sku, code, name in rows
        ]

    def _may(self) -> bool:
        return self.sight.actor.has(Permission.MANAGE_PRICES)

    def _asked(self) -> dict[str, Any]:
        return {"merchant_id": self.sight.actor.merchant_id}


def _grouped(rows: Rows) -> tuple[Rows, Mapping[tuple[str, str], Rows]]:
    """The first row of each ladder, and all rows of each."""
    heads: Rows = []
    rungs: dict[tuple[str, str], Rows] = {}
    for row in rows:
        key = (row[0], row[1])
        if key not in rungs:
            heads.append(row)
        rungs.setdefault(key, []).append(row)
    return heads, rungs


def _item(row: Row, rungs: Rows, goods: Mapping[SkuId, SkuCard], currency: Currency) -> PriceListItem:
    id, (batch_id, effective_from, published_at) = sku_id(row[2]), row[7:]
    ladder = Ladder(tuple(rung_of(tuple(one[4:7]), currency) for one in rungs))
    published = {}
    if batch_id is not None:
        published = {batch_id: Published(instant(effective_from), instant(published_at))}
    found = read_key(row[1], ladder, published)
    assert found is not None, "only what is published is shown"
    return PriceListItem(
        goods.get(id) or SkuHead(id, sku_code(row[0]), row[3]),
        found.unit,
        ladder.rungs,
        found.validity.start,
        found.validity.end,
        found.priority,
    )
