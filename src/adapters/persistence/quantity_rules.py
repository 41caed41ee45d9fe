"""Quantity rules in tables: beside the SKUs themselves what customers are allowed, and what they have ordered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)

from adapters.persistence.catalog import SKU_COLUMNS, products, sku_of, skus
from adapters.persistence.ordering import order_lines, orders
from adapters.persistence.rule_texts import rule_text
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session, expect
from adapters.persistence.statements import Row, Statement, any_of
from adapters.persistence.tables import Instant, Words, belongs_to, instant, tenant_table
from application.ports.quantity_rules import Allowance, QuantityRules
from domain.catalog import QuantityRule, Sku
from domain.identity import CustomerId, MerchantId, ProductId, SkuId
from domain.ordering import FALLEN_STATUSES

quantity_allowances = tenant_table(
    "quantity_allowances",
    Column("customer_id", Words, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("until", Instant, nullable=False),
    sealed("reason"),
    belongs_to("customers", "customer_id"),
    belongs_to("skus", "sku_id"),
    key=("customer_id", "sku_id"),
)


def allowance_row(merchant_id: MerchantId, one: Allowance) -> Row:
    return (merchant_id, one.customer_id, one.sku_id, one.until, one.reason)


def allowance_of(row: Row) -> Allowance:
    customer_id, sku_id, until, reason = row
    return Allowance(
        customer_id=CustomerId(customer_id), sku_id=SkuId(sku_id), until=instant(until), reason=reason
    )


_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_OF: BindParameter[str] = bindparam("of_merchant")
_LOCK = Statement(
    select(*SKU_COLUMNS)
    .where(skus.c.merchant_id == _MERCHANT, any_of(skus.c.id, "sku_ids"))
    .order_by(skus.c.id)
    .with_for_update()
)
_SET = Statement(
    update(skus)
    .where(skus.c.merchant_id == _OF, skus.c.id == bindparam("sku"))
    .values(minimum=bindparam("least"), step=bindparam("by"), rule=bindparam("more"))
)
_LOCK_POOLS = Statement(
    select(products.c.id, products.c.pools_breaks)
    .where(products.c.merchant_id == _MERCHANT, any_of(products.c.id, "product_ids"))
    .order_by(products.c.id)
    .with_for_update()
)
_POOL = Statement(
    update(products)
    .where(products.c.merchant_id == _OF, any_of(products.c.id, "product_ids"))
    .values(pools_breaks=bindparam("pooled"))
)
_MOST_STARTS = 3
"""A day's, a week's and a month's."""


def _within() -> list[ColumnElement[bool]]:
    return [
        and_(any_of(order_lines.c.sku_id, f"skus_{at}"), orders.c.placed_at >= bindparam(f"since_{at}"))
        for at in range(_MOST_STARTS)
    ]


_ORDERED = Statement(
    select(order_lines.c.sku_id, func.sum(order_lines.c.base_quantity))
    .select_from(
        orders.join(
            order_lines,
            and_(order_lines.c.merchant_id == orders.c.merchant_id, order_lines.c.order_id == orders.c.id),
        )
    )
    .where(
        orders.c.merchant_id == _MERCHANT,
        orders.c.customer_id == bindparam("customer_id"),
        orders.c.placed_at >= bindparam("earliest"),
        *(orders.c.status != status for status in sorted(one.value for one in FALLEN_STATUSES)),
        order_lines.c.gift_value.is_(None),
        or_(*_within()),
    )
    .group_by(order_lines.c.sku_id)
)
_OF_CUSTOMER = (
    quantity_allowances.c.merchant_id == _MERCHANT,
    quantity_allowances.c.customer_id == bindparam("customer_id"),
    any_of(quantity_allowances.c.sku_id, "sku_ids"),
)
_ALLOWED = Statement(
    select(quantity_allowances.c.sku_id).where(*_OF_CUSTOMER, quantity_allowances.c.until > bindparam("at"))
)
_UNTIL = Statement(select(quantity_allowances.c.sku_id, quantity_allowances.c.until).where(*_OF_CUSTOMER))


@attrs.frozen
class SqlQuantityRules(QuantityRules):
    """The quantity rules of one merchant."""

    session: Session
    merchant_id: MerchantId

    def lock(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, Sku]:
        found = self.session.all(_LOCK, self._of(sku_ids=sorted(sku_ids)))
        return {sku.id: sku for sku in map(sku_of, found)}

    def set(self, rules: Mapping[SkuId, QuantityRule]) -> None:
        rows = [
            {
                "of_merchant": self.merchant_id,
                "sku": sku_id,
                "least": rule.minimum.thousandths,
                "by": rule.step.thousandths,
                "more": rule_text(rule),
            }
            for sku_id, rule in sorted(rules.items())
        ]
        expect(self.session.change_each(_SET, rows), len(rows), "quantity rules")

    def lock_pools(self, product_ids: Collection[ProductId]) -> Mapping[ProductId, bool]:
        found = self.session.all(_LOCK_POOLS, self._of(product_ids=sorted(product_ids)))
        return {ProductId(id): bool(pooled) for id, pooled in found}

    def pool(self, product_ids: Collection[ProductId], *, pooled: bool) -> None:
        asked = {"of_merchant": self.merchant_id, "product_ids": sorted(product_ids), "pooled": pooled}
        expect(self.session.change(_POOL, asked), len(product_ids), "products")

    def ordered(self, customer_id: CustomerId, *, since: Mapping[SkuId, datetime]) -> Mapping[SkuId, int]:
        if not since:
            return {}
        starts = sorted(set(since.values()))
        asked = self._of(customer_id=customer_id, earliest=starts[0])
        for at in range(_MOST_STARTS):
            start = starts[at] if at < len(starts) else starts[0]
            of_start = [id for id, begins in since.items() if at < len(starts) and begins == start]
            asked |= {f"since_{at}": start, f"skus_{at}": sorted(of_start)}
        return {SkuId(id): int(ordered) for id, ordered in self.session.all(_ORDERED, asked)}

    def allowed(
        self, customer_id: CustomerId, sku_ids: Collection[SkuId], *, at: datetime
    ) -> frozenset[SkuId]:
        asked = self._of(customer_id=customer_id, sku_ids=sorted(sku_ids), at=at)
        return frozenset(SkuId(id) for (id,) in self.session.all(_ALLOWED, asked))

    def allow(self, allowances: Iterable[Allowance]) -> Mapping[SkuId, datetime]:
        new = list(allowances)
        before: dict[SkuId, datetime] = {}
        for customer_id in sorted({one.customer_id for one in new}):
            sku_ids = sorted(one.sku_id for one in new if one.customer_id == customer_id)
            asked = self._of(customer_id=customer_id, sku_ids=sku_ids)
            before |= {SkuId(id): instant(until) for id, until in self.session.all(_UNTIL, asked)}
        self.session.replace(quantity_allowances, [allowance_row(self.merchant_id, one) for one in new])
        return before

    def _of(self, **asked: Any) -> dict[str, Any]:
        return {"merchant_id": self.merchant_id, **asked}
