"""Companies that hang together, and those who own them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from application.ports.bulk import Storable
from application.ports.clock import Ids
from domain.coupons import Coupon
from domain.customers import MOST_ABOVE, Buyer, Customer
from domain.identity import CustomerId, StaffId
from domain.ordering import Order
from domain.ownership import OwnerKind, Ownership
from kit import builders as a
from kit.walls.secrets import Marker
from kit.world import Shop, World

FAMILY = {
    "headquarters": ("regular", None, "the parent of branches"),
    "north": ("vip", "headquarters", "a branch"),
    "south": ("strategic", "headquarters", "the sibling branch"),
    "agent": ("vip", None, "the agent of distributors"),
    "east": ("regular", "agent", "a distributor"),
    "west": ("strategic", "agent", "the distributor's sibling"),
}
"""Companies that hang together: the tier of each, what it is a branch of, and what its people are called here."""
DEEP_BELOW = "south"
"""Something is below it on every level there may be."""
SALES_REPS = ("rep", "next rep")
"""Staff who look after customers."""


def family_of(plain: Shop, marker: Marker, ids: Ids) -> dict[str, Customer]:
    """Companies that hang together, on as many levels as there may be."""
    family: dict[str, Customer] = {}
    for name, (tier, parent, _) in FAMILY.items():
        above = family[parent] if parent else None
        family[name] = marker.marked(a.customer(ids, tier=plain.tiers[tier], parent=above))
    above = family[DEEP_BELOW]
    for level in range(2, MOST_ABOVE + 1):
        above = marker.marked(a.customer(ids, tier=plain.tiers["regular"], parent=above))
        family[f"level {level}"] = above
    return family


def owned_by(world: World, shop: Shop, ordered: Iterator[int]) -> list[Storable]:
    """Who owns companies, each since another instant: one after the other, one who is planned, and agents."""
    rep, next_rep = (shop.staff[name].id for name in SALES_REPS)
    owned: list[tuple[str, OwnerKind, StaffId | CustomerId]] = [
        ("vip", OwnerKind.SALES_REP, rep),
        ("vip", OwnerKind.SALES_REP, next_rep),
        ("north", OwnerKind.SALES_REP, rep),
        ("east", OwnerKind.AGENT, shop.customers["agent"].id),
        ("west", OwnerKind.AGENT, shop.customers["agent"].id),
    ]
    made: list[Storable] = []
    for name, kind, owner_id in owned:
        since = world.clock.forward(timedelta(microseconds=next(ordered) * 1_013))
        made.append(Ownership(customer_id=shop.customers[name].id, kind=kind, since=since, owner_id=owner_id))
    world.add(made, to=shop)
    return made


def above(shop: Shop, one: Customer) -> Iterator[str]:
    """The companies above another."""
    parents = {each.id: each.parent_id for each in shop.customers.values()}
    parent = one.parent_id
    while parent is not None:
        yield parent
        parent = parents[parent]


def changes_nothing(shop: Shop) -> Mapping[str, Any]:
    """What staff ask for honestly, after which whoever saw a company sees it still, and no others."""
    return {
        "addCustomer(input)": {
            "name": "新店",
            "tier": shop.tiers["vip"].id,
            "parentId": shop.customers["headquarters"].id,
        },
        "setCustomerParent(input)": {
            "customerId": shop.customers["north"].id,
            "parentId": shop.customers["headquarters"].id,
        },
        "setCustomerOwner(input)": {
            "customerId": shop.customers["north"].id,
            "kind": "SALES_REP",
            "ownerId": shop.staff["rep"].id,
        },
        "handOverCustomers(input)": {
            "fromSalesRepId": shop.staff["rep"].id,
            "toSalesRepId": shop.staff["rep"].id,
        },
    }


def belongings(thing: Storable) -> Iterator[tuple[str, str]]:
    """The ids of what is a company's own, each with the company."""
    if isinstance(thing, Customer):
        yield from ((id, thing.id) for id in (thing.id, *(one.id for one in thing.addresses)))
    if isinstance(thing, Buyer | Order | Coupon):
        yield thing.id, thing.customer_id


def relatives(shop: Shop) -> Mapping[str, list[str]]:
    """The company next above each, and one beside it."""
    found: dict[str, list[str]] = {}
    companies = [*shop.customers.values()]
    for one in companies:
        beside = [each.id for each in companies if one.parent_id and each.parent_id == one.parent_id]
        next_above = [one.parent_id] if one.parent_id else []
        found[one.id] = [*next_above, *[each for each in beside if each != one.id][:1]]
    return found
