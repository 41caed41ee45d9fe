"""All that one list says of one SKU: a ladder for the base unit, others for units of their own, and when each holds.

A ladder is chosen as a whole. Of those of one unit the higher priority counts, then one that is dated before one that
is not, then the later start, then the one that was published later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Self, TypeAlias

import attrs

from domain.period import ALWAYS, Period
from domain.pricing import EMPTY, Ladder, PriceChange

MOST_DATED = 50
"""So many ladders of one SKU one list has at a time, beside the one that always holds."""
HIGHEST_PRIORITY = 1_000
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@attrs.frozen(kw_only=True, cache_hash=True)
class DatedLadder:
    """A ladder with what may go with it: of which unit, when it holds, and before which others it goes."""

    ladder: Ladder
    unit: str | None = None
    """The code of the unit that each price is for; None is the base unit. Quantities are always of the base unit."""
    validity: Period = ALWAYS
    priority: int = 0
    place: int = 0
    """Which of those that are otherwise alike came later."""

    @property
    def rank(self) -> tuple[int, bool, datetime, int]:
        """The higher goes before the lower."""
        return (self.priority, self.validity != ALWAYS, self.validity.start or _EARLIEST, self.place)

    @property
    def plain(self) -> bool:
        """Whether it is for the base unit and always holds, as nearly all do."""
        return self.unit is None and self.validity == ALWAYS and not self.priority


@attrs.frozen(cache_hash=True)
class Standing:
    """What a list says of a SKU at one moment, and until when it says the same; None where nothing ends it."""

    ladder: Ladder = EMPTY
    units: Mapping[str, Ladder] = attrs.field(default=MappingProxyType({}), hash=False)
    """The ladders of units that have prices of their own, by the code of the unit."""
    until: datetime | None = None


@attrs.frozen(cache_hash=True)
class Ladders:
    """Everything a list says of a SKU, whenever it holds."""

    of: tuple[DatedLadder, ...] = ()

    @classmethod
    def put(cls, ladders: Iterable[DatedLadder]) -> Self | Ladder:
        """Put ladders together; a single one that always holds for the base unit stands for itself."""
        found = tuple(ladders)
        if not found:
            return EMPTY
        return found[0].ladder if len(found) == 1 and found[0].plain else cls(found)

    @property
    def edges(self) -> tuple[datetime, ...]:
        """The moments at which something begins or ends, in order."""
        ends = {end for one in self.of for end in (one.validity.start, one.validity.end)}
        return tuple(sorted(end for end in ends if end is not None))

    def at(self, moment: datetime) -> Standing:
        """Choose what holds at a moment: of every unit one ladder, as a whole."""
        chosen = self._chosen(moment)
        until = next((edge for edge in self.edges if edge > moment and self._chosen(edge) != chosen), None)
        units = {unit: one.ladder for unit, one in chosen.items() if unit is not None}
        base = chosen.get(None)
        return Standing(EMPTY if base is None else base.ladder, MappingProxyType(units), until)

    def __str__(self) -> str:
        """Write them on one line, each with its unit and its time."""
        return " | ".join(_written(one) for one in self.of)

    def _chosen(self, moment: datetime) -> Mapping[str | None, DatedLadder]:
        chosen: dict[str | None, DatedLadder] = {}
        for one in self.of:
            if moment in one.validity and (one.unit not in chosen or chosen[one.unit].rank < one.rank):
                chosen[one.unit] = one
        return chosen


def _written(one: DatedLadder) -> str:
    start, end = (edge.isoformat() if edge else "" for edge in (one.validity.start, one.validity.end))
    told = [
        one.unit or "",
        f"{start}/{end}" if start or end else "",
        f"#{one.priority}" if one.priority else "",
    ]
    return " ".join([word for word in told if word] + [str(one.ladder)])


def dated(change: PriceChange) -> DatedLadder:
    """The ladder that a change sets."""
    return DatedLadder(
        ladder=change.ladder, unit=change.unit, validity=change.validity, priority=change.priority
    )


def replaced_by(change: PriceChange, one: DatedLadder, *, at: datetime) -> bool:
    """Tell whether a ladder of the same SKU and list gives way to a change."""
    if one.unit != change.unit:
        return False
    if change.validity != ALWAYS:
        return one.validity != ALWAYS and one.validity.start == change.validity.start
    return one.validity.end is None and (one.validity.start is None or one.validity.start <= at)


def still_counting(said: AnyLadder, moment: datetime) -> tuple[DatedLadder, ...]:
    """What may be charged from a moment on, in the order in which it was read.

    Left out is what is over, and of those that begin together with one unit and priority all but the one that came
    last: what comes from a batch has no end.
    """
    last: dict[tuple[str | None, int, bool, datetime], DatedLadder] = {}
    for one in each_ladder(said):
        priority, is_dated, start, place = one.rank
        alike = (one.unit, priority, is_dated, start)
        over = one.validity.end is not None and one.validity.end <= moment
        if not over and (alike not in last or last[alike].place < place):
            last[alike] = one
    return tuple(last.values())


def each_ladder(said: AnyLadder) -> tuple[DatedLadder, ...]:
    """Every ladder of what a list says, in the order in which it was read."""
    return said.of if isinstance(said, Ladders) else (DatedLadder(ladder=said),)


def goes_behind(one: DatedLadder, other: DatedLadder) -> bool:
    """Tell whether a ladder of the same SKU and list never counts again once the other, which has no end, has begun."""
    return one.unit == other.unit and one.rank <= other.rank


AnyLadder: TypeAlias = Ladder | Ladders
"""What a list says of a SKU: one ladder that always holds for the base unit, or more than that."""


def open_ended(said: AnyLadder, moment: datetime) -> Ladder:
    """What holds without an end for the base unit at a moment: what a change without a validity would replace."""
    if not isinstance(said, Ladders):
        return said
    found = [
        one for one in said.of if one.unit is None and one.validity.end is None and moment in one.validity
    ]
    return max(found, key=lambda one: one.rank).ladder if found else EMPTY


def ladder_for(said: AnyLadder, unit: str | None, moment: datetime) -> Ladder:
    """What holds at a moment for one unit, by its code; None is the base unit."""
    standing = standing_at(said, moment)
    if isinstance(standing, Ladder):
        return standing if unit is None else EMPTY
    return standing.ladder if unit is None else standing.units.get(unit, EMPTY)


def standing_at(said: AnyLadder, moment: datetime) -> Ladder | Standing:
    """What holds at a moment of all that a list says."""
    return said.at(moment) if isinstance(said, Ladders) else said
