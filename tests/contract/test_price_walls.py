"""Everybody sees their own price: many customers ask at once, and each price is worked out beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from adapters.persistence.sql import SqlLook
from application.ports.database import Database
from kit.plugin import TOLD
from kit.walls.prices import ask_for_prices

CUSTOMERS = 120
"""`programmes/walls.py` has 1,000."""


async def test_everybody_is_told_their_own_price(
    storage_name: str, database: Database, record_property: Callable[[str, object], None]
) -> None:
    report = await ask_for_prices(database, customers=CUSTOMERS, each=1, seed=1)
    record_property(TOLD, f"prices, {storage_name}: {report.line(CUSTOMERS)}")
    assert report.wrong == []
    assert report.prices > CUSTOMERS * 200


@pytest.mark.parametrize("storage_name", ["sqlite"])
async def test_the_prices_of_another_are_found(
    storage_name: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert storage_name == "sqlite"
    real, kept = SqlLook.views, list[Any]()

    def views(self: SqlLook, actor: Any) -> Any:
        if self._known is not None:
            kept.append(self._known[1].price_lists)
            known = attrs.evolve(self._known[1], price_lists=kept[max(0, len(kept) - 20)])
            self._known = (self._known[0], known)
        return real(self, actor)

    monkeypatch.setattr(SqlLook, "views", views)
    report = await ask_for_prices(database, customers=20, each=1, seed=1)
    assert report.wrong
