"""Prices in the database: lists, ladders and batches."""

from adapters.persistence.pricing._batches import SqlPriceBatches
from adapters.persistence.pricing._reading import (
    audience,
    distance,
    not_over,
    published_column,
    read_ladders,
)
from adapters.persistence.pricing._storage import SqlPrices
from adapters.persistence.pricing._tables import (
    LIST_COLUMNS,
    LISTS_AND_TIERS,
    Published,
    batch_of,
    batch_row,
    ladder_key,
    list_of,
    list_row,
    price_batches,
    price_lists,
    prices,
    read_key,
    rung_of,
    rung_rows,
)

__all__ = [
    "LISTS_AND_TIERS",
    "LIST_COLUMNS",
    "Published",
    "SqlPriceBatches",
    "SqlPrices",
    "audience",
    "batch_of",
    "batch_row",
    "distance",
    "ladder_key",
    "list_of",
    "list_row",
    "not_over",
    "price_batches",
    "price_lists",
    "prices",
    "published_column",
    "read_key",
    "read_ladders",
    "rung_of",
    "rung_rows",
]
