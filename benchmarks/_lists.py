"""What very many price lists cost those who get other ones: Home with them and without."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence

from benchmarks._asking import HOME, HOME_ANSWER, with_orders
from benchmarks._common import House
from benchmarks._load import Job, request
from benchmarks._rounds import DATABASE_CPU, P50, RATE, STATEMENTS, Measured, middle, rounds, table, titled
from benchmarks._verdicts import Verdict

LISTS = 3_000
_EACH = 118
"""Every so-many-th SKU is in a list: with 4,000 of them there are some 100,000 rows."""
_MOST = 1.2
WITH, WITHOUT = "with them", "without"
_NUMBERS = f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {LISTS})"
_ID = "'{}_00000000000000000000' || CAST(100000 + n.i AS text)"
_GROUP, _LIST = _ID.format("grp"), _ID.format("pls")
_ADD = (
    f"""
    INSERT INTO customer_groups (merchant_id, id, kind, name, parent_id, above, deleted_at)
    {_NUMBERS} SELECT m.id, {_GROUP}, 'FREE', 'benchmark ' || n.i, NULL, '', NULL FROM merchants m CROSS JOIN n
    """,
    f"""
    INSERT INTO price_lists (merchant_id, id, source, name, priority, tier_id, customer_id, group_id, region_id,
                             audience_id, valid_from, valid_until, version)
    {_NUMBERS} SELECT m.id, {_LIST}, 'PRICE_LIST', 'benchmark ' || n.i, 0, NULL, NULL, {_GROUP}, NULL, {_GROUP},
                      NULL, NULL, 0
    FROM merchants m CROSS JOIN n
    """,
    f"""
    INSERT INTO prices (merchant_id, list_id, sku_id, ladder, min_quantity, unit_price, percentage, unit, valid_from,
                        valid_until, priority, batch_id)
    {_NUMBERS}, s (merchant_id, id, place) AS (
        SELECT merchant_id, id, row_number() OVER (ORDER BY id) FROM skus
    ) SELECT s.merchant_id, {_LIST}, s.id, '', 1000, 10000 * (1 + (n.i + s.place) % 100), NULL, NULL, NULL,
             NULL, 0, NULL
    FROM s JOIN n ON n.i % {_EACH} = s.place % {_EACH}
    """,
)
_TAKE_AWAY = (
    "DELETE FROM prices WHERE list_id LIKE 'pls_000000%'",
    "DELETE FROM price_lists WHERE id LIKE 'pls_000000%'",
    "DELETE FROM customer_groups WHERE id LIKE 'grp_000000%'",
)


def lists(house: House, options: Namespace) -> tuple[list[Verdict], str]:
    """Home where there are thousands of lists for others, beside Home before and after that."""
    buyer, many = with_orders(house), f"{options.connections} connections"

    def measured(name: str, connections: int) -> Sequence[Measured]:
        with house.served() as served:
            job = Job(
                port=served.port,
                requests=[request(buyer, HOME, {"first": 50})],
                connections=connections,
                seconds=options.seconds,
                expect=HOME_ANSWER,
            )
            return rounds(house, {name: served}, lambda *_: job, number=options.rounds)[name]

    def both(name: str) -> tuple[Sequence[Measured], Sequence[Measured]]:
        return measured(name, options.connections), measured(name, 1)

    before = both(WITHOUT)
    try:
        house.change(*_ADD)
        house.settle()
        [(rows,)] = house.rows("SELECT count(*) FROM prices WHERE list_id LIKE 'pls_000000%'")
        there = both(WITH)
    finally:
        house.change(*_TAKE_AWAY)
        house.settle()
    after = both(WITHOUT)
    crowd: Mapping[str, Sequence[Measured]] = {WITH: there[0], WITHOUT: [*before[0], *after[0]]}
    alone: Mapping[str, Sequence[Measured]] = {WITH: there[1], WITHOUT: [*before[1], *after[1]]}
    found = [
        Verdict.ratio_of(
            f"Home with {LISTS:,} price lists of {rows:,} rows for others, {title}, p50, ms, beside none",
            middle(P50, of[WITH]),
            middle(P50, of[WITHOUT]),
            digits=2,
            most=_MOST,
        )
        for title, of in (("one connection", alone), (many, crowd))
    ]
    figures = [
        (titled(P50, "p50 at one connection, ms"), alone),
        (titled(P50, f"p50, {many}, ms"), crowd),
        (titled(RATE, f"per second, {many}"), crowd),
        (STATEMENTS, alone),
        *([(titled(DATABASE_CPU, "CPU of PostgreSQL, ms"), crowd)] if house.on_postgres else []),
    ]
    return found, "Price lists for others\n\n" + table(figures)
