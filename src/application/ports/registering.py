"""Storage for registering: the companies, invitations to them, and what the merchant finds of what they say."""

from __future__ import annotations

from typing import Protocol

import attrs

from domain.customers import Approval, Buyer, Customer
from domain.errors import DomainError
from domain.identity import CustomerId, InvitationId, PriceTierId, StaffId
from domain.invitations import Invitation, InvitationCode
from domain.verification import VerificationCase


class Customers(Protocol):
    """The buying companies. A buyer's storage holds only the own one."""

    def get(self, customer_id: CustomerId) -> Customer:
        """Find the company.

        :raises CustomerNotFound: if there is no such company for this actor.
        """
        ...

    def add(self, customer: Customer) -> None:
        """Store a new company."""
        ...

    def add_buyer(self, buyer: Buyer) -> None:
        """Store somebody new who buys for a company.

        :raises Stale: if the login buys for it already.
        """
        ...

    def approve(
        self,
        customer_id: CustomerId,
        *,
        approval: Approval,
        tier_id: PriceTierId,
        sales_rep_id: StaffId | None,
    ) -> None:
        """Store what was decided of a company; only that."""
        ...

    def withdraw_approval(self, customer_id: CustomerId) -> None:
        """Store that a company is not approved; only that."""
        ...

    def tiers(self) -> tuple[PriceTierId, ...]:
        """The price tiers of the merchant, the one that was made first before the others."""
        ...

    def employs(self, staff_id: StaffId) -> bool:
        """Tell whether somebody works for the merchant, and so may look after a company."""
        ...


@attrs.frozen
class CustomerNotFound(DomainError):
    """There is no such company for whoever asks."""


class Invitations(Protocol):
    """The invitations of the merchant."""

    def get(self, invitation_id: InvitationId) -> Invitation:
        """Find an invitation.

        :raises InvitationNotFound: if there is none.
        """
        ...

    def by_code(self, code: InvitationCode) -> Invitation:
        """Find an invitation by its code.

        :raises InvitationNotFound: if there is none.
        """
        ...

    def add(self, invitation: Invitation) -> None:
        """Store a new one.

        :raises Stale: if another has its code.
        """
        ...

    def use(self, invitation: Invitation) -> None:
        """Count one more who came with it.

        :raises Stale: if it was used up or called back meanwhile.
        """
        ...

    def revoke(self, invitation: Invitation) -> None:
        """Store that it was called back."""
        ...


class Verifications(Protocol):
    """The verifications of the companies. A buyer's storage holds only that of the own one."""

    def get(self, customer_id: CustomerId) -> VerificationCase:
        """Find the verification of a company.

        :raises VerificationNotFound: if there is none for this actor.
        """
        ...

    def add(self, case: VerificationCase) -> None:
        """Store a new one with its events."""
        ...

    def save(self, case: VerificationCase) -> VerificationCase:
        """Store what was said and the steps that were made, with their events; return it as it is stored.

        :raises Stale: if it was saved by someone else meanwhile.
        """
        ...
