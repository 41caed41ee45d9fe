"""The special prices of one merchant, as the verbs change them, with guarded changes of what was bought at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import BigInteger, bindparam, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from adapters.persistence.merchants import merchants
from adapters.persistence.sessions import Session, expect
from adapters.persistence.special_prices._reading import offers_asked, offers_of
from adapters.persistence.special_prices._tables import (
    kept_row,
    order_specials,
    special_customers,
    special_of,
    special_prices,
    special_row,
)
from adapters.persistence.statements import Statement
from adapters.persistence.tables import Instant, Whole
from application.authorization import Actor
from application.ports.special_prices import Offers, SpecialPrices
from application.ports.storage import Later
from domain.identity import CustomerId, SkuId, SpecialPriceId
from domain.ordering import Order
from domain.special_prices import OrderSpecial, SpecialPrice

_OF_MERCHANT = special_prices.c.merchant_id == bindparam("merchant_id")
_LOCK = Statement(
    select(special_prices.c.rule)
    .where(_OF_MERCHANT, special_prices.c.id == bindparam("special_id"))
    .with_for_update()
)
_LASTING = or_(special_prices.c.ends.is_(None), special_prices.c.ends > bindparam("at", type_=Instant()))
_UNENDED = Statement(
    select(func.count())
    .select_from(special_prices)
    .where(_OF_MERCHANT, special_prices.c.sku_id == bindparam("sku_id"), _LASTING)
)
_SAVE = Statement(
    update(special_prices)
    .where(
        special_prices.c.merchant_id == bindparam("of_merchant"),
        special_prices.c.id == bindparam("special_id"),
        special_prices.c.version == bindparam("new_version") - 1,
    )
    .values(
        rule=bindparam("new_rule"),
        begins=bindparam("new_begins", type_=Instant()),
        ends=bindparam("new_ends", type_=Instant()),
        most=bindparam("new_most", type_=BigInteger()),
        version=bindparam("new_version", type_=BigInteger()),
    )
)
_SETTLE = Statement(
    update(merchants)
    .where(merchants.c.id == bindparam("of_merchant"))
    .values(
        has_specials=exists().where(special_prices.c.merchant_id == bindparam("of_merchant"), _LASTING),
    )
)
"""Write down whether the merchant has special prices that hold, or will."""

_QUANTITY = bindparam("quantity", type_=BigInteger())
_ONE = (
    special_prices.c.merchant_id == bindparam("of_merchant"),
    special_prices.c.id == bindparam("special_id"),
)
_TAKE = Statement(
    update(special_prices)
    .where(
        *_ONE,
        or_(special_prices.c.most.is_(None), special_prices.c.taken + _QUANTITY <= special_prices.c.most),
    )
    .values(taken=special_prices.c.taken + _QUANTITY)
)
_RETURN = Statement(update(special_prices).where(*_ONE).values(taken=special_prices.c.taken - _QUANTITY))


def _by_customer() -> Statement:
    """Count what one customer bought, as long as it may; the whole of `most` is never in one order that is refused."""

    def counted(insert: Any) -> Any:
        given = {
            "merchant_id": bindparam("of_merchant"),
            "special_id": bindparam("special_id"),
            "customer_id": bindparam("of_customer"),
            "taken": _QUANTITY,
        }
        most = bindparam("most", type_=Whole())
        table = special_customers
        return (
            insert(table)
            .values(**given)
            .on_conflict_do_update(
                index_elements=["merchant_id", "special_id", "customer_id"],
                set_={"taken": table.c.taken + _QUANTITY},
                where=table.c.taken + _QUANTITY <= most,
            )
        )

    return Statement(counted(sqlite_insert), postgresql=counted(postgres_insert))


_TAKE_BY_CUSTOMER = _by_customer()
_RETURN_BY_CUSTOMER = Statement(
    update(special_customers)
    .where(
        special_customers.c.merchant_id == bindparam("of_merchant"),
        special_customers.c.special_id == bindparam("special_id"),
        special_customers.c.customer_id == bindparam("of_customer"),
    )
    .values(taken=special_customers.c.taken - _QUANTITY)
)
_TAKEN = Statement(
    select(order_specials.c.special_id, func.sum(order_specials.c.quantity))
    .where(
        order_specials.c.merchant_id == bindparam("merchant_id"),
        order_specials.c.order_id == bindparam("order_id"),
        order_specials.c.limited.is_(True),
    )
    .group_by(order_specials.c.special_id)
    .order_by(order_specials.c.special_id)
)
_UNBOUND = 2**62


@attrs.frozen
class SqlSpecialPrices(SpecialPrices):
    """The special prices of one merchant."""

    session: Session
    actor: Actor

    def offered(self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime) -> Offers:
        return self.offered_later(customer_id, sku_ids=sku_ids, at=at)()

    def offered_later(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime
    ) -> Later[Offers]:
        ask = offers_asked(self.actor, sku_ids, customer_id=customer_id, at=at)
        rows = self.session.ask(ask.statement, ask.parameters)
        return lambda: offers_of(rows(), self.actor, customer_id=customer_id, at=at)

    def lock(self, special_price_id: SpecialPriceId) -> SpecialPrice | None:
        asked = {"merchant_id": self.actor.merchant_id, "special_id": special_price_id}
        return next((special_of(rule) for (rule,) in self.session.all(_LOCK, asked)), None)

    def unended(self, sku_id: SkuId, *, at: datetime) -> int:
        asked = {"merchant_id": self.actor.merchant_id, "sku_id": sku_id, "at": at}
        [(many,)] = self.session.all(_UNENDED, asked)
        return int(many)

    def add(self, special: SpecialPrice, *, at: datetime) -> None:
        self.session.insert(special_prices, [special_row(self.actor.merchant_id, special)])
        self._settle(at)

    def save(self, special: SpecialPrice, *, at: datetime) -> None:
        row = special_row(self.actor.merchant_id, special)
        names = ("rule", "begins", "ends", "most")
        asked = {
            "of_merchant": self.actor.merchant_id,
            "special_id": special.id,
            "new_version": special.version,
            **{f"new_{name}": value for name, value in zip(names, row[3:7], strict=True)},
        }
        self.session.must_change(_SAVE, asked, rows=1, about=special.id)
        self._settle(at)

    def use(self, order: Order, kept: Sequence[OrderSpecial]) -> None:
        merchant_id = self.actor.merchant_id
        self.session.insert(order_specials, [kept_row(merchant_id, order, one) for one in kept])
        limited = {one.special.id: one.special for one in kept if one.special.limited}
        bought = Counter[SpecialPriceId]()
        for one in kept:
            if one.special.limited:
                bought[one.special.id] += one.quantity.thousandths
        changes = [self._of(order, id, bought[id]) for id in sorted(bought)]
        expect(self.session.change_each(_TAKE, map(_without_customer, changes)), len(changes), order.id)
        mosts = [limited[id].per_customer for id in sorted(bought)]
        each = [
            {**change, "most": _UNBOUND if most is None else most.thousandths}
            for change, most in zip(changes, mosts, strict=True)
        ]
        expect(self.session.change_each(_TAKE_BY_CUSTOMER, each), len(each), order.id)

    def give_back(self, order: Order) -> None:
        rows = self.session.all(_TAKEN, {"merchant_id": self.actor.merchant_id, "order_id": order.id})
        changes = [self._of(order, SpecialPriceId(id), int(quantity)) for id, quantity in rows]
        expect(self.session.change_each(_RETURN, map(_without_customer, changes)), len(changes), order.id)
        expect(self.session.change_each(_RETURN_BY_CUSTOMER, changes), len(changes), order.id)

    def _of(self, order: Order, id: SpecialPriceId, quantity: int) -> dict[str, Any]:
        return {
            "of_merchant": self.actor.merchant_id,
            "of_customer": order.customer_id,
            "special_id": id,
            "quantity": quantity,
        }

    def _settle(self, at: datetime) -> None:
        self.session.change(_SETTLE, {"of_merchant": self.actor.merchant_id, "at": at})


def _without_customer(change: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in change.items() if name != "of_customer"}
