"""The directory: who stands behind a token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, ActorKind, Permission, Unauthenticated
from application.ports.directory import Directory, UnknownMerchant, Wanted
from application.ports.tokens import Claims
from domain.customers import Buyer
from domain.identity import BuyerId, MerchantId, StaffId
from domain.merchant import Merchant
from domain.visibility import NOBODY

_KNOWN = {permission.value for permission in Permission}


@attrs.frozen
class MemoryDirectory(Directory):
    """Who stands behind a token, from the dictionaries."""

    vault: Shops

    async def guest(self, *, slug: str | None) -> Actor:
        found = [one for one in await self.merchants() if slug in (None, one.slug)]
        if len(found) != 1:
            raise UnknownMerchant(slug)
        return Actor.guest(found[0])

    async def actor(self, claims: Claims, *, at: datetime) -> Actor:
        shop = self.vault.shop(claims.merchant_id)
        merchant, person = shop.merchants.get(claims.merchant_id), claims.person_id
        if merchant is None or person in shop.erasures:
            raise Unauthenticated()
        if claims.kind is ActorKind.BUYER and isinstance(person, BuyerId):
            buyer = shop.buyers.get(person)
            if buyer is not None and buyer.customer_id == claims.customer_id and not buyer.suspended:
                if claims.lacks_factor(demanded=merchant.second_factor):
                    return _unproven(merchant, claims)
                audience = shop.audience(buyer.customer_id) if merchant.restricts_goods else NOBODY
                actor = Actor.buyer(
                    merchant,
                    id=person,
                    customer_id=buyer.customer_id,
                    role=buyer.role,
                    has_branches=shop.has_branches(buyer.customer_id),
                    audience=audience,
                    approved=shop.customers[buyer.customer_id].approval.holds_on(merchant.day_of(at)),
                )
                return attrs.evolve(actor, session_id=claims.session_id)
        if claims.kind is ActorKind.STAFF and isinstance(person, StaffId) and self._works(person, shop):
            if claims.lacks_factor(demanded=merchant.second_factor):
                return _unproven(merchant, claims)
            granted = frozenset(Permission(name) for name in shop.staff[person].permissions & _KNOWN)
            actor = Actor.staff(merchant, id=person, granted=granted)
            return attrs.evolve(actor, session_id=claims.session_id)
        raise Unauthenticated()

    @staticmethod
    def _works(person: StaffId, shop: Shop) -> bool:
        return person in shop.staff and not shop.staff[person].suspended

    async def merchants(self) -> tuple[Merchant, ...]:
        found = (merchant for shop in self.vault.shops.values() for merchant in shop.merchants.values())
        return tuple(sorted(found, key=lambda merchant: merchant.slug))

    async def people(self, merchant_id: MerchantId, wanted: Wanted) -> tuple[Claims, ...]:
        shop = self.vault.shop(merchant_id)
        of_kind = _buyers if wanted.kind is ActorKind.BUYER else _staff
        found = (
            claims
            for claims in of_kind(shop, merchant_id, wanted)
            if _is(claims, wanted) and claims.person_id not in shop.erasures
        )
        return tuple(sorted(found, key=lambda claims: claims.person_id))[: wanted.first]


def _unproven(merchant: Merchant, claims: Claims) -> Actor:
    return attrs.evolve(Actor.unproven(merchant, id=claims.person_id), session_id=claims.session_id)


def _is(claims: Claims, wanted: Wanted) -> bool:
    return wanted.person_id in (None, claims.person_id)


def _buyers(shop: Shop, merchant_id: MerchantId, wanted: Wanted) -> Iterator[Claims]:
    for buyer in shop.buyers.values():
        if not buyer.suspended and _buys_for(shop, buyer, wanted):
            yield Claims(
                merchant_id=merchant_id,
                kind=ActorKind.BUYER,
                person_id=buyer.id,
                customer_id=buyer.customer_id,
            )


def _buys_for(shop: Shop, buyer: Buyer, wanted: Wanted) -> bool:
    customer = shop.customers[buyer.customer_id]
    tier = shop.tiers[customer.tier_id]
    return wanted.customer_name in (None, customer.name) and wanted.tier_code in (None, tier.code)


def _staff(shop: Shop, merchant_id: MerchantId, wanted: Wanted) -> Iterator[Claims]:
    for member in shop.staff.values():
        if not member.suspended:
            yield Claims(merchant_id=merchant_id, kind=wanted.kind, person_id=member.id)
