"""WeChat: who holds the phone that a mini-program runs on."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

import attrs

from domain.errors import DomainError
from domain.people import Phone


@attrs.frozen
class WeChatIdentity:
    """Somebody as WeChat knows them: within one mini-program, and perhaps across all of one account."""

    app_id: str
    open_id: str
    union_id: str | None = None


class WeChatReason(Enum):
    """Why WeChat said no."""

    CODE_INVALID = "CODE_INVALID"
    CODE_USED = "CODE_USED"
    RATE_LIMITED = "RATE_LIMITED"


@attrs.frozen
class WeChatRefused(DomainError):
    """WeChat does not take the code."""

    reason: WeChatReason


@attrs.frozen
class WeChatUnavailable(DomainError):
    """WeChat does not answer, or not as it should."""


class WeChat(Protocol):
    """Trades the codes of a mini-program; it asks over the network, so it is never called inside a transaction."""

    def identify(self, code: str) -> WeChatIdentity:
        """Find out whose code of `wx.login` it is.

        :raises WeChatRefused: if it is nobody's, or was traded before.
        :raises WeChatUnavailable: if that cannot be found out now.
        """
        ...

    def phone_number(self, code: str) -> Phone:
        """Find out whose phone was shown with this code of `getPhoneNumber`.

        :raises WeChatRefused: if it is nobody's, or was traded before.
        :raises WeChatUnavailable: if that cannot be found out now.
        """
        ...
