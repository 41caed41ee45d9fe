"""Shopping lists and order templates: tables, rows and the ports.

The lines of a list are one text in its row, because they are only ever read and written together.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import attrs
import orjson
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Select,
    bindparam,
    delete,
    func,
    or_,
    select,
)

from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.customers import customers
from adapters.persistence.groups import audience_column, audience_of
from adapters.persistence.merchants import merchants
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement
from adapters.persistence.tables import Words, belongs_to, tenant_table
from adapters.persistence.visibility import audience_id
from application.authorization import Actor, ActorKind
from application.ports.shopping import OrderTemplates, ShoppingLists
from application.ports.storage import CustomerNotFound
from domain.identity import (
    BuyerId,
    CustomerId,
    MerchantId,
    OrderTemplateId,
    PriceTierId,
    ShoppingListId,
    SkuId,
    perhaps,
)
from domain.quantity import Quantity
from domain.shopping import ListLine, ListName, OrderTemplate, ShoppingList

shopping_lists = tenant_table(
    "shopping_lists",
    Column("id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("owner_id", Words),
    sealed("name"),
    Column("lines", Words, nullable=False),
    Column("version", BigInteger, nullable=False),
    belongs_to("customers", "customer_id"),
    belongs_to("buyers", "owner_id"),
    CheckConstraint("version > 0", name="version"),
    Index(None, "merchant_id", "customer_id", "id"),
)

order_templates = tenant_table(
    "order_templates",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("audience", Words, nullable=False),
    Column("lines", Words, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("version > 0", name="version"),
)


def _written(lines: Iterable[ListLine]) -> str:
    return orjson.dumps([[one.sku_id, one.unit, one.quantity.thousandths] for one in lines]).decode()


def _lines(stored: str) -> tuple[ListLine, ...]:
    return tuple(
        ListLine(sku_id=SkuId(sku_id), unit=unit, quantity=Quantity(many))
        for sku_id, unit, many in orjson.loads(stored)
    )


def list_row(merchant_id: MerchantId, one: ShoppingList) -> Row:
    return (
        merchant_id,
        one.id,
        one.customer_id,
        one.owner_id,
        one.name,
        _written(one.lines),
        one.version,
    )


def list_of(row: Row) -> ShoppingList:
    id, customer_id, owner_id, name, lines, version = row
    return ShoppingList(
        id=ShoppingListId(id),
        customer_id=CustomerId(customer_id),
        owner_id=perhaps(BuyerId, owner_id),
        name=ListName(name),
        lines=_lines(lines),
        version=version,
    )


def template_row(merchant_id: MerchantId, one: OrderTemplate) -> Row:
    audience = orjson.dumps(sorted(one.audience)).decode()
    return (merchant_id, one.id, one.name, audience, _written(one.lines), one.version)


def _template(row: Row) -> OrderTemplate:
    id, name, audience, lines, version = row
    return OrderTemplate(
        id=OrderTemplateId(id),
        name=ListName(name),
        audience=frozenset(map(audience_id, orjson.loads(audience))),
        lines=_lines(lines),
        version=version,
    )


LIST = (
    shopping_lists.c.id,
    shopping_lists.c.customer_id,
    shopping_lists.c.owner_id,
    shopping_lists.c.name,
    shopping_lists.c.lines,
    shopping_lists.c.version,
)
_OWN = or_(shopping_lists.c.owner_id.is_(None), shopping_lists.c.owner_id == bindparam("person_id"))


def _shown(reach: Reach) -> Select[*tuple[Any, ...]]:
    return select(*LIST).where(
        shopping_lists.c.merchant_id == bindparam("merchant_id"),
        _OWN,
        *seen(shopping_lists.c.customer_id, reach),
    )


@lru_cache(maxsize=len(Reach))
def _of_company(reach: Reach) -> Statement:
    return Statement(_shown(reach).where(shopping_lists.c.customer_id == bindparam("customer_id")))


@lru_cache(maxsize=len(Reach))
def _locked(reach: Reach) -> Statement:
    return Statement(_shown(reach).where(shopping_lists.c.id == bindparam("list_id")).with_for_update())


@lru_cache(maxsize=len(Reach))
def _company(reach: Reach) -> Statement:
    found = select(customers.c.id).where(
        customers.c.merchant_id == bindparam("merchant_id"),
        customers.c.id == bindparam("customer_id"),
        *seen(customers.c.id, reach),
    )
    return Statement(found.with_for_update(key_share=True))


_COUNT = Statement(
    select(func.count()).where(
        shopping_lists.c.merchant_id == bindparam("merchant_id"),
        shopping_lists.c.customer_id == bindparam("customer_id"),
    )
)
_DELETE = Statement(
    delete(shopping_lists).where(
        shopping_lists.c.merchant_id == bindparam("merchant_id"), shopping_lists.c.id == bindparam("list_id")
    )
)
_TEMPLATES = select(
    order_templates.c.id,
    order_templates.c.name,
    order_templates.c.audience,
    order_templates.c.lines,
    order_templates.c.version,
).where(order_templates.c.merchant_id == bindparam("merchant_id"))
_ALL_TEMPLATES = Statement(_TEMPLATES)
_LOCK_TEMPLATE = Statement(
    _TEMPLATES.where(order_templates.c.id == bindparam("template_id")).with_for_update()
)
_COUNT_TEMPLATES = Statement(
    select(func.count()).where(order_templates.c.merchant_id == bindparam("merchant_id"))
)
_LOCK_MERCHANT = Statement(
    select(merchants.c.id).where(merchants.c.id == bindparam("merchant_id")).with_for_update(key_share=True)
)
_DELETE_TEMPLATE = Statement(
    delete(order_templates).where(
        order_templates.c.merchant_id == bindparam("merchant_id"),
        order_templates.c.id == bindparam("template_id"),
    )
)
_GOES_BY = Statement(
    select(customers.c.tier_id, audience_column()).where(
        customers.c.merchant_id == bindparam("merchant_id"), customers.c.id == bindparam("customer_id")
    )
)


@attrs.frozen
class SqlShoppingLists(ShoppingLists):
    """The shopping lists of one merchant's customers."""

    session: Session
    actor: Actor

    def all(self, customer_id: CustomerId) -> tuple[ShoppingList, ...]:
        asked = {**self._asked, "customer_id": customer_id}
        rows = self.session.all(_of_company(reach_of(self.actor)), asked)
        return tuple(sorted(map(list_of, rows), key=lambda one: (one.name, one.id)))

    def lock(self, list_id: ShoppingListId) -> ShoppingList | None:
        rows = self.session.all(_locked(reach_of(self.actor)), {**self._asked, "list_id": list_id})
        return list_of(rows[0]) if rows else None

    def count(self, customer_id: CustomerId) -> int:
        asked = {**self._asked, "customer_id": customer_id}
        if not self.session.all(_company(reach_of(self.actor)), asked):
            raise CustomerNotFound
        [(many,)] = self.session.all(_COUNT, asked)
        return int(many)

    def save(self, one: ShoppingList) -> None:
        self.session.replace(shopping_lists, [list_row(self.actor.merchant_id, one)])

    def delete(self, list_id: ShoppingListId) -> None:
        self.session.change(_DELETE, {**self._asked, "list_id": list_id})

    @property
    def _asked(self) -> dict[str, Any]:
        who = {"merchant_id": self.actor.merchant_id, "person_id": self.actor.person_id}
        return {**who, **seeing(self.actor)}


@attrs.frozen
class SqlOrderTemplates(OrderTemplates):
    """The order templates of one merchant."""

    session: Session
    actor: Actor

    def all(self) -> tuple[OrderTemplate, ...]:
        found = map(_template, self.session.all(_ALL_TEMPLATES, self._merchant))
        return tuple(sorted(self._had(found), key=lambda one: (one.name, one.id)))

    def lock(self, template_id: OrderTemplateId) -> OrderTemplate | None:
        rows = self.session.all(_LOCK_TEMPLATE, {**self._merchant, "template_id": template_id})
        return next(iter(self._had(map(_template, rows))), None)

    def count(self) -> int:
        self.session.all(_LOCK_MERCHANT, self._merchant)
        [(many,)] = self.session.all(_COUNT_TEMPLATES, self._merchant)
        return int(many)

    def save(self, one: OrderTemplate) -> None:
        self.session.replace(order_templates, [template_row(self.actor.merchant_id, one)])

    def delete(self, template_id: OrderTemplateId) -> None:
        self.session.change(_DELETE_TEMPLATE, {**self._merchant, "template_id": template_id})

    def _had(self, templates: Iterable[OrderTemplate]) -> list[OrderTemplate]:
        """Those that the actor has: a company goes by itself, its tier, and its groups with those above them."""
        if self.actor.kind in (ActorKind.STAFF, ActorKind.OPERATOR):
            return list(templates)
        company = self.actor.customer_id
        rows = self.session.all(_GOES_BY, {**self._merchant, "customer_id": company}) if company else []
        if company is None or not rows:
            return []
        names = audience_of(company, PriceTierId(rows[0][0]), rows[0][1]).ids
        return [one for one in templates if one.is_for(names)]

    @property
    def _merchant(self) -> dict[str, Any]:
        return {"merchant_id": self.actor.merchant_id}
