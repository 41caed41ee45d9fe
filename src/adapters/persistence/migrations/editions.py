"""New editions: what every migration that changes goods or prices ends with, so that nobody goes by what they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.persistence.editions import GOODS, PRICES, number
from adapters.persistence.migrations.walls import each_merchant

_REMOVE = sa.text("DELETE FROM counters WHERE merchant_id = :merchant_id AND name = :name")
_GIVE = sa.text("INSERT INTO counters (merchant_id, name, value) VALUES (:merchant_id, :name, :value)")


def new_editions() -> None:
    """Give the goods and the prices of every merchant new editions."""
    connection = op.get_bind()
    for merchant_id in each_merchant():
        for name in (GOODS.name, PRICES.name):
            connection.execute(_REMOVE, {"merchant_id": merchant_id, "name": name})
            connection.execute(_GIVE, {"merchant_id": merchant_id, "name": name, "value": number()})


def no_editions() -> None:
    """Take them away: nobody remembers what has none."""
    for merchant_id in each_merchant():
        for name in (GOODS.name, PRICES.name):
            op.get_bind().execute(_REMOVE, {"merchant_id": merchant_id, "name": name})
