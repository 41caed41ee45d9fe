"""Prices in the database: lists, ladders and batches."""

from adapters.persistence.pricing._batches import SqlPriceBatches
from adapters.persistence.pricing._reading import (
    audience,
    distance,
    not_over,
    published_column,
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
from adapters.persistence.pricing._texts import (
    PriceLists,
    Rates,
    changes_with_time,
    ladders_column,
    lists_asked,
    lists_column,
    lists_of,
    prices_at,
    prices_of,
)

__all__ = [
    "LISTS_AND_TIERS",
    "LIST_COLUMNS",
    "PriceLists",
    "Published",
    "Rates",
    "SqlPriceBatches",
    "SqlPrices",
    "audience",
    "batch_of",
    "batch_row",
    "changes_with_time",
    "distance",
    "ladder_key",
    "ladders_column",
    "list_of",
    "list_row",
    "lists_asked",
    "lists_column",
    "lists_of",
    "not_over",
    "price_batches",
    "price_lists",
    "prices",
    "prices_at",
    "prices_of",
    "published_column",
    "read_key",
    "rung_of",
    "rung_rows",
]
