"""Carts, shopping lists and order templates; there are none yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Whole, Words

revision = "0023"
down_revision = "0022"

_TABLES = ("cart_lines", "shopping_lists", "order_templates")


def upgrade() -> None:
    """Go forward."""
    truth = sa.Boolean(create_constraint=False)
    op.create_table(
        "cart_lines",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("unit", Words, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("selected", truth, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("written", sa.Text, nullable=False),
        sa.Column("seen_quantity", Whole, nullable=True),
        sa.Column("seen_price", sa.BigInteger, nullable=True),
        sa.Column("seen_minimum", Whole, nullable=True),
        sa.Column("seen_step", Whole, nullable=True),
        sa.Column("seen_for_sale", truth, nullable=True),
        sa.Column("seen_enough", truth, nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_cart_lines")),
        _reference("cart_lines", "customers", "customer_id"),
        _reference("cart_lines", "skus", "sku_id"),
        sa.UniqueConstraint(
            "merchant_id",
            "customer_id",
            "sku_id",
            "unit",
            name=op.f("uq_cart_lines_merchant_id_customer_id_sku_id_unit"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_lines_quantity")),
    )
    _index("cart_lines", "customer_id", "place")
    _index("cart_lines", "sku_id")
    op.create_table(
        "shopping_lists",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("owner_id", Words, nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("lines", Words, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_shopping_lists")),
        _reference("shopping_lists", "customers", "customer_id"),
        _reference("shopping_lists", "buyers", "owner_id"),
        sa.CheckConstraint("version > 0", name=op.f("ck_shopping_lists_version")),
    )
    _index("shopping_lists", "customer_id", "id")
    op.create_table(
        "order_templates",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("audience", Words, nullable=False),
        sa.Column("lines", Words, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_order_templates")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_order_templates_merchants_merchant_id")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_order_templates_version")),
    )
    second_wall(*_TABLES)


def downgrade() -> None:
    """Go back; carts, lists and templates are lost."""
    no_second_wall(*_TABLES)
    for table in reversed(_TABLES):
        op.drop_table(table)


def _reference(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id", column],
        [f"{other}.merchant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_{other}_merchant_id_{column}"),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_merchant_id_{'_'.join(columns)}"), table, ["merchant_id", *columns])
