"""What a hundred times the goods and ten times the orders cost: Home on both, and searches over more SKUs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from contextlib import ExitStack
from random import Random
from statistics import mean

import attrs

from benchmarks._asking import HOME, HOME_ANSWER, SEARCH, searches, texts, with_orders
from benchmarks._common import House, Served, here, kept
from benchmarks._floor import BY_HAND, floor
from benchmarks._load import Job, request
from benchmarks._rounds import P50, P99, middle, rounds, table, titled
from benchmarks._verdicts import Verdict

LONGEST_SEARCH_MS = {20_000: 15.0, 200_000: 40.0}
_SEED_IT = "--growth seeds it"


@attrs.frozen(kw_only=True)
class Sizes:
    """How much there is of everything."""

    products: int
    skus: int = 2
    customers: int = 60
    orders: int
    lines: int = 20

    @property
    def name(self) -> str:
        """What a seeded installation of this size is called."""
        return f"p{self.products}x{self.skus}_c{self.customers}_o{self.orders}_l{self.lines}"

    @property
    def words(self) -> list[str]:
        """What the seed is told."""
        return [word for name, size in attrs.asdict(self).items() for word in (f"--{name}", str(size))]


_SEEDED_ORDERS = 2_000
_LINES_OF_COPIES = 5
GROWN = Sizes(products=200_000, orders=1_000_000)
"""Of these orders the newest are seeded, 20 lines each; the older ones are copies with a few of the lines."""
SEARCHED = {skus: Sizes(products=skus // 2, orders=1_000) for skus in LONGEST_SEARCH_MS}


def opened(stack: ExitStack, kind: str, sizes: Sizes, options: Namespace) -> House | None:
    """A seeded installation of these sizes; a large one only if it is there or may be made."""
    large = sizes.products > 10_000
    if large and not options.growth and not here(kind, name=sizes.name, cache=options.cache):
        return None
    grown = sizes is GROWN
    seeded = attrs.evolve(sizes, orders=_SEEDED_ORDERS) if grown else sizes
    more = (lambda house: _copy_orders(house, to=sizes.orders)) if grown else None
    made = kept(
        kind,
        name=sizes.name,
        cache=options.cache,
        seed=seeded.words,
        url=options.postgres,
        unchecked=large,
        more=more,
    )
    return stack.enter_context(made)


def _copy_orders(house: House, *, to: int) -> None:
    """Copy the seeded orders into the time before, until there are so many.

    Their references are not checked one by one: everything they name is there.
    """
    ago, text = ("o.placed_at - k.at * interval '1 hour' - interval '400 days'", "lpad(k.at::text, 6, '0')")
    numbers = f"generate_series(1, {to // _SEEDED_ORDERS - 1}) k (at)"
    unchecked = "SET session_replication_role = replica"
    if not house.on_postgres:
        hour = 3_600_000_000
        ago, text = f"o.placed_at - k.at * {hour} - {400 * 24 * hour}", "substr('000000' || k.at, -6)"
        counted = f"SELECT 1 AS at UNION ALL SELECT at + 1 FROM k WHERE at < {to // _SEEDED_ORDERS - 1}"
        numbers = f"(WITH RECURSIVE k (at) AS ({counted}) SELECT at FROM k) k"
        unchecked = "PRAGMA synchronous = OFF"
    id = f"substr(o.id, 1, 24) || {text}"
    copied_order: dict[str, str | int] = {
        "id": id,
        "number": f"o.number || '-' || {text}",
        "placed_at": ago,
        "line_count": _LINES_OF_COPIES,
    }
    copied_line = {"order_id": id.replace("o.id", "o.order_id")}
    house.change(
        unchecked,
        _copying(house, "order_lines", copied_line, f"{numbers} WHERE o.line < {_LINES_OF_COPIES}"),
        _copying(house, "orders", copied_order, numbers),
        *([] if house.on_postgres else ["PRAGMA analysis_limit = 1000", "ANALYZE"]),
    )


def _copying(house: House, table: str, changed: Mapping[str, str | int], numbers: str) -> str:
    if house.on_postgres:
        named = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
    else:
        named = f"SELECT name FROM pragma_table_info('{table}')"
    columns = [name for (name,) in house.rows(named)]
    values = ", ".join(str(changed.get(name, f"o.{name}")) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} o CROSS JOIN {numbers}"


def growth(house: House, options: Namespace) -> tuple[list[Verdict], str]:
    """Home where there is much, beside Home where there is little."""
    work = (
        f"Home, p50 at one connection, ms, {GROWN.products:,} products and {GROWN.orders:,} orders beside few"
    )
    kind = "postgres" if house.on_postgres else "sqlite"
    with ExitStack() as stack:
        grown = opened(stack, kind, GROWN, options)
        if grown is None:
            return [Verdict.skipped(work, _SEED_IT)], ""
        few, much = (stack.enter_context(one.served()) for one in (house, grown))
        few_by_hand, much_by_hand = (stack.enter_context(floor(one, BY_HAND)) for one in (house, grown))
        servers = {"few": few, "much": much, "few, floor A": few_by_hand, "much, floor A": much_by_hand}
        asked = {
            name: request(with_orders(grown if name.startswith("much") else house), HOME, {"first": 50})
            for name in servers
        }

        def job(name: str, served: Served) -> Job:
            return Job(
                port=served.port,
                requests=[asked[name]],
                connections=1,
                seconds=options.seconds,
                expect=HOME_ANSWER,
            )

        found = rounds(house, servers, job, number=options.rounds)
    p50 = {name: middle(P50, measured) for name, measured in found.items()}
    of_floor = Verdict.ratio_of("the same of floor A", p50["much, floor A"], p50["few, floor A"], digits=2)
    rows = [(titled(P50, "p50 at one connection, ms"), found), (titled(P99, "p99, ms"), found)]
    return [
        Verdict.ratio_of(work, p50["much"], p50["few"], digits=2, most=1.5),
        of_floor,
    ], "Growth\n\n" + table(rows)


def search(house: House, options: Namespace) -> tuple[list[Verdict], str]:
    """Searches for twenty hits, of several kinds of text."""
    kind = "postgres" if house.on_postgres else "sqlite"
    found: list[Verdict] = []
    for skus, most in LONGEST_SEARCH_MS.items():
        with ExitStack() as stack:
            large = opened(stack, kind, SEARCHED[skus], options)
            if large is None:
                found.append(Verdict.skipped(f"text search over {skus:,} SKUs", _SEED_IT))
                continue
            found += _searched(large, stack.enter_context(large.served()), options, skus=skus, most=most)
    return found, ""


def _searched(house: House, served: Served, options: Namespace, *, skus: int, most: float) -> list[Verdict]:
    people = house.buyers()[:8]
    found = []
    for kind, words in texts(house, number=200, chance=Random(options.seed)).items():
        hits = mean(
            len(served.ask(SEARCH, person=people[0], variables={"text": text})["products"]["nodes"])
            for text in words[:10]
        )
        asked = searches(people, words)

        def job(_: str, one: Served, asked: list[tuple[str, str]] = asked) -> Job:
            return Job(
                port=one.port,
                requests=asked,
                connections=1,
                seconds=options.seconds,
                expect='"products":{',
            )

        measured = rounds(house, {"product": served}, job, number=options.rounds)["product"]
        work = f"search for {kind} over {skus:,} SKUs, p50, ms"
        verdict = Verdict.figure(work, middle(P50, measured), digits=2, most=most, beside=f"{hits:.0f} hits")
        found.append(verdict if hits else attrs.evolve(verdict, reached=False))
    return found
