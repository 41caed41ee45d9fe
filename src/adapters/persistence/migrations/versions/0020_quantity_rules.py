"""Quantity rules beyond minimum and step, breaks that are pooled, and what a customer is allowed beside the rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Words

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Go forward; no SKU has more than a minimum and a step, and every SKU has its breaks for itself."""
    op.add_column("skus", sa.Column("rule", Words, nullable=True))
    op.add_column(
        "products",
        sa.Column(
            "pools_breaks", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()
        ),
    )
    op.create_table(
        "quantity_allowances",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", "sku_id", name=op.f("pk_quantity_allowances")),
        _reference("customers", "customer_id"),
        _reference("skus", "sku_id"),
    )
    second_wall("quantity_allowances")


def downgrade() -> None:
    """Go back; maximums, quotas, case rules, pooled breaks and allowances are lost."""
    no_second_wall("quantity_allowances")
    op.drop_table("quantity_allowances")
    op.drop_column("products", "pools_breaks")
    op.drop_column("skus", "rule")


def _reference(other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id", column],
        [f"{other}.merchant_id", f"{other}.id"],
        name=op.f(f"fk_quantity_allowances_{other}_merchant_id_{column}"),
    )
