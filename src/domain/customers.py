"""Customers: the buying companies, the people who buy for them, and where goods go."""

from __future__ import annotations

from datetime import date
from enum import Enum

import attrs

from domain.errors import DomainError
from domain.identity import AddressId, BuyerId, CustomerId, LoginId, PriceTierId, StaffId


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
    addresses: tuple[CustomerAddress, ...] = ()
    approval: Approval = APPROVED
    sales_rep_id: StaffId | None = None
    """Who of the merchant's staff looks after the company (业务员)."""


@attrs.frozen(kw_only=True)
class Buyer:
    """A person who buys for a company (订货员)."""

    id: BuyerId
    customer_id: CustomerId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    role: Role = Role.PURCHASER
    login_id: LoginId | None = None
    """Who signs in as this buyer; the same login may be others as well."""


@attrs.frozen
class AddressNotFound(DomainError):
    """The company has no such address."""
