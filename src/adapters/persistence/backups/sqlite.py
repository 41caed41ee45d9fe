"""Backups of a SQLite file: its pages, by SQLite's own backup of a snapshot."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import attrs

import adapters.persistence.sql  # noqa: F401  # importing it describes every table
from adapters.persistence.backups.records import (
    LARGEST,
    OF_ITSELF,
    Kind,
    expect_rows,
    record,
    records,
    rows_of,
    the_end,
    untrue_in,
)
from adapters.persistence.backups.rooms import room
from adapters.persistence.migrations import HEAD, migrate
from adapters.persistence.sessions import Meter
from adapters.persistence.sqlite import Sqlite
from application.ports.backups import (
    Backups,
    DatabaseKind,
    HoldsSomething,
    InUse,
    NoBackup,
    NotWhole,
    Restored,
    Snapshot,
)
from application.ports.sealing import Sealing
from application.ports.storage import Busy

WAIT_S = 10
_PAGES = 256
"""So many pages are copied between two looks at whether somebody wants us to stop."""
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
_VERSION = "alembic_version"
_BESIDE = ("-wal", "-shm", "-journal")
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@attrs.frozen(kw_only=True)
class SqliteSnapshot(Snapshot):
    """A copy in a file that has no name any more: it is gone with us, however we end."""

    revision: str
    left_out: tuple[str, ...] = ()
    rows: Mapping[str, int]
    handle: int

    def content(self) -> Iterator[bytes]:
        at = 0
        while pages := os.pread(self.handle, LARGEST, at):
            yield record(Kind.DATA, pages)
            at += len(pages)
        yield the_end(self.rows)


@attrs.frozen
class SqliteBackups(Backups):
    """A SQLite file."""

    path: Path
    sealing: Sealing

    @property
    def kind(self) -> DatabaseKind:
        return DatabaseKind.SQLITE

    @property
    def newest(self) -> str:
        return HEAD

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        if not self.path.is_file():
            raise NoBackup("there is no file")
        try:
            with closing(_connect(self.path, query_only="ON")) as source:
                # The backup copies what this transaction sees; who writes meanwhile does not hinder it, nor it them.
                source.execute("BEGIN")
                revision = _revision(source)
                rows = _rows(source)
                handle = self._copied(source)
        except sqlite3.DatabaseError as error:
            raise _told(error) from error
        try:
            yield SqliteSnapshot(revision=revision, rows=rows, handle=handle)
        finally:
            os.close(handle)

    def _copied(self, source: sqlite3.Connection) -> int:
        """Copy what the connection sees into a file without a name."""
        path = self.path.with_name(f".{self.path.name}.{token_hex(6)}.copy")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with closing(_connect(path, journal_mode="OFF", synchronous="OFF")) as copy:
                    path.unlink()
                    source.backup(copy, pages=_PAGES, progress=_go_on, sleep=0)
            except BaseException:
                os.close(handle)
                raise
        finally:
            path.unlink(missing_ok=True)
        return handle

    def rehearse(self, revision: str, content: Iterable[bytes], *, place: str | None = None) -> Restored:
        with room(self.path.parent) as folder:
            return _filled(folder / "rehearsal.db", revision, content, self.sealing, verify=True)

    def holds_anything(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return False
        try:
            with closing(_connect(self.path, query_only="ON")) as connection:
                return any(many for name, many in _rows(connection).items() if name not in OF_ITSELF)
        except sqlite3.DatabaseError as error:
            if _is_busy(error):
                raise Busy(str(error)) from error
            return True

    def restore(
        self, revision: str, content: Iterable[bytes], *, overwrite: bool, verify: bool = True
    ) -> Restored:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with room(self.path.parent) as folder:
            made = folder / "restored.db"
            restored = _filled(made, revision, content, self.sealing, verify=verify)
            if restored.untrue:
                return restored
            with made.open("rb") as file:
                os.fsync(file.fileno())
            held = self.holds_anything()
            if held and not overwrite:
                raise HoldsSomething
            with self._alone():
                kept = self._put(made, keep=held)
        return attrs.evolve(restored, kept=kept)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep everybody out of the file that is there, with all that was written in it.

        :raises InUse: if somebody is in.
        """
        if not self.path.exists():
            yield
            return
        with closing(_connect(self.path, wait_s=0)) as connection:
            try:
                # This takes over all that was written, and cannot be done while anybody else is connected.
                connection.execute("PRAGMA journal_mode = DELETE")
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.DatabaseError as error:
                if _is_busy(error):
                    raise InUse from error
                # What is no database is used by nobody.
            yield

    def _put(self, made: Path, *, keep: bool) -> Path | None:
        kept = None
        if self.path.exists():
            shutil.copymode(self.path, made)
        if keep:
            kept = self.path.with_name(
                f"{self.path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(2)}"
            )
            try:
                os.link(self.path, kept)
            except OSError:
                # Not every file system can give a file two names.
                self.path.rename(kept)
        for ending in _BESIDE:
            beside = self.path.with_name(self.path.name + ending)
            if kept is not None and beside.exists():
                beside.rename(kept.with_name(kept.name + ending))
            beside.unlink(missing_ok=True)
        made.replace(self.path)
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return kept


def _filled(
    path: Path, revision: str, content: Iterable[bytes], sealing: Sealing, *, verify: bool
) -> Restored:
    """Write the pages, and look at them in every way.

    :raises NotWhole: if they are not what was backed up.
    """
    wanted: Mapping[str, int] = {}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        for kind, octets in records(content):
            if kind is Kind.DATA:
                file.write(octets)
            elif kind is Kind.END:
                wanted = rows_of(octets)
            else:
                raise NotWhole("there are rows in it, not pages")
    try:
        with closing(_connect(path)) as connection:
            found, is_of = _rows(connection), _revision(connection)
            damages = connection.execute("PRAGMA integrity_check(3)").fetchall()
    except (sqlite3.DatabaseError, NoBackup) as error:
        raise NotWhole(str(error)) from error
    expect_rows(found, wanted)
    if is_of != revision:
        raise NotWhole(f"the tables are of {is_of}, not of {revision}")
    if damages != [("ok",)]:
        raise NotWhole("; ".join(str(one) for (one,) in damages))
    if revision != HEAD:
        migrate(f"sqlite:///{path}")
    if not verify:
        return Restored(rows=found, untrue={})
    database = Sqlite(path, meter=Meter(), sealing=sealing, statement_s=WAIT_S)
    try:
        return Restored(rows=found, untrue=untrue_in(database, sealing))
    finally:
        database.close()


def _connect(path: Path, *, wait_s: float = WAIT_S, **pragmas: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=wait_s, isolation_level=None)
    connection.execute("PRAGMA temp_store = MEMORY")
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}")
    return connection


def _rows(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Count the rows of every table."""
    names = [name for (name,) in connection.execute(_TABLES) if name != _VERSION]
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in sorted(names)
    }


def _revision(connection: sqlite3.Connection) -> str:
    try:
        found = connection.execute(f"SELECT version_num FROM {_VERSION}").fetchone()
    except sqlite3.OperationalError as error:
        if _is_busy(error):
            raise
        found = None
    if found is None:
        raise NoBackup("it has none of our tables")
    revision: str = found[0]
    return revision


def _go_on(status: int, remaining: int, total: int) -> None:
    """Let Python hear between two steps that it is to stop."""


def _is_busy(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY


def _told(error: sqlite3.DatabaseError) -> Exception:
    return Busy(str(error)) if isinstance(error, sqlite3.OperationalError) else NoBackup(str(error))
