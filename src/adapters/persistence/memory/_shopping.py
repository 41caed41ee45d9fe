"""Shopping lists and order templates, on one shop."""

from __future__ import annotations

import attrs

from adapters.persistence.memory._shops import Shop
from application.authorization import Actor, ActorKind
from application.ports.shopping import OrderTemplates, ShoppingLists
from application.ports.storage import CustomerNotFound, Stale
from domain.identity import CustomerId, OrderTemplateId, ShoppingListId
from domain.shopping import OrderTemplate, ShoppingList


@attrs.frozen
class MemoryShoppingLists(ShoppingLists):
    """The shopping lists of one merchant's customers."""

    shop: Shop
    actor: Actor

    def all(self, customer_id: CustomerId) -> tuple[ShoppingList, ...]:
        found = [one for one in self.shop.shopping_lists.values() if one.customer_id == customer_id]
        return tuple(sorted(filter(self._shown, found), key=lambda one: (one.name, one.id)))

    def lock(self, list_id: ShoppingListId) -> ShoppingList | None:
        found = self.shop.shopping_lists.get(list_id)
        return found if found is not None and self._shown(found) else None

    def count(self, customer_id: CustomerId) -> int:
        if customer_id not in self.shop.customers or not self.shop.reaches(self.actor, customer_id):
            raise CustomerNotFound
        return sum(one.customer_id == customer_id for one in self.shop.shopping_lists.values())

    def save(self, one: ShoppingList) -> None:
        if one.customer_id not in self.shop.customers or one.owner_id not in (None, *self.shop.buyers):
            raise Stale(one.id)
        self.shop.shopping_lists[one.id] = one

    def delete(self, list_id: ShoppingListId) -> None:
        self.shop.shopping_lists.pop(list_id, None)

    def _shown(self, one: ShoppingList) -> bool:
        reached = self.shop.reaches(self.actor, one.customer_id)
        return reached and one.is_shown_to(self.actor.person_id)


@attrs.frozen
class MemoryOrderTemplates(OrderTemplates):
    """The order templates of one merchant."""

    shop: Shop
    actor: Actor

    def all(self) -> tuple[OrderTemplate, ...]:
        found = (one for one in self.shop.order_templates.values() if self._has(one))
        return tuple(sorted(found, key=lambda one: (one.name, one.id)))

    def lock(self, template_id: OrderTemplateId) -> OrderTemplate | None:
        found = self.shop.order_templates.get(template_id)
        return found if found is not None and self._has(found) else None

    def count(self) -> int:
        return len(self.shop.order_templates)

    def save(self, one: OrderTemplate) -> None:
        self.shop.order_templates[one.id] = one

    def delete(self, template_id: OrderTemplateId) -> None:
        self.shop.order_templates.pop(template_id, None)

    def _has(self, one: OrderTemplate) -> bool:
        if self.actor.kind in (ActorKind.STAFF, ActorKind.OPERATOR):
            return True
        company = self.actor.customer_id
        return company is not None and one.is_for(self.shop.audience(company).ids)
