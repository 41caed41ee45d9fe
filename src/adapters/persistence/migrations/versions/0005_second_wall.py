"""PostgreSQL itself keeps merchants apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall, second_wall_of_merchants

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go forward."""
    second_wall_of_merchants()
    second_wall(*_of_merchants())


def downgrade() -> None:
    """Go back."""
    no_second_wall("merchants", *_of_merchants())


def _of_merchants() -> list[str]:
    """The tables of a merchant's own that are there by now."""
    inspector = sa.inspect(op.get_bind())
    columns = {name: inspector.get_columns(name) for name in sorted(inspector.get_table_names())}
    return [name for name, of in columns.items() if "merchant_id" in {column["name"] for column in of}]
