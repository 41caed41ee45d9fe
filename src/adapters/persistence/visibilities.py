"""To whom products are shown, as the verbs need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import attrs
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    delete,
    exists,
    literal,
    or_,
    select,
    union_all,
)

from adapters.persistence.catalog import products
from adapters.persistence.coupons import coupon_audiences, coupon_templates
from adapters.persistence.customers import customers, price_tiers
from adapters.persistence.groups import SqlGroups
from adapters.persistence.merchants import merchants
from adapters.persistence.pricing import price_lists
from adapters.persistence.promotion_budgets import promotions
from adapters.persistence.sessions import Session
from adapters.persistence.shopping import order_templates
from adapters.persistence.special_prices import special_prices
from adapters.persistence.statements import Statement, any_of
from adapters.persistence.tables import Instant
from adapters.persistence.visibility import (
    RULES,
    SETTLE,
    audience_id,
    product_visibility,
    rule_rows,
    visibilities_of,
    visibility_rows,
    visibility_rules,
)
from application.ports.groups import ProductVisibility, Visibilities
from domain.groups import GroupUse
from domain.identity import AudienceId, CustomerGroupId, MerchantId, ProductId
from domain.visibility import FOR_EVERYONE, Visibility

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_LOCK = Statement(select(merchants.c.id).where(merchants.c.id == _MERCHANT).with_for_update(key_share=True))
"""Whether a merchant restricts anything stands beside its name: who changes that follow one another."""
_PRODUCTS = Statement(
    select(products.c.id).where(products.c.merchant_id == _MERCHANT, any_of(products.c.id, "product_ids"))
)
_AUDIENCES = Statement(
    union_all(
        select(price_tiers.c.id).where(
            price_tiers.c.merchant_id == _MERCHANT, any_of(price_tiers.c.id, "ids")
        ),
        select(customers.c.id).where(customers.c.merchant_id == _MERCHANT, any_of(customers.c.id, "ids")),
    )
)
_FORGET_RULES = Statement(
    delete(visibility_rules).where(
        visibility_rules.c.merchant_id == _MERCHANT, any_of(visibility_rules.c.product_id, "product_ids")
    )
)
_FORGET = Statement(
    delete(product_visibility).where(
        product_visibility.c.merchant_id == _MERCHANT, any_of(product_visibility.c.product_id, "product_ids")
    )
)
_NAMING = Statement(
    select(visibility_rules.c.product_id)
    .where(visibility_rules.c.merchant_id == _MERCHANT, visibility_rules.c.group_id == bindparam("group"))
    .order_by(visibility_rules.c.product_id)
    .limit(bindparam("most"))
)

_GROUP: BindParameter[str] = bindparam("group")
_AT = bindparam("at", type_=Instant())
_WRITTEN: BindParameter[str] = bindparam("written")


def _use(use: GroupUse, *names: ColumnElement[bool]) -> Select[str]:
    return select(literal(use.value)).where(exists().where(*names))


_USES = Statement(
    union_all(
        _use(
            GroupUse.PRICE_LISTS,
            price_lists.c.merchant_id == _MERCHANT,
            price_lists.c.audience_id == _GROUP,
            or_(price_lists.c.valid_until.is_(None), price_lists.c.valid_until > _AT),
        ),
        _use(
            GroupUse.PROMOTIONS,
            promotions.c.merchant_id == _MERCHANT,
            promotions.c.rule.contains(_WRITTEN),
            or_(promotions.c.ends.is_(None), promotions.c.ends > _AT),
        ),
        _use(
            GroupUse.SPECIAL_PRICES,
            special_prices.c.merchant_id == _MERCHANT,
            special_prices.c.rule.contains(_WRITTEN),
            or_(special_prices.c.ends.is_(None), special_prices.c.ends > _AT),
        ),
        _use(
            GroupUse.COUPONS,
            coupon_audiences.c.merchant_id == _MERCHANT,
            coupon_audiences.c.group_id == _GROUP,
            coupon_templates.c.merchant_id == _MERCHANT,
            coupon_templates.c.id == coupon_audiences.c.template_id,
            coupon_templates.c.stopped_at.is_(None),
            or_(coupon_templates.c.open_until.is_(None), coupon_templates.c.open_until > _AT),
        ),
        _use(
            GroupUse.ORDER_TEMPLATES,
            order_templates.c.merchant_id == _MERCHANT,
            order_templates.c.audience.contains(_WRITTEN),
        ),
    )
)
"""An id stands nowhere as a part of anything else, so that it may be looked for in what is written whole."""


@attrs.frozen
class SqlVisibilities(Visibilities):
    """To whom the products of one merchant are shown."""

    session: Session
    merchant_id: MerchantId

    def lock(self, product_ids: Collection[ProductId]) -> Mapping[ProductId, Visibility]:
        self.session.all(_LOCK, {"merchant_id": self.merchant_id})
        asked = {"merchant_id": self.merchant_id, "product_ids": sorted(product_ids)}
        there = [ProductId(id) for (id,) in self.session.all(_PRODUCTS, asked)]
        return dict.fromkeys(there, FOR_EVERYONE) | visibilities_of(self.session.all(RULES, asked))

    def audiences(self, ids: Collection[AudienceId]) -> frozenset[AudienceId]:
        asked = {"merchant_id": self.merchant_id, "ids": sorted(ids)}
        others = {audience_id(id) for (id,) in (self.session.all(_AUDIENCES, asked) if ids else [])}
        groups = [id for id in ids if isinstance(id, CustomerGroupId)]
        return frozenset(others | {*SqlGroups(self.session, self.merchant_id).lock(groups)})

    def set(self, visibilities: Iterable[ProductVisibility]) -> None:
        changed = list(visibilities)
        asked = {"merchant_id": self.merchant_id, "product_ids": sorted(one.product_id for one in changed)}
        self.session.change(_FORGET_RULES, asked)
        self.session.change(_FORGET, asked)
        for table, rows in ((product_visibility, visibility_rows), (visibility_rules, rule_rows)):
            self.session.insert(table, [row for one in changed for row in rows(self.merchant_id, one)])
        self.session.change(SETTLE, {"of_merchant": self.merchant_id})

    def naming(self, group_id: CustomerGroupId, *, most: int) -> tuple[ProductId, ...]:
        asked = {"merchant_id": self.merchant_id, "group": group_id, "most": most}
        return tuple(ProductId(id) for (id,) in self.session.all(_NAMING, asked))

    def uses(self, group_id: CustomerGroupId, *, at: datetime) -> frozenset[GroupUse]:
        asked = {"merchant_id": self.merchant_id, "group": group_id, "written": group_id, "at": at}
        return frozenset(GroupUse(use) for (use,) in self.session.all(_USES, asked))
