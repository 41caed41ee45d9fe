"""Special prices, how much was bought at them, and what orders kept of them; there are none yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Whole, Words

revision = "0026"
down_revision = "0025"

_TABLES = ("special_prices", "special_customers", "order_specials")


def upgrade() -> None:
    """Go forward."""
    truth = sa.Boolean(create_constraint=False)
    op.create_table(
        "special_prices",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("rule", Words, nullable=False),
        sa.Column("begins", Instant, nullable=True),
        sa.Column("ends", Instant, nullable=True),
        sa.Column("most", Whole, nullable=True),
        sa.Column("taken", Whole, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_special_prices")),
        _reference("special_prices", "skus", "sku_id"),
        sa.CheckConstraint(
            "begins IS NULL OR ends IS NULL OR begins < ends", name=op.f("ck_special_prices_validity")
        ),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_special_prices_taken")),
    )
    _index("special_prices", "sku_id")
    op.create_table(
        "special_customers",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("special_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("taken", Whole, nullable=False),
        sa.PrimaryKeyConstraint(
            "merchant_id", "special_id", "customer_id", name=op.f("pk_special_customers")
        ),
        _reference("special_customers", "special_prices", "special_id"),
        _reference("special_customers", "customers", "customer_id"),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_special_customers_taken")),
    )
    op.create_table(
        "order_specials",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("order_id", Words, nullable=False),
        sa.Column("line", sa.BigInteger, nullable=False),
        sa.Column("special_id", Words, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("limited", truth, nullable=False),
        sa.Column("kept", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "order_id", "line", name=op.f("pk_order_specials")),
        _reference("order_specials", "orders", "order_id", late=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_specials_quantity")),
    )
    _index("order_specials", "special_id", "order_id")
    op.add_column("merchants", sa.Column("has_specials", truth))
    second_wall(*_TABLES)


def downgrade() -> None:
    """Go back; special prices are lost, and orders do not say any more what decided theirs."""
    no_second_wall(*_TABLES)
    op.drop_column("merchants", "has_specials")
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


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_merchant_id_{'_'.join(columns)}"), table, ["merchant_id", *columns])
