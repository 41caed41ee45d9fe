"""Coupons in tables: templates, to whom they are open, and the coupons of companies."""

from adapters.persistence.coupons._store import SqlCoupons
from adapters.persistence.coupons._tables import (
    COUPON,
    HELD,
    HELD_TABLES,
    TEMPLATE,
    audience_rows,
    coupon_audiences,
    coupon_of,
    coupon_row,
    coupon_templates,
    coupons,
    held_of,
    template_of,
    template_row,
)

__all__ = [
    "COUPON",
    "HELD",
    "HELD_TABLES",
    "TEMPLATE",
    "SqlCoupons",
    "audience_rows",
    "coupon_audiences",
    "coupon_of",
    "coupon_row",
    "coupon_templates",
    "coupons",
    "held_of",
    "template_of",
    "template_row",
]
