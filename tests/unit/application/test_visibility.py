"""Staff decide to whom goods are shown, for all of them or for none."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, Forbidden, Permission, Unauthenticated, sees_all_goods
from application.visibility import MOST_PRODUCTS, AskedVisibility, TooManyProducts
from domain.errors import DomainError, Refused
from domain.identity import AudienceId, ProductId
from domain.trail import facts_of
from domain.visibility import (
    FOR_EVERYONE,
    InvalidVisibility,
    UnknownAudience,
    UnknownProduct,
    Visibility,
)
from kit.world import World, furnish, show


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def asked(
    world: World,
    name: str = "tea",
    *,
    restricted: bool = True,
    shown: tuple[AudienceId, ...] = (),
    hidden: tuple[AudienceId, ...] = (),
    **more: Any,
) -> AskedVisibility:
    product_id = world.shop.products[name].id
    return AskedVisibility(
        **{
            "product_id": product_id,
            "reference": product_id,
            "restricted": restricted,
            "shown_to": {id: id for id in shown},
            "hidden_from": {id: id for id in hidden},
            **more,
        }
    )


def decide(world: World, *products: AskedVisibility) -> tuple[ProductId, ...]:
    return world.use.set_product_visibility(actor=world.shop.clerk, products=products)


def stored(world: World, name: str = "tea") -> Visibility:
    id = world.shop.products[name].id
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.visibilities.lock([id])[id]


def faults(world: World, *products: AskedVisibility) -> tuple[DomainError, ...]:
    with pytest.raises(Refused) as caught:
        decide(world, *products)
    assert stored(world) == FOR_EVERYONE
    return caught.value.refusals


def test_it_is_decided_for_many_at_once(world: World) -> None:
    shop = world.shop
    east, vip, regular = shop.groups["east"].id, shop.tiers["vip"].id, shop.customers["regular"].id
    tea = asked(world, shown=(east, vip), hidden=(regular,))
    rice = asked(world, "rice", restricted=False, hidden=(vip,))
    assert decide(world, tea, rice) == (shop.products["tea"].id, shop.products["rice"].id)
    assert stored(world) == Visibility(
        restricted=True, shown_to=frozenset({east, vip}), hidden_from=frozenset({regular})
    )
    assert stored(world, "rice") == Visibility(hidden_from=frozenset({vip}))


def test_it_is_noted_where_it_changes(world: World) -> None:
    shop = world.shop
    for one in (asked(world), asked(world), asked(world, hidden=(shop.tiers["vip"].id,))):
        decide(world, one)
    decide(world, asked(world, restricted=False))
    entries = world.database.vault.shop(shop.merchant.id).trail.values()  # type: ignore[attr-defined]  # memory
    told = [(one.operation, one.about_id, facts_of(one.before), facts_of(one.after)) for one in entries]
    everyone = {"restricted": "false", "shownTo": "", "hiddenFrom": ""}
    nobody = {**everyone, "restricted": "true"}
    not_vip = {**nobody, "hiddenFrom": shop.tiers["vip"].id}
    tea = shop.products["tea"].id
    assert told == [
        ("setProductVisibility", tea, was, now)
        for was, now in ((everyone, nobody), (nobody, not_vip), (not_vip, everyone))
    ]


def test_everything_that_is_wrong_is_named(world: World) -> None:
    east, theirs = world.shop.groups["east"].id, world.other.groups["east"].id
    foreign = world.other.products["tea"].id
    assert faults(
        world,
        asked(world, "rice", product_id=foreign, reference=foreign),
        asked(world, "rice", product_id=None, reference="no id"),
        asked(world, shown=(theirs,), hidden_from={"nobody": None}),
        asked(world, "water", restricted=False, shown=(east,)),
        asked(world, "nuts", shown=(east,), hidden=(east,)),
        asked(world, "cup"),
        asked(world, "cup"),
    ) == (
        UnknownProduct(foreign, 0),
        UnknownProduct("no id", 1),
        UnknownAudience(theirs, 2, ""),
        UnknownAudience("nobody", 2, ""),
        InvalidVisibility("NOT_RESTRICTED", 3),
        InvalidVisibility("BOTH", 4),
        InvalidVisibility("TWICE", 6),
    )


@pytest.mark.parametrize("many", [0, MOST_PRODUCTS + 1])
def test_not_too_many_at_once(world: World, many: int) -> None:
    assert faults(world, *[asked(world)] * many) == (TooManyProducts(many),)


def test_only_those_who_manage_the_catalog_may(world: World) -> None:
    shop = world.shop
    others = [one for one in Permission if one is not Permission.MANAGE_CATALOG]

    def act(actor: Actor) -> tuple[ProductId, ...]:
        return world.use.set_product_visibility(actor=actor, products=[asked(world)])

    for actor in (shop.buyer("vip"), shop.colleague(*others)):
        with pytest.raises(Forbidden):
            act(actor)
    with pytest.raises(Unauthenticated):
        act(shop.guest)
    assert act(shop.colleague(Permission.MANAGE_CATALOG))


def test_the_merchant_restricts_goods_as_long_as_there_is_one(world: World) -> None:
    def merchant() -> bool:
        shop = world.database.vault.shop(world.shop.merchant.id)  # type: ignore[attr-defined]  # memory
        restricts: bool = shop.merchants[world.shop.merchant.id].restricts_goods
        return restricts

    show(world, "rice", Visibility(restricted=True))
    decide(world, asked(world))
    assert merchant()
    decide(world, asked(world, restricted=False))
    assert merchant()
    decide(world, asked(world, "rice", restricted=False))
    assert not merchant()


def test_staff_see_everything(world: World) -> None:
    shop = world.shop
    for actor in (shop.clerk, shop.colleague(), shop.operator, shop.buyer("vip"), shop.guest):
        assert sees_all_goods(actor)
