"""WeChat in memory: told which codes there are; for tests and for developing without WeChat."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

import attrs

from application.ports.clock import Clock
from application.ports.wechat import WeChat, WeChatIdentity, WeChatReason, WeChatRefused, WeChatUnavailable
from domain.people import Phone

CODES_HOLD = timedelta(minutes=5)

Known = TypeVar("Known")


@attrs.define(kw_only=True)
class MemoryWeChat(WeChat):
    """A WeChat that knows the codes it is told, for five minutes each."""

    clock: Clock
    app_id: str = "wx0123456789abcdef"
    reachable: bool = True
    limited: bool = False
    """Whether too much was asked this minute."""
    _people: dict[str, tuple[WeChatIdentity, datetime]] = attrs.field(init=False, factory=dict)
    _phones: dict[str, tuple[Phone, datetime]] = attrs.field(init=False, factory=dict)
    _used: set[str] = attrs.field(init=False, factory=set)
    _lock: Lock = attrs.field(init=False, repr=False, eq=False, factory=Lock)

    def add_person(self, code: str, *, open_id: str, union_id: str | None = None) -> None:
        """Let somebody be given a code of `wx.login`."""
        person = WeChatIdentity(app_id=self.app_id, open_id=open_id, union_id=union_id)
        self._people[code] = person, self.clock.now() + CODES_HOLD

    def add_phone(self, code: str, phone: Phone) -> None:
        """Let somebody be given a code of `getPhoneNumber`."""
        self._phones[code] = phone, self.clock.now() + CODES_HOLD

    def identify(self, code: str) -> WeChatIdentity:
        with self._lock:
            self._look_up()
            if code in self._used:
                raise WeChatRefused(WeChatReason.CODE_USED)
            person = self._taken(self._people, code)
            self._used.add(code)
            return person

    def phone_number(self, code: str) -> Phone:
        with self._lock:
            self._look_up()
            return self._taken(self._phones, code)

    def _look_up(self) -> None:
        if not self.reachable:
            raise WeChatUnavailable
        if self.limited:
            raise WeChatRefused(WeChatReason.RATE_LIMITED)

    def _taken(self, codes: MutableMapping[str, tuple[Known, datetime]], code: str) -> Known:
        if code not in codes or self.clock.now() >= codes[code][1]:
            raise WeChatRefused(WeChatReason.CODE_INVALID)
        return codes.pop(code)[0]
