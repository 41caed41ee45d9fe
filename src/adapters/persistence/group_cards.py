"""Groups and tags of customers as readers see them: cards, conditions, and how they are read below customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, exists, func, literal_column, or_, select

from adapters.persistence.customers import customers
from adapters.persistence.groups import (
    GROUP_COLUMNS,
    customer_groups,
    customer_tags,
    group_memberships,
    steps_of,
)
from adapters.persistence.made import customer_id, group_id
from adapters.persistence.search import Has
from adapters.persistence.statements import Ask, Reader, Row, Statement, any_of
from adapters.persistence.tables import instant, perhaps_instant
from application.views.customers import MOST_HISTORY, CustomerWant, GroupCard, GroupTimeCard
from domain.groups import GroupKind, Tag
from domain.identity import CustomerId, MerchantId

_OF_GROUP = and_(
    customer_groups.c.merchant_id == group_memberships.c.merchant_id,
    customer_groups.c.id == group_memberships.c.group_id,
)
_OF_CUSTOMERS = (
    group_memberships.c.merchant_id == bindparam("merchant_id"),
    any_of(group_memberships.c.customer_id, "customer_ids"),
)
GROUPS_BY_ID = Statement(
    select(*GROUP_COLUMNS).where(
        customer_groups.c.merchant_id == bindparam("merchant_id"), any_of(customer_groups.c.id, "group_ids")
    )
)
_NOW = Statement(
    select(*GROUP_COLUMNS, group_memberships.c.customer_id)
    .select_from(group_memberships.join(customer_groups, _OF_GROUP))
    .where(*_OF_CUSTOMERS, group_memberships.c.until.is_(None))
    .order_by(customer_groups.c.above, customer_groups.c.name, customer_groups.c.id)
)
_PLACED = (
    select(
        *GROUP_COLUMNS,
        group_memberships.c.customer_id,
        group_memberships.c.since,
        group_memberships.c.until,
        func.row_number()
        .over(
            partition_by=group_memberships.c.customer_id,
            order_by=(group_memberships.c.since.desc(), group_memberships.c.group_id),
        )
        .label("place"),
    )
    .select_from(group_memberships.join(customer_groups, _OF_GROUP))
    .where(*_OF_CUSTOMERS)
    .subquery("placed")
)
_HISTORY = Statement(
    select(*[column for column in _PLACED.c if column.name != "place"])
    .where(_PLACED.c.place <= literal_column(str(MOST_HISTORY), Integer()))
    .order_by(_PLACED.c.place)
)
_TAGS = Statement(
    select(customer_tags.c.customer_id, customer_tags.c.tag)
    .where(
        customer_tags.c.merchant_id == bindparam("merchant_id"),
        any_of(customer_tags.c.customer_id, "customer_ids"),
    )
    .order_by(customer_tags.c.tag)
)


def in_group() -> ColumnElement[bool]:
    """Keep customers of the group `group_id`, or of one below it, whose way down has the step `group_step`."""
    return exists().where(
        _OF_GROUP,
        customer_groups.c.merchant_id == bindparam("merchant_id"),
        or_(customer_groups.c.id == bindparam("group_id"), Has(customer_groups.c.above, "group_step")),
        group_memberships.c.merchant_id == bindparam("merchant_id"),
        group_memberships.c.customer_id == customers.c.id,
        group_memberships.c.until.is_(None),
    )


def tagged() -> ColumnElement[bool]:
    """Keep customers that carry the tag."""
    return exists().where(
        customer_tags.c.merchant_id == bindparam("merchant_id"),
        customer_tags.c.customer_id == customers.c.id,
        customer_tags.c.tag == bindparam("tag"),
    )


def group_card(row: Row) -> GroupCard:
    """Read a group from `GROUP_COLUMNS`."""
    above = steps_of(row[3])
    return GroupCard(group_id(row[0]), GroupKind(row[1]), row[2], above[-1] if above else None)


def read_sorting(
    merchant_id: MerchantId, ids: Collection[CustomerId], want: CustomerWant
) -> Reader[Mapping[CustomerId, dict[str, Any]]]:
    """Read what is wanted of the groups and tags of customers: nothing where nothing is."""
    wanted = {"groups": want.groups, "group_history": want.group_history, "tags": want.tags}
    if not any(wanted.values()):
        return {}
    asked = {"merchant_id": merchant_id, "customer_ids": sorted(ids)}
    of_each: dict[CustomerId, dict[str, Any]] = {
        id: {name: () for name, is_wanted in wanted.items() if is_wanted} for id in ids
    }
    if want.groups:
        for row in (yield Ask(_NOW, asked)):
            of_each[customer_id(row[5])]["groups"] += (group_card(row),)
    if want.group_history:
        for row in (yield Ask(_HISTORY, asked)):
            card = GroupTimeCard(group_card(row), instant(row[6]), perhaps_instant(row[7]))
            of_each[customer_id(row[5])]["group_history"] += (card,)
    if want.tags:
        for customer, tag in (yield Ask(_TAGS, asked)):
            of_each[customer_id(customer)]["tags"] += (str.__new__(Tag, tag),)
    return of_each
