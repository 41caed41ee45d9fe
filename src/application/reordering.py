"""Reordering (再来一单): put what an order had into the cart, as far as it can be had, and say what is new."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs

from application.authorization import Actor
from application.cart import approved_company, locked, put
from application.idempotency import once
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from application.quoting import Desk
from domain.cart import ToAdd, to_be_had
from domain.identity import CartLineId, CustomerId, IdempotencyKey, OrderId
from domain.money import UnitPrice
from domain.ordering import Order, OrderLine
from domain.quantity import NONE, Quantity
from domain.quoting import Basket, BasketLine, QuoteLine


@attrs.frozen(kw_only=True)
class ReorderedLine:
    """What became of one line of an order: how it is quoted now, and how many of its unit came into the cart."""

    line: int
    ordered: OrderLine
    quoted: QuoteLine
    put: Quantity

    @property
    def price_before(self) -> UnitPrice:
        """What one of the unit cost."""
        return self.ordered.unit_price

    @property
    def price_now(self) -> UnitPrice | None:
        """What one of the unit costs now; None where there is no price."""
        return self.quoted.price.unit_price if self.quoted.price else None

    @property
    def repriced(self) -> bool:
        """Whether the price is another, where there is one."""
        return self.price_now not in (None, self.price_before)


@attrs.frozen(kw_only=True)
class Reordered:
    """What became of an order, and into whose cart it went."""

    customer_id: CustomerId
    lines: tuple[ReorderedLine, ...]


@attrs.frozen(kw_only=True)
class Reorder:
    """Put what an order had into the cart of the company it was for, once per key."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, key: IdempotencyKey, order_id: OrderId) -> Reordered:
        """Answer with what became of each line; with the same key nothing is put in again, the rest is as it is now.

        :raises ApprovalPending: if the company is not approved.
        :raises OrderNotFound: if there is no such order for the actor.
        :raises Refused: if the cart would have too many lines.
        :raises IdempotencyKeyReused: if the key came before with another order.
        :raises Forbidden: if the actor may not order.
        """
        approved_company(actor, None)
        with self.unit_of_work(actor) as storage:

            def act() -> str:
                order = storage.orders.get(order_id)
                cart = locked(storage, order.customer_id)
                quoted = self._quoted(storage, actor, order)
                added = [
                    ToAdd(
                        sku_id=one.sku_id,
                        unit=one.unit_code,
                        quantity=many,
                        written=one.sku_code,
                        line=at,
                    )
                    for at, one in _bought(order)
                    if (many := to_be_had(quoted[at]))
                ]
                put(storage, actor, self.clock, cart, added, new_id=lambda: self.ids.new(CartLineId))
                return " ".join(f"{one.line}:{one.quantity.thousandths}" for one in added)

            answer = once(storage, operation="reorder", key=key, command=order_id, act=act)
            found = None if answer.refusal else self._told(storage, actor, order_id, _read(answer.result))
        if found is None:
            assert answer.refusal is not None, "an answer is a result or a refusal"
            raise answer.refusal
        return found

    def _told(
        self, storage: Storage, actor: Actor, order_id: OrderId, added: Mapping[int, Quantity]
    ) -> Reordered:
        order = storage.orders.get(order_id)
        quoted = self._quoted(storage, actor, order)
        lines = tuple(
            ReorderedLine(line=at, ordered=one, quoted=quoted[at], put=added.get(at, NONE))
            for at, one in _bought(order)
        )
        return Reordered(customer_id=order.customer_id, lines=lines)

    def _quoted(self, storage: Storage, actor: Actor, order: Order) -> Mapping[int, QuoteLine]:
        """How its lines are quoted now, by where they stand in it."""
        asked = tuple(
            BasketLine(
                sku_id=one.sku_id,
                reference=one.sku_code,
                quantity=Decimal(str(one.quantity)),
                unit=one.unit_code,
            )
            for _, one in _bought(order)
        )
        quote = Desk(storage, actor, self.clock, Basket(asked), order.customer_id).quote()
        found: dict[int, QuoteLine] = {}
        for one in quote.lines:
            found.setdefault(one.line, one)
        return {
            at: found.get(place) or QuoteLine(line=place, requested=asked[place].quantity)
            for place, (at, _) in enumerate(_bought(order))
        }


def _bought(order: Order) -> list[tuple[int, OrderLine]]:
    """Its lines but for gifts, each with where it stands."""
    return [(at, one) for at, one in enumerate(order.lines) if one.gift_value is None]


def _read(result: str) -> Mapping[int, Quantity]:
    pairs = (part.partition(":") for part in result.split())
    return {int(line): Quantity(int(many)) for line, _, many in pairs}
