"""What companies have bought, and what was searched for and not found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import each_merchant
from adapters.persistence.tables import Words

revision = "0017"
down_revision = "0016"

_KEYS = ["merchant_id", "customer_id", "product_id", "order_id"]
_INDEX = f"ix_order_lines_{'_'.join(_KEYS)}"
_OF_ORDER = sa.text(
    """
    UPDATE order_lines SET customer_id = (
        SELECT o.customer_id FROM orders o
        WHERE o.merchant_id = order_lines.merchant_id AND o.id = order_lines.order_id
    )
    WHERE merchant_id = :merchant_id
    """
)


def upgrade() -> None:
    """Go forward, and write down whose the lines of orders are."""
    op.add_column("order_lines", sa.Column("customer_id", Words))
    for merchant_id in each_merchant():
        op.get_bind().execute(_OF_ORDER, {"merchant_id": merchant_id})
    op.create_index(op.f(_INDEX), "order_lines", _KEYS)


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f(_INDEX), "order_lines")
    op.drop_column("order_lines", "customer_id")
