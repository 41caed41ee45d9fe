"""WeChat on this machine: the three endpoints as they are documented, with their state and their errors."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import attrs

from application.ports.clock import Clock
from kit.serving import Asked, LocalServer, Reply, served

APP_ID = "wx0123456789abcdef"
OTHER_APP_ID = "wxfedcba9876543210"
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
SESSION_KEY = "tiihtNczf5v6AKRyjwEUhQ=="
RID = "6166f719-6cb5d09c-633ab469"
CODES_HOLD = timedelta(minutes=5)
TOKENS_HOLD = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
"""In the last five minutes of a token WeChat hands out the next one; both hold."""

LOGIN, TOKEN, PHONE = "/sns/jscode2session", "/cgi-bin/stable_token", "/wxa/business/getuserphonenumber"
ERRORS: Mapping[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40013: "invalid appid",
    40029: "invalid code",
    40066: "invalid url",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip 198.51.100.7 ipv6 ::ffff:198.51.100.7, not in whitelist",
    40226: "code blocked",
    41002: "appid missing",
    41008: "missing code",
    42001: "access_token expired",
    43002: "require POST method",
    45011: "api minute-quota reach limit mustslower retry next minute",
    47001: "data format error",
}


class _Error(Exception):
    """An error code of the list above."""


@attrs.define(kw_only=True)
class _Code:
    """A code that somebody was given; what it stands for, whose it is, until when."""

    app_id: str
    until: datetime
    answer: dict[str, Any]
    used: bool = False
    blocked: bool = False


@attrs.define(kw_only=True)
class WeChatServer:
    """What WeChat knows, and how it feels today."""

    clock: Clock
    server: LocalServer = attrs.field(init=False)
    secret: str = SECRET
    ip_allowed: bool = True
    busy: int = 0
    """So many requests from now on are answered with -1."""
    limited: bool = False
    takes_tokens: bool = True
    token_takes_s: float = 0
    logins: dict[str, _Code] = attrs.field(init=False, factory=dict)
    phones: dict[str, _Code] = attrs.field(init=False, factory=dict)
    tokens: dict[str, datetime] = attrs.field(init=False, factory=dict)
    """Every access token that was not taken back, and until when it holds."""
    _made: int = 0
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)

    def add_login(
        self,
        code: str,
        *,
        open_id: str,
        union_id: str | None = None,
        app_id: str = APP_ID,
        blocked: bool = False,
    ) -> None:
        """Let somebody be given a code of `wx.login`."""
        answer = {"session_key": SESSION_KEY, "openid": open_id}
        if union_id is not None:
            answer["unionid"] = union_id
        until = self.clock.now() + CODES_HOLD
        self.logins[code] = _Code(app_id=app_id, until=until, answer=answer, blocked=blocked)

    def add_phone(
        self, code: str, number: str, *, country: str | int = "86", app_id: str = APP_ID, marked: str = APP_ID
    ) -> None:
        """Let somebody be given a code of `getPhoneNumber`."""
        info = {
            "phoneNumber": number if str(country) == "86" else f"+{country}{number}",
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": {"timestamp": 1637744274, "appid": marked},
        }
        answer = {"errcode": 0, "errmsg": "ok", "phone_info": info}
        self.phones[code] = _Code(app_id=app_id, until=self.clock.now() + CODES_HOLD, answer=answer)

    def take_tokens_back(self) -> None:
        """Do as if somebody had forced a new token: those that were handed out hold no more."""
        self.tokens.clear()

    def count(self, path: str) -> int:
        """How often an endpoint was asked."""
        return sum(one.path == path for one in self.server.asked)

    def answer(self, asked: Asked) -> Reply:
        endpoints = {LOGIN: self._login, TOKEN: self._token, PHONE: self._phone}
        if asked.path not in endpoints:
            return Reply(404, b"")
        if asked.path == TOKEN and self.token_takes_s:
            time.sleep(self.token_takes_s)
        try:
            with self._lock:
                if self.busy > 0:
                    self.busy -= 1
                    raise _Error(-1)
                if self.limited:
                    raise _Error(45011)
                content = endpoints[asked.path](asked)
        except _Error as error:
            number = error.args[0]
            content = {"errcode": number, "errmsg": f"{ERRORS[number]}, rid: {RID}"}
        # This endpoint calls its JSON plain text.
        content_type = "text/plain" if asked.path == LOGIN else "application/json; encoding=utf-8"
        return Reply(200, json.dumps(content).encode(), content_type)

    def _login(self, asked: Asked) -> dict[str, Any]:
        self._check_app(asked.query)
        if asked.query.get("grant_type") != "authorization_code":
            raise _Error(40002)
        if "js_code" not in asked.query:
            raise _Error(41008)
        code = self._current(self.logins, asked.query["js_code"])
        if code.app_id != asked.query["appid"]:
            raise _Error(40029)
        if code.used:
            raise _Error(40163)
        if code.blocked:
            raise _Error(40226)
        code.used = True
        return code.answer

    def _token(self, asked: Asked) -> dict[str, Any]:
        content = _posted(asked)
        self._check_app(content)
        if content.get("grant_type") != "client_credential":
            raise _Error(40002)
        if not self.ip_allowed:
            raise _Error(40164)
        if content.get("force_refresh"):
            self.tokens.clear()
        now = self.clock.now()
        lasting = [token for token, until in self.tokens.items() if until - now > OVERLAP]
        if not lasting:
            self._made += 1
            lasting = [f"48_access-token-{self._made}-kept-from-logs"]
            self.tokens[lasting[0]] = now + TOKENS_HOLD
        seconds = int((self.tokens[lasting[0]] - now).total_seconds())
        return {"access_token": lasting[0], "expires_in": seconds}

    def _phone(self, asked: Asked) -> dict[str, Any]:
        until = self.tokens.get(asked.query.get("access_token", ""))
        if until is None or not self.takes_tokens:
            raise _Error(40001)
        if self.clock.now() >= until:
            raise _Error(42001)
        content = _posted(asked)
        if "code" not in content:
            raise _Error(41008)
        code = self._current(self.phones, content["code"])
        if code.app_id != APP_ID:
            raise _Error(40013)
        if code.used:
            raise _Error(40029)
        code.used = True
        return code.answer

    def _current(self, codes: Mapping[str, _Code], code: str) -> _Code:
        if code not in codes or self.clock.now() >= codes[code].until:
            raise _Error(40029)
        return codes[code]

    def _check_app(self, given: Mapping[str, Any]) -> None:
        if "appid" not in given:
            raise _Error(41002)
        if given["appid"] != APP_ID:
            raise _Error(40013)
        if given.get("secret") != self.secret:
            raise _Error(40125)


def _posted(asked: Asked) -> dict[str, Any]:
    if asked.method != "POST":
        raise _Error(43002)
    try:
        content = asked.json
    except ValueError:
        raise _Error(47001) from None
    if not isinstance(content, dict):
        raise _Error(47001)
    return content


@contextmanager
def wechat_served(clock: Clock) -> Iterator[WeChatServer]:
    """Serve it as long as the block runs."""
    wechat = WeChatServer(clock=clock)
    with served(wechat.answer) as server:
        wechat.server = server
        yield wechat
