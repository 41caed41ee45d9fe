"""The tree of companies, who owns customers, and what orders keep of both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Words

revision = "0010"
down_revision = "0008"

_OF_ORDERS = ("placed_by_id", "sales_rep_id", "agent_id")


def upgrade() -> None:
    """Go forward; nobody is a branch yet, nobody is owned, and orders that are there keep nothing of it."""
    op.create_table(
        "branches",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("branch_id", Words, nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", "branch_id", name=op.f("pk_branches")),
        _belongs("branches", "customers", "customer_id"),
        _belongs("branches", "customers", "branch_id"),
        sa.UniqueConstraint(
            "merchant_id", "branch_id", "distance", name=op.f("uq_branches_merchant_id_branch_id_distance")
        ),
        sa.CheckConstraint("distance BETWEEN 1 AND 5", name=op.f("ck_branches_distance")),
        sa.CheckConstraint("customer_id <> branch_id", name=op.f("ck_branches_itself")),
    )
    op.create_table(
        "ownerships",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("sales_rep_id", Words),
        sa.Column("agent_id", Words),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", "kind", "since", name=op.f("pk_ownerships")),
        _belongs("ownerships", "customers", "customer_id"),
        _belongs("ownerships", "staff", "sales_rep_id"),
        _belongs("ownerships", "customers", "agent_id"),
        sa.CheckConstraint("kind IN ('SALES_REP', 'AGENT')", name=op.f("ck_ownerships_kind")),
        sa.CheckConstraint(
            "(kind = 'SALES_REP' OR sales_rep_id IS NULL) AND (kind = 'AGENT' OR agent_id IS NULL)",
            name=op.f("ck_ownerships_owner"),
        ),
        sa.CheckConstraint("agent_id <> customer_id", name=op.f("ck_ownerships_itself")),
    )
    for owner in ("sales_rep_id", "agent_id"):
        keys = ["merchant_id", owner, "customer_id"]
        op.create_index(op.f(f"ix_ownerships_{'_'.join(keys)}"), "ownerships", keys)
    for column in _OF_ORDERS:
        op.add_column("orders", sa.Column(column, Words))
    second_wall("branches", "ownerships")


def downgrade() -> None:
    """Go back; the tree and the owners are lost."""
    no_second_wall("branches", "ownerships")
    for column in reversed(_OF_ORDERS):
        op.drop_column("orders", column)
    op.drop_table("ownerships")
    op.drop_table("branches")


def _belongs(table: str, parent: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id", column],
        [f"{parent}.merchant_id", f"{parent}.id"],
        name=op.f(f"fk_{table}_{parent}_merchant_id_{column}"),
    )
