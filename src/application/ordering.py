"""Ordering: quote a basket, place it, confirm and cancel orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import attrs

from application import authorization as policy
from application.authorization import Actor, ActorKind, Permission
from application.idempotency import once
from application.ports.clock import Clock, Ids
from application.ports.storage import Answer, CustomerNotFound, Later, Storage, UnitOfWork
from application.quoting import Desk, GiftChoice
from domain.cart import Cart
from domain.customers import Address, AddressNotFound
from domain.delivery import DeliveryCalendar, DeliveryDateTooEarly
from domain.errors import DomainError, Refused
from domain.identity import (
    AddressId,
    BuyerId,
    CustomerId,
    IdempotencyKey,
    OrderId,
    writable,
)
from domain.inventory import reserve
from domain.merchant import PaymentMethod
from domain.money import Money
from domain.order_specials import kept_specials
from domain.ordering import (
    LONGEST_NOTE,
    LONGEST_NUMBER,
    DeliveryDateInPast,
    InvalidTerms,
    Order,
    PaymentMethodNotEnabled,
    Side,
    Terms,
)
from domain.ownership import Owners
from domain.pricing import PriceSource
from domain.quoting import (
    Basket,
    TotalChanged,
)
from domain.trail import TrailNote
from domain.verification import ApprovalPending


@attrs.frozen(kw_only=True)
class Wishes:
    """What a buyer asks for beside the goods, as it was given."""

    payment_method: PaymentMethod
    address_id: AddressId | None = None
    unknown_address: bool = False
    """An address was named that cannot be one."""
    requested_delivery_date: date | None = None
    purchase_order_number: str | None = None
    note: str | None = None
    expected_total: Money | None = None
    gifts: tuple[GiftChoice, ...] = ()
    """Which gifts were chosen, of the promotions that let the buyer choose."""
    coupons: tuple[str, ...] = ()
    """The coupons that are to be used, by their codes as they were given."""


@attrs.frozen(kw_only=True)
class PlaceOrder:
    """Promise a basket at the customer's own prices, once per key."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        key: IdempotencyKey,
        basket: Basket | None,
        wishes: Wishes,
        customer_id: CustomerId | None = None,
    ) -> Order:
        """For the own company, or for one below it, whose order it then is, at its prices and to its addresses.

        Without a basket it is what is selected in the company's cart, which is taken out of the cart with it.

        :raises ApprovalPending: if the company is not approved; the key is still good once it is.
        :raises Refused: with everything that keeps the basket from being ordered.
        :raises IdempotencyKeyReused: if the key came before with another basket, other wishes or for another company.
        :raises Forbidden: if the actor may not order.
        """
        policy.may(actor, Permission.PLACE_ORDERS)
        if not actor.approved:
            raise ApprovalPending
        placed: list[Later[Order]] = []
        order_id = self.ids.new(OrderId)
        customer_id = customer_id or actor.customer_id
        assert customer_id is not None, "only buyers may place orders"
        with self.unit_of_work(actor) as storage:
            # Asked before the key is claimed, so that both travel together.
            desk = None if basket is None else self._desk(storage, actor, basket, customer_id, wishes)
            owners = storage.ownerships.owners_later(customer_id, at=self.clock.now())

            def act() -> str:
                placed.append(self._place(storage, actor, customer_id, desk, owners, order_id, wishes))
                return order_id

            own = customer_id == actor.customer_id
            command = (basket, wishes) if own else (basket, wishes, customer_id)
            answer = once(
                storage, operation="placeOrder", key=key, command=command, act=act, foreseen=order_id
            )
            earlier = None if placed else as_answered(storage, answer, ())
        return placed[0]() if placed else or_raise(earlier, answer)

    def _desk(
        self, storage: Storage, actor: Actor, basket: Basket, customer_id: CustomerId, wishes: Wishes
    ) -> Desk:
        gifts, coupons = wishes.gifts, wishes.coupons
        return Desk(storage, actor, self.clock, basket, customer_id, gifts=gifts, coupons=coupons, lock=True)

    def _place(
        self,
        storage: Storage,
        actor: Actor,
        customer_id: CustomerId,
        desk: Desk | None,
        owners_later: Later[Owners],
        order_id: OrderId,
        wishes: Wishes,
    ) -> Later[Order]:
        buyer_id = actor.person_id
        assert isinstance(buyer_id, BuyerId), "only buyers may place orders"
        try:
            owners = owners_later()
        except CustomerNotFound as refusal:
            # Alone: what else is wrong would tell of another's prices and addresses.
            raise Refused((refusal,)) from None
        cart: Cart | None = None
        if desk is None:
            cart = storage.carts.lock(customer_id)
            basket = Basket(tuple(line.asked for line in cart.selected))
            desk = self._desk(storage, actor, basket, customer_id, wishes)
        terms, refusals = _terms(storage, actor, customer_id, wishes, self.clock)
        quote = desk.quote()
        refusals += quote.refusals
        if not refusals and wishes.expected_total is not None and wishes.expected_total != quote.total:
            # The answer is kept under its key: what guards the order is no part of it.
            told = attrs.evolve(quote.promotions, guarded=())
            shown = attrs.evolve(quote, promoted_from=None, coupons_used=(), promotions=told)
            refusals += (TotalChanged(shown),)
        if refusals:
            raise Refused(refusals)
        order = Order.place(
            id=order_id,
            customer_id=customer_id,
            buyer_id=buyer_id,
            placed_by_id=None if customer_id == actor.customer_id else actor.customer_id,
            owners=owners,
            quote=quote,
            terms=terms,
            at=self.clock.now(),
        )
        reservations = reserve(quote.demands, order_id=order.id, sheet=desk.sheet)
        storage.stock.reserve(reservations)
        if quote.promoted_from is not None:
            storage.promotions.use(order, quote.promoted_from)
        specials = kept_specials(quote)
        if specials:
            storage.special_prices.use(order, specials)
        if quote.coupons_used:
            storage.coupons.use(quote.coupons_used, order_id=order.id, at=self.clock.now())
        if cart is not None:
            storage.carts.save(cart, cart.without([line.id for line in cart.selected]))
        return storage.orders.add_later(order)


@attrs.frozen(kw_only=True)
class ConfirmOrder:
    """The merchant takes an order, once per key; what was held for it is committed."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, key: IdempotencyKey, order_id: OrderId) -> Order:
        """:raises OrderNotFound: if there is no such order.
        :raises IllegalMove: if it is not waiting for that.
        :raises Forbidden: if the actor may not confirm orders.
        """
        policy.may(actor, Permission.CONFIRM_ORDERS)
        moved: list[Order] = []
        with self.unit_of_work(actor) as storage:

            def act() -> str:
                found, now = storage.orders.get(order_id), self.clock.now()
                order = found.confirm(at=now)
                storage.stock.commit(order_id)
                moved.append(storage.orders.save(order))
                storage.trail.note(_moved("confirmOrder", found, order, at=now))
                return order_id

            answer = once(
                storage, operation="confirmOrder", key=key, command=order_id, act=act, foreseen=order_id
            )
            order = as_answered(storage, answer, moved)
        return or_raise(order, answer)


@attrs.frozen(kw_only=True)
class CancelOrder:
    """Call an order off, once per key, and give its stock back."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, key: IdempotencyKey, order_id: OrderId) -> Order:
        """:raises OrderNotFound: if there is no such order for the actor.
        :raises IllegalMove: if it is too late.
        :raises Forbidden: if the actor may not cancel orders.
        """
        policy.may(actor, Permission.CANCEL_ORDERS)
        side = Side.BUYER if actor.kind is ActorKind.BUYER else Side.SELLER
        moved: list[Order] = []
        with self.unit_of_work(actor) as storage:

            def act() -> str:
                found, now = storage.orders.get(order_id), self.clock.now()
                order = found.cancel(at=now, by=side)
                storage.stock.release(order_id)
                storage.promotions.give_back(found)
                if any(line.price_source is PriceSource.SPECIAL for line in found.lines):
                    storage.special_prices.give_back(found)
                if any(one.claim is not None for one in found.promotions):
                    storage.coupons.give_back(order_id)
                moved.append(storage.orders.save(order))
                if side is Side.SELLER:
                    storage.trail.note(_moved("cancelOrder", found, order, at=now))
                return order_id

            answer = once(
                storage, operation="cancelOrder", key=key, command=order_id, act=act, foreseen=order_id
            )
            order = as_answered(storage, answer, moved)
        return or_raise(order, answer)


def _terms(
    storage: Storage, actor: Actor, customer_id: CustomerId, wishes: Wishes, clock: Clock
) -> tuple[Terms, tuple[DomainError, ...]]:
    """Check what is asked for beside the goods; every fault is named."""
    refusals: list[DomainError] = []
    enabled = actor.merchant.payment_methods
    if wishes.payment_method not in enabled:
        in_order = tuple(sorted(enabled, key=lambda method: method.value))
        refusals.append(PaymentMethodNotEnabled(wishes.payment_method, in_order))
    refusals += _too_soon(wishes.requested_delivery_date, actor.merchant.deliveries, at=clock.now())
    if not writable(wishes.purchase_order_number or "", longest=LONGEST_NUMBER):
        refusals.append(InvalidTerms("purchaseOrderNumber"))
    if not writable(wishes.note or "", longest=LONGEST_NOTE):
        refusals.append(InvalidTerms("note"))
    address = _address(storage, customer_id, wishes)
    if address is None and (wishes.unknown_address or wishes.address_id):
        refusals.append(AddressNotFound())
    if refusals:
        return Terms(payment_method=wishes.payment_method), tuple(refusals)
    terms = Terms(
        payment_method=wishes.payment_method,
        requested_delivery_date=wishes.requested_delivery_date,
        purchase_order_number=wishes.purchase_order_number,
        note=wishes.note,
        address=address,
    )
    return terms, ()


def _too_soon(wanted: date | None, deliveries: DeliveryCalendar, *, at: datetime) -> tuple[DomainError, ...]:
    """Say why goods cannot arrive on the day that is asked for, if so."""
    if wanted is None:
        return ()
    today, earliest = deliveries.today(at=at), deliveries.earliest(at=at)
    if wanted < today:
        return (DeliveryDateInPast(today),)
    return (DeliveryDateTooEarly(earliest),) if wanted < earliest else ()


def _address(storage: Storage, customer_id: CustomerId, wishes: Wishes) -> Address | None:
    if wishes.address_id is None:
        return None
    addresses = storage.customers.get(customer_id).addresses
    return next((one.address for one in addresses if one.id == wishes.address_id), None)


def _moved(operation: str, found: Order, order: Order, *, at: datetime) -> TrailNote:
    """What there is to note of an order that went from one status to another."""
    return TrailNote(
        at=at,
        operation=operation,
        about=order.id,
        before={"status": found.status.value},
        after={"status": order.status.value},
    )


def as_answered(storage: Storage, answer: Answer, fresh: Sequence[Order]) -> Order | None:
    """The order an answer is about, as it is now: the one just stored, or the one an earlier call left."""
    if answer.refusal is not None:
        return None
    return fresh[0] if fresh else storage.orders.get(OrderId(answer.result))


def or_raise(order: Order | None, answer: Answer) -> Order:
    """The order, or what refused it."""
    if order is None:
        assert answer.refusal is not None, "an answer is a result or a refusal"
        raise answer.refusal
    return order
