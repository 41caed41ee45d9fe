"""Statements: built once by SQLAlchemy Core, run as text by the driver.

A statement is compiled for a database the first time it runs there and kept; its parameters are named. What SQLAlchemy
would convert on the way in and out is converted by the row functions beside the tables, so that a read costs what the
driver costs.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import attrs
from sqlalchemy import ARRAY, ColumnElement, Executable, SelectBase, Table, Text, bindparam
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import TypeEngine

from adapters.persistence.sealed import NO_SEALS, Seals, refuse_sealed, seals_of

POSTGRES: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
SQLITE: Dialect = SQLiteDialect_pysqlite(paramstyle="named")

Row = tuple[Any, ...]
Rows = list[Row]


@attrs.frozen
class Compiled:
    """A statement as one database reads it, with the constants that were in it."""

    text: str
    constants: Mapping[str, Any]
    seals: Seals = NO_SEALS
    changes: frozenset[str] = frozenset()
    """The tables that it writes to."""


class Statement:
    """One statement, for every database; where one of them needs a form of its own, that is given beside it."""

    __slots__ = ("_construct", "_forms", "_keys", "_texts")

    def __init__(
        self, construct: Executable, *, keys: Mapping[str, str] | None = None, **forms: Executable
    ) -> None:
        """`keys` says which parameters are a new row's key, by the columns, where something in it is sealed."""
        self._construct, self._forms, self._keys = construct, forms, keys or {}
        self._texts: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """The statement for this database."""
        found = self._texts.get(dialect.name)
        if found is None:
            construct = self._forms.get(dialect.name, self._construct)
            compiled = construct.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable is a ClauseElement
            constants = {name: value for name, value in compiled.params.items() if value is not None}
            binds = compiled.binds if isinstance(compiled, SQLCompiler) else {}
            seals = seals_of(construct, binds, self._keys)
            found = self._texts[dialect.name] = Compiled(
                str(compiled), constants, seals, _changed_by(construct)
            )
        return found


def _changed_by(construct: Executable) -> frozenset[str]:
    """The tables that a statement writes to, wherever in it that is said."""
    return frozenset(
        one.table.name
        for one in iterate(construct)  # type: ignore[arg-type]  # every Executable is a ClauseElement
        if isinstance(one, UpdateBase) and isinstance(one.table, Table)
    )


@attrs.frozen
class Ask:
    """A statement with its parameters: what a reader wants to know next."""

    statement: Statement
    parameters: Mapping[str, Any]
    login_id: str | None = None
    """The login whose places it may show at other merchants, too."""


T = TypeVar("T")
Reader = Generator[Ask, Rows, T]
"""A read that does no input or output itself: it yields what it asks and is sent the rows, so that the same code runs
in a thread on SQLite and on an event loop on PostgreSQL."""


class AnyOf(ColumnElement[bool]):
    """`column = any of the parameter's values`, as one text whatever their number."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], parameter: str, kind: TypeEngine[Any]) -> None:
        refuse_sealed(column)
        self.column = column
        self.array = bindparam(parameter, type_=ARRAY(kind))
        self.json = bindparam(parameter, type_=Text())


@compiles(AnyOf, "postgresql")
def _any_of_on_postgres(element: AnyOf, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"{compiler.process(element.column, **kwargs)} = ANY ({compiler.process(element.array, **kwargs)})"


@compiles(AnyOf, "sqlite")
def _any_of_on_sqlite(element: AnyOf, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, values = compiler.process(element.column, **kwargs), compiler.process(element.json, **kwargs)
    return f"{column} IN (SELECT value FROM json_each({values}))"


def any_of(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Compare a text column with a list given as one parameter."""
    return AnyOf(column, parameter, Text())


class AnyIn(ColumnElement[bool]):
    """`column = any row of a select`, which is run once; PostgreSQL then looks each up in an index."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], rows: SelectBase) -> None:
        refuse_sealed(column)
        self.column, self.rows = column, rows


@compiles(AnyIn, "postgresql")
def _any_in_on_postgres(element: AnyIn, compiler: SQLCompiler, **kwargs: Any) -> str:
    rows = compiler.process(element.rows, **kwargs)
    return f"{compiler.process(element.column, **kwargs)} = ANY (ARRAY({rows}))"


@compiles(AnyIn, "sqlite")
def _any_in_on_sqlite(element: AnyIn, compiler: SQLCompiler, **kwargs: Any) -> str:
    rows = compiler.process(element.rows, **kwargs)
    return f"{compiler.process(element.column, **kwargs)} IN ({rows})"


def any_in(column: ColumnElement[Any], rows: SelectBase) -> ColumnElement[bool]:
    """Compare a column with the rows of a select that does not depend on it."""
    return AnyIn(column, rows)


class JsonRows(ColumnElement[str]):
    """All rows of a select as the text of one JSON array of arrays."""

    inherit_cache = False
    type = Text()

    def __init__(self, *columns: ColumnElement[Any]) -> None:
        refuse_sealed(*columns)
        self.columns = columns


@compiles(JsonRows, "postgresql")
def _json_rows_on_postgres(element: JsonRows, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"json_agg(json_build_array({_listed(element, compiler, **kwargs)}))::text"


@compiles(JsonRows, "sqlite")
def _json_rows_on_sqlite(element: JsonRows, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"json_group_array(json_array({_listed(element, compiler, **kwargs)}))"


class JoinedText(ColumnElement[str]):
    """The texts of all rows as one, between semicolons."""

    inherit_cache = False
    type = Text()

    def __init__(self, text: ColumnElement[str]) -> None:
        refuse_sealed(text)
        self.text = text


@compiles(JoinedText, "postgresql")
def _joined_on_postgres(element: JoinedText, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"string_agg({compiler.process(element.text, **kwargs)}, ';')"


@compiles(JoinedText, "sqlite")
def _joined_on_sqlite(element: JoinedText, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"group_concat({compiler.process(element.text, **kwargs)}, ';')"


def _listed(element: JsonRows, compiler: SQLCompiler, **kwargs: Any) -> str:
    return ", ".join(compiler.process(column, **kwargs) for column in element.columns)


@cache
def inserting(table: Table) -> Mapping[str, str]:
    """Write the statements that insert many rows, by the name of the database.

    PostgreSQL takes one array a column, so that the text does not depend on the number of rows; SQLite takes rows.
    """
    names = ", ".join(column.name for column in table.columns)
    arrays = ", ".join(f"%s::{_array_of(column.type)}" for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    return {
        "postgresql": f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})",
        "sqlite": f"INSERT INTO {table.name} ({names}) VALUES ({marks})",
    }


@cache
def replacing(table: Table) -> Mapping[str, str]:
    """Write the statements that insert many rows or overwrite those with the same primary key.

    Where a table is nothing but its key there is nothing to overwrite.
    """
    key = ", ".join(column.name for column in table.primary_key.columns)
    rest = ", ".join(
        f"{column.name} = excluded.{column.name}" for column in table.columns if not column.primary_key
    )
    on_conflict = f" ON CONFLICT ({key}) DO " + (f"UPDATE SET {rest}" if rest else "NOTHING")
    return {name: text + on_conflict for name, text in inserting(table).items()}


@cache
def inserting_missing(table: Table) -> Mapping[str, str]:
    """Write the statements that insert many rows and leave those alone whose primary key is there."""
    return {name: f"{text} ON CONFLICT DO NOTHING" for name, text in inserting(table).items()}


def columns_of(rows: Iterable[Row], width: int) -> Sequence[list[Any]]:
    """Turn rows into one list a column."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


def _array_of(kind: TypeEngine[Any]) -> str:
    return f"{kind.dialect_impl(POSTGRES).compile(dialect=POSTGRES).partition(' COLLATE')[0]}[]"
