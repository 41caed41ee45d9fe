"""Home beside its floors: one buyer's, and the mix of many buyers and pages; its statements; and names only."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import attrs

from benchmarks._asking import HOME, HOME_ANSWER, NAMES, cursors, homes, of_every_kind, with_orders
from benchmarks._common import Failed, House, Served
from benchmarks._floor import BY_HAND, IN_SQL, floor
from benchmarks._load import Job, request
from benchmarks._rounds import (
    BYTES,
    CPU,
    DATABASE_CPU,
    MEMORY,
    OWN_MEMORY,
    P50,
    P99,
    RATE,
    STATEMENTS,
    Measured,
    Row,
    measure,
    middle,
    rounds,
    table,
    titled,
)
from benchmarks._same import same_home
from benchmarks._verdicts import Verdict

PRODUCT, A, B, OFF = "product", "floor A", "floor B", "engine off"
WALLED, BARE = "second wall", "no second wall"
MOST_OF_WALL = 1.1
PAGES = (1, 20, 50, 100)
MOST_STATEMENTS = 3
_NO_ENGINE = "the product has no setting `engine` yet"


@contextmanager
def without_engine(house: House) -> Iterator[Served | None]:
    """The product with its compiled engine switched off; nothing where it cannot be."""
    with ExitStack() as stack:
        try:
            served = stack.enter_context(house.served(engine="off"))
        except Failed as failed:
            if "DINGHUO_ENGINE" not in str(failed):
                raise
            yield None
            return
        yield served


@contextmanager
def _servers(house: House, *, off: bool) -> Iterator[Mapping[str, Served]]:
    with ExitStack() as stack:
        found = {PRODUCT: stack.enter_context(house.served()), A: stack.enter_context(floor(house, BY_HAND))}
        if house.on_postgres:
            found[B] = stack.enter_context(floor(house, IN_SQL))
        served = stack.enter_context(without_engine(house)) if off else None
        yield found if served is None else {**found, OFF: served}


def home(house: House, options: Namespace) -> tuple[list[Verdict], str]:
    """One buyer's Home, over and over."""
    buyer, many = with_orders(house), f"{options.connections} connections"
    with _servers(house, off=True) as servers:
        pages = [{"first": size, "after": after} for size in PAGES for after in cursors(house)[:2]]
        same_home(servers, of_every_kind(house, each=2), pages)

        def job(served: Served, connections: int) -> Job:
            return Job(
                port=served.port,
                requests=[request(buyer, HOME, {"first": 50})],
                connections=connections,
                seconds=options.seconds,
                expect=HOME_ANSWER,
            )

        crowd = rounds(house, servers, lambda _, one: job(one, options.connections), number=options.rounds)
        alone = rounds(house, servers, lambda _, one: job(one, 1), number=options.rounds)
    rate = {name: middle(RATE, found) for name, found in crowd.items()}
    p50 = {name: middle(P50, found) for name, found in alone.items()}
    found = [
        Verdict.ratio_of(f"Home per second, {many}, beside floor A", rate[PRODUCT], rate[A], least=0.9),
        Verdict.ratio_of(
            "Home, p50 at one connection, ms, beside floor A", p50[PRODUCT], p50[A], digits=2, most=1.2
        ),
    ]
    if B in servers:
        work = f"Home per second, {many}, beside floor B"
        found.insert(1, Verdict.ratio_of(work, rate[PRODUCT], rate[B], least=0.6))
    off = f"Home per second, {many}, beside the engine switched off"
    if OFF in servers:
        found.append(Verdict.ratio_of(off, rate[PRODUCT], rate[OFF], least=5))
    else:
        found.append(Verdict.skipped(off, _NO_ENGINE))
    rows = [
        (titled(RATE, f"per second, {many}"), crowd),
        (titled(P50, "p50 at one connection, ms"), alone),
        (titled(P99, "p99 at one connection, ms"), alone),
        (titled(P99, f"p99, {many}, ms"), crowd),
        (STATEMENTS, alone),
        (BYTES, alone),
        (titled(CPU, "CPU of the server per request, ms"), crowd),
        *([(titled(DATABASE_CPU, "CPU of PostgreSQL per request, ms"), crowd)] if house.on_postgres else []),
        (MEMORY, crowd),
        (OWN_MEMORY, crowd),
    ]
    return found, "Home of one buyer\n\n" + table(rows)


def mix(house: House, options: Namespace) -> tuple[list[Verdict], str]:
    """Home of many buyers, each at any page: nothing that is remembered between requests can help much."""
    with _servers(house, off=False) as servers:
        asked = homes(house, number=options.mix, chance=Random(options.seed))

        def job(served: Served, connections: int) -> Job:
            return Job(
                port=served.port,
                requests=asked,
                connections=connections,
                seconds=options.seconds,
                expect=HOME_ANSWER,
            )

        crowd = rounds(house, servers, lambda _, one: job(one, options.connections), number=options.rounds)
        alone = rounds(house, servers, lambda _, one: job(one, 1), number=options.rounds)
    work = f"Home of many buyers and pages, per second, {options.connections} connections, beside floor A"
    found = [
        Verdict.ratio_of(work, middle(RATE, crowd[PRODUCT]), middle(RATE, crowd[A]), least=0.9),
        Verdict.ratio_of(
            "Home of many buyers and pages, p50 at one connection, ms, beside floor A",
            middle(P50, alone[PRODUCT]),
            middle(P50, alone[A]),
            digits=2,
            most=1.2,
        ),
    ]
    rows = [
        (titled(RATE, f"per second, {options.connections} connections"), crowd),
        (titled(P50, "p50 at one connection, ms"), alone),
        (titled(P99, "p99 at one connection, ms"), alone),
        (titled(CPU, "CPU of the server per request, ms"), crowd),
        *([(titled(DATABASE_CPU, "CPU of PostgreSQL per request, ms"), crowd)] if house.on_postgres else []),
    ]
    return found, f"Home of {len(house.buyers())} buyers, {len(asked)} different pages\n\n" + table(rows)


def statements(house: House, _: Namespace) -> tuple[list[Verdict], str]:
    """How many statements Home takes, for small pages and large ones."""
    buyer = with_orders(house)
    with house.served() as served:

        def one(size: int) -> float:
            asked = [request(buyer, HOME, {"first": size})]
            job = Job(
                port=served.port,
                requests=asked,
                connections=1,
                seconds=0,
                number=10,
                warm_up_s=0,
                expect=HOME_ANSWER,
            )
            return measure(house, served, job).statements

        counted = {size: one(size) for size in PAGES}
    shown = ", ".join(f"{size}: {number:g}" for size, number in counted.items())
    work = f"statements for Home, pages of {', '.join(map(str, PAGES))}"
    return [Verdict.figure(work, max(counted.values()), most=MOST_STATEMENTS, beside=shown)], ""


def wall(house: House, options: Namespace) -> tuple[list[Verdict], str]:
    """What the second wall of PostgreSQL costs: the same Home with it and without."""
    if not house.on_postgres:
        return [], ""
    buyer, many = with_orders(house), f"{options.connections} connections"
    unwalled = attrs.evolve(house, program=(str(Path(__file__).with_name("_no_second_wall.py")),))

    def measured(connections: int, **settings: str) -> Mapping[str, list[Measured]]:
        with house.served(**settings) as walled, unwalled.served(**settings) as bare:

            def job(_: str, served: Served) -> Job:
                return Job(
                    port=served.port,
                    requests=[request(buyer, HOME, {"first": 50})],
                    connections=connections,
                    seconds=options.seconds,
                    expect=HOME_ANSWER,
                )

            return rounds(house, {WALLED: walled, BARE: bare}, job, number=options.rounds)

    crowd = measured(options.connections)
    # Otherwise chance decides whether one backend of PostgreSQL answers, or several by turns, which costs more.
    alone = measured(1, read_pool="1")
    both = Row("CPU of both, ms", lambda one: one.cpu_ms + one.database_cpu_ms, 2)
    work = "Home with the second wall, {}, beside none"
    found = [
        Verdict.ratio_of(
            work.format(title), middle(row, of[WALLED]), middle(row, of[BARE]), digits=2, most=most
        )
        for title, row, of, most in (
            (f"CPU of server and PostgreSQL, {many}, ms", both, crowd, MOST_OF_WALL),
            ("CPU of server and PostgreSQL, one connection, ms", both, alone, MOST_OF_WALL),
            ("p50 at one connection, ms", P50, alone, None),
        )
    ]
    rows = [
        (titled(RATE, f"per second, {many}"), crowd),
        (titled(P50, "p50 at one connection, ms"), alone),
        (STATEMENTS, alone),
        (titled(CPU, f"CPU of the server, {many}, ms"), crowd),
        (titled(DATABASE_CPU, f"CPU of PostgreSQL, {many}, ms"), crowd),
        (titled(CPU, "CPU of the server, one connection, ms"), alone),
        (titled(DATABASE_CPU, "CPU of PostgreSQL, one connection, ms"), alone),
    ]
    return found, "The second wall\n\n" + table(rows)


def names(house: House, options: Namespace) -> tuple[list[Verdict], str]:
    """A query for names only beside Home, on the same server."""
    buyer = with_orders(house)
    asked = {"names": request(buyer, NAMES, {}), "Home": request(buyer, HOME, {"first": 50})}
    with house.served() as served:

        def job(name: str, connections: int) -> Job:
            return Job(
                port=served.port,
                requests=[asked[name]],
                connections=connections,
                seconds=options.seconds,
                expect='"products":{',
            )

        both = dict.fromkeys(asked, served)
        crowd = rounds(house, both, lambda name, _: job(name, options.connections), number=options.rounds)
        alone = rounds(house, both, lambda name, _: job(name, 1), number=options.rounds)
    many = f"{options.connections} connections"
    found = [
        Verdict.ratio_of(
            "names only, p50 at one connection, ms, beside Home",
            middle(P50, alone["names"]),
            middle(P50, alone["Home"]),
            digits=2,
            most=0.4,
        ),
        Verdict.ratio_of(
            f"names only, p50 with {many}, ms, beside Home",
            middle(P50, crowd["names"]),
            middle(P50, crowd["Home"]),
            digits=2,
            most=0.4,
        ),
    ]
    rows = [(titled(RATE, f"per second, {many}"), crowd), (titled(CPU, "CPU of the server, ms"), crowd)]
    return found, "Names only\n\n" + table(rows)
