"""Customers and the people who buy for them, as readers see them, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs
from sqlalchemy import ColumnElement, bindparam, func, select

from adapters.persistence.catalog import products
from adapters.persistence.customers import ADDRESSES, address_of, buyers, customers, own_of, price_tiers
from adapters.persistence.group_cards import GROUPS_BY_ID, group_card, in_group, read_sorting, tagged
from adapters.persistence.groups import ALL_GROUPS, audience_column, audience_of, way_of
from adapters.persistence.made import buyer_id, customer_id, tier_id
from adapters.persistence.paging import Shape, conditions, cut, like, most, ordering, page_of, page_parameters
from adapters.persistence.people import LOGIN_OF, OF_LOGIN, OF_PERSON, memberships_of
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from adapters.persistence.visibility import RULES, visibilities_of
from application.authorization import Permission, sees_customers, sees_groups
from application.views.customers import (
    ANY_CUSTOMER,
    WHOLE_BUYER,
    WHOLE_CUSTOMER,
    BuyerCard,
    BuyerWant,
    CustomerBook,
    CustomerCard,
    CustomerFilter,
    CustomerWant,
    GroupCard,
    TierCard,
)
from application.views.orders import OrderCard, OrdersWant
from application.views.pages import Slice, Window
from application.views.people import Membership
from domain.customers import CustomerAddress, Role
from domain.identity import BuyerId, CustomerGroupId, CustomerId, ProductId
from domain.visibility import FOR_EVERYONE, Verdict

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
_PRODUCT = Statement(
    select(products.c.id).where(
        products.c.merchant_id == bindparam("merchant_id"), products.c.id == bindparam("product_id")
    )
)
_AUDIENCE = Statement(
    select(customers.c.tier_id, audience_column()).where(
        customers.c.merchant_id == bindparam("merchant_id"), customers.c.id == bindparam("customer_id")
    )
)
_SORT = (customers.c.name, customers.c.id)


@lru_cache(maxsize=64)
def _page(shape: Shape, given: frozenset[str]) -> Statement:
    statement = select(*CARD).select_from(CUSTOMERS_AND_TIERS).where(*_which(given))
    return Statement(
        statement.where(*conditions(shape, _SORT)).order_by(*ordering(shape, _SORT)).limit(most(shape))
    )


@lru_cache(maxsize=64)
def _count(given: frozenset[str]) -> Statement:
    return Statement(select(func.count()).select_from(customers).where(*_which(given)))


def _which(given: frozenset[str]) -> list[ColumnElement[bool]]:
    """The conditions that the parameters given are for."""
    conditions_: dict[str, ColumnElement[bool]] = {
        "like": func.lower(customers.c.name).like(bindparam("like"), escape="\\"),
        "customer_id": customers.c.id == bindparam("customer_id"),
        "tier_id": customers.c.tier_id == bindparam("tier_id"),
        "group_id": in_group(),
        "tag": tagged(),
    }
    own = customers.c.merchant_id == bindparam("merchant_id")
    return [own, *(condition for name, condition in conditions_.items() if name in given)]


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
        more = want.customer is not None and (want.customer.addresses or want.customer.orders)
        if not more and not want.memberships:
            return known
        return await self.sight.read(lambda: self._read_more(known, want))

    async def customers(
        self,
        *,
        window: Window,
        text: str | None,
        count: bool,
        filter: CustomerFilter = ANY_CUSTOMER,
        want: CustomerWant = WHOLE_CUSTOMER,
    ) -> Slice[CustomerCard]:
        given = {
            "like": like(text) if text else None,
            "customer_id": own_of(self.sight.actor),
            "tier_id": filter.tier_id,
            "group_id": filter.group_id,
            "group_step": filter.group_id and way_of((filter.group_id,)),
            "tag": filter.tag,
        }
        kept = {name: value for name, value in given.items() if value is not None}
        which, asked = frozenset(kept), {"merchant_id": self.sight.actor.merchant_id, **kept}

        def reader() -> Reader[Slice[CustomerCard]]:
            rows = yield Ask(_page(Shape.of(window), which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(which), asked))[0][0] if count else None
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

    async def groups(self) -> tuple[GroupCard, ...]:
        def reader() -> Reader[tuple[GroupCard, ...]]:
            rows = yield Ask(ALL_GROUPS, {"merchant_id": self.sight.actor.merchant_id})
            return tuple(group_card(row) for row in rows)

        return await self.sight.read(reader) if sees_groups(self.sight.actor) else ()

    async def groups_by_id(self, ids: Collection[CustomerGroupId]) -> Mapping[CustomerGroupId, GroupCard]:
        def reader() -> Reader[Mapping[CustomerGroupId, GroupCard]]:
            asked = {"merchant_id": self.sight.actor.merchant_id, "group_ids": sorted(ids)}
            cards = [group_card(row) for row in (yield Ask(GROUPS_BY_ID, asked))]
            return {card.id: card for card in cards}

        return await self.sight.read(reader) if ids and sees_groups(self.sight.actor) else {}

    async def would_see(self, customer_id: CustomerId, product_id: ProductId) -> Verdict | None:
        def reader() -> Reader[Verdict | None]:
            of = {"merchant_id": self.sight.actor.merchant_id}
            company = yield Ask(_AUDIENCE, {**of, "customer_id": customer_id})
            if not company or not (yield Ask(_PRODUCT, {**of, "product_id": product_id})):
                return None
            audience = audience_of(customer_id, tier_id(company[0][0]), company[0][1])
            rules = visibilities_of((yield Ask(RULES, {**of, "product_ids": [product_id]})))
            return rules.get(product_id, FOR_EVERYONE).verdict(audience)

        may = self.sight.actor.has(Permission.VIEW_CUSTOMERS)
        return await self.sight.read(reader) if may else None

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
        """Add what is wanted of all of them: groups, tags, addresses, and pages of orders."""
        if not cards:
            return cards
        ids = [card.id for card in cards]
        if self.sight.actor.has(Permission.VIEW_CUSTOMERS):
            sorted_ = yield from read_sorting(self.sight.actor.merchant_id, ids, want)
            cards = [card._replace(**sorted_[card.id]) for card in cards] if sorted_ else cards
        if not (want.addresses or want.orders):
            return cards
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
        return [
            card._replace(addresses=tuple(found.get(card.id, ())), orders=pages[card.id]) for card in cards
        ]

    def _sees(self) -> bool:
        return sees_customers(self.sight.actor)


def card_of(row: Row) -> CustomerCard:
    """Read a customer with its tier from `CARD`."""
    id, name, tier, code, tier_name = row
    return CustomerCard(customer_id(id), name, TierCard(tier_id(tier), code, tier_name))
