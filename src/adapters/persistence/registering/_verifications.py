"""The verifications of companies in tables, with their steps."""

from __future__ import annotations

from datetime import date

import attrs
from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    and_,
    bindparam,
    select,
    update,
)

from adapters.persistence.customers import customers
from adapters.persistence.outbox import record
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Rows, Statement, any_of
from adapters.persistence.tables import (
    Day,
    Instant,
    Whole,
    Words,
    belongs_to,
    instant,
    one_of,
    perhaps_day,
    tenant_table,
)
from application.authorization import Actor, ActorKind
from application.ports.registering import Verifications
from domain.customers import CompanyName
from domain.identity import BuyerId, CustomerId, MerchantId, PersonId, StaffId
from domain.invitations import (
    PersonName,
)
from domain.money import Currency, Money
from domain.people import Phone
from domain.verification import (
    CompanyDetails,
    CreditTerms,
    PictureReference,
    UnifiedSocialCreditCode,
    VerificationCase,
    VerificationMoved,
    VerificationNotFound,
    VerificationState,
    VerificationStep,
)

verifications = tenant_table(
    "verifications",
    Column("customer_id", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("moved_at", Instant, nullable=False),
    Column("legal_name", Words),
    sealed("licence_number", nullable=True),
    sealed("contact_name", nullable=True),
    sealed("contact_phone", nullable=True),
    Column("licence_picture", Words),
    Column("licence_valid_until", Day),
    Column("approved_until", Day),
    Column("credit_limit", Whole),
    Column("credit_days", Integer),
    Column("version", Whole, nullable=False),
    belongs_to("customers", "customer_id"),
    one_of("state", VerificationState),
    CheckConstraint("(credit_limit IS NULL) = (credit_days IS NULL)", name="credit"),
    Index(None, "merchant_id", "moved_at", "customer_id"),
    Index(None, "merchant_id", "state", "moved_at", "customer_id"),
    key=("customer_id",),
)
verification_steps = tenant_table(
    "verification_steps",
    Column("customer_id", Words, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("person_id", Words),
    sealed("reason"),
    belongs_to("verifications", "customer_id", to=("customer_id",)),
    one_of("state", VerificationState),
    key=("customer_id", "number"),
)


def case_row(merchant_id: MerchantId, case: VerificationCase, *, version: int) -> Row:
    """Write a verification; what is personal is written here and nowhere else."""
    details, credit = case.details, case.credit
    said: tuple[str | date | None, ...] = (None,) * _SAID
    if details is not None:
        said = (
            details.legal_name,
            details.code,
            details.contact,
            details.phone,
            details.picture,
            details.valid_until,
        )
    return (
        merchant_id,
        case.customer_id,
        case.state.value,
        case.moved_at,
        *said,
        case.approved_until,
        None if credit is None else credit.limit.minor,
        None if credit is None else credit.days,
        version,
    )


_SAID = 6
"""So many columns of a row are what a company says of itself."""
CASE = tuple(verifications.c)[1:]


def case_of(row: Row, steps: Rows, currency: Currency) -> VerificationCase:
    """Read a verification from `CASE` and its steps from `STEPS`; what is personal is read here and nowhere else."""
    customer_id, _, _, *said, approved_until, limit, days, version = row
    legal_name, code, contact, phone, picture, valid_until = said
    details = None
    if legal_name is not None:
        details = CompanyDetails(
            legal_name=CompanyName(legal_name),
            code=UnifiedSocialCreditCode(code),
            contact=PersonName(contact),
            phone=phone and Phone(phone),
            picture=PictureReference(picture),
            valid_until=perhaps_day(valid_until),
        )
    return VerificationCase(
        customer_id=CustomerId(customer_id),
        steps=tuple(_step(step) for step in steps),
        details=details,
        approved_until=perhaps_day(approved_until),
        credit=None if limit is None else CreditTerms(limit=Money(limit, currency), days=days),
        version=version,
    )


def own_of(actor: Actor) -> CustomerId | None:
    """The only company whose verification the actor may see; None where it may see all."""
    return actor.customer_id if actor.kind is ActorKind.BUYER else None


def step_rows(merchant_id: MerchantId, case: VerificationCase, *, first: int = 0) -> list[Row]:
    """The steps from the first that is not stored yet on."""
    return [
        (merchant_id, case.customer_id, number, one.state.value, one.at, one.by, one.reason)
        for number, one in enumerate(case.steps)
        if number >= first
    ]


def _step(row: Row) -> VerificationStep:
    _, _, state, at, person_id, reason = row
    return VerificationStep(
        state=VerificationState(state), at=instant(at), by=person_id and _person(person_id), reason=reason
    )


def _person(text: str) -> PersonId:
    return BuyerId(text) if text.startswith(BuyerId.tag) else StaffId(text)


_STEP = tuple(verification_steps.c)[1:]
STEPS = Statement(
    select(*_STEP)
    .where(
        verification_steps.c.merchant_id == bindparam("merchant_id"),
        any_of(verification_steps.c.customer_id, "customer_ids"),
    )
    .order_by(verification_steps.c.customer_id, verification_steps.c.number)
)
_CASE = Statement(
    select(*CASE).where(
        verifications.c.merchant_id == bindparam("merchant_id"),
        verifications.c.customer_id == bindparam("customer_id"),
    )
)
_SAVED = [column for column in verifications.c if column.name not in ("merchant_id", "customer_id")]
_SAVE = Statement(
    update(verifications)
    .where(
        verifications.c.merchant_id == bindparam("of_merchant"),
        verifications.c.customer_id == bindparam("of_customer"),
        verifications.c.version == bindparam("seen"),
    )
    .values({column.name: bindparam(f"the_{column.name}", type_=column.type) for column in _SAVED})
)


@attrs.frozen
class SqlVerifications(Verifications):
    """The verifications of one merchant's companies; of one company, where a buyer asks."""

    session: Session
    actor: Actor

    def get(self, customer_id: CustomerId) -> VerificationCase:
        merchant_id = self.actor.merchant_id
        allowed = own_of(self.actor) in (None, customer_id) and self.actor.kind is not ActorKind.GUEST
        asked = {"merchant_id": merchant_id, "customer_id": customer_id}
        for row in self.session.all(_CASE, asked) if allowed else ():
            steps = self.session.all(STEPS, {"merchant_id": merchant_id, "customer_ids": [customer_id]})
            return case_of(row, steps, self.actor.merchant.currency)
        raise VerificationNotFound

    def add(self, case: VerificationCase) -> None:
        merchant_id = self.actor.merchant_id
        self.session.insert(verifications, [case_row(merchant_id, case, version=len(case.events))])
        self.session.insert(verification_steps, step_rows(merchant_id, case))
        self._record(case, first=1)

    def save(self, case: VerificationCase) -> VerificationCase:
        merchant_id, version = self.actor.merchant_id, case.version + len(case.events)
        row = case_row(merchant_id, case, version=version)
        given = {f"the_{column.name}": value for column, value in zip(_SAVED, row[2:], strict=True)}
        asked = {"of_merchant": merchant_id, "of_customer": case.customer_id, "seen": case.version}
        self.session.must_change(_SAVE, {**asked, **given}, rows=1, about=case.customer_id)
        fresh = _fresh(case)
        self.session.insert(verification_steps, step_rows(merchant_id, case, first=len(case.steps) - fresh))
        self._record(case, first=case.version + 1)
        return attrs.evolve(case, version=version, events=())

    def _record(self, case: VerificationCase, *, first: int) -> None:
        record(
            self.session,
            self.actor.merchant_id,
            aggregate_id=case.customer_id,
            first=first,
            events=case.events,
        )


def _fresh(case: VerificationCase) -> int:
    """How many steps were made since it was read: one for each fact that it has moved."""
    return sum(isinstance(event, VerificationMoved) for event in case.events)


OF_CUSTOMER = and_(
    customers.c.merchant_id == verifications.c.merchant_id, customers.c.id == verifications.c.customer_id
)
"""The company of a verification."""


def steps_of_each(rows: Rows) -> dict[str, list[Row]]:
    """Put the rows of `STEPS` together by their company."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found
