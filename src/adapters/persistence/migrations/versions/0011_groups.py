"""Customer groups, who is in them, tags; and to whom products are shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.migrations.walls import no_second_wall, second_wall
from adapters.persistence.tables import Instant, Words

revision = "0011"
down_revision = "0010"

_TABLES = ("customer_groups", "group_memberships", "customer_tags", "product_visibility", "visibility_rules")


def upgrade() -> None:
    """Go forward; nobody is in a group yet, and everybody sees everything."""
    op.create_table(
        "customer_groups",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("parent_id", Words, nullable=True),
        sa.Column("above", Words, nullable=False),
        sa.Column("deleted_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_customer_groups")),
        _reference("customer_groups", "customer_groups", "parent_id"),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_customer_groups_merchants_merchant_id")
        ),
        sa.CheckConstraint("kind IN ('REGION', 'FREE')", name=op.f("ck_customer_groups_kind")),
        sa.CheckConstraint("kind = 'REGION' OR parent_id IS NULL", name=op.f("ck_customer_groups_tree")),
    )
    _index("customer_groups", "above", "name", only="deleted_at IS NULL")
    op.create_table(
        "group_memberships",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("group_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("until", Instant, nullable=True),
        sa.PrimaryKeyConstraint(
            "merchant_id", "group_id", "customer_id", "since", name=op.f("pk_group_memberships")
        ),
        _reference("group_memberships", "customer_groups", "group_id"),
        _reference("group_memberships", "customers", "customer_id"),
        sa.CheckConstraint("until > since", name=op.f("ck_group_memberships_until")),
    )
    _index("group_memberships", "customer_id", "group_id", only="until IS NULL")
    _index("group_memberships", "customer_id", "since")
    op.create_table(
        "customer_tags",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("tag", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", "tag", name=op.f("pk_customer_tags")),
        _reference("customer_tags", "customers", "customer_id"),
    )
    _index("customer_tags", "tag", "customer_id")
    op.create_table(
        "product_visibility",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("product_id", Words, nullable=False),
        sa.Column("restricted", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "product_id", name=op.f("pk_product_visibility")),
        _reference("product_visibility", "products", "product_id"),
    )
    op.create_table(
        "visibility_rules",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("product_id", Words, nullable=False),
        sa.Column("audience_id", Words, nullable=False),
        sa.Column("shows", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("group_id", Words, nullable=True),
        sa.Column("tier_id", Words, nullable=True),
        sa.Column("customer_id", Words, nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "product_id", "audience_id", name=op.f("pk_visibility_rules")),
        _reference("visibility_rules", "product_visibility", "product_id", to="product_id"),
        _reference("visibility_rules", "customer_groups", "group_id"),
        _reference("visibility_rules", "price_tiers", "tier_id"),
        _reference("visibility_rules", "customers", "customer_id"),
        sa.CheckConstraint(
            "audience_id = COALESCE(group_id, tier_id, customer_id)",
            name=op.f("ck_visibility_rules_audience"),
        ),
        sa.CheckConstraint(
            "(group_id IS NULL OR tier_id IS NULL) AND (group_id IS NULL OR customer_id IS NULL)"
            " AND (tier_id IS NULL OR customer_id IS NULL)",
            name=op.f("ck_visibility_rules_one"),
        ),
    )
    _index("visibility_rules", "group_id", "product_id")
    op.add_column("merchants", sa.Column("restricts_goods", sa.Boolean(create_constraint=False)))
    second_wall(*_TABLES)


def downgrade() -> None:
    """Go back; groups and tags are lost, and everybody sees everything."""
    no_second_wall(*_TABLES)
    op.drop_column("merchants", "restricts_goods")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _reference(table: str, other: str, column: str, *, to: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id", column],
        [f"{other}.merchant_id", f"{other}.{to}"],
        name=op.f(f"fk_{table}_{other}_merchant_id_{column}"),
    )


def _index(table: str, *columns: str, only: str | None = None) -> None:
    """Index a table below its merchant; where it is of some rows only, these differ in it."""
    where = None if only is None else sa.text(only)
    op.create_index(
        op.f(f"ix_{table}_merchant_id_{'_'.join(columns)}"),
        table,
        ["merchant_id", *columns],
        unique=only is not None,
        postgresql_where=where,
        sqlite_where=where,
    )
