"""Invitations: staff make them, and call them back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.secrets import Secrets
from application.ports.storage import Storage, UnitOfWork
from application.signing_in import phone_of
from domain.customers import Role
from domain.errors import DomainError
from domain.groups import MOST_TAGS, Tag
from domain.identity import CustomerId, InvitationId, PriceTierId, StaffId
from domain.invitations import MOST_USES, InvalidEntry, Invitation, Welcome
from domain.ownership import OwnerKind, Ownership
from domain.privacy import HIDDEN
from domain.trail import TrailNote

LASTS = timedelta(days=7)
"""Unless something else is said."""


@attrs.frozen
class UnknownTier(DomainError):
    """The merchant has no such price tier."""


@attrs.frozen
class UnknownStaff(DomainError):
    """Nobody of that identity works for the merchant."""


@attrs.frozen(kw_only=True)
class AskedInvitation:
    """The invitation that staff ask for, as it was given."""

    tier_id: PriceTierId | None = None
    sales_rep_id: StaffId | None = None
    customer_id: CustomerId | None = None
    role: Role | None = None
    """OWNER of a new company, PURCHASER of one that is there, where none is said."""
    phone: str | None = None
    most_uses: int = 1
    expires_at: datetime | None = None
    parent_id: CustomerId | None = None
    tags: Collection[str] = ()


@attrs.frozen(kw_only=True)
class CreateInvitation:
    """Make an invitation; whoever has its code may come."""

    unit_of_work: UnitOfWork
    secrets: Secrets
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, asked: AskedInvitation) -> Invitation:
        """:raises InvalidEntry: if the role, the uses, the time or a tag cannot be, or a company that is joined is to
            get what only new ones do.
        :raises InvalidPhone: if it is none.
        :raises UnknownTier: if there is no such tier.
        :raises UnknownStaff: if nobody of that identity works here.
        :raises CustomerNotFound: if there is no such company.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        at = self.clock.now()
        invitation = self._made(actor, asked, at=at)
        with self.unit_of_work(actor) as storage:
            for named in (asked.customer_id, asked.parent_id):
                if named is not None:
                    storage.customers.get(named)
            check_assigned(storage, tier_id=asked.tier_id, sales_rep_id=asked.sales_rep_id)
            storage.invitations.add(invitation)
            storage.trail.note(
                TrailNote(at=at, operation="createInvitation", about=invitation.id, after=_noted(invitation))
            )
        return invitation

    def _made(self, actor: Actor, asked: AskedInvitation, *, at: datetime) -> Invitation:
        phone = None if asked.phone is None else phone_of(asked.phone)
        if not 1 <= asked.most_uses <= MOST_USES:
            raise InvalidEntry("mostUses")
        usual = Role.OWNER if asked.customer_id is None else Role.PURCHASER
        try:
            welcome = Welcome(
                tier_id=asked.tier_id,
                sales_rep_id=asked.sales_rep_id,
                customer_id=asked.customer_id,
                role=asked.role or usual,
                parent_id=asked.parent_id,
                tags=_tags(asked.tags),
            )
        except ValueError:
            raise InvalidEntry("role" if asked.customer_id is None else "customerId") from None
        try:
            return Invitation(
                id=self.ids.new(InvitationId),
                code=self.secrets.new_invitation_code(),
                welcome=welcome,
                phone_index=None if phone is None else self.secrets.phone_index(phone),
                phone=None if phone is None else phone.masked,
                most_uses=asked.most_uses,
                made_by=actor.person_id if isinstance(actor.person_id, StaffId) else None,
                made_at=at,
                expires_at=asked.expires_at or at + LASTS,
            )
        except ValueError:
            raise InvalidEntry("expiresAt") from None


@attrs.frozen(kw_only=True)
class RevokeInvitation:
    """Call an invitation back; those who came with it stay."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, invitation_id: InvitationId) -> Invitation:
        """Answer the same where it was called back before.

        :raises InvitationNotFound: if there is no such invitation.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        at = self.clock.now()
        with self.unit_of_work(actor) as storage:
            found = storage.invitations.get(invitation_id)
            after = found.revoke(at=at)
            if after != found:
                storage.invitations.revoke(after)
                storage.trail.note(
                    TrailNote(
                        at=at,
                        operation="revokeInvitation",
                        about=found.id,
                        before={"revoked": "false"},
                        after={"revoked": "true", "uses": str(found.uses)},
                    )
                )
        return after


def _tags(given: Collection[str]) -> tuple[Tag, ...]:
    """:raises InvalidEntry: if one is none, or there are too many."""
    try:
        tags = sorted({Tag(text) for text in given})
    except ValueError:
        raise InvalidEntry("tags") from None
    if len(tags) > MOST_TAGS:
        raise InvalidEntry("tags")
    return tuple(tags)


def check_assigned(storage: Storage, *, tier_id: PriceTierId | None, sales_rep_id: StaffId | None) -> None:
    """Look whether what a company is given is the merchant's.

    :raises UnknownTier: if there is no such tier.
    :raises UnknownStaff: if nobody of that identity works here.
    """
    if tier_id is not None and all(tier.id != tier_id for tier in storage.customers.tiers()):
        raise UnknownTier
    if sales_rep_id is not None and not storage.ownerships.knows(sales_rep_id):
        raise UnknownStaff


def look_after(storage: Storage, customer_id: CustomerId, sales_rep_id: StaffId, *, at: datetime) -> None:
    """Let somebody look after a company from now on."""
    storage.ownerships.set(
        Ownership(customer_id=customer_id, kind=OwnerKind.SALES_REP, since=at, owner_id=sales_rep_id)
    )


def _noted(one: Invitation) -> dict[str, str]:
    """What the trail says of a new invitation: never its code, and of a phone that there is one."""
    welcome = one.welcome
    facts = {
        "role": welcome.role.value,
        "mostUses": str(one.most_uses),
        "expiresAt": one.expires_at.isoformat(),
        "tier": welcome.tier_id,
        "salesRep": welcome.sales_rep_id,
        "customer": welcome.customer_id,
        "parent": welcome.parent_id,
        "tags": ", ".join(welcome.tags) or None,
        "phone": one.phone and HIDDEN,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}
