"""Interleaved rounds of the product and what stands beside it, and how they are shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

import attrs

from benchmarks._common import Failed, House, Served, backends_cpu_s
from benchmarks._load import Job, Result, run
from benchmarks._usage import spent_s

Number = Callable[["Measured"], float]


@attrs.frozen(kw_only=True)
class Measured:
    """One round against one server."""

    result: Result
    statements: float
    cpu_ms: float
    database_cpu_ms: float
    memory_mb: tuple[float, float]


def measure(house: House, served: Served, job: Job) -> Measured:
    """Run a job, and see what a request took of the server and of the database.

    :raises Failed: if an answer was not what it has to be.
    """
    statements, cpu, of_database = served.statements(), served.cpu_s(), backends_cpu_s(house)
    result = run(job)
    if result.wrong:
        raise Failed(f"{result.wrong} of {result.sent} answers were wrong; the first:\n{result.first_wrong}")
    return Measured(
        result=result,
        statements=(served.statements() - statements) / result.sent,
        cpu_ms=(served.cpu_s() - cpu) * 1000 / result.sent,
        database_cpu_ms=spent_s(of_database, backends_cpu_s(house)) * 1000 / result.sent,
        memory_mb=served.memory_mb(),
    )


def rounds(
    house: House, servers: Mapping[str, Served], job: Callable[[str, Served], Job], *, number: int
) -> Mapping[str, list[Measured]]:
    """Measure the servers in turns, so that what else the machine does meets all of them."""
    found: dict[str, list[Measured]] = {name: [] for name in servers}
    for _ in range(number):
        for name, served in servers.items():
            found[name].append(measure(house, served, job(name, served)))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


@attrs.frozen
class Row:
    """One figure of every server over its rounds."""

    title: str
    number: Number
    digits: int = 1


def table(rows: Iterable[tuple[Row, Mapping[str, Sequence[Measured]]]]) -> str:
    """Write the figures of every server: median (minimum – maximum) of the rounds."""
    rows = list(rows)
    names = list(dict.fromkeys(name for _, found in rows for name in found))
    lines = [f"| | {' | '.join(names)} |", "| --- |" + " --- |" * len(names)]
    for row, found in rows:
        shown = (
            _spread([row.number(one) for one in found[name]], row.digits) if name in found else ""
            for name in names
        )
        lines.append(f"| {row.title} | {' | '.join(shown)} |")
    return "\n".join(lines)


def middle(row: Row, measured: Sequence[Measured]) -> float:
    """The median of the rounds."""
    return median(row.number(one) for one in measured)


def _spread(numbers: Sequence[float], digits: int) -> str:
    low, high = min(numbers), max(numbers)
    middle = f"{median(numbers):,.{digits}f}"
    return middle if low == high else f"{middle} ({low:,.{digits}f} – {high:,.{digits}f})"


RATE = Row("per second", lambda one: one.result.per_second, 1)
P50 = Row("p50, ms", lambda one: one.result.p50_ms, 2)
P99 = Row("p99, ms", lambda one: one.result.p99_ms, 2)
STATEMENTS = Row("SQL statements", lambda one: one.statements, 1)
BYTES = Row("bytes of an answer", lambda one: one.result.bytes, 0)
CPU = Row("CPU of the server, ms", lambda one: one.cpu_ms, 2)
DATABASE_CPU = Row("CPU of PostgreSQL, ms", lambda one: one.database_cpu_ms, 2)
MEMORY = Row("memory of the server, MB", lambda one: one.memory_mb[0], 0)
OWN_MEMORY = Row("of it not mapped from files, MB", lambda one: one.memory_mb[1], 0)


def titled(row: Row, title: str) -> Row:
    """The same figure under another title."""
    return attrs.evolve(row, title=title)
