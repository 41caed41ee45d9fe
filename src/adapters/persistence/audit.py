"""The audit: every invariant recomputed by SQL over all merchants; each query yields the rows that lie."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain as chained

import attrs
import orjson
from sqlalchemy import text

from adapters.persistence.replay import RECOMPUTED, SETTLED, changed_orders, missettled_orders
from adapters.persistence.resealing import unreadable_in
from adapters.persistence.sessions import Session, Snapshots
from adapters.persistence.special_prices import changed_specials
from adapters.persistence.statements import Statement
from adapters.persistence.tables import metadata
from adapters.persistence.trail import chain, heads
from application.ports.audit import NO_ANCHORS, Audit, Finding
from application.ports.sealing import Sealing
from domain.identity import MerchantId
from domain.trail import TrailEntry, TrailHead, first_broken

_OPEN = "state IN ('HELD', 'COMMITTED')"

_KEPT = {"placed_by_id": "customers", "sales_rep_id": "staff", "agent_id": "customers"}
"""What an order keeps of the tree and of the owners."""

_CHECKS: Mapping[str, tuple[str, str]] = {
    "I1": (
        "What is available is what is on hand less what is reserved, and never less than nothing.",
        f"""
        SELECT s.merchant_id, s.sku_id || ' @ ' || s.warehouse_id, s.on_hand, s.available, COALESCE(r.reserved, 0)
        FROM stock s LEFT JOIN (
            SELECT merchant_id, sku_id, warehouse_id, SUM(quantity) AS reserved
            FROM reservations WHERE {_OPEN} GROUP BY merchant_id, sku_id, warehouse_id
        ) r ON r.merchant_id = s.merchant_id AND r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id
        WHERE s.available <> s.on_hand - COALESCE(r.reserved, 0) OR s.available < 0
        """,
    ),
    "I2": (
        "What is reserved for an order line is what is open of it, in the state of its order.",
        f"""
        SELECT o.merchant_id, o.id, o.status, l.line, COALESCE(l.actual, l.base_quantity)
        FROM orders o JOIN order_lines l ON l.merchant_id = o.merchant_id AND l.order_id = o.id
        LEFT JOIN (
            SELECT merchant_id, order_id, line, SUM(quantity) AS reserved,
                   MIN(state) AS lowest, MAX(state) AS highest
            FROM reservations WHERE {_OPEN} GROUP BY merchant_id, order_id, line
        ) r ON r.merchant_id = l.merchant_id AND r.order_id = l.order_id AND r.line = l.line
        WHERE CASE o.status
              WHEN 'SUBMITTED' THEN COALESCE(r.reserved, 0) <> l.base_quantity
                   OR r.lowest <> 'HELD' OR r.highest <> 'HELD'
              WHEN 'CONFIRMED' THEN COALESCE(r.reserved, 0) <> COALESCE(l.actual, l.base_quantity)
                   OR r.lowest <> 'COMMITTED' OR r.highest <> 'COMMITTED'
              ELSE r.reserved IS NOT NULL END
        """,
    ),
    "I3": (
        "What is on hand is the sum of its movements, each of which leads from where the last one ended.",
        """
        SELECT s.merchant_id, s.sku_id || ' @ ' || s.warehouse_id, s.on_hand, COALESCE(m.total, 0), m.broken
        FROM stock s LEFT JOIN (
            SELECT merchant_id, sku_id, warehouse_id, SUM(change) AS total,
                   SUM(CASE WHEN before + change <> after THEN 1 ELSE 0 END) AS broken
            FROM movements GROUP BY merchant_id, sku_id, warehouse_id
        ) m ON m.merchant_id = s.merchant_id AND m.sku_id = s.sku_id AND m.warehouse_id = s.warehouse_id
        WHERE s.on_hand <> COALESCE(m.total, 0) OR m.broken > 0
        """,
    ),
    "I6": (
        "An order costs its lines, its customer's, each price times quantity, rounded half up, less promotions' part.",
        """
        SELECT o.merchant_id, o.id, o.total, COALESCE(l.total, -1), l.wrong
        FROM orders o LEFT JOIN (
            SELECT l.merchant_id, l.order_id, SUM(l.total - l.discount) AS total, COUNT(*) AS lines,
                   SUM(CASE WHEN l.total <> (2 * l.unit_price * l.quantity + c.divisor) / (2 * c.divisor)
                            OR l.total < 0 OR l.discount < 0 OR l.discount > l.total
                            OR COALESCE(l.customer_id, '') <> h.customer_id THEN 1 ELSE 0 END) AS wrong
            FROM order_lines l
            JOIN orders h ON h.merchant_id = l.merchant_id AND h.id = l.order_id
            JOIN (SELECT 'JPY' AS currency, 10000000 AS divisor
                  UNION ALL SELECT 'CNY', 100000 UNION ALL SELECT 'HKD', 100000
                  UNION ALL SELECT 'USD', 100000 UNION ALL SELECT 'EUR', 100000) c ON c.currency = h.currency
            GROUP BY l.merchant_id, l.order_id
        ) l ON l.merchant_id = o.merchant_id AND l.order_id = o.id
        WHERE l.total IS NULL OR o.total <> l.total OR o.line_count <> l.lines OR l.wrong > 0 OR o.total < 0
        """,
    ),
    "I11": (
        "Every version of an order has told one fact, and they are numbered without gaps.",
        """
        SELECT o.merchant_id, o.id, o.version, COALESCE(e.facts, 0), e.last
        FROM orders o LEFT JOIN (
            SELECT merchant_id, aggregate_id, COUNT(*) AS facts, MIN(sequence) AS first, MAX(sequence) AS last
            FROM outbox GROUP BY merchant_id, aggregate_id
        ) e ON e.merchant_id = o.merchant_id AND e.aggregate_id = o.id
        WHERE e.facts IS NULL OR e.facts <> o.version OR e.first <> 1 OR e.last <> o.version
        """,
    ),
    "I20": (
        "As many coupons of a template are claimed and used as are counted, no more than may be, none in a dead order.",
        """
        SELECT t.merchant_id, t.id, t.claims, t.uses, COALESCE(c.claims, 0), COALESCE(c.uses, 0), c.most
        FROM coupon_templates t LEFT JOIN (
            SELECT merchant_id, template_id, SUM(claims) AS claims, SUM(uses) AS uses, MAX(claims) AS most
            FROM (
                SELECT merchant_id, template_id, customer_id, COUNT(*) AS claims,
                       SUM(CASE WHEN state = 'USED' THEN 1 ELSE 0 END) AS uses
                FROM coupons GROUP BY merchant_id, template_id, customer_id
            ) e GROUP BY merchant_id, template_id
        ) c ON c.merchant_id = t.merchant_id AND c.template_id = t.id
        WHERE t.claims <> COALESCE(c.claims, 0) OR t.uses <> COALESCE(c.uses, 0)
           OR t.claims > t.most_claims OR t.uses > t.most_uses OR c.most > t.most_claims_each
        UNION ALL
        SELECT c.merchant_id, c.id, 0, 0, 0, 0, 0
        FROM coupons c JOIN orders o ON o.merchant_id = c.merchant_id AND o.id = c.order_id
        WHERE o.status = 'CANCELLED' OR o.customer_id <> c.customer_id
        """,
    ),
    "I21": (
        "An order comes to what its last amendment says, and each amendment begins where the last one ended.",
        """
        SELECT a.merchant_id, a.order_id, a.version, a.before, a.after, COALESCE(o.settled, o.total), p.after
        FROM order_amendments a
        JOIN orders o ON o.merchant_id = a.merchant_id AND o.id = a.order_id
        LEFT JOIN order_amendments p ON p.merchant_id = a.merchant_id AND p.order_id = a.order_id AND p.version = (
            SELECT MAX(e.version) FROM order_amendments e
            WHERE e.merchant_id = a.merchant_id AND e.order_id = a.order_id AND e.version < a.version
        )
        WHERE a.before <> COALESCE(p.after, a.before)
           OR (a.after <> COALESCE(o.settled, o.total) AND NOT EXISTS (
               SELECT 1 FROM order_amendments l
               WHERE l.merchant_id = a.merchant_id AND l.order_id = a.order_id AND l.version > a.version))
           OR a.version > o.version
        """,
    ),
    "I16": (
        "Every company is below those above the company it is a branch of, one level further down, and no others.",
        """
        SELECT n.merchant_id, n.branch_id, n.customer_id, u.customer_id, u.distance
        FROM branches n
        JOIN branches u ON u.merchant_id = n.merchant_id AND u.branch_id = n.customer_id
        LEFT JOIN branches b ON b.merchant_id = n.merchant_id AND b.branch_id = n.branch_id
             AND b.customer_id = u.customer_id AND b.distance = u.distance + 1
        WHERE n.distance = 1 AND b.branch_id IS NULL
        UNION ALL
        SELECT b.merchant_id, b.branch_id, n.customer_id, b.customer_id, b.distance
        FROM branches b
        LEFT JOIN branches n ON n.merchant_id = b.merchant_id AND n.branch_id = b.branch_id AND n.distance = 1
        LEFT JOIN branches u ON u.merchant_id = b.merchant_id AND u.branch_id = n.customer_id
             AND u.customer_id = b.customer_id AND u.distance = b.distance - 1
        WHERE b.distance > 1 AND u.branch_id IS NULL
        """,
    ),
    "I17": (
        "A merchant of whose products not everyone sees every one is known to restrict goods.",
        """
        SELECT v.merchant_id, v.merchant_id, COUNT(*)
        FROM product_visibility v JOIN merchants m ON m.id = v.merchant_id
        WHERE m.restricts_goods IS NOT TRUE
        GROUP BY v.merchant_id
        """,
    ),
    "I12": (
        "Of the budget of a promotion as much is used as the orders cost that stand, over all and by each customer.",
        """
        SELECT p.merchant_id, p.id, p.uses, p.amount, COALESCE(u.uses, 0), COALESCE(u.amount, 0)
        FROM promotions p LEFT JOIN (
            SELECT k.merchant_id, k.promotion_id, COUNT(*) AS uses, SUM(k.cost) AS amount
            FROM order_promotions k JOIN orders o ON o.merchant_id = k.merchant_id AND o.id = k.order_id
            WHERE k.limited IS TRUE AND k.claim IS NULL AND o.status <> 'CANCELLED'
            GROUP BY k.merchant_id, k.promotion_id
        ) u ON u.merchant_id = p.merchant_id AND u.promotion_id = p.id
        WHERE p.uses <> COALESCE(u.uses, 0) OR p.amount <> COALESCE(u.amount, 0)
        UNION ALL
        SELECT c.merchant_id, c.promotion_id || ' ' || c.customer_id, c.uses, 0, COALESCE(u.uses, 0), 0
        FROM promotion_customers c LEFT JOIN (
            SELECT k.merchant_id, k.promotion_id, o.customer_id, COUNT(*) AS uses
            FROM order_promotions k JOIN orders o ON o.merchant_id = k.merchant_id AND o.id = k.order_id
            WHERE k.limited IS TRUE AND k.claim IS NULL AND o.status <> 'CANCELLED'
            GROUP BY k.merchant_id, k.promotion_id, o.customer_id
        ) u ON u.merchant_id = c.merchant_id AND u.promotion_id = c.promotion_id AND u.customer_id = c.customer_id
        WHERE c.uses <> COALESCE(u.uses, 0)
        """,
    ),
    "I22": (
        "At a special price as much is bought as the orders say that stand, over all and by each customer.",
        """
        SELECT p.merchant_id, p.id, p.taken, COALESCE(u.taken, 0)
        FROM special_prices p LEFT JOIN (
            SELECT k.merchant_id, k.special_id, SUM(k.quantity) AS taken
            FROM order_specials k JOIN orders o ON o.merchant_id = k.merchant_id AND o.id = k.order_id
            WHERE k.limited IS TRUE AND o.status <> 'CANCELLED'
            GROUP BY k.merchant_id, k.special_id
        ) u ON u.merchant_id = p.merchant_id AND u.special_id = p.id
        WHERE p.taken <> COALESCE(u.taken, 0)
        UNION ALL
        SELECT c.merchant_id, c.special_id || ' ' || c.customer_id, c.taken, COALESCE(u.taken, 0)
        FROM special_customers c LEFT JOIN (
            SELECT k.merchant_id, k.special_id, o.customer_id, SUM(k.quantity) AS taken
            FROM order_specials k JOIN orders o ON o.merchant_id = k.merchant_id AND o.id = k.order_id
            WHERE k.limited IS TRUE AND o.status <> 'CANCELLED'
            GROUP BY k.merchant_id, k.special_id, o.customer_id
        ) u ON u.merchant_id = c.merchant_id AND u.special_id = c.special_id
             AND u.customer_id = c.customer_id
        WHERE c.taken <> COALESCE(u.taken, 0)
        """,
    ),
    "I23": (
        "A merchant with a special price that holds until it is ended is known to have one.",
        """
        SELECT p.merchant_id, p.merchant_id, COUNT(*)
        FROM special_prices p JOIN merchants m ON m.id = p.merchant_id
        WHERE p.ends IS NULL AND m.has_specials IS NOT TRUE
        GROUP BY p.merchant_id
        """,
    ),
    "I19": (
        "A merchant with a promotion that holds until it is ended is known to have one.",
        """
        SELECT p.merchant_id, p.merchant_id, COUNT(*)
        FROM promotions p JOIN merchants m ON m.id = p.merchant_id
        WHERE p.suspended IS NOT TRUE AND p.ends IS NULL AND m.promotes IS NOT TRUE
        GROUP BY p.merchant_id
        """,
    ),
    "I15": (
        "Every remembered answer was given, and an order it names exists.",
        """
        SELECT a.merchant_id, a.operation || ' ' || a.key, a.result, a.actor, 0
        FROM answers a LEFT JOIN orders o ON o.merchant_id = a.merchant_id AND o.id = a.result
        WHERE (a.result IS NULL)
           OR (a.refusal IS NULL AND o.id IS NULL
               AND a.operation IN ('placeOrder', 'confirmOrder', 'cancelOrder', 'adjustOrder', 'recordWeights'))
        """,
    ),
}


def _orphans(*, of_merchants: bool) -> Iterable[str]:
    """Write one query a reference: rows whose parent is missing, or another merchant's, which is the same."""
    for table in metadata.sorted_tables:
        if ("merchant_id" in table.columns) is not of_merchants:
            continue
        for constraint in sorted(table.foreign_key_constraints, key=lambda one: tuple(one.column_keys)):
            parent = constraint.referred_table.name
            pairs = [(one.parent.name, one.column.name) for one in constraint.elements]
            given = " AND ".join(f"c.{column} IS NOT NULL" for column, _ in pairs)
            same = " AND ".join(f"p.{other} = c.{column}" for column, other in pairs)
            about = " || ' ' || ".join(
                f"c.{column.name}" for column in table.primary_key.columns if _is_text(column.type)
            )
            merchant = "c.merchant_id" if of_merchants else "''"
            yield (
                f"SELECT {merchant}, {about}, '{table.name}', '{parent}', 0 FROM {table.name} c "
                f"LEFT JOIN {parent} p ON {same} WHERE {given} AND p.{pairs[-1][1]} IS NULL"
            )

    for column, parent in _KEPT.items() if of_merchants else ():
        # No constraint of the database: what an order keeps says what was, and holds nobody.
        yield (
            f"SELECT c.merchant_id, c.id, 'orders', '{parent}', 0 FROM orders c LEFT JOIN {parent} p ON"
            f" p.merchant_id = c.merchant_id AND p.id = c.{column} WHERE c.{column} IS NOT NULL AND p.id IS NULL"
        )

    for name in ("buyers", "staff") if of_merchants else ():
        # No constraint of the database: people are stored where no merchant is.
        yield (
            f"SELECT c.merchant_id, c.id, '{name}', 'logins', 0 FROM {name} c "
            "LEFT JOIN logins p ON p.id = c.login_id WHERE c.login_id IS NOT NULL AND p.id IS NULL"
        )


def _is_text(kind: object) -> bool:
    return kind.__class__.__name__ == "Text"


_CHAINED = "Every audit trail is whole: each entry follows the one before it, from the first to the head."
_MERCHANTS = Statement(text("SELECT id FROM merchants"))
_READABLE = "Everything that is sealed can be opened where it is."
_ORPHANS = "Every row's parent exists and is the same merchant's."


@cache
def _statements() -> Mapping[str, list[Statement]]:
    """Every query about merchants, by its invariant; made when all tables have been described."""
    return {
        **{name: [Statement(text(query))] for name, (_, query) in _CHECKS.items()},
        "I14": [Statement(text(query)) for query in _orphans(of_merchants=True)],
    }


@cache
def _statements_of_nobody() -> Mapping[str, list[Statement]]:
    """Every query about what is of no merchant, by its invariant."""
    return {"I14": [Statement(text(query)) for query in _orphans(of_merchants=False)]}


@attrs.frozen
class SqlAudit(Audit):
    """Recomputes the invariants from the tables, each merchant's in one snapshot."""

    driver: Snapshots
    sealing: Sealing

    def findings(
        self, *, anchors: Mapping[MerchantId, Collection[TrailHead]] = NO_ANCHORS
    ) -> Iterable[Finding]:
        followed: set[MerchantId] = set()
        for number, (of, session) in enumerate(self.driver.snapshots()):
            # What is of no merchant is shown by every snapshot, and told once.
            if number == 0:
                yield from _lies(session, _statements_of_nobody())
            yield from _lies(session, _statements())
            yield from _changed(session)
            yield from _missettled(session)
            yield from _broken_trails(session, anchors, of=of, followed=followed)
            yield from _unreadable(session, self.sealing, of=of, of_nobody=number == 0)
        for merchant_id in sorted(anchors.keys() - followed):
            yield from _broken(merchant_id, (), TrailHead(), anchors[merchant_id])

    def trail_heads(self) -> Mapping[MerchantId, TrailHead]:
        return {id: head for _, session in self.driver.snapshots() for id, head in heads(session).items()}

    def checks(self) -> Mapping[str, str]:
        named = {name: sentence for name, (sentence, _) in _CHECKS.items()}
        return dict(
            sorted(
                {
                    **named,
                    "I13": _CHAINED,
                    "I14": _ORPHANS,
                    "I16": _READABLE,
                    "I18": RECOMPUTED,
                    "I24": SETTLED,
                }.items()
            )
        )


def _lies(session: Session, queries: Mapping[str, list[Statement]]) -> Iterator[Finding]:
    for invariant, statements in sorted(queries.items()):
        for statement in statements:
            for merchant_id, about, *facts in session.all(statement, {}):
                plain = orjson.loads(orjson.dumps(facts, default=str))
                yield Finding(
                    invariant=invariant, merchant_id=merchant_id, about=about, facts={"found": plain}
                )


def _changed(session: Session) -> Iterator[Finding]:
    for merchant_id, order_id, fault in chained(changed_orders(session), changed_specials(session)):
        yield Finding(invariant="I18", merchant_id=merchant_id, about=order_id, facts={"fault": fault})


def _missettled(session: Session) -> Iterator[Finding]:
    for merchant_id, order_id in missettled_orders(session):
        yield Finding(invariant="I24", merchant_id=merchant_id, about=order_id, facts={"fault": "SETTLED"})


def _unreadable(
    session: Session, sealing: Sealing, *, of: MerchantId | None, of_nobody: bool
) -> Iterator[Finding]:
    for merchant_id, about, fault, key_id in unreadable_in(session, sealing, of=of, of_nobody=of_nobody):
        facts = {"fault": fault, **({"key": key_id} if key_id else {})}
        yield Finding(invariant="I16", merchant_id=merchant_id, about=about, facts=facts)


def _broken_trails(
    session: Session,
    anchors: Mapping[MerchantId, Collection[TrailHead]],
    *,
    of: MerchantId | None,
    followed: set[MerchantId],
) -> Iterator[Finding]:
    """Follow the trail of the merchant whose session it is, or of every merchant, some entries at a time."""
    ends = heads(session)
    known = {MerchantId(id) for (id,) in session.all(_MERCHANTS, {})}
    for merchant_id in sorted(known | anchors.keys() | ends.keys() if of is None else {of}):
        followed.add(merchant_id)
        head = ends.get(merchant_id, TrailHead())
        yield from _broken(merchant_id, chain(session, merchant_id), head, anchors.get(merchant_id, ()))


def _broken(
    merchant_id: MerchantId,
    entries: Iterable[TrailEntry],
    head: TrailHead,
    anchors: Collection[TrailHead],
) -> Iterator[Finding]:
    broken = first_broken(entries, head=head, anchors=anchors)
    if broken is not None:
        facts = {"fault": broken.fault.value}
        yield Finding(invariant="I13", merchant_id=merchant_id, about=str(broken.sequence), facts=facts)
