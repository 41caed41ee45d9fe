"""Groups, tags and to whom goods are shown, as the verbs need them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from application.ports.groups import ProductVisibility
from application.ports.storage import Stale
from domain.errors import Refused
from domain.groups import CustomerTags, GroupInUse, GroupKind, GroupName, GroupUse, Tag
from domain.identity import (
    AudienceId,
    CustomerGroupId,
    CustomerId,
    OrderTemplateId,
    PriceTierId,
    ProductId,
)
from domain.period import Period
from domain.pricing import PriceSource
from domain.promotions import Schedule
from domain.shopping import ListName, OrderTemplate
from domain.visibility import FOR_EVERYONE, Visibility
from kit import builders as a
from kit import couponing
from kit.builders import NOON
from kit.promoting import less
from kit.specials import special
from kit.world import World

LATER = NOON + timedelta(hours=1)


class TestGroups:
    def test_it_knows_all_groups_those_above_first(self, world: World) -> None:
        shop = world.shop
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            found = storage.groups.all()
        assert {*found} == {*shop.groups.values()}
        assert found.index(shop.groups["east"]) < found.index(shop.groups["jiangsu"])

    def test_it_gives_back_what_was_stored(self, world: World) -> None:
        below = a.group(world.ids, name="苏州", below=world.shop.groups["jiangsu"])
        free = a.group(world.ids, name="苏州", kind=GroupKind.FREE)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.add(below)
            storage.groups.add(free)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.groups.lock([below.id, free.id]) == {below.id: below, free.id: free}
            renamed = below.rename(GroupName("苏州市"))
            storage.groups.save(renamed)
            assert storage.groups.lock([below.id]) == {below.id: renamed}

    def test_it_finds_neither_what_is_gone_nor_what_is_anothers(self, world: World) -> None:
        west, theirs = world.shop.groups["west"], world.other.groups["west"]
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.save(west.delete(at=NOON, below=(), named_by=()))
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.groups.lock([west.id, theirs.id, world.ids.new(CustomerGroupId)]) == {}
            assert storage.groups.lock([]) == {}
            assert west.id not in {group.id for group in storage.groups.all()}
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.save(west.rename(GroupName("西")))
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.groups.lock([west.id]) == {}

    def test_a_name_is_taken_once_at_each_place(self, world: World) -> None:
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.add(a.group(world.ids, name="西部"))
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.save(world.shop.groups["west"].rename(GroupName("华东")))

    def test_a_name_is_free_again_when_its_group_is_gone(self, world: World) -> None:
        west = world.shop.groups["west"]
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.save(west.delete(at=NOON, below=(), named_by=()))
            storage.groups.add(a.group(world.ids, name="西部"))

    def test_it_refuses_a_group_below_none(self, world: World) -> None:
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.add(a.group(world.ids, below=world.other.groups["east"]))

    def test_companies_are_put_in_and_taken_out(self, world: World) -> None:
        shop = world.shop
        west, vip, regular = shop.groups["west"], shop.customers["vip"].id, shop.customers["regular"].id
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.groups.put_in(west.id, [regular, vip], at=NOON) == (regular,)
        with world.database.unit_of_work(shop.clerk) as storage:
            both = tuple(sorted((regular, vip)))
            assert storage.groups.put_in(west.id, both, at=LATER) == ()
            assert storage.groups.take_out(west.id, [vip], at=LATER) == (vip,)
            assert storage.groups.take_out(west.id, [vip], at=LATER) == ()
            assert storage.groups.empty(west.id, at=LATER) == (regular,)
            assert storage.groups.empty(west.id, at=LATER) == ()
            assert storage.groups.put_in(west.id, both, at=LATER) == both

    def test_a_membership_that_ends_as_it_began_never_was(self, world: World) -> None:
        east, vip = world.shop.groups["east"], world.shop.customers["vip"].id
        with world.database.unit_of_work(world.shop.clerk) as storage:
            for _ in range(2):
                assert storage.groups.put_in(east.id, [vip], at=NOON) == (vip,)
                assert storage.groups.take_out(east.id, [vip], at=NOON) == (vip,)

    def test_it_refuses_companies_that_are_not_there(self, world: World) -> None:
        west = world.shop.groups["west"].id
        for stranger in (world.other.customers["vip"].id, world.ids.new(CustomerId)):
            with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
                storage.groups.put_in(west, [stranger], at=NOON)
            with world.database.unit_of_work.reading(world.shop.clerk) as storage:
                own = world.shop.customers["vip"].id
                assert storage.groups.customers([stranger, own]) == {own}


class TestTags:
    def test_it_knows_those_of_every_company_there_is(self, world: World) -> None:
        shop, ids = world.shop, world.ids
        asked = [*(one.id for one in shop.customers.values()), world.other.customers["vip"].id]
        with world.database.unit_of_work(shop.clerk) as storage:
            found = storage.tags.lock([*asked, ids.new(CustomerId)])
        assert {*found} == {one.id for one in shop.customers.values()}
        assert found[shop.customers["vip"].id] == a.tags(shop.customers["vip"], "现结", "连锁")
        assert found[shop.customers["strategic"].id].tags == frozenset()

    def test_it_keeps_what_a_company_carries_now(self, world: World) -> None:
        shop = world.shop
        changed = [a.tags(shop.customers["vip"], "vip", "现结"), a.tags(shop.customers["regular"])]
        with world.database.unit_of_work(shop.clerk) as storage:
            storage.tags.save(changed)
        with world.database.unit_of_work(shop.clerk) as storage:
            assert [*storage.tags.lock([one.customer_id for one in changed]).values()] == sorted(
                changed, key=lambda one: one.customer_id
            )

    def test_it_refuses_companies_that_are_not_there(self, world: World) -> None:
        stranger = CustomerTags(customer_id=world.other.customers["vip"].id, tags=frozenset({Tag("新客")}))
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.tags.save([stranger])


class TestVisibilities:
    def rule(self, world: World) -> Visibility:
        shop = world.shop
        shown: set[AudienceId] = {shop.groups["east"].id, shop.tiers["vip"].id}
        return Visibility(
            restricted=True,
            shown_to=frozenset(shown),
            hidden_from=frozenset({shop.customers["regular"].id}),
        )

    def test_everyone_sees_a_product_of_which_nothing_was_said(self, world: World) -> None:
        tea = world.shop.products["tea"].id
        with world.database.unit_of_work(world.shop.clerk) as storage:
            asked = [tea, world.other.products["tea"].id, world.ids.new(ProductId)]
            assert storage.visibilities.lock(asked) == {tea: FOR_EVERYONE}

    def test_it_gives_back_what_was_stored(self, world: World) -> None:
        tea, rice = world.shop.products["tea"].id, world.shop.products["rice"].id
        hidden = Visibility(hidden_from=frozenset({world.shop.tiers["vip"].id}))
        nobody = Visibility(restricted=True)
        for visibility in (self.rule(world), hidden, nobody, FOR_EVERYONE):
            with world.database.unit_of_work(world.shop.clerk) as storage:
                storage.visibilities.set([ProductVisibility(product_id=tea, visibility=visibility)])
            with world.database.unit_of_work(world.shop.clerk) as storage:
                assert storage.visibilities.lock([tea, rice]) == {tea: visibility, rice: FOR_EVERYONE}

    def test_it_takes_them_in_bulk_as_well(self, world: World) -> None:
        tea, rice = world.shop.products["tea"].id, world.shop.products["rice"].id
        world.add(
            [
                ProductVisibility(product_id=tea, visibility=self.rule(world)),
                ProductVisibility(product_id=rice, visibility=FOR_EVERYONE),
            ]
        )
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.visibilities.lock([tea, rice]) == {tea: self.rule(world), rice: FOR_EVERYONE}

    @pytest.mark.anyio
    async def test_a_merchant_is_known_to_restrict_goods_as_long_as_it_does(self, world: World) -> None:
        tea = world.shop.products["tea"].id
        await world.database.start()
        slug = world.shop.merchant.slug
        for visibility in (self.rule(world), FOR_EVERYONE):
            with world.database.unit_of_work(world.shop.clerk) as storage:
                storage.visibilities.lock([tea])
                storage.visibilities.set([ProductVisibility(product_id=tea, visibility=visibility)])
            guest = await world.database.directory.guest(slug=slug)
            assert guest.merchant.restricts_goods is not visibility.for_everyone
            other = await world.database.directory.guest(slug=world.other.merchant.slug)
            assert not other.merchant.restricts_goods
        await world.database.stop()

    def test_it_knows_which_audiences_there_are(self, world: World) -> None:
        shop, other = world.shop, world.other
        own: set[AudienceId] = {
            shop.groups["east"].id,
            shop.tiers["vip"].id,
            shop.customers["regular"].id,
        }
        strangers: set[AudienceId] = {
            other.groups["east"].id,
            other.tiers["vip"].id,
            other.customers["regular"].id,
            world.ids.new(CustomerGroupId),
            world.ids.new(PriceTierId),
        }
        with world.database.unit_of_work(shop.clerk) as storage:
            west = shop.groups["west"]
            storage.groups.save(west.delete(at=NOON, below=(), named_by=()))
            assert storage.visibilities.audiences(own | strangers | {west.id}) == own
            assert storage.visibilities.audiences(()) == frozenset()

    def test_it_knows_which_products_name_a_group(self, world: World) -> None:
        shop = world.shop
        rule = self.rule(world)
        named = sorted(one.id for one in shop.products.values())[:3]
        with world.database.unit_of_work(shop.clerk) as storage:
            storage.visibilities.set([ProductVisibility(product_id=id, visibility=rule) for id in named])
            assert storage.visibilities.naming(shop.groups["east"].id, most=2) == tuple(named[:2])
            assert storage.visibilities.naming(shop.groups["jiangsu"].id, most=2) == ()

    @pytest.mark.parametrize("use", GroupUse)
    def test_it_knows_what_else_names_a_group_until_that_is_over(self, world: World, use: GroupUse) -> None:
        shop, ids = world.shop, world.ids
        west, until = shop.groups["west"], Period(None, LATER)
        named = frozenset[AudienceId]({west.id})
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.visibilities.uses(west.id, at=NOON) == frozenset()
            if use is GroupUse.PRICE_LISTS:
                storage.prices.add(
                    a.price_list(ids, source=PriceSource.PRICE_LIST, region=west, validity=until)
                )
            elif use is GroupUse.PROMOTIONS:
                one = less(("1", "1"), audience=named, schedule=Schedule(validity=until), suspended=True)
                storage.promotions.add(one, at=NOON)
            elif use is GroupUse.SPECIAL_PRICES:
                sku_id = shop.sku("RICE").id
                for schedule in (Schedule(validity=until), Schedule(validity=Period(None, NOON))):
                    cheap = special("1", sku_id=sku_id, audience=named, schedule=schedule)
                    storage.special_prices.add(cheap, at=NOON)
            elif use is GroupUse.COUPONS:
                stopped = couponing.template(ids, audience=named).stop(at=NOON)
                storage.bulk.add([couponing.template(ids, audience=named, open=until), stopped])
            else:
                storage.order_templates.save(
                    OrderTemplate(
                        id=ids.new(OrderTemplateId), name=ListName("首批"), audience=named, lines=()
                    )
                )
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.visibilities.uses(west.id, at=NOON) == {use}
            assert storage.visibilities.uses(shop.groups["east"].id, at=NOON) == frozenset()
            lasting = use is GroupUse.ORDER_TEMPLATES
            assert storage.visibilities.uses(west.id, at=LATER) == ({use} if lasting else frozenset())
        with pytest.raises(Refused) as refusal:
            world.use.delete_group(actor=shop.clerk, group_id=west.id)
        assert refusal.value.refusals == (GroupInUse(west.id, uses=(use,)),)
        with world.database.unit_of_work(world.other.clerk) as storage:
            assert storage.visibilities.uses(west.id, at=NOON) == frozenset()

    def test_it_refuses_what_is_anothers(self, world: World) -> None:
        tea, theirs = world.shop.products["tea"].id, world.other.products["tea"].id
        strange = Visibility(hidden_from=frozenset({world.other.groups["east"].id}))
        for one in (
            ProductVisibility(product_id=theirs, visibility=Visibility(restricted=True)),
            ProductVisibility(product_id=tea, visibility=strange),
        ):
            with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
                storage.visibilities.set([one])
