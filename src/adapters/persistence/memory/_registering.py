"""Companies, invitations and verifications: the ports of the verbs, and what readers see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from adapters.persistence.memory._lens import Lens, own_or_any
from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, Permission
from application.ports.registering import Invitations, Verifications
from application.ports.storage import Stale
from application.views.pages import Slice, Window
from application.views.registering import (
    RegistrationBook,
    VerificationCard,
    VerificationFilter,
    verification_card,
)
from domain.identity import CustomerId, InvitationId
from domain.invitations import Invitation, InvitationCode, InvitationNotFound
from domain.verification import VerificationCase, VerificationNotFound

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen
class MemoryInvitations(Invitations):
    """The invitations of one merchant."""

    shop: Shop

    def get(self, invitation_id: InvitationId) -> Invitation:
        found = self.shop.invitations.get(invitation_id)
        if found is None:
            raise InvitationNotFound
        return found

    def by_code(self, code: InvitationCode) -> Invitation:
        for one in self.shop.invitations.values():
            if one.code == code:
                return one
        raise InvitationNotFound

    def add(self, invitation: Invitation) -> None:
        if invitation.code in {one.code for one in self.shop.invitations.values()}:
            raise Stale(invitation.id)
        welcome = invitation.welcome
        for id, known in (
            (welcome.customer_id, self.shop.customers),
            (welcome.parent_id, self.shop.customers),
            (welcome.tier_id, self.shop.tiers),
            (welcome.sales_rep_id, self.shop.staff),
        ):
            if id is not None and id not in known:
                raise Stale(id)
        self.shop.invitations[invitation.id] = invitation

    def use(self, invitation: Invitation) -> None:
        found = self.get(invitation.id)
        if found.uses >= found.most_uses or found.revoked_at is not None:
            raise Stale(invitation.id)
        self.shop.invitations[found.id] = attrs.evolve(found, uses=found.uses + 1)

    def revoke(self, invitation: Invitation) -> None:
        found = self.get(invitation.id)
        self.shop.invitations[found.id] = attrs.evolve(found, revoked_at=invitation.revoked_at)

    def for_phone(self, phone_index: str) -> Sequence[Invitation]:
        found = (one for one in self.shop.invitations.values() if one.phone_index == phone_index)
        return sorted(found, key=lambda one: one.id)

    def forget(self, invitations: Sequence[Invitation]) -> None:
        for one in invitations:
            left = attrs.evolve(self.get(one.id), phone_index=None, phone=None, revoked_at=one.revoked_at)
            self.shop.invitations[one.id] = left


@attrs.frozen
class MemoryVerifications(Verifications):
    """The verifications of one merchant's companies; for a buyer, that of the own one."""

    shop: Shop
    actor: Actor

    def get(self, customer_id: CustomerId) -> VerificationCase:
        found = self.shop.verifications.get(customer_id)
        if found is None or not own_or_any(self.actor, customer_id):
            raise VerificationNotFound
        return found

    def add(self, case: VerificationCase) -> None:
        if case.customer_id in self.shop.verifications or case.customer_id not in self.shop.customers:
            raise Stale(case.customer_id)
        self._put(case)

    def save(self, case: VerificationCase) -> VerificationCase:
        found = self.shop.verifications.get(case.customer_id)
        if found is None or found.version != case.version:
            raise Stale(case.customer_id)
        return self._put(case)

    def _put(self, case: VerificationCase) -> VerificationCase:
        stored = attrs.evolve(case, version=case.version + len(case.events), events=())
        self.shop.record(case.customer_id, case.events)
        self.shop.verifications[case.customer_id] = stored
        return stored


@attrs.frozen
class MemoryRegistrationBook(RegistrationBook):
    """What one actor sees of those who register."""

    vault: Shops
    actor: Actor
    at: datetime

    async def invitations(self, *, window: Window, count: bool) -> Slice[Invitation]:
        found = self._lens().shop.invitations.values() if self._manages() else ()
        return cut(
            found, window, key=lambda one: (one.id,), card=lambda one: one, count=count, descending=True
        )

    async def verifications(
        self, *, window: Window, filter: VerificationFilter, count: bool
    ) -> Slice[VerificationCard]:
        lens, day = self._lens(), self.actor.merchant.day_of(self.at)
        found = lens.shop.verifications.values() if self._manages() else ()
        return cut(
            (one for one in found if filter.state in (None, one.state_on(day))),
            window,
            key=lambda one: ((one.moved_at - _EPOCH) // _MICROSECOND, one.customer_id),
            card=lambda one: verification_card(
                one, name=lens.shop.customers[one.customer_id].name, actor=self.actor, day=day
            ),
            count=count,
        )

    async def verifications_of(
        self, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, VerificationCard]:
        lens = self._lens()
        found = {id: lens.verification(id) for id in set(customer_ids)}
        return {id: card for id, card in found.items() if card is not None}

    def _lens(self) -> Lens:
        return Lens(self.vault, self.actor, self.at)

    def _manages(self) -> bool:
        return self.actor.has(Permission.MANAGE_CUSTOMERS)
