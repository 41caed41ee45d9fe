"""The audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Words

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go forward; what was done till now left no entry."""
    op.create_table(
        "trail",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", Words, nullable=False),
        sa.Column("person_id", Words, nullable=True),
        sa.Column("address", Words, nullable=False),
        sa.Column("request_id", Words, nullable=False),
        sa.Column("operation", Words, nullable=False),
        sa.Column("about_kind", Words, nullable=False),
        sa.Column("about_id", Words, nullable=False),
        sa.Column("before", Words, nullable=False),
        sa.Column("after", Words, nullable=False),
        sa.Column("previous", Words, nullable=False),
        sa.Column("hash", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "sequence", name=op.f("pk_trail")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_trail_merchants_merchant_id")
        ),
    )
    for columns in (("at",), ("about_id", "at"), ("person_id", "at")):
        keys = ["merchant_id", *columns, "sequence"]
        op.create_index(op.f(f"ix_trail_{'_'.join(keys)}"), "trail", keys)
    op.create_table(
        "trail_heads",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_trail_heads")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_trail_heads_merchants_merchant_id")
        ),
    )
    second_wall("trail", "trail_heads")


def downgrade() -> None:
    """Go back; the trail is lost."""
    no_second_wall("trail", "trail_heads")
    op.drop_table("trail_heads")
    op.drop_table("trail")
