"""Searches that found nothing, as staff see them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol

from application.views.pages import Slice, Window
from domain.identity import CustomerId


class MissedSort(Enum):
    """The order of searches that found nothing; text and company break ties."""

    MOST_FREQUENT = "MOST_FREQUENT"
    LATEST = "LATEST"


class MissedCard(NamedTuple):
    """A text that found nothing, and who looked for it how often."""

    text: str
    customer_id: CustomerId | None
    times: int
    first_at: datetime
    last_at: datetime


class MissedBook(Protocol):
    """Queries over the searches that found nothing, for staff who manage the catalog; others see none."""

    async def missed(self, *, window: Window, sort: MissedSort, count: bool) -> Slice[MissedCard]:
        """A page, the largest first. Keys: MOST_FREQUENT (times, text, company or nothing), LATEST (when, in
        microseconds since 1970, text, company or nothing)."""
        ...
