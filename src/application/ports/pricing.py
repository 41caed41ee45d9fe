"""Price lists and their ladders; part of the storage of the verbs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias, TypeVar

from domain.events import Event
from domain.identity import BrandId, CategoryId, CustomerId, PriceListId, SkuId
from domain.ladders import AnyLadder
from domain.price_choice import SkuPrices
from domain.pricing import PriceChange, PriceList

T = TypeVar("T")
Later: TypeAlias = Callable[[], T]
"""What was asked for: calling it waits for the answer. What is asked before that may travel together."""
Charged: TypeAlias = Callable[[datetime], Mapping[SkuId, SkuPrices]]
"""What SKUs cost a customer at a moment: calling it waits for the answer."""


class Prices(Protocol):
    """Price lists and their ladders."""

    def lists(self, ids: Collection[PriceListId] | None = None) -> tuple[PriceList, ...]:
        """These lists, or all of them, those of the base price and of the tiers included; by id."""
        ...

    def standard(self) -> tuple[PriceList, ...]:
        """The list of the base price and those of the tiers' own prices; by id."""
        ...

    def named(self, names: Collection[str]) -> tuple[PriceList, ...]:
        """The lists with one of these ids or names, and that of the base price; by id."""
        ...

    def ladders(
        self, *, list_ids: Collection[PriceListId], sku_ids: Collection[SkuId] | None = None
    ) -> Mapping[tuple[PriceListId, SkuId], AnyLadder]:
        """What these lists say of these SKUs, or of all; where a list has nothing for a SKU, nothing.

        Staged prices are left out until they are published.
        """
        ...

    def of_customer(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime | None = None
    ) -> Mapping[SkuId, Mapping[PriceList, AnyLadder]]:
        """Every list this customer may get, whether it holds now or not, with what it says of each SKU.

        These are its contracts, the lists for it and for the companies above it, for its groups and the regions they
        lie in, for its tier, and for everyone; each says how far above the customer its company is. Lists that ended
        before `at` are left out. An empty ladder stands for a list that does not have the SKU. Without a customer it
        is what everyone gets.
        """
        ...

    def charged_later(
        self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], since: datetime
    ) -> Charged:
        """Ask what each of these SKUs costs the customer, at moments from `since` on: what the domain makes of the
        lists of `of_customer`."""
        ...

    def skus_in(
        self, list_id: PriceListId, *, category_id: CategoryId | None, brand_id: BrandId | None, most: int
    ) -> frozenset[SkuId]:
        """The SKUs that a list has prices for, of a category with those below it, of a brand; at most so many."""
        ...

    def add(self, one: PriceList) -> None:
        """Store a new list.

        :raises Stale: if there is no such audience, or there is another list of which there can be only one.
        """
        ...

    def lock(self, list_id: PriceListId) -> PriceList | None:
        """Find a list and keep it as it is until the unit of work ends; None where there is none."""
        ...

    def save(self, one: PriceList) -> None:
        """Store what has changed of a list, after `lock`.

        :raises Stale: if there is no such audience.
        """
        ...

    def set(self, changes: Sequence[PriceChange], *, event: Event) -> Mapping[PriceChange, AnyLadder]:
        """Replace the ladders named, those and no others, and record the fact.

        Answers with the ladders that gave way to each change; where there were none, nothing.

        :raises Stale: if there is no such list or SKU, or two changes are of one ladder: the same list, SKU, unit,
            validity and priority.
        """
        ...
