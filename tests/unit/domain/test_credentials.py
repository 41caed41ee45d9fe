"""E-mails and passwords as they may be, tries that are counted, and codes that are taken once."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import attrs
import pytest

from domain.credentials import (
    MOST_STEPS,
    MOST_TRIES,
    STEP,
    STEPS_WITHIN,
    TRIES_WITHIN,
    Credentials,
    Email,
    Password,
    TooManyTries,
    Totp,
    Tries,
    step_of,
)
from domain.identity import LoginId
from kit.builders import NOON, SeededIds

LOGIN = SeededIds().new(LoginId)
SECOND = timedelta(seconds=1)


class TestEmail:
    def test_is_the_same_in_letters_of_any_case(self) -> None:
        assert Email(" Wang.Li@Example.COM ") == "wang.li@example.com"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "@",
            "wang",
            "wang@",
            "@example.com",
            "wang@example",
            "wang li@example.com",
            "wang@-a.com",
            "wang@例子.com",
            "a@b..com",
            f"{'a' * 65}@example.com",
            f"a@{'b' * 250}.com",
            "a@b.com\0",
            "\ud800@b.com",
        ],
    )
    def test_is_none_otherwise(self, text: str) -> None:
        with pytest.raises(ValueError, match="e-mail"):
            Email(text)

    def test_is_shown_masked(self) -> None:
        assert Email("wang.li@example.com").masked == "w***@e***"


class TestPassword:
    @pytest.mark.parametrize("text", ["abcde12345", "a" * 124 + "bcde", "订货很方便订货很方便"])
    def test_may_be_any_of_some_length(self, text: str) -> None:
        assert Password(text).text == text

    @pytest.mark.parametrize("text", ["", "abcde1234", "aaaaaaaabcd", "a" * 125 + "bcde"])
    def test_is_none_that_is_easily_guessed(self, text: str) -> None:
        with pytest.raises(ValueError, match="password"):
            Password(text)

    def test_is_alike_where_it_looks_alike(self) -> None:
        assert Password("ａｂｃｄｅ１２３４５") == Password("abcde12345")

    def test_is_told_to_nobody(self) -> None:
        assert "abcde" not in repr(Password("abcde12345"))


class TestTries:
    def test_are_so_many_within_some_time(self) -> None:
        tries = Tries()
        for at in range(MOST_TRIES):
            tries = tries.begin(at=NOON + at * SECOND)
        with pytest.raises(TooManyTries) as refused:
            tries.begin(at=NOON + TRIES_WITHIN - SECOND)
        assert refused.value == TooManyTries(1)
        assert len(tries.begin(at=NOON + TRIES_WITHIN).at) == MOST_TRIES

    def test_never_wait_for_longer_than_that(self) -> None:
        tries = Tries((NOON,) * MOST_TRIES)
        with pytest.raises(TooManyTries) as refused:
            tries.begin(at=NOON)
        assert refused.value.wait_s == TRIES_WITHIN / SECOND

    def test_that_are_wrong_are_so_many_within_a_day(self) -> None:
        tries, at = Tries(), NOON
        for _ in range(MOST_STEPS):
            tries.may(at=at)
            tries = tries.fail(at=at)
            at += TRIES_WITHIN
        with pytest.raises(TooManyTries) as refused:
            tries.may(at=at)
        assert refused.value.wait_s == (NOON + STEPS_WITHIN - at) / SECOND
        tries.may(at=NOON + STEPS_WITHIN)


class TestCredentials:
    def test_hold_where_there_is_a_password_that_is_not_over(self) -> None:
        none = Credentials(login_id=LOGIN, index="i", email="w***@e***")
        some = attrs.evolve(none, hash="h")
        first = attrs.evolve(some, first_until=NOON)
        assert not none.holds(at=NOON)
        assert some.holds(at=NOON)
        assert first.holds(at=NOON - SECOND) and not first.holds(at=NOON)


def code_at(step: int) -> str:
    """A code that is other in each step."""
    return f"{step % 1_000_000:06}"


def hashed(code: str) -> str:
    return sha256(code.encode()).hexdigest()


def attempt(totp: Totp, code: str, *, after: timedelta = timedelta()) -> tuple[Totp, bool]:
    return totp.attempt(code, code_at, hashed=hashed(code), at=NOON + after)


class TestTotp:
    @pytest.fixture
    def totp(self) -> Totp:
        return Totp(login_id=LOGIN, sealed="sealed").turn_on([hashed("one"), hashed("two")])

    def test_is_on_when_it_is_turned_on(self, totp: Totp) -> None:
        assert totp.on and not Totp(login_id=LOGIN, sealed="sealed").on

    @pytest.mark.parametrize(("aside", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_takes_the_codes_of_a_step_aside(self, totp: Totp, aside: int, *, right: bool) -> None:
        assert attempt(totp, code_at(step_of(NOON) + aside))[1] is right

    def test_takes_no_code_twice_and_none_before_it(self, totp: Totp) -> None:
        now = step_of(NOON)
        totp, right = attempt(totp, code_at(now))
        assert right
        for step in (now, now - 1):
            totp, right = attempt(totp, code_at(step))
            assert not right
        assert attempt(totp, code_at(now + 1), after=STEP)[1]

    def test_takes_each_code_for_recovery_once(self, totp: Totp) -> None:
        totp, right = attempt(totp, "one")
        assert right and totp.recovery == (hashed("two"),)
        assert not attempt(totp, "one")[1]
        assert attempt(totp, "two")[1]

    def test_counts_what_was_wrong_and_forgets_none_of_it(self, totp: Totp) -> None:
        for at in range(MOST_TRIES):
            assert len(totp.tries.at) == at
            totp, _ = attempt(totp, "wrong")
        with pytest.raises(TooManyTries):
            attempt(totp, code_at(step_of(NOON)))
        totp, right = attempt(totp, code_at(step_of(NOON + TRIES_WITHIN)), after=TRIES_WITHIN)
        assert right and len(totp.tries.at) == MOST_TRIES

    def test_is_not_helped_by_what_is_no_code(self, totp: Totp) -> None:
        for code in ("", "\ud800", "１２３４５６", "x" * 1_000):
            assert not totp.attempt(code, code_at, hashed=hashed("?"), at=NOON)[1]
