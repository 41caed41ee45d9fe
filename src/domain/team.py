"""Teams: who works for a merchant, who buys for a company, and that somebody always can say who does."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from domain.customers import Buyer, Role
from domain.errors import DomainError
from domain.identity import BuyerId, LoginId, PersonId, StaffId
from domain.merchant import Staff

MANAGES = "MANAGE_STAFF"
"""The permission of those who manage the others."""


@attrs.frozen
class Team:
    """Everybody who works for a merchant."""

    members: tuple[Staff, ...]

    def get(self, id: StaffId) -> Staff:
        """:raises StaffNotFound: if nobody is called so."""
        found = next((one for one in self.members if one.id == id), None)
        if found is None:
            raise StaffNotFound
        return found

    def admit(self, login_id: LoginId) -> None:
        """Let a login join.

        :raises AlreadyStaff: if it has.
        """
        if any(one.login_id == login_id for one in self.members):
            raise AlreadyStaff

    def change(
        self,
        id: StaffId,
        *,
        by: PersonId | None,
        permissions: frozenset[str] | None = None,
        suspended: bool | None = None,
    ) -> Staff:
        """Change what somebody may do, or whether they may do anything.

        :raises StaffNotFound: if nobody is called so.
        :raises OwnAccess: if it is whoever asks.
        :raises LastManager: if then nobody would be left who manages the others.
        """
        before = self.get(id)
        if id == by:
            raise OwnAccess
        after = attrs.evolve(
            before,
            permissions=before.permissions if permissions is None else permissions,
            suspended=before.suspended if suspended is None else suspended,
        )
        others = [one for one in self.members if one.id != id]
        if _managers([*others, before]) and not _managers([*others, after]):
            raise LastManager
        return after


def _managers(members: Sequence[Staff]) -> bool:
    return any(MANAGES in one.permissions and not one.suspended for one in members)


@attrs.frozen
class Company:
    """Everybody who buys for one company."""

    buyers: tuple[Buyer, ...]

    def get(self, id: BuyerId) -> Buyer:
        """:raises BuyerNotFound: if nobody is called so."""
        found = next((one for one in self.buyers if one.id == id), None)
        if found is None:
            raise BuyerNotFound
        return found

    def admit(self, login_id: LoginId) -> None:
        """Let a login join.

        :raises AlreadyBuyer: if it has.
        """
        if any(one.login_id == login_id for one in self.buyers):
            raise AlreadyBuyer

    def change(
        self, id: BuyerId, *, by: PersonId | None, role: Role | None = None, suspended: bool | None = None
    ) -> Buyer:
        """Change what somebody may do for the company, or whether they may do anything.

        :raises BuyerNotFound: if nobody is called so.
        :raises OwnAccess: if it is whoever asks.
        :raises NoOwnerLeft: if then the company would have no owner left.
        """
        before = self.get(id)
        if id == by:
            raise OwnAccess
        after = attrs.evolve(
            before,
            role=role or before.role,
            suspended=before.suspended if suspended is None else suspended,
        )
        others = [one for one in self.buyers if one.id != id]
        if _owners([*others, before]) and not _owners([*others, after]):
            raise NoOwnerLeft
        return after


def _owners(buyers: Sequence[Buyer]) -> bool:
    return any(one.role is Role.OWNER and not one.suspended for one in buyers)


@attrs.frozen
class StaffNotFound(DomainError):
    """Nobody who works for the merchant is called so."""


@attrs.frozen
class BuyerNotFound(DomainError):
    """There is no such buyer for whoever asks."""


@attrs.frozen
class OwnAccess(DomainError):
    """Nobody changes what they may do themselves."""


@attrs.frozen
class LastManager(DomainError):
    """Nobody would be left who manages the staff."""


@attrs.frozen
class NoOwnerLeft(DomainError):
    """The company would have no owner left."""


@attrs.frozen
class AlreadyStaff(DomainError):
    """The person works for the merchant already, perhaps suspended."""


@attrs.frozen
class AlreadyBuyer(DomainError):
    """The person buys for the company already, perhaps suspended."""


@attrs.frozen
class NotYoursToGrant(DomainError):
    """Nobody grants what they may not do themselves, or what is not granted one by one."""

    permissions: tuple[str, ...]


@attrs.frozen
class ContactRequired(DomainError):
    """A person is found by a phone or an e-mail, and neither was given."""
