"""Registering as readers see it: invitations, and where the verifications of companies stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple, Protocol

import attrs

from application.authorization import Actor, Permission, sees_company_details, veil_for
from application.views.pages import Slice, Window
from domain.identity import CustomerId, StaffId
from domain.invitations import Invitation
from domain.privacy import Veil
from domain.verification import (
    CompanyDetails,
    CreditTerms,
    VerificationCase,
    VerificationState,
    VerificationStep,
)


@attrs.frozen(kw_only=True, cache_hash=True)
class VerificationFilter:
    """Which verifications: all of what is given must hold."""

    state: VerificationState | None = None


ANY_VERIFICATION = VerificationFilter()


class DetailsCard(NamedTuple):
    """What a company says of itself, whom to ask masked to those who need not know people."""

    legal_name: str
    code: str
    contact: str
    phone: str | None
    picture: str
    valid_until: date | None

    @classmethod
    def of(cls, details: CompanyDetails, veil: Veil) -> DetailsCard:
        """Show the details."""
        return cls(
            legal_name=details.legal_name,
            code=details.code,
            contact=veil.name(details.contact),
            phone=details.phone and veil.phone(details.phone),
            picture=details.picture,
            valid_until=details.valid_until,
        )


class VerificationCard(NamedTuple):
    """The verification of a company as its reader may see it."""

    customer_id: CustomerId
    customer_name: str
    state: VerificationState
    """On the day on which it is looked at."""
    moved_at: datetime
    steps: tuple[VerificationStep, ...]
    approved_until: date | None = None
    details: DetailsCard | None = None
    """What the company says of itself; None where it has said nothing, or to those who may not read it."""
    credit: CreditTerms | None = None
    """To the same."""


def verification_card(case: VerificationCase, *, name: str, actor: Actor, day: date) -> VerificationCard:
    """Show a verification to somebody; who of the staff acted is shown to those who approve companies."""
    manages, reads = actor.has(Permission.MANAGE_CUSTOMERS), sees_company_details(actor)
    return VerificationCard(
        customer_id=case.customer_id,
        customer_name=name,
        state=case.state_on(day),
        moved_at=case.moved_at,
        steps=case.steps if manages else tuple(map(_without_staff, case.steps)),
        approved_until=case.approved_until,
        details=DetailsCard.of(case.details, veil_for(actor)) if reads and case.details else None,
        credit=case.credit if reads else None,
    )


def _without_staff(step: VerificationStep) -> VerificationStep:
    return attrs.evolve(step, by=None) if isinstance(step.by, StaffId) else step


class RegistrationBook(Protocol):
    """Queries over those who register, opened for one actor at one moment.

    Staff who manage customers see all of it; a buyer sees the verification of the own company, and other staff who see
    customers where theirs stand. What has expired is decided by the day of the moment, where the merchant is.
    """

    async def invitations(self, *, window: Window, count: bool) -> Slice[Invitation]:
        """A page of invitations, newest first, by the key (id)."""
        ...

    async def verifications(
        self, *, window: Window, filter: VerificationFilter, count: bool
    ) -> Slice[VerificationCard]:
        """A page of verifications, the longest in its state first. Keys: microseconds since 1970, customer id."""
        ...

    async def verifications_of(
        self, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, VerificationCard]:
        """The verifications of these companies; what does not exist, or is not the actor's to see, is left out."""
        ...
