"""Text messages: what is sent to a phone."""

from __future__ import annotations

from typing import Protocol

import attrs

from domain.errors import DomainError
from domain.people import Phone


class TextMessages(Protocol):
    """Sends text messages; it may take its time, so it is never called inside a transaction."""

    def send_code(self, phone: Phone, code: str, *, minutes: int, locale: str) -> None:
        """Send a one-time code that holds for so many minutes, in this language (`zh-CN`, `en`).

        :raises TextMessageFailed: if it was not sent, as far as is known.
        """
        ...


@attrs.frozen
class TextMessageFailed(DomainError):
    """The message was not sent; another try later may do better, or not."""

    retry: bool
