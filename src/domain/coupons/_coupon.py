"""A coupon: one use of what a template promises, of one company; and its code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Self

import attrs

from domain.errors import DomainError
from domain.identity import CouponId, CouponTemplateId, CustomerId, OrderId
from domain.invitations import CODE_LETTERS
from domain.period import Period, aware

CODE_LENGTH = 16
_GROUP = 4


class CouponCode(str):
    """Sixteen letters and digits of which each is one of 30: 78 bits; written `ABCD-EFGH-JKMN-PQRS`, in either case."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if it cannot be one; blanks and dashes do not count."""
        plain = text.upper().replace("-", "").replace(" ", "") if len(text) <= 2 * CODE_LENGTH else ""
        if len(plain) != CODE_LENGTH or not set(CODE_LETTERS).issuperset(plain):
            raise ValueError(f"a coupon code is {CODE_LENGTH} of {CODE_LETTERS}")
        return super().__new__(cls, plain)

    @classmethod
    def made_of(cls, chance: Callable[[int], int]) -> Self:
        """Make one by chance, which answers with a number below the one that it is given."""
        return cls("".join(CODE_LETTERS[chance(len(CODE_LETTERS))] for _ in range(CODE_LENGTH)))

    @property
    def shown(self) -> str:
        """As it is written for people."""
        return "-".join(self[at : at + _GROUP] for at in range(0, CODE_LENGTH, _GROUP))


class CouponState(Enum):
    """What became of a coupon."""

    AVAILABLE = "AVAILABLE"
    USED = "USED"
    WITHDRAWN = "WITHDRAWN"


class CouponStanding(Enum):
    """Where a coupon stands at some moment: its state, and whether its time has come or is over."""

    AVAILABLE = "AVAILABLE"
    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    USED = "USED"
    WITHDRAWN = "WITHDRAWN"


@attrs.frozen(kw_only=True)
class Coupon:
    """One use of what a template promises, of one company."""

    id: CouponId
    template_id: CouponTemplateId
    customer_id: CustomerId
    code: CouponCode = attrs.field(repr=False)
    claimed_at: datetime = attrs.field(validator=aware)
    holds: Period
    """When it may be used."""
    state: CouponState = CouponState.AVAILABLE
    order_id: OrderId | None = None
    """The order it was used in."""

    def __attrs_post_init__(self) -> None:
        if (self.order_id is None) is (self.state is CouponState.USED):
            raise ValueError("a coupon is used in an order")

    def standing(self, at: datetime) -> CouponStanding:
        """Where it stands at this moment."""
        if self.state is not CouponState.AVAILABLE:
            return CouponStanding(self.state.value)
        if at in self.holds:
            return CouponStanding.AVAILABLE
        early = self.holds.start is not None and at < self.holds.start
        return CouponStanding.NOT_YET if early else CouponStanding.EXPIRED

    def withdraw(self) -> Coupon:
        """Take it back from the company.

        :raises CouponUsed: if it was used.
        """
        if self.state is CouponState.USED:
            raise CouponUsed(self.id)
        return attrs.evolve(self, state=CouponState.WITHDRAWN)


@attrs.frozen
class CouponNotFound(DomainError):
    """There is no such coupon."""


@attrs.frozen
class CouponUsed(DomainError):
    """The coupon was used in an order."""

    coupon_id: CouponId
