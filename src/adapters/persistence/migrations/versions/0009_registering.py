"""Those who register: invitations, the verifications of companies, and whether a company is approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Day, Instant, Words

revision = "0009"
down_revision = "0008"

_TABLES = ("invitations", "verifications", "verification_steps")
_STATES = "'DRAFT', 'SUBMITTED', 'NEED_INFO', 'APPROVED', 'REJECTED', 'EXPIRED'"
_ROLES = "'OWNER', 'PURCHASER', 'APPROVER', 'FINANCE', 'VIEWER'"


def upgrade() -> None:
    """Go forward; every company that is there is approved."""
    with op.batch_alter_table("customers") as customers:
        customers.add_column(
            sa.Column(
                "approved",
                sa.Boolean(create_constraint=False),
                nullable=False,
                server_default=sa.text("true"),
            )
        )
        customers.add_column(sa.Column("approved_until", Day))
    with op.batch_alter_table("customers") as customers:
        customers.alter_column("approved", server_default=None)
    op.create_table(
        "invitations",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("code", Words, nullable=False),
        sa.Column("tier_id", Words),
        sa.Column("sales_rep_id", Words),
        sa.Column("customer_id", Words),
        sa.Column("role", Words, nullable=False),
        sa.Column("phone_index", Words),
        sa.Column("phone", Words),
        sa.Column("most_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("made_by", Words),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.Column("parent_id", Words),
        sa.Column("tags", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_invitations")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_invitations_merchants_merchant_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "tier_id"],
            ["price_tiers.merchant_id", "price_tiers.id"],
            name=op.f("fk_invitations_price_tiers_merchant_id_tier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sales_rep_id"],
            ["staff.merchant_id", "staff.id"],
            name=op.f("fk_invitations_staff_merchant_id_sales_rep_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_invitations_customers_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "parent_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_invitations_customers_merchant_id_parent_id"),
        ),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_invitations_merchant_id_code")),
        sa.CheckConstraint(f"role IN ({_ROLES})", name=op.f("ck_invitations_role")),
        sa.CheckConstraint("uses >= 0 AND uses <= most_uses", name=op.f("ck_invitations_uses")),
    )
    op.create_table(
        "verifications",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("moved_at", Instant, nullable=False),
        sa.Column("legal_name", Words),
        sa.Column("licence_number", Words),
        sa.Column("contact_name", Words),
        sa.Column("contact_phone", Words),
        sa.Column("licence_picture", Words),
        sa.Column("licence_valid_until", Day),
        sa.Column("approved_until", Day),
        sa.Column("credit_limit", sa.BigInteger()),
        sa.Column("credit_days", sa.Integer()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", name=op.f("pk_verifications")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_verifications_customers_merchant_id_customer_id"),
        ),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_verifications_state")),
        sa.CheckConstraint(
            "(credit_limit IS NULL) = (credit_days IS NULL)", name=op.f("ck_verifications_credit")
        ),
    )
    for keys in (("moved_at", "customer_id"), ("state", "moved_at", "customer_id")):
        columns = ["merchant_id", *keys]
        op.create_index(op.f(f"ix_verifications_{'_'.join(columns)}"), "verifications", columns)
    op.create_table(
        "verification_steps",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("person_id", Words),
        sa.Column("reason", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", "number", name=op.f("pk_verification_steps")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["verifications.merchant_id", "verifications.customer_id"],
            name=op.f("fk_verification_steps_verifications_merchant_id_customer_id"),
        ),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_verification_steps_state")),
    )
    second_wall(*_TABLES)


def downgrade() -> None:
    """Go back; invitations and verifications are lost, and every company counts as approved."""
    no_second_wall(*_TABLES)
    for table in reversed(_TABLES):
        op.drop_table(table)
    with op.batch_alter_table("customers") as customers:
        for column in ("approved_until", "approved"):
            customers.drop_column(column)
