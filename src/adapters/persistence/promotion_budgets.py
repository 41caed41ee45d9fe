"""Promotions in tables, and the guarded changes of what is used of their budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Text,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from adapters.persistence.statements import Statement, any_of
from adapters.persistence.tables import Instant, Whole, Words, belongs_to, tenant_table

promotions = tenant_table(
    "promotions",
    Column("id", Words, nullable=False),
    # The whole of it; whatever else is here is for looking it up, and for the guards of its budget.
    Column("rule", Words, nullable=False),
    Column("begins", Instant),
    Column("ends", Instant),
    Column("suspended", Boolean(create_constraint=False), nullable=False),
    Column("public", Boolean(create_constraint=False), nullable=False),
    Column("most_amount", Whole),
    Column("most_uses", Whole),
    Column("amount", Whole, nullable=False),
    Column("uses", Whole, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("begins IS NULL OR ends IS NULL OR begins < ends", name="validity"),
    CheckConstraint("amount >= 0 AND uses >= 0", name="used"),
    Index(None, "merchant_id", "ends"),
)

promotion_customers = tenant_table(
    "promotion_customers",
    Column("promotion_id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("uses", Whole, nullable=False),
    # How often at most when it was last used.
    Column("most", Whole),
    belongs_to("promotions", "promotion_id"),
    belongs_to("customers", "customer_id"),
    CheckConstraint("uses >= 0", name="uses"),
    key=("promotion_id", "customer_id"),
)
"""How often each customer used a promotion that has a budget."""


def _used(*, sign: int) -> Mapping[str, Statement]:
    """Change what is used of many promotions: set-based and in one order on PostgreSQL, one by one on SQLite.

    Taking is guarded by the budgets, giving back is not.
    """
    wanted = (
        func.unnest(bindparam("ids", type_=ARRAY(Text())), bindparam("costs", type_=ARRAY(BigInteger())))
        .table_valued("id", Column("cost", BigInteger))
        .render_derived(name="wanted")
    )
    locked = (
        select(promotions.c.id, wanted.c.cost)
        .join(wanted, wanted.c.id == promotions.c.id)
        .where(promotions.c.merchant_id == bindparam("of_merchant"))
        .order_by(promotions.c.id)
        .with_for_update(of=promotions)
        .cte("locked")
    )

    def statement(id: ColumnElement[Any], cost: ColumnElement[Any]) -> Statement:
        left = (
            or_(promotions.c.most_uses.is_(None), promotions.c.uses < promotions.c.most_uses),
            or_(promotions.c.most_amount.is_(None), promotions.c.amount + cost <= promotions.c.most_amount),
        )
        return Statement(
            update(promotions)
            .where(
                promotions.c.merchant_id == bindparam("of_merchant"),
                promotions.c.id == id,
                *(left if sign > 0 else ()),
            )
            .values(uses=promotions.c.uses + sign, amount=promotions.c.amount + cost * sign)
        )

    return {
        "postgresql": statement(locked.c.id, locked.c.cost),
        "sqlite": statement(bindparam("one_id", type_=Text()), bindparam("one_cost", type_=BigInteger())),
    }


TAKE, GIVE_BACK = _used(sign=1), _used(sign=-1)


def _used_by_customer() -> Mapping[str, Statement]:
    """Count a use of many promotions by one customer, as long as it may use them."""

    def counted(insert: Any) -> Any:
        return insert.on_conflict_do_update(
            index_elements=["merchant_id", "promotion_id", "customer_id"],
            set_={"uses": promotion_customers.c.uses + 1, "most": insert.excluded.most},
            where=or_(insert.excluded.most.is_(None), promotion_customers.c.uses < insert.excluded.most),
        )

    wanted = (
        func.unnest(bindparam("ids", type_=ARRAY(Text())), bindparam("mosts", type_=ARRAY(BigInteger())))
        .table_valued("id", Column("most", BigInteger))
        .render_derived(name="wanted")
    )
    columns = ["merchant_id", "promotion_id", "customer_id", "uses", "most"]
    many = select(
        bindparam("of_merchant", type_=Text()),
        wanted.c.id,
        bindparam("of_customer", type_=Text()),
        literal(1, BigInteger()),
        wanted.c.most,
    )
    one = {
        "merchant_id": bindparam("of_merchant"),
        "promotion_id": bindparam("one_id"),
        "customer_id": bindparam("of_customer"),
        "uses": 1,
        "most": bindparam("one_most"),
    }
    return {
        "postgresql": Statement(counted(postgres_insert(promotion_customers).from_select(columns, many))),
        "sqlite": Statement(counted(sqlite_insert(promotion_customers).values(**one))),
    }


COUNT_CUSTOMER = _used_by_customer()
UNCOUNT_CUSTOMER = Statement(
    update(promotion_customers)
    .where(
        promotion_customers.c.merchant_id == bindparam("of_merchant"),
        promotion_customers.c.customer_id == bindparam("of_customer"),
        any_of(promotion_customers.c.promotion_id, "ids"),
    )
    .values(uses=promotion_customers.c.uses - 1)
)
