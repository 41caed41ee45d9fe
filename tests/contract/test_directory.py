"""The directory: guests by their merchant's name, people by their token, and nobody who is gone."""

from __future__ import annotations

import attrs
import pytest

from application.authorization import Actor, ActorKind, Permission, Unauthenticated
from application.ports.database import Database
from application.ports.directory import UnknownMerchant, Wanted
from application.ports.tokens import Claims
from domain.identity import BuyerId, CustomerId, MerchantId, StaffId
from domain.visibility import Audience, Visibility
from kit import builders as a
from kit.world import Shop, World, furnish_shop, show

pytestmark = pytest.mark.usefixtures("reading")


def claims_of(shop: Shop, name: str) -> Claims:
    """What the token of a buyer says."""
    buyer = shop.buyers[name]
    return Claims(
        merchant_id=shop.merchant.id,
        kind=ActorKind.BUYER,
        person_id=buyer.id,
        customer_id=buyer.customer_id,
    )


def staff_claims(shop: Shop, name: str) -> Claims:
    """What the token of somebody of the staff says."""
    return Claims(merchant_id=shop.merchant.id, kind=ActorKind.STAFF, person_id=shop.staff[name].id)


class TestGuest:
    async def test_it_receives_a_guest_of_the_merchant_named(self, world: World) -> None:
        for shop in (world.shop, world.other):
            assert await world.database.directory.guest(slug=shop.merchant.slug) == shop.guest

    async def test_it_receives_a_guest_of_the_only_merchant(self, database: Database) -> None:
        shop = furnish_shop(database, a.SeededIds(5), slug="only", name="独一家")
        assert await database.directory.guest(slug=None) == shop.guest

    @pytest.mark.parametrize("slug", ["nobody", "", "SHANQUAN", None])
    async def test_it_refuses_a_name_nobody_has_and_no_name_among_several(
        self, world: World, slug: str | None
    ) -> None:
        with pytest.raises(UnknownMerchant) as refused:
            await world.database.directory.guest(slug=slug)
        assert refused.value == UnknownMerchant(slug)

    async def test_it_refuses_where_there_is_no_merchant(self, database: Database) -> None:
        with pytest.raises(UnknownMerchant):
            await database.directory.guest(slug=None)


class TestActor:
    async def test_it_receives_a_buyer_with_what_the_role_permits(self, world: World) -> None:
        for name in world.shop.buyers:
            actor = await world.database.directory.actor(claims_of(world.shop, name), at=a.NOON)
            assert actor == world.shop.buyer(name)

    async def test_it_finds_what_a_company_goes_by_where_that_matters(self, world: World) -> None:
        shop = world.shop
        show(world, "tea", Visibility(restricted=True))
        found = await world.database.directory.actor(claims_of(shop, "regular"), at=world.clock.now())
        groups, company = shop.groups, shop.customers["regular"]
        assert found.audience == Audience.of(
            customer_id=company.id,
            tier_id=company.tier_id,
            group_ids=[groups["east"].id, groups["jiangsu"].id],
        )

    async def test_it_receives_staff_with_what_was_granted_and_is_known(self, world: World) -> None:
        clerk = await world.database.directory.actor(staff_claims(world.shop, "clerk"), at=a.NOON)
        assert clerk == world.shop.clerk
        trainee = await world.database.directory.actor(staff_claims(world.shop, "trainee"), at=a.NOON)
        assert trainee == Actor.staff(
            world.shop.merchant,
            id=world.shop.staff["trainee"].id,
            granted=frozenset({Permission.VIEW_STOCK}),
        )

    @pytest.mark.parametrize(
        "gone",
        ["merchant", "buyer", "company", "no company", "other merchant", "staff", "staff as buyer", "guest"],
    )
    async def test_it_refuses_whoever_is_gone(self, world: World, gone: str) -> None:
        good, clerk, ids = claims_of(world.shop, "vip"), staff_claims(world.shop, "clerk"), world.ids
        lies = {
            "merchant": attrs.evolve(good, merchant_id=ids.new(MerchantId)),
            "buyer": attrs.evolve(good, person_id=ids.new(BuyerId)),
            "company": attrs.evolve(good, customer_id=world.shop.customers["regular"].id),
            "no company": attrs.evolve(good, customer_id=None),
            "other merchant": attrs.evolve(good, merchant_id=world.other.merchant.id),
            "staff": attrs.evolve(clerk, person_id=ids.new(StaffId)),
            "staff as buyer": attrs.evolve(clerk, kind=ActorKind.BUYER, customer_id=ids.new(CustomerId)),
            "guest": attrs.evolve(good, kind=ActorKind.GUEST),
        }
        with pytest.raises(Unauthenticated):
            await world.database.directory.actor(lies[gone], at=a.NOON)


class TestPeople:
    async def test_it_names_all_merchants_by_slug(self, world: World) -> None:
        found = await world.database.directory.merchants()
        assert found == (world.other.merchant, world.shop.merchant)

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({}, {"regular", "vip", "strategic", "contract", "viewer"}),
            ({"customer_name": "和平路便利店"}, {"regular", "viewer"}),
            ({"tier_code": "VIP"}, {"vip", "contract"}),
            ({"tier_code": "VIP", "customer_name": "城西批发部"}, {"contract"}),
            ({"customer_name": "没有"}, set()),
        ],
    )
    async def test_it_names_the_buyers_wanted(
        self, world: World, wanted: dict[str, str], expected: set[str]
    ) -> None:
        asked = Wanted(kind=ActorKind.BUYER, first=100, **wanted)  # type: ignore[arg-type]  # only texts here
        found = await world.database.directory.people(world.shop.merchant.id, asked)
        by_id = sorted((claims_of(world.shop, name) for name in expected), key=lambda one: one.person_id)
        assert list(found) == by_id
        first = await world.database.directory.people(world.shop.merchant.id, attrs.evolve(asked, first=1))
        assert list(first) == by_id[:1]

    async def test_it_names_one_person(self, world: World) -> None:
        people, shop = world.database.directory.people, world.shop
        vip, clerk = shop.buyers["vip"].id, shop.staff["clerk"].id
        as_buyer, as_staff = (
            Wanted(kind=ActorKind.BUYER, person_id=vip),
            Wanted(kind=ActorKind.STAFF, person_id=clerk),
        )
        assert await people(shop.merchant.id, as_buyer) == (claims_of(shop, "vip"),)
        assert await people(shop.merchant.id, as_staff) == (staff_claims(shop, "clerk"),)
        assert await people(world.other.merchant.id, as_buyer) == ()
        assert await people(world.other.merchant.id, as_staff) == ()

    async def test_it_names_the_staff_by_id(self, world: World) -> None:
        asked = Wanted(kind=ActorKind.STAFF, first=100)
        found = await world.database.directory.people(world.shop.merchant.id, asked)
        expected = [staff_claims(world.shop, name) for name in world.shop.staff]
        assert list(found) == sorted(expected, key=lambda one: one.person_id)
