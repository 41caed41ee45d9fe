"""Shopping lists and order templates, as the verbs need them. What is locked stays as it is until the unit of work
ends."""

from __future__ import annotations

from typing import Protocol

from domain.identity import CustomerId, OrderTemplateId, ShoppingListId
from domain.shopping import OrderTemplate, ShoppingList


class ShoppingLists(Protocol):
    """The lists of companies. A buyer's storage holds only those of the own company and of those below it, and of these
    no other buyer's own."""

    def all(self, customer_id: CustomerId) -> tuple[ShoppingList, ...]:
        """The lists of a company, by (name, id)."""
        ...

    def lock(self, list_id: ShoppingListId) -> ShoppingList | None:
        """Find a list and lock it; None where there is no such list for this actor."""
        ...

    def count(self, customer_id: CustomerId) -> int:
        """Count the lists of a company, every buyer's own with them, and let nobody else add one meanwhile.

        :raises CustomerNotFound: if there is no such company for this actor.
        """
        ...

    def save(self, one: ShoppingList) -> None:
        """Store a new list, after `count`, or what one has become, after `lock`."""
        ...

    def delete(self, list_id: ShoppingListId) -> None:
        """Let a list go, after `lock`."""
        ...


class OrderTemplates(Protocol):
    """The templates of the merchant: all for staff, for a buyer those that the own company has."""

    def all(self) -> tuple[OrderTemplate, ...]:
        """The templates, by (name, id)."""
        ...

    def lock(self, template_id: OrderTemplateId) -> OrderTemplate | None:
        """Find a template and lock it; None where there is no such template for this actor."""
        ...

    def count(self) -> int:
        """Count all templates there are, and let nobody else add one meanwhile."""
        ...

    def save(self, one: OrderTemplate) -> None:
        """Store a new template, after `count`, or what one has become, after `lock`."""
        ...

    def delete(self, template_id: OrderTemplateId) -> None:
        """Let a template go, after `lock`."""
        ...
