"""Customers and the people who buy for them, as readers see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

import attrs

from application.views.pages import Slice, Window
from domain.customers import CustomerAddress, Role
from domain.identity import BuyerId, CustomerId, PriceTierId


@attrs.frozen(kw_only=True)
class TierCard:
    """A price tier by its names."""

    id: PriceTierId
    code: str
    name: str


@attrs.frozen(kw_only=True)
class CustomerCard:
    """A buying company."""

    id: CustomerId
    name: str
    tier: TierCard
    addresses: tuple[CustomerAddress, ...] = ()


@attrs.frozen(kw_only=True)
class BuyerCard:
    """A person and the company bought for."""

    id: BuyerId
    name: str
    role: Role
    customer: CustomerCard


class CustomerBook(Protocol):
    """Queries over the customers, opened for one actor at one moment; a buyer sees only the own company."""

    async def me(self) -> BuyerCard | None:
        """The buyer who asks; None for everybody else."""
        ...

    async def customers(self, *, window: Window, text: str | None, count: bool) -> Slice[CustomerCard]:
        """A page of customers whose name has the text in it, by the key (name, id)."""
        ...

    async def customers_by_id(self, ids: Collection[CustomerId]) -> Mapping[CustomerId, CustomerCard]:
        """The customers of these ids; what does not exist, or is not the actor's to see, is left out."""
        ...

    async def buyers_by_id(self, ids: Collection[BuyerId]) -> Mapping[BuyerId, BuyerCard]:
        """The buyers of these ids; a buyer sees only those of the own company."""
        ...

    async def tiers(self) -> tuple[TierCard, ...]:
        """All price tiers, by (code, id)."""
        ...
