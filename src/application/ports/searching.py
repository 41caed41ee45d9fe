"""Searches that found nothing, as they are stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from domain.searching import MissedSearch


class MissedSearches(Protocol):
    """What was looked for at the merchant and not found."""

    def record(self, missed: Iterable[MissedSearch], *, at: datetime) -> None:
        """Add to what is remembered; what was not looked for lately, and what is too much, is forgotten.

        :raises Stale: if there is no such company.
        """
        ...
