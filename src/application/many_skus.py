"""What calls share that say something of many SKUs, or categories, at once: all of it, or none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import attrs

from application.ports.storage import Storage
from domain.catalog import UnknownSku
from domain.errors import DomainError, Refused
from domain.identity import CategoryId, SkuCode, SkuId, writable
from domain.trail import Facts, TrailNote

MOST_RULES = 1000
LONGEST_REASON = 500

One = TypeVar("One", SkuId, CategoryId)
Asked = TypeVar("Asked")
Made = TypeVar("Made")


class NamesSku(Protocol):
    """Something that names a SKU by id, or else by code."""

    @property
    def sku_id(self) -> SkuId | None: ...
    @property
    def sku_code(self) -> SkuCode | None: ...


class SaysOfSku(NamesSku, Protocol):
    """The same, with what was written where it is neither, to name it in the refusal."""

    @property
    def reference(self) -> str: ...


@attrs.frozen
class TooManyRules(DomainError):
    """More SKUs, or categories, than one call takes, or none at all."""

    rules: int
    most: int = MOST_RULES


@attrs.frozen
class InvalidAllowance(DomainError):
    """Something cannot be allowed so: UNTIL is over already; REASON is missing, too long, or cannot be kept.

    Of one SKU: the LOWEST price is none, or it is named TWICE.
    """

    reason: str
    line: int | None = None


def some(asked: Sequence[object]) -> None:
    """:raises Refused: if there are none, or too many."""
    if not 0 < len(asked) <= MOST_RULES:
        raise Refused((TooManyRules(len(asked)),))


def named_skus(storage: Storage, asked: Sequence[NamesSku]) -> list[SkuId | None]:
    """The SKUs that are named, by id or by code; None where there is none."""
    listings = storage.products.listings(
        ids={one.sku_id for one in asked if one.sku_id},
        codes={one.sku_code for one in asked if one.sku_code},
    )
    by_id: Collection[SkuId] = {one.sku.id for one in listings}
    by_code = {one.sku.code: one.sku.id for one in listings}
    return [
        (one.sku_id if one.sku_id in by_id else None)
        if one.sku_id
        else by_code.get(one.sku_code)
        if one.sku_code
        else None
        for one in asked
    ]


def unknown_sku(asked: SaysOfSku, line: int) -> UnknownSku:
    """Say that there is no SKU that is named so."""
    return UnknownSku(asked.sku_id or asked.sku_code or asked.reference, line)


def decided(
    asked: Sequence[Asked],
    ids: Sequence[One | None],
    *,
    read: Callable[[Asked, One, int], Made],
    unknown: Callable[[Asked, int], DomainError],
    twice: Callable[[int], DomainError],
    wrong: Sequence[DomainError] = (),
) -> dict[One, Made]:
    """What is to hold of each that is named; an id is None where there is none, and each is named once.

    `read` raises what is wrong with one of them; `wrong` is what is wrong beside them.

    :raises Refused: with everything that is wrong.
    """
    refusals = [*wrong]
    found: dict[One, Made] = {}
    for at, (id, one) in enumerate(zip(ids, asked, strict=True)):
        if id is None:
            refusals.append(unknown(one, at))
        elif id in found:
            refusals.append(twice(at))
        else:
            try:
                found[id] = read(one, id, at)
            except DomainError as refusal:
                refusals.append(refusal)
    if refusals:
        raise Refused(tuple(refusals))
    return found


def changed(decided: Mapping[One, Made], found: Mapping[One, Made]) -> dict[One, Made]:
    """What is to be otherwise than it is."""
    return {id: made for id, made in decided.items() if made != found[id]}


def note_changes(
    storage: Storage,
    operation: str,
    changes: Mapping[One, Made],
    found: Mapping[One, Made],
    facts: Callable[[Made], Facts],
    *,
    at: datetime,
) -> None:
    """Note what was and what is of each."""
    storage.trail.note(
        *(
            TrailNote(at=at, operation=operation, about=id, before=facts(found[id]), after=facts(made))
            for id, made in changes.items()
        )
    )


def wrong_allowance(until: datetime | None, reason: str, *, at: datetime) -> list[DomainError]:
    """What keeps a customer from being allowed something, whatever it is."""
    found: list[DomainError] = []
    if until is not None and until <= at:
        found.append(InvalidAllowance("UNTIL"))
    if not reason.strip() or not writable(reason, longest=LONGEST_REASON):
        found.append(InvalidAllowance("REASON"))
    return found
