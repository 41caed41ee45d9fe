"""Price lists for companies, groups and regions; prices of units, with their own time, and in batches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import each_merchant, empty_columns, no_second_wall, second_wall
from adapters.persistence.tables import Instant, Words

revision = "0018"
down_revision = "0017"

_VALIDITY = "valid_until IS NULL OR valid_from IS NULL OR valid_from < valid_until"

_AUDIENCES = sa.text(
    "UPDATE price_lists SET audience_id = COALESCE(tier_id, customer_id, '') WHERE merchant_id = :merchant_id"
)
_NEW_LISTS = (
    "group_id IS NOT NULL OR region_id IS NOT NULL OR (source = 'PRICE_LIST' AND customer_id IS NOT NULL)"
)
_GONE = (
    sa.text("DELETE FROM prices WHERE merchant_id = :merchant_id AND ladder <> ''"),
    sa.text(
        "DELETE FROM prices WHERE merchant_id = :merchant_id AND list_id IN"
        f" (SELECT id FROM price_lists WHERE merchant_id = :merchant_id AND ({_NEW_LISTS}))"
    ),
    sa.text(f"DELETE FROM price_lists WHERE merchant_id = :merchant_id AND ({_NEW_LISTS})"),
)


def upgrade() -> None:
    """Go forward; every list is for whom it was, and every price holds for the base unit at all times."""
    op.create_table(
        "price_batches",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("ladders", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("effective_from", Instant, nullable=True),
        sa.Column("published_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_price_batches")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_price_batches_merchants_merchant_id")
        ),
        sa.CheckConstraint(
            "state IN ('STAGED', 'PUBLISHED', 'UNDONE', 'SETTLED')", name=op.f("ck_price_batches_state")
        ),
        sa.CheckConstraint(
            "(effective_from IS NULL) = (published_at IS NULL)", name=op.f("ck_price_batches_published")
        ),
    )
    op.create_index(op.f("ix_price_batches_merchant_id_state"), "price_batches", ["merchant_id", "state"])
    second_wall("price_batches")
    for name in ("customer_id", "tier_id"):
        op.drop_index(op.f(f"ix_price_lists_merchant_id_{name}"), "price_lists")
    with op.batch_alter_table("price_lists") as lists:
        lists.add_column(sa.Column("group_id", Words, nullable=True))
        lists.add_column(sa.Column("region_id", Words, nullable=True))
        lists.add_column(sa.Column("audience_id", Words, nullable=False, server_default=""))
    for merchant_id in each_merchant():
        op.get_bind().execute(_AUDIENCES, {"merchant_id": merchant_id})
    with empty_columns(), op.batch_alter_table("price_lists") as lists:
        lists.alter_column("audience_id", server_default=None)
        for name in ("group_id", "region_id"):
            lists.create_foreign_key(
                op.f(f"fk_price_lists_customer_groups_merchant_id_{name}"),
                "customer_groups",
                ["merchant_id", name],
                ["merchant_id", "id"],
            )
        lists.create_check_constraint(
            op.f("ck_price_lists_audience"),
            "audience_id = COALESCE(tier_id, customer_id, group_id, region_id, '')",
        )
    op.create_index(
        op.f("ix_price_lists_merchant_id_audience_id"), "price_lists", ["merchant_id", "audience_id"]
    )
    op.create_index(op.f("ix_price_lists_merchant_id_name_id"), "price_lists", ["merchant_id", "name", "id"])
    with empty_columns(), op.batch_alter_table("prices") as prices:
        prices.add_column(sa.Column("ladder", Words, nullable=False, server_default=""))
        prices.add_column(sa.Column("unit", Words, nullable=True))
        prices.add_column(sa.Column("valid_from", Instant, nullable=True))
        prices.add_column(sa.Column("valid_until", Instant, nullable=True))
        prices.add_column(sa.Column("priority", sa.BigInteger(), nullable=False, server_default="0"))
        prices.add_column(sa.Column("batch_id", Words, nullable=True))
        prices.drop_constraint(op.f("pk_prices"), type_="primary")
        prices.create_primary_key(
            op.f("pk_prices"), ["merchant_id", "list_id", "sku_id", "ladder", "min_quantity"]
        )
        prices.create_foreign_key(
            op.f("fk_prices_price_batches_merchant_id_batch_id"),
            "price_batches",
            ["merchant_id", "batch_id"],
            ["merchant_id", "id"],
        )
        prices.create_check_constraint(op.f("ck_prices_validity"), _VALIDITY)
        prices.create_check_constraint(
            op.f("ck_prices_batch"), "batch_id IS NULL OR (valid_from IS NULL AND valid_until IS NULL)"
        )
    with op.batch_alter_table("prices") as prices:
        for name in ("ladder", "priority"):
            prices.alter_column(name, server_default=None)
    for name, only in (("batch_id", "batch_id IS NOT NULL"), ("valid_until", "valid_until IS NOT NULL")):
        op.create_index(
            op.f(f"ix_prices_merchant_id_{name}"),
            "prices",
            ["merchant_id", name],
            postgresql_where=sa.text(only),
            sqlite_where=sa.text(only),
        )


def downgrade() -> None:
    """Go back; lists for companies, groups and regions are lost, and all prices but those that always hold."""
    for merchant_id in each_merchant():
        for gone in _GONE:
            op.get_bind().execute(gone, {"merchant_id": merchant_id})
    for name in ("batch_id", "valid_until"):
        op.drop_index(op.f(f"ix_prices_merchant_id_{name}"), "prices")
    with op.batch_alter_table("prices") as prices:
        prices.drop_constraint(op.f("fk_prices_price_batches_merchant_id_batch_id"), type_="foreignkey")
        for name in ("ck_prices_validity", "ck_prices_batch"):
            prices.drop_constraint(op.f(name), type_="check")
        prices.drop_constraint(op.f("pk_prices"), type_="primary")
        prices.create_primary_key(op.f("pk_prices"), ["merchant_id", "list_id", "sku_id", "min_quantity"])
        for name in ("ladder", "unit", "valid_from", "valid_until", "priority", "batch_id"):
            prices.drop_column(name)
    for name in ("audience_id", "name_id"):
        op.drop_index(op.f(f"ix_price_lists_merchant_id_{name}"), "price_lists")
    with op.batch_alter_table("price_lists") as lists:
        lists.drop_constraint(op.f("ck_price_lists_audience"), type_="check")
        for name in ("group_id", "region_id"):
            lists.drop_constraint(
                op.f(f"fk_price_lists_customer_groups_merchant_id_{name}"), type_="foreignkey"
            )
        for name in ("group_id", "region_id", "audience_id"):
            lists.drop_column(name)
    for name in ("customer_id", "tier_id"):
        op.create_index(op.f(f"ix_price_lists_merchant_id_{name}"), "price_lists", ["merchant_id", name])
    no_second_wall("price_batches")
    op.drop_table("price_batches")
