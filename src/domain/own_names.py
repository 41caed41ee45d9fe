"""Own names: what a company calls goods (自有叫法), learned from what its buyers wrote and chose."""

from __future__ import annotations

from typing import Self
from unicodedata import normalize

import attrs

from domain.errors import DomainError
from domain.identity import CustomerId, SkuId, Text

MOST_OWN_NAMES = 2_000
"""So many names a company has at a time; whoever learns more forgets those learned longest ago."""


class OwnName(Text):
    """What somebody calls something, in lower case, of usual width, with single blanks: the same is kept once."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if nothing is left, it is too long, or it has characters that do not print."""
        return super().__new__(cls, folded(text))


def folded(text: str) -> str:
    """Fold case and width until nothing more is to fold: one round of either may leave work to the other."""
    while (again := " ".join(normalize("NFKC", text).casefold().split())) != text:
        text = again
    return text


@attrs.frozen(kw_only=True)
class CustomerName:
    """A name by which one company means one SKU."""

    customer_id: CustomerId
    name: OwnName
    sku_id: SkuId


@attrs.frozen
class InvalidOwnName(DomainError):
    """A name that cannot be kept: empty, too long, or not printable."""

    longest: int
