"""Codes: the SKUs that rows speak of."""

from __future__ import annotations

from collections.abc import Iterable

from application.ports.storage import Storage
from domain.catalog import Sku
from domain.identity import SkuCode

LOOKED_UP = 1_000
"""So many are asked for at once."""


def skus_by_code(storage: Storage, texts: Iterable[str]) -> dict[str, Sku]:
    """The SKUs that have one of these codes, each by its own."""
    codes = []
    for text in sorted(set(texts)):
        try:
            codes.append(SkuCode(text))
        except ValueError:
            continue
    found: dict[str, Sku] = {}
    for at in range(0, len(codes), LOOKED_UP):
        listings = storage.products.listings(codes=codes[at : at + LOOKED_UP])
        found |= {str(one.sku.code): one.sku for one in listings}
    return found
