"""Customer groups, tags, and to whom goods are shown, as the verbs need them. What is locked stays as it is until the
unit of work ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

import attrs

from domain.groups import CustomerGroup, CustomerTags, GroupUse
from domain.identity import AudienceId, CustomerGroupId, CustomerId, ProductId
from domain.visibility import Visibility


class Groups(Protocol):
    """The groups of customers, and who is in them. A group that was deleted is found by none of these."""

    def all(self) -> tuple[CustomerGroup, ...]:
        """All groups, those above before those below, by (above, name, id)."""
        ...

    def lock(self, ids: Collection[CustomerGroupId]) -> Mapping[CustomerGroupId, CustomerGroup]:
        """Find groups and lock them, in the order of their ids; what does not exist is left out."""
        ...

    def add(self, group: CustomerGroup) -> None:
        """Store a new group.

        :raises Stale: if another at the same place has the name.
        """
        ...

    def save(self, group: CustomerGroup) -> None:
        """Store what a group has become, after `lock`.

        :raises Stale: if another at the same place has the name.
        """
        ...

    def customers(self, ids: Collection[CustomerId]) -> frozenset[CustomerId]:
        """Which of these companies there are."""
        ...

    def put_in(
        self, group_id: CustomerGroupId, customer_ids: Collection[CustomerId], *, at: datetime
    ) -> tuple[CustomerId, ...]:
        """Put companies into a group, after `lock`; answer with those that were not in it, by id.

        :raises Stale: if one of them is gone.
        """
        ...

    def take_out(
        self, group_id: CustomerGroupId, customer_ids: Collection[CustomerId], *, at: datetime
    ) -> tuple[CustomerId, ...]:
        """Take companies out of a group, after `lock`; answer with those that were in it, by id."""
        ...

    def empty(self, group_id: CustomerGroupId, *, at: datetime) -> tuple[CustomerId, ...]:
        """Take every company out of a group, after `lock`; answer with those that were in it, by id."""
        ...


class Tags(Protocol):
    """The tags that companies carry."""

    def lock(self, customer_ids: Collection[CustomerId]) -> Mapping[CustomerId, CustomerTags]:
        """Find the tags of each of these companies that there is, and lock them."""
        ...

    def save(self, tags: Iterable[CustomerTags]) -> None:
        """Let companies carry these tags and no others.

        :raises Stale: if one of them is gone.
        """
        ...


@attrs.frozen(kw_only=True)
class ProductVisibility:
    """To whom which product is shown."""

    product_id: ProductId
    visibility: Visibility


class Visibilities(Protocol):
    """To whom products are shown."""

    def lock(self, product_ids: Collection[ProductId]) -> Mapping[ProductId, Visibility]:
        """Find to whom each of these products is shown, and lock the visibility of all; what is none is left out."""
        ...

    def audiences(self, ids: Collection[AudienceId]) -> frozenset[AudienceId]:
        """Which of these groups, tiers and companies there are; groups are locked."""
        ...

    def set(self, visibilities: Iterable[ProductVisibility]) -> None:
        """Show products to these and to nobody else, after `lock`, and note whether the merchant restricts any."""
        ...

    def naming(self, group_id: CustomerGroupId, *, most: int) -> tuple[ProductId, ...]:
        """The first products, by id, whose visibility names the group."""
        ...

    def uses(self, group_id: CustomerGroupId, *, at: datetime) -> frozenset[GroupUse]:
        """What else names the group and is not over at this moment; what is suspended may come back."""
        ...
