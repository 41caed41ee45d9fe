"""Verifying: what each step stores, notes and refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, Forbidden, Permission, Unauthenticated
from application.invitations import LASTS, AskedInvitation, UnknownStaff, UnknownTier, look_after
from application.ordering import Wishes
from application.ports.storage import CustomerNotFound
from application.verifying import Grant
from domain.customers import Customer, Role
from domain.errors import DomainError, Refused
from domain.identity import CustomerId, InvitationId, PriceTierId, StaffId
from domain.invitations import MOST_USES, InvalidEntry, InvitationNotFound, Welcome
from domain.merchant import PaymentMethod
from domain.money import Currency, Money
from domain.people import InvalidPhone
from domain.pricing import PriceSource
from domain.trail import TrailEntry, facts_of
from domain.verification import (
    ApprovalPending,
    CreditTerms,
    DetailsMissing,
    IllegalStep,
    LicenceExpired,
    VerificationNotFound,
    VerificationState,
)
from kit import builders as a
from kit.registering import Registered, approved, registered, said, submitted
from kit.world import World, furnish

S = VerificationState


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def customer(world: World, id: CustomerId) -> Customer:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.customers.get(id)


def looks_after(world: World, who: Registered) -> StaffId | None:
    """The sales representative of somebody's company."""
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.ownerships.owners(who.customer_id, at=world.clock.now()).sales_rep_id


def trail(world: World) -> list[TrailEntry]:
    """What was noted, the first first."""
    shop = world.database.vault.shop(world.shop.merchant.id)  # type: ignore[attr-defined]  # it is in memory
    return [shop.trail[number] for number in sorted(shop.trail)]


class TestTheWay:
    def test_leads_from_registering_to_ordering(self, world: World) -> None:
        who = registered(world)
        assert submitted(world, who).state is S.SUBMITTED
        asked = world.use.ask_for_info(
            actor=world.shop.clerk, customer_id=who.customer_id, reason="照片不清楚"
        )
        assert (asked.state, asked.steps[-1].reason) == (S.NEED_INFO, "照片不清楚")
        case = approved(world, who)
        assert [step.state for step in case.steps] == [
            S.DRAFT,
            S.SUBMITTED,
            S.NEED_INFO,
            S.SUBMITTED,
            S.APPROVED,
        ]
        found = customer(world, who.customer_id)
        assert found.approval.given
        assert found.tier_id == world.shop.tiers["vip"].id
        buyer = attrs.evolve(who.actor, approved=True)
        basket = a.basket((world.shop.sku("NUTS"), 1))
        assert world.use.place_order(actor=buyer, key=a.key(), basket=basket, wishes=a.wishes()).number

    def test_is_noted_at_every_step_and_says_nothing_personal(self, world: World) -> None:
        who = registered(world)
        submitted(world, who)
        world.use.ask_for_info(actor=world.shop.clerk, customer_id=who.customer_id, reason="陈小姐请补照片")
        submitted(world, who)
        world.use.reject_customer(actor=world.shop.clerk, customer_id=who.customer_id, reason="陈小姐不行")
        noted = trail(world)
        assert [(one.operation, one.actor_kind) for one in noted] == [
            ("register", "GUEST"),
            ("saveCompanyDetails", "BUYER"),
            ("submitVerification", "BUYER"),
            ("askForInfo", "STAFF"),
            ("saveCompanyDetails", "BUYER"),
            ("submitVerification", "BUYER"),
            ("rejectCustomer", "STAFF"),
        ]
        assert {one.about_id for one in noted} == {who.customer_id}
        assert facts_of(noted[0].after) == {
            "buyer": who.actor.person_id,
            "role": "OWNER",
            "tier": world.shop.tiers["regular"].id,
            "state": "DRAFT",
        }
        assert facts_of(noted[1].after) == {
            "code": "**************0Y43",
            "validUntil": "",
            "changed": "legal_name code contact phone picture",
        }
        assert facts_of(noted[4].after)["changed"] == ""
        assert (facts_of(noted[6].before), facts_of(noted[6].after)) == (
            {"state": "SUBMITTED"},
            {"state": "REJECTED"},
        )
        written = repr(noted)
        secrets = (said().contact, said().code, said().phone, said().picture, said().legal_name, "陈")
        assert [secret for secret in secrets if secret in written] == []

    def test_tells_of_every_state_and_says_nothing_personal(self, world: World) -> None:
        who = registered(world)
        approved(world, who)
        shop = world.database.vault.shop(world.shop.merchant.id)  # type: ignore[attr-defined]  # it is in memory
        facts = [fact.event for fact in shop.outbox[who.customer_id]]
        assert [type(one).__name__ for one in facts] == [
            "VerificationMoved",
            "CompanyDetailsSaved",
            "VerificationMoved",
            "VerificationMoved",
        ]
        assert said().code not in repr(facts) and said().contact not in repr(facts)


class TestApproving:
    def test_gives_everything_at_once(self, world: World) -> None:
        shop, who = world.shop, registered(world)
        submitted(world, who)
        rep = shop.staff["trainee"].id
        case = world.use.approve_customer(
            actor=shop.clerk,
            customer_id=who.customer_id,
            grant=Grant(
                tier_id=shop.tiers["strategic"].id,
                sales_rep_id=rep,
                contract="年度合同",
                credit_limit=Decimal("5000.50"),
                credit_days=30,
            ),
        )
        found = customer(world, who.customer_id)
        assert (found.tier_id, looks_after(world, who)) == (shop.tiers["strategic"].id, rep)
        assert case.credit == CreditTerms(limit=Money(500_050, Currency.CNY), days=30)
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            [made] = [one for one in storage.prices.lists() if one.customer_id == who.customer_id]
        assert (made.source, made.name) == (PriceSource.CONTRACT, "年度合同")
        assert facts_of(trail(world)[-1].after) == {
            "state": "APPROVED",
            "tier": shop.tiers["strategic"].id,
            "salesRep": rep,
            "priceList": made.id,
            "creditLimit": "5000.50",
            "creditDays": "30",
        }
        assert facts_of(trail(world)[-1].before) == {
            "state": "SUBMITTED",
            "tier": shop.tiers["regular"].id,
            "salesRep": "",
        }

    def test_leaves_the_representative_of_the_invitation(self, world: World) -> None:
        shop = world.shop
        who = registered(world)
        submitted(world, who)
        rep = shop.staff["trainee"].id
        with world.database.unit_of_work(shop.clerk) as storage:
            look_after(storage, who.customer_id, rep, at=world.clock.now())
        grant = Grant(tier_id=shop.tiers["vip"].id)
        world.use.approve_customer(actor=shop.clerk, customer_id=who.customer_id, grant=grant)
        assert looks_after(world, who) == rep

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            (lambda world: {"tier_id": world.other.tiers["vip"].id}, UnknownTier()),
            (lambda world: {"tier_id": world.ids.new(PriceTierId)}, UnknownTier()),
            (lambda world: {"sales_rep_id": world.other.staff["clerk"].id}, UnknownStaff()),
            (lambda world: {"sales_rep_id": world.ids.new(StaffId)}, UnknownStaff()),
            (lambda _: {"contract": " "}, InvalidEntry("contractName")),
            (lambda _: {"credit_days": 30}, InvalidEntry("creditLimit")),
            (lambda _: {"credit_limit": Decimal(1)}, InvalidEntry("creditDays")),
            (lambda _: {"credit_limit": Decimal(-1), "credit_days": 1}, InvalidEntry("creditLimit")),
            (lambda _: {"credit_limit": Decimal("0.001"), "credit_days": 1}, InvalidEntry("creditLimit")),
            (lambda _: {"credit_limit": Decimal("1e20"), "credit_days": 1}, InvalidEntry("creditLimit")),
            (lambda _: {"credit_limit": Decimal(1), "credit_days": 366}, InvalidEntry("creditDays")),
        ],
    )
    def test_changes_nothing_where_one_part_cannot_be(
        self, world: World, change: Callable[[World], dict[str, Any]], refusal: DomainError
    ) -> None:
        who = registered(world)
        submitted(world, who)
        before, noted = customer(world, who.customer_id), len(trail(world))
        plain = Grant(tier_id=world.shop.tiers["vip"].id, contract="合同")
        grant = attrs.evolve(plain, **change(world))
        with pytest.raises(type(refusal)) as refused:
            world.use.approve_customer(actor=world.shop.clerk, customer_id=who.customer_id, grant=grant)
        assert refused.value == refusal
        assert customer(world, who.customer_id) == before
        assert len(trail(world)) == noted
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert not [one for one in storage.prices.lists() if one.customer_id == who.customer_id]


class TestRefusals:
    def test_of_details_name_everything_that_cannot_be(self, world: World) -> None:
        who = registered(world)
        asked = attrs.evolve(
            said(), legal_name="", code="91350100M000100Y44", contact=" ", phone="110", picture="x" * 301
        )
        with pytest.raises(Refused) as refused:
            world.use.save_company_details(actor=who.actor, customer_id=who.customer_id, asked=asked)
        assert refused.value.refusals == tuple(
            InvalidEntry(field)
            for field in (
                "legalName",
                "unifiedSocialCreditCode",
                "contactName",
                "contactPhone",
                "licencePicture",
            )
        )

    def test_come_where_it_is_not_the_companys_turn_or_too_early(self, world: World) -> None:
        who = registered(world)
        with pytest.raises(DetailsMissing):
            world.use.submit_verification(actor=who.actor, customer_id=who.customer_id)
        submitted(world, who)
        with pytest.raises(IllegalStep):
            world.use.submit_verification(actor=who.actor, customer_id=who.customer_id)
        with pytest.raises(IllegalStep):
            world.use.save_company_details(actor=who.actor, customer_id=who.customer_id, asked=said())

    def test_come_for_a_licence_that_has_run_out(self, world: World) -> None:
        who = registered(world)
        yesterday = world.shop.merchant.day_of(world.clock.now()) - timedelta(days=1)
        with pytest.raises(LicenceExpired):
            submitted(world, who, valid_until=yesterday)

    def test_are_the_same_for_a_foreign_company_and_a_missing_one(self, world: World) -> None:
        who = registered(world)
        use, clerk = world.use, world.shop.clerk
        for id in (
            world.shop.customers["vip"].id,
            world.other.customers["vip"].id,
            world.ids.new(CustomerId),
        ):
            grant = Grant(tier_id=world.shop.tiers["vip"].id)
            acts: tuple[Callable[[], object], ...] = (
                partial(use.save_company_details, actor=who.actor, customer_id=id, asked=said()),
                partial(use.submit_verification, actor=who.actor, customer_id=id),
                partial(use.ask_for_info, actor=clerk, customer_id=id, reason="?"),
                partial(use.reject_customer, actor=clerk, customer_id=id, reason="?"),
                partial(use.approve_customer, actor=clerk, customer_id=id, grant=grant),
            )
            for act in acts:
                with pytest.raises(VerificationNotFound):
                    act()

    @pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\0b"])
    def test_come_for_a_reason_that_is_none(self, world: World, reason: str) -> None:
        who = registered(world)
        for verb in (world.use.ask_for_info, world.use.reject_customer):
            with pytest.raises(InvalidEntry) as refused:
                verb(actor=world.shop.clerk, customer_id=who.customer_id, reason=reason)
            assert refused.value == InvalidEntry("reason")

    def test_come_to_those_who_may_not(self, world: World) -> None:
        use, shop = world.use, world.shop
        id = shop.customers["vip"].id
        everything = [one for one in Permission if one is not Permission.MANAGE_CUSTOMERS]
        others = (shop.guest, shop.buyer("vip"), shop.colleague(*everything))
        grant = Grant(tier_id=shop.tiers["vip"].id)
        for actor in others:
            kind = Unauthenticated if actor == shop.guest else Forbidden
            acts: tuple[Callable[[], object], ...] = (
                partial(use.ask_for_info, actor=actor, customer_id=id, reason="?"),
                partial(use.reject_customer, actor=actor, customer_id=id, reason="?"),
                partial(use.approve_customer, actor=actor, customer_id=id, grant=grant),
                partial(use.create_invitation, actor=actor, asked=AskedInvitation()),
                partial(use.revoke_invitation, actor=actor, invitation_id=world.ids.new(InvitationId)),
            )
            for act in acts:
                with pytest.raises(kind):
                    act()
        for actor in (shop.guest, shop.buyer("viewer"), shop.buyer("regular"), shop.clerk):
            with pytest.raises((Unauthenticated, Forbidden)):
                use.save_company_details(actor=actor, customer_id=id, asked=said())
            with pytest.raises((Unauthenticated, Forbidden)):
                use.submit_verification(actor=actor, customer_id=id)


class TestExpiring:
    def test_a_new_licence_is_looked_at_again(self, world: World) -> None:
        who = registered(world)
        day = world.shop.merchant.day_of(world.clock.now())
        approved(world, who, valid_until=day)
        world.clock.forward(timedelta(days=1))
        later = day + timedelta(days=400)
        assert submitted(world, who, valid_until=later).state is S.SUBMITTED
        approval = customer(world, who.customer_id).approval
        assert (approval.until, approval.holds_on(day + timedelta(days=1))) == (day, False)
        grant = Grant(tier_id=world.shop.tiers["vip"].id)
        case = world.use.approve_customer(actor=world.shop.clerk, customer_id=who.customer_id, grant=grant)
        assert case.approved_until == later
        assert customer(world, who.customer_id).approval.until == later


class TestInvitations:
    def test_are_made_and_noted_without_their_code(self, world: World) -> None:
        shop = world.shop
        asked = AskedInvitation(
            tier_id=shop.tiers["vip"].id,
            sales_rep_id=shop.staff["trainee"].id,
            phone="13811112222",
            most_uses=3,
        )
        one = world.use.create_invitation(actor=shop.clerk, asked=asked)
        assert one.welcome == Welcome(tier_id=asked.tier_id, sales_rep_id=asked.sales_rep_id)
        assert (one.most_uses, one.uses, one.made_by) == (3, 0, shop.staff["clerk"].id)
        assert (one.made_at, one.expires_at) == (a.NOON, a.NOON + LASTS)
        assert one.phone == "+86*******2222"
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            assert storage.invitations.by_code(one.code) == one
        [noted] = trail(world)
        assert (noted.operation, noted.about_id) == ("createInvitation", one.id)
        assert one.code not in repr(noted) and "13811112222" not in repr(noted)
        assert facts_of(noted.after)["phone"] == "****"

    def test_lead_colleagues_in_as_purchasers_unless_something_is_said(self, world: World) -> None:
        id = world.shop.customers["vip"].id
        for role, wanted in ((None, Role.PURCHASER), (Role.FINANCE, Role.FINANCE), (Role.OWNER, Role.OWNER)):
            asked = AskedInvitation(customer_id=id, role=role)
            one = world.use.create_invitation(actor=world.shop.clerk, asked=asked)
            assert one.welcome == Welcome(customer_id=id, role=wanted)

    def test_are_called_back_once(self, world: World) -> None:
        one = world.use.create_invitation(actor=world.shop.clerk, asked=AskedInvitation())
        world.clock.forward()
        for _ in range(2):
            revoked = world.use.revoke_invitation(actor=world.shop.clerk, invitation_id=one.id)
            assert revoked.revoked_at == a.NOON + timedelta(minutes=1)
            world.clock.forward()
        assert [noted.operation for noted in trail(world)] == ["createInvitation", "revokeInvitation"]
        with pytest.raises(InvitationNotFound):
            world.use.revoke_invitation(actor=world.shop.clerk, invitation_id=world.ids.new(InvitationId))
        with pytest.raises(InvitationNotFound):
            world.use.revoke_invitation(actor=world.other.clerk, invitation_id=one.id)

    @pytest.mark.parametrize(
        ("asked", "refusal"),
        [
            (lambda _: AskedInvitation(phone="110"), InvalidPhone()),
            (lambda _: AskedInvitation(most_uses=0), InvalidEntry("mostUses")),
            (lambda _: AskedInvitation(most_uses=MOST_USES + 1), InvalidEntry("mostUses")),
            (lambda _: AskedInvitation(role=Role.VIEWER), InvalidEntry("role")),
            (lambda _: AskedInvitation(expires_at=a.NOON), InvalidEntry("expiresAt")),
            (
                lambda _: AskedInvitation(expires_at=datetime(2028, 1, 1, tzinfo=UTC)),
                InvalidEntry("expiresAt"),
            ),
            (lambda world: AskedInvitation(tier_id=world.other.tiers["vip"].id), UnknownTier()),
            (lambda world: AskedInvitation(sales_rep_id=world.other.staff["clerk"].id), UnknownStaff()),
            (lambda world: AskedInvitation(customer_id=world.other.customers["vip"].id), CustomerNotFound()),
            (
                lambda world: AskedInvitation(
                    customer_id=world.shop.customers["vip"].id, tier_id=world.shop.tiers["vip"].id
                ),
                InvalidEntry("customerId"),
            ),
        ],
    )
    def test_are_not_made_of_what_cannot_be(
        self, world: World, asked: Callable[[World], AskedInvitation], refusal: DomainError
    ) -> None:
        with pytest.raises(type(refusal)) as refused:
            world.use.create_invitation(actor=world.shop.clerk, asked=asked(world))
        assert refused.value == refusal
        assert trail(world) == []


class TestOrdering:
    def unapproved(self, world: World) -> Actor:
        return attrs.evolve(world.shop.buyer("vip"), approved=False)

    def test_is_refused_with_nothing_looked_up(self, world: World) -> None:
        basket = a.basket((world.shop.sku("NUTS"), 1))
        quote = world.use.quote_basket(actor=self.unapproved(world), basket=basket)
        assert (quote.lines, quote.total, quote.problems) == (
            (),
            Money(0, Currency.CNY),
            (ApprovalPending(),),
        )

    def test_takes_the_same_key_once_the_company_is_approved(self, world: World) -> None:
        basket = a.basket((world.shop.sku("NUTS"), 1))
        wishes = Wishes(payment_method=PaymentMethod.BANK_TRANSFER)
        with pytest.raises(ApprovalPending):
            world.use.place_order(actor=self.unapproved(world), key=a.key(), basket=basket, wishes=wishes)
        order = world.use.place_order(
            actor=world.shop.buyer("vip"), key=a.key(), basket=basket, wishes=wishes
        )
        assert order.number
