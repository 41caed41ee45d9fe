"""What the domain says when the answer is no."""

from __future__ import annotations

from typing import Any

import attrs


class DomainError(Exception):
    """A rule was about to be broken; nothing has changed.

    Refusals are values as well: two of the same class with the same facts are equal, so that an answer that
    carries them can be compared, remembered and replayed.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _facts(self) == _facts(other)

    def __hash__(self) -> int:
        return hash((type(self), _facts(self)))

    def __str__(self) -> str:
        return type(self).__name__


@attrs.frozen
class Refused(DomainError):
    """Several rules would be broken at once; every one of them is named."""

    refusals: tuple[DomainError, ...] = attrs.field(validator=attrs.validators.min_len(1))


def _facts(error: Any) -> tuple[object, ...]:
    return (
        tuple(getattr(error, field.name) for field in attrs.fields(type(error)))
        if attrs.has(type(error))
        else ()
    )
