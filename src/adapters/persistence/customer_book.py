"""Customers and the people who buy for them, as readers see them, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import bindparam, func, select

from adapters.persistence.customers import ADDRESSES, address_of, buyers, customers, own_of, price_tiers
from adapters.persistence.made import buyer_id, customer_id, tier_id
from adapters.persistence.paging import Shape, conditions, cut, like, most, ordering, page_of, page_parameters
from adapters.persistence.people import LOGIN_OF, OF_LOGIN, OF_PERSON, memberships_of
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from application.authorization import sees_customers
from application.views.customers import (
    WHOLE_BUYER,
    WHOLE_CUSTOMER,
    BuyerCard,
    BuyerWant,
    CustomerBook,
    CustomerCard,
    CustomerWant,
    TierCard,
)
from application.views.orders import OrderCard, OrdersWant
from application.views.pages import Slice, Window
from application.views.people import Membership
from application.views.registering import VerificationCard
from domain.customers import CustomerAddress, Role
from domain.identity import BuyerId, CustomerId

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

CUSTOMERS_AND_TIERS = customers.join(
    price_tiers,
    (price_tiers.c.merchant_id == customers.c.merchant_id) & (price_tiers.c.id == customers.c.tier_id),
)
CARD = (customers.c.id, customers.c.name, price_tiers.c.id, price_tiers.c.code, price_tiers.c.name)
_CARDS_BY_ID = Statement(
    select(*CARD)
    .select_from(CUSTOMERS_AND_TIERS)
    .where(customers.c.merchant_id == bindparam("merchant_id"), any_of(customers.c.id, "customer_ids"))
)
_BUYERS_BY_ID = Statement(
    select(buyers.c.id, buyers.c.name, buyers.c.role, buyers.c.customer_id).where(
        buyers.c.merchant_id == bindparam("merchant_id"), any_of(buyers.c.id, "buyer_ids")
    )
)
_TIERS = Statement(
    select(price_tiers.c.id, price_tiers.c.code, price_tiers.c.name)
    .where(price_tiers.c.merchant_id == bindparam("merchant_id"))
    .order_by(price_tiers.c.code, price_tiers.c.id)
)
_SORT = (customers.c.name, customers.c.id)


@lru_cache(maxsize=64)
def _page(shape: Shape, searching: bool, own: bool) -> Statement:
    statement = select(*CARD).select_from(CUSTOMERS_AND_TIERS).where(*_which(searching, own))
    return Statement(
        statement.where(*conditions(shape, _SORT)).order_by(*ordering(shape, _SORT)).limit(most(shape))
    )


@lru_cache(maxsize=4)
def _count(searching: bool, own: bool) -> Statement:
    return Statement(select(func.count()).select_from(customers).where(*_which(searching, own)))


def _which(searching: bool, own: bool) -> list[Any]:
    found: list[Any] = [customers.c.merchant_id == bindparam("merchant_id")]
    if searching:
        found.append(func.lower(customers.c.name).like(bindparam("like"), escape="\\"))
    if own:
        found.append(customers.c.id == bindparam("customer_id"))
    return found


@attrs.frozen
class SqlCustomerBook(CustomerBook):
    """What readers see of the customers of one merchant."""

    sight: Sight

    async def me(self, *, want: BuyerWant = WHOLE_BUYER) -> BuyerCard | None:
        person = self.sight.actor.person_id
        if not isinstance(person, BuyerId):
            return None
        known = self.sight.known.buyer
        if known is None or known.id != person:
            return (await self.buyers_by_id([person], want=want)).get(person)
        more = want.customer is not None and _more(want.customer)
        if not more and not want.memberships:
            return known
        return await self.sight.read(lambda: self._read_more(known, want))

    async def customers(
        self, *, window: Window, text: str | None, count: bool, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Slice[CustomerCard]:
        own = own_of(self.sight.actor)
        which = (bool(text), own is not None)
        given = {
            "merchant_id": self.sight.actor.merchant_id,
            "like": like(text) if text else None,
            "customer_id": own,
        }
        asked = {name: value for name, value in given.items() if value is not None}

        def reader() -> Reader[Slice[CustomerCard]]:
            rows = yield Ask(_page(Shape.of(window), *which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(*which), asked))[0][0] if count else None
            cards = yield from self._cards(page_of(rows, window), want)
            return cut(rows, window, key=lambda row: (row[1], row[0]), nodes=cards, total=total)

        return await self.sight.read(reader) if self._sees() else Slice(total=0 if count else None)

    async def customers_by_id(
        self, ids: Collection[CustomerId], *, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Mapping[CustomerId, CustomerCard]:
        return await self.sight.read(lambda: self.read_customers(ids, want)) if ids else {}

    async def buyers_by_id(
        self, ids: Collection[BuyerId], *, want: BuyerWant = WHOLE_BUYER
    ) -> Mapping[BuyerId, BuyerCard]:
        return await self.sight.read(lambda: self.read_buyers(ids, want)) if ids else {}

    async def memberships(self) -> tuple[Membership, ...]:
        return await self.sight.read(self._read_memberships)

    async def tiers(self) -> tuple[TierCard, ...]:
        def reader() -> Reader[tuple[TierCard, ...]]:
            rows = yield Ask(_TIERS, {"merchant_id": self.sight.actor.merchant_id})
            return tuple(TierCard(tier_id(id), code, name) for id, code, name in rows)

        return await self.sight.read(reader)

    def read_customers(
        self, ids: Collection[CustomerId], want: CustomerWant
    ) -> Reader[Mapping[CustomerId, CustomerCard]]:
        """Read customers below other rows; those that are not the actor's to see are left out."""
        own = own_of(self.sight.actor)
        seen = sorted({id for id in ids if own in (None, id)}) if self._sees() else []
        if not seen:
            return {}
        rows = yield Ask(_CARDS_BY_ID, {"merchant_id": self.sight.actor.merchant_id, "customer_ids": seen})
        return {card.id: card for card in (yield from self._cards(rows, want))}

    def read_buyers(self, ids: Collection[BuyerId], want: BuyerWant) -> Reader[Mapping[BuyerId, BuyerCard]]:
        """Read buyers below other rows; those that are not the actor's to see are left out."""
        if not self._sees():
            return {}
        asked = {"merchant_id": self.sight.actor.merchant_id, "buyer_ids": sorted(ids)}
        own = own_of(self.sight.actor)
        rows = [row for row in (yield Ask(_BUYERS_BY_ID, asked)) if own in (None, row[3])]
        companies: Mapping[CustomerId, CustomerCard] = {}
        if want.customer is not None:
            companies = yield from self.read_customers({customer_id(row[3]) for row in rows}, want.customer)
        found = {
            buyer_id(id): BuyerCard(buyer_id(id), name, Role(role), companies.get(customer_id(company)))
            for id, name, role, company in rows
        }
        asker = self.sight.actor.person_id
        if want.memberships and isinstance(asker, BuyerId) and asker in found:
            found[asker] = found[asker]._replace(memberships=(yield from self._read_memberships()))
        return found

    def _read_more(self, known: BuyerCard, want: BuyerWant) -> Reader[BuyerCard]:
        """Read what the actor did not say about itself and its company when it said who it is."""
        company = known.customer
        assert company is not None, "a buyer buys for a company"
        if want.customer is not None:
            [company] = yield from self._with([company], want.customer)
        places = (yield from self._read_memberships()) if want.memberships else ()
        return known._replace(customer=company, memberships=places)

    def _read_memberships(self) -> Reader[tuple[Membership, ...]]:
        actor = self.sight.actor
        person = {"merchant_id": actor.merchant_id, "person_id": actor.person_id}
        logins = [id for (id,) in (yield Ask(LOGIN_OF, person)) if id is not None]
        if logins:
            rows = yield Ask(OF_LOGIN, {"login_id": logins[0]}, login_id=logins[0])
        else:
            rows = yield Ask(OF_PERSON, person)
        return tuple(place.seen_at(actor.merchant_id) for place in memberships_of(rows))

    def _cards(self, rows: Rows, want: CustomerWant) -> Reader[list[CustomerCard]]:
        return (yield from self._with([card_of(row) for row in rows], want))

    def _with(self, cards: list[CustomerCard], want: CustomerWant) -> Reader[list[CustomerCard]]:
        """Add what is wanted of all of them: addresses, pages of orders, verifications."""
        if not cards or not _more(want):
            return cards
        ids = [card.id for card in cards]
        found: dict[str, list[CustomerAddress]] = {}
        if want.addresses:
            asked = {"merchant_id": self.sight.actor.merchant_id, "customer_ids": sorted(ids)}
            for row in (yield Ask(ADDRESSES, asked)):
                found.setdefault(row[1], []).append(address_of(row))
        pages: dict[CustomerId, dict[OrdersWant, Slice[OrderCard]]] = {id: {} for id in ids}
        for orders_want in want.orders:
            of_each = yield from self.sight.orders.read_newest_of(ids, orders_want)
            for id in ids:
                pages[id][orders_want] = of_each[id]
        cases: Mapping[CustomerId, VerificationCard] = {}
        if want.verification:
            cases = yield from self.sight.registrations.read_verifications(ids)
        return [
            card._replace(
                addresses=tuple(found.get(card.id, ())),
                orders=pages[card.id],
                verification=cases.get(card.id),
            )
            for card in cards
        ]

    def _sees(self) -> bool:
        return sees_customers(self.sight.actor)


def _more(want: CustomerWant) -> bool:
    """Tell whether something is wanted that the row of the company does not say."""
    return bool(want.addresses or want.orders or want.verification)


def card_of(row: Row) -> CustomerCard:
    """Read a customer with its tier from `CARD`."""
    id, name, tier, code, tier_name = row
    return CustomerCard(customer_id(id), name, TierCard(tier_id(tier), code, tier_name))
