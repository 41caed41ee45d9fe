"""An installation and its servers, and what they use of the machine."""

from __future__ import annotations

import os
import re
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import httpx
import psycopg
from sqlalchemy import make_url

from adapters.identity.tokens import SignedTokens
from adapters.sealing import FileKeyring
from adapters.system import SystemClock
from application.authorization import ActorKind
from application.ports.tokens import Claims
from benchmarks._usage import children, cpu_s, memory_mb
from domain.identity import BuyerId, CustomerId, MerchantId, StaffId

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 30
STOP_WITHIN_S = 20
_NEVER = str(10**9)
_ADDRESS = re.compile(r"http://127\.0\.0\.1:([0-9]+)")


class Failed(Exception):
    """A command of the product did not do what it was asked."""


@attrs.frozen
class Person:
    """Somebody with a token."""

    claims: Claims
    token: str

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@attrs.define(slots=False)
class House:
    """An installation: a folder, a database, a key for tokens and, beside the folder, a keyring."""

    data: Path
    database: str
    key: str = attrs.field(factory=lambda: secrets.token_urlsafe(48))
    log_level: str = "info"
    program: tuple[str, ...] = ("-m", "dinghuo")
    """What Python is told to run."""
    keyring: Path = attrs.field(
        default=attrs.Factory(lambda self: self.data.with_name(f"{self.data.name}.keyring"), takes_self=True)
    )

    @property
    def on_postgres(self) -> bool:
        return not self.database.startswith("sqlite")

    @property
    def file(self) -> Path:
        """The database's file, where it is in one."""
        return Path(self.database.removeprefix("sqlite:///"))

    @property
    def conninfo(self) -> str:
        """The database's address as its driver takes it."""
        return make_url(self.database).set(drivername="postgresql").render_as_string(hide_password=False)

    @cached_property
    def tokens(self) -> SignedTokens:
        return SignedTokens(key=self.key.encode(), clock=SystemClock())

    def sealing(self) -> FileKeyring:
        """The keyring, for whoever looks at the database without the command line; made where it is missing."""
        return FileKeyring.make(self.keyring, at=SystemClock().now())

    def run(self, *words: str) -> str:
        """Run a verb of the command line and return what it printed.

        :raises Failed: if it exits with anything but 0.
        """
        done = subprocess.run(
            self._command(*words),
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        if done.returncode:
            raise Failed(f"{words[0]} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def served(self, *words: str, **settings: str) -> Iterator[Served]:
        """Serve on a free port until the block ends; settings are those of the environment, by their names.

        :raises Failed: if it does not start, or does not end as it should.
        """
        log = self.data / f"serve-{secrets.token_hex(4)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                self._command("serve", "--port", "0", *words),
                env=self._environment()
                | {f"DINGHUO_{name.upper()}": given for name, given in settings.items()},
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
            )
        try:
            yield Served(port=announced(process, log), pid=process.pid, log=log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise Failed(f"the server did not end within {STOP_WITHIN_S} s") from None
        if process.returncode not in (0, -signal.SIGTERM):
            raise Failed(f"the server exited with {process.returncode}:\n{_end_of(log)}")

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        if self.on_postgres:
            with psycopg.connect(self.conninfo, autocommit=True) as connection:
                return connection.execute(text.encode()).fetchall()
        file = sqlite3.connect(f"{self.file.as_uri()}?mode=ro", uri=True)
        try:
            return file.execute(text).fetchall()
        finally:
            file.close()

    def settle(self) -> None:
        """Let the database learn what is in its tables, as it does by itself in the course of a day."""
        if self.on_postgres:
            self.change("VACUUM ANALYZE")

    def change(self, *texts: str) -> None:
        """Tell the database itself, one statement after the other on one connection."""
        if self.on_postgres:
            with psycopg.connect(self.conninfo, autocommit=True) as connection:
                for text in texts:
                    connection.execute(text.encode())
            return
        file = sqlite3.connect(self.file, isolation_level=None)
        try:
            for text in texts:
                file.execute(text)
        finally:
            file.close()

    @contextmanager
    def unchecked(self) -> Iterator[None]:
        """Let PostgreSQL not look up references, in sessions that begin within the block."""
        setting = f'DATABASE "{make_url(self.database).database}" {{}}session_replication_role{{}}'
        if not self.on_postgres:
            yield
            return
        self.change("ALTER " + setting.format("SET ", " = replica"))
        try:
            yield
        finally:
            self.change("ALTER " + setting.format("RESET ", ""))

    def buyers(self, *, tier: str | None = None) -> list[Person]:
        """Everybody who may place orders, each with a token; only those of a price tier, if one is named."""
        kept = f"AND t.code = '{tier}'" if tier else ""
        found = self.rows(
            "SELECT b.merchant_id, b.id, b.customer_id FROM buyers b"
            " JOIN customers c ON c.merchant_id = b.merchant_id AND c.id = b.customer_id"
            " JOIN price_tiers t ON t.merchant_id = c.merchant_id AND t.id = c.tier_id"
            f" WHERE b.role IN ('OWNER', 'PURCHASER') AND c.approved = true {kept} ORDER BY b.id"
        )
        return [
            self._person(
                Claims(
                    merchant_id=MerchantId(merchant_id),
                    kind=ActorKind.BUYER,
                    person_id=BuyerId(id),
                    customer_id=CustomerId(customer_id),
                )
            )
            for merchant_id, id, customer_id in found
        ]

    def owner(self) -> Person:
        """The member of staff who may do most."""
        found = self.rows("SELECT merchant_id, id FROM staff ORDER BY length(permissions) DESC, id LIMIT 1")
        [(merchant_id, id)] = found
        kind = ActorKind.STAFF
        return self._person(Claims(merchant_id=MerchantId(merchant_id), kind=kind, person_id=StaffId(id)))

    def _person(self, claims: Claims) -> Person:
        until = SystemClock().now() + timedelta(days=1)
        return Person(claims, self.tokens.issue(claims, until=until))

    def _command(self, *words: str) -> list[str]:
        options = ["--data", str(self.data), "--database", self.database]
        return [sys.executable, "-P", *self.program, *words, *options]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DINGHUO_")}
        return {
            **kept,
            "PYTHONPATH": str(ROOT / "src"),
            "DINGHUO_TOKEN_KEY": self.key,
            "DINGHUO_KEYRING": str(self.keyring),
            "DINGHUO_LANGUAGE": "en",
            "DINGHUO_LOG_LEVEL": self.log_level,
            "DINGHUO_LOG_FORMAT": "json",
            # Everything comes from one address, and from few people, as fast as it can: it is counted all the same.
            **{
                f"DINGHUO_RATE_LIMITS_{name}": _NEVER
                for name in ("PER_ADDRESS", "PER_PERSON", "PER_MUTATION")
            },
        }


@attrs.frozen(kw_only=True)
class Served:
    """A server that answers, and what it uses of the machine."""

    port: int
    pid: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def statements(self) -> int:
        """How many SQL statements it has sent so far."""
        text = httpx.get(f"{self.url}/metrics").raise_for_status().text
        found = re.search(r"^dinghuo_sql_statements_total ([0-9.e+]+)$", text, re.MULTILINE)
        if found is None:
            raise Failed("the metrics do not say how many statements were sent")
        return int(float(found[1]))

    def ask(self, query: str, *, person: Person, variables: Mapping[str, Any] | None = None) -> Any:
        """Send one GraphQL request and return its data.

        :raises Failed: if there is anything but data.
        """
        body = {"query": query, "variables": dict(variables or {})}
        answer = httpx.post(f"{self.url}/graphql", json=body, headers=dict(person.headers), timeout=60)
        content = answer.json()
        if answer.status_code != 200 or "errors" in content:
            raise Failed(f"status {answer.status_code}: {answer.text[:2000]}")
        return content["data"]

    def cpu_s(self) -> float:
        """The processor time it has used so far, in user and system mode, with its children."""
        return sum(cpu_s(pid) for pid in (self.pid, *children(self.pid)))

    def memory_mb(self) -> tuple[float, float]:
        """What it holds of memory now: in total, and without the files it has mapped."""
        held = [memory_mb(pid) for pid in (self.pid, *children(self.pid))]
        return sum(total for total, _ in held), sum(own for _, own in held)


def backends_cpu_s(house: House) -> Mapping[int, float]:
    """The processor time of each of PostgreSQL's processes that work for the database, where they can be seen."""
    if not house.on_postgres:
        return {}
    found = house.rows(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    seen = {}
    for (pid,) in found:
        name = Path(f"/proc/{pid}/comm")
        if name.exists() and name.read_text().startswith("postgres"):
            seen[pid] = cpu_s(pid)
    return seen


def announced(process: subprocess.Popen[bytes], log: Path) -> int:
    """Wait until a server says which port it listens on, and is ready.

    :raises Failed: if it does not start.
    """
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        found = _ADDRESS.search(log.read_text(errors="replace"))
        if found and _ready(int(found[1])):
            return int(found[1])
        time.sleep(0.02)
    process.kill()
    raise Failed(f"the server did not start:\n{_end_of(log)}")


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]
