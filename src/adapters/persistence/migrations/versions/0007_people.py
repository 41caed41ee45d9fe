"""People who sign in: logins, codes, sessions; and which login a buyer and a member of staff have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall_of_logins, second_wall_of_logins
from adapters.persistence.tables import Instant, Words

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go forward; nobody who is there has a login yet."""
    op.create_table(
        "logins",
        sa.Column("id", Words, nullable=False),
        sa.Column("phone_index", Words),
        sa.Column("phone", Words),
        sa.Column("last_person_id", Words),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logins")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_logins_phone_index")),
    )
    op.create_table(
        "login_identities",
        sa.Column("id", Words, nullable=False),
        sa.Column("login_id", Words, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_identities")),
        sa.ForeignKeyConstraint(
            ["login_id"], ["logins.id"], name=op.f("fk_login_identities_logins_login_id")
        ),
    )
    op.create_index(op.f("ix_login_identities_login_id"), "login_identities", ["login_id"])
    op.create_table(
        "login_codes",
        sa.Column("phone_index", Words, nullable=False),
        sa.Column("seal", Words, nullable=False),
        sa.Column("sent", Words, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("phone_index", name=op.f("pk_login_codes")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", Words, nullable=False),
        sa.Column("login_id", Words, nullable=False),
        sa.Column("person_id", Words, nullable=False),
        sa.Column("began_at", Instant, nullable=False),
        sa.Column("refreshed_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.ForeignKeyConstraint(["login_id"], ["logins.id"], name=op.f("fk_sessions_logins_login_id")),
    )
    op.create_index(op.f("ix_sessions_login_id"), "sessions", ["login_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("id", Words, nullable=False),
        sa.Column("session_id", Words, nullable=False),
        sa.Column("spent_at", Instant),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_refresh_tokens_sessions_session_id")
        ),
    )
    op.create_index(op.f("ix_refresh_tokens_session_id"), "refresh_tokens", ["session_id"])
    for table, key in _PLACES.items():
        op.add_column(table, sa.Column("login_id", Words))
        op.create_index(op.f(f"ix_{table}_login_id"), table, ["login_id"])
        op.create_index(op.f(f"ix_{table}_{'_'.join(key)}"), table, list(key), unique=True)
    second_wall_of_logins()


def downgrade() -> None:
    """Go back; everybody is signed out."""
    no_second_wall_of_logins()
    for table, key in _PLACES.items():
        op.drop_index(op.f(f"ix_{table}_{'_'.join(key)}"), table)
        op.drop_index(op.f(f"ix_{table}_login_id"), table)
        op.drop_column(table, "login_id")
    for table in ("refresh_tokens", "sessions", "login_codes", "login_identities", "logins"):
        op.drop_table(table)


_PLACES = {
    "buyers": ("merchant_id", "login_id", "customer_id"),
    "staff": ("merchant_id", "login_id"),
}
"""What a login is at most once: a buyer of one company, and staff of one merchant."""
