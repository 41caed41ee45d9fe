"""Customers and the people who buy for them, as readers see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

import attrs

from application.views.orders import CompanyCard, OrderCard, OrdersWant, SalesRepCard
from application.views.pages import Slice, Window
from application.views.people import Membership
from application.views.registering import VerificationCard
from domain.customers import CustomerAddress, Role
from domain.groups import GroupKind, Tag
from domain.identity import BuyerId, CustomerGroupId, CustomerId, PriceTierId, ProductId, StaffId
from domain.ownership import OwnerKind, Ownership, with_periods
from domain.visibility import Verdict


@attrs.frozen(kw_only=True, cache_hash=True)
class CustomerWant:
    """What is asked for of a customer beside its id, its name and its tier."""

    addresses: bool = True
    groups: bool = False
    group_history: bool = False
    tags: bool = False
    verification: bool = False
    orders: tuple[OrdersWant, ...] = ()
    buyers: BuyerWant | None = None
    parent: bool = False
    branches: tuple[BranchesWant, ...] = ()
    ownerships: bool = False


@attrs.frozen(kw_only=True, cache_hash=True)
class BranchesWant:
    """Which page of a customer's branches, and what of each."""

    window: Window
    want: CustomerWant
    count: bool = False


@attrs.frozen(kw_only=True, cache_hash=True)
class CustomerFilter:
    """Which customers: all of what is given must hold."""

    text: str | None = None
    """A part of the name."""
    sales_rep_id: StaffId | None = None
    """Who looks after it now."""
    group_id: CustomerGroupId | None = None
    """Those in this group, or in one below it."""
    tag: Tag | None = None
    tier_id: PriceTierId | None = None


ANY_CUSTOMER = CustomerFilter()


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


MOST_HISTORY = 100
"""So many of the groups that a company is or was in are told, the newest first."""


class OwnershipCard(NamedTuple):
    """Who owned a customer, owns it or will, and for how long; nobody, where neither is there."""

    kind: OwnerKind
    since: datetime
    until: datetime | None = None
    sales_rep: SalesRepCard | None = None
    agent: CompanyCard | None = None


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
    verification: VerificationCard | None = None
    """Where it was wanted; None where there is none, or it is not the reader's to see."""
    buyers: tuple[BuyerCard, ...] = ()
    """Where they were wanted: everybody who buys for it, whoever came first."""
    parent: CompanyCard | None = None
    branches: Mapping[BranchesWant, Slice[CustomerCard]] = MappingProxyType({})
    """The pages of its branches that were wanted."""
    ownerships: tuple[OwnershipCard, ...] = ()
    """Its owners, the newest first, those who are planned included."""


class BuyerCard(NamedTuple):
    """A person and the company bought for."""

    id: BuyerId
    name: str
    role: Role
    customer: CustomerCard | None = None
    memberships: tuple[Membership, ...] = ()
    """Where they were wanted of the buyer who asks: every place of the same login, as seen from here."""
    suspended: bool = False


def ownership_cards(
    history: Iterable[Ownership],
    companies: Mapping[CustomerId, CompanyCard],
    sales_reps: Mapping[StaffId, SalesRepCard],
) -> tuple[OwnershipCard, ...]:
    """Show the owners of one customer."""
    return tuple(
        OwnershipCard(
            kind=one.kind,
            since=one.since,
            until=period.end,
            sales_rep=sales_reps.get(one.owner_id) if isinstance(one.owner_id, StaffId) else None,
            agent=companies.get(one.owner_id) if isinstance(one.owner_id, CustomerId) else None,
        )
        for one, period in with_periods(history)
    )


WHOLE_CUSTOMER = CustomerWant()
WHOLE_BUYER = BuyerWant()


class CustomerBook(Protocol):
    """Queries over the customers, opened for one actor at one moment.

    A buyer sees only the own company and those below it; staff see all of them, or without the permission none.
    """

    async def me(self, *, want: BuyerWant = WHOLE_BUYER) -> BuyerCard | None:
        """The buyer who asks; None for everybody else."""
        ...

    async def customers(
        self, *, window: Window, filter: CustomerFilter, count: bool, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Slice[CustomerCard]:
        """A page of customers, by the key (name, id)."""
        ...

    async def customers_by_id(
        self, ids: Collection[CustomerId], *, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Mapping[CustomerId, CustomerCard]:
        """The customers of these ids; what does not exist, or is not the actor's to see, is left out."""
        ...

    async def buyers_by_id(
        self, ids: Collection[BuyerId], *, want: BuyerWant = WHOLE_BUYER
    ) -> Mapping[BuyerId, BuyerCard]:
        """The buyers of these ids; a buyer sees only those of the own company and of those below it."""
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
