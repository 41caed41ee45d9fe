"""Text messages in memory: kept to be read by whoever tests."""

from __future__ import annotations

import attrs

from application.ports.text_messages import TextMessageFailed, TextMessages
from domain.people import Phone


@attrs.frozen(kw_only=True)
class SentCode:
    """A message as it was taken."""

    phone: Phone
    code: str
    minutes: int
    locale: str


@attrs.define(kw_only=True)
class MemoryTextMessages(TextMessages):
    """Keeps what is sent, in order, or fails as it is told to."""

    sent: list[SentCode] = attrs.field(init=False, factory=list)
    failure: TextMessageFailed | None = None

    def send_code(self, phone: Phone, code: str, *, minutes: int, locale: str) -> None:
        if self.failure is not None:
            raise attrs.evolve(self.failure)
        self.sent.append(SentCode(phone=phone, code=code, minutes=minutes, locale=locale))
