"""Companies: add them, hang them below others, and say who owns them; what the merchant's staff do."""

from __future__ import annotations

from datetime import datetime

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.storage import CustomerNotFound, Storage, UnitOfWork
from domain.customers import (
    CompanyName,
    Customer,
    InvalidCompanyName,
    Lineage,
    ParentNotFound,
    TierNotFound,
)
from domain.identity import CustomerId, PriceTierId, StaffId
from domain.ownership import OwnerId, OwnerKind, OwnerNotFound, Ownership, from_now_on
from domain.trail import Facts, TrailNote


@attrs.frozen(kw_only=True)
class AddCustomer:
    """Let there be a new buying company, perhaps a branch of another."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self, *, actor: Actor, name: str, tier: str, parent_id: CustomerId | None = None
    ) -> CustomerId:
        """Answer with what the company is called from now on; the tier is named by id or code.

        :raises InvalidCompanyName: if the name is none.
        :raises TierNotFound: if there is no such tier.
        :raises ParentNotFound: if there is no such parent.
        :raises TreeTooDeep: if there are too many companies above it.
        :raises Forbidden: if the actor may not change customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        try:
            called = CompanyName(name)
        except ValueError:
            raise InvalidCompanyName(CompanyName.longest) from None
        with self.unit_of_work(actor) as storage:
            tier_id = _tier(storage, tier)
            new = Customer(id=self.ids.new(CustomerId), name=called, tier_id=tier_id)
            if parent_id is not None:
                under = _line_of_parent(storage, parent_id)
                new = new.move(own=Lineage(customer_id=new.id), under=under)
            storage.customers.add(new)
            after = {"tier": tier_id, **_parent(new)}
            storage.trail.note(
                TrailNote(at=self.clock.now(), operation="addCustomer", about=new.id, after=after)
            )
        return new.id


@attrs.frozen(kw_only=True)
class SetCustomerParent:
    """Make a company a branch of another, or of none, with everything that is below it."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, customer_id: CustomerId, parent_id: CustomerId | None) -> CustomerId:
        """:raises CustomerNotFound: if there is no such company.
        :raises ParentNotFound: if there is no such parent.
        :raises BranchOfItself: if the parent is the company itself, or is below it.
        :raises TreeTooDeep: if something would have too many companies above it.
        :raises Forbidden: if the actor may not change customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        with self.unit_of_work(actor) as storage:
            own = storage.tree.lineage(customer_id)
            under = None if parent_id is None else _line_of_parent(storage, parent_id)
            found = storage.customers.get(customer_id)
            moved = found.move(own=own, under=under)
            if moved != found:
                storage.tree.move(moved)
                storage.trail.note(
                    TrailNote(
                        at=self.clock.now(),
                        operation="setCustomerParent",
                        about=customer_id,
                        before=_parent(found),
                        after=_parent(moved),
                    )
                )
        return customer_id


@attrs.frozen(kw_only=True)
class SetCustomerOwner:
    """Say who is a customer's sales representative or agent, from now or a later instant on."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        customer_id: CustomerId,
        kind: OwnerKind,
        owner_id: OwnerId | None,
        since: datetime | None = None,
    ) -> CustomerId:
        """From then on, till the next change that is planned; without an owner it is nobody.

        :raises CustomerNotFound: if there is no such company.
        :raises OwnerNotFound: if there is nobody of this kind and id.
        :raises AgentOfItself: if the company would be its own agent.
        :raises OwnershipInPast: if it would have begun already.
        :raises Forbidden: if the actor may not change customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        with self.unit_of_work(actor) as storage:
            now = self.clock.now()
            start = from_now_on(since, now=now)
            storage.customers.get(customer_id)
            if owner_id is not None and not storage.ownerships.knows(owner_id):
                raise OwnerNotFound
            owned = Ownership(customer_id=customer_id, kind=kind, since=start, owner_id=owner_id)
            before = storage.ownerships.owners(customer_id, at=start)
            storage.ownerships.set(owned)
            was = before.sales_rep_id if kind is OwnerKind.SALES_REP else before.agent_id
            note = _owned("setCustomerOwner", owned, was=was, now=now)
            storage.trail.note(note)
        return customer_id


@attrs.frozen(kw_only=True)
class HandOverCustomers:
    """Let everything that one sales representative owns be another's, from now or a later instant on."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, giver: StaffId, taker: StaffId | None, since: datetime | None = None
    ) -> int:
        """Answer how many customers were moved; what was planned to become the giver's becomes the taker's, too.

        :raises OwnerNotFound: if one of the two does not work here.
        :raises OwnershipInPast: if it would have happened already.
        :raises Forbidden: if the actor may not change customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        with self.unit_of_work(actor) as storage:
            now = self.clock.now()
            start = from_now_on(since, now=now)
            for one in (giver, taker):
                if one is not None and not storage.ownerships.knows(one):
                    raise OwnerNotFound
            if giver == taker:
                return 0
            moved = [
                Ownership(customer_id=id, kind=OwnerKind.SALES_REP, since=when, owner_id=taker)
                for id, when in storage.ownerships.hand_over(giver=giver, taker=taker, since=start)
            ]
            storage.trail.note(*(_owned("handOverCustomers", one, was=giver, now=now) for one in moved))
        return len({one.customer_id for one in moved})


def _line_of_parent(storage: Storage, parent_id: CustomerId) -> Lineage:
    try:
        return storage.tree.lineage(parent_id)
    except CustomerNotFound:
        raise ParentNotFound from None


def _tier(storage: Storage, named: str) -> PriceTierId:
    found = next((one.id for one in storage.customers.tiers() if named in (one.id, one.code)), None)
    if found is None:
        raise TierNotFound(named)
    return found


def _parent(customer: Customer) -> Facts:
    return {} if customer.parent_id is None else {"parent": customer.parent_id}


def _owned(operation: str, one: Ownership, *, was: OwnerId | None, now: datetime) -> TrailNote:
    """What there is to note of a customer that comes into other hands."""
    name = "salesRep" if one.kind is OwnerKind.SALES_REP else "agent"
    since = {"since": one.since.isoformat()}
    return TrailNote(
        at=now,
        operation=operation,
        about=one.customer_id,
        before={} if was is None else {name: was},
        after=since if one.owner_id is None else {name: one.owner_id, **since},
    )
