"""The merchant's own settings; those of merchants that are there stay as they were."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Go forward."""
    words = 'TEXT COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else "TEXT"
    for name, kind, check in (
        ("logo", words, ""),
        (
            "stock_display",
            f"{words} NOT NULL DEFAULT 'EXACT'",
            "stock_display IN ('EXACT', 'BANDED', 'HIDDEN')",
        ),
        ("order_minimum_amount", "BIGINT", "order_minimum_amount > 0"),
        ("cut_off_minute", "INTEGER", "cut_off_minute BETWEEN 0 AND 1439"),
        ("delivery_lead_days", "INTEGER NOT NULL DEFAULT 0", "delivery_lead_days BETWEEN 0 AND 60"),
        ("version", "BIGINT NOT NULL DEFAULT 0", "version >= 0"),
    ):
        # As text, because SQLite takes a constraint with its column and at no other time.
        constraint = f" CONSTRAINT ck_merchants_{name} CHECK ({check})" if check else ""
        op.execute(f"ALTER TABLE merchants ADD COLUMN {name} {kind}{constraint}")


def downgrade() -> None:
    """Go back; merchants show their stock, and take orders of any amount, all day."""
    for name in (
        "version",
        "delivery_lead_days",
        "cut_off_minute",
        "order_minimum_amount",
        "stock_display",
        "logo",
    ):
        op.drop_column("merchants", name)
