"""How a merchant chooses among several prices of a customer; those that are there go on by priority."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Go forward."""
    words = 'TEXT COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else "TEXT"
    # As text, because SQLite takes a constraint with its column and at no other time.
    op.execute(
        f"ALTER TABLE merchants ADD COLUMN price_strategy {words} NOT NULL DEFAULT 'PRIORITY'"
        " CONSTRAINT ck_merchants_price_strategy CHECK (price_strategy IN ('PRIORITY', 'LOWEST'))"
    )


def downgrade() -> None:
    """Go back; every merchant chooses by priority."""
    op.drop_column("merchants", "price_strategy")
