"""To whom products are shown, as the verbs need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import attrs
from sqlalchemy import BindParameter, bindparam, delete, select, union_all

from adapters.persistence.catalog import products
from adapters.persistence.customers import customers, price_tiers
from adapters.persistence.groups import SqlGroups
from adapters.persistence.merchants import merchants
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Statement, any_of
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
