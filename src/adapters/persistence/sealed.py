"""Sealed columns: what is personal is sealed on its way into the database, and opened on its way out.

A column says it itself: `sealed("name")` in the place of `Column("name", Words)`. From that a statement knows which of
its parameters to seal and which of its columns to open, and where it finds the key of the row, which is a part of the
place. A statement from which that cannot be seen is refused when it is compiled; so is one that compares a sealed
column with anything, because a value is never sealed the same way twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import attrs
from sqlalchemy import (
    BindParameter,
    Case,
    Column,
    ColumnElement,
    CompoundSelect,
    Executable,
    Select,
    Table,
    Text,
    type_coerce,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, TypeCoerce

from application.ports.sealing import NOBODY, Sealing, place_of

_Row = tuple[Any, ...]


class Sealed(Text):
    """Text that is stored sealed."""

    column: Column[Any]


def sealed(name: str, *, nullable: bool = False) -> Column[Any]:
    """A column of personal data."""
    kind = Sealed()
    kind.column = Column(name, kind, nullable=nullable)
    return kind.column


def as_stored(column: Column[Any]) -> ColumnElement[str]:
    """A sealed column as it is in the table."""
    return type_coerce(column, Text())


def sealed_columns(table: Table) -> list[Column[Any]]:
    """The sealed columns of a table."""
    return [column for column in table.columns if isinstance(column.type, Sealed)]


@attrs.frozen
class _Part:
    """Where a part of a place is found: in a column of the row, or in a parameter."""

    at: int | None = None
    parameter: str | None = None

    def of(self, row: _Row, parameters: Mapping[str, Any]) -> Any:
        return parameters[self.parameter] if self.at is None and self.parameter else row[self.at or 0]


@attrs.frozen
class _Value:
    """A sealed value among a statement's parameters or in its rows, and where it belongs."""

    table: str
    column: str
    merchant: _Part | None
    """None where it is whose the transaction is; nobody's where the table is of no merchant."""
    row: tuple[_Part, ...]
    at: int = -1
    parameter: str = ""
    of_nobody: bool = False

    def place(self, row: _Row, parameters: Mapping[str, Any], of: str | None) -> str:
        if self.of_nobody:
            merchant: Any = NOBODY
        else:
            merchant = of if self.merchant is None else self.merchant.of(row, parameters)
            if merchant is None:
                raise ValueError(f"it is not known of which merchant a {self.table}.{self.column} is")
        return place_of(merchant, self.table, self.column, *(part.of(row, parameters) for part in self.row))


@attrs.frozen
class Seals:
    """What a statement takes and shows that is sealed."""

    given: tuple[_Value, ...] = ()
    shown: tuple[_Value, ...] = ()

    def close(self, parameters: Mapping[str, Any], sealing: Sealing, *, of: str | None) -> Mapping[str, Any]:
        """Seal the parameters that are to be."""
        if not self.given:
            return parameters
        closed = dict(parameters)
        for value in self.given:
            text = parameters.get(value.parameter)
            if text is not None:
                closed[value.parameter] = sealing.seal(text, place=value.place((), parameters, of))
        return closed

    def open(
        self, rows: list[_Row], parameters: Mapping[str, Any], sealing: Sealing, *, of: str | None
    ) -> list[_Row]:
        """Open what is sealed in the rows.

        :raises Unreadable: if something cannot be opened.
        """
        return [self._opened(row, parameters, sealing, of) for row in rows] if self.shown else rows

    def _opened(self, row: _Row, parameters: Mapping[str, Any], sealing: Sealing, of: str | None) -> _Row:
        opened = list(row)
        for value in self.shown:
            if row[value.at] is not None:
                opened[value.at] = sealing.open(row[value.at], place=value.place(row, parameters, of))
        return tuple(opened)


NO_SEALS = Seals()


def seals_of(
    construct: Executable, binds: Mapping[str, BindParameter[Any]], keys: Mapping[str, str]
) -> Seals:
    """Find out what a statement takes and shows that is sealed; `keys` names parameters by columns of the key.

    :raises ValueError: if it cannot be seen where a sealed value belongs, or it is compared with something.
    """
    bound = _bound(construct)
    given = [
        _value(bind.type.column, {}, bound, keys, parameter=name)
        for name, bind in sorted(binds.items())
        if isinstance(bind.type, Sealed)
    ]
    where = getattr(construct, "whereclause", None)
    if (where is not None and _sealed_in(where)) or (
        given and isinstance(construct, Select | CompoundSelect)
    ):
        raise ValueError("a sealed column can be compared with nothing")
    return Seals(tuple(given), tuple(_shown(construct, bound, keys)))


def refuse_sealed(*columns: ColumnElement[Any]) -> None:
    """Refuse a part of a statement that would hide what it does with sealed columns.

    :raises ValueError: if one of them is sealed.
    """
    if any(_sealed_in(one) for one in columns):
        raise ValueError("a sealed column cannot be part of an expression")


def _shown(construct: Executable, bound: Mapping[Any, str], keys: Mapping[str, str]) -> Iterator[_Value]:
    if isinstance(construct, CompoundSelect):
        if any(_sealed_in(one) for part in construct.selects for one in _columns(part)):
            raise ValueError("a sealed column cannot be part of a union")
        return
    if not isinstance(construct, Select):
        return
    columns = _columns(construct)
    for at, column in enumerate(columns):
        if not _sealed_in(column):
            continue
        plain = _plain(column)
        if not isinstance(plain, Column) and not plain.base_columns - {plain}:
            raise ValueError("a sealed column cannot be part of an expression")
        assert isinstance(plain.type, Sealed), "it was just seen"
        beside: dict[Any, int] = {}
        for other_at, other in enumerate(columns):
            other = _plain(other)
            of_same = getattr(other, "table", None) is getattr(plain, "table", None)
            for base in other.base_columns if of_same else ():
                beside.setdefault(base, other_at)
        yield _value(plain.type.column, beside, bound, keys, at=at)


def _columns(construct: Any) -> list[ColumnElement[Any]]:
    if not isinstance(construct, Select):
        return []
    return [column for column in construct.inner_columns if isinstance(column, ColumnElement)]


def _sealed_in(part: Any) -> bool:
    """Tell whether it is about what is in a sealed column, and not only about how that is stored, or whether it is."""
    if isinstance(getattr(part, "type", None), Sealed):
        return True
    if isinstance(part, TypeCoerce) or (
        isinstance(part, BinaryExpression) and part.operator in (operators.is_, operators.is_not)
    ):
        return False
    return any(_sealed_in(one) for one in part.get_children())


def _plain(column: Any) -> ColumnElement[Any]:
    """The column itself, where it is only shown in some rows or by another name."""
    while True:
        if isinstance(column, Case) and len(column.whens) == 1 and column.else_ is None:
            column = column.whens[0][1]
        elif hasattr(column, "element") and not isinstance(column, Column):
            column = column.element
        else:
            found: ColumnElement[Any] = column
            return found


def _value(
    column: Column[Any],
    beside: Mapping[Any, int],
    bound: Mapping[Any, str],
    keys: Mapping[str, str],
    *,
    at: int = -1,
    parameter: str = "",
) -> _Value:
    """Find where the parts of a value's place are: in the row, or in parameters.

    :raises ValueError: if one of them is nowhere.
    """
    table = column.table
    parts: dict[str, _Part] = {}
    for key in table.primary_key.columns:
        if key in beside:
            parts[key.name] = _Part(at=beside[key])
        elif key in bound or key.name in keys:
            parts[key.name] = _Part(parameter=bound.get(key) or keys[key.name])
        elif key.name != "merchant_id":
            raise ValueError(f"{table.name}.{column.name} is sealed, and {key.name} is not beside it")
    return _Value(
        table=table.name,
        column=column.name,
        merchant=parts.pop("merchant_id", None),
        row=tuple(parts[key.name] for key in table.primary_key.columns if key.name in parts),
        at=at,
        parameter=parameter,
        of_nobody="merchant_id" not in table.columns,
    )


def _bound(construct: Executable) -> dict[Any, str]:
    """Which parameters columns must be equal to."""
    found: dict[Any, str] = {}
    for part in _all_of(getattr(construct, "whereclause", None)):
        if isinstance(part, BinaryExpression) and part.operator is operators.eq:
            for one, other in ((part.left, part.right), (part.right, part.left)):
                if isinstance(other, BindParameter):
                    for column in one.base_columns:
                        found.setdefault(column, other.key)
    return found


def _all_of(where: Any) -> Iterable[Any]:
    """Everything that must hold."""
    if isinstance(where, BooleanClauseList) and where.operator is operators.and_:
        for part in where.clauses:
            yield from _all_of(part)
    elif where is not None:
        yield where


@attrs.frozen
class _InRows:
    """Which values of a table's rows are sealed."""

    columns: tuple[tuple[int, str], ...]
    merchant: int | None
    row: tuple[int, ...]
    table: str

    def closed(self, rows: Iterable[_Row], sealing: Sealing) -> Iterator[_Row]:
        for row in rows:
            merchant = NOBODY if self.merchant is None else row[self.merchant]
            key = [row[at] for at in self.row]
            closed = list(row)
            for at, column in self.columns:
                if row[at] is not None:
                    closed[at] = sealing.seal(row[at], place=place_of(merchant, self.table, column, *key))
            yield tuple(closed)


@cache
def _in_rows(table: Table) -> _InRows | None:
    names = list(table.columns.keys())
    columns = tuple((names.index(column.name), column.name) for column in sealed_columns(table))
    if not columns:
        return None
    keys = [column.name for column in table.primary_key.columns]
    return _InRows(
        columns=columns,
        merchant=names.index("merchant_id") if "merchant_id" in names else None,
        row=tuple(names.index(name) for name in keys if name != "merchant_id"),
        table=table.name,
    )


def close_rows(table: Table, rows: Iterable[_Row], sealing: Sealing) -> Iterable[_Row]:
    """Seal what is to be sealed of whole rows of a table."""
    found = _in_rows(table)
    return rows if found is None else found.closed(rows, sealing)
