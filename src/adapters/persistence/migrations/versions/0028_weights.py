"""What lines of orders weigh, and what they come to by that; nothing is weighed yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.tables import Whole, Words

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Go forward."""
    op.add_column("orders", sa.Column("settled", Whole, nullable=True))
    op.add_column("order_amendments", sa.Column("weights", Words, nullable=True))
    for name in ("weight_unit", "weight_unit_name"):
        op.add_column("order_lines", sa.Column(name, Words, nullable=True))
    op.add_column("order_lines", sa.Column("tolerance", sa.BigInteger, nullable=True))
    # As text, because SQLite takes a constraint with its column and at no other time.
    op.execute(
        "ALTER TABLE order_lines ADD COLUMN actual BIGINT CONSTRAINT ck_order_lines_actual CHECK (actual > 0)"
    )
    op.add_column("order_lines", sa.Column("settled_discount", Whole, nullable=True))
    op.execute(
        "ALTER TABLE order_lines ADD COLUMN settled BIGINT"
        " CONSTRAINT ck_order_lines_settled CHECK (settled >= settled_discount)"
    )


def downgrade() -> None:
    """Go back; what was weighed is lost, and what was promised stays."""
    for name in ("settled", "settled_discount", "actual", "tolerance", "weight_unit_name", "weight_unit"):
        op.drop_column("order_lines", name)
    op.drop_column("order_amendments", "weights")
    op.drop_column("orders", "settled")
