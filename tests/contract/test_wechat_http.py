"""The adapter that asks WeChat's server: its errors, its tokens, its silence, and what is kept secret."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import attrs
import pytest

from adapters.identity.wechat import RENEWED_BEFORE, WeChatApi
from adapters.outgoing import Outgoing, Patience
from application.ports.wechat import WeChat, WeChatReason, WeChatRefused, WeChatUnavailable
from domain.people import Phone
from kit.builders import FixedClock
from kit.serving import Trouble, everything_of
from kit.wechat import (
    APP_ID,
    LOGIN,
    OTHER_APP_ID,
    OVERLAP,
    PHONE,
    RID,
    SECRET,
    SESSION_KEY,
    TOKEN,
    TOKENS_HOLD,
    WeChatServer,
    wechat_served,
)

NUMBER = "13812345678"
IMPATIENT = Patience(connect_s=0.2, read_s=0.2, whole_s=0.5)
SOON_S = 3.0
"""Far more than the patience of these tests, far less than to wait for ever."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def server(clock: FixedClock) -> Iterator[WeChatServer]:
    with wechat_served(clock) as found:
        found.add_login("one", open_id="o1-of-a-person", union_id="u1-of-a-person")
        found.add_phone("p1", NUMBER)
        yield found


@pytest.fixture
def wechat(server: WeChatServer, clock: FixedClock) -> WeChatApi:
    return asking(server, clock)


def asking(
    server: WeChatServer,
    clock: FixedClock,
    *,
    app_id: str = APP_ID,
    secret: str = SECRET,
    patience: Patience = Patience(),
) -> WeChatApi:
    outgoing = Outgoing(url=server.server.url, patience=patience)
    return WeChatApi(app_id=app_id, secret=secret, server=outgoing, clock=clock, busy_wait_s=0.01)


def reason(verb: Callable[[str], object], code: str) -> WeChatReason:
    with pytest.raises(WeChatRefused) as caught:
        verb(code)
    return caught.value.reason


def at_once(count: int, verb: Callable[[], object]) -> list[object]:
    """Do it in so many threads at the same moment; a failure stands for itself among the answers."""
    answers: list[object] = []
    ready = threading.Barrier(count)

    def run() -> None:
        ready.wait()
        try:
            answers.append(verb())
        except (WeChatRefused, WeChatUnavailable) as error:
            answers.append(type(error))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


class TestErrors:
    def test_refuses_a_person_of_high_risk(
        self, wechat: WeChatApi, server: WeChatServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.add_login("bad", open_id="o9", blocked=True)
        assert reason(wechat.identify, "bad") is WeChatReason.CODE_INVALID
        assert f"40226, rid {RID}" in caplog.text

    def test_refuses_a_code_of_another_app(self, wechat: WeChatApi, server: WeChatServer) -> None:
        server.add_login("theirs", open_id="o9", app_id=OTHER_APP_ID)
        server.add_phone("theirs", NUMBER, app_id=OTHER_APP_ID)
        assert reason(wechat.identify, "theirs") is WeChatReason.CODE_INVALID
        assert reason(wechat.phone_number, "theirs") is WeChatReason.CODE_INVALID

    def test_refuses_a_phone_that_is_marked_for_another_app(
        self, wechat: WeChatApi, server: WeChatServer
    ) -> None:
        server.add_phone("odd", NUMBER, marked=OTHER_APP_ID)
        assert reason(wechat.phone_number, "odd") is WeChatReason.CODE_INVALID

    @pytest.mark.parametrize(("country", "number"), [("852", "51234567"), (1, "13812345678"), ("86", "1234")])
    def test_refuses_a_phone_that_is_not_of_the_mainland(
        self, wechat: WeChatApi, server: WeChatServer, country: str | int, number: str
    ) -> None:
        server.add_phone("far", number, country=country)
        assert reason(wechat.phone_number, "far") is WeChatReason.CODE_INVALID

    def test_reads_a_country_that_is_written_as_a_number(
        self, wechat: WeChatApi, server: WeChatServer
    ) -> None:
        server.add_phone("n", NUMBER, country=86)
        assert wechat.phone_number("n") == Phone(NUMBER)

    @pytest.mark.parametrize(
        ("app_id", "secret", "number"),
        [(OTHER_APP_ID, SECRET, 40013), (APP_ID, "not-the-secret", 40125)],
    )
    def test_says_loudly_that_it_is_set_up_wrong(
        self,
        server: WeChatServer,
        clock: FixedClock,
        caplog: pytest.LogCaptureFixture,
        app_id: str,
        secret: str,
        number: int,
    ) -> None:
        wrong = asking(server, clock, app_id=app_id, secret=secret)
        for verb, code in ((wrong.identify, "one"), (wrong.phone_number, "p1")):
            caplog.clear()
            with pytest.raises(WeChatUnavailable):
                verb(code)
            (record,) = caplog.records
            assert record.levelno == logging.ERROR
            assert str(number) in record.getMessage() and app_id in record.getMessage()
            assert secret not in caplog.text
        assert server.count(PHONE) == 0

    def test_says_loudly_that_its_address_is_not_allowed(
        self, wechat: WeChatApi, server: WeChatServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.ip_allowed = False
        with pytest.raises(WeChatUnavailable):
            wechat.phone_number("p1")
        assert [(r.levelno, "40164" in r.getMessage()) for r in caplog.records] == [(logging.ERROR, True)]


class TestBusy:
    @pytest.mark.parametrize("path", [LOGIN, TOKEN])
    def test_asks_again_once(self, wechat: WeChatApi, server: WeChatServer, path: str) -> None:
        server.busy = 1
        if path == LOGIN:
            assert wechat.identify("one").open_id == "o1-of-a-person"
        else:
            assert wechat.phone_number("p1") == Phone(NUMBER)
        assert server.count(path) == 2

    def test_asks_for_the_phone_again_once(self, wechat: WeChatApi, server: WeChatServer) -> None:
        server.add_phone("p2", NUMBER)
        wechat.phone_number("p1")
        server.busy = 1
        assert wechat.phone_number("p2") == Phone(NUMBER)
        assert (server.count(TOKEN), server.count(PHONE)) == (1, 3)

    def test_gives_up_after_the_second_time(self, wechat: WeChatApi, server: WeChatServer) -> None:
        server.busy = 4
        with pytest.raises(WeChatUnavailable):
            wechat.identify("one")
        assert server.count(LOGIN) == 2
        with pytest.raises(WeChatUnavailable):
            wechat.phone_number("p1")
        assert (server.count(TOKEN), server.count(PHONE)) == (2, 0)
        assert wechat.identify("one").open_id == "o1-of-a-person"
        assert wechat.phone_number("p1") == Phone(NUMBER)


class TestAccessToken:
    def phones(self, wechat: WeChat, server: WeChatServer, count: int) -> None:
        for number in range(count):
            server.add_phone(f"p{server.count(PHONE)}-{number}", NUMBER)
            assert wechat.phone_number(f"p{server.count(PHONE)}-{number}") == Phone(NUMBER)

    def test_is_kept_until_shortly_before_its_end(
        self, wechat: WeChatApi, server: WeChatServer, clock: FixedClock
    ) -> None:
        self.phones(wechat, server, 3)
        clock.forward(TOKENS_HOLD - RENEWED_BEFORE - timedelta(seconds=1))
        self.phones(wechat, server, 2)
        assert (server.count(TOKEN), len(server.tokens)) == (1, 1)
        clock.forward(timedelta(seconds=1))
        self.phones(wechat, server, 2)
        assert (server.count(TOKEN), len(server.tokens)) == (2, 2)

    def test_is_asked_for_when_the_next_one_is_there(self) -> None:
        assert timedelta(0) < RENEWED_BEFORE < OVERLAP

    def test_is_renewed_once_where_it_was_taken_back(self, wechat: WeChatApi, server: WeChatServer) -> None:
        self.phones(wechat, server, 1)
        server.take_tokens_back()
        self.phones(wechat, server, 1)
        assert (server.count(TOKEN), server.count(PHONE)) == (2, 3)

    def test_is_renewed_once_where_it_has_expired(self, server: WeChatServer, clock: FixedClock) -> None:
        slow = FixedClock()
        wechat = attrs.evolve(asking(server, clock), clock=slow)
        self.phones(wechat, server, 1)
        clock.forward(TOKENS_HOLD)
        self.phones(wechat, server, 1)
        assert (server.count(TOKEN), server.count(PHONE)) == (2, 3)

    def test_is_given_up_where_the_new_one_does_not_hold_either(
        self, wechat: WeChatApi, server: WeChatServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.phones(wechat, server, 1)
        server.takes_tokens = False
        with pytest.raises(WeChatUnavailable):
            wechat.phone_number("p1")
        assert (server.count(TOKEN), server.count(PHONE)) == (2, 3)
        assert caplog.records[-1].levelno == logging.ERROR and "40001" in caplog.text

    def test_is_never_forced_from_others(self, wechat: WeChatApi, server: WeChatServer) -> None:
        self.phones(wechat, server, 1)
        server.take_tokens_back()
        self.phones(wechat, server, 1)
        asked = [one.json for one in server.server.asked if one.path == TOKEN]
        assert [one.get("force_refresh", False) for one in asked] == [False, False]

    def test_is_asked_for_once_by_many(self, wechat: WeChatApi, server: WeChatServer) -> None:
        server.token_takes_s = 0.1
        codes = [f"many{number}" for number in range(8)]
        for code in codes:
            server.add_phone(code, NUMBER)
        left = iter(codes)
        assert at_once(8, lambda: wechat.phone_number(next(left))) == [Phone(NUMBER)] * 8
        assert server.count(TOKEN) == 1

    def test_is_renewed_once_by_many(self, wechat: WeChatApi, server: WeChatServer) -> None:
        self.phones(wechat, server, 1)
        server.take_tokens_back()
        server.token_takes_s = 0.1
        codes = [f"many{number}" for number in range(8)]
        for code in codes:
            server.add_phone(code, NUMBER)
        left = iter(codes)
        assert at_once(8, lambda: wechat.phone_number(next(left))) == [Phone(NUMBER)] * 8
        assert server.count(TOKEN) == 2

    def test_fails_together_for_all_who_wait_for_it(self, server: WeChatServer, clock: FixedClock) -> None:
        wechat = asking(server, clock, patience=IMPATIENT)
        server.server.trouble = Trouble.SILENT
        begun = time.monotonic()
        assert at_once(8, lambda: wechat.phone_number("p1")) == [WeChatUnavailable] * 8
        assert time.monotonic() - begun < SOON_S
        assert server.count(TOKEN) < 8
        server.server.trouble = None
        assert wechat.phone_number("p1") == Phone(NUMBER)


@pytest.mark.parametrize("trouble", Trouble)
def test_does_not_wait_or_choke(
    server: WeChatServer, clock: FixedClock, caplog: pytest.LogCaptureFixture, trouble: Trouble
) -> None:
    wechat = asking(server, clock, patience=IMPATIENT)
    server.server.trouble = trouble
    begun = time.monotonic()
    for verb, code in ((wechat.identify, "one"), (wechat.phone_number, "p1")):
        with pytest.raises(WeChatUnavailable):
            verb(code)
    assert time.monotonic() - begun < SOON_S
    # Nothing is sent twice, and nobody is followed elsewhere.
    assert [one.path for one in server.server.asked] == [LOGIN, TOKEN]
    assert len(caplog.records) == 2 and all(one.levelno == logging.WARNING for one in caplog.records)
    server.server.trouble = None
    assert asking(server, clock).identify("one").open_id == "o1-of-a-person"


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": 0},
        {"openid": ""},
        {"openid": 7},
        {"openid": None},
        {"openid": "o1", "unionid": 7},
        {"errcode": "0", "openid": "o1"},
        {"errcode": True, "openid": "o1"},
        {"errcode": None, "openid": "o1"},
        {"errcode": 10**30},
        {"errcode": 99999, "errmsg": ["x"]},
    ],
    ids=str,
)
def test_does_not_guess_who_somebody_is(
    wechat: WeChatApi, server: WeChatServer, answer: dict[str, object]
) -> None:
    server.logins["one"].answer = answer
    with pytest.raises(WeChatUnavailable):
        wechat.identify("one")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"phone_info": None},
        {"phone_info": []},
        {"phone_info": {"phoneNumber": NUMBER, "countryCode": "86"}},
        {"phone_info": {"purePhoneNumber": NUMBER}},
        {"phone_info": {"purePhoneNumber": 13812345678, "countryCode": "86"}},
        {"phone_info": {"purePhoneNumber": NUMBER, "countryCode": None}},
    ],
    ids=str,
)
def test_does_not_guess_a_phone(wechat: WeChatApi, server: WeChatServer, answer: dict[str, object]) -> None:
    server.phones["p1"].answer = answer
    with pytest.raises(WeChatUnavailable):
        wechat.phone_number("p1")


def test_keeps_secrets(
    server: WeChatServer,
    clock: FixedClock,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Nothing secret or personal is in a log at any level, in an exception with all it came from, or in a repr."""
    caplog.set_level(logging.DEBUG)
    wechat = asking(server, clock, patience=IMPATIENT)
    said: list[str] = []

    def tell(verb: Callable[[str], object], code: str) -> None:
        try:
            verb(code)
        except (WeChatRefused, WeChatUnavailable) as error:
            said.extend(everything_of(error))

    tell(wechat.identify, "one")
    tell(wechat.identify, "one")
    tell(wechat.phone_number, "p1")
    server.take_tokens_back()
    tell(wechat.phone_number, "p1")
    tell(asking(server, clock, app_id=OTHER_APP_ID).identify, "one")
    tell(asking(server, clock, secret="another-secret").phone_number, "p1")
    server.busy = 100
    tell(wechat.identify, "one")
    server.busy = 0
    for trouble in Trouble:
        server.server.trouble = trouble
        tell(wechat.identify, "one")
        tell(wechat.phone_number, "p1")
        tell(asking(server, clock, patience=IMPATIENT).phone_number, "p1")
    said += [repr(wechat), str(wechat), repr(wechat.server), caplog.text, *capfd.readouterr()]
    text = "\n".join(said)
    assert len(said) > 30 and "SILENT" not in text and "WeChatUnavailable" in text
    assert any("stable_token" in record.getMessage() for record in caplog.records)
    secrets = [
        SECRET,
        "another-secret",
        SESSION_KEY,
        "access-token-",
        NUMBER,
        "of-a-person",
        "js_code=",
        "one&",
    ]
    assert {secret for secret in secrets if secret in text} == set()
