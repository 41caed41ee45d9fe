"""Registering as readers see it, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from adapters.persistence.customers import customers
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.registering import (
    CASE,
    INVITATION,
    OF_CUSTOMER,
    STEPS,
    case_of,
    invitation_of,
    invitations,
    own_of,
    steps_of_each,
    verifications,
)
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from adapters.persistence.tables import Day, instant, microseconds
from application.authorization import Permission, sees_verifications
from application.views.pages import Key, Slice, Window
from application.views.registering import (
    RegistrationBook,
    VerificationCard,
    VerificationFilter,
    verification_card,
)
from domain.identity import CustomerId
from domain.invitations import Invitation
from domain.verification import VerificationState

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_NEWEST = (invitations.c.id,)
_OLDEST = (verifications.c.moved_at, verifications.c.customer_id)
_MOVED_AT = 3
_TABLES = verifications.join(customers, OF_CUSTOMER)


@lru_cache(maxsize=64)
def _invitations(shape: Shape) -> Statement:
    return Statement(
        select(*INVITATION)
        .where(invitations.c.merchant_id == bindparam("merchant_id"), *conditions(shape, _NEWEST))
        .order_by(*ordering(shape, _NEWEST))
        .limit(most(shape))
    )


_COUNT_INVITATIONS = Statement(
    select(func.count()).select_from(invitations).where(invitations.c.merchant_id == bindparam("merchant_id"))
)


def _in_state(state: VerificationState | None) -> list[ColumnElement[bool]]:
    """Which are in a state today; whoever was approved has expired when the last day is over."""
    today = bindparam("today", type_=Day())
    until = verifications.c.approved_until
    found: list[ColumnElement[bool]] = [verifications.c.merchant_id == bindparam("merchant_id")]
    if state is not None:
        found.append(verifications.c.state == bindparam("state"))
    if state is VerificationState.APPROVED:
        found.append(or_(until.is_(None), until >= today))
    if state is VerificationState.EXPIRED:
        found.append(until < today)
    return found


@lru_cache(maxsize=128)
def _verifications(shape: Shape, state: VerificationState | None) -> Statement:
    return Statement(
        select(customers.c.name, *CASE)
        .select_from(_TABLES)
        .where(*_in_state(state), *conditions(shape, _OLDEST))
        .order_by(*ordering(shape, _OLDEST))
        .limit(most(shape))
    )


@lru_cache(maxsize=8)
def _count_verifications(state: VerificationState | None) -> Statement:
    return Statement(select(func.count()).select_from(verifications).where(*_in_state(state)))


_OF_CUSTOMERS = Statement(
    select(customers.c.name, *CASE)
    .select_from(_TABLES)
    .where(
        and_(
            verifications.c.merchant_id == bindparam("merchant_id"),
            any_of(verifications.c.customer_id, "customer_ids"),
        )
    )
)


@attrs.frozen
class SqlRegistrationBook(RegistrationBook):
    """What readers see of those who register with one merchant."""

    sight: Sight

    async def invitations(self, *, window: Window, count: bool) -> Slice[Invitation]:
        asked = {"merchant_id": self.sight.actor.merchant_id}

        def reader() -> Reader[Slice[Invitation]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(_invitations(shape), {**asked, **page_parameters(window)})
            total = (yield Ask(_COUNT_INVITATIONS, asked))[0][0] if count else None
            nodes = [invitation_of(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[0],), nodes=nodes, total=total)

        return await self.sight.read(reader) if self._manages() else Slice(total=0 if count else None)

    async def verifications(
        self, *, window: Window, filter: VerificationFilter, count: bool
    ) -> Slice[VerificationCard]:
        asked: dict[str, Any] = {"merchant_id": self.sight.actor.merchant_id}
        if filter.state is not None:
            # Nothing is stored as expired: it was approved.
            over = filter.state is VerificationState.EXPIRED
            asked["state"] = (VerificationState.APPROVED if over else filter.state).value
        if filter.state in (VerificationState.APPROVED, VerificationState.EXPIRED):
            asked["today"] = self._day

        def reader() -> Reader[Slice[VerificationCard]]:
            parameters = {**asked, **page_parameters(window, stored=_stored)}
            rows = yield Ask(_verifications(Shape.of(window), filter.state), parameters)
            total = (yield Ask(_count_verifications(filter.state), asked))[0][0] if count else None
            cards = yield from self._cards(page_of(rows, window))
            return cut(rows, window, key=_key, nodes=cards, total=total)

        return await self.sight.read(reader) if self._manages() else Slice(total=0 if count else None)

    async def verifications_of(
        self, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, VerificationCard]:
        return await self.sight.read(lambda: self.read_verifications(customer_ids)) if customer_ids else {}

    def read_verifications(
        self, customer_ids: Collection[CustomerId]
    ) -> Reader[Mapping[CustomerId, VerificationCard]]:
        """Read verifications below companies; those that are not the actor's to see are left out."""
        actor = self.sight.actor
        own = own_of(actor)
        seen = sorted({id for id in customer_ids if own in (None, id)}) if sees_verifications(actor) else []
        if not seen:
            return {}
        rows = yield Ask(_OF_CUSTOMERS, {"merchant_id": actor.merchant_id, "customer_ids": seen})
        return {card.customer_id: card for card in (yield from self._cards(rows))}

    def _cards(self, rows: Rows) -> Reader[list[VerificationCard]]:
        """Turn rows into verifications, with the steps of all of them."""
        if not rows:
            return []
        actor, day = self.sight.actor, self._day
        asked = {"merchant_id": actor.merchant_id, "customer_ids": sorted(row[1] for row in rows)}
        steps = steps_of_each((yield Ask(STEPS, asked)))
        currency = actor.merchant.currency
        return [
            verification_card(case_of(case, steps[case[0]], currency), name=name, actor=actor, day=day)
            for name, *rest in rows
            for case in (tuple(rest),)
        ]

    @property
    def _day(self) -> Any:
        return self.sight.actor.merchant.day_of(self.sight.at)

    def _manages(self) -> bool:
        return self.sight.actor.has(Permission.MANAGE_CUSTOMERS)


def _key(row: Row) -> Key:
    return (microseconds(instant(row[_MOVED_AT])), row[1])


def _stored(key: Key) -> Sequence[Any]:
    """Turn the key's microseconds into an instant, which each database stores in its way."""
    return (instant(int(key[0])), key[1])
