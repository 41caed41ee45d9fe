"""The audit: every invariant, computed again from everything that is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import attrs

from adapters.persistence.memory._people import MemoryPeople
from adapters.persistence.memory._shops import Shop
from adapters.persistence.memory._vault import Vault
from application.ports.audit import NO_ANCHORS, Audit, Finding
from domain.customers import MOST_ABOVE, Buyer
from domain.identity import (
    CustomerId,
    MerchantId,
    PromotionId,
    SkuId,
    SpecialPriceId,
    StaffId,
    WarehouseId,
)
from domain.inventory import OPEN_STATES, Reservation, ReservationState
from domain.merchant import Staff
from domain.order_specials import specials_recomputed
from domain.ordering import Order, OrderStatus, recomputed
from domain.promotions import UNUSED, Usage
from domain.quantity import Quantity
from domain.trail import TrailHead, first_broken

_ORDER_OPERATIONS = frozenset({"placeOrder", "confirmOrder", "cancelOrder", "adjustOrder", "recordWeights"})
_STATE_OF = {
    OrderStatus.SUBMITTED: ReservationState.HELD,
    OrderStatus.CONFIRMED: ReservationState.COMMITTED,
}
Lie = tuple[str, Mapping[str, Any]]
"""What it is about, and the facts that do not fit."""


@attrs.frozen
class MemoryAudit(Audit):
    """Recomputes every invariant over the dictionaries."""

    vault: Vault
    people: MemoryPeople

    def findings(
        self, *, anchors: Mapping[MerchantId, Collection[TrailHead]] = NO_ANCHORS
    ) -> Iterable[Finding]:
        shops, logins = self.vault.shops, self.people.crowd.logins
        for merchant_id, shop in sorted(shops.items()):
            for invariant, (_, look) in _CHECKS.items():
                for about, facts in look(merchant_id, shop):
                    yield Finding(invariant=invariant, merchant_id=merchant_id, about=about, facts=facts)
            people: tuple[Buyer | Staff, ...] = (*shop.buyers.values(), *shop.staff.values())
            for one in people:
                if one.login_id is not None and one.login_id not in logins:
                    parent = {"parent": one.login_id}
                    yield Finding(invariant="I14", merchant_id=merchant_id, about=one.id, facts=parent)
        for merchant_id in sorted({*shops, *anchors}):
            shop = self.vault.shop(merchant_id)
            entries = (entry for _, entry in sorted(shop.trail.items()))
            head = shop.trail_heads.get(merchant_id, TrailHead())
            broken = first_broken(entries, head=head, anchors=anchors.get(merchant_id, ()))
            if broken is not None:
                facts = {"fault": broken.fault.value}
                about = str(broken.sequence)
                yield Finding(invariant="I13", merchant_id=merchant_id, about=about, facts=facts)

    def trail_heads(self) -> Mapping[MerchantId, TrailHead]:
        return {id: head for shop in self.vault.shops.values() for id, head in shop.trail_heads.items()}

    def checks(self) -> Mapping[str, str]:
        return {
            **{invariant: sentence for invariant, (sentence, _) in _CHECKS.items()},
            "I13": _CHAINED,
            "I16": _READABLE,
        }


_READABLE = "Everything that is sealed can be opened where it is: nothing is sealed in memory."
_CHAINED = "Every audit trail is whole: each entry follows the one before it, from the first to the head."


def _available(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    promised: dict[tuple[SkuId, WarehouseId], int] = dict.fromkeys(shop.stock, 0)
    for one in _open(shop):
        key = (one.sku_id, one.warehouse_id)
        promised[key] = promised.get(key, 0) + one.quantity.thousandths
    for (sku_id, warehouse_id), reserved in promised.items():
        item = shop.stock.get((sku_id, warehouse_id))
        on_hand, available = (item.on_hand.thousandths, item.available.thousandths) if item else (0, 0)
        if available != on_hand - reserved or available < 0:
            facts = {"on_hand": on_hand, "available": available, "reserved": reserved}
            yield f"{sku_id}@{warehouse_id}", facts


def _promised(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    for order in shop.orders.values():
        reservations = shop.reservations.get(order.id, ())
        expected = _STATE_OF.get(order.status)
        for at, line in enumerate(order.lines):
            of_line = [one for one in reservations if one.line == at and one.state in OPEN_STATES]
            wanted = line.weighs.thousandths if expected else 0
            there = sum(one.quantity.thousandths for one in of_line)
            if there != wanted or any(one.state is not expected for one in of_line):
                yield order.id, {"line": at, "wanted": wanted, "reserved": there}
    for order_id, reservations in shop.reservations.items():
        lines = len(shop.orders[order_id].lines) if order_id in shop.orders else 0
        if any(one.line >= lines and one.state in OPEN_STATES for one in reservations):
            yield order_id, {"lines": lines}


def _moved(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    moved: dict[tuple[SkuId, WarehouseId], int] = dict.fromkeys(shop.stock, 0)
    for one in shop.movements.values():
        key = (one.sku_id, one.warehouse_id)
        moved[key] = moved.get(key, 0) + one.change.thousandths
    for (sku_id, warehouse_id), total in moved.items():
        item = shop.stock.get((sku_id, warehouse_id))
        on_hand = item.on_hand.thousandths if item else 0
        if total != on_hand:
            yield f"{sku_id}@{warehouse_id}", {"on_hand": on_hand, "moved": total}


def _totals(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    for order in shop.orders.values():
        lines = [line.unit_price.times(line.quantity) for line in order.lines]
        told = [line.total for line in order.lines]
        nets = [line.total.minor - line.discount.minor for line in order.lines]
        summed = sum(nets)
        if lines != told or order.total.minor != summed or min(nets) < 0:
            yield order.id, {"total": order.total.minor, "lines": summed}


def _told(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    for order in shop.orders.values():
        sequence = [fact.sequence for fact in shop.outbox.get(order.id, ())]
        if sequence != list(range(1, order.version + 1)):
            yield order.id, {"version": order.version, "facts": len(sequence)}


def _restricting(merchant_id: MerchantId, shop: Shop) -> Iterator[Lie]:
    if shop.visibilities and not shop.merchants[merchant_id].restricts_goods:
        yield merchant_id, {"products": len(shop.visibilities)}


def _parents(merchant_id: MerchantId, shop: Shop) -> Iterator[Lie]:
    """In dictionaries a row has no merchant of its own: what it refers to is in the same shop, or it is a lie."""
    if shop.merchants.keys() - {merchant_id}:
        yield merchant_id, {"merchants": sorted(shop.merchants)}
    for about, parent, table in _references(shop):
        if parent is not None and parent not in table:
            yield about, {"parent": parent}


def _references(shop: Shop) -> Iterator[tuple[str, object, Mapping[Any, Any]]]:
    for one in shop.customers.values():
        yield one.id, one.tier_id, shop.tiers
        yield one.id, one.parent_id, shop.customers
    for owned in shop.ownerships.values():
        owners: Mapping[Any, Any] = shop.staff if isinstance(owned.owner_id, StaffId) else shop.customers
        yield owned.customer_id, owned.customer_id, shop.customers
        yield owned.customer_id, owned.owner_id, owners
    for buyer in shop.buyers.values():
        yield buyer.id, buyer.customer_id, shop.customers
    for prices in shop.lists.values():
        yield prices.id, prices.tier.id if prices.tier else None, shop.tiers
        yield prices.id, prices.customer_id, shop.customers
        yield prices.id, prices.group_id, shop.groups
        yield prices.id, prices.region_id, shop.groups
    for category in shop.categories.values():
        yield category.id, category.parent_id, shop.categories
    for product in shop.products.values():
        yield product.id, product.category_id, shop.categories
        yield product.id, product.brand_id, shop.brands
    for (list_id, sku_id), ladders in shop.ladders.items():
        yield list_id, list_id, shop.lists
        yield list_id, sku_id, shop.skus
        for held in ladders:
            yield list_id, held.batch_id, shop.batches
    for sku_id, warehouse_id in shop.stock:
        yield sku_id, sku_id, shop.skus
        yield sku_id, warehouse_id, shop.warehouses
    for movement in shop.movements.values():
        yield movement.id, (movement.sku_id, movement.warehouse_id), shop.stock
    for order_id, reservations in shop.reservations.items():
        yield order_id, order_id, shop.orders
        for reservation in reservations:
            yield order_id, (reservation.sku_id, reservation.warehouse_id), shop.stock
    for order in shop.orders.values():
        yield from _references_of(order, shop)
    for template in shop.coupon_templates.values():
        yield template.id, template.made_by, shop.staff
        for audience_id in template.audience:
            yield template.id, audience_id, {**shop.groups, **shop.tiers, **shop.customers}
    for coupon in shop.coupons.values():
        yield coupon.id, coupon.template_id, shop.coupon_templates
        yield coupon.id, coupon.customer_id, shop.customers
        yield coupon.id, coupon.order_id, shop.orders


def _references_of(order: Order, shop: Shop) -> Iterator[tuple[str, object, Mapping[Any, Any]]]:
    yield order.id, order.customer_id, shop.customers
    yield order.id, order.buyer_id, shop.buyers
    yield order.id, order.placed_by_id, shop.customers
    yield order.id, order.owners.agent_id, shop.customers
    yield order.id, order.owners.sales_rep_id, shop.staff
    for line in order.lines:
        yield order.id, line.sku_id, shop.skus
        yield order.id, line.product_id, shop.products


def _coupons(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    for template in shop.coupon_templates.values():
        of_it = [one for one in shop.coupons.values() if one.template_id == template.id]
        uses, each = sum(one.order_id is not None for one in of_it), Counter(one.customer_id for one in of_it)
        limits = template.limits
        beyond = (
            (limits.claims is not None and template.claims > limits.claims)
            or (limits.uses is not None and template.uses > limits.uses)
            or (limits.claims_each is not None and max(each.values(), default=0) > limits.claims_each)
        )
        if beyond or (template.claims, template.uses) != (len(of_it), uses):
            yield template.id, {"claims": len(of_it), "uses": uses}
    for one in shop.coupons.values():
        order = None if one.order_id is None else shop.orders.get(one.order_id)
        off = order is not None and order.status is OrderStatus.CANCELLED
        if order is not None and (off or order.customer_id != one.customer_id):
            yield one.id, {"order": order.id}


def _budgets(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    used: dict[PromotionId, Usage] = {}
    of_customers: dict[tuple[PromotionId, CustomerId], int] = {}
    for order in shop.orders.values():
        for one in order.promotions if order.status is not OrderStatus.CANCELLED else ():
            if one.limited and one.claim is None:
                before, key = used.get(one.promotion_id, UNUSED), (one.promotion_id, order.customer_id)
                used[one.promotion_id] = Usage(before.amount + one.cost.minor, before.uses + 1)
                of_customers[key] = of_customers.get(key, 0) + 1
    for id in sorted({*used, *shop.promotions_used}):
        if used.get(id, UNUSED) != shop.promotions_used.get(id, UNUSED):
            yield id, {"uses": shop.promotions_used.get(id, UNUSED).uses}
    for key in sorted({*of_customers, *shop.promotion_customers}):
        if of_customers.get(key, 0) != shop.promotion_customers.get(key, 0):
            yield " ".join(key), {"uses": shop.promotion_customers.get(key, 0)}


def _recomputed(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    for order in shop.orders.values():
        given = shop.order_inputs.get(order.id)
        if given is None:
            promoted = any(line.discount.minor or line.gift_value is not None for line in order.lines)
            if promoted or order.promotions or order.adjusted.minor or order.rounded.minor:
                yield order.id, {"fault": "NO_INPUT"}
        elif not recomputed(
            order.lines, order.promotions, given, adjusted=order.adjusted, rounded=order.rounded
        ):
            yield order.id, {"fault": "CHANGED"}
        if not specials_recomputed(order.lines, shop.order_specials.get(order.id, ())):
            yield order.id, {"fault": "CHANGED_SPECIAL"}


def _specials(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    taken, by_customer = Counter[SpecialPriceId](), Counter[tuple[SpecialPriceId, CustomerId]]()
    for order in shop.orders.values():
        for one in shop.order_specials.get(order.id, ()) if order.status is not OrderStatus.CANCELLED else ():
            if one.special.limited:
                taken[one.special.id] += one.quantity.thousandths
                by_customer[one.special.id, order.customer_id] += one.quantity.thousandths
    for id in sorted({*taken, *shop.specials_taken}):
        if taken[id] != shop.specials_taken.get(id, 0):
            yield id, {"taken": shop.specials_taken.get(id, 0)}
    for key in sorted({*by_customer, *shop.special_customers}):
        if by_customer[key] != shop.special_customers.get(key, 0):
            yield " ".join(key), {"taken": shop.special_customers.get(key, 0)}


def _having_specials(merchant_id: MerchantId, shop: Shop) -> Iterator[Lie]:
    endless = [one for one in shop.special_prices.values() if one.schedule.validity.end is None]
    if endless and not shop.merchants[merchant_id].has_specials:
        yield merchant_id, {"special prices": len(endless)}


def _amended(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    for order_id, amendments in shop.amendments.items():
        order = shop.orders[order_id]
        begun = [one.before for one in amendments[1:]]
        ended = [one.after for one in amendments]
        comes_to = order.settled_total or order.total
        if ended != [*begun, comes_to] or max(one.version for one in amendments) > order.version:
            yield order_id, {"total": comes_to.minor, "said": ended[-1].minor}


def _settled(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    """What lines come to by their weight is worked out whenever it is asked: only what they weigh can be a lie."""
    for order in shop.orders.values():
        said: dict[int, Quantity] = {}
        for one in shop.amendments.get(order.id, ()):
            said |= dict(one.weights)
        weighed = {
            at: line.weight.actual
            for at, line in enumerate(order.lines)
            if line.weight is not None and line.weight.actual is not None
        }
        if weighed != said:
            yield order.id, {"lines": len(weighed), "said": len(said)}


def _promoting(merchant_id: MerchantId, shop: Shop) -> Iterator[Lie]:
    endless = [one for one in shop.promotions.values() if one.schedule.validity.end is None]
    if any(not one.suspended for one in endless) and not shop.merchants[merchant_id].promotes:
        yield merchant_id, {"promotions": len(endless)}


def _answers(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    for (actor, operation, key), claim in shop.answers.items():
        answer = claim.answer
        if answer is None or (not answer.result and answer.refusal is None):
            yield key, {"actor": actor, "operation": operation}
        elif operation in _ORDER_OPERATIONS and answer.refusal is None and answer.result not in shop.orders:
            yield key, {"actor": actor, "operation": operation, "result": answer.result}


def _hanging(_: MerchantId, shop: Shop) -> Iterator[Lie]:
    """Where two companies are above each other, the way up has no end."""
    for id in shop.customers:
        above = [*shop.above(id)]
        if len(above) > MOST_ABOVE or id in above:
            yield id, {"above": above}


def _open(shop: Shop) -> Iterator[Reservation]:
    for reservations in shop.reservations.values():
        for one in reservations:
            if one.state in OPEN_STATES:
                yield one


_CHECKS: Mapping[str, tuple[str, Callable[[MerchantId, Shop], Iterator[Lie]]]] = {
    "I1": ("What is available is what is on hand less what is reserved, and never below zero.", _available),
    "I2": ("What is reserved for each line of an order is what the order's status says.", _promised),
    "I3": ("The movements of a stock item add up to what is on hand.", _moved),
    "I6": ("An order's total is the sum of its lines, each its price times its quantity.", _totals),
    "I11": ("The outbox has one fact for every version of an order, without gaps.", _told),
    "I20": ("Coupons are claimed and used as often as is counted, and no more often than may be.", _coupons),
    "I14": ("Nothing belongs to another merchant than what it refers to.", _parents),
    "I12": ("Of the budget of a promotion as much is used as the orders cost that stand.", _budgets),
    "I18": (
        "What special prices made of an order, and what was taken off it, is what it kept comes to, once more.",
        _recomputed,
    ),
    "I21": (
        "An order comes to what its last amendment says, and each amendment begins where the last one ended.",
        _amended,
    ),
    "I24": (
        "An order of which something was weighed comes to what staff said that its lines weigh, to the fen.",
        _settled,
    ),
    "I22": ("At a special price as much is bought as the orders say that stand.", _specials),
    "I23": (
        "A merchant with a special price that holds until it is ended is known to have one.",
        _having_specials,
    ),
    "I19": ("A merchant with a promotion that holds until it is ended is known to have one.", _promoting),
    "I15": ("Every answer that was remembered points at something that exists.", _answers),
    "I17": ("A merchant who keeps goods from some is known to.", _restricting),
    "I16": ("No company is below itself, or has more companies above it than may be.", _hanging),
}
