"""Tokens: who somebody is, signed, for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import attrs

from application.authorization import ActorKind
from domain.errors import DomainError
from domain.identity import CustomerId, MerchantId, PersonId


@attrs.frozen(kw_only=True)
class Claims:
    """What a token says: the merchant, the person and, for a buyer, the company bought for."""

    merchant_id: MerchantId
    kind: ActorKind
    person_id: PersonId
    customer_id: CustomerId | None = None


class Tokens(Protocol):
    """Makes tokens and reads them."""

    def issue(self, claims: Claims, *, until: datetime) -> str:
        """Sign the claims; they hold until then."""
        ...

    def read(self, token: str, *, at: datetime) -> Claims:
        """Take the claims out of a token.

        :raises InvalidToken: if it is not one of ours, or no longer holds.
        """
        ...


@attrs.frozen
class InvalidToken(DomainError):
    """The token is not ours, was altered, or has expired."""

    expired: bool = False
