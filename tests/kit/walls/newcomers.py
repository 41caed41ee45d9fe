"""Companies that are not approved, or no more, at either wholesaler; and invitations that nobody can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import count

import attrs

from application.ports.bulk import Storable
from domain.customers import NOT_APPROVED, Approval, Customer, Role
from domain.groups import Tag
from domain.identity import PersonId
from domain.invitations import CODE_LETTERS, Invitation, InvitationCode, Welcome
from domain.money import Currency, Money
from domain.people import Phone
from domain.verification import (
    CompanyDetails,
    CreditTerms,
    UnifiedSocialCreditCode,
    VerificationCase,
    VerificationState,
    VerificationStep,
    check_character,
)
from kit import builders as a
from kit.walls.secrets import Marker
from kit.world import Shop, World

NOT_YET = ("pending", "waiting", "silent", "overdue")
"""What the newcomers are called: one hands in what it has said, one waits, one has said nothing, one is too late."""
YESTERDAY = a.NOON.date() - timedelta(days=1)
_DAYS: Mapping[str, int] = {"A": 0, "B": 5_000}
"""From which day on the days of a merchant's licences are, so that each stands nowhere else."""
_REST = CODE_LETTERS[-5:-1]
S = VerificationState


def with_new_companies(plain: Shop, ids: a.SeededIds) -> Shop:
    """The shop with companies that are not approved, and one whose approval is over, each with its owner."""
    tier = plain.tiers["vip"]
    new: dict[str, Customer] = {
        name: attrs.evolve(a.customer(ids, tier=tier, name=name), approval=NOT_APPROVED) for name in NOT_YET
    }
    lapsed = a.customer(ids, tier=tier, name="lapsed")
    new["lapsed"] = attrs.evolve(lapsed, approval=Approval(until=YESTERDAY))
    people = {name: a.buyer(ids, customer=one, role=Role.OWNER) for name, one in new.items()}
    return attrs.evolve(plain, customers={**plain.customers, **new}, buyers={**plain.buyers, **people})


def registering(world: World, shop: Shop, marker: Marker) -> list[Storable]:
    """Store the verifications of these and of one that is approved, and invitations for every reason to refuse."""
    days = (date(2040, 1, 1) + timedelta(days=_DAYS[marker.letter] + many) for many in count())
    numbers = count(1 if marker.letter == "A" else 501)
    cases = [*_cases(shop, marker, days, numbers)]
    invitations = [*_invitations(world, shop, marker)]
    world.add(cases, invitations, to=shop)
    return [*cases, *invitations]


def _cases(
    shop: Shop, marker: Marker, days: Iterator[date], numbers: Iterator[int]
) -> Iterator[VerificationCase]:
    for name, state in {
        "pending": S.NEED_INFO,
        "waiting": S.SUBMITTED,
        "silent": S.DRAFT,
        "overdue": S.SUBMITTED,
        "lapsed": S.APPROVED,
        "regular": S.APPROVED,
    }.items():
        number, owner, decider = next(numbers), shop.buyers[name].id, shop.staff["clerk"].id
        steps = (S.DRAFT, state) if state is not S.DRAFT else (S.DRAFT,)
        over = YESTERDAY - timedelta(days=number)
        approved = state is S.APPROVED
        yield VerificationCase(
            customer_id=shop.customers[name].id,
            steps=tuple(_step(one, decider if one is S.APPROVED else owner, number, marker) for one in steps),
            details=None
            if name == "silent"
            else _details(number, over if name == "overdue" else next(days), marker),
            approved_until=(over if name == "lapsed" else next(days)) if approved else None,
            credit=CreditTerms(limit=Money(7_000_003 + 10 * number, Currency.CNY), days=30)
            if approved
            else None,
            version=1,
        )


def _step(state: VerificationState, by: PersonId, number: int, marker: Marker) -> VerificationStep:
    """A step at a time of its own."""
    at = a.NOON - timedelta(days=number, seconds=len(state.value))
    return VerificationStep(state=state, at=at, by=by, reason=marker.text("因为"))


def _details(number: int, until: date, marker: Marker) -> CompanyDetails:
    first = f"91350100M{number:08}"
    plain = attrs.evolve(
        a.company_details(valid_until=until),
        code=UnifiedSocialCreditCode(f"{first}{check_character(first)}"),
        phone=Phone(f"1360000{number:04}"),
    )
    return marker.marked(plain, "VerificationCase.details")


def _invitations(world: World, shop: Shop, marker: Marker) -> Iterator[Invitation]:
    day, index = timedelta(days=1), count(1)

    def one(welcome: Welcome = Welcome(), *, most_uses: int = 1) -> Invitation:
        number = next(index)
        code = f"{marker.letter * 5}{_REST}{CODE_LETTERS[number]}"
        apart = timedelta(minutes=number + (0 if marker.letter == "A" else 100))
        return attrs.evolve(
            a.invitation(
                world.ids,
                code=InvitationCode(code),
                welcome=welcome,
                most_uses=most_uses,
                made_by=shop.staff["clerk"],
                at=a.NOON - 3 * day - apart,
            ),
            phone=marker.text("+86*******0009"),
        )

    yield attrs.evolve(one(), uses=1)
    expired = one()
    yield attrs.evolve(expired, expires_at=expired.made_at + timedelta(seconds=2))
    yield attrs.evolve(one(), phone_index=f"of nobody {marker.letter}")
    whole = Welcome(tier_id=shop.tiers["vip"].id, sales_rep_id=shop.staff["clerk"].id)
    yield one(whole, most_uses=1_000)
    yield one(Welcome(customer_id=shop.customers["regular"].id, role=Role.VIEWER), most_uses=1_000)
    revoked = one()
    yield revoked.revoke(at=revoked.made_at + timedelta(seconds=1))
    # Nobody comes with this one: what they made would be below somebody else's company.
    yield one(Welcome(parent_id=shop.customers["vip"].id, tags=(Tag(marker.text("tag")),)))


def codes_of(shop: Shop) -> Mapping[str, str]:
    """The codes of these invitations, by what becomes of whoever comes with them."""
    letter = "A" if shop.merchant.slug == "shanquan" else "B"
    about = ("UsedUp", "Expired", "ForAnother", "company", "colleague", "Revoked")
    return {one: f"{letter * 5}{_REST}{CODE_LETTERS[at]}" for at, one in enumerate(about, start=1)}
