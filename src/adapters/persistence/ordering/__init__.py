"""Orders in tables: heads and lines, the order history, and the merchant's order numbers."""

from adapters.persistence.ordering._storage import ORDER_COUNTER, SqlOrders
from adapters.persistence.ordering._tables import (
    LINE_COLUMNS,
    address_of,
    line_of,
    line_rows,
    order_lines,
    order_row,
    orders,
    weight_of,
)

__all__ = [
    "LINE_COLUMNS",
    "ORDER_COUNTER",
    "SqlOrders",
    "address_of",
    "line_of",
    "line_rows",
    "order_lines",
    "order_row",
    "orders",
    "weight_of",
]
