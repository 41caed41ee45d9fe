"""The directory: who stands behind a token, from the tables."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache, partial
from typing import Any

import attrs
import orjson
from sqlalchemy import Column, ColumnElement, Text, and_, bindparam, case, false, null, or_, select

from adapters.persistence.branches import branches_exist
from adapters.persistence.customer_book import card_of
from adapters.persistence.customer_statements import CARD, CUSTOMERS_AND_TIERS
from adapters.persistence.customers import approval_of, buyers, customers, price_tiers
from adapters.persistence.groups import audience_column, audience_of
from adapters.persistence.merchants import merchant_of, merchants, staff
from adapters.persistence.persons import not_erased
from adapters.persistence.pricing import lists_column, lists_of
from adapters.persistence.sessions import Driver
from adapters.persistence.sight import Known
from adapters.persistence.statements import Ask, Reader, Row, Statement
from application.authorization import Actor, ActorKind, Permission, Unauthenticated
from application.ports.directory import Directory, UnknownMerchant, Wanted
from application.ports.tokens import Claims
from application.views.customers import BuyerCard
from domain.customers import Role
from domain.identity import BuyerId, CustomerId, MerchantId, StaffId
from domain.merchant import Merchant
from domain.visibility import NOBODY


@lru_cache(maxsize=2)
def _of_buyer(alone: bool) -> Statement:
    """A buyer with the company and its price lists, or without these."""
    return Statement(
        select(
            *merchants.c,
            buyers.c.name,
            buyers.c.role,
            customers.c.approved,
            customers.c.approved_until,
            *CARD,
            branches_exist(buyers.c.customer_id),
            null() if alone else lists_column(known=True),
            case((merchants.c.restricts_goods, audience_column())),
        )
        .select_from(
            merchants.join(buyers, buyers.c.merchant_id == merchants.c.id).join(
                CUSTOMERS_AND_TIERS,
                and_(customers.c.merchant_id == buyers.c.merchant_id, customers.c.id == buyers.c.customer_id),
            )
        )
        .where(
            merchants.c.id == bindparam("merchant_id"),
            buyers.c.merchant_id == bindparam("merchant_id"),
            customers.c.merchant_id == bindparam("merchant_id"),
            buyers.c.id == bindparam("person_id"),
            buyers.c.customer_id == bindparam("customer_id"),
            not_erased(buyers),
            buyers.c.suspended == false(),
        )
    )


_OF_STAFF = Statement(
    select(*merchants.c, staff.c.permissions)
    .join(staff, staff.c.merchant_id == merchants.c.id)
    .where(
        merchants.c.id == bindparam("merchant_id"),
        staff.c.merchant_id == bindparam("merchant_id"),
        staff.c.id == bindparam("person_id"),
        not_erased(staff),
        staff.c.suspended == false(),
    )
)
_BY_SLUG = Statement(select(*merchants.c).where(merchants.c.slug == bindparam("slug")))
_TWO = Statement(select(*merchants.c).limit(2))
_ALL = Statement(select(*merchants.c).order_by(merchants.c.slug))


def _if_given(column: Column[Any], name: str) -> ColumnElement[bool]:
    return or_(bindparam(name, type_=Text()).is_(None), column == bindparam(name, type_=Text()))


_BUYERS = Statement(
    select(buyers.c.id, buyers.c.customer_id)
    .join(
        customers,
        and_(customers.c.merchant_id == buyers.c.merchant_id, customers.c.id == buyers.c.customer_id),
    )
    .join(
        price_tiers,
        and_(price_tiers.c.merchant_id == customers.c.merchant_id, price_tiers.c.id == customers.c.tier_id),
    )
    .where(
        buyers.c.merchant_id == bindparam("merchant_id"),
        buyers.c.suspended == false(),
        _if_given(buyers.c.id, "person_id"),
        _if_given(customers.c.name, "customer_name"),
        _if_given(price_tiers.c.code, "tier_code"),
        not_erased(buyers),
    )
    .order_by(buyers.c.id)
    .limit(bindparam("limit"))
)
_STAFF = Statement(
    select(staff.c.id)
    .where(
        staff.c.merchant_id == bindparam("merchant_id"),
        staff.c.suspended == false(),
        _if_given(staff.c.id, "person_id"),
        not_erased(staff),
    )
    .order_by(staff.c.id)
    .limit(bindparam("limit"))
)


def read_guest(slug: str | None) -> Reader[Actor]:
    """Find the merchant whose guest somebody is.

    :raises UnknownMerchant: if there is none of that name, or none is named and there is not exactly one.
    """
    found = yield Ask(_BY_SLUG, {"slug": slug}) if slug is not None else Ask(_TWO, {})
    if len(found) != 1:
        raise UnknownMerchant(slug)
    return Actor.guest(merchant_of(found[0]))


def read_actor(claims: Claims, *, at: datetime, alone: bool = False) -> Reader[tuple[Actor, Known]]:
    """Find the person a token names; of a buyer everything that prices and the first screen need is read along, unless
    who it is is all that is looked at.

    Whether the company is approved then is found with it, and decided once for whatever is looked at.

    :raises Unauthenticated: if the merchant, the person or the person's place in the company is gone or suspended.
    """
    asked: dict[str, Any] = {"merchant_id": claims.merchant_id, "person_id": claims.person_id}
    person, company = claims.person_id, claims.customer_id
    if claims.kind is ActorKind.BUYER and isinstance(person, BuyerId) and isinstance(company, CustomerId):
        for row in (yield Ask(_of_buyer(alone), {**asked, "customer_id": company, "at": at})):
            merchant = merchant_of(row[:_MERCHANT])
            if claims.lacks_factor(demanded=merchant.second_factor):
                return attrs.evolve(
                    Actor.unproven(merchant, id=person), session_id=claims.session_id
                ), Known()
            name, role, approved, until = row[_MERCHANT : _MERCHANT + 4]
            role = Role(role)
            card = BuyerCard(person, name, role, card_of(row[_MERCHANT + 4 : -3]))
            assert card.customer is not None, "a buyer buys for a company"
            tier_id = card.customer.tier.id
            actor = Actor.buyer(
                merchant,
                id=person,
                customer_id=company,
                role=role,
                has_branches=bool(row[-3]),
                audience=audience_of(company, tier_id, row[-1]) if merchant.restricts_goods else NOBODY,
                approved=approval_of(approved, until).holds_on(merchant.day_of(at)),
            )
            actor = attrs.evolve(actor, session_id=claims.session_id)
            return actor, Known(buyer=card, price_lists=None if alone else lists_of(row[-2]))
    if claims.kind is ActorKind.STAFF and isinstance(person, StaffId):
        for row in (yield Ask(_OF_STAFF, asked)):
            merchant = merchant_of(row[:_MERCHANT])
            if claims.lacks_factor(demanded=merchant.second_factor):
                return attrs.evolve(
                    Actor.unproven(merchant, id=person), session_id=claims.session_id
                ), Known()
            known = {permission.value for permission in Permission}
            granted = frozenset(Permission(name) for name in orjson.loads(row[-1]) if name in known)
            actor = Actor.staff(merchant, id=person, granted=granted)
            return attrs.evolve(actor, session_id=claims.session_id), Known()
    raise Unauthenticated()


_MERCHANT = len(merchants.c)
"""So many columns of a row are the merchant's."""


@attrs.frozen
class SqlDirectory(Directory):
    """Who stands behind a token, from the tables."""

    driver: Driver

    async def guest(self, *, slug: str | None) -> Actor:
        return await self.driver.read(lambda: read_guest(slug), of=None)

    async def actor(self, claims: Claims, *, at: datetime) -> Actor:
        alone = partial(read_actor, claims, at=at, alone=True)
        actor, _ = await self.driver.read(alone, of=claims.merchant_id)
        return actor

    async def merchants(self) -> tuple[Merchant, ...]:
        def reader() -> Reader[list[Row]]:
            return (yield Ask(_ALL, {}))

        return tuple(merchant_of(row) for row in await self.driver.read(reader, of=None))

    async def people(self, merchant_id: MerchantId, wanted: Wanted) -> tuple[Claims, ...]:
        of_buyers = wanted.kind is ActorKind.BUYER
        asked: dict[str, Any] = {"merchant_id": merchant_id, "limit": wanted.first}
        asked["person_id"] = wanted.person_id
        if of_buyers:
            asked |= {"customer_name": wanted.customer_name, "tier_code": wanted.tier_code}

        def reader() -> Reader[list[Row]]:
            return (yield Ask(_BUYERS if of_buyers else _STAFF, asked))

        return tuple(
            Claims(
                merchant_id=merchant_id,
                kind=wanted.kind,
                person_id=BuyerId(row[0]) if of_buyers else StaffId(row[0]),
                customer_id=CustomerId(row[1]) if of_buyers else None,
            )
            for row in await self.driver.read(reader, of=merchant_id)
        )
