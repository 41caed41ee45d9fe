"""What was searched for and not found; and how the own names of companies are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Words

revision = "0021"
down_revision = "0020"

_TABLE = "missed_searches"


def upgrade() -> None:
    """Go forward; own names that are there are found as they are written, and not yet as they are read."""
    op.create_table(
        _TABLE,
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("asked_by", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=True),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "text", "asked_by", name=op.f("pk_missed_searches")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_missed_searches_merchants_merchant_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_missed_searches_customers_merchant_id_customer_id"),
        ),
        sa.CheckConstraint("asked_by = COALESCE(customer_id, '')", name=op.f("ck_missed_searches_asked_by")),
        sa.CheckConstraint("times > 0", name=op.f("ck_missed_searches_times")),
    )
    for column in ("times", "last_at"):
        keys = ["merchant_id", column, "text", "asked_by"]
        op.create_index(op.f(f"ix_missed_searches_{'_'.join(keys)}"), _TABLE, keys)
    second_wall(_TABLE)
    op.add_column("customer_names", sa.Column("spelt", Words))


def downgrade() -> None:
    """Go back; what was searched for is lost."""
    op.drop_column("customer_names", "spelt")
    no_second_wall(_TABLE)
    op.drop_table(_TABLE)
