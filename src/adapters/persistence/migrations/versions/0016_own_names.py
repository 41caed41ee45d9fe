"""What companies call goods; nobody has learned any name yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Words

revision = "0016"
down_revision = "0015"

_TABLE = "customer_names"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        _TABLE,
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("learned_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", "name", name=op.f("pk_customer_names")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_customer_names_customers_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sku_id"],
            ["skus.merchant_id", "skus.id"],
            name=op.f("fk_customer_names_skus_merchant_id_sku_id"),
        ),
    )
    op.create_index(
        op.f("ix_customer_names_merchant_id_customer_id_learned_at"),
        _TABLE,
        ["merchant_id", "customer_id", "learned_at"],
    )
    second_wall(_TABLE)


def downgrade() -> None:
    """Go back; what was learned is lost."""
    no_second_wall(_TABLE)
    op.drop_table(_TABLE)
