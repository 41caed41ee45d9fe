"""Home as PostgreSQL writes it: one statement that answers with the whole JSON text.

It knows prices and the shares that tiers have of the base price. A rung that is a share would be one more case; the
seeded prices have none, and the comparison with the product's answer would show it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from application.ports.tokens import Claims
from benchmarks._by_hand import Ask, Together, Work
from benchmarks._home_by_hand import Nobody

Parts = list[str]
"""What a piece of JSON is put together from: literals and expressions."""


def _known(expression: str) -> Parts:
    """A text of our own, in which nothing has to be escaped."""
    return ["'\"'", expression, "'\"'"]


def _given(expression: str) -> Parts:
    return [f"to_json({expression})"]


def _null() -> Parts:
    return ["' null'"]


def _object(**fields: Parts) -> Parts:
    parts = []
    for at, (name, value) in enumerate(fields.items()):
        parts += [f"""'{"," if at else "{"}"{name}":'""", *value]
    return [*parts, "'}'"]


def _list(expression: str) -> Parts:
    return ["'['", expression, "']'"]


def _text(parts: Parts) -> str:
    """Write the expression that puts the parts together."""
    joined: Parts = []
    for part in parts:
        if joined and part.startswith("'") and joined[-1].startswith("'"):
            joined[-1] = joined[-1][:-1] + part[1:]
        else:
            joined.append(part)
    return f"concat({', '.join(joined)})"


def _quantity(x: str) -> Parts:
    decimals = f"concat({x} / 1000, '.', rtrim(lpad(({x} % 1000)::text, 3, '0'), '0'))"
    return _known(f"CASE WHEN {x} % 1000 = 0 THEN ({x} / 1000)::text ELSE {decimals} END")


def _unit_price(x: str, currency: str) -> Parts:
    two, four = f"lpad(({x} / 100 % 100)::text, 2, '0')", f"rtrim(lpad(({x} % 10000)::text, 4, '0'), '0')"
    amount = [f"{x} / 10000", "'.'", f"CASE WHEN {x} % 100 = 0 THEN {two} ELSE {four} END"]
    return _object(amount=["'\"'", *amount, "'\"'"], currency=_known(currency))


def _money(x: str, currency: str) -> Parts:
    amount = [f"{x} / 100", "'.'", f"lpad(({x} % 100)::text, 2, '0')"]
    return _object(amount=["'\"'", *amount, "'\"'"], currency=_known(currency))


def _instant(x: str) -> Parts:
    fraction = f"CASE WHEN extract(microseconds FROM {x})::int % 1000000 <> 0 THEN to_char({x}, '.US') END"
    return ["'\"'", f"""to_char({x}, 'YYYY-MM-DD"T"HH24:MI:SS')""", fraction, "'Z\"'"]


def _named(table: str) -> Parts:
    named = _text(_object(id=_known(f"{table}.id"), name=_given(f"{table}.name")))
    return [f"CASE WHEN {table}.id IS NULL THEN ' null' ELSE {named} END"]


_BREAK = _object(minQuantity=_quantity("r.min_quantity"), unitPrice=_unit_price("r.unit_price", "w.currency"))
_PRICE = _object(
    unitPrice=_unit_price("r.reached[cardinality(r.reached)]", "w.currency"),
    listPrice=_unit_price(
        "coalesce(b.reached[cardinality(b.reached)], b.each_price[1], r.reached[cardinality(r.reached)])",
        "w.currency",
    ),
    source=_known("l.source"),
    tier=["CASE WHEN l.of_tier THEN w.tier ELSE ' null' END"],
    breaks=_list("r.breaks"),
)
_SKU = _object(
    id=_known("s.id"),
    code=_given("s.code"),
    name=_given("s.name"),
    options=_list("""(SELECT string_agg(concat('{"name": ', o -> 0, ',"value": ', o -> 1, '}'), ',')
                      FROM json_array_elements(s.options::json) o)"""),
    unit=_object(code=_given("s.unit_code"), name=_given("s.unit_name")),
    minQuantity=_quantity("s.minimum"),
    quantityStep=_quantity("s.step"),
    price=[f"CASE WHEN r.sku_id IS NULL THEN ' null' ELSE {_text(_PRICE)} END"],
    priceHidden=["CASE WHEN r.sku_id IS NULL THEN '\"NO_PRICE\"' ELSE ' null' END"],
    stock=_object(
        status=_known("""CASE WHEN k.available <= 0 THEN 'OUT_OF_STOCK'
                              WHEN k.available <= coalesce(s.low_stock, w.low_stock) THEN 'LOW' ELSE 'IN_STOCK' END"""),
        available=_quantity("k.available"),
        availableHidden=_null(),
    ),
)
_EDGE = _object(
    cursor=_known("p.cursor"),
    node=_object(
        id=_known("p.id"),
        name=_given("p.name"),
        description=_given("p.description"),
        brand=_named("b"),
        category=_named("c"),
        skus=_list("s.skus"),
    ),
)
_LINE = _object(
    quantity=_quantity("l.quantity"),
    unitPrice=_unit_price("l.unit_price", "l.currency"),
    total=_money("l.total", "l.currency"),
    sku=_object(id=_known("l.id"), code=_given("l.code"), name=_given("l.name")),
)
_ORDER = _object(
    node=_object(
        id=_known("o.id"),
        number=_known("o.number"),
        status=_known("o.status"),
        paymentStatus=_known("o.payment_status"),
        placedAt=_instant("o.placed_at"),
        total=_money("o.total", "o.currency"),
        lines=_list("l.lines"),
    )
)
_HOME = _object(
    data=_object(
        products=_object(
            edges=_list("e.edges"),
            pageInfo=_object(
                hasNextPage=["CASE WHEN e.more THEN ' true' ELSE ' false' END"],
                endCursor=["coalesce(to_json(e.last)::text, ' null')"],
            ),
        ),
        me=_object(
            id=_known("w.buyer_id"),
            name=_given("w.name"),
            customer=_object(
                id=_known("w.customer_id"),
                name=_given("w.customer"),
                tier=["w.tier"],
                orders=_object(edges=_list("h.edges")),
            ),
        ),
    )
)
_TIER = _text(_object(code=_given("t.code"), name=_given("t.name")))
_CURSOR = """translate(encode(convert_to(concat('["POSITION",', position, ',"', id, '"]'), 'UTF8'), 'base64'),
                       E'+/=\\n', '-_')"""


@lru_cache(maxsize=200)
def _statement(first: int, after: bool) -> Ask:
    from_there = "AND (p.position, p.id) > (:position, :id)" if after else ""
    return Ask(f"""
    WITH who AS MATERIALIZED (
        SELECT b.id AS buyer_id, b.name, c.id AS customer_id, c.name AS customer, t.id AS tier_id,
               t.percentage AS share, m.currency, (10 ^ (4 - m.price_scale))::bigint AS step, m.low_stock,
               {_TIER} AS tier
        FROM merchants m
        JOIN buyers b ON b.merchant_id = m.id
        JOIN customers c ON c.merchant_id = m.id AND c.id = b.customer_id
        JOIN price_tiers t ON t.merchant_id = m.id AND t.id = c.tier_id
        WHERE m.id = :merchant AND b.id = :buyer AND b.customer_id = :customer
    ),
    lists AS MATERIALIZED (
        SELECT l.id, l.source, l.tier_id IS NOT NULL AS of_tier, row_number() OVER (
            ORDER BY CASE l.source WHEN 'CONTRACT' THEN 0 WHEN 'PRICE_LIST' THEN 1 WHEN 'TIER' THEN 2 ELSE 3 END,
                     l.priority DESC, l.id
        ) AS rank
        FROM who w
        JOIN price_lists l ON l.merchant_id = :merchant
          AND (l.tier_id IS NULL AND l.customer_id IS NULL OR l.tier_id = w.tier_id OR l.customer_id = w.customer_id)
          AND (l.valid_from IS NULL OR l.valid_from <= :at) AND (l.valid_until IS NULL OR l.valid_until > :at)
    ),
    page AS MATERIALIZED (
        SELECT p.*, row_number() OVER (ORDER BY p.position, p.id) AS n FROM (
            SELECT p.* FROM products p
            WHERE p.merchant_id = :merchant AND p.for_sale {from_there} AND EXISTS (
                SELECT 1 FROM skus s WHERE s.merchant_id = :merchant AND s.product_id = p.id AND s.for_sale
            )
            ORDER BY p.position, p.id LIMIT {first + 1}
        ) p
    ),
    wanted AS MATERIALIZED (
        SELECT s.* FROM page p CROSS JOIN LATERAL (
            SELECT s.* FROM skus s WHERE s.merchant_id = :merchant AND s.product_id = p.id AND s.for_sale OFFSET 0
        ) s
        WHERE p.n <= {first}
    ),
    own AS MATERIALIZED (
        SELECT p.sku_id, l.rank, l.source, p.min_quantity, p.unit_price
        FROM lists l JOIN prices p ON p.merchant_id = :merchant AND p.list_id = l.id
          AND p.sku_id = ANY(ARRAY(SELECT id FROM wanted))
    ),
    tier AS MATERIALIZED (
        SELECT l.rank, w.share, w.step FROM who w JOIN lists l ON l.source = 'TIER' WHERE w.share IS NOT NULL
    ),
    known AS (
        SELECT sku_id, min(rank) FILTER (WHERE min_quantity <= 1000) AS rank, bool_or(source = 'TIER') AS has_own,
               min(min_quantity) FILTER (WHERE source = 'BASE') <= 1000 AS in_base
        FROM own GROUP BY sku_id
    ),
    chosen AS (
        SELECT k.sku_id, CASE WHEN c.of_base THEN t.rank ELSE k.rank END AS rank, c.of_base, t.share, t.step
        FROM known k LEFT JOIN tier t ON true CROSS JOIN LATERAL (
            SELECT t.rank IS NOT NULL AND NOT k.has_own AND k.in_base AND (k.rank IS NULL OR t.rank < k.rank) AS of_base
        ) c
    ),
    rungs AS (
        SELECT r.*, lag(unit_price) OVER (PARTITION BY sku_id ORDER BY min_quantity) AS before FROM (
            SELECT o.sku_id, o.min_quantity, c.rank, c.of_base,
                   CASE WHEN c.of_base THEN (2 * o.unit_price * c.share + 10000 * c.step) / (20000 * c.step) * c.step
                        ELSE o.unit_price END AS unit_price
            FROM chosen c JOIN own o ON o.sku_id = c.sku_id
              AND CASE WHEN c.of_base THEN o.source = 'BASE' ELSE o.rank = c.rank END
        ) r
    ),
    priced AS (
        SELECT r.sku_id, r.rank,
               array_agg(r.unit_price ORDER BY r.min_quantity) FILTER (WHERE r.min_quantity <= 1000) AS reached,
               string_agg({_text(_BREAK)}, ',' ORDER BY r.min_quantity) AS breaks
        FROM rungs r CROSS JOIN who w
        WHERE NOT r.of_base OR r.before IS DISTINCT FROM r.unit_price
        GROUP BY r.sku_id, r.rank
    ),
    listed AS (
        SELECT sku_id, array_agg(unit_price ORDER BY min_quantity) FILTER (WHERE min_quantity <= 1000) AS reached,
               array_agg(unit_price ORDER BY min_quantity) AS each_price
        FROM own WHERE source = 'BASE' GROUP BY sku_id
    ),
    skus_of AS (
        SELECT s.product_id, string_agg({_text(_SKU)}, ',' ORDER BY s.place) AS skus
        FROM wanted s
        CROSS JOIN who w
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(k.available), 0)::bigint AS available
            FROM stock k WHERE k.merchant_id = :merchant AND k.sku_id = s.id
        ) k
        LEFT JOIN priced r ON r.sku_id = s.id
        LEFT JOIN lists l ON l.rank = r.rank
        LEFT JOIN listed b ON b.sku_id = s.id
        GROUP BY s.product_id
    ),
    edges AS MATERIALIZED (
        SELECT p.n, p.cursor, {_text(_EDGE)} AS edge
        FROM (SELECT *, {_CURSOR} AS cursor FROM page) p
        JOIN skus_of s ON s.product_id = p.id
        LEFT JOIN brands b ON b.merchant_id = :merchant AND b.id = p.brand_id
        LEFT JOIN categories c ON c.merchant_id = :merchant AND c.id = p.category_id
    ),
    newest AS MATERIALIZED (
        SELECT o.*, row_number() OVER (ORDER BY placed_at DESC, id DESC) AS n FROM (
            SELECT * FROM orders WHERE merchant_id = :merchant AND customer_id = :customer
            ORDER BY placed_at DESC, id DESC LIMIT 10
        ) o
    ),
    lines AS (
        SELECT n, string_agg({_text(_LINE)}, ',' ORDER BY l.line) AS lines
        FROM (
            SELECT o.n, o.currency, l.line, l.quantity, l.unit_price, l.total, s.id, s.code, s.name
            FROM newest o JOIN order_lines l ON l.merchant_id = :merchant AND l.order_id = o.id
            CROSS JOIN LATERAL (
                SELECT s.id, s.code, s.name FROM skus s WHERE s.merchant_id = :merchant AND s.id = l.sku_id OFFSET 0
            ) s
        ) l
        GROUP BY n
    ),
    history AS (
        SELECT string_agg({_text(_ORDER)}, ',' ORDER BY o.n) AS edges FROM newest o JOIN lines l USING (n)
    )
    SELECT convert_to({_text(_HOME)}, 'UTF8')
    FROM who w CROSS JOIN history h CROSS JOIN (
        SELECT string_agg(edge, ',' ORDER BY n) AS edges, (array_agg(cursor ORDER BY n DESC))[1] AS last,
               EXISTS (SELECT 1 FROM page WHERE n > {first}) AS more
        FROM edges
    ) e
    """)


def home_in_sql(claims: Claims, variables: Mapping[str, Any], *, at: datetime) -> Work[bytes]:
    """Answer the Home query of a buyer, as octets that are passed through."""
    first, after = variables.get("first", 50), variables.get("after")
    asked = {
        "merchant": claims.merchant_id,
        "customer": claims.customer_id,
        "buyer": claims.person_id,
        "at": at,
    }
    if after:
        [_, asked["position"], asked["id"]] = orjson.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    [rows] = yield Together([(_statement(first, bool(after)), asked)], last=True)
    if not rows:
        raise Nobody
    answer: bytes = rows[0][0]
    return answer
