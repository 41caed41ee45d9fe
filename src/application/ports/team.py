"""The people of a merchant: who works there, and who buys for a company."""

from __future__ import annotations

from typing import Protocol

from domain.customers import Buyer
from domain.identity import BuyerId, CustomerId
from domain.merchant import Staff
from domain.team import Company, Team


class Colleagues(Protocol):
    """The people of one merchant. A buyer's storage holds only those of the company bought for."""

    def team(self) -> Team:
        """Everybody who works for the merchant, kept as they are until the unit of work ends."""
        ...

    def company(self, customer_id: CustomerId) -> Company:
        """Everybody who buys for a company, kept as they are until the unit of work ends; nobody where it is not the
        actor's to see."""
        ...

    def company_of(self, buyer_id: BuyerId) -> Company:
        """Everybody who buys for the company of this buyer; nobody where there is none for this actor."""
        ...

    def add(self, person: Staff | Buyer) -> None:
        """Store somebody new.

        :raises Stale: if the login has this place already.
        """
        ...

    def save(self, person: Staff | Buyer) -> None:
        """Store what somebody may do from now on.

        :raises Stale: if nobody is called so.
        """
        ...

    def demand_second_factor(self, demanded: bool) -> None:
        """Store whether staff need a second factor."""
        ...
