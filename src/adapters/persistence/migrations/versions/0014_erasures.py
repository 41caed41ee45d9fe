"""Who has been erased, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Words

revision = "0014"
down_revision = "0012"


def upgrade() -> None:
    """Go forward; nobody has been erased."""
    op.create_table(
        "erasures",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("person_id", Words, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "person_id", name=op.f("pk_erasures")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_erasures_merchants_merchant_id")
        ),
    )
    second_wall("erasures")


def downgrade() -> None:
    """Go back; whoever was erased stays without a name and a login."""
    no_second_wall("erasures")
    op.drop_table("erasures")
