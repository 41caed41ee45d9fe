"""WeChat and text messages as they are set: whole, not at all, or refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from adapters.identity.wechat import WECHAT_URL, WeChatApi
from adapters.messaging.gateway import HttpTextMessages, Success
from application.ports.text_messages import TextMessageFailed
from application.ports.wechat import WeChatUnavailable
from dinghuo.container import Container
from dinghuo.settings import load
from dinghuo.speech import CommandRefused
from domain.people import Phone


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing set but the folder."""
    for name in [*os.environ]:
        if name.startswith("DINGHUO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DINGHUO_DATA", str(tmp_path))


def container(**given: Any) -> Container:
    made = Container()
    made.config.from_dict({"given": given})
    return made


class TestWeChat:
    def test_refuses_everybody_where_it_is_not_set(self) -> None:
        wechat = container().wechat()
        with pytest.raises(WeChatUnavailable):
            wechat.identify("code")
        with pytest.raises(WeChatUnavailable):
            wechat.phone_number("code")

    def test_is_asked_where_it_is_set(self) -> None:
        wechat = container(wechat_app_id="wx1", wechat_secret="s").wechat()
        assert isinstance(wechat, WeChatApi)
        assert (wechat.app_id, wechat.secret, wechat.server.url) == ("wx1", "s", WECHAT_URL)

    def test_may_be_somewhere_else(self) -> None:
        given = {"wechat_app_id": "wx1", "wechat_secret": "s", "wechat_url": "http://localhost:81/wx/"}
        wechat = container(**given).wechat()
        assert isinstance(wechat, WeChatApi)
        assert wechat.server.url == "http://localhost:81/wx"

    @pytest.mark.parametrize("given", [{"wechat_app_id": "wx1"}, {"wechat_secret": "s"}], ids=str)
    def test_is_not_set_by_half(self, given: dict[str, str]) -> None:
        with pytest.raises(CommandRefused, match="wechat_app_id"):
            container(**given).wechat()


class TestTextMessages:
    def test_are_not_sent_where_no_gateway_is_set(self) -> None:
        with pytest.raises(TextMessageFailed) as caught:
            container().text_messages().send_code(Phone("13812345678"), "1", minutes=5, locale="zh")
        assert not caught.value.retry

    def test_go_through_the_gateway_that_is_set(self) -> None:
        messages = container(
            sms_url="https://sms.example.com/send",
            sms_token="t",
            sms_signing_key="k",
            sms_templates="zh=SMS_1, en=a=b",
            sms_success="result.code=0",
        ).text_messages()
        assert isinstance(messages, HttpTextMessages)
        assert messages.gateway.url == "https://sms.example.com/send"
        assert (messages.token, messages.signing_key) == ("t", "k")
        assert messages.templates == {"zh": "SMS_1", "en": "a=b"}
        assert messages.success == Success("result.code", "0")

    def test_are_set_in_a_file(self, tmp_path: Path) -> None:
        content = "sms-url = 'https://a'\nsms_token = 't'\nsms_templates = ['zh=1', 'en=2']"
        (tmp_path / "dinghuo.toml").write_text(content, "utf-8")
        settings = load(given={})
        assert settings.sms_templates == ("zh=1", "en=2")
        messages = container().text_messages()
        assert isinstance(messages, HttpTextMessages)
        assert messages.success is None

    @pytest.mark.parametrize(
        "given",
        [
            {"sms_token": "t"},
            {"sms_templates": "zh=1"},
            {"sms_url": "https://a", "sms_templates": "zh=1"},
            {"sms_url": "https://a", "sms_token": "t"},
            {"sms_success": "a=b"},
        ],
        ids=str,
    )
    def test_are_not_set_by_half(self, given: dict[str, str]) -> None:
        with pytest.raises(CommandRefused, match="sms_url"):
            container(**given).text_messages()
