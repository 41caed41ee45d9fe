"""The directory: who stands behind a token."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import attrs

from application.authorization import Actor, ActorKind
from application.ports.tokens import Claims
from domain.errors import DomainError
from domain.identity import MerchantId, PersonId
from domain.merchant import Merchant


class Directory(Protocol):
    """Finds out who is asking; the only port that is not opened for one merchant, because it decides for which."""

    async def guest(self, *, slug: str | None) -> Actor:
        """Receive a guest of the merchant of this name, or of the only merchant there is.

        :raises UnknownMerchant: if there is none of that name, or none is named and there is not exactly one.
        """
        ...

    async def actor(self, claims: Claims, *, at: datetime) -> Actor:
        """Receive the person a token names, as it stands; whether a company is approved is decided for this instant.

        :raises Unauthenticated: if the merchant, the person or the person's place in the company is gone or suspended.
        """
        ...

    async def merchants(self) -> tuple[Merchant, ...]:
        """All merchants, by slug: for whoever runs the installation."""
        ...

    async def people(self, merchant_id: MerchantId, wanted: Wanted) -> tuple[Claims, ...]:
        """Name the first of those wanted, by id: for whoever runs the installation and hands out tokens."""
        ...


MOST_PEOPLE = 100


@attrs.frozen(kw_only=True)
class Wanted:
    """Whom to look for: buyers or staff; one person; the buyers of a company, or of companies in a price tier."""

    kind: ActorKind
    person_id: PersonId | None = None
    customer_name: str | None = None
    tier_code: str | None = None
    first: int = attrs.field(default=1, validator=(attrs.validators.ge(1), attrs.validators.le(MOST_PEOPLE)))


@attrs.frozen
class UnknownMerchant(DomainError):
    """There is no such merchant, or it was not said which of several."""

    slug: str | None
