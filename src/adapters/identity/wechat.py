"""WeChat by its server API: `sns/jscode2session`, `cgi-bin/stable_token` and `wxa/business/getuserphonenumber`."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeAlias

import attrs
import orjson

from adapters.outgoing import Outgoing, Unanswered
from application.ports.clock import Clock
from application.ports.wechat import WeChat, WeChatIdentity, WeChatReason, WeChatRefused, WeChatUnavailable
from domain.people import Phone

WECHAT_URL = "https://api.weixin.qq.com"
RENEWED_BEFORE = timedelta(minutes=4)
"""WeChat has the next access token from five minutes before the end of the last one."""
LONGEST_TOKEN_S = 7200

_LOGIN, _TOKEN, _PHONE = "/sns/jscode2session", "/cgi-bin/stable_token", "/wxa/business/getuserphonenumber"
_BUSY = -1
_NOT_THIS_TOKEN = (40001, 40014, 42001)
_OTHER_APP, _PERSON_BLOCKED = 40013, 40226
_REFUSED: Mapping[int, WeChatReason] = {
    40029: WeChatReason.CODE_INVALID,
    40163: WeChatReason.CODE_USED,
    _PERSON_BLOCKED: WeChatReason.CODE_INVALID,
    45011: WeChatReason.RATE_LIMITED,
}
_FAULTS: Mapping[int, str] = {
    40001: "the secret of the app is not right, or what it gives access by does not hold",
    _OTHER_APP: "there is no app of this id",
    40125: "the secret of the app is not right",
    40164: "the address of this server is not among those that the app allows",
    40243: "the secret of the app is frozen",
    45009: "everything that the app may ask today was asked",
    48001: "the app may not ask this",
}
_CODE = re.compile(r"[!-~]{1,512}")
_TRACE = re.compile(r"rid: ([0-9A-Za-z\-]{1,64})")
_OF_THE_MAINLAND = ("86", 86)
_Failure: TypeAlias = WeChatRefused | WeChatUnavailable

log = logging.getLogger(__name__)


@attrs.define
class _Access:
    """What is kept of access tokens; only whoever has the lock asks for a new one."""

    lock: Lock = attrs.field(factory=Lock)
    token: str = ""
    until: datetime | None = None
    asked: int = 0
    failure: _Failure | None = None


@attrs.frozen(kw_only=True)
class WeChatApi(WeChat):
    """Asks WeChat for one mini-program. The session key that comes with a person is not kept.

    WeChat is asked again once: after a short wait when it says that it is busy, and with a new access token when
    it does not take the one that is kept. A new one is never forced, which would take it from other processes.
    What was used counts as invalid at the phone, as WeChat has it; so do people at high risk, codes of other apps
    and phones that are not of the mainland.
    """

    app_id: str
    secret: str = attrs.field(repr=False)
    server: Outgoing
    clock: Clock
    busy_wait_s: float = 0.3
    _access: _Access = attrs.field(init=False, repr=False, eq=False, factory=_Access)

    def identify(self, code: str) -> WeChatIdentity:
        query = {
            "appid": self.app_id,
            "secret": self.secret,
            "js_code": _written(code),
            "grant_type": "authorization_code",
        }
        answer = self._ask("GET", _LOGIN, query=query)
        self._raise_if_refused(_LOGIN, answer)
        open_id, union_id = answer.get("openid"), answer.get("unionid") or None
        if not isinstance(open_id, str) or not open_id or not isinstance(union_id, str | None):
            raise _misunderstood(_LOGIN)
        return WeChatIdentity(app_id=self.app_id, open_id=open_id, union_id=union_id)

    def phone_number(self, code: str) -> Phone:
        content = {"code": _written(code)}
        token = self._token()
        answer = self._ask("POST", _PHONE, query={"access_token": token}, content=content)
        if _number(_PHONE, answer) in _NOT_THIS_TOKEN:
            token = self._token(instead_of=token)
            answer = self._ask("POST", _PHONE, query={"access_token": token}, content=content)
        self._raise_if_refused(_PHONE, answer)
        return self._phone(answer.get("phone_info"))

    def _phone(self, info: Any) -> Phone:
        match info:
            case {"watermark": {"appid": str(app_id)}} if app_id != self.app_id:
                log.warning("WeChat told the phone of somebody in another app, %s", app_id)
                raise WeChatRefused(WeChatReason.CODE_INVALID)
            case {"purePhoneNumber": str(number), "countryCode": str() | int() as country}:
                if country not in _OF_THE_MAINLAND:
                    raise WeChatRefused(WeChatReason.CODE_INVALID)
            case _:
                raise _misunderstood(_PHONE)
        try:
            return Phone(number)
        except ValueError:
            raise WeChatRefused(WeChatReason.CODE_INVALID) from None

    def _token(self, *, instead_of: str | None = None) -> str:
        """Take the token that is kept, or ask for one; whoever waits for it meanwhile takes the same answer."""
        kept = self._access
        asked = kept.asked
        with kept.lock:
            now = self.clock.now()
            if kept.until is not None and now < kept.until and kept.token != instead_of:
                return kept.token
            if kept.asked != asked and kept.failure is not None:
                raise _same(kept.failure)
            kept.token, kept.until = "", None
            try:
                kept.token, kept.until = self._new_token(now)
                kept.failure = None
            except (WeChatRefused, WeChatUnavailable) as failure:
                kept.failure = _same(failure)
                raise
            finally:
                kept.asked += 1
            return kept.token

    def _new_token(self, now: datetime) -> tuple[str, datetime]:
        content = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret}
        answer = self._ask("POST", _TOKEN, content=content)
        self._raise_if_refused(_TOKEN, answer)
        match answer:
            case {"access_token": str(token), "expires_in": int(seconds)} if token and seconds > 0:
                kept = timedelta(seconds=min(seconds, LONGEST_TOKEN_S)) - RENEWED_BEFORE
                return token, now + kept
        raise _misunderstood(_TOKEN)

    def _ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, content: Any = None
    ) -> dict[str, Any]:
        answer = self._ask_once(method, path, query, content)
        if _number(path, answer) == _BUSY:
            time.sleep(self.busy_wait_s)
            answer = self._ask_once(method, path, query, content)
        return answer

    def _ask_once(
        self, method: str, path: str, query: Mapping[str, str] | None, content: Any
    ) -> dict[str, Any]:
        body = None if content is None else orjson.dumps(content)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            answered = self.server.ask(method, path, query=query, content=body, headers=headers)
        except Unanswered as why:
            log.warning("WeChat did not answer %s: %s", path, why)
            raise WeChatUnavailable from None
        if answered.status != 200:
            log.warning("WeChat answered %s with the status %d", path, answered.status)
            raise WeChatUnavailable
        try:
            answer = orjson.loads(answered.body or b"")
        except orjson.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict):
            raise _misunderstood(path)
        return answer

    def _raise_if_refused(self, path: str, answer: Mapping[str, Any]) -> None:
        """:raises WeChatRefused, WeChatUnavailable: by the code of the error; the log says what to mend."""
        number = _number(path, answer)
        if number == 0:
            return
        found = _TRACE.search(str(answer.get("errmsg", "")))
        trace = found[1] if found else "none"
        if number == _PERSON_BLOCKED:
            log.warning("WeChat keeps a person of high risk out: %d, rid %s", number, trace)
        if number == _OTHER_APP and path == _PHONE:
            # The app was known when the token was made: it is the code that another one was given.
            log.warning("WeChat does not know a code as one of the app %s: %d", self.app_id, number)
            raise WeChatRefused(WeChatReason.CODE_INVALID)
        if number in _REFUSED:
            raise WeChatRefused(_REFUSED[number])
        if number == _BUSY:
            log.warning("WeChat is busy and does not answer %s", path)
        else:
            what = _FAULTS.get(number, "see WeChat's list of codes")
            log.error(
                "WeChat refuses %s to the app %s: %d, %s; rid %s", path, self.app_id, number, what, trace
            )
        raise WeChatUnavailable


def _written(code: str) -> str:
    """:raises WeChatRefused: if WeChat cannot have made it."""
    if not _CODE.fullmatch(code):
        raise WeChatRefused(WeChatReason.CODE_INVALID)
    return code


def _same(failure: _Failure) -> _Failure:
    """The same failure for somebody else to raise: each has a trace of its own."""
    return type(failure)(*failure.args)


def _number(path: str, answer: Mapping[str, Any]) -> int:
    number = answer.get("errcode", 0)
    if type(number) is not int:
        raise _misunderstood(path)
    return number


def _misunderstood(path: str) -> WeChatUnavailable:
    log.warning("WeChat answered %s with something that is not understood", path)
    return WeChatUnavailable()
