"""Identities: opaque, globally unique, tagged with what they identify, ordered by time."""

from __future__ import annotations

import re
from base64 import b32hexencode
from collections.abc import Callable
from hashlib import sha256
from typing import ClassVar, Self, TypeVar
from unicodedata import category

_DIGITS = "0-9a-v"
_LENGTH = 26
_ANY = re.compile(rf"[A-Za-z]+_[{_DIGITS}]{{{_LENGTH}}}")
_CONTROL = ("Cc", "Cs")
AnyId = TypeVar("AnyId", bound="Id")


class Id(str):
    """The text `<tag>_<26 digits>`: 128 bits in base 32 (RFC 4648, extended hex, in lower case).

    The text is stored and travels as it is; its order is that of the bytes. Knowing an id never permits anything.
    """

    __slots__ = ("asked",)
    tag: ClassVar[str]
    asked: str
    """The text that was none, where the id stands in its place."""
    _written: ClassVar[Callable[[str], re.Match[str] | None]]

    def __init_subclass__(cls) -> None:
        cls._written = re.compile(rf"{cls.tag}_[{_DIGITS}]{{{_LENGTH}}}").fullmatch

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if the text is not an id of this kind."""
        if cls._written(text) is None:
            raise ValueError(f"not an id of kind {cls.tag!r}")
        return super().__new__(cls, text)

    @classmethod
    def of(cls, octets: bytes) -> Self:
        """Name the thing by its octets.

        :raises ValueError: if they are not 16.
        """
        return cls(f"{cls.tag}_{b32hexencode(octets).decode().rstrip('=').lower()}")

    @classmethod
    def instead_of(cls, text: str) -> Self:
        """Name what nothing has, in the place of a text that is no id of this kind, which refusals tell back."""
        made = cls.of(sha256(text.encode()).digest()[:16])
        made.asked = text
        return made


def is_id(text: str) -> bool:
    """Tell whether the text is written as an id of some kind."""
    return _ANY.fullmatch(text) is not None


class MerchantId(Id):
    __slots__ = ()
    tag = "mer"


class CustomerId(Id):
    __slots__ = ()
    tag = "cus"


class BuyerId(Id):
    __slots__ = ()
    tag = "buy"


class StaffId(Id):
    __slots__ = ()
    tag = "stf"


class AddressId(Id):
    __slots__ = ()
    tag = "adr"


class CategoryId(Id):
    __slots__ = ()
    tag = "cat"


class BrandId(Id):
    __slots__ = ()
    tag = "brd"


class ProductId(Id):
    __slots__ = ()
    tag = "prd"


class SkuId(Id):
    __slots__ = ()
    tag = "sku"


class PriceTierId(Id):
    __slots__ = ()
    tag = "tie"


class PriceListId(Id):
    __slots__ = ()
    tag = "pls"


class PriceBatchId(Id):
    __slots__ = ()
    tag = "pbt"


class SpecialPriceId(Id):
    __slots__ = ()
    tag = "spc"


class PromotionId(Id):
    __slots__ = ()
    tag = "prm"


class WarehouseId(Id):
    __slots__ = ()
    tag = "whs"


class MovementId(Id):
    __slots__ = ()
    tag = "mov"


class OrderId(Id):
    __slots__ = ()
    tag = "ord"


class CartLineId(Id):
    __slots__ = ()
    tag = "cln"


class ShoppingListId(Id):
    __slots__ = ()
    tag = "lst"


class OrderTemplateId(Id):
    __slots__ = ()
    tag = "tpl"


class CustomerGroupId(Id):
    __slots__ = ()
    tag = "grp"


class LoginId(Id):
    __slots__ = ()
    tag = "log"


class SessionId(Id):
    __slots__ = ()
    tag = "ses"


class InvitationId(Id):
    __slots__ = ()
    tag = "inv"


class CouponTemplateId(Id):
    __slots__ = ()
    tag = "cpt"


class CouponId(Id):
    __slots__ = ()
    tag = "cpn"


PersonId = BuyerId | StaffId
AudienceId = CustomerGroupId | PriceTierId | CustomerId
"""To whom goods can be shown: the companies of a group, those of a price tier, or one company."""


def perhaps(kind: type[AnyId], text: str | None) -> AnyId | None:
    """Read an id that may be missing.

    :raises ValueError: if the text is not an id of this kind.
    """
    return None if text is None else kind(text)


class Text(str):
    """A short text that people gave: trimmed, printable, never empty."""

    __slots__ = ()
    longest: ClassVar[int] = 64

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if nothing is left, it is too long, or it has characters that do not print."""
        trimmed = text.strip()
        if not trimmed or len(trimmed) > cls.longest or not trimmed.isprintable():
            raise ValueError(f"a {cls.__name__} is 1 to {cls.longest} printable characters")
        return super().__new__(cls, trimmed)


def writable(text: str, *, longest: int) -> bool:
    """Tell whether a longer text can be kept: not too long, and no control characters but tabs and line ends."""
    return len(text) <= longest and all(char in "\t\r\n" or category(char) not in _CONTROL for char in text)


class SkuCode(Text):
    """The merchant's own code of a SKU (货号)."""

    __slots__ = ()


class IdempotencyKey(Text):
    """What a client calls one intention, so that repeating it changes nothing."""

    __slots__ = ()
    longest = 128
