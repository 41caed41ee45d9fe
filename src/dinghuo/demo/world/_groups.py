"""How the demonstration sorts its customers: a group for each region, and a few goods that not everyone sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from application.ports.groups import ProductVisibility
from dinghuo.demo.world._chance import ChanceIds
from domain.catalog import Product
from domain.customers import Customer
from domain.groups import CustomerGroup, CustomerTags, GroupKind, GroupMembership, GroupName, Tag
from domain.identity import CustomerGroupId
from domain.pricing import PriceTier
from domain.visibility import Visibility

KEPT_OF = 200
"""One product of so many is not for everyone, …"""
MOST_KEPT = 3
"""… and no more than these."""
_CITY = 3
"""So many characters of a region name its city."""
_EVERY = 4


@attrs.frozen(kw_only=True)
class Sorting:
    """The groups of a merchant's customers, who is in them, and tags."""

    groups: tuple[CustomerGroup, ...]
    memberships: tuple[GroupMembership, ...]
    tags: tuple[CustomerTags, ...]


def sorting(customers: Sequence[Customer], *, ids: ChanceIds, at: datetime) -> Sorting:
    """Put every customer into the group of the city that its first address is in; some carry a tag."""
    groups: dict[str, CustomerGroup] = {}
    memberships = []
    for customer in customers:
        city = customer.addresses[0].address.region[:_CITY]
        if city not in groups:
            groups[city] = CustomerGroup(
                id=ids.new(CustomerGroupId), kind=GroupKind.REGION, name=GroupName(city)
            )
        memberships.append(GroupMembership(group_id=groups[city].id, customer_id=customer.id, since=at))
    tagged = tuple(
        CustomerTags(customer_id=customer.id, tags=frozenset({Tag("现结")}))
        for customer in customers[::_EVERY]
    )
    return Sorting(groups=tuple(groups.values()), memberships=tuple(memberships), tags=tagged)


def kept_from_some(
    products: Sequence[Product], *, tiers: Sequence[PriceTier], groups: Sequence[CustomerGroup]
) -> tuple[ProductVisibility, ...]:
    """Keep the last few products from some: one is for the highest tier, one for a region, one hidden from another."""
    rules: Mapping[int, Visibility] = {
        1: Visibility(restricted=True, shown_to=frozenset({tiers[-1].id})),
        2: Visibility(restricted=True, shown_to=frozenset({groups[0].id})),
        3: Visibility(hidden_from=frozenset({groups[-1].id})),
    }
    many = min(MOST_KEPT, len(products) // KEPT_OF)
    return tuple(
        ProductVisibility(product_id=products[-at].id, visibility=rules[at]) for at in range(1, many + 1)
    )
