"""Coupons that give something in place of taking something off; none of those that there are does."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Go forward."""
    words = 'TEXT COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else "TEXT"
    # As text, because SQLite takes a constraint with its column and at no other time.
    op.execute(
        f"ALTER TABLE coupon_templates ADD COLUMN gift {words}"
        " CONSTRAINT ck_coupon_templates_gift CHECK (gift IS NULL OR amount_off = 0)"
    )


def downgrade() -> None:
    """Go back; what coupons give is lost."""
    op.drop_column("coupon_templates", "gift")
