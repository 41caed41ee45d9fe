"""Goods and prices have editions; those of programs that give them none are over."""

from __future__ import annotations

from alembic import op

from adapters.persistence.migrations.editions import new_editions, no_editions

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Go forward, when whoever is changing goods or prices without giving them editions has ended."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("LOCK TABLE products, skus, categories, prices IN SHARE ROW EXCLUSIVE MODE")
    new_editions()


def downgrade() -> None:
    """Go back; programs of before give no editions, and nobody may go by those that are there."""
    no_editions()
