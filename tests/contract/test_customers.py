"""Customers, as the verbs need them."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.ports.storage import CustomerNotFound
from domain.identity import AddressId, CustomerId
from kit.strategies import customers, few
from kit.world import World


class TestCustomers:
    @few
    @given(data=st.data())
    def test_it_gives_back_what_was_stored(self, world: World, data: st.DataObject) -> None:
        drawn = data.draw(customers(tier_id=world.shop.tiers["vip"].id))
        book = tuple(attrs.evolve(one, id=world.ids.new(AddressId)) for one in drawn.addresses)
        customer = attrs.evolve(drawn, id=world.ids.new(CustomerId), addresses=book)
        world.add([customer])
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.customers.get(customer.id) == customer

    def test_it_shows_a_buyer_the_own_company(self, world: World) -> None:
        with world.database.unit_of_work.reading(world.shop.buyer("vip")) as storage:
            own = world.shop.customers["vip"]
            assert storage.customers.get(own.id) == own

    def test_it_refuses_a_buyer_every_other_company(self, world: World) -> None:
        with world.database.unit_of_work.reading(world.shop.buyer("vip")) as storage:
            for name in ("regular", "strategic", "contract"):
                with pytest.raises(CustomerNotFound):
                    storage.customers.get(world.shop.customers[name].id)

    def test_it_refuses_another_merchants_customer_as_one_that_is_not_there(self, world: World) -> None:
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            for stranger in (world.other.customers["vip"].id, world.ids.new(CustomerId)):
                with pytest.raises(CustomerNotFound):
                    storage.customers.get(stranger)
