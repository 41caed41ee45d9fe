"""Customers and the people who buy for them, as readers see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

import attrs

from application.views.orders import OrderCard, OrdersWant
from application.views.pages import Slice, Window
from application.views.people import Membership
from domain.customers import CustomerAddress, Role
from domain.groups import GroupKind, Tag
from domain.identity import BuyerId, CustomerGroupId, CustomerId, PriceTierId, ProductId
from domain.visibility import Verdict


@attrs.frozen(kw_only=True, cache_hash=True)
class CustomerWant:
    """What is asked for of a customer beside its id, its name and its tier."""

    addresses: bool = True
    groups: bool = False
    group_history: bool = False
    tags: bool = False
    orders: tuple[OrdersWant, ...] = ()


@attrs.frozen(kw_only=True, cache_hash=True)
class BuyerWant:
    """What is asked for of a buyer beside the id, the name and the role."""

    customer: CustomerWant | None = CustomerWant()
    memberships: bool = False


class TierCard(NamedTuple):
    """A price tier by its names."""

    id: PriceTierId
    code: str
    name: str


class GroupCard(NamedTuple):
    """A group of customers, and which is above it."""

    id: CustomerGroupId
    kind: GroupKind
    name: str
    parent_id: CustomerGroupId | None = None


class GroupTimeCard(NamedTuple):
    """A group that a company is or was in, and when; the group may be gone."""

    group: GroupCard
    since: datetime
    until: datetime | None = None


@attrs.frozen(kw_only=True)
class CustomerFilter:
    """Which customers: all of what is given must hold."""

    group_id: CustomerGroupId | None = None
    """Those in this group, or in one below it."""
    tag: Tag | None = None
    tier_id: PriceTierId | None = None


ANY_CUSTOMER = CustomerFilter()
MOST_HISTORY = 100
"""So many of the groups that a company is or was in are told, the newest first."""


class CustomerCard(NamedTuple):
    """A buying company; what was not wanted is left at its default."""

    id: CustomerId
    name: str
    tier: TierCard
    addresses: tuple[CustomerAddress, ...] = ()
    groups: tuple[GroupCard, ...] = ()
    """Those it is in now, by (above, name, id)."""
    group_history: tuple[GroupTimeCard, ...] = ()
    """Those it is or was in, the newest first."""
    tags: tuple[Tag, ...] = ()
    orders: Mapping[OrdersWant, Slice[OrderCard]] = MappingProxyType({})
    """The pages of its orders that were wanted."""


class BuyerCard(NamedTuple):
    """A person and the company bought for."""

    id: BuyerId
    name: str
    role: Role
    customer: CustomerCard | None = None
    memberships: tuple[Membership, ...] = ()
    """Where they were wanted of the buyer who asks: every place of the same login, as seen from here."""


WHOLE_CUSTOMER = CustomerWant()
WHOLE_BUYER = BuyerWant()


class CustomerBook(Protocol):
    """Queries over the customers, opened for one actor at one moment.

    A buyer sees only the own company; staff see all of them, or without the permission none.
    """

    async def me(self, *, want: BuyerWant = WHOLE_BUYER) -> BuyerCard | None:
        """The buyer who asks; None for everybody else."""
        ...

    async def customers(
        self,
        *,
        window: Window,
        text: str | None,
        count: bool,
        filter: CustomerFilter = ANY_CUSTOMER,
        want: CustomerWant = WHOLE_CUSTOMER,
    ) -> Slice[CustomerCard]:
        """A page of customers whose name has the text in it and that the filter keeps, by the key (name, id)."""
        ...

    async def customers_by_id(
        self, ids: Collection[CustomerId], *, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Mapping[CustomerId, CustomerCard]:
        """The customers of these ids; what does not exist, or is not the actor's to see, is left out."""
        ...

    async def buyers_by_id(
        self, ids: Collection[BuyerId], *, want: BuyerWant = WHOLE_BUYER
    ) -> Mapping[BuyerId, BuyerCard]:
        """The buyers of these ids; a buyer sees only those of the own company."""
        ...

    async def memberships(self) -> tuple[Membership, ...]:
        """Every place of the login that asks, by the person's id; only the own one where there is no login."""
        ...

    async def groups(self) -> tuple[GroupCard, ...]:
        """All groups, those above before those below, by (above, name, id)."""
        ...

    async def groups_by_id(self, ids: Collection[CustomerGroupId]) -> Mapping[CustomerGroupId, GroupCard]:
        """The groups of these ids, those that are gone, too; what does not exist is left out."""
        ...

    async def would_see(self, customer_id: CustomerId, product_id: ProductId) -> Verdict | None:
        """Whether a company sees a product, and why; None where there is no such company or product."""
        ...

    async def tiers(self) -> tuple[TierCard, ...]:
        """All price tiers, by (code, id)."""
        ...
