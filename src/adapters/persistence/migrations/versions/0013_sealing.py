"""Sealing: which keys the database was told of, and which columns have nothing in them any more that is not sealed.

What is there is sealed after this, in small transactions (`adapters.persistence.resealing`), so that it may be stopped
anywhere and begun again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.tables import Words

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Go forward; nothing is sealed yet."""
    op.create_table(
        "sealing",
        sa.Column("name", Words, nullable=False),
        sa.Column("value", Words, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sealing")),
    )


def downgrade() -> None:
    """Go back; what is sealed stays so, and the program before this one shows it as it is: restore a backup instead."""
    op.drop_table("sealing")
