"""Verifications: the licence's number, every move that there is, and the day that ends an approval."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customers import APPROVED, NOT_APPROVED, Approval, CompanyName
from domain.errors import DomainError
from domain.identity import BuyerId, CustomerId, StaffId
from domain.money import Currency, Money
from domain.privacy import ERASED
from domain.verification import (
    CODE_CHARACTERS,
    LARGEST_LIMIT,
    CompanyDetailsSaved,
    CreditTerms,
    DetailsMissing,
    IllegalStep,
    LicenceExpired,
    Reason,
    UnifiedSocialCreditCode,
    VerificationCase,
    VerificationMoved,
    VerificationState,
    VerificationStep,
    check_character,
)
from kit import builders as a
from kit.builders import NOON

IDS = a.SeededIds(6)
CUSTOMER, OWNER, CLERK = IDS.new(CustomerId), IDS.new(BuyerId), IDS.new(StaffId)
TODAY = date(2026, 3, 1)
A_DAY = timedelta(days=1)
S = VerificationState
WHY = Reason("照片不清楚")

PUBLISHED = ("91350100M000100Y43", "9144030071526726XG", "914403001922038216")
"""Numbers that are printed in public: the example of the standard, and those of two companies that everybody knows."""


def weighed(first: str) -> str:
    """The check character once more, from the table of weights that the standard prints."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    values = {"0123456789ABCDEFGHJKLMNPQRTUWXY"[at]: at for at in range(31)}
    rest = sum(values[one] * weight for one, weight in zip(first, weights, strict=True)) % 31
    return next(one for one, value in values.items() if (value + rest) % 31 == 0)


class TestCodes:
    @pytest.mark.parametrize("code", PUBLISHED)
    def test_takes_what_is_printed_in_public(self, code: str) -> None:
        assert UnifiedSocialCreditCode(code) == code
        assert UnifiedSocialCreditCode(f" {code.lower()} ") == code
        assert UnifiedSocialCreditCode(code).masked == f"{'*' * 14}{code[-4:]}"

    @given(st.text(CODE_CHARACTERS, min_size=17, max_size=17))
    def test_checks_as_the_table_of_weights_does(self, first: str) -> None:
        assert check_character(first) == weighed(first)

    @given(st.sampled_from(PUBLISHED), st.integers(0, 17), st.sampled_from(CODE_CHARACTERS))
    def test_finds_every_single_wrong_character(self, code: str, at: int, other: str) -> None:
        changed = f"{code[:at]}{other}{code[at + 1 :]}"
        if changed != code:
            with pytest.raises(ValueError, match=r"character"):
                UnifiedSocialCreditCode(changed)

    @given(st.sampled_from(PUBLISHED), st.integers(0, 16))
    def test_finds_every_two_neighbours_that_changed_places(self, code: str, at: int) -> None:
        changed = f"{code[:at]}{code[at + 1]}{code[at]}{code[at + 2 :]}"
        if changed != code:
            with pytest.raises(ValueError, match=r"character"):
                UnifiedSocialCreditCode(changed)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "91350100M000100Y4",
            "91350100M000100Y433",
            "9135010OM000100Y43",
            "9135A100M000100Y43",
            "9" * 40,
        ],
    )
    def test_takes_nothing_else(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"character|digits"):
            UnifiedSocialCreditCode(text)


class TestApproval:
    def test_holds_to_the_end_of_its_last_day(self) -> None:
        approval = Approval(until=TODAY)
        assert [approval.holds_on(TODAY + many * A_DAY) for many in (-1, 0, 1)] == [True, True, False]
        assert APPROVED.holds_on(date.max)
        assert not NOT_APPROVED.holds_on(TODAY)


def case(state: VerificationState = S.DRAFT, *, until: date | None = None) -> VerificationCase:
    """A verification that stands in a state, of a company whose licence ends on a day, and was approved till then."""
    begun = VerificationCase.begin(CUSTOMER, by=OWNER, at=NOON)
    details = a.company_details(valid_until=until)
    stored = APPROVED_STATE if state is S.EXPIRED else state
    steps = (*begun.steps, VerificationStep(state=stored, at=NOON))[-2 if stored is not S.DRAFT else 0 :]
    return attrs.evolve(
        begun,
        steps=steps,
        details=details,
        approved_until=TODAY - A_DAY if state is S.EXPIRED else until,
        events=(),
    )


APPROVED_STATE = S.APPROVED
MOVES: dict[str, Callable[[VerificationCase], VerificationCase]] = {
    "submit": lambda one: one.submit(by=OWNER, day=TODAY, at=NOON + A_DAY),
    "ask": lambda one: one.ask(WHY, by=CLERK, day=TODAY, at=NOON + A_DAY),
    "approve": lambda one: one.approve(credit=None, by=CLERK, day=TODAY, at=NOON + A_DAY),
    "reject": lambda one: one.reject(WHY, by=CLERK, day=TODAY, at=NOON + A_DAY),
}
ALLOWED = {
    (S.DRAFT, "submit"): S.SUBMITTED,
    (S.SUBMITTED, "ask"): S.NEED_INFO,
    (S.SUBMITTED, "approve"): S.APPROVED,
    (S.SUBMITTED, "reject"): S.REJECTED,
    (S.NEED_INFO, "submit"): S.SUBMITTED,
    (S.EXPIRED, "submit"): S.SUBMITTED,
}


class TestCase:
    def test_begins_with_a_draft(self) -> None:
        begun = VerificationCase.begin(CUSTOMER, by=OWNER, at=NOON)
        assert begun.steps == (VerificationStep(state=S.DRAFT, at=NOON, by=OWNER),)
        assert begun.events == (VerificationMoved(at=NOON, customer_id=CUSTOMER, state=S.DRAFT),)
        assert (begun.state, begun.moved_at, begun.approval) == (S.DRAFT, NOON, NOT_APPROVED)

    @pytest.mark.parametrize("state", S)
    @pytest.mark.parametrize("move", MOVES)
    def test_makes_the_moves_there_are_and_no_others(self, state: VerificationState, move: str) -> None:
        before = case(state)
        assert before.state_on(TODAY) is state
        wanted = ALLOWED.get((state, move))
        if wanted is None:
            with pytest.raises(IllegalStep) as refused:
                MOVES[move](before)
            assert refused.value == IllegalStep(state)
            return
        after = MOVES[move](before)
        by, reason = (OWNER, "") if move == "submit" else (CLERK, "" if move == "approve" else WHY)
        assert after.steps == (
            *before.steps,
            VerificationStep(state=wanted, at=NOON + A_DAY, by=by, reason=reason),
        )
        fact = VerificationMoved(at=NOON + A_DAY, customer_id=CUSTOMER, state=wanted)
        assert after.events == (*before.events, fact)
        assert after.approval.holds_on(TODAY) is (wanted is S.APPROVED)

    @pytest.mark.parametrize("state", S)
    def test_takes_what_is_said_while_it_is_the_companys_turn(self, state: VerificationState) -> None:
        said = attrs.evolve(a.company_details(), legal_name=CompanyName("新名"))
        if state in (S.DRAFT, S.NEED_INFO, S.EXPIRED):
            after = case(state).save(said, by=OWNER, day=TODAY, at=NOON)
            assert after.details == said
            assert after.state_on(TODAY) is state, "nothing is handed in by that"
            assert after.events == (
                CompanyDetailsSaved(at=NOON, customer_id=CUSTOMER, fields=("legal_name",)),
            )
            return
        with pytest.raises(IllegalStep):
            case(state).save(said, by=OWNER, day=TODAY, at=NOON)

    def test_expires_with_the_licence_by_the_day_alone(self) -> None:
        until = TODAY + A_DAY
        approved = MOVES["approve"](case(S.SUBMITTED, until=until))
        assert approved.approved_until == until
        assert [approved.state_on(until + many * A_DAY) for many in (-1, 0, 1)] == [
            S.APPROVED,
            S.APPROVED,
            S.EXPIRED,
        ]
        lasting = MOVES["approve"](case(S.SUBMITTED))
        assert lasting.state_on(date.max) is S.APPROVED

    def test_is_not_approved_again_by_another_licence_that_is_only_said(self) -> None:
        said = a.company_details(valid_until=TODAY + 99 * A_DAY)
        after = case(S.EXPIRED).save(said, by=OWNER, day=TODAY, at=NOON)
        assert after.state_on(TODAY) is S.EXPIRED
        assert not after.approval.holds_on(TODAY)

    def test_stays_approved_till_its_day_while_a_new_licence_is_looked_at(self) -> None:
        until, longer = TODAY + 9 * A_DAY, TODAY + 99 * A_DAY
        approved = case(S.APPROVED, until=until)
        drafted = approved.save(a.company_details(valid_until=longer), by=OWNER, day=TODAY, at=NOON)
        assert drafted.steps == (*approved.steps, VerificationStep(state=S.DRAFT, at=NOON, by=OWNER))
        assert drafted.events == (
            VerificationMoved(at=NOON, customer_id=CUSTOMER, state=S.DRAFT),
            CompanyDetailsSaved(at=NOON, customer_id=CUSTOMER, fields=("valid_until",)),
        )
        again = drafted.save(a.company_details(valid_until=longer), by=OWNER, day=TODAY, at=NOON)
        assert again.steps == drafted.steps
        submitted = MOVES["submit"](drafted)
        looked_at = (drafted, submitted, MOVES["ask"](submitted), MOVES["submit"](MOVES["ask"](submitted)))
        for one in looked_at:
            assert one.approval == Approval(until=until)
            assert one.state_on(until + A_DAY) is one.state, "the day moves none that somebody has moved"
        assert MOVES["approve"](submitted).approval == Approval(until=longer)
        assert MOVES["reject"](submitted).approval == NOT_APPROVED

    @pytest.mark.parametrize(("state", "move"), [(S.DRAFT, "submit"), (S.SUBMITTED, "approve")])
    def test_is_refused_for_a_licence_that_has_run_out(self, state: VerificationState, move: str) -> None:
        yesterday = TODAY - A_DAY
        with pytest.raises(LicenceExpired) as refused:
            MOVES[move](case(state, until=yesterday))
        assert refused.value == LicenceExpired(yesterday)
        assert MOVES[move](case(state, until=TODAY)).events

    def test_is_refused_where_nothing_was_said(self) -> None:
        with pytest.raises(DetailsMissing) as refused:
            MOVES["submit"](VerificationCase.begin(CUSTOMER, by=OWNER, at=NOON))
        assert isinstance(refused.value, DomainError)

    def test_keeps_the_credit_that_comes_with_an_approval(self) -> None:
        credit = CreditTerms(limit=Money(100_000, Currency.CNY), days=30)
        after = case(S.SUBMITTED).approve(credit=credit, by=CLERK, day=TODAY, at=NOON)
        assert after.credit == credit

    @pytest.mark.parametrize(("minor", "days"), [(-1, 0), (LARGEST_LIMIT + 1, 0), (0, -1), (0, 366)])
    def test_has_no_credit_that_cannot_be(self, minor: int, days: int) -> None:
        with pytest.raises(ValueError, match=r".+"):
            CreditTerms(limit=Money(minor, Currency.CNY), days=days)


class TestDetails:
    def test_say_what_has_changed(self) -> None:
        first = a.company_details()
        assert first.changed(None) == ("legal_name", "code", "contact", "phone", "picture")
        assert attrs.evolve(first, valid_until=TODAY).changed(first) == ("valid_until",)
        assert first.changed(first) == ()

    def test_show_nothing_personal_by_accident(self) -> None:
        shown = repr(a.company_details())
        for secret in (a.company_details().code, a.company_details().phone, a.company_details().contact):
            assert secret and secret not in shown


class TestForgettingWhomToAsk:
    @pytest.mark.parametrize("state", S)
    def test_leaves_everything_else_as_it_was(self, state: VerificationState) -> None:
        before = case(state, until=TODAY)
        after = before.forget_contact(at=NOON)
        assert before.details is not None and after.details is not None
        assert (after.details.contact, after.details.phone) == (ERASED, None)
        assert attrs.evolve(after, details=before.details) == before
        assert after.approval == before.approval
        assert after.events == (
            CompanyDetailsSaved(at=NOON, customer_id=before.customer_id, fields=("contact", "phone")),
        )

    def test_is_done_once(self) -> None:
        after = case(S.APPROVED).forget_contact(at=NOON)
        assert after.forget_contact(at=NOON) is after

    def test_changes_nothing_where_nothing_was_said(self) -> None:
        empty = VerificationCase.begin(CUSTOMER, by=OWNER, at=NOON)
        assert empty.forget_contact(at=NOON) is empty
