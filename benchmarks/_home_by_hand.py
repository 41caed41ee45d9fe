"""Home by hand: four statements, plain dicts."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from application.ports.tokens import Claims
from benchmarks._by_hand import Ask, Rows, Work

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANK = {"CONTRACT": 0, "PRICE_LIST": 1, "TIER": 2, "BASE": 3}
_ONE = 1_000

WHO = Ask("""
    SELECT b.name, c.id, c.name, t.id, t.code, t.name, t.percentage, m.currency, m.price_scale, m.low_stock
    FROM merchants m
    JOIN buyers b ON b.merchant_id = m.id
    JOIN customers c ON c.merchant_id = m.id AND c.id = b.customer_id
    JOIN price_tiers t ON t.merchant_id = m.id AND t.id = c.tier_id
    WHERE m.id = :merchant AND b.id = :buyer AND b.customer_id = :customer
""")
_GOODS = Ask("""
    SELECT p.id, p.name, p.description, p.position, b.id, b.name, c.id, c.name,
           s.id, s.code, s.name, s.options, s.unit_code, s.unit_name, s.minimum, s.step, s.low_stock,
           (SELECT sum(k.available) FROM stock k WHERE k.merchant_id = :merchant AND k.sku_id = s.id)
    FROM (
        SELECT p.* FROM products p
        WHERE p.merchant_id = :merchant AND p.for_sale = true AND EXISTS (
            SELECT 1 FROM skus s
            WHERE s.merchant_id = :merchant AND s.product_id = p.id AND s.for_sale = true
        )
        ORDER BY p.position, p.id LIMIT :more
    ) p
    LEFT JOIN brands b ON b.merchant_id = :merchant AND b.id = p.brand_id
    LEFT JOIN categories c ON c.merchant_id = :merchant AND c.id = p.category_id
    JOIN skus s ON s.merchant_id = :merchant AND s.product_id = p.id AND s.for_sale = true
    ORDER BY p.position, p.id, s.place
""")
RUNGS = Ask("""
    SELECT p.sku_id, l.id, l.source, l.priority, l.tier_id, p.min_quantity, p.unit_price, p.percentage
    FROM price_lists l
    JOIN prices p ON p.merchant_id = l.merchant_id AND p.list_id = l.id AND p.sku_id = ANY(:skus)
    WHERE l.merchant_id = :merchant
      AND (l.tier_id IS NULL AND l.customer_id IS NULL OR l.tier_id = :tier OR l.customer_id = :customer)
      AND (l.valid_from IS NULL OR l.valid_from <= :at) AND (l.valid_until IS NULL OR l.valid_until > :at)
    ORDER BY p.sku_id, l.id, p.min_quantity
""")
_ORDERS = Ask("""
    SELECT o.id, o.number, o.status, o.payment_status, o.placed_at, o.total, o.currency,
           l.quantity, l.unit_price, l.total, s.id, s.code, s.name
    FROM (
        SELECT * FROM orders WHERE merchant_id = :merchant AND customer_id = :customer
        ORDER BY placed_at DESC, id DESC LIMIT :newest
    ) o
    JOIN order_lines l ON l.merchant_id = :merchant AND l.order_id = o.id
    JOIN skus s ON s.merchant_id = :merchant AND s.id = l.sku_id
    ORDER BY o.placed_at DESC, o.id DESC, l.line
""")


class Nobody(Exception):
    """The token names nobody."""


class Prices:
    """What SKUs cost one customer now."""

    def __init__(self, rows: Rows, tier: Mapping[str, Any], share: int | None, *, scale: int) -> None:
        self._tier, self._share, self._scale = tier, share, scale
        self._ladders: dict[str, dict[tuple[Any, ...], list[tuple[Any, ...]]]] = {}
        for sku_id, list_id, source, priority, tier_id, *rung in rows:
            key = (_RANK[source], -priority, list_id, source, tier_id)
            self._ladders.setdefault(sku_id, {}).setdefault(key, []).append(tuple(rung))

    def of(self, sku_id: str, quantity: int) -> tuple[int, int, str, bool, Sequence[tuple[int, int]]] | None:
        """Unit price and list price in ten-thousandths, source, whether it is the tier's, and the breaks."""
        lists = dict(self._ladders.get(sku_id, {}))
        base: list[tuple[Any, ...]] = next((rungs for key, rungs in lists.items() if key[3] == "BASE"), [])
        if self._share and base and not any(key[3] == "TIER" for key in lists):
            lists[_RANK["TIER"], 0, "", "TIER", self._tier["id"]] = [(base[0][0], None, self._share)]
        for key in sorted(lists):
            breaks = self._breaks(lists[key], base)
            applied = _reached(breaks, quantity)
            if applied is not None:
                listed = _reached([(start, price) for start, price, _ in base], quantity)
                if listed is None:
                    listed = base[0][1] if base else applied
                return applied, listed, key[3], key[4] is not None, breaks
        return None

    def _breaks(
        self, rungs: Sequence[tuple[Any, ...]], base: Sequence[tuple[Any, ...]]
    ) -> list[tuple[int, int]]:
        if all(price is not None for _, price, _ in rungs):
            return [(start, price) for start, price, _ in rungs]
        step = 10 ** (4 - self._scale)
        found: list[tuple[int, int]] = []
        starts = {start for start, _, _ in rungs} | {start for start, _, _ in base if start > rungs[0][0]}
        for start in sorted(starts):
            _, price, share = [rung for rung in rungs if rung[0] <= start][-1]
            if price is None:
                below = [rung for rung in base if rung[0] <= start]
                if not below:
                    continue
                price = (2 * below[-1][1] * share + 10_000 * step) // (2 * 10_000 * step) * step
            if not found or found[-1][1] != price:
                found.append((start, price))
        return found


def _reached(breaks: Iterable[tuple[int, int]], quantity: int) -> int | None:
    reached = None
    for start, price in breaks:
        if start > quantity:
            break
        reached = price
    return reached


def home(claims: Claims, *, first: int, at: datetime, sqlite: bool) -> Work[dict[str, Any]]:
    """Answer the Home query of a buyer."""
    asked: dict[str, Any] = {"merchant": claims.merchant_id, "customer": claims.customer_id}
    who = yield WHO, {**asked, "buyer": claims.person_id}
    if not who:
        raise Nobody
    name, customer_id, customer, tier_id, tier_code, tier_name, share, currency, scale, low = who[0]
    goods = yield _GOODS, {"merchant": claims.merchant_id, "more": first + 1}
    sku_ids: Any = [row[8] for row in goods]
    moment: Any = at
    if sqlite:
        sku_ids, moment = orjson.dumps(sku_ids).decode(), (at - _EPOCH) // timedelta(microseconds=1)
    rungs = yield RUNGS, {**asked, "tier": tier_id, "skus": sku_ids, "at": moment}
    orders = yield _ORDERS, {**asked, "newest": 10}
    tier = {"id": tier_id, "code": tier_code, "name": tier_name}
    prices = Prices(rungs, tier, share, scale=scale)
    shown_tier = {"code": tier_code, "name": tier_name}
    of_customer = {
        "id": customer_id,
        "name": customer,
        "tier": shown_tier,
        "orders": {"edges": [{"node": node} for node in _orders(orders)]},
    }
    return {
        "products": _products(goods, prices, shown_tier, currency, low, first=first),
        "me": {"id": claims.person_id, "name": name, "customer": of_customer},
    }


def _products(
    goods: Rows, prices: Prices, tier: Mapping[str, str], currency: str, low: int, *, first: int
) -> dict[str, Any]:
    edges: list[dict[str, Any]] = []
    skus: list[dict[str, Any]] = []
    at, more = "", False
    for row in goods:
        if row[0] != at:
            if len(edges) == first:
                more = True
                break
            at, skus = row[0], []
            node = {
                "id": row[0],
                "name": row[1],
                "description": row[2],
                "brand": row[4] and {"id": row[4], "name": row[5]},
                "category": row[6] and {"id": row[6], "name": row[7]},
                "skus": skus,
            }
            edges.append({"cursor": _cursor("POSITION", row[3], row[0]), "node": node})
        skus.append(_sku(row, prices, tier, currency, low))
    end = edges[-1]["cursor"] if edges else None
    return {"edges": edges, "pageInfo": {"hasNextPage": more, "endCursor": end}}


def _sku(
    row: tuple[Any, ...], prices: Prices, tier: Mapping[str, str], currency: str, low: int
) -> dict[str, Any]:
    price = prices.of(row[8], _ONE)
    available = int(row[17] or 0)
    if available <= 0:
        status = "OUT_OF_STOCK"
    else:
        status = "LOW" if available <= (low if row[16] is None else row[16]) else "IN_STOCK"
    return {
        "id": row[8],
        "code": row[9],
        "name": row[10],
        "options": [{"name": name, "value": value} for name, value in orjson.loads(row[11])],
        "unit": {"code": row[12], "name": row[13]},
        "minQuantity": quantity(row[14]),
        "quantityStep": quantity(row[15]),
        "price": price
        and {
            "unitPrice": {"amount": unit_price(price[0]), "currency": currency},
            "listPrice": {"amount": unit_price(price[1]), "currency": currency},
            "source": price[2],
            "tier": tier if price[3] else None,
            "breaks": [
                {
                    "minQuantity": quantity(start),
                    "unitPrice": {"amount": unit_price(one), "currency": currency},
                }
                for start, one in price[4]
            ],
        },
        "priceHidden": None if price else "NO_PRICE",
        "stock": {"status": status, "available": quantity(available), "availableHidden": None},
    }


def _orders(rows: Rows) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    at, currency = "", ""
    for row in rows:
        if row[0] != at:
            at, currency, lines = row[0], row[6], []
            found.append(
                {
                    "id": row[0],
                    "number": row[1],
                    "status": row[2],
                    "paymentStatus": row[3],
                    "placedAt": _instant(row[4]),
                    "total": {"amount": money(row[5]), "currency": currency},
                    "lines": lines,
                }
            )
        lines.append(
            {
                "quantity": quantity(row[7]),
                "unitPrice": {"amount": unit_price(row[8]), "currency": currency},
                "total": {"amount": money(row[9]), "currency": currency},
                "sku": {"id": row[10], "code": row[11], "name": row[12]},
            }
        )
    return found


def quantity(thousandths: int) -> str:
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def unit_price(ten_thousandths: int) -> str:
    whole, rest = divmod(ten_thousandths, 10_000)
    return f"{whole}.{rest // 100:02d}" if rest % 100 == 0 else f"{whole}.{rest:04d}".rstrip("0")


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _cursor(*parts: str | int) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _instant(stored: datetime | int) -> str:
    at = _EPOCH + timedelta(microseconds=stored) if isinstance(stored, int) else stored
    return at.isoformat().replace("+00:00", "Z")
