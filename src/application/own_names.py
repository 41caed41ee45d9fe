"""What a company calls goods: buyers say it for the own company and those below it, staff for any."""

from __future__ import annotations

from datetime import datetime

import attrs

from application import authorization as policy
from application.authorization import Actor, ActorKind, Permission
from application.ports.clock import Clock
from application.ports.storage import CustomerNotFound, Storage, UnitOfWork
from domain.catalog import UnknownSku
from domain.identity import CustomerId, SkuId
from domain.own_names import InvalidOwnName, OwnName
from domain.trail import TrailNote


@attrs.frozen(kw_only=True)
class SetOwnName:
    """Let a company mean a SKU by a name, whatever it meant by it before."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, customer_id: CustomerId | None, name: str, sku_id: SkuId | None, reference: str
    ) -> OwnName:
        """Answer with the name as it is kept; without a company it is the actor's own.

        :raises InvalidOwnName: if it is no name.
        :raises CustomerNotFound: if there is no such company for the actor.
        :raises UnknownSku: if there is no such SKU for the actor.
        :raises Forbidden: if the actor neither buys nor may change customers.
        """
        own, company = _read(actor, customer_id, name)
        with self.unit_of_work(actor) as storage:
            storage.customers.get(company)
            if sku_id is None or not storage.products.listings(ids=[sku_id]):
                raise UnknownSku(reference)
            now = self.clock.now()
            before = storage.own_names.find(company, [own]).get(own)
            storage.own_names.learn(company, {own: sku_id}, at=now)
            _note(storage, actor, "setOwnName", company, own, before=before, after=sku_id, at=now)
        return own


@attrs.frozen(kw_only=True)
class RemoveOwnName:
    """Let a company mean nothing by a name; where it meant nothing, nothing changes."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, customer_id: CustomerId | None, name: str) -> OwnName:
        """:raises InvalidOwnName: if it is no name.
        :raises CustomerNotFound: if there is no such company for the actor.
        :raises Forbidden: if the actor neither buys nor may change customers.
        """
        own, company = _read(actor, customer_id, name)
        with self.unit_of_work(actor) as storage:
            storage.customers.get(company)
            before = storage.own_names.find(company, [own]).get(own)
            if before is not None:
                storage.own_names.forget(company, [own])
                now = self.clock.now()
                _note(storage, actor, "removeOwnName", company, own, before=before, after=None, at=now)
        return own


def _read(actor: Actor, customer_id: CustomerId | None, name: str) -> tuple[OwnName, CustomerId]:
    """Read the name and whose it is, if the actor may say so."""
    buys = actor.kind is ActorKind.BUYER
    policy.may(actor, Permission.PLACE_ORDERS if buys else Permission.MANAGE_CUSTOMERS)
    company = customer_id or actor.customer_id
    if company is None:
        raise CustomerNotFound()
    try:
        return OwnName(name), company
    except ValueError:
        raise InvalidOwnName(OwnName.longest) from None


def _note(
    storage: Storage,
    actor: Actor,
    operation: str,
    company: CustomerId,
    name: OwnName,
    *,
    before: SkuId | None,
    after: SkuId | None,
    at: datetime,
) -> None:
    """Note what staff did; what a company calls goods itself is its own affair."""
    if actor.kind is ActorKind.BUYER:
        return
    was, now = ({"name": str(name), "sku": sku_id} if sku_id else {} for sku_id in (before, after))
    storage.trail.note(TrailNote(at=at, operation=operation, about=company, before=was, after=now))
