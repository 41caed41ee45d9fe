"""Floors of SKUs, margins of categories, and approvals below a floor, in tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    Column,
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    func,
    select,
)

from adapters.persistence.catalog import categories, products, skus
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Rows, Statement, any_of
from adapters.persistence.tables import Instant, Whole, Words, belongs_to, instant, tenant_table
from application.authorization import Actor
from application.ports.floors import FloorApproval, Floors
from application.ports.storage import Later
from domain.floors import SkuFloor
from domain.identity import CategoryId, CustomerId, MerchantId, SkuId
from domain.money import Currency, Percentage, UnitPrice

_MOST_MARGIN = "margin BETWEEN 0 AND 90000"

sku_floors = tenant_table(
    "sku_floors",
    Column("sku_id", Words, nullable=False),
    Column("floor", Whole),
    Column("cost", Whole),
    Column("margin", BigInteger),
    belongs_to("skus", "sku_id"),
    CheckConstraint("floor >= 0 OR cost >= 0", name="set"),
    CheckConstraint(f"margin IS NULL OR (cost IS NOT NULL AND {_MOST_MARGIN})", name="margin"),
    key=("sku_id",),
)
"""What is set for SKUs, of one of the base unit: ten-thousandths, and hundredths of a percent."""

category_margins = tenant_table(
    "category_margins",
    Column("category_id", Words, nullable=False),
    Column("margin", BigInteger, nullable=False),
    belongs_to("categories", "category_id"),
    CheckConstraint(_MOST_MARGIN, name="margin"),
    key=("category_id",),
)

floor_approvals = tenant_table(
    "floor_approvals",
    Column("customer_id", Words, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("lowest", Whole, nullable=False),
    Column("until", Instant, nullable=False),
    sealed("reason"),
    belongs_to("customers", "customer_id"),
    belongs_to("skus", "sku_id"),
    CheckConstraint("lowest >= 0", name="lowest"),
    key=("customer_id", "sku_id"),
)


def floor_row(merchant_id: MerchantId, sku_id: SkuId, one: SkuFloor) -> Row:
    floor, cost = (price and price.ten_thousandths for price in (one.floor, one.cost))
    return (merchant_id, sku_id, floor, cost, one.margin and one.margin.hundredths)


def floor_of(row: Row, currency: Currency) -> SkuFloor | None:
    """Read what is set for a SKU: floor, cost and margin; None where nothing is."""
    floor, cost, margin = row
    return SkuFloor.perhaps(
        floor=None if floor is None else UnitPrice(floor, currency),
        cost=None if cost is None else UnitPrice(cost, currency),
        margin=perhaps_margin(margin),
    )


def perhaps_margin(hundredths: int | None) -> Percentage | None:
    """Read a margin that may be missing."""
    return None if hundredths is None else Percentage(hundredths)


def approval_row(merchant_id: MerchantId, one: FloorApproval) -> Row:
    lowest = one.lowest.ten_thousandths
    return (merchant_id, one.customer_id, one.sku_id, lowest, one.until, one.reason)


_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_OF: BindParameter[str] = bindparam("of_merchant")
_SET = (sku_floors.c.floor, sku_floors.c.cost, sku_floors.c.margin)
_nearest = categories.alias("nearest")
USUAL = (
    select(category_margins.c.margin)
    .select_from(
        category_margins.join(
            _nearest,
            and_(
                _nearest.c.merchant_id == category_margins.c.merchant_id,
                _nearest.c.id == category_margins.c.category_id,
            ),
        )
    )
    .where(
        category_margins.c.merchant_id == categories.c.merchant_id,
        func.substr(categories.c.path, 1, func.length(_nearest.c.path)) == _nearest.c.path,
    )
    .order_by(func.length(_nearest.c.path).desc())
    .limit(1)
    .correlate(categories)
    .scalar_subquery()
)
"""The margin of the nearest category of a product that has one, where the product's own is joined."""

SET_AND_PLACED = (
    sku_floors.join(
        skus, and_(skus.c.merchant_id == sku_floors.c.merchant_id, skus.c.id == sku_floors.c.sku_id)
    )
    .join(products, and_(products.c.merchant_id == skus.c.merchant_id, products.c.id == skus.c.product_id))
    .outerjoin(
        categories,
        and_(
            categories.c.merchant_id == products.c.merchant_id,
            categories.c.id == products.c.category_id,
        ),
    )
)
"""SKUs for which something is set, with their products and categories."""


def lowest_column() -> ColumnElement[int]:
    """The least that one of the base unit is sold for, of `SET_AND_PLACED`, as `SkuFloor.lowest` works it out."""
    margin = func.coalesce(sku_floors.c.margin, USUAL, 0)
    worked_out = (2 * sku_floors.c.cost * (10_000 + margin) + 10_000) // 20_000
    return case((sku_floors.c.floor.is_not(None), sku_floors.c.floor), else_=worked_out)


_OF_SKUS = Statement(
    select(sku_floors.c.sku_id, *_SET, USUAL)
    .select_from(SET_AND_PLACED)
    .where(sku_floors.c.merchant_id == _MERCHANT, any_of(sku_floors.c.sku_id, "sku_ids"))
)
# What is set is read after its SKU was locked, and not with it, so that it is what was set last.
_LOCK = Statement(
    select(skus.c.id)
    .where(skus.c.merchant_id == _MERCHANT, any_of(skus.c.id, "sku_ids"))
    .order_by(skus.c.id)
    .with_for_update()
)
_FLOORS = Statement(
    select(sku_floors.c.sku_id, *_SET).where(
        sku_floors.c.merchant_id == _MERCHANT, any_of(sku_floors.c.sku_id, "sku_ids")
    )
)
_TAKE_AWAY = Statement(
    delete(sku_floors).where(sku_floors.c.merchant_id == _OF, any_of(sku_floors.c.sku_id, "sku_ids"))
)
_LOCK_MARGINS = Statement(
    select(categories.c.id)
    .where(categories.c.merchant_id == _MERCHANT, any_of(categories.c.id, "category_ids"))
    .order_by(categories.c.id)
    .with_for_update()
)
_MARGINS = Statement(
    select(category_margins.c.category_id, category_margins.c.margin).where(
        category_margins.c.merchant_id == _MERCHANT, any_of(category_margins.c.category_id, "category_ids")
    )
)
_TAKE_MARGINS_AWAY = Statement(
    delete(category_margins).where(
        category_margins.c.merchant_id == _OF, any_of(category_margins.c.category_id, "category_ids")
    )
)
_OF_CUSTOMER = (
    floor_approvals.c.merchant_id == _MERCHANT,
    floor_approvals.c.customer_id == bindparam("customer_id"),
    any_of(floor_approvals.c.sku_id, "sku_ids"),
)
_APPROVED = Statement(
    select(floor_approvals.c.sku_id, floor_approvals.c.lowest).where(
        *_OF_CUSTOMER, floor_approvals.c.until > bindparam("at", type_=Instant())
    )
)
_APPROVALS = Statement(
    select(*(column for column in floor_approvals.c if column.name != "merchant_id")).where(*_OF_CUSTOMER)
)


def approval_of(row: Row, currency: Currency) -> FloorApproval:
    customer_id, sku_id, lowest, until, reason = row
    return FloorApproval(
        customer_id=CustomerId(customer_id),
        sku_id=SkuId(sku_id),
        lowest=UnitPrice(lowest, currency),
        until=instant(until),
        reason=reason,
    )


@attrs.frozen
class SqlFloors(Floors):
    """The floors of one merchant."""

    session: Session
    actor: Actor

    def of_skus(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, UnitPrice]:
        return self.of_skus_later(sku_ids)()

    def of_skus_later(self, sku_ids: Collection[SkuId]) -> Later[Mapping[SkuId, UnitPrice]]:
        rows = self.session.ask(_OF_SKUS, self._of(sku_ids=sorted(sku_ids)))
        return lambda: self._lowest(rows())

    def as_set(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, SkuFloor]:
        found = self.session.all(_FLOORS, self._of(sku_ids=sorted(sku_ids)))
        floors = ((SkuId(id), floor_of(tuple(row), self._currency)) for id, *row in found)
        return {id: floor for id, floor in floors if floor is not None}

    def lock(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, SkuFloor | None]:
        asked = self._of(sku_ids=sorted(sku_ids))
        found: dict[SkuId, SkuFloor | None] = {SkuId(id): None for (id,) in self.session.all(_LOCK, asked)}
        return {**found, **self.as_set(sku_ids)}

    def set(self, floors: Mapping[SkuId, SkuFloor | None]) -> None:
        gone = sorted(id for id, floor in floors.items() if floor is None)
        if gone:
            self.session.change(_TAKE_AWAY, {"of_merchant": self.actor.merchant_id, "sku_ids": gone})
        rows = [
            floor_row(self.actor.merchant_id, id, floor)
            for id, floor in sorted(floors.items())
            if floor is not None
        ]
        self.session.replace(sku_floors, rows)

    def lock_margins(self, category_ids: Collection[CategoryId]) -> Mapping[CategoryId, Percentage | None]:
        asked = self._of(category_ids=sorted(category_ids))
        there = self.session.all(_LOCK_MARGINS, asked)
        found: dict[CategoryId, Percentage | None] = {CategoryId(id): None for (id,) in there}
        for id, margin in self.session.all(_MARGINS, asked):
            found[CategoryId(id)] = Percentage(margin)
        return found

    def set_margins(self, margins: Mapping[CategoryId, Percentage | None]) -> None:
        merchant_id = self.actor.merchant_id
        gone = sorted(id for id, margin in margins.items() if margin is None)
        if gone:
            self.session.change(_TAKE_MARGINS_AWAY, {"of_merchant": merchant_id, "category_ids": gone})
        rows = [
            (merchant_id, id, margin.hundredths)
            for id, margin in sorted(margins.items())
            if margin is not None
        ]
        self.session.replace(category_margins, rows)

    def approved(
        self, customer_id: CustomerId, sku_ids: Collection[SkuId], *, at: datetime
    ) -> Mapping[SkuId, UnitPrice]:
        rows = self.session.all(_APPROVED, self._of(customer_id=customer_id, sku_ids=sorted(sku_ids), at=at))
        return {SkuId(id): UnitPrice(lowest, self._currency) for id, lowest in rows}

    def approve(self, approvals: Iterable[FloorApproval]) -> Mapping[SkuId, FloorApproval]:
        new = list(approvals)
        before: dict[SkuId, FloorApproval] = {}
        for customer_id in sorted({one.customer_id for one in new}):
            sku_ids = sorted(one.sku_id for one in new if one.customer_id == customer_id)
            rows = self.session.all(_APPROVALS, self._of(customer_id=customer_id, sku_ids=sku_ids))
            before |= {one.sku_id: one for one in (approval_of(row, self._currency) for row in rows)}
        self.session.replace(floor_approvals, [approval_row(self.actor.merchant_id, one) for one in new])
        return before

    def _lowest(self, rows: Rows) -> Mapping[SkuId, UnitPrice]:
        found: dict[SkuId, UnitPrice] = {}
        for id, floor, cost, margin, usual in rows:
            one = floor_of((floor, cost, margin), self._currency)
            assert one is not None, "a row has something that is set"
            found[SkuId(id)] = one.lowest(perhaps_margin(usual))
        return found

    def _of(self, **asked: Any) -> dict[str, Any]:
        return {"merchant_id": self.actor.merchant_id, **asked}

    @property
    def _currency(self) -> Currency:
        return self.actor.merchant.currency
