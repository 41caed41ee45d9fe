"""People, as they can be reached."""

from __future__ import annotations

import re
from typing import Self

_MOBILE = re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})")


class Phone(str):
    """A mobile number of the mainland, kept as `+8613812345678`.

    The country may be written as +86, as 0086 or not at all; spaces and dashes mean nothing.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if it is no such number; the message does not repeat it."""
        found = _MOBILE.fullmatch(text.replace(" ", "").replace("-", ""))
        if found is None:
            raise ValueError("a phone is a mobile number of the mainland: 11 digits, 13… to 19…")
        return super().__new__(cls, f"+86{found[1]}")
