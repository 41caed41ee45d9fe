"""Customers: the buying companies, the people who buy for them, and where goods go."""

from __future__ import annotations

from datetime import date
from enum import Enum

import attrs

from domain.errors import DomainError
from domain.identity import AddressId, BuyerId, CustomerId, LoginId, PriceTierId, Text


class Role(Enum):
    """What a buyer may do for the company."""

    OWNER = "OWNER"
    PURCHASER = "PURCHASER"
    APPROVER = "APPROVER"
    FINANCE = "FINANCE"
    VIEWER = "VIEWER"


@attrs.frozen(kw_only=True)
class Address:
    """Where goods are delivered to, and to whom."""

    recipient: str = attrs.field(validator=attrs.validators.min_len(1))
    phone: str
    region: str
    street: str


@attrs.frozen(kw_only=True)
class CustomerAddress:
    """An address in the company's book."""

    id: AddressId
    address: Address


class CompanyName(Text):
    """What a buying company is called."""

    __slots__ = ()
    longest = 100


MOST_ABOVE = 5
"""So many companies are above another at most: the tree has six levels."""


@attrs.frozen(kw_only=True)
class Lineage:
    """Where a company stands in the tree of companies: what is above it, and how far the tree goes on below it."""

    customer_id: CustomerId
    above: tuple[CustomerId, ...] = attrs.field(default=(), validator=attrs.validators.max_len(MOST_ABOVE))
    """The companies above it, the nearest first."""
    levels_below: int = 0


@attrs.frozen(kw_only=True)
class Approval:
    """Whether a company was found to be what it says, and until which day that holds."""

    given: bool = True
    until: date | None = None
    """The last day, where the merchant is; without one it holds for good."""

    def holds_on(self, day: date) -> bool:
        """Tell whether the company may see prices and order on this day."""
        return self.given and (self.until is None or day <= self.until)


APPROVED = Approval()
NOT_APPROVED = Approval(given=False)


@attrs.frozen(kw_only=True)
class Customer:
    """A buying company with its price tier (客户等级); never a person."""

    id: CustomerId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    tier_id: PriceTierId
    parent_id: CustomerId | None = None
    """The company it is a branch of (总部、区域代理), which acts for it."""
    addresses: tuple[CustomerAddress, ...] = ()
    approval: Approval = APPROVED

    def move(self, *, own: Lineage, under: Lineage | None) -> Customer:
        """Make it a branch of another company, or of none, with everything that hangs below it.

        :raises BranchOfItself: if the other one is the company itself, or is below it.
        :raises TreeTooDeep: if something would have more companies above it than may be.
        """
        if under is None:
            return attrs.evolve(self, parent_id=None)
        if self.id in (under.customer_id, *under.above):
            raise BranchOfItself(self.id, under.customer_id)
        if len(under.above) + 1 + own.levels_below > MOST_ABOVE:
            raise TreeTooDeep(MOST_ABOVE)
        return attrs.evolve(self, parent_id=under.customer_id)


@attrs.frozen(kw_only=True)
class Buyer:
    """A person who buys for a company (订货员)."""

    id: BuyerId
    customer_id: CustomerId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    role: Role = Role.PURCHASER
    login_id: LoginId | None = None
    """Who signs in as this buyer; the same login may be others as well."""
    suspended: bool = False
    """Whether they may do nothing at the moment."""


@attrs.frozen
class AddressNotFound(DomainError):
    """The company has no such address."""


@attrs.frozen
class ParentNotFound(DomainError):
    """There is no such company to be a branch of."""


@attrs.frozen
class BranchOfItself(DomainError):
    """A company cannot be a branch of itself, nor of one that is below it."""

    customer_id: CustomerId
    parent_id: CustomerId


@attrs.frozen
class TreeTooDeep(DomainError):
    """Something would have more companies above it than may be."""

    most_above: int


@attrs.frozen
class InvalidCompanyName(DomainError):
    """A company's name is short, printable and not empty."""

    longest: int


@attrs.frozen
class TierNotFound(DomainError):
    """There is no such price tier."""

    reference: str
