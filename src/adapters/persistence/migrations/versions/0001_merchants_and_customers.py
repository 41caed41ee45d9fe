"""Merchants, their staff and customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.tables import Instant, Words

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "merchants",
        sa.Column("id", Words, nullable=False),
        sa.Column("slug", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("currency", Words, nullable=False),
        sa.Column("time_zone", Words, nullable=False),
        sa.Column("price_scale", sa.Integer(), nullable=False),
        sa.Column("guest_prices", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("low_stock", sa.BigInteger(), nullable=False),
        sa.Column("payment_methods", Words, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        sa.CheckConstraint("price_scale BETWEEN 2 AND 4", name=op.f("ck_merchants_price_scale")),
        sa.UniqueConstraint("slug", name=op.f("uq_merchants_slug")),
    )
    op.create_table(
        "answers",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("operation", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("fingerprint", Words, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("result", Words),
        sa.Column("refusal", Words),
        sa.PrimaryKeyConstraint("merchant_id", "actor", "operation", "key", name=op.f("pk_answers")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_answers_merchants_merchant_id")
        ),
    )
    op.create_table(
        "counters",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "name", name=op.f("pk_counters")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_counters_merchants_merchant_id")
        ),
    )
    op.create_table(
        "outbox",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("aggregate_id", Words, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("facts", Words, nullable=False),
        sa.Column("told_at", Instant()),
        sa.PrimaryKeyConstraint("merchant_id", "aggregate_id", "sequence", name=op.f("pk_outbox")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_outbox_merchants_merchant_id")
        ),
    )
    op.create_index(
        op.f("ix_outbox_untold"),
        "outbox",
        ["merchant_id", "at"],
        postgresql_where=sa.text("told_at IS NULL"),
        sqlite_where=sa.text("told_at IS NULL"),
    )
    op.create_table(
        "price_tiers",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("code", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("percentage", sa.BigInteger()),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_price_tiers")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_price_tiers_merchants_merchant_id")
        ),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_price_tiers_merchant_id_code")),
    )
    op.create_table(
        "staff",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("permissions", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_staff")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_staff_merchants_merchant_id")
        ),
    )
    op.create_table(
        "customers",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("tier_id", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_customers")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "tier_id"],
            ["price_tiers.merchant_id", "price_tiers.id"],
            name=op.f("fk_customers_price_tiers_merchant_id_tier_id"),
        ),
    )
    op.create_index(op.f("ix_customers_merchant_id_name_id"), "customers", ["merchant_id", "name", "id"])
    op.create_table(
        "addresses",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("recipient", Words, nullable=False),
        sa.Column("phone", Words, nullable=False),
        sa.Column("region", Words, nullable=False),
        sa.Column("street", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_addresses")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_addresses_customers_merchant_id_customer_id"),
        ),
    )
    op.create_index(
        op.f("ix_addresses_merchant_id_customer_id_position"),
        "addresses",
        ["merchant_id", "customer_id", "position"],
    )
    op.create_table(
        "buyers",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("role", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_buyers")),
        sa.CheckConstraint(
            "role IN ('OWNER', 'PURCHASER', 'APPROVER', 'FINANCE', 'VIEWER')", name=op.f("ck_buyers_role")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_buyers_customers_merchant_id_customer_id"),
        ),
    )
    op.create_index(
        op.f("ix_buyers_merchant_id_customer_id_id"), "buyers", ["merchant_id", "customer_id", "id"]
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("buyers")
    op.drop_table("addresses")
    op.drop_table("customers")
    op.drop_table("staff")
    op.drop_table("price_tiers")
    op.drop_table("outbox")
    op.drop_table("counters")
    op.drop_table("answers")
    op.drop_table("merchants")
