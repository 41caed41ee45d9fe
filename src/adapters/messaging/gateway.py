"""Text messages through a gateway: one JSON document by POST for each, signed or with a bearer token."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import token_hex
from typing import Any

import attrs
import orjson

from adapters.outgoing import LONGEST_BODY, Answered, Outgoing, Unanswered
from application.ports.clock import Clock
from application.ports.text_messages import TextMessageFailed, TextMessages
from domain.people import Phone

TIMESTAMP, NONCE, SIGNATURE = "X-Dinghuo-Timestamp", "X-Dinghuo-Nonce", "X-Dinghuo-Signature"
_TOO_MANY = 429

log = logging.getLogger(__name__)


@attrs.frozen
class Success:
    """What a gateway's answer says of a message that was taken: a field (`a.b` is b within a), and its value."""

    field: str
    value: str

    def holds(self, body: bytes) -> bool | None:
        """Tell whether the answer says so; None if it is no JSON object."""
        try:
            found: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(found, dict):
            return None
        for name in self.field.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        said = found if isinstance(found, str) else orjson.dumps(found).decode()
        return found is not None and said == self.value


@attrs.frozen(kw_only=True)
class HttpTextMessages(TextMessages):
    """Posts `{"phone", "template", "locale", "parameters": {"code", "minutes"}}`, all of them texts.

    With a signing key the request has three headers more: the time in seconds, a nonce that is never the same
    twice, and HMAC-SHA-256 in hexadecimal digits under the key over `<time>\\n<nonce>\\n<body>`.
    """

    gateway: Outgoing
    templates: Mapping[str, str] = attrs.field(validator=attrs.validators.min_len(1))
    """The gateway's template by locale; a locale that is not there takes that of its language, or the first."""
    token: str = attrs.field(default="", repr=False)
    signing_key: str = attrs.field(default="", repr=False)
    success: Success | None = None
    clock: Clock
    nonce: Callable[[], str] = attrs.field(default=lambda: token_hex(16), repr=False, eq=False)

    def send_code(self, phone: Phone, code: str, *, minutes: int, locale: str) -> None:
        message = {
            "phone": phone,
            "template": self._template(locale),
            "locale": locale,
            "parameters": {"code": code, "minutes": str(minutes)},
        }
        content = orjson.dumps(message)
        most = 0 if self.success is None else LONGEST_BODY
        try:
            answered = self.gateway.ask("POST", content=content, headers=self._headers(content), most=most)
        except Unanswered as why:
            log.warning("the gateway of text messages did not answer: %s", why)
            raise TextMessageFailed(retry=True) from None
        self._judge(answered)

    def _judge(self, answered: Answered) -> None:
        """:raises TextMessageFailed: if the answer does not say that the message was taken."""
        status = answered.status
        if not 200 <= status < 300:
            log.warning("the gateway of text messages answered with the status %d", status)
            raise TextMessageFailed(retry=status == _TOO_MANY or status >= 500)
        if self.success is None:
            return
        taken = self.success.holds(answered.body or b"")
        if taken is None:
            log.warning("the gateway of text messages answered with something that is not understood")
            raise TextMessageFailed(retry=True)
        if not taken:
            log.warning("the gateway of text messages did not take one: %s is another", self.success.field)
            raise TextMessageFailed(retry=False)

    def _template(self, locale: str) -> str:
        language = locale.replace("_", "-").partition("-")[0]
        return (
            self.templates.get(locale) or self.templates.get(language) or next(iter(self.templates.values()))
        )

    def _headers(self, content: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.signing_key:
            timestamp, nonce = str(int(self.clock.now().timestamp())), self.nonce()
            signed = b"\n".join([timestamp.encode(), nonce.encode(), content])
            signature = hmac.new(self.signing_key.encode(), signed, sha256).hexdigest()
            headers |= {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: signature}
        return headers
