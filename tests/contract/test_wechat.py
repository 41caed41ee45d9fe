"""WeChat: a code says once who somebody is, or it is said why not."""

from __future__ import annotations

import pytest

from adapters.identity.wechat import MemoryWeChat, NoWeChat
from application.ports.wechat import WeChat, WeChatIdentity, WeChatReason, WeChatRefused, WeChatUnavailable
from domain.people import Phone

SOMEBODY, PHONE = WeChatIdentity("wx1", "open", "union"), Phone("13800000001")


@pytest.fixture
def wechat() -> WeChat:
    return MemoryWeChat({"login": SOMEBODY}, {"phone": PHONE})


class TestWeChat:
    def test_knows_somebody_by_a_code(self, wechat: WeChat) -> None:
        assert wechat.identify("login") == SOMEBODY
        assert wechat.phone_number("phone") == PHONE

    def test_takes_a_code_once(self, wechat: WeChat) -> None:
        wechat.identify("login")
        wechat.phone_number("phone")
        for ask, code in ((wechat.identify, "login"), (wechat.phone_number, "phone")):
            with pytest.raises(WeChatRefused) as refused:
                ask(code)
            assert refused.value == WeChatRefused(WeChatReason.CODE_USED)

    @pytest.mark.parametrize("code", ["", "nonsense"])
    def test_takes_no_code_of_nobody(self, wechat: WeChat, code: str) -> None:
        for ask in (wechat.identify, wechat.phone_number):
            with pytest.raises(WeChatRefused) as refused:
                ask(code)
            assert refused.value == WeChatRefused(WeChatReason.CODE_INVALID)

    def test_takes_a_code_for_what_it_is(self, wechat: WeChat) -> None:
        with pytest.raises(WeChatRefused):
            wechat.identify("phone")
        with pytest.raises(WeChatRefused):
            wechat.phone_number("login")


def test_where_there_is_none_it_says_so() -> None:
    for ask in (NoWeChat().identify, NoWeChat().phone_number):
        with pytest.raises(WeChatUnavailable):
            ask("login")
