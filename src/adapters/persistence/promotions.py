"""Promotions in tables: their rules, and what decided an order's discounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    and_,
    bindparam,
    exists,
    false,
    func,
    null,
    or_,
    select,
    union_all,
    update,
)

from adapters.persistence.catalog import brands, categories, products, skus
from adapters.persistence.customers import customers
from adapters.persistence.facts import read_whole, written_whole
from adapters.persistence.groups import audience_column, audience_of
from adapters.persistence.merchants import merchants
from adapters.persistence.promotion_budgets import (
    COUNT_CUSTOMER,
    GIVE_BACK,
    TAKE,
    UNCOUNT_CUSTOMER,
    promotion_customers,
    promotions,
)
from adapters.persistence.sessions import Session, expect
from adapters.persistence.statements import Row, Rows, Statement, any_of
from adapters.persistence.tables import Instant, Words, belongs_to, tenant_table
from application.authorization import Actor
from application.ports.promotions import GoodsId, OnOffer, Promotions
from application.ports.storage import Later
from domain.identity import (
    BrandId,
    CategoryId,
    CustomerId,
    MerchantId,
    PriceTierId,
    ProductId,
    PromotionId,
    SkuId,
)
from domain.ordering import Order
from domain.promotions import Offer, OrderPromotion, Promotion, PromotionInput, Usage
from domain.visibility import NOBODY

order_inputs = tenant_table(
    "order_inputs",
    Column("order_id", Words, nullable=False),
    Column("input", Words, nullable=False),
    belongs_to("orders", "order_id", late=True),
    key=("order_id",),
)
"""All that decided what promotions did to an order, where any were on offer."""


def promotion_row(merchant_id: MerchantId, one: Promotion) -> Row:
    validity, budget = one.schedule.validity, one.budget
    return (
        merchant_id,
        one.id,
        written_whole(one),
        validity.start,
        validity.end,
        one.suspended,
        one.public,
        budget.amount and budget.amount.minor,
        budget.uses,
        0,
        0,
        one.version,
    )


@lru_cache(maxsize=4_096)
def promotion_of(rule: str) -> Promotion:
    """The promotion in a column; the same ones are on offer again and again."""
    return read_whole(rule, Promotion)


def holding(at: str = "at") -> tuple[ColumnElement[bool], ...]:
    """Keep the merchant's promotions that hold at a moment, or are still to come where `at` is no parameter."""
    moment = bindparam(at, type_=Instant())
    return (
        promotions.c.merchant_id == bindparam("merchant_id"),
        promotions.c.suspended == false(),
        or_(promotions.c.begins.is_(None), promotions.c.begins <= moment),
        or_(promotions.c.ends.is_(None), promotions.c.ends > moment),
    )


@lru_cache(maxsize=2)
def on_offer_statement(known: bool) -> Statement:
    """What is on offer, and what the customer goes by, which is asked once for all rows."""
    columns = (promotions.c.rule, promotions.c.amount, promotions.c.uses)
    if not known:
        nothing = (null(), null(), null())
        return Statement(select(*columns, *nothing).where(*holding()).order_by(promotions.c.id))
    of_customer = and_(
        promotion_customers.c.merchant_id == promotions.c.merchant_id,
        promotion_customers.c.promotion_id == promotions.c.id,
        promotion_customers.c.customer_id == bindparam("customer_id"),
    )
    tier = (
        select(customers.c.tier_id)
        .where(
            customers.c.merchant_id == bindparam("merchant_id"), customers.c.id == bindparam("customer_id")
        )
        .scalar_subquery()
    )
    return Statement(
        select(*columns, promotion_customers.c.uses, tier, audience_column())
        .select_from(promotions.outerjoin(promotion_customers, of_customer))
        .where(*holding())
        .order_by(promotions.c.id)
    )


_BY_ID = (
    promotions.c.merchant_id == bindparam("merchant_id"),
    promotions.c.id == bindparam("promotion_id"),
)
_FIND = Statement(select(promotions.c.rule).where(*_BY_ID))
_LOCK = Statement(select(promotions.c.rule).where(*_BY_ID).with_for_update())
_UNENDED = Statement(
    select(func.count())
    .select_from(promotions)
    .where(
        promotions.c.merchant_id == bindparam("merchant_id"),
        promotions.c.suspended == false(),
        or_(promotions.c.ends.is_(None), promotions.c.ends > bindparam("at", type_=Instant())),
    )
)
_GOODS = Statement(
    union_all(
        *(
            select(table.c.id).where(
                table.c.merchant_id == bindparam("merchant_id"), any_of(table.c.id, "ids")
            )
            for table in (skus, products, categories, brands)
        )
    )
)
_SAVE = Statement(
    update(promotions)
    .where(
        promotions.c.merchant_id == bindparam("of_merchant"),
        promotions.c.id == bindparam("promotion_id"),
        promotions.c.version == bindparam("new_version") - 1,
    )
    .values(
        rule=bindparam("new_rule"),
        begins=bindparam("new_begins", type_=Instant()),
        ends=bindparam("new_ends", type_=Instant()),
        suspended=bindparam("new_suspended", type_=Boolean()),
        public=bindparam("new_public", type_=Boolean()),
        most_amount=bindparam("new_most_amount", type_=BigInteger()),
        most_uses=bindparam("new_most_uses", type_=BigInteger()),
        version=bindparam("new_version", type_=BigInteger()),
    )
)
SETTLE_PROMOTIONS = Statement(
    update(merchants)
    .where(merchants.c.id == bindparam("of_merchant"))
    .values(
        promotes=exists().where(
            promotions.c.merchant_id == bindparam("of_merchant"),
            promotions.c.suspended == false(),
            or_(promotions.c.ends.is_(None), promotions.c.ends > bindparam("at", type_=Instant())),
        )
    )
)
"""Write down whether the merchant has promotions that hold, or will."""
_KINDS: Mapping[str, type[SkuId | ProductId | CategoryId | BrandId]] = {
    kind.tag: kind for kind in (SkuId, ProductId, CategoryId, BrandId)
}


def on_offer_of(rows: Rows, customer_id: CustomerId | None) -> OnOffer:
    """Read what `on_offer_statement` answers."""
    offers = []
    audience = NOBODY
    for rule, amount, uses, of_customer, tier_id, ways in rows:
        offers.append(Offer(promotion=promotion_of(rule), usage=Usage(amount, uses, of_customer or 0)))
        if customer_id is not None and tier_id is not None:
            audience = audience_of(customer_id, PriceTierId(tier_id), ways)
    return OnOffer(offers=tuple(offers), audience=audience)


@attrs.frozen
class SqlPromotions(Promotions):
    """The promotions of one merchant."""

    session: Session
    actor: Actor

    def on_offer(self, customer_id: CustomerId | None, *, at: datetime) -> OnOffer:
        return self.on_offer_later(customer_id, at=at)()

    def on_offer_later(self, customer_id: CustomerId | None, *, at: datetime) -> Later[OnOffer]:
        asked: dict[str, Any] = {"merchant_id": self.actor.merchant_id, "at": at}
        if customer_id is not None:
            asked["customer_id"] = customer_id
        rows = self.session.ask(on_offer_statement(customer_id is not None), asked)

        return lambda: on_offer_of(rows(), customer_id)

    def lock(self, promotion_id: PromotionId) -> Promotion | None:
        asked = {"merchant_id": self.actor.merchant_id, "promotion_id": promotion_id}
        for (rule,) in self.session.all(_LOCK, asked):
            return promotion_of(rule)
        return None

    def find(self, promotion_id: PromotionId) -> Promotion | None:
        asked = {"merchant_id": self.actor.merchant_id, "promotion_id": promotion_id}
        return next((promotion_of(rule) for (rule,) in self.session.all(_FIND, asked)), None)

    def unended(self, *, at: datetime) -> int:
        [(many,)] = self.session.all(_UNENDED, {"merchant_id": self.actor.merchant_id, "at": at})
        return int(many)

    def goods(self, ids: Collection[GoodsId]) -> frozenset[GoodsId]:
        asked = {"merchant_id": self.actor.merchant_id, "ids": sorted(ids)}
        found = self.session.all(_GOODS, asked) if ids else []
        return frozenset(_KINDS[id.partition("_")[0]](id) for (id,) in found)

    def add(self, promotion: Promotion, *, at: datetime) -> None:
        self.session.insert(promotions, [promotion_row(self.actor.merchant_id, promotion)])
        self._settle(at)

    def save(self, promotion: Promotion, *, at: datetime) -> None:
        row = promotion_row(self.actor.merchant_id, promotion)
        names = ("rule", "begins", "ends", "suspended", "public", "most_amount", "most_uses")
        changed = {f"new_{name}": value for name, value in zip(names, row[2:9], strict=True)}
        asked = {
            "of_merchant": self.actor.merchant_id,
            "promotion_id": promotion.id,
            "new_version": promotion.version,
            **changed,
        }
        self.session.must_change(_SAVE, asked, rows=1, about=promotion.id)
        self._settle(at)

    def use(self, order: Order, given: PromotionInput) -> None:
        merchant_id = self.actor.merchant_id
        self.session.insert(order_inputs, [(merchant_id, order.id, written_whole(given))])
        used = _limited(order)
        if not used:
            return
        self._change(TAKE, used)
        most = {
            one.promotion.id: one.promotion.budget.uses_per_customer
            for one in given.offers
            if one.claim is None
        }
        asked = {"of_merchant": merchant_id, "of_customer": order.customer_id}
        if self.session.dialect.name == "postgresql":
            arrays = {"ids": [*used], "mosts": [most[id] for id in used]}
            counting = COUNT_CUSTOMER["postgresql"]
            self.session.must_change(counting, {**asked, **arrays}, rows=len(used), about=order.id)
            return
        each = [{**asked, "one_id": id, "one_most": most[id]} for id in used]
        expect(self.session.change_each(COUNT_CUSTOMER["sqlite"], each), len(used), order.id)

    def give_back(self, order: Order) -> None:
        used = _limited(order)
        if not used:
            return
        self._change(GIVE_BACK, used)
        asked = {"of_merchant": self.actor.merchant_id, "of_customer": order.customer_id, "ids": [*used]}
        self.session.must_change(UNCOUNT_CUSTOMER, asked, rows=len(used), about=order.id)

    def _change(self, statements: Mapping[str, Statement], used: Mapping[PromotionId, int]) -> None:
        """Run a guarded change over promotions, each by what it costs.

        :raises Stale: if a guard kept one of them from being changed.
        """
        statement, of_merchant = statements[self.session.dialect.name], self.actor.merchant_id
        if self.session.dialect.name == "postgresql":
            asked = {"of_merchant": of_merchant, "ids": [*used], "costs": [*used.values()]}
            self.session.must_change(statement, asked, rows=len(used), about="promotions")
            return
        rows = ({"of_merchant": of_merchant, "one_id": id, "one_cost": cost} for id, cost in used.items())
        expect(self.session.change_each(statement, rows), len(used), "promotions")

    def _settle(self, at: datetime) -> None:
        self.session.change(SETTLE_PROMOTIONS, {"of_merchant": self.actor.merchant_id, "at": at})


def _limited(order: Order) -> dict[PromotionId, int]:
    """What the order uses of the promotions that have a budget, in the order in which these are locked."""
    kept: list[OrderPromotion] = [one for one in order.promotions if one.limited and one.claim is None]
    return {one.promotion_id: one.cost.minor for one in sorted(kept, key=lambda one: one.promotion_id)}
