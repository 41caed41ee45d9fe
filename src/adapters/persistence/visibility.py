"""To whom goods are shown: tables, rows, and the condition that every look at goods obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    and_,
    bindparam,
    exists,
    false,
    or_,
    select,
    true,
    update,
)

from adapters.persistence.merchants import merchants
from adapters.persistence.statements import Row, Rows, Statement, any_of
from adapters.persistence.tables import Words, belongs_to, tenant_table
from application.authorization import Actor, sees_all_goods
from application.ports.groups import ProductVisibility
from domain.identity import AudienceId, CustomerGroupId, CustomerId, MerchantId, PriceTierId, ProductId
from domain.visibility import Visibility

product_visibility = tenant_table(
    "product_visibility",
    Column("product_id", Words, nullable=False),
    Column("restricted", Boolean(create_constraint=False), nullable=False),
    belongs_to("products", "product_id"),
    key=("product_id",),
)
"""One row for each product that not everyone sees."""

visibility_rules = tenant_table(
    "visibility_rules",
    Column("product_id", Words, nullable=False),
    # Whichever of the three below it is: what one name of a company is compared with.
    Column("audience_id", Words, nullable=False),
    Column("shows", Boolean(create_constraint=False), nullable=False),
    Column("group_id", Words),
    Column("tier_id", Words),
    Column("customer_id", Words),
    belongs_to("product_visibility", "product_id", to=("product_id",)),
    belongs_to("customer_groups", "group_id"),
    belongs_to("price_tiers", "tier_id"),
    belongs_to("customers", "customer_id"),
    CheckConstraint("audience_id = COALESCE(group_id, tier_id, customer_id)", name="audience"),
    CheckConstraint(
        "(group_id IS NULL OR tier_id IS NULL) AND (group_id IS NULL OR customer_id IS NULL)"
        " AND (tier_id IS NULL OR customer_id IS NULL)",
        name="one",
    ),
    Index(None, "merchant_id", "group_id", "product_id"),
    key=("product_id", "audience_id"),
)


def visibility_rows(merchant_id: MerchantId, one: ProductVisibility) -> list[Row]:
    visibility = one.visibility
    return [] if visibility.for_everyone else [(merchant_id, one.product_id, visibility.restricted)]


def rule_rows(merchant_id: MerchantId, one: ProductVisibility) -> list[Row]:
    shown, hidden = one.visibility.shown_to, one.visibility.hidden_from
    return [
        (
            merchant_id,
            one.product_id,
            id,
            id in shown,
            id if isinstance(id, CustomerGroupId) else None,
            id if isinstance(id, PriceTierId) else None,
            id if isinstance(id, CustomerId) else None,
        )
        for id in sorted(shown | hidden)
    ]


_MERCHANT: BindParameter[str] = bindparam("merchant_id")
AUDIENCES = "audience_ids"
"""The parameter of `visible`: everything that whoever looks goes by."""


def limits(actor: Actor) -> dict[str, Any]:
    """The parameter of `visible` for whoever looks; nothing where the condition is not needed."""
    return {} if sees_all_goods(actor) else {AUDIENCES: sorted(actor.audience.ids)}


def visible(product_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep what whoever asks is shown: one look by key for a product that everyone sees, up to three for others."""

    def rule(*, shows: bool) -> ColumnElement[bool]:
        return exists().where(
            visibility_rules.c.merchant_id == _MERCHANT,
            visibility_rules.c.product_id == product_visibility.c.product_id,
            visibility_rules.c.shows == (true() if shows else false()),
            any_of(visibility_rules.c.audience_id, AUDIENCES),
        )

    not_named = and_(product_visibility.c.restricted, ~rule(shows=True))
    return ~exists().where(
        product_visibility.c.merchant_id == _MERCHANT,
        product_visibility.c.product_id == product_id,
        or_(not_named, rule(shows=False)),
    )


RULES = Statement(
    select(
        product_visibility.c.product_id,
        product_visibility.c.restricted,
        visibility_rules.c.audience_id,
        visibility_rules.c.shows,
    )
    .select_from(
        product_visibility.outerjoin(
            visibility_rules,
            and_(
                visibility_rules.c.merchant_id == product_visibility.c.merchant_id,
                visibility_rules.c.product_id == product_visibility.c.product_id,
            ),
        )
    )
    .where(
        product_visibility.c.merchant_id == _MERCHANT, any_of(product_visibility.c.product_id, "product_ids")
    )
    .order_by(product_visibility.c.product_id, visibility_rules.c.audience_id)
)
SETTLE = Statement(
    update(merchants)
    .where(merchants.c.id == bindparam("of_merchant"))
    .values(restricts_goods=exists().where(product_visibility.c.merchant_id == bindparam("of_merchant")))
)
"""Write down whether the merchant restricts anything."""
_KINDS: Mapping[str, type[AudienceId]] = {
    kind.tag: kind for kind in (CustomerGroupId, PriceTierId, CustomerId)
}


def audience_id(text: str) -> AudienceId:
    """Read an id that is stored as one of an audience."""
    return _KINDS[text.partition("_")[0]](text)


def visibilities_of(rows: Rows) -> dict[ProductId, Visibility]:
    """Read what `RULES` answers: products that everyone sees are left out."""
    restricted: dict[str, bool] = {}
    named: dict[tuple[str, bool], set[AudienceId]] = {}
    for product_id, alone, audience, shows in rows:
        restricted[product_id] = bool(alone)
        if audience is not None:
            named.setdefault((product_id, bool(shows)), set()).add(audience_id(audience))
    return {
        ProductId(id): Visibility(
            restricted=alone,
            shown_to=frozenset(named.get((id, True), ())),
            hidden_from=frozenset(named.get((id, False), ())),
        )
        for id, alone in restricted.items()
    }
