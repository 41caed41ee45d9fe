"""Those who register: companies at every point of being verified, and how they came there."""

from __future__ import annotations

from datetime import date, timedelta

import attrs

from application.authorization import Actor
from application.registering import Newcomer
from application.signing_in import SignedIn
from application.verifying import AskedDetails, Grant
from domain.customers import Buyer, Customer, Role
from domain.identity import CustomerId
from domain.invitations import Invitation
from domain.people import SEND_EVERY, Phone
from domain.verification import VerificationCase
from kit import builders as a
from kit.world import Shop, World

NEW = Phone("13900000009")
"""Somebody who is nobody's yet."""


@attrs.frozen(kw_only=True)
class Registered:
    """Somebody who has registered, and the company."""

    signed_in: SignedIn
    actor: Actor

    @property
    def customer_id(self) -> CustomerId:
        """The company that is bought for."""
        found = self.actor.customer_id
        assert found is not None, "whoever registers buys for a company"
        return found


def sent(world: World, phone: Phone = NEW) -> str:
    """A code that holds, for this phone, a minute later: another may have been sent just now."""
    world.clock.forward(SEND_EVERY)
    return sent_now(world, phone)


def sent_now(world: World, phone: Phone = NEW) -> str:
    """A code that holds, for this phone."""
    world.use.request_code(actor=world.shop.guest, phone=phone, locale="en")
    return world.inbox.code


def newcomer(
    *, name: str = "小陈", company: str | None = "河坊街小店", invitation: Invitation | None = None
) -> Newcomer:
    """What somebody says who registers."""
    return Newcomer(
        name=name, company=company, invitation=None if invitation is None else invitation.code.shown
    )


def registered(
    world: World,
    *,
    phone: Phone = NEW,
    who: Newcomer | None = None,
    shop: Shop | None = None,
) -> Registered:
    """Let somebody register with a phone."""
    at = shop or world.shop
    code = sent(world, phone)
    signed_in = world.use.register(actor=at.guest, phone=phone, code=code, newcomer=who or newcomer())
    place = signed_in.membership
    assert place.customer_id is not None, "whoever registers buys for a company"
    actor = Actor.buyer(
        at.merchant,
        id=place.person_id,  # type: ignore[arg-type]  # buyers are buyers
        customer_id=place.customer_id,
        role=place.role or Role.VIEWER,
        approved=False,
    )
    return Registered(signed_in=signed_in, actor=actor)


def invited(world: World, one: Invitation, *, shop: Shop | None = None) -> Invitation:
    """Store an invitation."""
    world.add([one], to=shop)
    return one


def said(*, code: str = "91350100M000100Y43", valid_until: date | None = None) -> AskedDetails:
    """What the company of somebody who has registered says of itself."""
    return AskedDetails(
        legal_name="杭州河坊街小店",
        code=code,
        contact="陈小姐",
        phone="13711112222",
        picture="cos://licences/2.jpg",
        valid_until=valid_until,
    )


def submitted(world: World, who: Registered, *, valid_until: date | None = None) -> VerificationCase:
    """Hand in what the company says of itself."""
    use, id = world.use, who.customer_id
    use.save_company_details(actor=who.actor, customer_id=id, asked=said(valid_until=valid_until))
    return use.submit_verification(actor=who.actor, customer_id=id)


def approved(
    world: World, who: Registered, *, tier: str = "vip", valid_until: date | None = None
) -> VerificationCase:
    """Hand in what the company says of itself, and approve it."""
    submitted(world, who, valid_until=valid_until)
    return world.use.approve_customer(
        actor=world.shop.clerk,
        customer_id=who.customer_id,
        grant=Grant(tier_id=world.shop.tiers[tier].id),
    )


def pending(
    world: World, name: str = "等待审核的店", *, approval_over: bool = False, shop: Shop | None = None
) -> tuple[Customer, Buyer]:
    """Store a company that is not approved, or no more, with its owner."""
    at = shop or world.shop
    day = at.merchant.day_of(world.clock.now()) - timedelta(days=1)
    whole = a.customer(world.ids, tier=at.tiers["vip"], name=name)
    customer = attrs.evolve(
        whole,
        approval=attrs.evolve(whole.approval, given=approval_over, until=day if approval_over else None),
    )
    buyer = a.buyer(world.ids, customer=customer, role=Role.OWNER)
    world.add([customer], [buyer], to=at)
    return customer, buyer
