"""What is asked of the customers for readers: the statements, built once for each shape of a question."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import and_, bindparam, func, literal_column, select

from adapters.persistence.branches import Reach, branches, seen
from adapters.persistence.catalog import products
from adapters.persistence.customers import buyers, customers, price_tiers
from adapters.persistence.group_cards import in_group, tagged
from adapters.persistence.groups import audience_column
from adapters.persistence.merchants import staff
from adapters.persistence.ownership import OWNED_BY_REP, OWNERSHIP, ownerships
from adapters.persistence.paging import Shape, conditions, most, ordering
from adapters.persistence.statements import Statement, any_of

CUSTOMERS_AND_TIERS = customers.join(
    price_tiers,
    (price_tiers.c.merchant_id == customers.c.merchant_id) & (price_tiers.c.id == customers.c.tier_id),
)
CARD = (customers.c.id, customers.c.name, price_tiers.c.id, price_tiers.c.code, price_tiers.c.name)
BUYER = (buyers.c.id, buyers.c.name, buyers.c.role, buyers.c.customer_id, buyers.c.suspended)
BUYERS_OF = Statement(
    select(*BUYER)
    .where(buyers.c.merchant_id == bindparam("merchant_id"), any_of(buyers.c.customer_id, "customer_ids"))
    .order_by(buyers.c.customer_id, buyers.c.id)
)


@lru_cache(maxsize=len(Reach))
def cards_by_id(reach: Reach) -> Statement:
    """Customers by id, as far as the actor sees them."""
    cards = select(*CARD).select_from(CUSTOMERS_AND_TIERS)
    of_merchant = cards.where(customers.c.merchant_id == bindparam("merchant_id"))
    return Statement(of_merchant.where(any_of(customers.c.id, "customer_ids"), *seen(customers.c.id, reach)))


@lru_cache(maxsize=len(Reach))
def buyers_by_id(reach: Reach) -> Statement:
    """Buyers by id, of companies that the actor sees."""
    of_merchant = select(*BUYER).where(buyers.c.merchant_id == bindparam("merchant_id"))
    return Statement(of_merchant.where(any_of(buyers.c.id, "buyer_ids"), *seen(buyers.c.customer_id, reach)))


TIERS = Statement(
    select(price_tiers.c.id, price_tiers.c.code, price_tiers.c.name)
    .where(price_tiers.c.merchant_id == bindparam("merchant_id"))
    .order_by(price_tiers.c.code, price_tiers.c.id)
)
PRODUCT = Statement(
    select(products.c.id).where(
        products.c.merchant_id == bindparam("merchant_id"), products.c.id == bindparam("product_id")
    )
)
AUDIENCE = Statement(
    select(customers.c.tier_id, audience_column()).where(
        customers.c.merchant_id == bindparam("merchant_id"), customers.c.id == bindparam("customer_id")
    )
)
_SORT = (customers.c.name, customers.c.id)


@attrs.frozen(kw_only=True, cache_hash=True)
class Which:
    """What of the question which customers are wanted changes the statement."""

    reach: Reach
    searching: bool
    by_sales_rep: bool
    by_group: bool = False
    by_tag: bool = False
    by_tier: bool = False

    def conditions(self) -> list[Any]:
        """What has to hold of a customer."""
        found: list[Any] = [customers.c.merchant_id == bindparam("merchant_id")]
        if self.searching:
            found.append(func.lower(customers.c.name).like(bindparam("like"), escape="\\"))
        if self.by_sales_rep:
            found.append(customers.c.id.in_(OWNED_BY_REP))
        if self.by_group:
            found.append(in_group())
        if self.by_tag:
            found.append(tagged())
        if self.by_tier:
            found.append(customers.c.tier_id == bindparam("tier_id"))
        return [*found, *seen(customers.c.id, self.reach)]


@lru_cache(maxsize=64)
def customers_page(shape: Shape, which: Which) -> Statement:
    """A page of customers, by (name, id)."""
    statement = select(*CARD).select_from(CUSTOMERS_AND_TIERS).where(*which.conditions())
    return Statement(
        statement.where(*conditions(shape, _SORT)).order_by(*ordering(shape, _SORT)).limit(most(shape))
    )


@lru_cache(maxsize=64)
def customers_count(which: Which) -> Statement:
    """How many there are on all pages."""
    return Statement(select(func.count()).select_from(customers).where(*which.conditions()))


_BRANCH_OF = and_(
    branches.c.merchant_id == customers.c.merchant_id,
    branches.c.branch_id == customers.c.id,
    branches.c.distance == literal_column("1"),
)
_OF_PARENTS = (
    customers.c.merchant_id == bindparam("merchant_id"),
    branches.c.merchant_id == bindparam("merchant_id"),
    any_of(branches.c.customer_id, "customer_ids"),
)


@lru_cache(maxsize=64)
def branches_of_each(shape: Shape) -> Statement:
    """The same page of the branches of several companies; each row ends with whose branch it is."""
    place = func.row_number().over(partition_by=branches.c.customer_id, order_by=ordering(shape, _SORT))
    numbered = (
        select(
            *(one.label(f"c{at}") for at, one in enumerate(CARD)),
            branches.c.customer_id,
            place.label("place"),
        )
        .select_from(CUSTOMERS_AND_TIERS.join(branches, _BRANCH_OF))
        .where(*_OF_PARENTS, *conditions(shape, _SORT))
        .subquery("numbered")
    )
    shown = [column for column in numbered.c if column.name != "place"]
    return Statement(select(*shown).where(numbered.c.place <= most(shape)).order_by(numbered.c.place))


COUNT_BRANCHES = Statement(
    select(branches.c.customer_id, func.count())
    .select_from(customers.join(branches, _BRANCH_OF))
    .where(*_OF_PARENTS)
    .group_by(branches.c.customer_id)
)
COMPANIES = Statement(
    select(customers.c.id, customers.c.name).where(
        customers.c.merchant_id == bindparam("merchant_id"), any_of(customers.c.id, "customer_ids")
    )
)
SALES_REPS = Statement(
    select(staff.c.id, staff.c.name).where(
        staff.c.merchant_id == bindparam("merchant_id"), any_of(staff.c.id, "staff_ids")
    )
)
PARENTS = Statement(
    select(branches.c.branch_id, customers.c.id, customers.c.name)
    .select_from(
        branches.join(
            customers,
            and_(customers.c.merchant_id == branches.c.merchant_id, customers.c.id == branches.c.customer_id),
        )
    )
    .where(
        branches.c.merchant_id == bindparam("merchant_id"),
        any_of(branches.c.branch_id, "customer_ids"),
        branches.c.distance == literal_column("1"),
    )
)
OWNERSHIPS = Statement(
    select(*OWNERSHIP).where(
        ownerships.c.merchant_id == bindparam("merchant_id"), any_of(ownerships.c.customer_id, "customer_ids")
    )
)
