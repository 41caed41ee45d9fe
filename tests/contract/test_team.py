"""The people of a merchant are stored and locked as a whole, and nobody reaches those of others."""

from __future__ import annotations

import attrs
import pytest

from application.authorization import Actor, Permission
from application.ports.storage import Stale
from application.retrying import retrying
from application.views.pages import Slice, Window
from application.views.team import StaffCard
from domain.customers import Role
from domain.errors import DomainError
from domain.identity import BuyerId, LoginId, StaffId
from domain.people import Login, Phone
from domain.privacy import masked_name
from kit import builders as a
from kit.paging import walk
from kit.racing import at_once
from kit.world import Shop, World, known_as

reads = pytest.mark.usefixtures("reading")
PHONE = Phone("13800000001")


class TestColleagues:
    def test_are_the_merchants_own(self, world: World) -> None:
        for shop in (world.shop, world.other):
            with world.database.unit_of_work(shop.clerk) as storage:
                team = storage.colleagues.team()
            assert team.members == tuple(sorted(shop.staff.values(), key=lambda one: one.id))

    def test_are_those_of_one_company(self, world: World) -> None:
        shop, company = world.shop, world.shop.customers["regular"].id
        mine = tuple(sorted((shop.buyers["regular"], shop.buyers["viewer"]), key=lambda one: one.id))
        for actor, seen in ((shop.clerk, mine), (shop.buyer(), mine), (shop.buyer("vip"), ())):
            with world.database.unit_of_work(actor) as storage:
                assert storage.colleagues.company(company).buyers == seen
                assert storage.colleagues.company_of(shop.buyers["viewer"].id).buyers == seen
                for foreign in (world.other.buyers["viewer"].id, world.ids.new(BuyerId)):
                    assert storage.colleagues.company_of(foreign).buyers == ()
                assert storage.colleagues.company(world.other.customers["vip"].id).buyers == ()

    def test_are_stored_and_changed(self, world: World) -> None:
        shop = world.shop
        member = attrs.evolve(a.staff(world.ids, permissions=["VIEW_STOCK"]), login_id=self._login(world))
        buyer = attrs.evolve(a.buyer(world.ids, customer=shop.customers["vip"]), login_id=self._login(world))
        with world.database.unit_of_work(shop.clerk) as storage:
            storage.colleagues.add(member)
            storage.colleagues.add(buyer)
        changed = (
            attrs.evolve(member, permissions=frozenset(), suspended=True),
            attrs.evolve(buyer, role=Role.FINANCE, suspended=True),
        )
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.colleagues.team().get(member.id) == member
            assert storage.colleagues.company_of(buyer.id).get(buyer.id) == buyer
            for one in changed:
                storage.colleagues.save(one)
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.colleagues.team().get(member.id) == changed[0]
            assert storage.colleagues.company_of(buyer.id).get(buyer.id) == changed[1]

    def test_are_each_there_once(self, world: World) -> None:
        shop = world.shop
        _, [buyer], [member] = known_as(world, PHONE, (shop, "vip"), staff_of=[shop])
        for twice in (
            attrs.evolve(member, id=world.ids.new(StaffId)),
            attrs.evolve(buyer, id=world.ids.new(BuyerId)),
        ):
            with pytest.raises(Stale), world.database.unit_of_work(shop.clerk) as storage:
                storage.colleagues.add(twice)
        other = a.buyer(world.ids, customer=shop.customers["regular"])
        with world.database.unit_of_work(shop.clerk) as storage:
            storage.colleagues.add(attrs.evolve(other, login_id=buyer.login_id))

    def test_that_are_not_there_are_not_changed(self, world: World) -> None:
        for stranger in (a.staff(world.ids), a.buyer(world.ids, customer=world.shop.customers["vip"])):
            with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
                storage.colleagues.save(stranger)
        foreign = attrs.evolve(world.other.staff["trainee"], suspended=True)
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.colleagues.save(foreign)

    @reads
    async def test_are_forgotten_with_their_logins_where_the_block_raises(self, world: World) -> None:
        index = world.secrets.phone_index(PHONE)

        def fail() -> None:
            with world.database.unit_of_work(world.shop.clerk) as storage:
                assert storage.people.login_at(index) is None
                known = known_login(world)
                storage.people.add_login(known, phone=index)
                storage.colleagues.add(attrs.evolve(a.staff(world.ids), login_id=known.id))
                raise Surprise

        with pytest.raises(Surprise):
            fail()
        with world.database.people() as people:
            assert people.login_at(index) is None
        assert len((await page(world, world.shop.clerk)).edges) == 2

    def test_never_suspend_each_other(self, world: World) -> None:
        """Two who manage the staff, each suspends the other at the same time: exactly one is gone."""
        shop = world.shop
        boss = a.staff(world.ids, permissions=["MANAGE_STAFF"])
        world.add([boss])
        actors = (
            (shop.clerk, boss.id),
            (
                Actor.staff(shop.merchant, id=boss.id, granted=frozenset({Permission.MANAGE_STAFF})),
                shop.staff["clerk"].id,
            ),
        )
        done: list[bool] = []

        def suspend(actor: Actor, id: StaffId) -> None:
            try:
                retrying(world.use.change_staff)(
                    actor=actor, staff_id=id, operation="suspendStaff", suspended=True
                )
            except DomainError:
                done.append(False)
            else:
                done.append(True)

        at_once([lambda actor=actor, id=id: suspend(actor, id) for actor, id in actors])  # type: ignore[misc]  # bound now
        assert sorted(done) == [False, True]
        with world.database.unit_of_work(shop.operator) as storage:
            left = [one for one in storage.colleagues.team().members if not one.suspended]
        assert sum("MANAGE_STAFF" in one.permissions for one in left) == 1

    @staticmethod
    def _login(world: World) -> LoginId:
        made = known_login(world)
        with world.database.people() as people:
            people.add_login(made, phone=None)
        return made.id


class Surprise(Exception):
    """Something nobody reckoned with."""


def known_login(world: World) -> Login:
    return Login(id=world.ids.new(LoginId))


@reads
class TestMerchant:
    async def test_demands_a_second_factor(self, world: World) -> None:
        for demanded in (True, False):
            with world.database.unit_of_work(world.shop.clerk) as storage:
                storage.colleagues.demand_second_factor(demanded)
            found = {one.id: one.second_factor for one in await world.database.directory.merchants()}
            assert found == {world.shop.merchant.id: demanded, world.other.merchant.id: False}


async def page(
    world: World, actor: Actor, *, window: Window | None = None, count: bool = False
) -> Slice[StaffCard]:
    return await world.views(actor).staff.people(window=window or Window(size=100), count=count)


def cards(shop: Shop) -> list[StaffCard]:
    return [
        StaffCard(one.id, one.name, one.permissions, one.suspended)
        for one in sorted(shop.staff.values(), key=lambda one: one.id)
    ]


@reads
class TestStaffBook:
    async def test_lists_who_works_here(self, world: World) -> None:
        gone = attrs.evolve(a.staff(world.ids), suspended=True)
        world.add([gone])
        found = await page(world, world.shop.clerk, count=True)
        expected = [*cards(world.shop), StaffCard(gone.id, gone.name, gone.permissions, suspended=True)]
        assert [edge.node for edge in found.edges] == expected
        assert found.total == 3

    @pytest.mark.parametrize("backwards", [False, True])
    async def test_goes_through_the_whole_list(self, world: World, *, backwards: bool) -> None:
        world.add([a.staff(world.ids) for _ in range(6)])
        whole = (await page(world, world.shop.clerk)).edges

        async def some(window: Window) -> Slice[StaffCard]:
            return await page(world, world.shop.clerk, window=window)

        for sizes in ([1, 3], [2], [100]):
            assert tuple(await walk(some, sizes=sizes, backwards=backwards)) == whole

    async def test_is_for_those_who_manage(self, world: World) -> None:
        shop = world.shop
        for actor in (shop.guest, shop.buyer("vip"), shop.colleague(Permission.VIEW_CUSTOMERS)):
            found = await page(world, actor, count=True)
            assert (found.edges, found.total) == ((), 0)
        only = await page(world, shop.colleague(Permission.MANAGE_STAFF))
        masked = [card._replace(name=masked_name(card.name)) for card in cards(shop)]
        assert [edge.node for edge in only.edges] == masked
        seen = await page(world, shop.colleague(Permission.MANAGE_STAFF, Permission.VIEW_PERSONAL_DATA))
        assert [edge.node for edge in seen.edges] == cards(shop)
