"""placeOrder by hand: the transaction that the product runs, in eleven statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson

from adapters.system import RandomIds
from application.ports.sealing import Sealing, place_of
from application.ports.tokens import Claims
from benchmarks._by_hand import Ask, Each, Many, Together, Work, alone, several
from benchmarks._home_by_hand import RUNGS, WHO, Nobody, Prices, money
from domain.identity import OrderId

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_CLAIM = Ask(
    """
    INSERT INTO answers (merchant_id, actor, operation, key, fingerprint, at, result)
    VALUES (:merchant, :buyer, 'placeOrder', :key, :fingerprint, :at, :order_id) ON CONFLICT DO NOTHING
    """
)
_SKUS = Ask("""
    SELECT s.id, s.code, s.name, s.product_id, s.unit_code, s.unit_name, s.minimum, s.step,
           s.for_sale AND p.for_sale
    FROM skus s JOIN products p ON p.merchant_id = s.merchant_id AND p.id = s.product_id
    WHERE s.merchant_id = :merchant AND s.id = ANY(:skus)
""")
_LOCK = Ask("""
    SELECT s.sku_id, s.warehouse_id, s.available, w.priority
    FROM stock s JOIN warehouses w ON w.merchant_id = s.merchant_id AND w.id = s.warehouse_id
    WHERE s.merchant_id = :merchant AND s.sku_id = ANY(:skus)
    ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s
""")
_TAKE = Many(
    postgres="""
    UPDATE stock s SET available = s.available - w.by, version = s.version + 1
    FROM unnest(:sku::text[], :warehouse::text[], :by::bigint[]) w (sku, warehouse, by)
    WHERE s.merchant_id = :merchant AND s.sku_id = w.sku AND s.warehouse_id = w.warehouse AND s.available >= w.by
    """,
    sqlite="""
    UPDATE stock SET available = available - :by, version = version + 1
    WHERE merchant_id = :merchant AND sku_id = :sku AND warehouse_id = :warehouse AND available >= :by
    """,
    names=("sku", "warehouse", "by"),
)
_RESERVE = Many(
    postgres="""
    INSERT INTO reservations (merchant_id, order_id, line, sku_id, warehouse_id, quantity, state)
    SELECT :merchant, :order_id, w.*, 'HELD'
    FROM unnest(:line::int[], :sku::text[], :warehouse::text[], :by::bigint[]) w
    """,
    sqlite="""
    INSERT INTO reservations (merchant_id, order_id, line, sku_id, warehouse_id, quantity, state)
    VALUES (:merchant, :order_id, :line, :sku, :warehouse, :by, 'HELD')
    """,
    names=("line", "sku", "warehouse", "by"),
)
_LINE = (
    ("line", "bigint"),
    ("sku_id", "text"),
    ("product_id", "text"),
    ("sku_code", "text"),
    ("sku_name", "text"),
    ("unit_code", "text"),
    ("unit_name", "text"),
    ("quantity", "bigint"),
    ("base_quantity", "bigint"),
    ("unit_price", "bigint"),
    ("list_price", "bigint"),
    ("price_source", "text"),
    ("total", "bigint"),
)
_NAMES = ", ".join(name for name, _ in _LINE)
_LINES = Many(
    postgres=f"INSERT INTO order_lines (merchant_id, order_id, customer_id, {_NAMES})"
    " SELECT :merchant, :order_id, :customer, w.* FROM unnest("
    + ", ".join(f":{name}::{kind}[]" for name, kind in _LINE)
    + ") w",
    sqlite=f"INSERT INTO order_lines (merchant_id, order_id, customer_id, {_NAMES})"
    " VALUES (:merchant, :order_id, :customer, " + ", ".join(f":{name}" for name, _ in _LINE) + ")",
    names=[name for name, _ in _LINE],
)
_OUTBOX = Ask(
    """
    INSERT INTO outbox (merchant_id, aggregate_id, sequence, kind, at, facts)
    VALUES (:merchant, :order_id, 1, 'OrderPlaced', :at, :facts)
    """
)
_NUMBER = Ask("""
    INSERT INTO counters (merchant_id, name, value) VALUES (:merchant, 'order', 1)
    ON CONFLICT (merchant_id, name) DO UPDATE SET value = counters.value + 1 RETURNING value
""")
_ORDER = Ask(
    """
    INSERT INTO orders (merchant_id, id, number, customer_id, buyer_id, currency, total, line_count, status,
                        payment_status, fulfillment_status, payment_method, placed_at, version)
    VALUES (:merchant, :order_id, :number, :customer, :buyer, :currency, :total, :lines, 'SUBMITTED',
            'UNPAID', 'UNFULFILLED', :method, :at, 1)
    """
)


class Refused(Exception):
    """The floor knows how to place orders, and only that; whatever else there is to say is a refusal."""


def place(
    claims: Claims, given: Mapping[str, Any], *, at: datetime, sqlite: bool, ring: Sealing
) -> Work[dict[str, Any]]:
    """Place an order of different SKUs in their base unit."""
    moment: Any = (at - _EPOCH) // timedelta(microseconds=1) if sqlite else at
    order_id = RandomIds().new(OrderId)
    asked = {"merchant": claims.merchant_id, "customer": claims.customer_id, "buyer": claims.person_id}
    [who] = yield alone(WHO, {**asked, "at": moment})
    if not who:
        raise Nobody
    currency = who[0][6]
    fingerprint = sha256(orjson.dumps([given["lines"], given["paymentMethod"]])).hexdigest()
    key = given["idempotencyKey"]
    where = place_of(claims.merchant_id, "answers", "fingerprint", claims.person_id, "placeOrder", key)
    claim = {"merchant": claims.merchant_id, "buyer": claims.person_id, "at": moment, "order_id": order_id}
    [claimed] = yield alone(_CLAIM, {**claim, "key": key, "fingerprint": ring.seal(fingerprint, place=where)})
    if claimed != [(1,)]:
        raise Refused("the key came before")
    wanted = {line["skuId"]: int(Decimal(line["quantity"]) * 1000) for line in given["lines"]}
    of_skus = {"merchant": claims.merchant_id, "skus": several(sorted(wanted), sqlite=sqlite)}
    lists = several([row[9] for row in who], sqlite=sqlite)
    [found] = yield alone(_SKUS, of_skus)
    [rungs] = yield alone(RUNGS, {**of_skus, "lists": lists})
    lines = _priced(wanted, {row[0]: row for row in found}, Prices(who, rungs))
    [stock] = yield alone(_LOCK, of_skus)
    taken = _taken(wanted, stock)
    shared = {"merchant": claims.merchant_id, "order_id": order_id}
    by_item = sorted((sku, warehouse, by) for _, sku, warehouse, by in taken)
    [changed] = yield alone(Each(_TAKE, {"merchant": claims.merchant_id}, by_item))
    if changed != [(len(by_item),)]:
        raise Refused("the stock was taken")
    facts = orjson.dumps({"at": at.isoformat(), "order_id": order_id}).decode()
    *_, [(number,)] = yield Together(
        [
            Each(_RESERVE, shared, taken),
            Each(_LINES, {**shared, "customer": claims.customer_id}, lines),
            (_OUTBOX, {**shared, "at": moment, "facts": facts}),
            (_NUMBER, {"merchant": claims.merchant_id}),
        ]
    )
    total = sum(line[-1] for line in lines)
    head = {"number": f"DH{number:08d}", "currency": currency, "total": total, "lines": len(lines)}
    whole = {**asked, **head, "order_id": order_id, "method": given["paymentMethod"], "at": moment}
    yield Together([(_ORDER, whole)], last=True)
    order = {
        "id": order_id,
        "number": head["number"],
        "status": "SUBMITTED",
        "total": {"amount": money(total), "currency": currency},
    }
    return {"placeOrder": {"order": order, "errors": []}}


def _priced(
    wanted: Mapping[str, int], skus: Mapping[str, tuple[Any, ...]], prices: Prices
) -> Sequence[tuple[Any, ...]]:
    lines = []
    for at, (sku_id, many) in enumerate(wanted.items()):
        _, code, name, product_id, unit_code, unit_name, minimum, step, for_sale = skus[sku_id]
        price = prices.of(sku_id, many)
        if not for_sale or many < minimum or many % step or price is None:
            raise Refused(sku_id)
        total = (2 * price[0] * many + 100_000) // 200_000
        head = (at, sku_id, product_id, code, name, unit_code, unit_name)
        lines.append((*head, many, many, price[0], price[1], price[2], total))
    return lines


def _taken(wanted: Mapping[str, int], stock: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    shelves: dict[str, list[tuple[Any, ...]]] = {}
    for sku_id, warehouse_id, available, priority in stock:
        shelves.setdefault(sku_id, []).append((priority, warehouse_id, available))
    taken = []
    for at, (sku_id, many) in enumerate(wanted.items()):
        of_sku = sorted(shelves.get(sku_id, []))
        whole = [shelf for shelf in of_sku if shelf[2] >= many][:1]
        for _, warehouse_id, available in whole or of_sku:
            by = min(available, many)
            if by > 0:
                many -= by
                taken.append((at, sku_id, warehouse_id, by))
        if many:
            raise Refused(sku_id)
    return taken
