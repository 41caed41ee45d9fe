"""The price lists of one merchant, as the verbs change them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import and_, bindparam, func, or_, select, update

from adapters.persistence.catalog import categories, products, skus
from adapters.persistence.editions import PRICES
from adapters.persistence.outbox import record
from adapters.persistence.pricing._reading import (
    Gathered,
    rungs_said,
)
from adapters.persistence.pricing._tables import (
    LIST_COLUMNS,
    LISTS_AND_TIERS,
    ladder_key,
    list_of,
    list_row,
    price_lists,
    prices,
    rung_rows,
)
from adapters.persistence.pricing._texts import Said, charged_asked, lists_asked, lists_of
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Rows, Statement, any_of
from adapters.persistence.tables import Instant
from application.authorization import Actor
from application.ports.storage import Charged, Later, Prices, Stale
from domain.events import Event
from domain.identity import BrandId, CategoryId, CustomerId, PriceListId, SkuId
from domain.ladders import AnyLadder, Ladders, dated, replaced_by
from domain.price_choice import SkuPrices
from domain.pricing import EMPTY, PriceChange, PriceList, PriceSource

_MERCHANT = prices.c.merchant_id == bindparam("merchant_id")
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing was over by then."""
_AHEAD = timedelta(minutes=5)
"""Lists that begin later than that are not read for what is charged now; who waits longer for a lock asks again."""


@lru_cache(maxsize=2)
def _lists(some: bool) -> Statement:
    statement = (
        select(*LIST_COLUMNS)
        .select_from(LISTS_AND_TIERS)
        .where(price_lists.c.merchant_id == bindparam("merchant_id"))
    )
    kept = statement.where(any_of(price_lists.c.id, "list_ids")) if some else statement
    return Statement(kept.order_by(price_lists.c.id))


_LIST = Statement(
    select(*LIST_COLUMNS)
    .select_from(LISTS_AND_TIERS)
    .where(price_lists.c.merchant_id == bindparam("merchant_id"), price_lists.c.id == bindparam("list_id"))
)


_STANDARD = Statement(
    select(*LIST_COLUMNS)
    .select_from(LISTS_AND_TIERS)
    .where(
        price_lists.c.merchant_id == bindparam("merchant_id"),
        or_(price_lists.c.source == PriceSource.BASE.value, price_lists.c.source == PriceSource.TIER.value),
    )
    .order_by(price_lists.c.id)
)


_NAMED = Statement(
    select(*LIST_COLUMNS)
    .select_from(LISTS_AND_TIERS)
    .where(
        price_lists.c.merchant_id == bindparam("merchant_id"),
        or_(
            any_of(price_lists.c.id, "names"),
            any_of(price_lists.c.name, "names"),
            price_lists.c.source == PriceSource.BASE.value,
        ),
    )
    .order_by(price_lists.c.id)
)


@lru_cache(maxsize=2)
def _ladders(every_sku: bool) -> Statement:
    return Statement(
        select(price_lists.c.id, rungs_said(every_sku=every_sku)).where(
            price_lists.c.merchant_id == bindparam("merchant_id"), any_of(price_lists.c.id, "list_ids")
        )
    )


@lru_cache(maxsize=4)
def _skus_in(of_category: bool, of_brand: bool) -> Statement:
    goods = prices.join(
        skus, and_(skus.c.merchant_id == prices.c.merchant_id, skus.c.id == prices.c.sku_id)
    ).join(products, and_(products.c.merchant_id == prices.c.merchant_id, products.c.id == skus.c.product_id))
    kept = [_MERCHANT, prices.c.list_id == bindparam("list_id")]
    if of_category:
        top, within = categories.alias("top"), categories.alias("within")
        path = (
            select(top.c.path)
            .where(top.c.merchant_id == bindparam("merchant_id"), top.c.id == bindparam("category_id"))
            .scalar_subquery()
        )
        below = select(within.c.id).where(
            within.c.merchant_id == bindparam("merchant_id"),
            func.substr(within.c.path, 1, func.length(path)) == path,
        )
        kept.append(products.c.category_id.in_(below))
    if of_brand:
        kept.append(products.c.brand_id == bindparam("brand_id"))
    found = select(prices.c.sku_id).select_from(goods).where(*kept).distinct()
    return Statement(found.order_by(prices.c.sku_id).limit(bindparam("most")))


_NEXT_VERSION = Statement(
    update(price_lists)
    .where(price_lists.c.merchant_id == bindparam("of_merchant"), price_lists.c.id == bindparam("list_id"))
    .values(version=price_lists.c.version + 1)
    .returning(price_lists.c.version)
)
_REMOVE = Statement(
    prices.delete().where(
        _MERCHANT,
        prices.c.list_id == bindparam("list_id"),
        any_of(prices.c.sku_id, "sku_ids"),
        any_of(prices.c.sku_id + prices.c.ladder, "keys"),
    )
)
_SAVE = Statement(
    update(price_lists)
    .where(price_lists.c.merchant_id == bindparam("of_merchant"), price_lists.c.id == bindparam("list_id"))
    .values(
        name=bindparam("new_name"),
        priority=bindparam("new_priority"),
        tier_id=bindparam("new_tier"),
        customer_id=bindparam("new_customer"),
        group_id=bindparam("new_group"),
        region_id=bindparam("new_region"),
        audience_id=bindparam("new_audience"),
        valid_from=bindparam("new_from", type_=Instant()),
        valid_until=bindparam("new_until", type_=Instant()),
    )
    .returning(price_lists.c.version)
)


@attrs.frozen
class SqlPrices(Prices):
    """The price lists of one merchant."""

    session: Session
    actor: Actor

    def lists(self, ids: Collection[PriceListId] | None = None) -> tuple[PriceList, ...]:
        asked: dict[str, Any] = {"merchant_id": self.actor.merchant_id}
        if ids is not None:
            asked["list_ids"] = sorted(ids)
        return tuple(list_of(row) for row in self.session.all(_lists(ids is not None), asked))

    def standard(self) -> tuple[PriceList, ...]:
        rows = self.session.all(_STANDARD, {"merchant_id": self.actor.merchant_id})
        return tuple(list_of(row) for row in rows)

    def named(self, names: Collection[str]) -> tuple[PriceList, ...]:
        asked = {"merchant_id": self.actor.merchant_id, "names": sorted(names)}
        return tuple(list_of(row) for row in self.session.all(_NAMED, asked))

    def ladders(
        self, *, list_ids: Collection[PriceListId], sku_ids: Collection[SkuId] | None = None
    ) -> Mapping[tuple[PriceListId, SkuId], AnyLadder]:
        asked: dict[str, Any] = {"merchant_id": self.actor.merchant_id, "list_ids": sorted(list_ids)}
        if sku_ids is not None:
            asked["sku_ids"] = sorted(sku_ids)
        gathered = Gathered(self.actor.merchant.currency)
        for list_id, text in self.session.all(_ladders(sku_ids is None), asked):
            gathered.add_all(list_id, text)
        return {
            (PriceListId(list_id), SkuId(sku_id)): said
            for (list_id, sku_id), said in gathered.ladders().items()
        }

    def of_customer(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime | None = None
    ) -> Mapping[SkuId, Mapping[PriceList, AnyLadder]]:
        if not sku_ids:
            return {}
        asked = lists_asked(self.actor, customer_id=customer_id, at=at or _FIRST)
        lists = lists_of(self.session.all(asked.statement, asked.parameters)[0][0]).lists
        said = self.ladders(list_ids=[one.id for one in lists], sku_ids=sku_ids)
        return {id: {one: said.get((one.id, id), EMPTY) for one in lists} for id in sku_ids}

    def charged_later(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], since: datetime
    ) -> Charged:
        if not sku_ids:
            return lambda _: {}
        merchant, until, owner = self.actor.merchant, since + _AHEAD, (self.actor.merchant_id, customer_id)
        known = None if PRICES.changed_in(self.session) else self.session.memories.prices.of(owner)
        known = known if known is not None and known.has(sku_ids) else None

        def ask(sku_ids: Collection[SkuId]) -> Later[Rows]:
            asked = charged_asked(self.actor, sku_ids, customer_id=customer_id, since=since, until=until)
            return self.session.ask(asked.statement, asked.parameters)

        rows = ask(sku_ids if known is None else ())

        def charged(at: datetime) -> Mapping[SkuId, SkuPrices]:
            if at > until:
                return self.charged_later(customer_id, sku_ids=sku_ids, since=at)(at)
            said, texts = Said.of(rows())
            if known is not None:
                if (said.edition, said.mark) == (known.edition, known.mark):
                    return said.charged({id: known.found[id] for id in sku_ids}, merchant, at=at)
                said, texts = Said.of(ask(sku_ids)())
            if said.edition is not None and not PRICES.changed_in(self.session):
                self.session.memories.prices.add(owner, said.edition, texts, mark=said.mark)
            return said.charged(texts, merchant, at=at)

        return charged

    def skus_in(
        self, list_id: PriceListId, *, category_id: CategoryId | None, brand_id: BrandId | None, most: int
    ) -> frozenset[SkuId]:
        asked: dict[str, Any] = {"merchant_id": self.actor.merchant_id, "list_id": list_id, "most": most}
        asked |= {} if category_id is None else {"category_id": category_id}
        asked |= {} if brand_id is None else {"brand_id": brand_id}
        rows = self.session.all(_skus_in(category_id is not None, brand_id is not None), asked)
        return frozenset(SkuId(sku_id) for (sku_id,) in rows)

    def add(self, one: PriceList) -> None:
        self.session.insert(price_lists, [list_row(self.actor.merchant_id, one)])

    def lock(self, list_id: PriceListId) -> PriceList | None:
        merchant_id = self.actor.merchant_id
        if not self.session.all(_NEXT_VERSION, {"of_merchant": merchant_id, "list_id": list_id}):
            return None
        [row] = self.session.all(_LIST, {"merchant_id": merchant_id, "list_id": list_id})
        return list_of(row)

    def save(self, one: PriceList) -> None:
        row = list_row(self.actor.merchant_id, one)
        names = ("name", "priority", "tier", "customer", "group", "region", "audience", "from", "until")
        asked = {f"new_{name}": value for name, value in zip(names, row[3:12], strict=True)}
        asked |= {"of_merchant": self.actor.merchant_id, "list_id": one.id}
        self.session.all(_SAVE, asked)

    def set(self, changes: Sequence[PriceChange], *, event: Event) -> Mapping[PriceChange, AnyLadder]:
        merchant_id = self.actor.merchant_id
        by_list: dict[PriceListId, list[PriceChange]] = {}
        for change in changes:
            by_list.setdefault(change.list_id, []).append(change)
        before: dict[PriceChange, AnyLadder] = {}
        for list_id, of_list in sorted(by_list.items()):
            found = self.session.all(_NEXT_VERSION, {"of_merchant": merchant_id, "list_id": list_id})
            asked = {
                "merchant_id": merchant_id,
                "list_ids": [list_id],
                "sku_ids": sorted({change.sku_id for change in of_list}),
            }
            there = Gathered(self.actor.merchant.currency)
            for id, said in self.session.all(_ladders(False), asked):
                there.add_all(id, said)
            before |= self._give_way(list_id, of_list, there, at=event.at)
            keys = [(one.sku_id, ladder_key(dated(one))) for one in of_list if one.ladder.rungs]
            if len({*keys}) < len(keys):
                raise Stale(list_id)
            rows = [row for change in of_list for row in rung_rows(merchant_id, change)]
            self.session.insert(prices, rows)
            for (version,) in found:
                record(self.session, merchant_id, aggregate_id=list_id, first=version, events=[event])
        return before

    def _give_way(
        self, list_id: PriceListId, changes: Sequence[PriceChange], there: Gathered, *, at: datetime
    ) -> Mapping[PriceChange, AnyLadder]:
        """Remove what the changes replace, and answer with it."""
        before: dict[PriceChange, AnyLadder] = {}
        gone: list[tuple[SkuId, str]] = []
        for change in changes:
            replaced = []
            for key, one in there.of(list_id, change.sku_id):
                if one is not None and replaced_by(change, one, at=at):
                    gone.append((change.sku_id, key))
                    replaced.append(one)
            if replaced:
                before[change] = Ladders.put(replaced)
        if gone:
            asked = {"list_id": list_id, "sku_ids": sorted({sku_id for sku_id, _ in gone})}
            keys = [f"{sku_id}{key}" for sku_id, key in gone]
            self.session.change(_REMOVE, {"merchant_id": self.actor.merchant_id, **asked, "keys": keys})
        return before
