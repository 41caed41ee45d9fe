"""Tokens: who somebody is, signed, for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import attrs

from application.authorization import ActorKind
from domain.errors import DomainError
from domain.identity import CustomerId, MerchantId, PersonId, SessionId
from domain.people import SecondFactor


@attrs.frozen(kw_only=True)
class Claims:
    """What a token says: the merchant, the person, for a buyer the company bought for, and the session if any."""

    merchant_id: MerchantId
    kind: ActorKind
    person_id: PersonId
    customer_id: CustomerId | None = None
    session_id: SessionId | None = None
    second_factor: SecondFactor = SecondFactor.NOT_NEEDED
    """How it stood with the second factor when the token was made."""

    def lacks_factor(self, *, demanded: bool) -> bool:
        """Tell whether the token opens nothing but the way to show or set up the second factor.

        What a merchant demands of staff holds at once, for tokens that were made before, too.
        """
        owed = demanded and self.kind is ActorKind.STAFF and self.second_factor is not SecondFactor.SHOWN
        return owed or self.second_factor.lacking


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
