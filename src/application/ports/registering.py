"""Storage for registering: invitations, and what the merchant finds of what companies say they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.identity import CustomerId, InvitationId
from domain.invitations import Invitation, InvitationCode
from domain.verification import VerificationCase


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

    def for_phone(self, phone_index: str) -> Sequence[Invitation]:
        """Find those that are for a phone, the oldest first."""
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

    def forget(self, invitations: Sequence[Invitation]) -> None:
        """Store that these are for no phone any more, and which of them were called back with that."""
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
