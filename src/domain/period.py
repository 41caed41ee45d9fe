"""Periods: half-open stretches of time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs


def aware(_: object, field: attrs.Attribute[Any], instant: datetime | None) -> None:
    """Refuse an instant without a time zone."""
    if instant is not None and instant.utcoffset() is None:
        raise ValueError(f"{field.name} needs a time zone")


@attrs.frozen
class Period:
    """The time from `start` up to, but not including, `end`; an end that is missing never comes."""

    start: datetime | None = attrs.field(default=None, validator=aware)
    end: datetime | None = attrs.field(default=None, validator=aware)

    def __attrs_post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("a period ends after it starts")

    def __contains__(self, instant: datetime) -> bool:
        return (self.start is None or self.start <= instant) and (self.end is None or instant < self.end)


ALWAYS = Period()
