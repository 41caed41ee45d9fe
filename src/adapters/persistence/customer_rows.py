"""The rows that cards of customers and of buyers are made of."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import bindparam, select

from adapters.persistence.branches import Reach, seen
from adapters.persistence.customers import buyers, customers, price_tiers
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
    """Find customers by their ids, of those that somebody of this reach sees."""
    cards = select(*CARD).select_from(CUSTOMERS_AND_TIERS)
    of_merchant = cards.where(customers.c.merchant_id == bindparam("merchant_id"))
    return Statement(of_merchant.where(any_of(customers.c.id, "customer_ids"), *seen(customers.c.id, reach)))


@lru_cache(maxsize=len(Reach))
def buyers_by_id(reach: Reach) -> Statement:
    """Find buyers by their ids, of those companies that somebody of this reach sees."""
    of_merchant = select(*BUYER).where(buyers.c.merchant_id == bindparam("merchant_id"))
    return Statement(of_merchant.where(any_of(buyers.c.id, "buyer_ids"), *seen(buyers.c.customer_id, reach)))
