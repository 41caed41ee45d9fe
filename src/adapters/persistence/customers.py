"""Customers, their people and addresses, and price tiers: tables, rows, the port and the views."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import Column, Index, Integer, UniqueConstraint, bindparam, func, select

from adapters.persistence.paging import Shape, conditions, cut, like, ordering, page_of, page_parameters
from adapters.persistence.sessions import Driver, Session
from adapters.persistence.statements import Ask, Reader, Row, Statement, any_of
from adapters.persistence.tables import Whole, Words, belongs_to, one_of, tenant_table
from application.authorization import Actor, ActorKind
from application.ports.storage import CustomerNotFound, Customers
from application.views.customers import BuyerCard, CustomerBook, CustomerCard, TierCard
from application.views.pages import Slice, Window
from domain.customers import Address, Buyer, Customer, CustomerAddress, Role
from domain.identity import AddressId, BuyerId, CustomerId, MerchantId, PriceTierId
from domain.pricing import PriceTier

price_tiers = tenant_table(
    "price_tiers",
    Column("id", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("percentage", Whole),
    UniqueConstraint("merchant_id", "code"),
)

customers = tenant_table(
    "customers",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("tier_id", Words, nullable=False),
    belongs_to("price_tiers", "tier_id"),
    Index(None, "merchant_id", "name", "id"),
)

buyers = tenant_table(
    "buyers",
    Column("id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("role", Words, nullable=False),
    belongs_to("customers", "customer_id"),
    one_of("role", Role),
    Index(None, "merchant_id", "customer_id", "id"),
)

addresses = tenant_table(
    "addresses",
    Column("id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("position", Integer, nullable=False),
    Column("recipient", Words, nullable=False),
    Column("phone", Words, nullable=False),
    Column("region", Words, nullable=False),
    Column("street", Words, nullable=False),
    belongs_to("customers", "customer_id"),
    Index(None, "merchant_id", "customer_id", "position"),
)


def tier_row(merchant_id: MerchantId, tier: PriceTier) -> Row:
    return (merchant_id, tier.id, tier.code, tier.name, tier.percentage and tier.percentage.hundredths)


def customer_row(merchant_id: MerchantId, customer: Customer) -> Row:
    return (merchant_id, customer.id, customer.name, customer.tier_id)


def address_rows(merchant_id: MerchantId, customer: Customer) -> list[Row]:
    return [
        (
            merchant_id,
            one.id,
            customer.id,
            position,
            one.address.recipient,
            one.address.phone,
            one.address.region,
            one.address.street,
        )
        for position, one in enumerate(customer.addresses)
    ]


def buyer_row(merchant_id: MerchantId, buyer: Buyer) -> Row:
    return (merchant_id, buyer.id, buyer.customer_id, buyer.name, buyer.role.value)


def _address(row: Row) -> CustomerAddress:
    id, _, recipient, phone, region, street = row
    address = Address(recipient=recipient, phone=phone, region=region, street=street)
    return CustomerAddress(id=AddressId(id), address=address)


def _own(actor: Actor) -> CustomerId | None:
    """The only company the actor may see; None where it may see all."""
    return actor.customer_id if actor.kind is ActorKind.BUYER else None


_ADDRESSES = Statement(
    select(
        addresses.c.id,
        addresses.c.customer_id,
        addresses.c.recipient,
        addresses.c.phone,
        addresses.c.region,
        addresses.c.street,
    )
    .where(
        addresses.c.merchant_id == bindparam("merchant_id"),
        any_of(addresses.c.customer_id, "customer_ids"),
    )
    .order_by(addresses.c.customer_id, addresses.c.position)
)
_CUSTOMER = Statement(
    select(customers.c.id, customers.c.name, customers.c.tier_id).where(
        customers.c.merchant_id == bindparam("merchant_id"), customers.c.id == bindparam("customer_id")
    )
)


@attrs.frozen
class SqlCustomers(Customers):
    """The buying companies of one merchant."""

    session: Session
    actor: Actor

    def get(self, customer_id: CustomerId) -> Customer:
        asked = {"merchant_id": self.actor.merchant_id, "customer_id": customer_id}
        own = _own(self.actor)
        allowed = own in (None, customer_id) and self.actor.kind is not ActorKind.GUEST
        found = self.session.all(_CUSTOMER, asked) if allowed else []
        if not found:
            raise CustomerNotFound()
        id, name, tier_id = found[0]
        of_customer = {"merchant_id": self.actor.merchant_id, "customer_ids": [customer_id]}
        return Customer(
            id=CustomerId(id),
            name=name,
            tier_id=PriceTierId(tier_id),
            addresses=tuple(_address(row) for row in self.session.all(_ADDRESSES, of_customer)),
        )


_CUSTOMERS_AND_TIERS = customers.join(
    price_tiers,
    (price_tiers.c.merchant_id == customers.c.merchant_id) & (price_tiers.c.id == customers.c.tier_id),
)
_CARD = (customers.c.id, customers.c.name, price_tiers.c.id, price_tiers.c.code, price_tiers.c.name)
_CARDS_BY_ID = Statement(
    select(*_CARD)
    .select_from(_CUSTOMERS_AND_TIERS)
    .where(customers.c.merchant_id == bindparam("merchant_id"), any_of(customers.c.id, "customer_ids"))
)
_BUYERS_BY_ID = Statement(
    select(buyers.c.id, buyers.c.name, buyers.c.role, *_CARD)
    .select_from(
        buyers.join(
            _CUSTOMERS_AND_TIERS,
            (customers.c.merchant_id == buyers.c.merchant_id) & (customers.c.id == buyers.c.customer_id),
        )
    )
    .where(buyers.c.merchant_id == bindparam("merchant_id"), any_of(buyers.c.id, "buyer_ids"))
)
_TIERS = Statement(
    select(price_tiers.c.id, price_tiers.c.code, price_tiers.c.name)
    .where(price_tiers.c.merchant_id == bindparam("merchant_id"))
    .order_by(price_tiers.c.code, price_tiers.c.id)
)
_SORT = (customers.c.name, customers.c.id)


@lru_cache(maxsize=64)
def _page(shape: Shape, searching: bool, own: bool) -> Statement:
    statement = select(*_CARD).select_from(_CUSTOMERS_AND_TIERS).where(*_which(searching, own))
    return Statement(
        statement.where(*conditions(shape, _SORT)).order_by(*ordering(shape, _SORT)).limit(bindparam("limit"))
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

    driver: Driver
    actor: Actor

    async def me(self) -> BuyerCard | None:
        if not isinstance(self.actor.person_id, BuyerId):
            return None
        return (await self.buyers_by_id([self.actor.person_id])).get(self.actor.person_id)

    async def customers(self, *, window: Window, text: str | None, count: bool) -> Slice[CustomerCard]:
        own, which = _own(self.actor), (bool(text), _own(self.actor) is not None)
        given = {
            "merchant_id": self.actor.merchant_id,
            "like": like(text) if text else None,
            "customer_id": own,
        }
        asked = {name: value for name, value in given.items() if value is not None}

        def reader() -> Reader[Slice[CustomerCard]]:
            rows = yield Ask(_page(Shape.of(window), *which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(*which), asked))[0][0] if count else None
            cards = yield from self._cards(page_of(rows, window))
            return cut(rows, window, key=lambda row: (row[1], row[0]), nodes=cards, total=total)

        return await self.driver.read(reader) if self._sees() else Slice(total=0 if count else None)

    async def customers_by_id(self, ids: Collection[CustomerId]) -> Mapping[CustomerId, CustomerCard]:
        seen = self._seen(ids)

        def reader() -> Reader[Mapping[CustomerId, CustomerCard]]:
            rows = yield Ask(
                _CARDS_BY_ID, {"merchant_id": self.actor.merchant_id, "customer_ids": sorted(seen)}
            )
            return {card.id: card for card in (yield from self._cards(rows))}

        return await self.driver.read(reader) if seen else {}

    async def buyers_by_id(self, ids: Collection[BuyerId]) -> Mapping[BuyerId, BuyerCard]:
        def reader() -> Reader[Mapping[BuyerId, BuyerCard]]:
            rows = yield Ask(_BUYERS_BY_ID, {"merchant_id": self.actor.merchant_id, "buyer_ids": sorted(ids)})
            own = _own(self.actor)
            rows = [row for row in rows if own in (None, row[3])]
            cards = yield from self._cards([row[3:] for row in rows])
            return {
                BuyerId(row[0]): BuyerCard(id=BuyerId(row[0]), name=row[1], role=Role(row[2]), customer=card)
                for row, card in zip(rows, cards, strict=True)
            }

        return await self.driver.read(reader) if ids and self._sees() else {}

    async def tiers(self) -> tuple[TierCard, ...]:
        def reader() -> Reader[tuple[TierCard, ...]]:
            rows = yield Ask(_TIERS, {"merchant_id": self.actor.merchant_id})
            return tuple(TierCard(id=PriceTierId(id), code=code, name=name) for id, code, name in rows)

        return await self.driver.read(reader)

    def _cards(self, rows: list[Row]) -> Reader[list[CustomerCard]]:
        """Turn rows into cards, with the addresses of all of them."""
        found: dict[str, list[CustomerAddress]] = {}
        if rows:
            asked = {
                "merchant_id": self.actor.merchant_id,
                "customer_ids": sorted({row[0] for row in rows}),
            }
            for row in (yield Ask(_ADDRESSES, asked)):
                found.setdefault(row[1], []).append(_address(row))
        return [
            CustomerCard(
                id=CustomerId(id),
                name=name,
                tier=TierCard(id=PriceTierId(tier_id), code=code, name=tier_name),
                addresses=tuple(found.get(id, ())),
            )
            for id, name, tier_id, code, tier_name in rows
        ]

    def _sees(self) -> bool:
        return self.actor.kind is not ActorKind.GUEST

    def _seen(self, ids: Collection[CustomerId]) -> set[CustomerId]:
        own = _own(self.actor)
        return {id for id in ids if own in (None, id)} if self._sees() else set()
