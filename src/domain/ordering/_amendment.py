"""What staff changed of what an order comes to, after it was placed."""

from __future__ import annotations

from datetime import datetime

import attrs

from domain.identity import OrderId
from domain.money import Money
from domain.period import aware
from domain.quantity import Quantity

LONGEST_REASON = 500


@attrs.frozen(kw_only=True)
class Amendment:
    """One such change, with what the order came to before and after it; it never changes afterwards."""

    order_id: OrderId
    version: int
    """The version of the order that it made."""
    by: str
    """Who did it, as in all records: the person's id, or the kind where there is no person."""
    at: datetime = attrs.field(validator=aware)
    before: Money
    after: Money
    reason: str = ""
    """Why, as it was written; nothing where nobody had to say."""
    weights: tuple[tuple[int, Quantity], ...] = ()
    """What lines weigh, by where they stand, in the base unit; none where something was taken off the whole."""
