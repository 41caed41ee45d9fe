"""Text messages through a gateway, and in memory: what both promise, and what the gateway's adapter does besides."""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Protocol

import attrs
import pytest

from adapters.messaging.gateway import NONCE, SIGNATURE, TIMESTAMP, HttpTextMessages, Success
from adapters.messaging.memory import MemoryTextMessages, SentCode
from adapters.outgoing import Outgoing, Patience
from application.ports.text_messages import TextMessageFailed, TextMessages
from domain.people import Phone
from kit.builders import NOON, FixedClock
from kit.serving import Asked, LocalServer, Reply, Trouble, everything_of, served

PHONE = Phone("138-1234-5678")
CODE = "730291"
TOKEN = "gateway-token-5f0c"
KEY = "signing-key-77ab"
KNOWN_SIGNATURE = "84bcd7b8258cfa627018000f1ba50713ccf4e6cdeb33973e0b977de6c7dea7dd"
TEMPLATES = {"zh": "SMS_ZH", "en": "SMS_EN"}
IMPATIENT = Patience(connect_s=0.2, read_s=0.2, whole_s=0.5)
SOON_S = 3.0
"""Far more than the patience of these tests, far less than to wait for ever."""
STATUS_ALONE = {
    Trouble.NOT_JSON,
    Trouble.NO_OBJECT,
    Trouble.EMPTY,
    Trouble.DEEP,
    Trouble.HUGE,
    Trouble.PACKED,
}
"""What is wrong with the body alone."""


@attrs.define
class Gateway:
    """A gateway of text messages, as its status and its answer are set."""

    server: LocalServer = attrs.field(init=False)
    status: int = 200
    content: Any = attrs.field(factory=lambda: {"Code": "OK", "Message": "taken"})

    def answer(self, asked: Asked) -> Reply:
        return Reply(self.status, json.dumps(self.content).encode())


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    found = Gateway()
    with served(found.answer) as server:
        found.server = server
        yield found


def through(gateway: Gateway, *, patience: Patience = Patience(), **changes: Any) -> HttpTextMessages:
    settings = {"token": TOKEN, "templates": TEMPLATES, "clock": FixedClock(), **changes}
    outgoing = Outgoing(url=f"{gateway.server.url}/send?v=1", patience=patience)
    return HttpTextMessages(gateway=outgoing, **settings)


class Stage(Protocol):
    """A sender as a test sets it up."""

    @property
    def messages(self) -> TextMessages: ...
    def fail(self, retry: bool | None) -> None: ...
    def sent(self) -> list[SentCode]: ...


@attrs.frozen
class MemoryStage:
    messages: MemoryTextMessages

    def fail(self, retry: bool | None) -> None:
        self.messages.failure = None if retry is None else TextMessageFailed(retry=retry)

    def sent(self) -> list[SentCode]:
        return self.messages.sent


@attrs.frozen
class HttpStage:
    messages: HttpTextMessages
    gateway: Gateway

    def fail(self, retry: bool | None) -> None:
        self.gateway.status = {None: 200, True: 503, False: 400}[retry]
        self.gateway.server.asked.clear()

    def sent(self) -> list[SentCode]:
        return [
            SentCode(
                phone=Phone(one.json["phone"]),
                code=one.json["parameters"]["code"],
                minutes=int(one.json["parameters"]["minutes"]),
                locale=one.json["locale"],
            )
            for one in self.gateway.server.asked
        ]


@pytest.fixture(params=["memory", "http"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "memory":
        return MemoryStage(MemoryTextMessages())
    gateway: Gateway = request.getfixturevalue("gateway")
    return HttpStage(through(gateway), gateway)


def send(messages: TextMessages, locale: str = "zh") -> None:
    messages.send_code(PHONE, CODE, minutes=5, locale=locale)


def failure(messages: TextMessages) -> TextMessageFailed:
    with pytest.raises(TextMessageFailed) as caught:
        send(messages)
    return caught.value


class TestEverySender:
    def test_sends_a_code_to_a_phone(self, stage: Stage) -> None:
        send(stage.messages)
        stage.messages.send_code(Phone("19912345678"), "004711", minutes=10, locale="en")
        assert stage.sent() == [
            SentCode(phone=PHONE, code=CODE, minutes=5, locale="zh"),
            SentCode(phone=Phone("19912345678"), code="004711", minutes=10, locale="en"),
        ]

    @pytest.mark.parametrize("retry", [True, False])
    def test_says_whether_another_attempt_may_help(self, stage: Stage, retry: bool) -> None:
        stage.fail(retry)
        assert failure(stage.messages) == TextMessageFailed(retry=retry)
        stage.fail(None)
        send(stage.messages)
        assert len(stage.sent()) == 1


class TestGateway:
    def test_is_sent_one_document_a_message(self, gateway: Gateway) -> None:
        send(through(gateway))
        (asked,) = gateway.server.asked
        assert (asked.method, asked.path, asked.query) == ("POST", "/send", {"v": "1"})
        assert asked.headers["content-type"] == "application/json"
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        assert not {TIMESTAMP.lower(), NONCE.lower(), SIGNATURE.lower()} & set(asked.headers)
        assert asked.json == {
            "phone": "+8613812345678",
            "template": "SMS_ZH",
            "locale": "zh",
            "parameters": {"code": CODE, "minutes": "5"},
        }

    def test_can_check_the_signature(self, gateway: Gateway) -> None:
        messages = through(gateway, token="", signing_key=KEY)
        send(messages)
        send(messages)
        for asked in gateway.server.asked:
            said = {name: asked.headers[name.lower()] for name in (TIMESTAMP, NONCE, SIGNATURE)}
            text = f"{said[TIMESTAMP]}\n{said[NONCE]}\n".encode() + asked.body
            assert said[SIGNATURE] == hmac.new(KEY.encode(), text, sha256).hexdigest()
            assert said[TIMESTAMP] == str(int(NOON.timestamp()))
            assert len(said[NONCE]) == 32 and "authorization" not in asked.headers
        first, second = (asked.headers[NONCE.lower()] for asked in gateway.server.asked)
        assert first != second

    def test_signs_as_documented(self, gateway: Gateway) -> None:
        """A signature that was made by other means: openssl dgst -sha256 -hmac."""
        send(through(gateway, signing_key=KEY, nonce=lambda: "n" * 32))
        assert gateway.server.asked[0].headers[SIGNATURE.lower()] == KNOWN_SIGNATURE

    @pytest.mark.parametrize(
        ("locale", "template"),
        [
            ("zh", "SMS_ZH"),
            ("en", "SMS_EN"),
            ("en-GB", "SMS_EN"),
            ("zh_TW", "SMS_ZH"),
            ("fr", "SMS_ZH"),
            ("", "SMS_ZH"),
        ],
    )
    def test_is_told_the_template_of_the_language(self, gateway: Gateway, locale: str, template: str) -> None:
        send(through(gateway), locale)
        assert gateway.server.asked[0].json["template"] == template

    def test_may_have_a_template_for_a_country(self, gateway: Gateway) -> None:
        send(through(gateway, templates={**TEMPLATES, "zh-TW": "SMS_TW"}), "zh-TW")
        assert gateway.server.asked[0].json["template"] == "SMS_TW"

    @pytest.mark.parametrize(
        ("status", "retry"),
        [
            *((status, False) for status in (302, 400, 401, 403, 404, 408, 422)),
            *((status, True) for status in (429, 500, 502, 503, 504)),
        ],
    )
    def test_is_judged_by_its_status(self, gateway: Gateway, status: int, retry: bool) -> None:
        gateway.status = status
        for success in (None, Success("Code", "OK")):
            assert failure(through(gateway, success=success)).retry is retry
        assert len(gateway.server.asked) == 2

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_may_succeed_in_several_ways(self, gateway: Gateway, status: int) -> None:
        gateway.status, gateway.content = status, {"Code": "FAILED"}
        send(through(gateway))
        assert len(gateway.server.asked) == 1

    @pytest.mark.parametrize(
        ("field", "value", "content", "taken"),
        [
            ("Code", "OK", {"Code": "OK"}, True),
            ("Code", "OK", {"Code": "isv.BUSINESS_LIMIT_CONTROL"}, False),
            ("Code", "OK", {"code": "OK"}, False),
            ("Code", "OK", {}, False),
            ("Code", "null", {}, False),
            ("code", "0", {"code": 0}, True),
            ("code", "0", {"code": "0"}, True),
            ("code", "0", {"code": False}, False),
            ("ok", "true", {"ok": True}, True),
            ("result.status", "sent", {"result": {"status": "sent"}}, True),
            ("result.status", "sent", {"result": "sent"}, False),
            ("result.status", "sent", {"result": None}, False),
        ],
    )
    def test_is_judged_by_a_field_of_its_answer(
        self, gateway: Gateway, field: str, value: str, content: Any, taken: bool
    ) -> None:
        gateway.content = content
        messages = through(gateway, success=Success(field, value))
        if taken:
            send(messages)
        else:
            assert failure(messages) == TextMessageFailed(retry=False)
        assert len(gateway.server.asked) == 1

    @pytest.mark.parametrize("trouble", Trouble)
    def test_makes_one_attempt_and_does_not_wait_or_choke(self, gateway: Gateway, trouble: Trouble) -> None:
        gateway.server.trouble = trouble
        begun = time.monotonic()
        retry = trouble is not Trouble.REDIRECTING
        success = Success("Code", "OK")
        assert failure(through(gateway, patience=IMPATIENT, success=success)) == TextMessageFailed(
            retry=retry
        )
        assert time.monotonic() - begun < SOON_S
        assert [one.path for one in gateway.server.asked] == ["/send"]

    @pytest.mark.parametrize("trouble", sorted({*STATUS_ALONE, Trouble.DRIPPING_BODY}, key=str))
    def test_may_say_what_it_likes_where_the_status_decides(self, gateway: Gateway, trouble: Trouble) -> None:
        gateway.server.trouble = trouble
        send(through(gateway, patience=IMPATIENT))
        assert len(gateway.server.asked) == 1

    def test_may_be_gone(self) -> None:
        gateway = Gateway()
        with served(gateway.answer) as server:
            gateway.server = server
        assert failure(through(gateway)) == TextMessageFailed(retry=True)


def test_keeps_secrets(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """No key, no code and no phone is in a log at any level, in an exception with all it came from, or in a repr."""
    caplog.set_level(logging.DEBUG)
    messages = through(gateway, patience=IMPATIENT, signing_key=KEY, success=Success("Code", "OK"))
    send(messages)
    # A gateway that repeats what it was sent.
    gateway.content = {"Code": f"no {CODE} to {PHONE}", "Authorization": TOKEN}
    said = [*everything_of(failure(messages))]
    for gateway.status in (302, 400, 429, 500):
        said += everything_of(failure(messages))
    for gateway.server.trouble in Trouble:
        said += everything_of(failure(messages))
    said += [repr(messages), str(messages), repr(messages.gateway), caplog.text, *capfd.readouterr()]
    text = "\n".join(said)
    assert "TextMessageFailed" in text and len(caplog.records) >= 17
    secrets = [TOKEN, KEY, CODE, PHONE, PHONE[3:]]
    assert {secret for secret in secrets if secret in text} == set()
