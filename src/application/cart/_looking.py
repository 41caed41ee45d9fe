"""Looking at a cart, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock
from application.ports.storage import CustomerNotFound, Later, Storage, UnitOfWork
from application.quoting import Desk
from domain.cart import (
    Cart,
    CartChange,
    CartLine,
)
from domain.errors import Refused
from domain.identity import CartLineId, CustomerId
from domain.money import Money
from domain.quoting import (
    Basket,
    Quote,
    QuoteLine,
)
from domain.verification import ApprovalPending

QuotedLines = Mapping[CartLineId, QuoteLine]


@attrs.frozen(kw_only=True)
class LineLook:
    """A line of a cart as it is now: how it is quoted, and what has changed of it."""

    line: CartLine
    quoted: QuoteLine | None = None
    """None where no quote was asked for."""
    changes: tuple[CartChange, ...] = ()


@attrs.frozen(kw_only=True)
class CartLook:
    """A cart as it is now; the quote is of the lines that are selected."""

    customer_id: CustomerId
    lines: tuple[LineLook, ...]
    quote: Quote


@attrs.frozen(kw_only=True)
class LookAtCart:
    """Show a cart, with what the selected lines cost now."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, customer_id: CustomerId | None = None, quoted: bool = True
    ) -> CartLook | None:
        """That of the own company, or of one below it; None where there is no such company.

        Where the company is not approved nothing but that is told. Without `quoted` nothing is looked up but the lines.

        :raises Forbidden: if the actor may not order.
        """
        company = _company(actor, customer_id)
        nothing = Money(0, actor.merchant.currency)
        if not actor.approved:
            quote = Quote(lines=(), total=nothing, problems=(ApprovalPending(),))
            return CartLook(customer_id=company, lines=(), quote=quote)
        with self.unit_of_work.reading(actor) as storage:
            try:
                cart = storage.carts.get(company)
            except CustomerNotFound:
                return None
            if not quoted:
                lines = tuple(LineLook(line=line) for line in cart.lines)
                return CartLook(customer_id=company, lines=lines, quote=Quote(lines=(), total=nothing))
            # Each asked for before either is waited for.
            selected = asked_later(storage, actor, self.clock, cart.selected, company)
            others = asked_later(
                storage, actor, self.clock, [line for line in cart.lines if not line.selected], company
            )
            quote, found = selected()
            # Nothing is taken off what is not ordered.
            beside = {
                id: attrs.evolve(one, discount=None, discount_capped=False) for id, one in others()[1].items()
            }
            found = {**found, **beside}
        return CartLook(
            customer_id=company,
            lines=tuple(_looked(line, found.get(line.id)) for line in cart.lines),
            quote=quote,
        )


def _looked(line: CartLine, quoted: QuoteLine | None) -> LineLook:
    return LineLook(line=line, quoted=quoted, changes=line.changes(quoted) if quoted else ())


def asked_later(
    storage: Storage, actor: Actor, clock: Clock, lines: Sequence[CartLine], customer_id: CustomerId
) -> Later[tuple[Quote, QuotedLines]]:
    """Ask what lines cost, together and each."""
    desk = Desk(storage, actor, clock, Basket(tuple(line.asked for line in lines)), customer_id)

    def answer() -> tuple[Quote, QuotedLines]:
        quote = desk.quote()
        found: dict[CartLineId, QuoteLine] = {}
        for one in quote.lines:
            found.setdefault(lines[one.line].id, one)
        return quote, found

    return answer


def approved_company(actor: Actor, customer_id: CustomerId | None) -> CustomerId:
    """The company that is bought for: the one named, or the actor's own.

    :raises ApprovalPending: if the actor's company is not approved.
    :raises Forbidden: if the actor may not order.
    """
    company = _company(actor, customer_id)
    if not actor.approved:
        raise ApprovalPending
    return company


def _company(actor: Actor, customer_id: CustomerId | None) -> CustomerId:
    policy.may(actor, Permission.PLACE_ORDERS)
    company = customer_id or actor.customer_id
    assert company is not None, "only buyers may place orders"
    return company


def locked(storage: Storage, customer_id: CustomerId) -> Cart:
    """:raises Refused: if there is no such company: alone, because what else is wrong would tell of another's."""
    try:
        return storage.carts.lock(customer_id)
    except CustomerNotFound as refusal:
        raise Refused((refusal,)) from None
