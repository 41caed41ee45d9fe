"""Codes hold for a while and a few tries, are sent now and then, and sessions end when a token comes twice."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from domain.identity import BuyerId, LoginId, SessionId, StaffId
from domain.people import (
    CODE_LASTS,
    FRESH,
    MOST_SENDS,
    MOST_TRIES,
    SEND_EVERY,
    SENDS_WITHIN,
    SESSION_LASTS,
    SESSION_RESTS,
    CodeSentAlready,
    Phone,
    Proof,
    SecondFactor,
    SentCodes,
    Session,
    TooManyCodes,
)
from kit.builders import NOON

MOMENT = timedelta(microseconds=1)
SENT = SentCodes().send("right", at=NOON)
SESSION = Session.begin(
    id=SessionId.of(bytes(16)), login_id=LoginId.of(bytes(16)), person_id=BuyerId.of(bytes(16)), at=NOON
)


class TestPhone:
    @pytest.mark.parametrize(
        "text",
        [
            "13812345678",
            "+8613812345678",
            "008613812345678",
            "+86 138-1234-5678",
            " 138 1234 5678 ",
            "0086-138 1234 5678",
        ],
    )
    def test_is_the_same_however_it_is_written(self, text: str) -> None:
        assert Phone(text) == "+8613812345678"
        assert Phone(Phone(text)).masked == "+86*******5678"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "12812345678",
            "1381234567",
            "138123456789",
            "+8513812345678",
            "8613812345678",
            "+861381234567a",
            "１３８１２３４５６７８",
            "1381234567٨",
            "13812345678\n",
            "(138)12345678",
            "1381234567" + " " * 32 + "8",
        ],
    )
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="eleven digits"):
            Phone(text)


class TestSending:
    def test_is_done_once_a_minute(self) -> None:
        for after, wait in (
            (timedelta(), 60),
            (MOMENT, 60),
            (timedelta(seconds=1), 59),
            (SEND_EVERY - MOMENT, 1),
        ):
            with pytest.raises(CodeSentAlready) as refused:
                SENT.send("next", at=NOON + after)
            assert refused.value == CodeSentAlready(wait)
        assert SENT.send("next", at=NOON + SEND_EVERY).sent == (NOON, NOON + SEND_EVERY)

    def test_is_done_ten_times_within_any_day(self) -> None:
        codes = SentCodes()
        for at in range(MOST_SENDS):
            codes = codes.send("code", at=NOON + at * SEND_EVERY)
        with pytest.raises(TooManyCodes) as refused:
            codes.send("code", at=NOON + SENDS_WITHIN - SEND_EVERY)
        assert refused.value == TooManyCodes(60)
        codes = codes.send("code", at=NOON + SENDS_WITHIN)
        assert len(codes.sent) == MOST_SENDS and NOON not in codes.sent
        with pytest.raises(CodeSentAlready):
            codes.send("code", at=NOON + SENDS_WITHIN + SEND_EVERY - MOMENT)
        assert len(codes.send("code", at=NOON + SENDS_WITHIN + SEND_EVERY).sent) == MOST_SENDS

    def test_lets_only_the_last_code_hold_with_all_its_tries(self) -> None:
        tried, _ = SENT.attempt("wrong", at=NOON)
        again = tried.send("other", at=NOON + SEND_EVERY)
        assert again.tries == 0
        assert again.attempt("right", at=NOON + SEND_EVERY)[1] is False
        assert again.attempt("other", at=NOON + SEND_EVERY)[1] is True


class TestTrying:
    def test_the_code_is_right_once(self) -> None:
        used, right = SENT.attempt("right", at=NOON)
        assert right
        assert used.attempt("right", at=NOON) == (used, False)

    def test_nothing_is_right_where_nothing_was_sent(self) -> None:
        assert SentCodes().attempt("", at=NOON) == (SentCodes(), False)
        used, _ = SENT.attempt("right", at=NOON)
        assert used.attempt("", at=NOON) == (used, False)

    def test_it_holds_for_five_minutes(self) -> None:
        assert SENT.attempt("right", at=NOON + CODE_LASTS - MOMENT)[1] is True
        assert SENT.attempt("right", at=NOON + CODE_LASTS) == (SENT, False)

    def test_the_last_wrong_try_burns_it(self) -> None:
        codes = SENT
        for number in range(1, MOST_TRIES):
            codes, right = codes.attempt("wrong", at=NOON)
            assert (right, codes.tries) == (False, number)
        assert codes.attempt("right", at=NOON)[1] is True
        burned, right = codes.attempt("wrong", at=NOON)
        assert not right
        assert burned.attempt("right", at=NOON) == (burned, False)

    def test_it_is_never_shown(self) -> None:
        assert "right" not in repr(SENT)


class TestSession:
    def test_goes_on_while_it_is_refreshed(self) -> None:
        later = NOON + SESSION_RESTS - MOMENT
        assert SESSION.holds(at=later)
        assert SESSION.refresh(spent=False, at=later) == attrs.evolve(SESSION, refreshed_at=later)

    def test_is_over_when_it_was_left_alone(self) -> None:
        assert not SESSION.holds(at=NOON + SESSION_RESTS)
        assert SESSION.refresh(spent=False, at=NOON + SESSION_RESTS) == SESSION

    def test_is_over_when_it_is_old(self) -> None:
        kept = attrs.evolve(SESSION, refreshed_at=NOON + SESSION_LASTS - SESSION_RESTS / 2)
        assert kept.holds(at=NOON + SESSION_LASTS - MOMENT)
        assert not kept.holds(at=NOON + SESSION_LASTS)

    def test_ends_when_a_token_comes_twice(self) -> None:
        ended = SESSION.refresh(spent=True, at=NOON)
        assert ended.ended_at == NOON and not ended.holds(at=NOON)
        assert ended.refresh(spent=True, at=NOON + MOMENT) == ended
        assert ended.refresh(spent=False, at=NOON + MOMENT) == ended

    def test_goes_on_as_somebody_else(self) -> None:
        person = StaffId.of(bytes(16))
        assert SESSION.switch(person) == attrs.evolve(SESSION, person_id=person)

    @pytest.mark.parametrize("proof", Proof)
    def test_owes_the_second_factor_that_is_on(self, proof: Proof) -> None:
        session = attrs.evolve(SESSION, proof=proof)
        for demanded in (True, False):
            assert session.stands(on=True, staff=True, demanded=demanded) is SecondFactor.OWED
            shown = attrs.evolve(session, second_factor=True)
            assert shown.stands(on=True, staff=True, demanded=demanded) is SecondFactor.SHOWN
        owes = proof is Proof.PASSWORD
        of_buyer = session.stands(on=True, staff=False, demanded=True)
        assert of_buyer is (SecondFactor.OWED if owes else SecondFactor.NOT_NEEDED)

    def test_has_to_set_one_up_where_a_merchant_demands_it_of_staff(self) -> None:
        assert SESSION.stands(on=False, staff=True, demanded=True) is SecondFactor.SET_UP_OWED
        for staff, demanded in ((True, False), (False, True), (False, False)):
            stands = SESSION.stands(on=False, staff=staff, demanded=demanded)
            assert stands is SecondFactor.NOT_NEEDED
        assert [one for one in SecondFactor if one.lacking] == [SecondFactor.OWED, SecondFactor.SET_UP_OWED]


class TestFreshness:
    def test_lasts_ten_minutes_from_signing_in(self) -> None:
        assert SESSION.is_fresh(at=NOON)
        assert SESSION.is_fresh(at=NOON + FRESH - MOMENT)
        assert not SESSION.is_fresh(at=NOON + FRESH)

    def test_does_not_come_back_by_refreshing(self) -> None:
        later = NOON + FRESH
        assert not SESSION.refresh(spent=False, at=later).is_fresh(at=later)

    def test_ends_with_the_session(self) -> None:
        assert not attrs.evolve(SESSION, ended_at=NOON).is_fresh(at=NOON)

    def test_shows_the_phone_only_with_a_code_on_it(self) -> None:
        assert SESSION.has_shown_phone(at=NOON + FRESH - MOMENT)
        assert not SESSION.has_shown_phone(at=NOON + FRESH)
        for proof in (Proof.WECHAT, Proof.PASSWORD):
            other = attrs.evolve(SESSION, proof=proof)
            assert other.is_fresh(at=NOON) and not other.has_shown_phone(at=NOON)


class TestCodesThatAreOver:
    def test_count_for_nothing_after_a_day(self) -> None:
        assert SentCodes().are_over(at=NOON)
        assert not SENT.are_over(at=NOON + SENDS_WITHIN - MOMENT)
        assert SENT.are_over(at=NOON + SENDS_WITHIN)
