"""Storage for how companies hang together, and for who owns them; part of the storage of the verbs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from domain.customers import Customer, Lineage
from domain.identity import CustomerId, StaffId
from domain.ownership import OwnerId, Owners, Ownership


class Tree(Protocol):
    """The tree of companies: which of them is a branch of which."""

    def lineage(self, customer_id: CustomerId) -> Lineage:
        """Find where a company stands; nobody else changes the tree until the unit of work ends.

        :raises CustomerNotFound: if there is no such company for this actor.
        """
        ...

    def place_below(self, parent_id: CustomerId) -> Lineage:
        """Find where a company stands below which the merchant, not the actor, wants another: the actor need not see
        it; nobody else changes the tree until the unit of work ends.

        :raises CustomerNotFound: if the merchant has no such company.
        """
        ...

    def move(self, customer: Customer) -> None:
        """Hang a company, with everything below it, where its `parent_id` says; after `lineage`."""
        ...


class Ownerships(Protocol):
    """Who owns the customers, since when; for staff, who see all of them, and for what orders keep of it."""

    def owners(self, customer_id: CustomerId, *, at: datetime) -> Owners:
        """Find who owns a company at a moment.

        :raises CustomerNotFound: if there is no such company for this actor.
        """
        ...

    def owners_later(self, customer_id: CustomerId, *, at: datetime) -> Callable[[], Owners]:
        """Ask who owns a company at a moment, and wait for it when it is needed.

        What that answers, or raises, is what `owners` would.
        """
        return lambda: self.owners(customer_id, at=at)

    def of(self, customer_id: CustomerId) -> tuple[Ownership, ...]:
        """The whole history of a company, what is planned included, by when it begins and then by kind."""
        ...

    def knows(self, owner_id: OwnerId) -> bool:
        """Tell whether there is such a member of staff, or such a company."""
        ...

    def set(self, ownership: Ownership) -> None:
        """Let an ownership begin, in the place of one of the same kind that begins at the same instant."""
        ...

    def hand_over(
        self, *, giver: StaffId, taker: StaffId | None, since: datetime
    ) -> tuple[tuple[CustomerId, datetime], ...]:
        """Let everything that one sales representative owns at an instant, or will own later, be another's from then.

        Answers with each ownership that is new or another's now, by its customer and its beginning, in that order.
        """
        ...
