"""Who comes to the demonstration anew: a company that waits to be approved, and an invitation for others."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from application.ports.clock import Ids
from dinghuo.demo.vocabulary import Vocabulary
from domain.customers import NOT_APPROVED, Buyer, CompanyName, Customer, Role
from domain.identity import BuyerId, CustomerId, InvitationId, LoginId
from domain.invitations import Invitation, InvitationCode, PersonName
from domain.merchant import Staff
from domain.people import Phone
from domain.pricing import PriceTier
from domain.verification import (
    CompanyDetails,
    PictureReference,
    UnifiedSocialCreditCode,
    VerificationCase,
)

INVITATION = InvitationCode("TRYME-DHXYZ")
"""With it anybody registers who tries the demonstration, as often as invitations can be used."""
WAITING = Phone("13900000005")
"""The owner of the company that waits."""
_CODE = UnifiedSocialCreditCode("91350100M000100Y43")
"""The standard's own example of a licence's number: nobody's."""
_NAME = "新开张小吃店"
_LASTS = timedelta(days=365)
_AGO = timedelta(hours=3)


@attrs.frozen(kw_only=True)
class Newcomers:
    """A company with its owner and what it has handed in, and an invitation."""

    customer: Customer
    buyer: Buyer
    case: VerificationCase
    invitation: Invitation


def newcomers(
    *, tier: PriceTier, staff: Staff, login_id: LoginId, words: Vocabulary, ids: Ids, now: datetime
) -> Newcomers:
    """Make them: three hours ago the company handed in what it is."""
    customer = Customer(id=ids.new(CustomerId), name=_NAME, tier_id=tier.id, approval=NOT_APPROVED)
    buyer = Buyer(
        id=ids.new(BuyerId),
        customer_id=customer.id,
        name=words.people[0],
        role=Role.OWNER,
        login_id=login_id,
    )
    details = CompanyDetails(
        legal_name=CompanyName(_NAME),
        code=_CODE,
        contact=PersonName(buyer.name),
        phone=WAITING,
        picture=PictureReference("demo://licence.jpg"),
    )
    at = now - _AGO
    case = VerificationCase.begin(customer.id, by=buyer.id, at=at)
    case = case.save(details, by=buyer.id, day=at.date(), at=at).submit(by=buyer.id, day=at.date(), at=at)
    invitation = Invitation(
        id=ids.new(InvitationId),
        code=INVITATION,
        most_uses=1_000,
        made_by=staff.id,
        made_at=now,
        expires_at=now + _LASTS,
    )
    return Newcomers(
        customer=customer,
        buyer=buyer,
        case=attrs.evolve(case, version=len(case.events)),
        invitation=invitation,
    )
