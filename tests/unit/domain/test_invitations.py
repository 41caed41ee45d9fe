"""Invitations: their codes, whom they let in, and what they cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from domain.customers import Role
from domain.groups import Tag
from domain.identity import CustomerId, PriceTierId, StaffId
from domain.invitations import (
    CODE_LENGTH,
    CODE_LETTERS,
    LONGEST,
    MOST_USES,
    InvitationCode,
    InvitationExpired,
    InvitationForAnother,
    InvitationRevoked,
    InvitationUsedUp,
    Welcome,
)
from kit import builders as a
from kit.builders import NOON

IDS = a.SeededIds(5)
A_DAY = timedelta(days=1)


class TestCodes:
    @pytest.mark.parametrize("text", ["ABCDE-FGH23", "abcdefgh23", " ABCDE FGH23 ", "a-b-c-d-e-fgh23"])
    def test_are_read_however_they_are_written(self, text: str) -> None:
        assert InvitationCode(text) == "ABCDEFGH23"
        assert InvitationCode(text).shown == "ABCDE-FGH23"

    @pytest.mark.parametrize(
        "text", ["", "ABCDEFGH2", "ABCDEFGH234", "ABCDEFGH20", "ABCDEFGHI2", "ABCDEFGH2É", "-" * 21]
    )
    def test_are_nothing_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="an invitation code"):
            InvitationCode(text)

    def test_are_made_of_every_letter_alike(self) -> None:
        asked: list[int] = []

        def chance(below: int) -> int:
            asked.append(below)
            return len(asked) - 1

        assert InvitationCode.made_of(chance) == CODE_LETTERS[:CODE_LENGTH]
        assert asked == [len(CODE_LETTERS)] * CODE_LENGTH

    def test_cannot_be_guessed(self) -> None:
        """With a thousand open invitations, and fifty guesses a day on each of a thousand phones for a year."""
        assert len(set(CODE_LETTERS)) == 30
        assert 1_000 * 50 * 1_000 * 365 / 30**CODE_LENGTH < 1e-1 / 1_000


class TestInvitation:
    def test_lets_in_as_many_as_it_says(self) -> None:
        one = a.invitation(IDS, most_uses=2)
        for used in (1, 2):
            one = one.admit(phone_index=None, at=NOON)
            assert one.uses == used
        with pytest.raises(InvitationUsedUp):
            one.admit(phone_index=None, at=NOON)

    def test_holds_until_its_time_is_over(self) -> None:
        one = a.invitation(IDS, lasts=A_DAY)
        assert one.admit(phone_index=None, at=NOON + A_DAY - timedelta(microseconds=1)).uses == 1
        with pytest.raises(InvitationExpired):
            one.admit(phone_index=None, at=NOON + A_DAY)

    def test_is_called_back_once(self) -> None:
        one = a.invitation(IDS).revoke(at=NOON)
        assert one.revoke(at=NOON + A_DAY) == one
        with pytest.raises(InvitationRevoked):
            one.admit(phone_index=None, at=NOON)

    def test_is_for_one_phone_where_it_says_so(self) -> None:
        one = attrs.evolve(a.invitation(IDS), phone_index="mine")
        assert one.admit(phone_index="mine", at=NOON).uses == 1
        for other in ("theirs", None):
            with pytest.raises(InvitationForAnother):
                one.admit(phone_index=other, at=NOON)

    def test_is_called_back_where_its_phone_is_forgotten(self) -> None:
        """Or whoever has the code could come."""
        one = attrs.evolve(a.invitation(IDS, lasts=A_DAY), phone_index="mine", phone="+86*******0009")
        left = one.forget_phone(at=NOON)
        assert left == attrs.evolve(one, phone_index=None, phone=None, revoked_at=NOON)
        assert left.forget_phone(at=NOON + A_DAY) == left
        with pytest.raises(InvitationRevoked):
            left.admit(phone_index="mine", at=NOON)

    @pytest.mark.parametrize(
        ("over", "at"),
        [
            ({"uses": 1}, NOON),
            ({}, NOON + A_DAY),
            ({"revoked_at": NOON - A_DAY}, NOON),
        ],
        ids=["used up", "expired", "called back"],
    )
    def test_that_is_over_stays_what_it_was(self, over: dict[str, Any], at: datetime) -> None:
        one = attrs.evolve(a.invitation(IDS, lasts=A_DAY), phone_index="mine", phone="+86*******0009", **over)
        assert one.forget_phone(at=at) == attrs.evolve(one, phone_index=None, phone=None)

    def test_that_is_for_anybody_goes_on(self) -> None:
        one = a.invitation(IDS)
        assert one.forget_phone(at=NOON) == one

    @pytest.mark.parametrize(
        "wrong",
        [
            {"most_uses": 0},
            {"most_uses": MOST_USES + 1},
            {"uses": 2},
            {"uses": -1},
            {"expires_at": NOON},
            {"expires_at": NOON + LONGEST + timedelta(seconds=1)},
        ],
        ids=str,
    )
    def test_cannot_be_wrong(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r".+"):
            attrs.evolve(a.invitation(IDS), **wrong)

    @pytest.mark.parametrize(
        "made",
        [
            lambda: Welcome(role=Role.PURCHASER),
            lambda: Welcome(customer_id=IDS.new(CustomerId), tier_id=IDS.new(PriceTierId)),
            lambda: Welcome(customer_id=IDS.new(CustomerId), sales_rep_id=IDS.new(StaffId)),
            lambda: Welcome(customer_id=IDS.new(CustomerId), parent_id=IDS.new(CustomerId)),
            lambda: Welcome(customer_id=IDS.new(CustomerId), tags=(Tag("新"),)),
            lambda: Welcome(tags=(Tag("b"), Tag("a"))),
            lambda: Welcome(tags=(Tag("a"), Tag("a"))),
        ],
    )
    def test_welcomes_nobody_in_two_ways(self, made: Callable[[], Welcome]) -> None:
        with pytest.raises(ValueError, match=r"company|tag"):
            made()
