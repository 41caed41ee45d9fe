"""Customer groups, memberships and tags: tables, rows and the ports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache

import attrs
from sqlalchemy import CheckConstraint, Column, Index, and_, bindparam, delete, select, text, update
from sqlalchemy.sql.elements import ColumnElement

from adapters.persistence.customers import customers
from adapters.persistence.sessions import Session
from adapters.persistence.statements import JoinedText, Row, Statement, any_of
from adapters.persistence.tables import (
    Instant,
    Words,
    belongs_to,
    instant,
    one_of,
    perhaps_instant,
    tenant_table,
)
from application.ports.groups import Groups, Tags
from domain.groups import CustomerGroup, CustomerTags, GroupKind, GroupMembership, GroupName, Tag
from domain.identity import CustomerGroupId, CustomerId, MerchantId, PriceTierId
from domain.visibility import Audience

_LIVING = text("deleted_at IS NULL")
_NOW = text("until IS NULL")

customer_groups = tenant_table(
    "customer_groups",
    Column("id", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("parent_id", Words),
    # The way down to it, as `path_of` writes it of what is above; empty at the top.
    Column("above", Words, nullable=False),
    Column("deleted_at", Instant),
    belongs_to("customer_groups", "parent_id"),
    one_of("kind", GroupKind),
    CheckConstraint("kind = 'REGION' OR parent_id IS NULL", name="tree"),
    Index(
        None,
        "merchant_id",
        "above",
        "name",
        unique=True,
        postgresql_where=_LIVING,
        sqlite_where=_LIVING,
    ),
)

group_memberships = tenant_table(
    "group_memberships",
    Column("group_id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    belongs_to("customer_groups", "group_id"),
    belongs_to("customers", "customer_id"),
    CheckConstraint("until > since", name="until"),
    Index(
        None,
        "merchant_id",
        "customer_id",
        "group_id",
        unique=True,
        postgresql_where=_NOW,
        sqlite_where=_NOW,
    ),
    Index(None, "merchant_id", "customer_id", "since"),
    key=("group_id", "customer_id", "since"),
)

customer_tags = tenant_table(
    "customer_tags",
    Column("customer_id", Words, nullable=False),
    Column("tag", Words, nullable=False),
    belongs_to("customers", "customer_id"),
    Index(None, "merchant_id", "tag", "customer_id"),
    key=("customer_id", "tag"),
)


def way_of(ids: Iterable[CustomerGroupId]) -> str:
    """Write the way down through groups, one step after the other."""
    return "".join(f"{id}/" for id in ids)


def steps_of(way: str) -> tuple[CustomerGroupId, ...]:
    """Read what `way_of` wrote."""
    return tuple(CustomerGroupId(step) for step in way.split("/")[:-1])


def group_row(merchant_id: MerchantId, group: CustomerGroup) -> Row:
    return (
        merchant_id,
        group.id,
        group.kind.value,
        group.name,
        group.parent_id,
        way_of(group.ancestors),
        group.deleted_at,
    )


GROUP_COLUMNS = (
    customer_groups.c.id,
    customer_groups.c.kind,
    customer_groups.c.name,
    customer_groups.c.above,
    customer_groups.c.deleted_at,
)


def group_of(row: Row) -> CustomerGroup:
    """Read a group from `GROUP_COLUMNS`."""
    id, kind, name, above, deleted_at = row
    return CustomerGroup(
        id=CustomerGroupId(id),
        kind=GroupKind(kind),
        name=GroupName(name),
        ancestors=steps_of(above),
        deleted_at=perhaps_instant(deleted_at),
    )


def membership_row(merchant_id: MerchantId, one: GroupMembership) -> Row:
    return (merchant_id, one.group_id, one.customer_id, one.since, one.until)


def tag_rows(merchant_id: MerchantId, one: CustomerTags) -> list[Row]:
    return [(merchant_id, one.customer_id, tag) for tag in sorted(one.tags)]


def living(*, of: ColumnElement[str] = bindparam("merchant_id")) -> tuple[ColumnElement[bool], ...]:
    """Keep the merchant's groups that were not deleted."""
    return (customer_groups.c.merchant_id == of, customer_groups.c.deleted_at.is_(None))


def audience_column() -> ColumnElement[str]:
    """The ways down to every group of the customer in the parameter `customer_id`, between semicolons."""
    of_group = (
        customer_groups.c.merchant_id == group_memberships.c.merchant_id,
        customer_groups.c.id == group_memberships.c.group_id,
    )
    return (
        select(JoinedText(customer_groups.c.above + customer_groups.c.id))
        .select_from(group_memberships.join(customer_groups, and_(*of_group)))
        .where(
            group_memberships.c.merchant_id == bindparam("merchant_id"),
            group_memberships.c.customer_id == bindparam("customer_id"),
            group_memberships.c.until.is_(None),
        )
        .scalar_subquery()
    )


@lru_cache(maxsize=4_096)
def audience_of(customer_id: CustomerId, tier_id: PriceTierId, ways: str | None) -> Audience:
    """Everything that a company goes by, of what `audience_column` said."""
    steps = (step for way in (ways or "").split(";") if way for step in steps_of(f"{way}/"))
    return Audience.of(customer_id=customer_id, tier_id=tier_id, group_ids=steps)


ALL_GROUPS = Statement(
    select(*GROUP_COLUMNS)
    .where(*living())
    .order_by(customer_groups.c.above, customer_groups.c.name, customer_groups.c.id)
)
_LOCK_GROUPS = Statement(
    select(*GROUP_COLUMNS)
    .where(*living(), any_of(customer_groups.c.id, "group_ids"))
    .order_by(customer_groups.c.id)
    .with_for_update()
)
_SAVE_GROUP = Statement(
    update(customer_groups)
    .where(
        customer_groups.c.merchant_id == bindparam("of_merchant"),
        customer_groups.c.id == bindparam("group_id"),
        customer_groups.c.deleted_at.is_(None),
    )
    .values(name=bindparam("new_name"), deleted_at=bindparam("gone_at", type_=Instant()))
)
_CUSTOMERS = (
    select(customers.c.id)
    .where(customers.c.merchant_id == bindparam("merchant_id"), any_of(customers.c.id, "customer_ids"))
    .order_by(customers.c.id)
)
_WHICH_CUSTOMERS = Statement(_CUSTOMERS)
_LOCK_CUSTOMERS = Statement(_CUSTOMERS.with_for_update(key_share=True))
_TAGS = Statement(
    select(customer_tags.c.customer_id, customer_tags.c.tag).where(
        customer_tags.c.merchant_id == bindparam("merchant_id"),
        any_of(customer_tags.c.customer_id, "customer_ids"),
    )
)
_NO_TAGS = Statement(
    delete(customer_tags).where(
        customer_tags.c.merchant_id == bindparam("merchant_id"),
        any_of(customer_tags.c.customer_id, "customer_ids"),
    )
)


def _members(*, all_of_it: bool) -> tuple[ColumnElement[bool], ...]:
    """Those who are in a group now, all or some of them."""
    found = (
        group_memberships.c.merchant_id == bindparam("of_merchant"),
        group_memberships.c.group_id == bindparam("group"),
        group_memberships.c.until.is_(None),
    )
    return found if all_of_it else (*found, any_of(group_memberships.c.customer_id, "customer_ids"))


_IN_GROUP = Statement(select(group_memberships.c.customer_id).where(*_members(all_of_it=False)))


def _leaving(*, all_of_it: bool) -> tuple[Statement, Statement]:
    """End memberships: those that end no later than they began never were."""
    since, at = group_memberships.c.since, bindparam("at", type_=Instant())
    never = delete(group_memberships).where(*_members(all_of_it=all_of_it), since >= at)
    ended = update(group_memberships).where(*_members(all_of_it=all_of_it)).values(until=at)
    returned = group_memberships.c.customer_id
    return Statement(never.returning(returned)), Statement(ended.returning(returned))


_LEAVE, _LEAVE_ALL = _leaving(all_of_it=False), _leaving(all_of_it=True)


@attrs.frozen
class SqlGroups(Groups):
    """The groups of one merchant's customers."""

    session: Session
    merchant_id: MerchantId

    def all(self) -> tuple[CustomerGroup, ...]:
        rows = self.session.all(ALL_GROUPS, {"merchant_id": self.merchant_id})
        return tuple(group_of(row) for row in rows)

    def lock(self, ids: Collection[CustomerGroupId]) -> Mapping[CustomerGroupId, CustomerGroup]:
        asked = {"merchant_id": self.merchant_id, "group_ids": sorted(ids)}
        found = (group_of(row) for row in (self.session.all(_LOCK_GROUPS, asked) if ids else []))
        return {group.id: group for group in found}

    def add(self, group: CustomerGroup) -> None:
        self.session.insert(customer_groups, [group_row(self.merchant_id, group)])

    def save(self, group: CustomerGroup) -> None:
        changed = {
            "of_merchant": self.merchant_id,
            "group_id": group.id,
            "new_name": group.name,
            "gone_at": group.deleted_at,
        }
        self.session.must_change(_SAVE_GROUP, changed, rows=1, about=group.id)

    def customers(self, ids: Collection[CustomerId]) -> frozenset[CustomerId]:
        asked = {"merchant_id": self.merchant_id, "customer_ids": sorted(ids)}
        return frozenset(CustomerId(id) for (id,) in self.session.all(_WHICH_CUSTOMERS, asked))

    def put_in(
        self, group_id: CustomerGroupId, customer_ids: Collection[CustomerId], *, at: datetime
    ) -> tuple[CustomerId, ...]:
        asked = {"of_merchant": self.merchant_id, "group": group_id, "customer_ids": sorted(customer_ids)}
        there = {id for (id,) in self.session.all(_IN_GROUP, asked)}
        new = tuple(sorted({*customer_ids} - there))
        rows = (GroupMembership(group_id=group_id, customer_id=id, since=at) for id in new)
        self.session.insert(group_memberships, [membership_row(self.merchant_id, row) for row in rows])
        return new

    def take_out(
        self, group_id: CustomerGroupId, customer_ids: Collection[CustomerId], *, at: datetime
    ) -> tuple[CustomerId, ...]:
        asked = {"customer_ids": sorted(customer_ids), "group": group_id, "at": at}
        return self._leave(_LEAVE, {**asked, "of_merchant": self.merchant_id})

    def empty(self, group_id: CustomerGroupId, *, at: datetime) -> tuple[CustomerId, ...]:
        return self._leave(_LEAVE_ALL, {"of_merchant": self.merchant_id, "group": group_id, "at": at})

    def _leave(
        self, statements: tuple[Statement, Statement], asked: Mapping[str, object]
    ) -> tuple[CustomerId, ...]:
        left = {id for statement in statements for (id,) in self.session.all(statement, asked)}
        return tuple(CustomerId(id) for id in sorted(left))


@attrs.frozen
class SqlTags(Tags):
    """The tags of one merchant's customers."""

    session: Session
    merchant_id: MerchantId

    def lock(self, customer_ids: Collection[CustomerId]) -> Mapping[CustomerId, CustomerTags]:
        asked = {"merchant_id": self.merchant_id, "customer_ids": sorted(customer_ids)}
        of_each: dict[str, set[Tag]] = {id: set() for (id,) in self.session.all(_LOCK_CUSTOMERS, asked)}
        for id, tag in self.session.all(_TAGS, asked):
            of_each[id].add(Tag(tag))
        found = (
            CustomerTags(customer_id=CustomerId(id), tags=frozenset(tags)) for id, tags in of_each.items()
        )
        return {one.customer_id: one for one in found}

    def save(self, tags: Iterable[CustomerTags]) -> None:
        carried = list(tags)
        ids = sorted(one.customer_id for one in carried)
        self.session.change(_NO_TAGS, {"merchant_id": self.merchant_id, "customer_ids": ids})
        self.session.insert(
            customer_tags, [row for one in carried for row in tag_rows(self.merchant_id, one)]
        )


def membership_of(row: Row) -> GroupMembership:
    """Read a membership from its group, its company, and when it began and ended."""
    group_id, customer_id, since, until = row
    return GroupMembership(
        group_id=CustomerGroupId(group_id),
        customer_id=CustomerId(customer_id),
        since=instant(since),
        until=perhaps_instant(until),
    )
