"""Coupons: what their templates promise, to whom they are open, and the coupons of companies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Whole, Words

revision = "0022"
down_revision = "0021"

_TABLES = ("coupon_templates", "coupon_audiences", "coupons")


def upgrade() -> None:
    """Go forward; there are no coupons yet."""
    op.create_table(
        "coupon_templates",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("terms", Words, nullable=False),
        sa.Column("amount_off", Whole),
        sa.Column("share_off", sa.Integer()),
        sa.Column("most_off", Whole),
        sa.Column("threshold", Whole),
        sa.Column("scope", Words, nullable=False),
        sa.Column("valid_from", Instant),
        sa.Column("valid_until", Instant),
        sa.Column("valid_days", sa.Integer()),
        sa.Column("way", Words, nullable=False),
        sa.Column("claim_code", Words),
        sa.Column("open_from", Instant),
        sa.Column("open_until", Instant),
        sa.Column("stacking", Words),
        sa.Column("most_claims", sa.Integer()),
        sa.Column("most_claims_each", sa.Integer()),
        sa.Column("most_uses", sa.Integer()),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("made_by", Words),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("stopped_at", Instant),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_coupon_templates")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_coupon_templates_merchants_merchant_id")
        ),
        _reference("coupon_templates", "staff", "made_by"),
        sa.UniqueConstraint(
            "merchant_id", "claim_code", name=op.f("uq_coupon_templates_merchant_id_claim_code")
        ),
        sa.CheckConstraint("way IN ('ISSUED', 'LISTED', 'BY_CODE')", name=op.f("ck_coupon_templates_way")),
        sa.CheckConstraint(
            "(amount_off IS NULL) <> (share_off IS NULL)", name=op.f("ck_coupon_templates_amount_or_share")
        ),
        sa.CheckConstraint(
            "claims >= 0 AND (most_claims IS NULL OR claims <= most_claims)",
            name=op.f("ck_coupon_templates_claims"),
        ),
        sa.CheckConstraint(
            "uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)", name=op.f("ck_coupon_templates_uses")
        ),
    )
    op.create_table(
        "coupon_audiences",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("template_id", Words, nullable=False),
        sa.Column("audience_id", Words, nullable=False),
        sa.Column("group_id", Words),
        sa.Column("tier_id", Words),
        sa.Column("customer_id", Words),
        sa.PrimaryKeyConstraint(
            "merchant_id", "template_id", "audience_id", name=op.f("pk_coupon_audiences")
        ),
        _reference("coupon_audiences", "coupon_templates", "template_id"),
        _reference("coupon_audiences", "customer_groups", "group_id"),
        _reference("coupon_audiences", "price_tiers", "tier_id"),
        _reference("coupon_audiences", "customers", "customer_id"),
        sa.CheckConstraint(
            "audience_id = COALESCE(group_id, tier_id, customer_id)",
            name=op.f("ck_coupon_audiences_audience"),
        ),
        sa.CheckConstraint(
            "(group_id IS NULL OR tier_id IS NULL) AND (group_id IS NULL OR customer_id IS NULL)"
            " AND (tier_id IS NULL OR customer_id IS NULL)",
            name=op.f("ck_coupon_audiences_one"),
        ),
    )
    op.create_table(
        "coupons",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("template_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("code", Words, nullable=False),
        sa.Column("claimed_at", Instant, nullable=False),
        sa.Column("holds_from", Instant, nullable=False),
        sa.Column("holds_until", Instant),
        sa.Column("state", Words, nullable=False),
        sa.Column("order_id", Words),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_coupons")),
        _reference("coupons", "coupon_templates", "template_id"),
        _reference("coupons", "customers", "customer_id"),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_coupons_orders_merchant_id_order_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_coupons_merchant_id_code")),
        sa.CheckConstraint("state IN ('AVAILABLE', 'USED', 'WITHDRAWN')", name=op.f("ck_coupons_state")),
        sa.CheckConstraint("(order_id IS NULL) = (state <> 'USED')", name=op.f("ck_coupons_used")),
        sa.CheckConstraint("holds_until > holds_from", name=op.f("ck_coupons_holds")),
    )
    for columns in (("customer_id", "id"), ("template_id", "customer_id"), ("order_id",)):
        name = op.f(f"ix_coupons_merchant_id_{'_'.join(columns)}")
        op.create_index(name, "coupons", ["merchant_id", *columns])
    second_wall(*_TABLES)


def downgrade() -> None:
    """Go back; coupons are lost."""
    no_second_wall(*_TABLES)
    for table in reversed(_TABLES):
        op.drop_table(table)


def _reference(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id", column],
        [f"{other}.merchant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_{other}_merchant_id_{column}"),
    )
