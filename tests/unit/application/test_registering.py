"""Registering: who becomes a buyer of what, and what it takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.invitations import UnknownTier
from application.registering import Newcomer
from domain.customers import NOT_APPROVED, Role
from domain.errors import DomainError
from domain.invitations import (
    AlreadyMember,
    InvalidEntry,
    InvitationExpired,
    InvitationForAnother,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsedUp,
    Welcome,
)
from domain.people import MOST_TRIES, InvalidCode, InvalidPhone, NoMembership, Phone, PhoneRequired
from domain.verification import VerificationState
from kit import builders as a
from kit.registering import NEW, invited, newcomer, registered, sent
from kit.world import World, furnish, known_as

OTHER = Phone("13900000008")


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def counted(world: World) -> tuple[int, int]:
    """How many companies and buyers there are."""
    shop = world.database.vault.shop(world.shop.merchant.id)  # type: ignore[attr-defined]  # it is in memory
    return len(shop.customers), len(shop.buyers)


class TestRegister:
    def test_makes_a_company_with_its_owner_who_is_signed_in(self, world: World) -> None:
        who = registered(world)
        place = who.signed_in.membership
        assert (place.merchant_id, place.customer_name, place.role) == (
            world.shop.merchant.id,
            "河坊街小店",
            Role.OWNER,
        )
        with world.database.unit_of_work.reading(who.actor) as storage:
            customer = storage.customers.get(who.customer_id)
            case = storage.verifications.get(who.customer_id)
        assert customer.approval == NOT_APPROVED
        assert customer.tier_id == world.shop.tiers["regular"].id, "the tier that was made first"
        assert [step.state for step in case.steps] == [VerificationState.DRAFT]
        assert case.steps[0].by == place.person_id
        assert who.signed_in.refresh_token
        again = world.use.verify_code(actor=world.shop.guest, phone=NEW, code=sent(world))
        assert again.membership == place

    def test_takes_the_code_only_once(self, world: World) -> None:
        registered(world)
        with pytest.raises(InvalidCode):
            world.use.register(actor=world.shop.guest, phone=NEW, code=world.inbox.code, newcomer=newcomer())

    def test_keeps_one_login_for_another_company(self, world: World) -> None:
        login, [buyer], _ = known_as(world, NEW, (world.shop, "vip"))
        registered(world)
        elsewhere = registered(world, shop=world.other, who=newcomer(company="海边的店"))
        with world.database.people() as people:
            places = people.memberships(login.id)
        assert {place.customer_name for place in places} == {
            world.shop.customers["vip"].name,
            "河坊街小店",
            "海边的店",
        }
        assert buyer.id in {place.person_id for place in places}
        assert elsewhere.signed_in.membership.merchant_id == world.other.merchant.id

    def test_goes_on_where_signing_in_found_nobody(self, world: World) -> None:
        code = sent(world)
        with pytest.raises(NoMembership):
            world.use.verify_code(actor=world.shop.guest, phone=NEW, code=code)
        signed_in = world.use.register(actor=world.shop.guest, phone=NEW, code=code, newcomer=newcomer())
        assert signed_in.membership.role is Role.OWNER

    def test_counts_every_wrong_code(self, world: World) -> None:
        code = sent(world)
        for _ in range(MOST_TRIES):
            with pytest.raises(InvalidCode):
                world.use.register(
                    actor=world.shop.guest, phone=NEW, code=world.inbox.wrong, newcomer=newcomer()
                )
        with pytest.raises(InvalidCode):
            world.use.register(actor=world.shop.guest, phone=NEW, code=code, newcomer=newcomer())

    def test_counts_every_invitation_that_is_guessed(self, world: World) -> None:
        code, before = sent(world), counted(world)
        guess = attrs.evolve(newcomer(), invitation="ABCDE-FGHJK")
        for _ in range(MOST_TRIES):
            with pytest.raises(InvitationNotFound):
                world.use.register(actor=world.shop.guest, phone=NEW, code=code, newcomer=guess)
        with pytest.raises(InvalidCode):
            world.use.register(actor=world.shop.guest, phone=NEW, code=code, newcomer=newcomer())
        assert counted(world) == before

    @pytest.mark.parametrize(
        ("who", "field"),
        [
            (Newcomer(name=" ", company="店"), "name"),
            (Newcomer(name="x" * 51, company="店"), "name"),
            (Newcomer(name="小陈"), "company"),
            (Newcomer(name="小陈", company="x" * 101), "company"),
            (Newcomer(name="小陈", company="a\nb"), "company"),
        ],
        ids=str,
    )
    def test_refuses_names_that_are_none(self, world: World, who: Newcomer, field: str) -> None:
        code, before = sent(world), counted(world)
        with pytest.raises(InvalidEntry) as refused:
            world.use.register(actor=world.shop.guest, phone=NEW, code=code, newcomer=who)
        assert refused.value == InvalidEntry(field)
        assert counted(world) == before
        signed_in = world.use.register(actor=world.shop.guest, phone=NEW, code=code, newcomer=newcomer())
        assert signed_in.membership.role is Role.OWNER

    def test_refuses_what_is_no_phone(self, world: World) -> None:
        with pytest.raises(InvalidPhone):
            world.use.register(actor=world.shop.guest, phone="12345", code="1", newcomer=newcomer())

    def test_is_closed_where_there_is_no_tier(self, world: World) -> None:
        empty = attrs.evolve(world.shop, merchant=a.merchant(world.ids, slug="empty"))
        world.add([empty.merchant], to=empty)
        with pytest.raises(UnknownTier):
            registered(world, shop=empty)


class TestInvitations:
    def test_decide_tier_and_representative_of_a_new_company(self, world: World) -> None:
        shop = world.shop
        welcome = Welcome(tier_id=shop.tiers["vip"].id, sales_rep_id=shop.staff["trainee"].id)
        one = invited(world, a.invitation(world.ids, welcome=welcome))
        who = registered(world, who=newcomer(invitation=one))
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            customer = storage.customers.get(who.customer_id)
            assert storage.invitations.get(one.id).uses == 1
            owners = storage.ownerships.owners(who.customer_id, at=world.clock.now())
        assert (customer.tier_id, owners.sales_rep_id) == (welcome.tier_id, welcome.sales_rep_id)
        assert customer.approval == NOT_APPROVED, "an invitation is no approval"

    def test_lead_into_a_company_that_is_there(self, world: World) -> None:
        vip = world.shop.customers["vip"]
        welcome = Welcome(customer_id=vip.id, role=Role.FINANCE)
        one = invited(world, a.invitation(world.ids, welcome=welcome))
        before = counted(world)
        who = registered(world, who=newcomer(company=None, invitation=one))
        place = who.signed_in.membership
        assert (place.customer_id, place.role) == (vip.id, Role.FINANCE)
        assert counted(world) == (before[0], before[1] + 1)

    def test_do_not_let_anybody_in_twice(self, world: World) -> None:
        vip = world.shop.customers["vip"]
        welcome = Welcome(customer_id=vip.id, role=Role.VIEWER)
        one = invited(world, a.invitation(world.ids, welcome=welcome, most_uses=5))
        registered(world, who=newcomer(invitation=one))
        with pytest.raises(AlreadyMember):
            registered(world, who=newcomer(invitation=one))
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.invitations.get(one.id).uses == 1

    def test_are_refused_each_for_its_reason(self, world: World) -> None:
        ids, far = world.ids, timedelta(days=1)
        made = {
            InvitationUsedUp: attrs.evolve(a.invitation(ids, code="AAAAABBBB2"), uses=1),
            InvitationRevoked: a.invitation(ids, code="AAAAABBBB3").revoke(at=a.NOON),
            InvitationExpired: a.invitation(ids, code="AAAAABBBB4", at=a.NOON - 2 * far, lasts=far),
            InvitationForAnother: attrs.evolve(
                a.invitation(ids, code="AAAAABBBB5"), phone_index=world.secrets.phone_index(OTHER)
            ),
        }
        world.add(made.values())
        before = counted(world)
        for kind, one in made.items():
            with pytest.raises(kind):
                registered(world, who=newcomer(invitation=one))
        for text in ("nonsense", "", "AAAAABBBB9"):
            with pytest.raises(InvitationNotFound):
                registered(world, who=attrs.evolve(newcomer(), invitation=text))
        with pytest.raises(InvitationNotFound):
            registered(world, who=newcomer(invitation=made[InvitationUsedUp]), shop=world.other)
        assert counted(world) == before
        who = registered(world, phone=OTHER, who=newcomer(invitation=made[InvitationForAnother]))
        assert who.signed_in.membership.role is Role.OWNER


class TestByWeChat:
    def register(self, world: World, code: str, phone: Phone | None = None, **more: Any) -> object:
        world.wechat.add_person(code, open_id="open", union_id="union")
        if phone is not None:
            world.wechat.add_phone(code, phone)
        return world.use.register_by_wechat(
            actor=world.shop.guest,
            code=code,
            phone_code=None if phone is None else code,
            newcomer=attrs.evolve(newcomer(), **more),
        )

    def test_needs_the_phone_the_first_time(self, world: World) -> None:
        with pytest.raises(PhoneRequired):
            self.register(world, "first")
        assert self.register(world, "second", NEW)
        assert self.register(world, "third", company="第二家店")
        world.wechat.add_person("fourth", open_id="open")
        again = world.use.sign_in_by_wechat(actor=world.shop.guest, code="fourth")
        assert again.membership.customer_name == "第二家店"
        signed_in = world.use.verify_code(actor=world.shop.guest, phone=NEW, code=sent(world))
        assert signed_in.membership.customer_name in ("河坊街小店", "第二家店"), "it is one login"

    def test_joins_the_login_of_the_phone(self, world: World) -> None:
        login, _, _ = known_as(world, NEW, (world.shop, "vip"))
        self.register(world, "first", NEW)
        with world.database.people() as people:
            assert len(people.memberships(login.id)) == 2

    def test_shows_the_phone_that_an_invitation_is_for(self, world: World) -> None:
        one = attrs.evolve(a.invitation(world.ids), phone_index=world.secrets.phone_index(NEW), most_uses=9)
        invited(world, one)
        self.register(world, "first", OTHER)
        for code, phone, kind in (("second", None, PhoneRequired), ("third", OTHER, InvitationForAnother)):
            with pytest.raises(kind):
                self.register(world, code, phone, invitation=one.code)
        assert self.register(world, "fourth", NEW, invitation=one.code)

    def test_leaves_nothing_where_it_is_refused(self, world: World) -> None:
        before = counted(world)
        with pytest.raises(DomainError):
            self.register(world, "first", NEW, invitation="AAAAABBBB2")
        assert counted(world) == before
        with pytest.raises(PhoneRequired):
            self.register(world, "second")
