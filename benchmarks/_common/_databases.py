"""Databases for installations: fresh ones that are gone afterwards, and kept ones that are found again."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from psycopg import sql
from sqlalchemy import make_url

from benchmarks._common._house import Failed, House
from kit.postgres import Server, postgres_server


@contextmanager
def postgres(url: str | None) -> Iterator[Server]:
    """The server named, or that of TEST_DATABASE_URL, or one that is started for the while.

    :raises Failed: if there is none.
    """
    if url is not None:
        # Its databases are named after the one in the URL, so that nobody else's are touched.
        named = make_url(url)
        plain = named.set(drivername="postgresql+psycopg", database="postgres")
        yield Server(plain.render_as_string(hide_password=False), prefix=named.database or "dinghuo_bench")
        return
    reasons: list[str] = []
    with postgres_server(reasons) as server:
        if server is None:
            raise Failed("no PostgreSQL: " + "; ".join(reasons))
        yield server


@contextmanager
def fresh(kind: str, *, url: str | None = None, log_level: str = "info") -> Iterator[House]:
    """An empty installation on SQLite or PostgreSQL that is gone afterwards."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dinghuo-"))) / "data"
        data.mkdir()
        if kind == "sqlite":
            yield House(data, f"sqlite:///{data}/dinghuo.db", log_level=log_level)
            return
        server = stack.enter_context(postgres(url))
        name = f"x{secrets.token_hex(4)}"
        address = server.create_database(name)
        stack.callback(server.drop_database, name)
        yield House(data, _administrable(address), log_level=log_level)


@contextmanager
def kept(
    kind: str,
    *,
    name: str,
    cache: Path,
    seed: Sequence[str],
    url: str | None = None,
    unchecked: bool = False,
    more: Callable[[House], None] | None = None,
) -> Iterator[House]:
    """A seeded installation that is made once, with whatever more there is to be, and found again by its name.

    `unchecked` lets PostgreSQL believe the references of the seed, one of whose statements about a large catalog would
    otherwise take longer than a statement may; for that it needs a superuser.
    """
    folder = cache / f"{kind}-{name}"
    with ExitStack() as stack:
        if kind == "sqlite":
            house = House(folder, f"sqlite:///{folder}/dinghuo.db")
            there = (folder / "seeded").exists()
            if not there:
                shutil.rmtree(folder, ignore_errors=True)
        else:
            server = stack.enter_context(postgres(url))
            address = make_url(server.url).set(database=f"{server.prefix}_{name}"[:63])
            house = House(folder, _administrable(address.render_as_string(hide_password=False)))
            there = (folder / "seeded").exists() and _exists(server, name)
            if not there:
                server.drop_database(name)
                server.create_database(name)
        folder.mkdir(parents=True, exist_ok=True)
        if not there:
            begun = time.monotonic()
            print(f"seeding {kind}: {' '.join(seed)}", file=sys.stderr, flush=True)
            with house.unchecked() if unchecked else nullcontext():
                house.run("seed", *seed)
            if more is not None:
                more(house)
            house.settle()
            (folder / "seeded").write_text(" ".join(seed))
            print(f"seeded in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        else:
            # Tables may have changed since.
            house.run("migrate")
        yield house


def _administrable(address: str) -> str:
    return make_url(address).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def here(kind: str, *, name: str, cache: Path) -> bool:
    """Whether such an installation was kept."""
    return (cache / f"{kind}-{name}" / "seeded").exists()


def _exists(server: Server, name: str) -> bool:
    with server.connect() as connection:
        text = sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(
            sql.Literal(f"{server.prefix}_{name}"[:63])
        )
        return connection.execute(text).fetchone() is not None
