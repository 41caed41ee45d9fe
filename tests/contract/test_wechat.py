"""Whoever asks WeChat must keep these promises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.identity.memory import MemoryWeChat
from adapters.identity.wechat import WeChatApi
from adapters.outgoing import Outgoing
from application.ports.wechat import WeChat, WeChatIdentity, WeChatReason, WeChatRefused, WeChatUnavailable
from domain.people import Phone
from kit.builders import FixedClock
from kit.serving import Trouble
from kit.wechat import APP_ID, SECRET, WeChatServer, wechat_served

PHONE = Phone("138 1234 5678")
MEMORY = MemoryWeChat(clock=FixedClock())
NO_SERVER = WeChatApi(
    app_id=APP_ID, secret=SECRET, server=Outgoing(url="http://127.0.0.1:1"), clock=FixedClock()
)


class Stage(Protocol):
    """WeChat as a test sets it up."""

    @property
    def clock(self) -> FixedClock: ...
    @property
    def wechat(self) -> WeChat: ...
    def login(self, code: str, open_id: str, union_id: str | None = None) -> None: ...
    def phone(self, code: str, number: str) -> None: ...
    def be_reachable(self, reachable: bool) -> None: ...
    def be_limited(self, limited: bool) -> None: ...


@attrs.frozen
class MemoryStage:
    clock: FixedClock
    wechat: MemoryWeChat

    def login(self, code: str, open_id: str, union_id: str | None = None) -> None:
        self.wechat.add_person(code, open_id=open_id, union_id=union_id)

    def phone(self, code: str, number: str) -> None:
        self.wechat.add_phone(code, Phone(number))

    def be_reachable(self, reachable: bool) -> None:
        self.wechat.reachable = reachable

    def be_limited(self, limited: bool) -> None:
        self.wechat.limited = limited


@attrs.frozen
class HttpStage:
    clock: FixedClock
    wechat: WeChatApi
    server: WeChatServer

    def login(self, code: str, open_id: str, union_id: str | None = None) -> None:
        self.server.add_login(code, open_id=open_id, union_id=union_id)

    def phone(self, code: str, number: str) -> None:
        self.server.add_phone(code, number)

    def be_reachable(self, reachable: bool) -> None:
        self.server.server.trouble = None if reachable else Trouble.CLOSING

    def be_limited(self, limited: bool) -> None:
        self.server.limited = limited


@pytest.fixture(params=["memory", "http"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    clock = FixedClock()
    if request.param == "memory":
        yield MemoryStage(clock, MemoryWeChat(clock=clock, app_id=APP_ID))
        return
    with wechat_served(clock) as server:
        outgoing = Outgoing(url=server.server.url)
        yield HttpStage(
            clock,
            WeChatApi(app_id=APP_ID, secret=SECRET, server=outgoing, clock=clock, busy_wait_s=0),
            server,
        )


def refused(wechat: WeChat, code: str, *, phone: bool = False) -> WeChatReason:
    with pytest.raises(WeChatRefused) as caught:
        (wechat.phone_number if phone else wechat.identify)(code)
    return caught.value.reason


def test_tells_who_somebody_is(stage: Stage) -> None:
    stage.login("0816aVll2", "oGZUI0egBJY1zhBYw2KhdUfwVJJE", "o6_bmasdasdsad6_2sgVt7hMZOPfL")
    assert stage.wechat.identify("0816aVll2") == WeChatIdentity(
        app_id=APP_ID, open_id="oGZUI0egBJY1zhBYw2KhdUfwVJJE", union_id="o6_bmasdasdsad6_2sgVt7hMZOPfL"
    )


def test_knows_somebody_in_one_app_only(stage: Stage) -> None:
    stage.login("one", "o1")
    assert stage.wechat.identify("one") == WeChatIdentity(app_id=APP_ID, open_id="o1", union_id=None)


def test_tells_people_apart(stage: Stage) -> None:
    stage.login("one", "o1", "u1")
    stage.login("two", "o2", "u2")
    stage.login("again", "o1", "u1")
    assert [stage.wechat.identify(code).open_id for code in ("two", "one", "again")] == ["o2", "o1", "o1"]


def test_tells_the_phone(stage: Stage) -> None:
    stage.phone("p1", "13812345678")
    stage.phone("p2", "19912345678")
    assert stage.wechat.phone_number("p2") == Phone("+8619912345678")
    assert stage.wechat.phone_number("p1") == PHONE


def test_takes_a_code_once(stage: Stage) -> None:
    stage.login("one", "o1")
    stage.wechat.identify("one")
    assert refused(stage.wechat, "one") is WeChatReason.CODE_USED
    stage.phone("p1", PHONE[3:])
    stage.wechat.phone_number("p1")
    assert refused(stage.wechat, "p1", phone=True) is WeChatReason.CODE_INVALID


def test_takes_a_code_once_of_many_who_send_it_at_the_same_moment(stage: Stage) -> None:
    stage.login("one", "o1")
    outcomes: list[object] = []

    def send() -> None:
        try:
            outcomes.append(stage.wechat.identify("one").open_id)
        except WeChatRefused as no:
            outcomes.append(no.reason)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["WeChatReason.CODE_USED"] * 5 + ["o1"]


def test_takes_no_code_after_five_minutes(stage: Stage) -> None:
    stage.login("one", "o1")
    stage.login("two", "o2")
    stage.phone("p1", PHONE[3:])
    stage.phone("p2", PHONE[3:])
    stage.clock.forward(timedelta(minutes=5, microseconds=-1))
    assert stage.wechat.identify("one").open_id == "o1"
    assert stage.wechat.phone_number("p1") == PHONE
    stage.clock.forward(timedelta(microseconds=1))
    assert refused(stage.wechat, "two") is WeChatReason.CODE_INVALID
    assert refused(stage.wechat, "p2", phone=True) is WeChatReason.CODE_INVALID


def test_takes_no_code_for_what_it_is_not(stage: Stage) -> None:
    stage.login("one", "o1")
    stage.phone("p1", PHONE[3:])
    assert refused(stage.wechat, "p1") is WeChatReason.CODE_INVALID
    assert refused(stage.wechat, "one", phone=True) is WeChatReason.CODE_INVALID
    assert stage.wechat.identify("one").open_id == "o1"
    assert stage.wechat.phone_number("p1") == PHONE


@pytest.mark.parametrize(
    "code",
    ["", "unknown", " ", "a b", "ü", "\0", "\ud800", "x" * 513, "a&appid=b", "a#b", "a\r\nb: c", "%00"],
)
def test_takes_no_code_that_nobody_was_given(stage: Stage, code: str) -> None:
    assert refused(stage.wechat, code) is WeChatReason.CODE_INVALID
    assert refused(stage.wechat, code, phone=True) is WeChatReason.CODE_INVALID


def test_is_asked_too_much(stage: Stage) -> None:
    stage.login("one", "o1")
    stage.phone("p1", PHONE[3:])
    stage.be_limited(True)
    assert refused(stage.wechat, "one") is WeChatReason.RATE_LIMITED
    assert refused(stage.wechat, "p1", phone=True) is WeChatReason.RATE_LIMITED
    stage.be_limited(False)
    assert stage.wechat.identify("one").open_id == "o1"
    assert stage.wechat.phone_number("p1") == PHONE


def test_is_out_of_reach_and_comes_back(stage: Stage) -> None:
    stage.login("one", "o1")
    stage.phone("p1", PHONE[3:])
    stage.be_reachable(False)
    with pytest.raises(WeChatUnavailable):
        stage.wechat.identify("one")
    with pytest.raises(WeChatUnavailable):
        stage.wechat.phone_number("p1")
    stage.be_reachable(True)
    assert stage.wechat.identify("one").open_id == "o1"
    assert stage.wechat.phone_number("p1") == PHONE


@pytest.mark.parametrize("wechat", [MEMORY, NO_SERVER], ids=["memory", "http"])
@given(code=st.text(st.characters(exclude_categories=[]), max_size=40).filter(lambda t: not t.isascii()))
def test_asks_nobody_about_a_code_that_cannot_be_one(wechat: WeChat, code: str) -> None:
    assert refused(wechat, code) is WeChatReason.CODE_INVALID
    assert refused(wechat, code, phone=True) is WeChatReason.CODE_INVALID
