"""The catalog and its prices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.tables import Instant, Words

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "brands",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_brands")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_brands_merchants_merchant_id")
        ),
    )
    op.create_table(
        "categories",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("parent_id", Words),
        sa.Column("path", Words, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_categories")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "parent_id"],
            ["categories.merchant_id", "categories.id"],
            name=op.f("fk_categories_categories_merchant_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_categories_merchants_merchant_id")
        ),
    )
    op.create_index(
        op.f("ix_categories_merchant_id_parent_id_position_id"),
        "categories",
        ["merchant_id", "parent_id", "position", "id"],
    )
    op.create_index(op.f("ix_categories_merchant_id_path"), "categories", ["merchant_id", "path"])
    op.create_table(
        "products",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("description", Words, nullable=False),
        sa.Column("category_id", Words),
        sa.Column("brand_id", Words),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("for_sale", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_products")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "brand_id"],
            ["brands.merchant_id", "brands.id"],
            name=op.f("fk_products_brands_merchant_id_brand_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "category_id"],
            ["categories.merchant_id", "categories.id"],
            name=op.f("fk_products_categories_merchant_id_category_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_products_merchants_merchant_id")
        ),
    )
    op.create_index(
        op.f("ix_products_merchant_id_brand_id_position_id"),
        "products",
        ["merchant_id", "brand_id", "position", "id"],
    )
    op.create_index(
        op.f("ix_products_merchant_id_category_id_position_id"),
        "products",
        ["merchant_id", "category_id", "position", "id"],
    )
    op.create_index(op.f("ix_products_merchant_id_name_id"), "products", ["merchant_id", "name", "id"])
    op.create_index(
        op.f("ix_products_merchant_id_position_id"), "products", ["merchant_id", "position", "id"]
    )
    op.create_table(
        "price_lists",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("source", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", Words),
        sa.Column("customer_id", Words),
        sa.Column("valid_from", Instant()),
        sa.Column("valid_until", Instant()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_price_lists")),
        sa.CheckConstraint(
            "source IN ('CONTRACT', 'PRICE_LIST', 'TIER', 'BASE', 'SPECIAL')",
            name=op.f("ck_price_lists_source"),
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_from IS NULL OR valid_from < valid_until",
            name=op.f("ck_price_lists_validity"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_price_lists_customers_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_price_lists_merchants_merchant_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "tier_id"],
            ["price_tiers.merchant_id", "price_tiers.id"],
            name=op.f("fk_price_lists_price_tiers_merchant_id_tier_id"),
        ),
    )
    op.create_index(
        op.f("ix_price_lists_merchant_id_customer_id"), "price_lists", ["merchant_id", "customer_id"]
    )
    op.create_index(op.f("ix_price_lists_merchant_id_tier_id"), "price_lists", ["merchant_id", "tier_id"])
    op.create_index(
        op.f("ix_price_lists_one_base"),
        "price_lists",
        ["merchant_id"],
        unique=True,
        postgresql_where=sa.text("source = 'BASE'"),
        sqlite_where=sa.text("source = 'BASE'"),
    )
    op.create_index(
        op.f("ix_price_lists_one_tier"),
        "price_lists",
        ["merchant_id", "tier_id"],
        unique=True,
        postgresql_where=sa.text("source = 'TIER'"),
        sqlite_where=sa.text("source = 'TIER'"),
    )
    op.create_table(
        "skus",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("product_id", Words, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("code", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("barcode", Words),
        sa.Column("unit_code", Words, nullable=False),
        sa.Column("unit_name", Words, nullable=False),
        sa.Column("unit_decimals", sa.Integer(), nullable=False),
        sa.Column("packs", Words, nullable=False),
        sa.Column("options", Words, nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("low_stock", sa.BigInteger()),
        sa.Column("for_sale", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_skus")),
        sa.CheckConstraint("minimum > 0 AND step > 0", name=op.f("ck_skus_rule")),
        sa.CheckConstraint("unit_decimals BETWEEN 0 AND 3", name=op.f("ck_skus_unit_decimals")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "product_id"],
            ["products.merchant_id", "products.id"],
            name=op.f("fk_skus_products_merchant_id_product_id"),
        ),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_skus_merchant_id_code")),
    )
    op.create_index(op.f("ix_skus_merchant_id_barcode"), "skus", ["merchant_id", "barcode"])
    op.create_index(
        op.f("ix_skus_merchant_id_product_id_place"), "skus", ["merchant_id", "product_id", "place"]
    )
    op.create_table(
        "prices",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("list_id", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("min_quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger()),
        sa.Column("percentage", sa.BigInteger()),
        sa.PrimaryKeyConstraint("merchant_id", "list_id", "sku_id", "min_quantity", name=op.f("pk_prices")),
        sa.CheckConstraint("min_quantity > 0", name=op.f("ck_prices_min_quantity")),
        sa.CheckConstraint("unit_price >= 0 AND percentage >= 0", name=op.f("ck_prices_not_negative")),
        sa.CheckConstraint(
            "(unit_price IS NULL) <> (percentage IS NULL)", name=op.f("ck_prices_price_or_percentage")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "list_id"],
            ["price_lists.merchant_id", "price_lists.id"],
            name=op.f("fk_prices_price_lists_merchant_id_list_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sku_id"],
            ["skus.merchant_id", "skus.id"],
            name=op.f("fk_prices_skus_merchant_id_sku_id"),
        ),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("prices")
    op.drop_table("skus")
    op.drop_table("price_lists")
    op.drop_table("products")
    op.drop_table("categories")
    op.drop_table("brands")
