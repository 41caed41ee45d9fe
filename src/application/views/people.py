"""The places of a login, as whoever signs in sees them."""

from __future__ import annotations

from typing import NamedTuple

from domain.customers import Role
from domain.identity import CustomerId, MerchantId, PersonId


class Membership(NamedTuple):
    """One place of a login: as a buyer of one company, or as staff of a merchant, without company and role."""

    merchant_id: MerchantId
    merchant_name: str
    person_id: PersonId
    customer_id: CustomerId | None = None
    customer_name: str | None = None
    role: Role | None = None
    second_factor: bool = False
    """Whether the merchant demands a second factor of staff."""

    def seen_at(self, merchant_id: MerchantId) -> Membership:
        """What a list shows at this merchant: of places elsewhere only whose they are."""
        return self if self.merchant_id == merchant_id else self._replace(role=None)
