"""The customers as readers see them: staff all, buyers the own company, guests nobody."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.authorization import GRANTABLE, Actor, Permission
from application.views.customers import BuyerCard, CustomerCard, CustomerFilter, TierCard
from application.views.pages import Slice, Window
from domain.customers import Customer
from domain.identity import BuyerId, CustomerId
from kit import builders as a
from kit.paging import Page, at_most, walk
from kit.strategies import few
from kit.world import World

ALL = Window(size=100)
pytestmark = pytest.mark.usefixtures("reading")


def card(world: World, name: str) -> CustomerCard:
    """The company as it should be seen."""
    customer = world.shop.customers[name]
    tier = next(one for one in world.shop.tiers.values() if one.id == customer.tier_id)
    return CustomerCard(
        id=customer.id,
        name=customer.name,
        tier=TierCard(id=tier.id, code=tier.code, name=tier.name),
        addresses=customer.addresses,
    )


def pages(world: World, by: Actor, *, text: str | None = None) -> Page[CustomerCard]:
    async def page(window: Window) -> Slice[CustomerCard]:
        return await world.views(by).customers.customers(
            window=window, filter=CustomerFilter(text=text), count=False
        )

    return page


async def names(world: World, *, by: Actor, text: str | None = None) -> set[str]:
    return {edge.node.name for edge in (await pages(world, by, text=text)(ALL)).edges}


def more(world: World, number: int) -> list[Customer]:
    """Companies of which several have the same name."""
    made = [
        a.customer(world.ids, tier=world.shop.tiers["vip"], name=f"连锁 {at % 4}", addresses=at % 2)
        for at in range(number)
    ]
    world.add(made)
    return made


class TestMe:
    async def test_it_is_the_buyer_who_asks(self, world: World) -> None:
        buyer = world.shop.buyers["vip"]
        assert await world.views(world.shop.buyer("vip")).customers.me() == BuyerCard(
            id=buyer.id, name=buyer.name, role=buyer.role, customer=card(world, "vip")
        )

    async def test_it_is_nobody_else(self, world: World) -> None:
        for actor in (world.shop.guest, world.shop.clerk, world.shop.operator):
            assert await world.views(actor).customers.me() is None


class TestCustomers:
    async def test_it_shows_staff_all_by_name(self, world: World) -> None:
        page = await pages(world, world.shop.clerk)(ALL)
        ordered = sorted(world.shop.customers.items(), key=lambda pair: (pair[1].name, pair[1].id))
        assert [edge.node for edge in page.edges] == [card(world, name) for name, _ in ordered]
        assert [edge.key for edge in page.edges] == [(one.name, one.id) for _, one in ordered]

    async def test_it_shows_a_buyer_the_own_company(self, world: World) -> None:
        assert await names(world, by=world.shop.buyer("vip")) == {"Lucky 100% Mart"}
        assert await names(world, by=world.shop.buyer("vip"), text="便利") == set()

    async def test_it_shows_guests_nobody(self, world: World) -> None:
        assert await names(world, by=world.shop.guest) == set()

    async def test_it_shows_staff_without_the_permission_nobody(self, world: World) -> None:
        for actor in (world.shop.colleague(), world.shop.colleague(*GRANTABLE - {Permission.VIEW_CUSTOMERS})):
            assert await names(world, by=actor) == set()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("店", {"和平路便利店", "大润发_总店"}),
            ("lucky", {"Lucky 100% Mart"}),
            ("MART", {"Lucky 100% Mart"}),
            ("0%", {"Lucky 100% Mart"}),
            ("%", {"Lucky 100% Mart"}),
            ("_", {"大润发_总店"}),
            ("发总", set()),
            ("\\", set()),
            ("", {"和平路便利店", "大润发_总店", "Lucky 100% Mart", "城西批发部"}),
        ],
    )
    async def test_it_finds_a_part_of_a_name(self, world: World, text: str, expected: set[str]) -> None:
        assert await names(world, by=world.shop.clerk, text=text) == expected

    @few
    @given(
        sizes=st.lists(st.integers(1, 6), min_size=1, max_size=3),
        backwards=st.booleans(),
        adding=st.booleans(),
    )
    async def test_it_goes_through_the_whole_list(
        self, world: World, sizes: Sequence[int], *, backwards: bool, adding: bool
    ) -> None:
        before = {edge.node.id for edge in (await pages(world, world.shop.clerk)(ALL)).edges}
        if len(before) < 10:
            before |= {one.id for one in more(world, 9)}
        found = await walk(
            pages(world, world.shop.clerk),
            sizes=sizes,
            backwards=backwards,
            between=at_most(2 if adding else 0, lambda: more(world, 1)),
        )
        keys = [edge.key for edge in found]
        assert keys == sorted(set(keys))
        assert before <= {edge.node.id for edge in found}
        assert adding or before == {edge.node.id for edge in found}

    async def test_it_counts_only_when_asked_and_then_the_whole_list(self, world: World) -> None:
        asked = (
            (world.shop.clerk, None, 4),
            (world.shop.clerk, "店", 2),
            (world.shop.buyer(), None, 1),
            (world.shop.guest, None, 0),
        )
        for actor, text, total in asked:
            book = world.views(actor).customers
            for count, expected in ((True, total), (False, None)):
                page = await book.customers(
                    window=Window(size=1), filter=CustomerFilter(text=text), count=count
                )
                assert page.total == expected


class TestById:
    async def test_it_finds_what_the_actor_may_see(self, world: World) -> None:
        shop = world.shop
        asked = [
            shop.customers["vip"].id,
            shop.customers["contract"].id,
            world.other.customers["vip"].id,
            world.ids.new(CustomerId),
        ]
        vip, contract = card(world, "vip"), card(world, "contract")
        expected = {
            shop.clerk: {vip.id: vip, contract.id: contract},
            shop.buyer("vip"): {vip.id: vip},
            shop.buyer("regular"): {},
            shop.colleague(*GRANTABLE - {Permission.VIEW_CUSTOMERS}): {},
            shop.guest: {},
        }
        for actor, cards in expected.items():
            assert await world.views(actor).customers.customers_by_id(asked) == cards
            assert await world.views(actor).customers.customers_by_id([]) == {}

    async def test_it_finds_buyers_of_companies_the_actor_may_see(self, world: World) -> None:
        shop = world.shop
        regular, viewer, vip = (shop.buyers[name] for name in ("regular", "viewer", "vip"))
        asked = [regular.id, viewer.id, vip.id, world.other.buyers["vip"].id, world.ids.new(BuyerId)]
        expected = {
            shop.clerk: {regular.id, viewer.id, vip.id},
            shop.buyer("regular"): {regular.id, viewer.id},
            shop.buyer("vip"): {vip.id},
            shop.colleague(*GRANTABLE - {Permission.VIEW_CUSTOMERS}): set(),
            shop.guest: set(),
        }
        for actor, ids in expected.items():
            found = await world.views(actor).customers.buyers_by_id(asked)
            assert set(found) == ids
            assert await world.views(actor).customers.buyers_by_id([]) == {}

    async def test_it_keeps_addresses_in_their_order(self, world: World) -> None:
        vip = world.shop.customers["vip"]
        found = await world.views(world.shop.clerk).customers.customers_by_id([vip.id])
        assert found[vip.id].addresses == vip.addresses
        assert len(vip.addresses) == 2


class TestTiers:
    async def test_it_names_them_by_code(self, world: World) -> None:
        tiers = await world.views(world.shop.clerk).customers.tiers()
        assert [tier.code for tier in tiers] == ["REGULAR", "STRATEGIC", "VIP"]
        assert {tier.id for tier in tiers} == {tier.id for tier in world.shop.tiers.values()}
