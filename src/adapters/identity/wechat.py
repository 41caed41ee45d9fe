"""WeChat without WeChat: where no mini-program was named, and for trying things out."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from application.ports.wechat import WeChat, WeChatIdentity, WeChatReason, WeChatRefused, WeChatUnavailable
from domain.people import Phone


@attrs.frozen
class NoWeChat(WeChat):
    """Knows nobody, and says so."""

    def identify(self, code: str) -> WeChatIdentity:
        raise WeChatUnavailable

    def phone_number(self, code: str) -> Phone:
        raise WeChatUnavailable


@attrs.frozen
class MemoryWeChat(WeChat):
    """Knows whom it was told of, by their codes, each of which it takes once."""

    identities: Mapping[str, WeChatIdentity] = attrs.field(factory=dict)
    phones: Mapping[str, Phone] = attrs.field(factory=dict)
    _used: set[str] = attrs.field(factory=set, init=False)

    def identify(self, code: str) -> WeChatIdentity:
        self._take(code, self.identities)
        return self.identities[code]

    def phone_number(self, code: str) -> Phone:
        self._take(code, self.phones)
        return self.phones[code]

    def _take(self, code: str, known: Mapping[str, object]) -> None:
        if code not in known:
            raise WeChatRefused(WeChatReason.CODE_INVALID)
        if code in self._used:
            raise WeChatRefused(WeChatReason.CODE_USED)
        self._used.add(code)
