"""Amending orders: what staff change of what an order comes to, after it was placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.idempotency import once
from application.ordering import as_answered, or_raise
from application.ports.clock import Clock
from application.ports.storage import Storage, UnitOfWork
from domain.errors import DomainError, Refused
from domain.identity import IdempotencyKey, OrderId, writable
from domain.inventory import OPEN_STATES, InsufficientStock, rereserve
from domain.merchant import MarginGuard
from domain.money import Currency, Money, Rounding
from domain.ordering import (
    LONGEST_REASON,
    Amendment,
    InvalidAdjustment,
    InvalidWeighing,
    MoreThanInStock,
    Order,
)
from domain.privacy import HIDDEN
from domain.promotions import Adjustment, PromotionInput, fold
from domain.quantity import NONE, Quantity, scaled
from domain.quoting import LARGEST_LINE, MOST_LINES
from domain.trail import Facts, TrailNote


@attrs.frozen(kw_only=True)
class AskedAdjustment:
    """What somebody wants to take off an order as a whole, as it was given: an amount, or a rounding."""

    amount: Decimal | None = None
    """Zero takes back what was taken off before."""
    rounding: Rounding | None = None


@attrs.frozen(kw_only=True)
class AdjustOrder:
    """Take something off an order as a whole, in place of what staff took off before, once per key."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, key: IdempotencyKey, order_id: OrderId, asked: AskedAdjustment, reason: str
    ) -> Order:
        """The lines get their shares of it by what they cost after promotions; the merchant's rounding comes after it.

        The order is guarded as it was when it was placed, by what its customer may have below a floor then or now.

        :raises InvalidAdjustment: if nothing can be taken off so, or there is no reason.
        :raises OrderNotFound: if there is no such order.
        :raises NotAmendable: if something was paid, or it is shipped or done.
        :raises AdjustmentTooLarge: if it costs less than that.
        :raises Refused: with every line that would be below its floor by it.
        :raises IdempotencyKeyReused: if the key came before with something else.
        :raises Forbidden: if the actor may not adjust orders.
        """
        policy.may(actor, Permission.ADJUST_ORDERS)
        adjusted: list[Order] = []
        with self.unit_of_work(actor) as storage:

            def act() -> str:
                adjustment = _adjustment(asked, reason, actor.merchant.currency)
                adjusted.append(self._adjust(storage, actor, order_id, adjustment, reason))
                return order_id

            command = (order_id, asked, reason)
            answer = once(
                storage, operation="adjustOrder", key=key, command=command, act=act, foreseen=order_id
            )
            order = as_answered(storage, answer, adjusted)
        return or_raise(order, answer)

    def _adjust(
        self, storage: Storage, actor: Actor, order_id: OrderId, adjustment: Adjustment | None, reason: str
    ) -> Order:
        found, now = storage.orders.get(order_id), self.clock.now()
        kept = storage.amendments.input(order_id) or found.as_promoted(time_zone=actor.merchant.time_zone)
        given = _approved(storage, found, attrs.evolve(kept, adjustment=adjustment), at=now)
        order = found.adjust(given, at=now)
        amendment = Amendment(
            order_id=order_id,
            version=found.version + 1,
            by=actor.name,
            at=now,
            before=found.total,
            after=order.total,
            reason=reason,
        )
        stored = storage.amendments.adjust(order, given, amendment)
        storage.trail.note(
            TrailNote(
                at=now,
                operation="adjustOrder",
                about=order_id,
                before=_facts(found),
                after={**_facts(order), "reason": HIDDEN},
            )
        )
        return stored


@attrs.frozen
class AskedWeight:
    """What somebody says that a line of an order weighs, as it was given."""

    line: int
    """Where it stands in the order, from zero."""
    actual: Decimal
    """In the base unit."""


@attrs.frozen(kw_only=True)
class RecordWeights:
    """Say what lines of an order weigh, in the place of what was said of them before, once per key."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        key: IdempotencyKey,
        order_id: OrderId,
        weights: Sequence[AskedWeight],
        accept_outside: bool = False,
        reason: str = "",
    ) -> Order:
        """What is reserved for the lines becomes what they weigh; what was promised stays as it is.

        :raises Refused: with everything that is wrong with the weights; with a reason those beyond the tolerance may be
            accepted.
        :raises OrderNotFound: if there is no such order.
        :raises NotAmendable: if it is not confirmed.
        :raises IdempotencyKeyReused: if the key came before with something else.
        :raises Forbidden: if the actor may not confirm orders.
        """
        policy.may(actor, Permission.CONFIRM_ORDERS)
        weighed: list[Order] = []
        with self.unit_of_work(actor) as storage:

            def act() -> str:
                understood = _weights(weights, reason, accepted=accept_outside)
                weighed.append(
                    self._weigh(storage, actor, order_id, understood, reason, accepted=accept_outside)
                )
                return order_id

            answer = once(
                storage,
                operation="recordWeights",
                key=key,
                command=(order_id, tuple(weights), accept_outside, reason),
                act=act,
                foreseen=order_id,
            )
            order = as_answered(storage, answer, weighed)
        return or_raise(order, answer)

    def _weigh(
        self,
        storage: Storage,
        actor: Actor,
        order_id: OrderId,
        weights: Mapping[int, Quantity],
        reason: str,
        *,
        accepted: bool,
    ) -> Order:
        found, now = storage.orders.get(order_id), self.clock.now()
        order = found.weigh(weights, accepted=accepted, at=now)
        sheet = storage.stock.lock({found.lines[line].sku_id for line in weights})
        reserved = [one for one in storage.stock.reservations(order_id) if one.state in OPEN_STATES]
        try:
            changed = rereserve(reserved, weights, sheet=sheet)
        except InsufficientStock as short:
            at = [*weights].index(short.line)
            raise Refused((MoreThanInStock(short.available or NONE, at),)) from None
        storage.stock.rereserve(changed)
        before, after = found.settled_total or found.total, order.settled_total
        assert after is not None, "something was weighed"
        amendment = Amendment(
            order_id=order_id,
            version=found.version + 1,
            by=actor.name,
            at=now,
            before=before,
            after=after,
            reason=reason,
            weights=tuple(sorted(weights.items())),
        )
        stored = storage.amendments.weigh(order, amendment)
        why = {"reason": HIDDEN} if reason else {}
        storage.trail.note(
            TrailNote(
                at=now,
                operation="recordWeights",
                about=order_id,
                before={**_weighed(found, weights), "settledTotal": before.amount},
                after={**_weighed(order, weights), "settledTotal": after.amount, **why},
            )
        )
        return stored


def _weights(asked: Sequence[AskedWeight], reason: str, *, accepted: bool) -> Mapping[int, Quantity]:
    """Read what lines weigh.

    :raises Refused: with everything that is wrong.
    """
    if not 0 < len(asked) <= MOST_LINES:
        raise Refused((InvalidWeighing("COUNT"),))
    refusals: list[DomainError] = []
    if (accepted and not reason.strip()) or not writable(reason, longest=LONGEST_REASON):
        refusals.append(InvalidWeighing("REASON"))
    found: dict[int, Quantity] = {}
    for number, one in enumerate(asked):
        try:
            actual = Quantity.of(one.actual)
        except ValueError:
            actual = NONE
        if not 0 < actual.thousandths <= LARGEST_LINE:
            refusals.append(InvalidWeighing("WEIGHT", number))
        elif one.line in found:
            refusals.append(InvalidWeighing("TWICE", number))
        found[one.line] = actual
    if refusals:
        raise Refused(tuple(refusals))
    return found


def _weighed(order: Order, weights: Mapping[int, Quantity]) -> Facts:
    """What the lines weigh; what was ordered where that is not known yet."""
    return {f"line {line}": str(order.lines[line].weighs) for line in sorted(weights)}


def _adjustment(asked: AskedAdjustment, reason: str, currency: Currency) -> Adjustment | None:
    """Read what is to be taken off; None where that is nothing.

    :raises InvalidAdjustment: if it cannot be.
    """
    if not reason.strip() or not writable(reason, longest=LONGEST_REASON):
        raise InvalidAdjustment("REASON")
    rounding = asked.rounding or Rounding.NONE
    if (asked.amount is None) is (rounding is Rounding.NONE):
        raise InvalidAdjustment("WHAT")
    if asked.amount is None:
        return Adjustment(rounding=rounding)
    try:
        amount = Money(scaled(asked.amount, decimals=currency.exponent), currency)
        return Adjustment(amount=amount) if amount.minor else None
    except ValueError:
        raise InvalidAdjustment("AMOUNT") from None


def _approved(storage: Storage, order: Order, given: PromotionInput, *, at: datetime) -> PromotionInput:
    """The same with what the customer may have below a floor now, of the lines that are refused without it."""
    if given.guard is None or given.guard.policy is not MarginGuard.APPROVAL:
        return given
    below = {given.lines[one.at].sku_id for one in fold(given).guarded if one.refused}
    now = storage.floors.approved(order.customer_id, below, at=at) if below else {}
    return attrs.evolve(given, guard=attrs.evolve(given.guard, approved={**given.guard.approved, **now}))


def _facts(order: Order) -> Facts:
    return {"adjusted": order.adjusted.amount, "total": order.total.amount}
