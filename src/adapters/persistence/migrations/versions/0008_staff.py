"""Passwords, second factors, and people who are suspended."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from adapters.persistence.tables import Instant, Words

revision = "0008"
down_revision = "0007"

_FLAG = sa.Boolean(create_constraint=False)


def upgrade() -> None:
    """Go forward; nobody is suspended, has a password, or is asked for a second factor."""
    op.create_table(
        "login_passwords",
        sa.Column("login_id", Words, nullable=False),
        sa.Column("email_index", Words, nullable=False),
        sa.Column("email", Words, nullable=False),
        sa.Column("hash", Words, nullable=False),
        sa.Column("first_until", Instant),
        sa.PrimaryKeyConstraint("login_id", name=op.f("pk_login_passwords")),
        sa.UniqueConstraint("email_index", name=op.f("uq_login_passwords_email_index")),
        sa.ForeignKeyConstraint(["login_id"], ["logins.id"], name=op.f("fk_login_passwords_logins_login_id")),
    )
    op.create_table(
        "login_factors",
        sa.Column("login_id", Words, nullable=False),
        sa.Column("sealed", Words, nullable=False),
        sa.Column("active", _FLAG, nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery", Words, nullable=False),
        sa.Column("tries", Words, nullable=False),
        sa.PrimaryKeyConstraint("login_id", name=op.f("pk_login_factors")),
        sa.ForeignKeyConstraint(["login_id"], ["logins.id"], name=op.f("fk_login_factors_logins_login_id")),
    )
    op.create_table(
        "login_tries",
        sa.Column("email_index", Words, nullable=False),
        sa.Column("tries", Words, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("email_index", name=op.f("pk_login_tries")),
    )
    op.create_index(op.f("ix_login_tries_last_at"), "login_tries", ["last_at"])
    for table in ("buyers", "staff"):
        _add(table, "suspended", _FLAG, sa.false())
    _add("merchants", "second_factor", _FLAG, sa.false())
    _add("sessions", "second_factor", _FLAG, sa.false())
    # A session that is there began long enough ago to be fresh no more, whatever was shown then.
    _add("sessions", "proof", Words, "CODE")
    with op.batch_alter_table("sessions") as sessions:
        sessions.create_check_constraint(op.f("ck_sessions_proof"), "proof IN ('CODE', 'WECHAT', 'PASSWORD')")
    op.create_index(op.f("ix_sessions_person_id"), "sessions", ["person_id"])


def downgrade() -> None:
    """Go back; passwords and second factors are lost, and whoever was suspended is let in again."""
    op.drop_index(op.f("ix_sessions_person_id"), "sessions")
    with op.batch_alter_table("sessions") as sessions:
        sessions.drop_constraint(op.f("ck_sessions_proof"), type_="check")
        sessions.drop_column("second_factor")
        sessions.drop_column("proof")
    op.drop_column("merchants", "second_factor")
    for table in ("staff", "buyers"):
        op.drop_column(table, "suspended")
    for table in ("login_tries", "login_factors", "login_passwords"):
        op.drop_table(table)


def _add(table: str, column: str, kind: Any, there: Any) -> None:
    """Add a column that rows which are there have a value in; those that are new say theirs."""
    op.add_column(table, sa.Column(column, kind, nullable=False, server_default=there))
    with op.batch_alter_table(table) as changed:
        changed.alter_column(column, server_default=None)
