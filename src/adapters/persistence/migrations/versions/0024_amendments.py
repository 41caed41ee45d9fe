"""Rounding of orders, and what staff take off them after they were placed; nothing is rounded or taken off yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Whole, Words

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Go forward."""
    words = 'TEXT COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else "TEXT"
    # As text, because SQLite takes a constraint with its column and at no other time.
    op.execute(
        f"ALTER TABLE merchants ADD COLUMN order_rounding {words} NOT NULL DEFAULT 'NONE'"
        " CONSTRAINT ck_merchants_order_rounding CHECK (order_rounding IN ('NONE', 'FEN', 'JIAO'))"
    )
    for name in ("adjusted", "rounded"):
        op.add_column("orders", sa.Column(name, Whole, nullable=False, server_default="0"))
    op.create_table(
        "order_amendments",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("order_id", Words, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("before", Whole, nullable=False),
        sa.Column("after", Whole, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "order_id", "version", name=op.f("pk_order_amendments")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_order_amendments_orders_merchant_id_order_id"),
        ),
        sa.CheckConstraint(
            "before >= 0 AND after >= 0 AND version > 1", name=op.f("ck_order_amendments_amounts")
        ),
    )
    second_wall("order_amendments")


def downgrade() -> None:
    """Go back; what was changed of orders is lost, and what they come to stays."""
    no_second_wall("order_amendments")
    op.drop_table("order_amendments")
    for name in ("rounded", "adjusted"):
        op.drop_column("orders", name)
    op.drop_column("merchants", "order_rounding")
