"""Home by hand: four statements, plain dicts, and nothing that is remembered from one request to the next.

What was tried and is slower on this data, measured by processor time: the ladders as arrays beside each SKU (LATERAL or
grouped), lines as arrays beside each order, heads and lines of orders apart, a limit that is a parameter (PostgreSQL
then plans the statement anew for every request).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from application.ports.tokens import Claims
from benchmarks._by_hand import Ask, Rows, Together, Work, several

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = 1_000
_LARGEST_PAGE = 100

WHO = Ask("""
    SELECT b.name, c.id, c.name, t.code, t.name, t.percentage, m.currency, m.price_scale, m.low_stock,
           l.id, l.source, l.tier_id IS NOT NULL
    FROM merchants m
    JOIN buyers b ON b.merchant_id = m.id
    JOIN customers c ON c.merchant_id = m.id AND c.id = b.customer_id
    JOIN price_tiers t ON t.merchant_id = m.id AND t.id = c.tier_id
    LEFT JOIN price_lists l ON l.merchant_id = m.id
      AND (l.tier_id IS NULL AND l.customer_id IS NULL OR l.tier_id = t.id OR l.customer_id = c.id)
      AND (l.valid_from IS NULL OR l.valid_from <= :at) AND (l.valid_until IS NULL OR l.valid_until > :at)
    WHERE m.id = :merchant AND b.id = :buyer AND b.customer_id = :customer
    ORDER BY CASE l.source WHEN 'CONTRACT' THEN 0 WHEN 'PRICE_LIST' THEN 1 WHEN 'TIER' THEN 2 ELSE 3 END,
             l.priority DESC, l.id
""")
"""The buyer, once for each list of prices that holds now, the most binding first."""
RUNGS = Ask("""
    SELECT p.sku_id, p.list_id, p.min_quantity, p.unit_price, p.percentage FROM prices p
    WHERE p.merchant_id = :merchant AND p.list_id = ANY(:lists) AND p.sku_id = ANY(:skus)
    ORDER BY p.min_quantity
""")
_PAGE = """
    SELECT p.* FROM products p
    WHERE p.merchant_id = :merchant AND p.for_sale = true {after} AND EXISTS (
        SELECT 1 FROM skus s WHERE s.merchant_id = :merchant AND s.product_id = p.id AND s.for_sale = true
    )
    ORDER BY p.position, p.id LIMIT {more}
"""
_GOODS = (
    """
    SELECT {product}, s.id, s.code, s.name, s.options, s.unit_code, s.unit_name, s.minimum, s.step, s.low_stock,
           (SELECT CAST(sum(k.available) AS bigint) FROM stock k WHERE k.merchant_id = :merchant AND k.sku_id = s.id)
    FROM ("""
    + _PAGE
    + """) p
    LEFT JOIN brands b ON b.merchant_id = :merchant AND b.id = p.brand_id
    LEFT JOIN categories c ON c.merchant_id = :merchant AND c.id = p.category_id
    {skus}
    ORDER BY p.position, p.id, s.place
"""
)
_PRODUCT = ("p.id", "p.name", "p.description", "p.position", "b.id", "b.name", "c.id", "c.name")
_SKUS_OF_EACH = """
    CROSS JOIN LATERAL (
        SELECT s.*, row_number() OVER (ORDER BY s.place) AS n FROM skus s
        WHERE s.merchant_id = :merchant AND s.product_id = p.id AND s.for_sale = true
    ) s
"""
_ORDERS = Ask("""
    SELECT o.id, o.number, o.status, o.payment_status, o.placed_at, o.total, o.currency,
           l.quantity, l.unit_price, l.total, s.id, s.code, s.name
    FROM (
        SELECT * FROM orders WHERE merchant_id = :merchant AND customer_id = :customer
        ORDER BY placed_at DESC, id DESC LIMIT 10
    ) o
    JOIN order_lines l ON l.merchant_id = :merchant AND l.order_id = o.id
    JOIN skus s ON s.merchant_id = :merchant AND s.id = l.sku_id
    ORDER BY o.placed_at DESC, o.id DESC, l.line
""")


@lru_cache(maxsize=2 * _LARGEST_PAGE)
def _goods(first: int, after: bool) -> Ask:
    """The page's SKUs with their stock; what is the product's stands in its first row only, on PostgreSQL."""
    shape = {"more": first + 1, "after": "AND (p.position, p.id) > (:position, :id)" if after else ""}
    return Ask(
        _GOODS.format(
            product=", ".join(f"CASE WHEN s.n = 1 THEN {column} END" for column in _PRODUCT),
            skus=_SKUS_OF_EACH,
            **shape,
        ),
        sqlite=_GOODS.format(
            product=", ".join(_PRODUCT),
            skus="JOIN skus s ON s.merchant_id = :merchant AND s.product_id = p.id AND s.for_sale = true",
            **shape,
        ),
    )


class Nobody(Exception):
    """The token names nobody."""


Rung = tuple[Any, ...]
"""SKU, list, least quantity, price, share."""


class Prices:
    """What SKUs cost one customer now; `who` has a row for each list, `rows` are the rungs by quantity."""

    def __init__(self, who: Rows, rows: Rows) -> None:
        self._share, self._step = who[0][5], 10 ** (4 - who[0][7])
        ladders: dict[str, dict[str, list[Rung]]] = {row[9]: {} for row in who}
        shares = False
        for row in rows:
            of_list = ladders[row[1]]
            if row[0] in of_list:
                of_list[row[0]].append(row)
            else:
                of_list[row[0]] = [row]
            shares = shares or row[4] is not None
        self._shares = shares
        self._lists = [(row[10], row[11], ladders[row[9]]) for row in who]
        self._base = next((found for source, _, found in self._lists if source == "BASE"), {})

    def of(self, sku_id: str, quantity: int) -> tuple[int, int, str, bool, Sequence[Rung]] | None:
        """Unit price and list price in ten-thousandths, source, whether it is a tier's, and the rungs as prices."""
        base = self._base.get(sku_id, ())
        for source, of_tier, ladders in self._lists:
            if sku_id in ladders:
                rungs = self._priced(ladders[sku_id], base) if self._shares else ladders[sku_id]
            elif source == "TIER" and self._share is not None:
                rungs = self._share_of(base, self._share)
            else:
                continue
            applied = _reached(rungs, quantity)
            if applied is not None:
                listed = _reached(base, quantity) or (base[0] if base else applied)
                return applied[3], listed[3], source, of_tier, rungs
        return None

    def _share_of(self, base: Sequence[Rung], share: int) -> list[Rung]:
        """What the tier's share of the base price is at every rung."""
        step, before = self._step, None
        found: list[Rung] = []
        for rung in base:
            price = (2 * rung[3] * share + 10_000 * step) // (20_000 * step) * step
            if price != before:
                found.append((rung[0], "", rung[2], price, None))
                before = price
        return found

    def _priced(self, rungs: Sequence[Rung], base: Sequence[Rung]) -> list[Rung]:
        """Turn shares into prices: one of the base price at every rung of the base from its own quantity on."""
        step = self._step
        found: list[Rung] = []
        starts = {rung[2] for rung in rungs} | {rung[2] for rung in base if rung[2] > rungs[0][2]}
        for start in sorted(starts):
            rung = _reached(rungs, start)
            assert rung is not None, "nothing starts before the first rung"
            price = rung[3]
            if price is None:
                below = _reached(base, start)
                if below is None:
                    continue
                price = (2 * below[3] * rung[4] + 10_000 * step) // (20_000 * step) * step
            if not found or found[-1][3] != price:
                found.append((rung[0], rung[1], start, price, None))
        return found


def _reached(rungs: Sequence[Rung], quantity: int) -> Rung | None:
    reached = None
    for rung in rungs:
        if rung[2] > quantity:
            break
        reached = rung
    return reached


def home(claims: Claims, variables: Mapping[str, Any], *, at: datetime, sqlite: bool) -> Work[dict[str, Any]]:
    """Answer the Home query of a buyer."""
    first, after = variables.get("first", 50), variables.get("after")
    asked: dict[str, Any] = {"merchant": claims.merchant_id, "customer": claims.customer_id}
    moment: Any = (at - _EPOCH) // timedelta(microseconds=1) if sqlite else at
    page = dict(zip(("position", "id"), _key(after), strict=True)) if after else {}
    who, goods, orders = yield Together(
        [
            (WHO, {**asked, "buyer": claims.person_id, "at": moment}),
            (_goods(first, bool(after)), {"merchant": claims.merchant_id, **page}),
            (_ORDERS, asked),
        ]
    )
    if not who:
        raise Nobody
    of_goods = {
        "merchant": claims.merchant_id,
        "lists": several([row[9] for row in who], sqlite=sqlite),
        "skus": several([row[8] for row in goods], sqlite=sqlite),
    }
    [rungs] = yield Together([(RUNGS, of_goods)], last=True)
    name, customer_id, customer, tier_code, tier_name, _, currency, _, low, *_ = who[0]
    tier = {"code": tier_code, "name": tier_name}
    prices = UnitPrices(currency)
    of_customer = {
        "id": customer_id,
        "name": customer,
        "tier": tier,
        "orders": {"edges": _orders(orders, prices)},
    }
    return {
        "products": _products(goods, Prices(who, rungs), prices, tier, low, first=first),
        "me": {"id": claims.person_id, "name": name, "customer": of_customer},
    }


def _products(
    goods: Rows, costs: Prices, prices: UnitPrices, tier: Mapping[str, str], low: int, *, first: int
) -> dict[str, Any]:
    edges: list[dict[str, Any]] = []
    skus: list[dict[str, Any]] = []
    at, more, quantities, options = "", False, Quantities(), Options()
    for row in goods:
        if row[0] is not None and row[0] != at:
            if len(edges) == first:
                more = True
                break
            at, skus = row[0], []
            node = {
                "id": at,
                "name": row[1],
                "description": row[2],
                "brand": row[4] and {"id": row[4], "name": row[5]},
                "category": row[6] and {"id": row[6], "name": row[7]},
                "skus": skus,
            }
            edges.append({"cursor": _cursor("POSITION", row[3], at), "node": node})
        (
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            id,
            code,
            name,
            chosen,
            unit_code,
            unit_name,
            minimum,
            step,
            own_low,
            available,
        ) = row
        found = costs.of(id, _ONE)
        price = None
        if found is not None:
            unit, listed, source, of_tier, breaks = found
            price = {
                "unitPrice": prices[unit],
                "listPrice": prices[listed],
                "source": source,
                "tier": tier if of_tier else None,
                "breaks": [
                    {"minQuantity": quantities[rung[2]], "unitPrice": prices[rung[3]]} for rung in breaks
                ],
            }
        available = available or 0
        if available <= 0:
            status = "OUT_OF_STOCK"
        else:
            status = "LOW" if available <= (low if own_low is None else own_low) else "IN_STOCK"
        skus.append(
            {
                "id": id,
                "code": code,
                "name": name,
                "options": options[chosen],
                "unit": {"code": unit_code, "name": unit_name},
                "minQuantity": quantities[minimum],
                "quantityStep": quantities[step],
                "price": price,
                "priceHidden": None if price else "NO_PRICE",
                "stock": {"status": status, "available": quantities[available], "availableHidden": None},
            }
        )
    end = edges[-1]["cursor"] if edges else None
    return {"edges": edges, "pageInfo": {"hasNextPage": more, "endCursor": end}}


def _orders(rows: Rows, prices: UnitPrices) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    at, currency, quantities = "", prices.currency, Quantities()
    for row in rows:
        if row[0] != at:
            at, currency, lines = row[0], row[6], []
            if currency != prices.currency:
                prices = UnitPrices(currency)
            order = {
                "id": at,
                "number": row[1],
                "status": row[2],
                "paymentStatus": row[3],
                "placedAt": _instant(row[4]),
                "total": {"amount": money(row[5]), "currency": currency},
                "lines": lines,
            }
            found.append({"node": order})
        _, _, _, _, _, _, _, quantity, price, total, id, code, name = row
        lines.append(
            {
                "quantity": quantities[quantity],
                "unitPrice": prices[price],
                "total": {"amount": f"{total // 100}.{total % 100:02d}", "currency": currency},
                "sku": {"id": id, "code": code, "name": name},
            }
        )
    return found


class Options(dict[str, list[dict[str, str]]]):
    """Options as the answer has them, each read once for an answer."""

    def __missing__(self, text: str) -> list[dict[str, str]]:
        shown = self[text] = [{"name": name, "value": value} for name, value in orjson.loads(text)]
        return shown


class Quantities(dict[int, str]):
    """Texts of quantities, each written once for an answer."""

    def __missing__(self, thousandths: int) -> str:
        whole, rest = divmod(thousandths, 1000)
        text = self[thousandths] = f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
        return text


class UnitPrices(dict[int, dict[str, str]]):
    """Prices as the answer has them, each written once for an answer."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        self.currency = currency

    def __missing__(self, ten_thousandths: int) -> dict[str, str]:
        whole, rest = divmod(ten_thousandths, 10_000)
        amount = f"{whole}.{rest:04d}".rstrip("0") if rest % 100 else f"{whole}.{rest // 100:02d}"
        shown = self[ten_thousandths] = {"amount": amount, "currency": self.currency}
        return shown


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _cursor(*parts: str | int) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _key(cursor: str) -> Sequence[str | int]:
    key: list[str | int]
    [_, *key] = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return key


def _instant(stored: datetime | int) -> str:
    at = _EPOCH + timedelta(microseconds=stored) if isinstance(stored, int) else stored
    return at.isoformat().replace("+00:00", "Z")
