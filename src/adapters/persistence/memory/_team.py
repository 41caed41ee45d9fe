"""The people of a merchant: as verbs change them, and as staff see them."""

from __future__ import annotations

from datetime import datetime

import attrs

from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, ActorKind, Permission, veil_for
from application.ports.storage import Stale
from application.ports.team import Colleagues
from application.views.pages import Slice, Window
from application.views.team import StaffBook, StaffCard, staff_card
from domain.customers import Buyer
from domain.identity import BuyerId, CustomerId
from domain.merchant import Staff
from domain.team import Company, Team


@attrs.frozen
class MemoryColleagues(Colleagues):
    """The people of one merchant."""

    shop: Shop
    actor: Actor

    def team(self) -> Team:
        found = (one for one in self.shop.staff.values() if one.id not in self.shop.erasures)
        return Team(tuple(sorted(found, key=lambda one: one.id)))

    def company(self, customer_id: CustomerId) -> Company:
        if self.actor.kind is ActorKind.BUYER and customer_id != self.actor.customer_id:
            return Company(())
        found = (
            one
            for one in self.shop.buyers.values()
            if one.customer_id == customer_id and one.id not in self.shop.erasures
        )
        return Company(tuple(sorted(found, key=lambda one: one.id)))

    def company_of(self, buyer_id: BuyerId) -> Company:
        found = self.shop.buyers.get(buyer_id)
        return Company(()) if found is None else self.company(found.customer_id)

    def add(self, person: Staff | Buyer) -> None:
        if person.id in self.shop.staff or person.id in self.shop.buyers or self._has(person):
            raise Stale(person.id)
        self._put(person)

    def save(self, person: Staff | Buyer) -> None:
        if person.id not in self.shop.staff and person.id not in self.shop.buyers:
            raise Stale(person.id)
        self._put(person)

    def demand_second_factor(self, demanded: bool) -> None:
        merchant = self.shop.merchants[self.actor.merchant_id]
        self.shop.merchants[merchant.id] = attrs.evolve(merchant, second_factor=demanded)

    def _has(self, person: Staff | Buyer) -> bool:
        """Tell whether the login has this place."""
        if person.login_id is None:
            return False
        if isinstance(person, Staff):
            return any(one.login_id == person.login_id for one in self.shop.staff.values())
        there = ((one.login_id, one.customer_id) for one in self.shop.buyers.values())
        return (person.login_id, person.customer_id) in there

    def _put(self, person: Staff | Buyer) -> None:
        if isinstance(person, Staff):
            self.shop.staff[person.id] = person
        else:
            self.shop.buyers[person.id] = person


@attrs.frozen
class MemoryStaffBook(StaffBook):
    """What those who manage the staff of one merchant see of them."""

    vault: Shops
    actor: Actor
    at: datetime

    async def people(self, *, window: Window, count: bool) -> Slice[StaffCard]:
        veil, seen = veil_for(self.actor), self.actor.has(Permission.MANAGE_STAFF)
        staff = self.vault.shop(self.actor.merchant_id).staff.values() if seen else ()
        return cut(
            staff,
            window,
            key=lambda one: (one.id,),
            card=lambda one: staff_card(one, veil),
            count=count,
        )
