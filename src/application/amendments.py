"""Amending orders: what staff change of what an order comes to, after it was placed."""

from __future__ import annotations

from decimal import Decimal

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.idempotency import once
from application.ordering import as_answered, or_raise
from application.ports.clock import Clock
from application.ports.storage import Storage, UnitOfWork
from domain.identity import IdempotencyKey, OrderId, writable
from domain.money import Currency, Money, Rounding
from domain.ordering import LONGEST_REASON, Amendment, InvalidAdjustment, Order
from domain.privacy import HIDDEN
from domain.promotions import Adjustment
from domain.quantity import scaled
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

        :raises InvalidAdjustment: if nothing can be taken off so, or there is no reason.
        :raises OrderNotFound: if there is no such order.
        :raises NotAdjustable: if something was paid, or it is shipped or done.
        :raises AdjustmentTooLarge: if it costs less than that.
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
        given = attrs.evolve(kept, adjustment=adjustment)
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


def _facts(order: Order) -> Facts:
    return {"adjusted": order.adjusted.amount, "total": order.total.amount}
