"""Customer groups and tags: make, rename and delete groups, put customers in and take them out, tag and untag them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import Enum
from types import MappingProxyType

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from domain.errors import DomainError, Refused
from domain.groups import (
    MOST_GROUPS,
    CustomerGroup,
    GroupInUse,
    GroupKind,
    GroupName,
    GroupNameTaken,
    GroupNotFound,
    InvalidGroup,
    InvalidTag,
    Tag,
    TooManyTags,
    UnknownCustomer,
)
from domain.identity import CustomerGroupId, CustomerId
from domain.trail import Facts, TrailNote

MOST_CUSTOMERS = 500
"""So many customers are put into a group, taken out of it, or tagged at once."""
MOST_NAMED = 20
"""So many of the products that keep a group from going are named."""


@attrs.frozen
class TooManyCustomers(DomainError):
    """More customers than one call takes, or none at all."""

    customers: int
    most: int = MOST_CUSTOMERS


@attrs.frozen(kw_only=True)
class Asked:
    """A customer as it was named; None where the text can be no id."""

    id: CustomerId | None
    reference: str


@attrs.frozen(kw_only=True)
class CreateGroup:
    """Make a group of customers, below another region or at the top."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self, *, actor: Actor, name: str, kind: GroupKind, parent_id: CustomerGroupId | None
    ) -> CustomerGroup:
        """:raises Refused: if the name cannot be one or is taken, or there is no such place.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        with self.unit_of_work(actor) as storage:
            below = None if parent_id is None else _locked(storage, parent_id)
            there = storage.groups.all()
            if len(there) >= MOST_GROUPS:
                raise Refused((InvalidGroup("TOO_MANY"),))
            called = _name(name)
            try:
                group = CustomerGroup.create(
                    id=self.ids.new(CustomerGroupId), kind=kind, name=called, below=below
                )
            except InvalidGroup as refusal:
                raise Refused((refusal,)) from None
            _untaken(group, there)
            storage.groups.add(group)
            now = {"name": group.name, "kind": kind.value, "parent": parent_id or ""}
            storage.trail.note(_noted("createCustomerGroup", group.id, at=self.clock.now(), after=now))
        return group


@attrs.frozen(kw_only=True)
class RenameGroup:
    """Call a group otherwise."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, group_id: CustomerGroupId, name: str) -> CustomerGroup:
        """:raises Refused: if there is no such group, or the name cannot be one or is taken.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        with self.unit_of_work(actor) as storage:
            found = _locked(storage, group_id)
            group = found.rename(_name(name))
            if group == found:
                return found
            _untaken(group, storage.groups.all())
            storage.groups.save(group)
            was, now = {"name": found.name}, {"name": group.name}
            storage.trail.note(
                _noted("renameCustomerGroup", group_id, at=self.clock.now(), before=was, after=now)
            )
        return group


@attrs.frozen(kw_only=True)
class DeleteGroup:
    """Let a group go that nothing needs any more; who was in it leaves it, and its history stays."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, group_id: CustomerGroupId) -> CustomerGroup:
        """:raises Refused: if there is no such group, there are groups below it, or something that is not over names
            it.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        with self.unit_of_work(actor) as storage:
            found, now = _locked(storage, group_id), self.clock.now()
            below = [one.id for one in storage.groups.all() if one.parent_id == group_id]
            named_by = storage.visibilities.naming(group_id, most=MOST_NAMED)
            uses = storage.visibilities.uses(group_id, at=now)
            try:
                group = found.delete(at=now, below=below[:MOST_NAMED], named_by=named_by, uses=uses)
            except GroupInUse as refusal:
                raise Refused((refusal,)) from None
            left = storage.groups.empty(group_id, at=now)
            storage.groups.save(group)
            was = {"name": found.name, "kind": found.kind.value, "customers": " ".join(left)}
            storage.trail.note(_noted("deleteCustomerGroup", group_id, at=now, before=was))
        return group


class Way(Enum):
    """Into a group, or out of it."""

    IN = "addToCustomerGroup"
    OUT = "removeFromCustomerGroup"


@attrs.frozen(kw_only=True)
class MoveCustomers:
    """Put many customers into a group, or take them out of it; who is there already, or is not, stays as it is."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, group_id: CustomerGroupId, way: Way, customers: Sequence[Asked]
    ) -> CustomerGroup:
        """:raises Refused: if there is no such group, or with every customer that there is not.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        _few(customers)
        with self.unit_of_work(actor) as storage:
            group, now = _locked(storage, group_id), self.clock.now()
            ids = _all_known(customers, storage.groups.customers({one.id for one in customers if one.id}))
            if way is Way.IN:
                moved = storage.groups.put_in(group_id, ids, at=now)
            else:
                moved = storage.groups.take_out(group_id, ids, at=now)
            storage.trail.note(*(_moved(way, id, group, at=now) for id in moved))
        return group


@attrs.frozen(kw_only=True)
class ChangeTags:
    """Put tags on many customers, or take them off; what is there already, or is not, stays as it is."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        customers: Sequence[Asked],
        add: Collection[str] = (),
        remove: Collection[str] = (),
    ) -> tuple[CustomerId, ...]:
        """Answer with the customers, in the order they were named.

        :raises Refused: with every text that is no tag, every customer that there is not, or that would carry too many.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        _few(customers)
        more, less = _tags(add, remove)
        with self.unit_of_work(actor) as storage:
            found = storage.tags.lock({one.id for one in customers if one.id})
            ids, now = _all_known(customers, found), self.clock.now()
            refusals: list[DomainError] = []
            changed = []
            for id in ids:
                try:
                    after = found[id].change(add=more, remove=less)
                except TooManyTags as refusal:
                    refusals.append(refusal)
                    continue
                if after != found[id]:
                    changed.append(after)
            if refusals:
                raise Refused(tuple(refusals))
            storage.tags.save(changed)
            operation = "tagCustomers" if add else "untagCustomers"
            storage.trail.note(
                *(
                    _noted(
                        operation,
                        one.customer_id,
                        at=now,
                        before={"tags": _listed(found[one.customer_id].tags)},
                        after={"tags": _listed(one.tags)},
                    )
                    for one in changed
                )
            )
        return ids


def _tags(add: Collection[str], remove: Collection[str]) -> tuple[list[Tag], list[Tag]]:
    """:raises Refused: with every text that can be no tag, or because there is none."""
    read = [[_tag(text) for text in texts] for texts in (add, remove)]
    refusals = tuple(one for some in read for one in some if isinstance(one, InvalidTag))
    if refusals or not (add or remove):
        raise Refused(refusals or (InvalidTag(""),))
    more, less = ([one for one in some if isinstance(one, Tag)] for some in read)
    return more, less


def _tag(text: str) -> Tag | InvalidTag:
    try:
        return Tag(text)
    except ValueError:
        return InvalidTag(text)


def _listed(tags: Collection[Tag]) -> str:
    return ", ".join(sorted(tags))


def _few(customers: Sequence[Asked]) -> None:
    if not 0 < len(customers) <= MOST_CUSTOMERS:
        raise Refused((TooManyCustomers(len(customers)),))


def _all_known(customers: Sequence[Asked], known: Collection[CustomerId]) -> tuple[CustomerId, ...]:
    """The customers, each once; :raises Refused: with each that there is not."""
    strange = [UnknownCustomer(one.reference, at) for at, one in enumerate(customers) if one.id not in known]
    if strange:
        raise Refused(tuple(strange))
    return tuple(dict.fromkeys(one.id for one in customers if one.id))


def _locked(storage: Storage, group_id: CustomerGroupId) -> CustomerGroup:
    """:raises Refused: if there is no such group."""
    found = storage.groups.lock([group_id]).get(group_id)
    if found is None:
        raise Refused((GroupNotFound(group_id),))
    return found


def _name(text: str) -> GroupName:
    """:raises Refused: if it can be none."""
    try:
        return GroupName(text)
    except ValueError:
        raise Refused((InvalidGroup("NAME"),)) from None


def _untaken(group: CustomerGroup, there: Iterable[CustomerGroup]) -> None:
    """:raises Refused: if another group at the same place has the name."""
    if any((one.ancestors, one.name) == (group.ancestors, group.name) for one in there):
        raise Refused((GroupNameTaken(group.name),))


def _moved(way: Way, customer_id: CustomerId, group: CustomerGroup, *, at: datetime) -> TrailNote:
    where = {"group": group.id, "groupName": group.name}
    if way is Way.IN:
        return _noted(way.value, customer_id, at=at, after=where)
    return _noted(way.value, customer_id, at=at, before=where)


def _noted(
    operation: str,
    about: CustomerGroupId | CustomerId,
    *,
    at: datetime,
    before: Facts = MappingProxyType({}),
    after: Facts = MappingProxyType({}),
) -> TrailNote:
    return TrailNote(at=at, operation=operation, about=about, before=before, after=after)
