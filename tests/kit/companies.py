"""A chain with a headquarters and its branches, and a regional agent with its distributors, at the first wholesaler."""

from __future__ import annotations

import attrs

from domain.customers import Customer, Role
from kit import builders as a
from kit.world import World

_TREE = {
    "headquarters": ("regular", None),
    "north": ("vip", "headquarters"),
    "south": ("strategic", "headquarters"),
    "corner": ("regular", "north"),
    "agent": ("vip", None),
    "east": ("regular", "agent"),
    "west": ("regular", "agent"),
}
"""Each company with its tier and the company it is a branch of."""


def with_companies(world: World) -> World:
    """The world with the chain and the agent in it; somebody buys for each of them, and of the chain in every role."""
    shop, ids = world.shop, world.ids
    companies: dict[str, Customer] = {}
    for name, (tier, parent) in _TREE.items():
        above = companies[parent] if parent else None
        companies[name] = a.customer(ids, tier=shop.tiers[tier], name=f"{name} 公司", parent=above)
    buyers = {
        name: a.buyer(ids, customer=one, name=f"{name} 的人", role=Role.OWNER)
        for name, one in companies.items()
    }
    buyers |= {
        f"headquarters {role.value}": a.buyer(ids, customer=companies["headquarters"], role=role)
        for role in Role
    }
    staff = {name: a.staff(ids, name=name) for name in ("rep", "colleague")}
    world.add(companies.values(), buyers.values(), staff.values())
    more = attrs.evolve(
        shop,
        customers={**shop.customers, **companies},
        buyers={**shop.buyers, **buyers},
        staff={**shop.staff, **staff},
    )
    return attrs.evolve(world, shop=more)
