"""Business verification (资质审核): what a company says it is, and what the merchant finds of that."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Self

import attrs

from domain.customers import NOT_APPROVED, Approval, CompanyName
from domain.errors import DomainError
from domain.events import Event
from domain.identity import CustomerId, PersonId, Text
from domain.invitations import PersonName
from domain.money import Money
from domain.people import Phone
from domain.period import aware
from domain.privacy import ERASED

CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015, table of the character set: 31 characters, without I, O, S, V and Z; each is worth its place."""
CODE_LENGTH = 18
_DIVISION = slice(2, 8)
LONGEST_REASON = 500
MOST_CREDIT_DAYS = 365
LARGEST_LIMIT = 10**15
"""In minor units."""


class UnifiedSocialCreditCode(str):
    """The number of a business licence (统一社会信用代码): 18 characters, the last of which checks the others.

    GB 32100-2015: with C the value of a character and W = 3^(i-1) mod 31 the weight of the i-th place from the left,
    C18 = MOD(31 - MOD(sum of C_i x W_i for i = 1 to 17, 31), 31). Places 3 to 8 are the digits of the division of the
    country (GB/T 2260).
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if it is none; blanks around it and small letters do not matter."""
        code = text.strip().upper() if len(text) <= 2 * CODE_LENGTH else ""
        if len(code) != CODE_LENGTH or not set(CODE_CHARACTERS).issuperset(code):
            raise ValueError("a unified social credit code is 18 digits and letters without I, O, S, V and Z")
        if not code[_DIVISION].isdigit():
            raise ValueError("the 3rd to the 8th character are digits")
        if check_character(code[:-1]) != code[-1]:
            raise ValueError("the last character does not check the others")
        return super().__new__(cls, code)

    @property
    def masked(self) -> str:
        """As it may be kept where it need not be read: the last four characters."""
        return f"**************{self[-4:]}"


def check_character(first: str) -> str:
    """Work out the 18th character of the 17 before it."""
    values = (CODE_CHARACTERS.index(one) for one in first)
    total = sum(value * pow(3, at, 31) for at, value in enumerate(values))
    return CODE_CHARACTERS[(31 - total % 31) % 31]


class PictureReference(Text):
    """Where a picture of the licence is kept: the client's own text, which nobody here opens."""

    __slots__ = ()
    longest = 300


class Reason(Text):
    """Why staff decided so, for the company to read."""

    __slots__ = ()
    longest = LONGEST_REASON


@attrs.frozen(kw_only=True)
class CompanyDetails:
    """What a company says of itself, as it stands in its business licence; and whom to ask."""

    legal_name: CompanyName
    code: UnifiedSocialCreditCode = attrs.field(repr=False)
    contact: PersonName = attrs.field(repr=False)
    phone: Phone | None = attrs.field(repr=False)
    """None where whoever is to be asked was erased."""
    picture: PictureReference = attrs.field(repr=False)
    valid_until: date | None = None
    """The last day of the licence; None where it holds for good (长期)."""

    def changed(self, before: CompanyDetails | None) -> tuple[str, ...]:
        """Name what is not as it was before."""
        names = (field.name for field in attrs.fields(CompanyDetails))
        return tuple(name for name in names if getattr(before, name, None) != getattr(self, name))

    def without_contact(self) -> CompanyDetails:
        """What is left of it when whoever is to be asked is erased."""
        return attrs.evolve(self, contact=PersonName(ERASED), phone=None)


@attrs.frozen(kw_only=True)
class CreditTerms:
    """How much a company may owe, and for how many days; kept, and not yet used."""

    limit: Money
    days: int = attrs.field(validator=[attrs.validators.ge(0), attrs.validators.le(MOST_CREDIT_DAYS)])

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.limit.minor <= LARGEST_LIMIT:
            raise ValueError("a limit is not less than nothing, and not without end")


class VerificationState(Enum):
    """Where a verification stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    NEED_INFO = "NEED_INFO"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


_S = VerificationState
_MOVES = {
    _S.DRAFT: {_S.SUBMITTED},
    _S.SUBMITTED: {_S.NEED_INFO, _S.APPROVED, _S.REJECTED},
    _S.NEED_INFO: {_S.SUBMITTED},
    _S.APPROVED: {_S.DRAFT},
    _S.EXPIRED: {_S.SUBMITTED},
}
"""From APPROVED to EXPIRED nobody moves it: the day does. To DRAFT it goes when a licence that ends is renewed."""
_OPEN = frozenset({_S.DRAFT, _S.NEED_INFO, _S.EXPIRED})
"""While it is the company's turn."""


@attrs.frozen(kw_only=True)
class VerificationStep:
    """One step of a verification: into which state, when, by whom, and why."""

    state: VerificationState
    at: datetime = attrs.field(validator=aware)
    by: PersonId | None = None
    reason: str = ""


@attrs.frozen(kw_only=True)
class VerificationMoved(Event):
    """A verification has come into another state."""

    customer_id: CustomerId
    state: VerificationState


@attrs.frozen(kw_only=True)
class CompanyDetailsSaved(Event):
    """A company has said something else of itself, or whom to ask was taken out; what it is is not in the fact."""

    customer_id: CustomerId
    fields: tuple[str, ...]


@attrs.frozen(kw_only=True)
class VerificationCase:
    """The verification of one company, from its draft on."""

    customer_id: CustomerId
    steps: tuple[VerificationStep, ...] = attrs.field(validator=attrs.validators.min_len(1))
    details: CompanyDetails | None = None
    approved_until: date | None = None
    """The last day of the approval that was given last."""
    credit: CreditTerms | None = None
    version: int = 0
    events: tuple[Event, ...] = attrs.field(default=(), eq=False, repr=False)

    @classmethod
    def begin(cls, customer_id: CustomerId, *, by: PersonId | None, at: datetime) -> VerificationCase:
        """Begin with a draft in which nothing is said yet."""
        fact = VerificationMoved(at=at, customer_id=customer_id, state=_S.DRAFT)
        steps = (VerificationStep(state=_S.DRAFT, at=at, by=by),)
        return cls(customer_id=customer_id, steps=steps, events=(fact,))

    @property
    def state(self) -> VerificationState:
        """Where it was brought to; whether that has expired depends on the day."""
        return self.steps[-1].state

    @property
    def moved_at(self) -> datetime:
        """Since when."""
        return self.steps[-1].at

    @property
    def approval(self) -> Approval:
        """What the company may count on; while a new licence is looked at, what it was given by the old one."""
        renewed = self.approved_until is not None and self.state is not _S.REJECTED
        return Approval(until=self.approved_until) if renewed or self.state is _S.APPROVED else NOT_APPROVED

    def state_on(self, day: date) -> VerificationState:
        """Where it stands on a day, where the merchant is."""
        over = self.state is _S.APPROVED and not self.approval.holds_on(day)
        return _S.EXPIRED if over else self.state

    def save(
        self, details: CompanyDetails, *, by: PersonId | None, day: date, at: datetime
    ) -> VerificationCase:
        """Say what the company is. An approval that will end stands meanwhile, and is a draft of the next one.

        :raises IllegalStep: if it is not the company's turn.
        """
        now, case = self.state_on(day), self
        if now is _S.APPROVED and self.approved_until is not None:
            case = self._move(_S.DRAFT, by=by, day=day, at=at)
        elif now not in _OPEN:
            raise IllegalStep(now)
        changed = details.changed(self.details)
        fact = CompanyDetailsSaved(at=at, customer_id=self.customer_id, fields=changed)
        return attrs.evolve(case, details=details, events=(*case.events, fact))

    def forget_contact(self, *, at: datetime) -> VerificationCase:
        """Take out whom to ask, wherever it stands; that moves nothing."""
        if self.details is None:
            return self
        left = self.details.without_contact()
        changed = left.changed(self.details)
        fact = CompanyDetailsSaved(at=at, customer_id=self.customer_id, fields=changed)
        return attrs.evolve(self, details=left, events=(*self.events, fact)) if changed else self

    def submit(self, *, by: PersonId, day: date, at: datetime) -> VerificationCase:
        """Hand it in.

        :raises DetailsMissing: if nothing was said yet.
        :raises IllegalStep: if it is not the company's turn.
        :raises LicenceExpired: if the licence is over.
        """
        details = self._said()
        moved = self._move(_S.SUBMITTED, by=by, day=day, at=at)
        _check(details, day)
        return moved

    def ask(self, reason: Reason, *, by: PersonId | None, day: date, at: datetime) -> VerificationCase:
        """Ask the company for more.

        :raises IllegalStep: if it was not handed in.
        """
        return self._move(_S.NEED_INFO, by=by, day=day, at=at, reason=reason)

    def approve(
        self, *, credit: CreditTerms | None, by: PersonId | None, day: date, at: datetime
    ) -> VerificationCase:
        """Find that the company is what it says, for as long as its licence holds.

        :raises DetailsMissing: if nothing was said yet.
        :raises IllegalStep: if it was not handed in.
        :raises LicenceExpired: if the licence has run out since.
        """
        details = self._said()
        moved = self._move(_S.APPROVED, by=by, day=day, at=at)
        _check(details, day)
        return attrs.evolve(moved, approved_until=details.valid_until, credit=credit)

    def reject(self, reason: Reason, *, by: PersonId | None, day: date, at: datetime) -> VerificationCase:
        """Find that it is not, for good.

        :raises IllegalStep: if it was not handed in.
        """
        return self._move(_S.REJECTED, by=by, day=day, at=at, reason=reason)

    def _said(self) -> CompanyDetails:
        if self.details is None:
            raise DetailsMissing
        return self.details

    def _move(
        self, wanted: VerificationState, *, by: PersonId | None, day: date, at: datetime, reason: str = ""
    ) -> VerificationCase:
        now = self.state_on(day)
        if wanted not in _MOVES.get(now, ()):
            raise IllegalStep(now)
        step = VerificationStep(state=wanted, at=at, by=by, reason=reason)
        fact = VerificationMoved(at=at, customer_id=self.customer_id, state=wanted)
        return attrs.evolve(self, steps=(*self.steps, step), events=(*self.events, fact))


def _check(details: CompanyDetails, day: date) -> None:
    if details.valid_until is not None and details.valid_until < day:
        raise LicenceExpired(details.valid_until)


@attrs.frozen
class ApprovalPending(DomainError):
    """The company was not approved yet, or its approval is over: it sees no prices and does not order."""


@attrs.frozen
class VerificationNotFound(DomainError):
    """There is no such company for whoever asks, or it was there before companies were verified."""


@attrs.frozen
class IllegalStep(DomainError):
    """The verification cannot do this from where it stands."""

    state: VerificationState


@attrs.frozen
class DetailsMissing(DomainError):
    """Nothing was said of the company yet."""


@attrs.frozen
class LicenceExpired(DomainError):
    """The business licence has run out."""

    valid_until: date
