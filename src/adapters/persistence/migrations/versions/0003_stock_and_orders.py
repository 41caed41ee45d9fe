"""Stock and orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.tables import Day, Instant, Words

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "warehouses",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("code", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_warehouses")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_warehouses_merchants_merchant_id")
        ),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_warehouses_merchant_id_code")),
    )
    op.create_table(
        "orders",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("number", Words, nullable=False),
        sa.Column("customer_id", Words, nullable=False),
        sa.Column("buyer_id", Words, nullable=False),
        sa.Column("currency", Words, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("status", Words, nullable=False),
        sa.Column("payment_status", Words, nullable=False),
        sa.Column("fulfillment_status", Words, nullable=False),
        sa.Column("payment_method", Words, nullable=False),
        sa.Column("placed_at", Instant(), nullable=False),
        sa.Column("requested_delivery_date", Day()),
        sa.Column("purchase_order_number", Words),
        sa.Column("note", Words),
        sa.Column("address", Words),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_orders")),
        sa.CheckConstraint("total >= 0 AND line_count > 0 AND version > 0", name=op.f("ck_orders_counts")),
        sa.CheckConstraint(
            "fulfillment_status IN ('UNFULFILLED', 'PARTIAL', 'FULFILLED', 'DELIVERED')",
            name=op.f("ck_orders_fulfillment_status"),
        ),
        sa.CheckConstraint(
            "payment_method IN ('WECHAT_PAY', 'ALIPAY', 'BANK_TRANSFER', 'CREDIT_TERMS', "
            "'PREPAID_BALANCE', 'CASH_ON_DELIVERY')",
            name=op.f("ck_orders_payment_method"),
        ),
        sa.CheckConstraint(
            "payment_status IN ('UNPAID', 'PARTIAL', 'PAID', 'ON_CREDIT', 'OVERDUE', "
            "'PARTIALLY_REFUNDED', 'REFUNDED')",
            name=op.f("ck_orders_payment_status"),
        ),
        sa.CheckConstraint(
            "status IN ('DRAFT', 'PENDING_APPROVAL', 'REJECTED', 'PENDING_PAYMENT', 'EXPIRED', "
            "'SUBMITTED', 'CONFIRMED', 'MODIFYING', 'IN_FULFILLMENT', 'COMPLETED', "
            "'CLOSED_SHORT', 'CANCELLED')",
            name=op.f("ck_orders_status"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "buyer_id"],
            ["buyers.merchant_id", "buyers.id"],
            name=op.f("fk_orders_buyers_merchant_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_orders_customers_merchant_id_customer_id"),
        ),
        sa.UniqueConstraint("merchant_id", "number", name=op.f("uq_orders_merchant_id_number")),
    )
    op.create_index(
        op.f("ix_orders_merchant_id_customer_id_placed_at_id"),
        "orders",
        ["merchant_id", "customer_id", "placed_at", "id"],
    )
    op.create_index(op.f("ix_orders_merchant_id_placed_at_id"), "orders", ["merchant_id", "placed_at", "id"])
    op.create_table(
        "stock",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("warehouse_id", Words, nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "sku_id", "warehouse_id", name=op.f("pk_stock")),
        sa.CheckConstraint("available >= 0 AND available <= on_hand", name=op.f("ck_stock_available")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sku_id"],
            ["skus.merchant_id", "skus.id"],
            name=op.f("fk_stock_skus_merchant_id_sku_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "warehouse_id"],
            ["warehouses.merchant_id", "warehouses.id"],
            name=op.f("fk_stock_warehouses_merchant_id_warehouse_id"),
        ),
    )
    op.create_table(
        "movements",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("warehouse_id", Words, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("note", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_movements")),
        sa.CheckConstraint(
            "reason IN ('OPENING', 'RECEIPT', 'COUNT', 'DAMAGE', 'CORRECTION')",
            name=op.f("ck_movements_reason"),
        ),
        sa.CheckConstraint("before + change = after AND after >= 0", name=op.f("ck_movements_sum")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sku_id", "warehouse_id"],
            ["stock.merchant_id", "stock.sku_id", "stock.warehouse_id"],
            name=op.f("fk_movements_stock_merchant_id_sku_id_warehouse_id"),
        ),
    )
    op.create_index(
        op.f("ix_movements_merchant_id_sku_id_warehouse_id_id"),
        "movements",
        ["merchant_id", "sku_id", "warehouse_id", "id"],
    )
    op.create_table(
        "order_lines",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("order_id", Words, nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("product_id", Words, nullable=False),
        sa.Column("sku_code", Words, nullable=False),
        sa.Column("sku_name", Words, nullable=False),
        sa.Column("unit_code", Words, nullable=False),
        sa.Column("unit_name", Words, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("base_quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("list_price", sa.BigInteger(), nullable=False),
        sa.Column("price_source", Words, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "order_id", "line", name=op.f("pk_order_lines")),
        sa.CheckConstraint(
            "unit_price >= 0 AND list_price >= 0 AND total >= 0", name=op.f("ck_order_lines_amounts")
        ),
        sa.CheckConstraint(
            "price_source IN ('CONTRACT', 'PRICE_LIST', 'TIER', 'BASE', 'SPECIAL')",
            name=op.f("ck_order_lines_price_source"),
        ),
        sa.CheckConstraint("quantity > 0 AND base_quantity > 0", name=op.f("ck_order_lines_quantities")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_order_lines_orders_merchant_id_order_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sku_id"],
            ["skus.merchant_id", "skus.id"],
            name=op.f("fk_order_lines_skus_merchant_id_sku_id"),
        ),
    )
    op.create_table(
        "reservations",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("order_id", Words, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", Words, nullable=False),
        sa.Column("sku_id", Words, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.PrimaryKeyConstraint(
            "merchant_id", "order_id", "line", "warehouse_id", name=op.f("pk_reservations")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity")),
        sa.CheckConstraint(
            "state IN ('HELD', 'COMMITTED', 'CONSUMED', 'RELEASED', 'EXPIRED')",
            name=op.f("ck_reservations_state"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_reservations_orders_merchant_id_order_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sku_id", "warehouse_id"],
            ["stock.merchant_id", "stock.sku_id", "stock.warehouse_id"],
            name=op.f("fk_reservations_stock_merchant_id_sku_id_warehouse_id"),
        ),
    )
    op.create_index(
        op.f("ix_reservations_merchant_id_sku_id_warehouse_id"),
        "reservations",
        ["merchant_id", "sku_id", "warehouse_id"],
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("reservations")
    op.drop_table("order_lines")
    op.drop_table("movements")
    op.drop_table("stock")
    op.drop_table("orders")
    op.drop_table("warehouses")
