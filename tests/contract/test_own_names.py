"""What companies call goods, as the verbs need it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from application.ports.storage import Stale
from domain.identity import SkuId
from domain.own_names import MOST_OWN_NAMES, OwnName
from kit.builders import NOON
from kit.companies import with_companies
from kit.world import World

COLA, TEA = OwnName("可乐"), OwnName("茶")


class TestOwnNames:
    def test_a_company_means_what_it_chose_last(self, world: World) -> None:
        shop = world.shop
        own = shop.customers["regular"].id
        tea, nuts = shop.sku("TEA-500").id, shop.sku("NUTS").id
        with world.database.unit_of_work(shop.buyer()) as storage:
            storage.own_names.learn(own, {COLA: tea, TEA: tea}, at=NOON)
            storage.own_names.learn(own, {COLA: nuts}, at=NOON)
        with world.database.unit_of_work.reading(shop.buyer()) as storage:
            assert storage.own_names.find(own, {COLA, TEA, OwnName("水")}) == {COLA: nuts, TEA: tea}
            assert storage.own_names.find(own, ()) == {}
        with world.database.unit_of_work(shop.buyer()) as storage:
            storage.own_names.forget(own, [COLA])
            storage.own_names.forget(own, [])
            assert storage.own_names.find(own, [COLA, TEA]) == {TEA: tea}

    def test_nobody_elses_names_are_found_learned_or_forgotten(self, world: World) -> None:
        shop = world.shop
        vip, tea = shop.customers["vip"].id, shop.sku("TEA-500").id
        with world.database.unit_of_work(shop.buyer("vip")) as storage:
            storage.own_names.learn(vip, {TEA: tea}, at=NOON)
        for stranger in (shop.buyer(), shop.guest, world.other.buyer("vip"), world.other.clerk):
            with world.database.unit_of_work(stranger) as storage:
                storage.own_names.learn(vip, {COLA: tea}, at=NOON)
                storage.own_names.forget(vip, [TEA])
                assert storage.own_names.find(vip, [COLA, TEA]) == {}
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            assert storage.own_names.find(vip, [COLA, TEA]) == {TEA: tea}

    def test_who_is_above_a_company_uses_its_names(self, world: World) -> None:
        world = with_companies(world)
        north, tea = world.shop.customers["north"].id, world.shop.sku("TEA-500").id
        with world.database.unit_of_work(world.shop.buyer("headquarters")) as storage:
            storage.own_names.learn(north, {TEA: tea}, at=NOON)
        with world.database.unit_of_work.reading(world.shop.buyer("north")) as storage:
            assert storage.own_names.find(north, [TEA]) == {TEA: tea}

    def test_it_refuses_a_sku_that_is_not_there(self, world: World) -> None:
        own = world.shop.customers["regular"].id
        for strange in (world.other.sku("NUTS").id, world.ids.new(SkuId)):
            with pytest.raises(Stale), world.database.unit_of_work(world.shop.buyer()) as storage:
                storage.own_names.learn(own, {TEA: strange}, at=NOON)

    def test_what_was_learned_longest_ago_is_forgotten(self, world: World) -> None:
        own, tea = world.shop.customers["regular"].id, world.shop.sku("TEA-500").id
        many = {OwnName(f"n{at}"): tea for at in range(MOST_OWN_NAMES - 1)}
        with world.database.unit_of_work(world.shop.buyer()) as storage:
            storage.own_names.learn(own, {COLA: tea}, at=NOON)
            storage.own_names.learn(own, many, at=NOON + timedelta(hours=1))
            assert storage.own_names.find(own, [COLA]) == {COLA: tea}
            storage.own_names.learn(own, {TEA: tea}, at=NOON + timedelta(hours=2))
            assert storage.own_names.find(own, [COLA, TEA, *many]) == {**many, TEA: tea}
