"""The tree of companies and who owns them, on one shop."""

from __future__ import annotations

from datetime import datetime

import attrs

from adapters.persistence.memory._shops import Shop
from application.authorization import Actor
from application.ports.companies import Ownerships, Tree
from application.ports.storage import CustomerNotFound, Stale
from domain.customers import MOST_ABOVE, Customer, Lineage
from domain.identity import CustomerId, StaffId
from domain.ownership import OwnerId, OwnerKind, Owners, Ownership, owners_at


@attrs.frozen
class MemoryTree(Tree):
    """The tree of companies of one merchant; there is one writer at a time."""

    shop: Shop
    actor: Actor

    def lineage(self, customer_id: CustomerId) -> Lineage:
        if customer_id not in self.shop.customers or not self.shop.reaches(self.actor, customer_id):
            raise CustomerNotFound()
        return lineage_of(self.shop, customer_id)

    def place_below(self, parent_id: CustomerId) -> Lineage:
        if parent_id not in self.shop.customers:
            raise CustomerNotFound()
        return lineage_of(self.shop, parent_id)

    def move(self, customer: Customer) -> None:
        check_parent(self.shop, customer, levels_below=lineage_of(self.shop, customer.id).levels_below)
        there = self.shop.customers[customer.id]
        self.shop.customers[customer.id] = attrs.evolve(there, parent_id=customer.parent_id)


def lineage_of(shop: Shop, customer_id: CustomerId) -> Lineage:
    """Where a company stands."""
    far = [[*shop.above(id)] for id in shop.customers]
    return Lineage(
        customer_id=customer_id,
        above=tuple(shop.above(customer_id)),
        levels_below=max((above.index(customer_id) + 1 for above in far if customer_id in above), default=0),
    )


def check_parent(shop: Shop, customer: Customer, *, levels_below: int = 0) -> None:
    """See that a company may hang where its `parent_id` says, as the tables do.

    :raises Stale: if it may not.
    """
    if customer.parent_id is None:
        return
    line = [customer.parent_id, *shop.above(customer.parent_id)]
    if (
        customer.parent_id not in shop.customers
        or customer.id in line
        or len(line) + levels_below > MOST_ABOVE
    ):
        raise Stale(customer.id)


@attrs.frozen
class MemoryOwnerships(Ownerships):
    """Who owns the customers of one merchant."""

    shop: Shop
    actor: Actor

    def owners(self, customer_id: CustomerId, *, at: datetime) -> Owners:
        if customer_id not in self.shop.customers or not self.shop.reaches(self.actor, customer_id):
            raise CustomerNotFound()
        return owners_at(self.of(customer_id), at)

    def of(self, customer_id: CustomerId) -> tuple[Ownership, ...]:
        found = (one for one in self.shop.ownerships.values() if one.customer_id == customer_id)
        return tuple(sorted(found, key=lambda one: (one.since, one.kind.value)))

    def knows(self, owner_id: OwnerId) -> bool:
        return owner_id in self.shop.staff or owner_id in self.shop.customers

    def set(self, ownership: Ownership) -> None:
        check_owner(self.shop, ownership)
        self.shop.ownerships[key_of(ownership)] = ownership

    def hand_over(
        self, *, giver: StaffId, taker: StaffId | None, since: datetime
    ) -> tuple[tuple[CustomerId, datetime], ...]:
        held = [one for one in self.shop.customers if self.owners(one, at=since).sales_rep_id == giver]
        kept = self.shop.ownerships.values()
        changed = [
            attrs.evolve(one, owner_id=taker) for one in kept if one.owner_id == giver and one.since >= since
        ]
        begun = {one.customer_id for one in changed if one.since == since}
        changed += [
            Ownership(customer_id=one, kind=OwnerKind.SALES_REP, since=since, owner_id=taker)
            for one in held
            if one not in begun
        ]
        for one in changed:
            self.set(one)
        return tuple(sorted((one.customer_id, one.since) for one in changed))


def key_of(one: Ownership) -> tuple[CustomerId, OwnerKind, datetime]:
    """There is one of a kind at a time."""
    return (one.customer_id, one.kind, one.since)


def check_owner(shop: Shop, one: Ownership) -> None:
    """See that an ownership is of somebody, and by somebody, who is there.

    :raises Stale: if it is not.
    """
    known = one.owner_id is None or one.owner_id in shop.staff or one.owner_id in shop.customers
    if one.customer_id not in shop.customers or not known:
        raise Stale(one.customer_id)
