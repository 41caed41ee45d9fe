"""Orders that were placed, as promotions are tried on them: one statement for all of them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs
import orjson
from sqlalchemy import Integer, and_, bindparam, null, select, tuple_

from adapters.persistence.catalog import categories, products
from adapters.persistence.customers import customers
from adapters.persistence.facts import read_whole
from adapters.persistence.groups import audience_of, customer_groups, group_memberships
from adapters.persistence.made import on_path
from adapters.persistence.ordering import order_lines, orders
from adapters.persistence.promotions import order_inputs
from adapters.persistence.sessions import Session
from adapters.persistence.statements import JoinedText, JsonRows, Row, Statement
from adapters.persistence.tables import Instant, Words, instant
from application.authorization import Actor
from application.ports.simulating import PlacedOrder, PlacedOrders
from domain.identity import BrandId, CustomerId, OrderId, PriceTierId, ProductId, SkuId
from domain.money import Currency, Money
from domain.ordering import OrderStatus
from domain.promotions import PricedLine, PromotionInput
from domain.quantity import Quantity

_PRODUCT = and_(
    products.c.merchant_id == order_lines.c.merchant_id, products.c.id == order_lines.c.product_id
)
_CATEGORY = and_(
    categories.c.merchant_id == products.c.merchant_id, categories.c.id == products.c.category_id
)
_LINES = (
    select(
        JsonRows(
            order_lines.c.line,
            order_lines.c.sku_id,
            order_lines.c.product_id,
            order_lines.c.base_quantity,
            order_lines.c.total,
            categories.c.path,
            products.c.brand_id,
        )
    )
    .select_from(order_lines.join(products, _PRODUCT).outerjoin(categories, _CATEGORY))
    .where(
        order_lines.c.merchant_id == orders.c.merchant_id,
        order_lines.c.order_id == orders.c.id,
        order_lines.c.gift_value.is_(null()),
    )
    .correlate(orders)
    .scalar_subquery()
)
_GROUPS = (
    select(JoinedText(customer_groups.c.above + customer_groups.c.id))
    .select_from(
        group_memberships.join(
            customer_groups,
            and_(
                customer_groups.c.merchant_id == group_memberships.c.merchant_id,
                customer_groups.c.id == group_memberships.c.group_id,
            ),
        )
    )
    .where(
        group_memberships.c.merchant_id == orders.c.merchant_id,
        group_memberships.c.customer_id == orders.c.customer_id,
        group_memberships.c.until.is_(None),
    )
    .correlate(orders)
    .scalar_subquery()
)
_KEPT = and_(order_inputs.c.merchant_id == orders.c.merchant_id, order_inputs.c.order_id == orders.c.id)
_CUSTOMER = and_(customers.c.merchant_id == orders.c.merchant_id, customers.c.id == orders.c.customer_id)
_KEY = (orders.c.placed_at, orders.c.id)


@lru_cache(maxsize=2)
def _page(*, after: bool) -> Statement:
    since, until = bindparam("since", type_=Instant()), bindparam("until", type_=Instant())
    last = tuple_(bindparam("after_at", type_=Instant()), bindparam("after_id", type_=Words))
    return Statement(
        select(
            orders.c.id,
            orders.c.customer_id,
            orders.c.placed_at,
            orders.c.currency,
            order_inputs.c.input,
            customers.c.tier_id,
            _GROUPS,
            _LINES,
        )
        .select_from(orders.join(customers, _CUSTOMER).outerjoin(order_inputs, _KEPT))
        .where(
            orders.c.merchant_id == bindparam("merchant_id"),
            orders.c.placed_at >= since,
            orders.c.placed_at < until,
            orders.c.status != OrderStatus.CANCELLED.value,
            *((tuple_(*_KEY) > last,) if after else ()),
        )
        .order_by(*_KEY)
        .limit(bindparam("most", type_=Integer()))
    )


@attrs.frozen
class SqlPlacedOrders(PlacedOrders):
    """The orders of one merchant."""

    session: Session
    actor: Actor

    def page(
        self,
        *,
        since: datetime,
        until: datetime,
        after: tuple[datetime, OrderId] | None,
        most: int,
    ) -> tuple[PlacedOrder, ...]:
        asked: dict[str, Any] = {"merchant_id": self.actor.merchant_id, "most": most}
        asked |= {"since": since, "until": until}
        if after is not None:
            asked |= {"after_at": after[0], "after_id": after[1]}
        found = self.session.all(_page(after=after is not None), asked)
        return tuple(self._placed(row) for row in found)

    def _placed(self, row: Row) -> PlacedOrder:
        id, customer_id, placed_at, code, kept, tier_id, ways, lines = row
        at, currency = instant(placed_at), Currency(code)
        given = None if kept is None else read_whole(kept, PromotionInput)
        if given is None or not given.offers:
            plain = PromotionInput(
                lines=tuple(_line(one, currency) for one in sorted(orjson.loads(lines or "[]"))),
                offers=(),
                currency=currency,
                audience=audience_of(CustomerId(customer_id), PriceTierId(tier_id), ways),
                at=at,
                time_zone=self.actor.merchant.time_zone,
            )
            given = plain.kept_of(given)
        return PlacedOrder(
            order_id=OrderId(id), customer_id=CustomerId(customer_id), placed_at=at, given=given
        )


def _line(row: list[Any], currency: Currency) -> PricedLine:
    _, sku_id, product_id, base_quantity, total, path, brand_id = row
    return PricedLine(
        sku_id=SkuId(sku_id),
        product_id=ProductId(product_id),
        category_ids=on_path(path),
        brand_id=None if brand_id is None else BrandId(brand_id),
        base_quantity=Quantity(base_quantity),
        total=Money(total, currency),
    )
