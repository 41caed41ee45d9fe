"""People join, are changed and are suspended by those who may, and everything notes itself without telling who."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, Forbidden, Permission, Unauthenticated
from application.ports.storage import CustomerNotFound
from domain.credentials import EmailTaken, InvalidEmail, InvalidName
from domain.customers import Role
from domain.errors import DomainError
from domain.identity import BuyerId, CustomerId, StaffId
from domain.merchant import Staff
from domain.people import SEND_EVERY, InvalidPhone, InvalidRefreshToken, Phone
from domain.team import (
    AlreadyBuyer,
    AlreadyStaff,
    BuyerNotFound,
    ContactRequired,
    LastManager,
    NoOwnerLeft,
    NotYoursToGrant,
    OwnAccess,
    StaffNotFound,
)
from domain.trail import facts_of
from kit import builders as a
from kit.world import World, furnish, known_as

PHONE, OTHER = Phone("13800000001"), Phone("13800000002")


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def trail(world: World) -> list[tuple[str, str, dict[str, str], dict[str, str]]]:
    """Operation, what it is about, before and after."""
    entries = world.database.vault.shop(world.shop.merchant.id).trail.values()  # type: ignore[attr-defined]  # memory
    return [
        (one.operation, one.about_id, dict(facts_of(one.before)), dict(facts_of(one.after)))
        for one in entries
    ]


def manager(world: World, *more: Permission) -> Actor:
    """Somebody else of the staff, who manages them."""
    member = world.use.add_staff(
        actor=world.shop.operator,
        name="经理",
        phone="13700000001",
        permissions=[Permission.MANAGE_STAFF, *more],
    ).member
    return Actor.staff(world.shop.merchant, id=member.id, granted=frozenset({Permission.MANAGE_STAFF, *more}))


def change(world: World, actor: Actor, id: StaffId, **wanted: Any) -> Staff:
    return world.use.change_staff(actor=actor, staff_id=id, operation="changed", **wanted)


class TestAddStaff:
    def test_lets_somebody_join_by_phone(self, world: World) -> None:
        joined = world.use.add_staff(
            actor=world.shop.clerk, name=" 新人 ", phone="138 0000 0001", permissions=[Permission.VIEW_STOCK]
        )
        assert (joined.member.name, joined.first_password) == ("新人", None)
        assert joined.member.permissions == {"VIEW_STOCK"}
        world.use.request_code(actor=world.shop.guest, phone=PHONE, locale="en")
        session = world.use.verify_code(actor=world.shop.guest, phone=PHONE, code=world.inbox.code)
        assert session.membership.person_id == joined.member.id
        [(operation, about, _, after)] = trail(world)
        assert (operation, about) == ("addStaff", joined.member.id)
        assert after == {"permissions": "VIEW_STOCK", "phone": "****"}

    def test_joins_the_login_that_has_the_phone(self, world: World) -> None:
        login, _, _ = known_as(world, PHONE, (world.other, "vip"))
        joined = world.use.add_staff(actor=world.shop.clerk, name="新人", phone=PHONE, email="a@example.com")
        assert joined.member.login_id == login.id
        with world.database.people() as people:
            assert people.credentials_of(login.id) is None, "only the person says which e-mail is theirs"
        with pytest.raises(AlreadyStaff):
            world.use.add_staff(actor=world.shop.clerk, name="新人", phone=PHONE)

    def test_never_joins_a_login_by_its_e_mail(self, world: World) -> None:
        world.use.add_staff(actor=world.other.clerk, name="甲", email="a@example.com")
        with pytest.raises(EmailTaken):
            world.use.add_staff(actor=world.shop.clerk, name="乙", email="A@example.com")
        with pytest.raises(EmailTaken):
            world.use.add_staff(actor=world.shop.clerk, name="乙", phone=PHONE, email="a@example.com")

    def test_keeps_nothing_where_it_is_refused(self, world: World) -> None:
        world.use.add_staff(actor=world.other.clerk, name="甲", email="a@example.com")
        with pytest.raises(EmailTaken):
            world.use.add_staff(actor=world.shop.clerk, name="乙", phone=PHONE, email="a@example.com")
        with world.database.people() as people:
            assert people.login_at(world.secrets.phone_index(PHONE)) is None
        assert trail(world) == []

    @pytest.mark.parametrize(
        ("kind", "asked"),
        [
            (ContactRequired, {}),
            (InvalidName, {"phone": PHONE, "name": "\n"}),
            (InvalidPhone, {"phone": "12345"}),
            (InvalidEmail, {"email": "wang"}),
            (NotYoursToGrant, {"phone": PHONE, "permissions": [Permission.BACK_OFFICE]}),
        ],
    )
    def test_refuses(self, world: World, kind: type[DomainError], asked: dict[str, Any]) -> None:
        with pytest.raises(kind):
            world.use.add_staff(**{"actor": world.shop.clerk, "name": "新人", **asked})

    def test_grants_nothing_that_is_not_ones_own(self, world: World) -> None:
        boss = manager(world, Permission.VIEW_STOCK)
        with pytest.raises(NotYoursToGrant) as refused:
            world.use.add_staff(
                actor=boss,
                name="新人",
                phone=PHONE,
                permissions=[Permission.VIEW_STOCK, Permission.MANAGE_PRICES, Permission.BROWSE],
            )
        assert refused.value == NotYoursToGrant(("BROWSE", "MANAGE_PRICES"))


class TestChangeStaff:
    def test_says_what_somebody_may_do(self, world: World) -> None:
        boss = manager(world, Permission.VIEW_STOCK)
        trainee = world.shop.staff["trainee"]
        changed = change(world, boss, trainee.id, permissions=[])
        assert changed.permissions == frozenset()
        with pytest.raises(NotYoursToGrant):
            change(world, boss, trainee.id, permissions=[Permission.MANAGE_PRICES])
        # What somebody has stays with them, whoever may not grant it.
        clerk = world.shop.staff["clerk"]
        kept = change(world, boss, clerk.id, permissions=[Permission.MANAGE_PRICES])
        assert kept.permissions == {"MANAGE_PRICES"}
        assert trail(world)[1] == (
            "changed",
            trainee.id,
            {"permissions": "FLY_TO_THE_MOON VIEW_STOCK"},
            {"permissions": ""},
        )

    def test_notes_nothing_that_did_not_change(self, world: World) -> None:
        change(world, world.shop.clerk, world.shop.staff["trainee"].id, suspended=False)
        assert trail(world) == []

    def test_suspends_and_ends_the_sessions_here(self, world: World) -> None:
        _, _, [here, there] = known_as(world, PHONE, staff_of=[world.shop, world.other])
        tokens = []
        for shop in (world.shop, world.other):
            world.clock.forward(SEND_EVERY)
            world.use.request_code(actor=shop.guest, phone=PHONE, locale="en")
            tokens.append(world.use.verify_code(actor=shop.guest, phone=PHONE, code=world.inbox.code))
        assert [one.membership.person_id for one in tokens] == [here.id, there.id]
        change(world, world.shop.clerk, here.id, suspended=True)
        with pytest.raises(InvalidRefreshToken):
            world.use.refresh(actor=world.shop.guest, refresh_token=tokens[0].refresh_token or "")
        fresh = world.use.refresh(actor=world.shop.guest, refresh_token=tokens[1].refresh_token or "")
        assert fresh.membership.person_id == there.id
        with world.database.people() as people:
            assert [one.person_id for one in people.memberships(here.login_id or "")] == [there.id]  # type: ignore[arg-type]  # it has one
        change(world, world.shop.clerk, here.id, suspended=False)
        assert [one[2:] for one in trail(world)] == [
            ({"suspended": "false"}, {"suspended": "true"}),
            ({"suspended": "true"}, {"suspended": "false"}),
        ]

    def test_is_not_for_oneself_nor_for_those_of_others(self, world: World) -> None:
        with pytest.raises(OwnAccess):
            change(world, world.shop.clerk, world.shop.staff["clerk"].id, suspended=True)
        for id in (world.other.staff["clerk"].id, world.ids.new(StaffId)):
            with pytest.raises(StaffNotFound):
                change(world, world.shop.clerk, id, suspended=True)

    def test_leaves_somebody_who_manages(self, world: World) -> None:
        with pytest.raises(LastManager):
            change(world, world.shop.operator, world.shop.staff["clerk"].id, suspended=True)

    def test_lets_one_of_two_suspend_the_other(self, world: World) -> None:
        """Both were let in before either was suspended."""
        clerk, boss = world.shop.clerk, manager(world)
        assert isinstance(boss.person_id, StaffId)
        change(world, clerk, boss.person_id, suspended=True)
        with pytest.raises(Forbidden):
            change(world, boss, world.shop.staff["clerk"].id, suspended=True)
        with pytest.raises(Forbidden):
            world.use.add_staff(actor=boss, name="新人", phone=PHONE)

    def test_is_for_those_who_manage(self, world: World) -> None:
        trainee = world.shop.staff["trainee"].id
        for actor in (world.shop.buyer("vip"), world.shop.colleague(Permission.MANAGE_CUSTOMERS)):
            with pytest.raises(Forbidden):
                change(world, actor, trainee, suspended=True)
            with pytest.raises(Forbidden):
                world.use.add_staff(actor=actor, name="新人", phone=PHONE)
            with pytest.raises(Forbidden):
                world.use.demand_second_factor(actor=actor, demanded=False)
        with pytest.raises(Unauthenticated):
            change(world, world.shop.guest, trainee, suspended=True)


class TestDemandSecondFactor:
    def test_notes_what_changed(self, world: World) -> None:
        world.use.demand_second_factor(actor=world.shop.operator, demanded=False)
        world.use.demand_second_factor(actor=world.shop.operator, demanded=True)
        assert trail(world) == [
            (
                "demandSecondFactor",
                world.shop.merchant.id,
                {"secondFactor": "false"},
                {"secondFactor": "true"},
            )
        ]


class TestBuyers:
    def add(self, world: World, actor: Actor, company: str, phone: str = PHONE) -> Any:
        id = world.shop.customers[company].id
        return world.use.add_buyer(actor=actor, customer_id=id, phone=phone, name="新人", role=Role.VIEWER)

    def change(self, world: World, actor: Actor, id: BuyerId, **wanted: Any) -> Any:
        return world.use.change_buyer(actor=actor, buyer_id=id, operation="changed", **wanted)

    def test_join_by_phone(self, world: World) -> None:
        login, _, _ = known_as(world, OTHER, (world.other, "vip"))
        owner, staff = world.shop.buyer("vip"), world.shop.colleague(Permission.MANAGE_CUSTOMERS)
        first = self.add(world, owner, "vip")
        second = self.add(world, staff, "vip", OTHER)
        assert second.login_id == login.id != first.login_id
        assert first.customer_id == world.shop.customers["vip"].id
        with pytest.raises(AlreadyBuyer):
            self.add(world, owner, "vip")
        assert self.add(world, staff, "regular").login_id == first.login_id
        assert trail(world)[0] == (
            "addBuyer",
            first.id,
            {},
            {"customer": first.customer_id, "phone": "****", "role": "VIEWER"},
        )

    def test_of_other_companies_are_not_an_owners(self, world: World) -> None:
        owner = world.shop.buyer("vip")
        for id in (world.shop.customers["regular"].id, world.ids.new(CustomerId)):
            with pytest.raises(CustomerNotFound):
                world.use.add_buyer(actor=owner, customer_id=id, phone=PHONE, name="新人", role=Role.VIEWER)
        for buyer in (world.shop.buyers["regular"].id, world.other.buyers["vip"].id, world.ids.new(BuyerId)):
            with pytest.raises(BuyerNotFound):
                self.change(world, owner, buyer, suspended=True)

    def test_of_a_branch_are_not_the_parents(self, world: World) -> None:
        parent = world.shop.customers["vip"]
        branch = attrs.evolve(a.customer(world.ids, tier=world.shop.tiers["vip"]), parent_id=parent.id)
        buyer = a.buyer(world.ids, customer=branch)
        world.add([branch], [buyer])
        owner = attrs.evolve(world.shop.buyer("vip"), has_branches=True)
        with pytest.raises(CustomerNotFound):
            world.use.add_buyer(
                actor=owner, customer_id=branch.id, phone=PHONE, name="新人", role=Role.VIEWER
            )
        with pytest.raises(BuyerNotFound):
            self.change(world, owner, buyer.id, suspended=True)

    def test_are_changed(self, world: World) -> None:
        owner = world.shop.buyer("vip")
        buyer = self.add(world, owner, "vip")
        assert self.change(world, owner, buyer.id, role=Role.FINANCE).role is Role.FINANCE
        assert self.change(world, owner, buyer.id, suspended=True).suspended
        assert not self.change(world, world.shop.clerk, buyer.id, suspended=False).suspended
        assert [one[2:] for one in trail(world)[1:]] == [
            ({"role": "VIEWER"}, {"role": "FINANCE"}),
            ({"suspended": "false"}, {"suspended": "true"}),
            ({"suspended": "true"}, {"suspended": "false"}),
        ]

    def test_keep_an_owner(self, world: World) -> None:
        owner = world.shop.buyer("vip")
        with pytest.raises(OwnAccess):
            self.change(world, owner, world.shop.buyers["vip"].id, suspended=True)
        with pytest.raises(NoOwnerLeft):
            self.change(world, world.shop.clerk, world.shop.buyers["vip"].id, role=Role.VIEWER)

    def test_let_one_of_two_owners_suspend_the_other(self, world: World) -> None:
        owner = world.shop.buyer("vip")
        other = self.change(world, owner, self.add(world, owner, "vip").id, role=Role.OWNER)
        self.change(
            world, attrs.evolve(owner, person_id=other.id), world.shop.buyers["vip"].id, suspended=True
        )
        with pytest.raises(Forbidden):
            self.change(world, owner, other.id, suspended=True)
        with pytest.raises(Forbidden):
            self.add(world, owner, "vip", OTHER)

    def test_are_managed_by_those_who_may(self, world: World) -> None:
        for actor in (world.shop.buyer("regular"), world.shop.colleague(Permission.MANAGE_STAFF)):
            with pytest.raises(Forbidden):
                self.add(world, actor, "regular")
            with pytest.raises(Forbidden):
                self.change(world, actor, world.shop.buyers["viewer"].id, suspended=True)
