"""Searches that found nothing: what buyers look for and the merchant does not have, or calls otherwise."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import attrs

from domain.identity import CustomerId
from domain.own_names import folded

KEPT_FOR = timedelta(days=180)
"""So long a search that is not repeated is remembered."""
MOST_MISSED = 10_000
"""So many are remembered of one merchant: those that were made last."""
LONGEST_MISSED = 100
"""Nobody calls goods by longer texts; what is longer was pasted."""
_NUMBERS = re.compile(r"\+?[0-9](?:[0-9 ().\-]*[0-9])?")
_PHONE = re.compile(r"(?:00)?(?:86)?(?:1[3-9][0-9]{9}|0[0-9]{9,11})")
_CITIZEN = re.compile(r"(?<![0-9])[0-9]{17}[0-9x](?![0-9])")


@attrs.frozen(kw_only=True)
class MissedSearch:
    """A text that found nothing, how often one company or nobody known looked for it, and when."""

    text: str
    customer_id: CustomerId | None = None
    times: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    first_at: datetime
    last_at: datetime

    def and_(self, other: MissedSearch) -> MissedSearch:
        """Both together: the same text, looked for by the same."""
        return attrs.evolve(
            self,
            times=self.times + other.times,
            first_at=min(self.first_at, other.first_at),
            last_at=max(self.last_at, other.last_at),
        )


def remembered(text: str) -> str | None:
    """Write a text as it is remembered; None where it may be about a person, or is about nothing.

    What looks like a phone number, an e-mail address or an identity number is not kept.
    """
    kept = folded(text)
    if not kept or len(kept) > LONGEST_MISSED or not kept.isprintable() or "@" in kept:
        return None
    numbers = ("".join(filter(str.isdigit, found)) for found in _NUMBERS.findall(kept))
    if _CITIZEN.search(kept) or any(_PHONE.fullmatch(number) for number in numbers):
        return None
    return kept
