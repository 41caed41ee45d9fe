"""Shopping lists of buyers; and putting one, or an order template, into the cart."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import attrs

from application.authorization import Actor
from application.cart import AskedLine, approved_company, locked, put, to_add
from application.idempotency import once
from application.ports.clock import Clock, Ids
from application.ports.storage import CustomerNotFound, Storage, UnitOfWork
from domain.cart import ToAdd
from domain.errors import DomainError, Refused
from domain.identity import (
    BuyerId,
    CartLineId,
    CustomerId,
    IdempotencyKey,
    OrderTemplateId,
    ShoppingListId,
)
from domain.shopping import (
    MOST_LIST_LINES,
    MOST_LISTS,
    InvalidList,
    ListChanged,
    ListLine,
    ListName,
    ListNotFound,
    OrderTemplate,
    ShoppingList,
    check_lines,
)
from domain.verification import ApprovalPending

T = TypeVar("T", ShoppingList, OrderTemplate)


@attrs.frozen(kw_only=True)
class LookAtLists:
    """Show the shopping lists of a company."""

    unit_of_work: UnitOfWork

    def __call__(self, *, actor: Actor, customer_id: CustomerId | None = None) -> tuple[ShoppingList, ...]:
        """Those of the own company, or of one below it, which are shown to the actor; none where there is no such.

        :raises Forbidden: if the actor may not order.
        """
        try:
            company = approved_company(actor, customer_id)
        except ApprovalPending:
            return ()
        with self.unit_of_work.reading(actor) as storage:
            return storage.shopping_lists.all(company)


@attrs.frozen(kw_only=True)
class SaveShoppingList:
    """Make a shopping list, or make one otherwise as a whole."""

    unit_of_work: UnitOfWork
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        name: str,
        shared: bool,
        lines: Sequence[AskedLine],
        list_id: ShoppingListId | None = None,
        version: int | None = None,
        customer_id: CustomerId | None = None,
    ) -> ShoppingList:
        """Without an id it is a new one. A shared list is everybody's who buys for the company, also to change, and
        stays shared.

        :raises ApprovalPending: if the company is not approved.
        :raises Refused: if there is no such company or list, it is not as `version` says any more, or cannot be.
        :raises Forbidden: if the actor may not order.
        """
        company = approved_company(actor, customer_id)
        assert isinstance(actor.person_id, BuyerId), "only buyers may place orders"
        owner = None if shared else actor.person_id
        with self.unit_of_work(actor) as storage:
            if list_id is None:
                try:
                    many = storage.shopping_lists.count(company)
                except CustomerNotFound as refusal:
                    raise Refused((refusal,)) from None
                if many >= MOST_LISTS:
                    raise Refused((InvalidList("TOO_MANY"),))
                called, read = list_name(name), list_lines(storage, lines)
                one = ShoppingList(
                    id=self.ids.new(ShoppingListId),
                    customer_id=company,
                    owner_id=owner,
                    name=called,
                    lines=read,
                )
            else:
                found = that(storage.shopping_lists.lock(list_id), version)
                if found.owner_id is None and owner is not None:
                    # Others would lose it.
                    raise Refused((InvalidList("SHARED"),))
                called, read = list_name(name), list_lines(storage, lines)
                one = attrs.evolve(found, owner_id=owner, name=called, lines=read, version=found.version + 1)
            storage.shopping_lists.save(one)
        return one


@attrs.frozen(kw_only=True)
class DeleteShoppingList:
    """Let a shopping list go."""

    unit_of_work: UnitOfWork

    def __call__(self, *, actor: Actor, list_id: ShoppingListId) -> ShoppingList:
        """Answer with the list that is gone.

        :raises ApprovalPending: if the company is not approved.
        :raises Refused: if there is no such list.
        :raises Forbidden: if the actor may not order.
        """
        approved_company(actor, None)
        with self.unit_of_work(actor) as storage:
            found = that(storage.shopping_lists.lock(list_id), None)
            storage.shopping_lists.delete(list_id)
        return found


@attrs.frozen(kw_only=True)
class ListInCart:
    """What came of a list that went into a cart: whose that is, and what was left out of it."""

    customer_id: CustomerId
    left_out: tuple[DomainError, ...]


@attrs.frozen(kw_only=True)
class AddListToCart:
    """Put a shopping list or an order template into a cart as a whole, once per key; what cannot be had is left out."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        key: IdempotencyKey,
        list_id: ShoppingListId | OrderTemplateId | None,
        customer_id: CustomerId | None = None,
    ) -> ListInCart:
        """A shopping list goes into the cart of its company, and into no other; a template into that of the company
        named, or the own one.

        :raises ApprovalPending: if the company is not approved.
        :raises Refused: if there is no such list, template or company, or the cart would have too many lines.
        :raises IdempotencyKeyReused: if the key came before with another list.
        :raises Forbidden: if the actor may not order.
        """
        company = approved_company(actor, customer_id)
        left_out: list[DomainError] = []
        with self.unit_of_work(actor) as storage:

            def act() -> str:
                into, lines, own = _found(storage, list_id, company, named=customer_id)
                cart = locked(storage, into)
                added, refusals = _to_add(storage, lines, told=own)
                left_out.extend(refusals)
                put(storage, actor, self.clock, cart, added, new_id=lambda: self.ids.new(CartLineId))
                return into

            command = (list_id, company)
            answer = once(storage, operation="addListToCart", key=key, command=command, act=act)
        if answer.refusal:
            raise answer.refusal
        return ListInCart(customer_id=CustomerId(answer.result), left_out=tuple(left_out))


def _found(
    storage: Storage,
    list_id: ShoppingListId | OrderTemplateId | None,
    company: CustomerId,
    *,
    named: CustomerId | None,
) -> tuple[CustomerId, tuple[ListLine, ...], bool]:
    """Into whose cart it goes, what is in it, and whether its lines are the company's own words.

    :raises Refused: if there is no such list, or it is not of the company that is named.
    """
    if isinstance(list_id, ShoppingListId):
        shopping_list = that(storage.shopping_lists.lock(list_id), None)
        if named not in (None, shopping_list.customer_id):
            raise Refused((CustomerNotFound(),))
        return shopping_list.customer_id, shopping_list.lines, True
    template = storage.order_templates.lock(list_id) if list_id else None
    return company, that(template, None).lines, False


def _to_add(
    storage: Storage, lines: Sequence[ListLine], *, told: bool
) -> tuple[list[ToAdd], list[DomainError]]:
    """What of a list can be put into a cart, and why the rest cannot; of a template no word of what is not shown."""
    listings = {one.sku.id: one for one in storage.products.listings(ids={line.sku_id for line in lines})}
    added: list[ToAdd] = []
    refusals: list[DomainError] = []
    for at, line in enumerate(lines):
        asked = AskedLine(
            sku_id=line.sku_id,
            reference=f"{line.quantity} {line.unit}",
            quantity=Decimal(str(line.quantity)),
            unit=line.unit,
        )
        listing = listings.get(line.sku_id)
        one = to_add(asked, listing, at)
        if isinstance(one, ToAdd):
            added.append(one)
        elif told or listing is not None:
            refusals.append(one)
    return added, refusals


def that(found: T | None, version: int | None) -> T:
    """:raises Refused: if there is none, or it is not what somebody has seen of it any more."""
    if found is None:
        raise Refused((ListNotFound(),))
    if version is not None and version != found.version:
        raise Refused((ListChanged(found.version),))
    return found


def list_name(text: str) -> ListName:
    """:raises Refused: if it can be no name."""
    try:
        return ListName(text)
    except ValueError:
        raise Refused((InvalidList("NAME"),)) from None


def list_lines(storage: Storage, asked: Sequence[AskedLine]) -> tuple[ListLine, ...]:
    """:raises Refused: with everything that is wrong with the lines."""
    if not 0 < len(asked) <= MOST_LIST_LINES:
        raise Refused((InvalidList("LINES"),))
    listings = storage.products.listings(
        ids={line.sku_id for line in asked if line.sku_id},
        codes={line.sku_code for line in asked if line.sku_code},
    )
    by_id = {one.sku.id: one for one in listings}
    by_code = {one.sku.code: one for one in listings}
    read: list[ListLine] = []
    refusals: list[DomainError] = []
    for at, line in enumerate(asked):
        found = by_id.get(line.sku_id) if line.sku_id else None
        if line.sku_code and not line.sku_id:
            found = by_code.get(line.sku_code)
        one = to_add(line, found, at)
        if isinstance(one, ToAdd):
            read.append(ListLine(sku_id=one.sku_id, unit=one.unit, quantity=one.quantity))
        else:
            refusals.append(one)
    wrong = None if refusals else check_lines(read)
    if refusals or wrong:
        raise Refused((wrong,) if wrong else tuple(refusals))
    return tuple(read)
