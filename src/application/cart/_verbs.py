"""Putting goods into a cart, changing and taking out lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from application.authorization import Actor
from application.cart._looking import approved_company, asked_later, locked
from application.cart._putting import (
    AskedChange,
    AskedLine,
    learned_names,
    put,
    quantity_of,
    read_lines,
    save,
    wrong_text,
)
from application.idempotency import once
from application.ports.clock import Clock, Ids
from application.ports.storage import UnitOfWork
from domain.cart import (
    Cart,
    CartLineNotFound,
    LineChange,
)
from domain.catalog import InvalidQuantity
from domain.errors import DomainError, Refused
from domain.identity import CartLineId, CustomerId, IdempotencyKey
from domain.quoting import (
    MOST_LINES,
    EmptyBasket,
    TooManyLines,
)


@attrs.frozen(kw_only=True)
class AddToCart:
    """Put goods into a cart, all or none, once per key; what is there already becomes more."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        key: IdempotencyKey,
        lines: Sequence[AskedLine],
        customer_id: CustomerId | None = None,
    ) -> CustomerId:
        """Answer whose cart it is. Whether the quantities can be ordered the quote of the cart says.

        :raises ApprovalPending: if the company is not approved; the key is still good once it is.
        :raises Refused: with everything that is wrong with the lines, or if there is no such company.
        :raises IdempotencyKeyReused: if the key came before with other lines.
        :raises Forbidden: if the actor may not order.
        """
        company = approved_company(actor, customer_id)
        asked = tuple(lines)
        if not 0 < len(asked) <= MOST_LINES:
            raise Refused((TooManyLines(len(asked)) if asked else EmptyBasket(),))
        with self.unit_of_work(actor) as storage:
            ids = {line.sku_id for line in asked if line.sku_id}
            codes = {line.sku_code for line in asked if line.sku_code}
            listings = storage.products.listings_later(ids=ids, codes=codes)

            def act() -> str:
                cart = locked(storage, company)
                found = tuple(listings())
                added = read_lines(asked, found)
                put(storage, actor, self.clock, cart, added, new_id=lambda: self.ids.new(CartLineId))
                names = learned_names(asked, added, found)
                storage.own_names.learn(company, names, at=self.clock.now())
                return company

            command = (asked, company)
            answer = once(storage, operation="addToCart", key=key, command=command, act=act, foreseen=company)
        if answer.refusal:
            raise answer.refusal
        return company


@attrs.frozen(kw_only=True)
class ChangeCartLines:
    """Change how many, whether they are selected, or the notes of lines, all or none.

    Only what is said of a line is changed, and the last to change it decides: two who change other lines, or other
    things of one line, do not know of each other.
    """

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, changes: Sequence[AskedChange], customer_id: CustomerId | None = None
    ) -> CustomerId:
        """Answer whose cart it is.

        :raises ApprovalPending: if the company is not approved.
        :raises Refused: with everything that is wrong, or if there is no such company.
        :raises Forbidden: if the actor may not order.
        """
        company = approved_company(actor, customer_id)
        if not 0 < len(changes) <= MOST_LINES:
            raise Refused((TooManyLines(len(changes)) if changes else EmptyBasket(),))
        with self.unit_of_work(actor) as storage:
            cart = locked(storage, company)
            save(storage, actor, self.clock, cart, cart.change(_changes(cart, changes)))
        return company


def _changes(cart: Cart, asked: Sequence[AskedChange]) -> list[LineChange]:
    """:raises Refused: with everything that is wrong with the changes."""
    there = {line.id: line for line in cart.lines}
    changes: list[LineChange] = []
    refusals: list[DomainError] = []
    for at, one in enumerate(asked):
        line = there.get(one.line_id) if one.line_id else None
        quantity = None if one.quantity is None else quantity_of(one.quantity)
        if line is None:
            refusals.append(CartLineNotFound(at))
        elif one.quantity is not None and quantity is None:
            refusals.append(InvalidQuantity(line.sku_id, (), at))
        elif wrong := wrong_text(one.note, "", at):
            refusals.append(wrong)
        else:
            note = None if one.note is None else one.note.strip()
            changes.append(
                LineChange(id=line.id, quantity=quantity, selected=one.selected, note=note, line=at)
            )
    if refusals:
        raise Refused(tuple(refusals))
    return changes


@attrs.frozen(kw_only=True)
class RemoveFromCart:
    """Take lines out of a cart, or all of them; what is not there need not be taken out."""

    unit_of_work: UnitOfWork

    def __call__(
        self, *, actor: Actor, line_ids: Collection[CartLineId] | None, customer_id: CustomerId | None = None
    ) -> CustomerId:
        """Answer whose cart it is; None takes all lines out.

        :raises ApprovalPending: if the company is not approved.
        :raises Refused: if there is no such company.
        :raises Forbidden: if the actor may not order.
        """
        company = approved_company(actor, customer_id)
        with self.unit_of_work(actor) as storage:
            cart = locked(storage, company)
            gone = [line.id for line in cart.lines] if line_ids is None else line_ids
            storage.carts.save(cart, cart.without(gone))
        return company


@attrs.frozen(kw_only=True)
class AcknowledgeCart:
    """Say that whatever has changed of a cart's lines was seen."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, customer_id: CustomerId | None = None) -> CustomerId:
        """Answer whose cart it is.

        :raises ApprovalPending: if the company is not approved.
        :raises Refused: if there is no such company.
        :raises Forbidden: if the actor may not order.
        """
        company = approved_company(actor, customer_id)
        with self.unit_of_work(actor) as storage:
            cart = locked(storage, company)
            if cart.lines:
                _, quoted = asked_later(storage, actor, self.clock, cart.lines, company)()
                storage.carts.save(cart, cart.looked_at(quoted))
        return company
