"""Records: what the content of a backup is made of, so that its parts and its end can be told apart."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

import orjson

from adapters.persistence.audit import SqlAudit
from adapters.persistence.sessions import Snapshots
from application.ports.backups import NotWhole
from application.ports.sealing import Sealing

LARGEST = 1024 * 1024
OF_ITSELF = ("alembic_version", "sealing")
"""What a database says of itself, and is there where nothing was stored."""
_PREFIX = struct.Struct(">cI")


class Kind(Enum):
    """What a record is."""

    TABLE = b"T"
    """JSON: the name of a table and of its columns; its rows follow."""
    DATA = b"D"
    END = b"E"
    """JSON: how many rows there are of each table; nothing follows."""


def record(kind: Kind, content: bytes) -> bytes:
    """Write a record."""
    return _PREFIX.pack(kind.value, len(content)) + content


def the_end(rows: Mapping[str, int]) -> bytes:
    """Write the last record."""
    return record(Kind.END, orjson.dumps(dict(rows)))


def records(content: Iterable[bytes]) -> Iterator[tuple[Kind, bytes]]:
    """Read every record, however the content was cut.

    :raises NotWhole: if it is not made of records, the last of which is the end.
    """
    waiting, kind = bytearray(), None
    for part in content:
        waiting += part
        at = 0
        while len(waiting) - at >= _PREFIX.size:
            letter, length = _PREFIX.unpack_from(waiting, at)
            if kind is Kind.END or length > 2 * LARGEST:
                raise NotWhole("records are mixed up")
            if len(waiting) - at < _PREFIX.size + length:
                break
            kind = _kind(letter)
            yield kind, bytes(waiting[at + _PREFIX.size : at + _PREFIX.size + length])
            at += _PREFIX.size + length
        del waiting[:at]
    if waiting or kind is not Kind.END:
        raise NotWhole("the end is missing")


def rows_of(end: bytes) -> Mapping[str, int]:
    """Read how many rows the last record says there are."""
    rows: Mapping[str, int] = orjson.loads(end)
    return rows


def expect_rows(found: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    """Compare what was restored with what was backed up.

    :raises NotWhole: if there are other tables, or more rows or fewer.
    """
    differing = sorted(
        name for name in found.keys() | wanted.keys() if found.get(name, 0) != wanted.get(name, 0)
    )
    if differing:
        raise NotWhole(
            "; ".join(f"{name}: {found.get(name)} rows, not {wanted.get(name)}" for name in differing)
        )


def untrue_in(database: Snapshots, sealing: Sealing) -> Mapping[str, int]:
    """Recompute every invariant, and count where each does not hold."""
    return dict(Counter(finding.invariant for finding in SqlAudit(database, sealing).findings()))


def _kind(letter: bytes) -> Kind:
    try:
        return Kind(letter)
    except ValueError:
        raise NotWhole("records are mixed up") from None
