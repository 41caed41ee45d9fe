"""Floors of SKUs, margins of categories, approvals below a floor, and what the merchant does about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Whole, Words

revision = "0025"
down_revision = "0024"

_TABLES = ("sku_floors", "category_margins", "floor_approvals")
_MOST_MARGIN = "margin BETWEEN 0 AND 90000"


def upgrade() -> None:
    """Go forward; nothing has a floor, and nothing is guarded."""
    op.create_table(
        "sku_floors",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("floor", Whole),
        sa.Column("cost", Whole),
        sa.Column("margin", sa.BigInteger()),
        sa.PrimaryKeyConstraint("merchant_id", "sku_id", name=op.f("pk_sku_floors")),
        _reference("sku_floors", "skus", "sku_id"),
        sa.CheckConstraint("floor >= 0 OR cost >= 0", name=op.f("ck_sku_floors_set")),
        sa.CheckConstraint(
            f"margin IS NULL OR (cost IS NOT NULL AND {_MOST_MARGIN})", name=op.f("ck_sku_floors_margin")
        ),
    )
    op.create_table(
        "category_margins",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("category_id", Words, nullable=False),
        sa.Column("margin", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "category_id", name=op.f("pk_category_margins")),
        _reference("category_margins", "categories", "category_id"),
        sa.CheckConstraint(_MOST_MARGIN, name=op.f("ck_category_margins_margin")),
    )
    op.create_table(
        "floor_approvals",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("lowest", Whole, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", "sku_id", name=op.f("pk_floor_approvals")),
        _reference("floor_approvals", "customers", "customer_id"),
        _reference("floor_approvals", "skus", "sku_id"),
        sa.CheckConstraint("lowest >= 0", name=op.f("ck_floor_approvals_lowest")),
    )
    second_wall(*_TABLES)
    words = 'TEXT COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else "TEXT"
    # As text, because SQLite takes a constraint with its column and at no other time.
    op.execute(
        f"ALTER TABLE merchants ADD COLUMN margin_guard {words} NOT NULL DEFAULT 'NONE' CONSTRAINT"
        " ck_merchants_margin_guard CHECK (margin_guard IN ('NONE', 'BLOCK', 'CAP', 'APPROVAL'))"
    )


def downgrade() -> None:
    """Go back; floors, margins and approvals are lost."""
    op.drop_column("merchants", "margin_guard")
    no_second_wall(*_TABLES)
    for table in reversed(_TABLES):
        op.drop_table(table)


def _reference(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id", column],
        [f"{other}.merchant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_{other}_merchant_id_{column}"),
    )
