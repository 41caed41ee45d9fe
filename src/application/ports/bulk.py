"""Storing many things at once; part of the storage of the verbs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from application.ports.groups import ProductVisibility
from domain.catalog import Brand, Category, Product
from domain.coupons import Coupon, CouponTemplate
from domain.customers import Buyer, Customer
from domain.groups import CustomerGroup, CustomerTags, GroupMembership
from domain.inventory import Movement, Reservation, StockItem, Warehouse
from domain.invitations import Invitation
from domain.merchant import Merchant, Staff
from domain.ordering import Order
from domain.ownership import Ownership
from domain.price_batches import PriceBatch
from domain.pricing import PriceChange, PriceList, PriceTier
from domain.verification import VerificationCase

Storable = (
    Merchant
    | Staff
    | PriceTier
    | PriceList
    | Customer
    | CustomerGroup
    | GroupMembership
    | CustomerTags
    | Ownership
    | Buyer
    | Invitation
    | VerificationCase
    | Category
    | Brand
    | Product
    | ProductVisibility
    | PriceBatch
    | PriceChange
    | Warehouse
    | StockItem
    | Movement
    | Order
    | Reservation
    | CouponTemplate
    | Coupon
)


class Bulk(Protocol):
    """Storing many things at once, in the order given, as fast as the database takes them.

    It is for seeds and imports: facts inside what is stored count as already told, and nobody is woken by them.
    A batch holds things of one class; what they refer to is stored before them.
    """

    def add(self, batch: Iterable[Storable]) -> None:
        """Store things none of which is there yet. Orders keep the numbers they have."""
        ...

    def replace(self, batch: Iterable[Category | Brand | Product]) -> None:
        """Store things that are new, or take the place of those with the same id."""
        ...

    def count_orders_from(self, number: int) -> None:
        """Let the next order's number follow this one."""
        ...

    def settle(self) -> None:
        """Let the database look at what it holds now, so that it finds things fast; after the last batch."""
        ...
