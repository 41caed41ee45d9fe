"""The keys that tests seal with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import adapters.persistence.sql  # noqa: F401  # importing it describes every table
from adapters.persistence.tables import metadata
from adapters.sealing import Ring
from application.ports.sealing import PREFIX, place_of

KEY, OTHER_KEY = bytes(range(32)), bytes(range(100, 132))
SEALING = Ring.of(KEY)


def opened(table: str, column: str, row: Mapping[str, Any]) -> Any:
    """A value of a row as it was before it was sealed, if it was."""
    value = row[column]
    if not isinstance(value, str) or not value.startswith(PREFIX) or table == "sealing":
        return value
    keys = [one.name for one in metadata.tables[table].primary_key.columns]
    key = [row[name] for name in keys if name != "merchant_id"]
    return SEALING.open(value, place=place_of(row.get("merchant_id"), table, column, *key))
