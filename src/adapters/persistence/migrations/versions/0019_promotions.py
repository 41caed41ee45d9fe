"""Promotions, what is used of them, and what they did to orders; nothing is promoted yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Words

revision = "0019"
down_revision = "0018"

_TABLES = ("promotions", "promotion_customers", "order_promotions", "order_inputs")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "promotions",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("rule", Words, nullable=False),
        sa.Column("begins", Instant, nullable=True),
        sa.Column("ends", Instant, nullable=True),
        sa.Column("suspended", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("public", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("most_amount", sa.BigInteger, nullable=True),
        sa.Column("most_uses", sa.BigInteger, nullable=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_promotions")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_promotions_merchants_merchant_id")
        ),
        sa.CheckConstraint(
            "begins IS NULL OR ends IS NULL OR begins < ends", name=op.f("ck_promotions_validity")
        ),
        sa.CheckConstraint("amount >= 0 AND uses >= 0", name=op.f("ck_promotions_used")),
    )
    op.create_index(op.f("ix_promotions_merchant_id_ends"), "promotions", ["merchant_id", "ends"])
    op.create_table(
        "promotion_customers",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("promotion_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.Column("most", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint(
            "merchant_id", "promotion_id", "customer_id", name=op.f("pk_promotion_customers")
        ),
        _reference("promotion_customers", "promotions", "promotion_id"),
        _reference("promotion_customers", "customers", "customer_id"),
        sa.CheckConstraint("uses >= 0", name=op.f("ck_promotion_customers_uses")),
    )
    op.create_table(
        "order_promotions",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("order_id", Words, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("promotion_id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("claim", Words, nullable=True),
        sa.Column("discount", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
        sa.Column("limited", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("gifts", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "order_id", "place", name=op.f("pk_order_promotions")),
        _reference("order_promotions", "orders", "order_id", late=True),
        sa.CheckConstraint("discount >= 0 AND cost >= discount", name=op.f("ck_order_promotions_amounts")),
    )
    op.create_index(
        op.f("ix_order_promotions_merchant_id_promotion_id_order_id"),
        "order_promotions",
        ["merchant_id", "promotion_id", "order_id"],
    )
    op.create_table(
        "order_inputs",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("order_id", Words, nullable=False),
        sa.Column("input", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "order_id", name=op.f("pk_order_inputs")),
        _reference("order_inputs", "orders", "order_id", late=True),
    )
    op.add_column("order_lines", sa.Column("discount", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("order_lines", sa.Column("gift_value", sa.BigInteger, nullable=True))
    op.add_column("merchants", sa.Column("promotes", sa.Boolean(create_constraint=False)))
    second_wall(*_TABLES)


def downgrade() -> None:
    """Go back; promotions are lost, and what they did to orders is not said any more."""
    no_second_wall(*_TABLES)
    op.drop_column("merchants", "promotes")
    op.drop_column("order_lines", "gift_value")
    op.drop_column("order_lines", "discount")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _reference(table: str, other: str, column: str, *, late: bool = False) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id", column],
        [f"{other}.merchant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_{other}_merchant_id_{column}"),
        deferrable=late or None,
        initially="DEFERRED" if late else None,
    )
