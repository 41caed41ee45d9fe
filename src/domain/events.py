"""Facts: what has happened, in the past tense, made of ids and values."""

from __future__ import annotations

from datetime import datetime

import attrs

from domain.period import aware


@attrs.frozen(kw_only=True)
class Event:
    """What every fact has; the facts themselves stand beside their aggregates."""

    at: datetime = attrs.field(validator=aware)
