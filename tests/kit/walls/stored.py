"""What is stored of one merchant, row by row, to tell whether anything has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import attrs
from sqlalchemy import create_engine, select

from adapters.persistence.memory import MemoryDatabase
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.tables import metadata
from application.ports.database import Database
from domain.identity import MerchantId

Rows = Mapping[str, Collection[str]]


def rows_of(database: Database, merchant_id: MerchantId, *, about: Collection[str] = ()) -> Rows:
    """Every row of the merchant, by table; only those that name one of these ids, where some are given."""
    if isinstance(database, MemoryDatabase):
        found = _in_memory(database, merchant_id)
    else:
        assert isinstance(database, SqlDatabase), database
        found = _in_tables(database, merchant_id)
    if not about:
        return found
    return {table: [row for row in rows if any(id in row for id in about)] for table, rows in found.items()}


def changed(before: Rows, after: Rows) -> list[str]:
    """Name what is not as it was."""
    return [f"{table}: {row}" for table in after for row in sorted({*before[table]} ^ {*after[table]})]


def _in_memory(database: MemoryDatabase, merchant_id: MerchantId) -> dict[str, list[str]]:
    shop = database.vault.shop(merchant_id)
    return {
        field.name: [repr(pair) for pair in getattr(shop, field.name).items()]
        for field in attrs.fields(type(shop))
    }


def _in_tables(database: SqlDatabase, merchant_id: MerchantId) -> dict[str, list[str]]:
    engine = create_engine(database.url)
    try:
        with engine.connect() as connection:
            return {
                table.name: [repr(tuple(row)) for row in connection.execute(_all_of(table, merchant_id))]
                for table in metadata.sorted_tables
                if table.name == "merchants" or "merchant_id" in table.c
            }
    finally:
        engine.dispose()


def _all_of(table: Any, merchant_id: MerchantId) -> Any:
    key = table.c.merchant_id if "merchant_id" in table.c else table.c.id
    return select(table).where(key == merchant_id)
