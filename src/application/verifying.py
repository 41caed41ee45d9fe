"""Verifying companies: the owner says what the company is, staff find whether that is so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.invitations import check_assigned, look_after
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from application.registering import entry
from domain.customers import CompanyName, Customer
from domain.errors import DomainError, Refused
from domain.identity import CustomerId, PriceListId, PriceTierId, StaffId, Text
from domain.invitations import InvalidEntry, PersonName
from domain.merchant import Merchant
from domain.money import Money
from domain.people import Phone
from domain.pricing import PriceList, PriceSource
from domain.quantity import scaled
from domain.trail import TrailNote
from domain.verification import (
    MOST_CREDIT_DAYS,
    CompanyDetails,
    CreditTerms,
    PictureReference,
    Reason,
    UnifiedSocialCreditCode,
    VerificationCase,
)

T = TypeVar("T")


class ContractName(Text):
    """What a list of a company's own prices is called."""

    __slots__ = ()
    longest = 100


@attrs.frozen(kw_only=True)
class AskedDetails:
    """What a company says of itself, as it was given."""

    legal_name: str
    code: str
    contact: str
    phone: str
    picture: str
    valid_until: date | None = None


@attrs.frozen(kw_only=True)
class Grant:
    """What staff give a company that they approve."""

    tier_id: PriceTierId
    sales_rep_id: StaffId | None = None
    """The one who looks after it stays where nobody is named."""
    contract: str | None = None
    """What the list of its own prices is called that is made for it, if it gets one."""
    credit_limit: Decimal | None = None
    credit_days: int | None = None


@attrs.frozen(kw_only=True)
class SaveCompanyDetails:
    """Keep what the company says of itself; nothing is handed in by that."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, customer_id: CustomerId, asked: AskedDetails) -> VerificationCase:
        """:raises Refused: with everything that cannot be.
        :raises VerificationNotFound: if it is not the own company, or was there before companies were verified.
        :raises IllegalStep: if it is not the company's turn.
        :raises Forbidden: if the actor may not manage the company.
        """
        policy.may(actor, Permission.MANAGE_COMPANY)
        details, at = _details(asked), self.clock.now()
        with self.unit_of_work(actor) as storage:
            case = storage.verifications.get(customer_id)
            after = case.save(details, by=actor.person_id, day=actor.merchant.day_of(at), at=at)
            changed = {"changed": " ".join(details.changed(case.details))}
            # Of an approval it makes a draft of the next one.
            moved = len(after.steps) > len(case.steps)
            storage.trail.note(
                TrailNote(
                    at=at,
                    operation="saveCompanyDetails",
                    about=case.customer_id,
                    before=_masked(case.details) | ({"state": case.state.value} if moved else {}),
                    after=_masked(details) | changed | ({"state": after.state.value} if moved else {}),
                )
            )
            return storage.verifications.save(after)


@attrs.frozen(kw_only=True)
class SubmitVerification:
    """Hand in what the company says of itself."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, customer_id: CustomerId) -> VerificationCase:
        """:raises VerificationNotFound: if it is not the own company, or was there before companies were verified.
        :raises IllegalStep: if it is not the company's turn.
        :raises DetailsMissing: if nothing was said yet.
        :raises LicenceExpired: if the licence is over.
        :raises Forbidden: if the actor may not manage the company.
        """
        policy.may(actor, Permission.MANAGE_COMPANY)
        by, at = actor.person_id, self.clock.now()
        assert by is not None, "only a buyer manages a company"
        day = actor.merchant.day_of(at)
        with self.unit_of_work(actor) as storage:
            case = storage.verifications.get(customer_id)
            after = case.submit(by=by, day=day, at=at)
            storage.trail.note(_moved("submitVerification", case, after, day=day))
            return storage.verifications.save(after)


@attrs.frozen(kw_only=True)
class AskForInfo:
    """Ask the company for more."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, customer_id: CustomerId, reason: str) -> VerificationCase:
        """:raises VerificationNotFound: if there is no such company, or nothing of it to be verified.
        :raises InvalidEntry: if the reason is none.
        :raises IllegalStep: if it was not handed in.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        why, at = entry(Reason, reason, "reason"), self.clock.now()
        day = actor.merchant.day_of(at)
        with self.unit_of_work(actor) as storage:
            case = storage.verifications.get(customer_id)
            after = case.ask(why, by=actor.person_id, day=day, at=at)
            storage.trail.note(_moved("askForInfo", case, after, day=day))
            return storage.verifications.save(after)


@attrs.frozen(kw_only=True)
class RejectCustomer:
    """Find that a company is not what it says."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, customer_id: CustomerId, reason: str) -> VerificationCase:
        """:raises VerificationNotFound: if there is no such company, or nothing of it to be verified.
        :raises InvalidEntry: if the reason is none.
        :raises IllegalStep: if it was not handed in.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        why, at = entry(Reason, reason, "reason"), self.clock.now()
        day = actor.merchant.day_of(at)
        with self.unit_of_work(actor) as storage:
            case = storage.verifications.get(customer_id)
            after = case.reject(why, by=actor.person_id, day=day, at=at)
            # What a licence that is renewed still gave is taken back with it.
            if case.approval != after.approval:
                storage.customers.withdraw_approval(case.customer_id)
            storage.trail.note(_moved("rejectCustomer", case, after, day=day))
            return storage.verifications.save(after)


@attrs.frozen(kw_only=True)
class ApproveCustomer:
    """Find that a company is what it says, and give it what it works with, all at once."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, customer_id: CustomerId, grant: Grant) -> VerificationCase:
        """:raises VerificationNotFound: if there is no such company, or nothing of it to be verified.
        :raises InvalidEntry: if the contract's name or the credit cannot be.
        :raises UnknownTier: if there is no such tier.
        :raises UnknownStaff: if nobody of that identity works here.
        :raises DetailsMissing: if the company has said nothing yet.
        :raises IllegalStep: if it was not handed in.
        :raises LicenceExpired: if the licence has run out since.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        credit, at = _credit(grant, actor.merchant), self.clock.now()
        name = None if grant.contract is None else entry(ContractName, grant.contract, "contractName")
        day = actor.merchant.day_of(at)
        with self.unit_of_work(actor) as storage:
            case = storage.verifications.get(customer_id)
            check_assigned(storage, tier_id=grant.tier_id, sales_rep_id=grant.sales_rep_id)
            after = case.approve(credit=credit, by=actor.person_id, day=day, at=at)
            customer = storage.customers.get(customer_id)
            storage.customers.approve(customer_id, approval=after.approval, tier_id=grant.tier_id)
            rep = storage.ownerships.owners(customer_id, at=at).sales_rep_id
            before, given = _given(customer, rep), _given(customer, grant.sales_rep_id or rep)
            if grant.sales_rep_id is not None:
                look_after(storage, customer_id, grant.sales_rep_id, at=at)
            given |= {"tier": grant.tier_id, **_credit_noted(credit)}
            if name is not None:
                given["priceList"] = self._contract(storage, customer_id, name)
            moved = _moved("approveCustomer", case, after, day=day)
            storage.trail.note(
                attrs.evolve(
                    moved,
                    before={**moved.before, **before, **_credit_noted(case.credit)},
                    after={**moved.after, **given},
                )
            )
            return storage.verifications.save(after)

    def _contract(self, storage: Storage, customer_id: CustomerId, name: ContractName) -> PriceListId:
        list_id = self.ids.new(PriceListId)
        storage.prices.add(
            PriceList(id=list_id, source=PriceSource.CONTRACT, name=name, customer_id=customer_id)
        )
        return list_id


def _details(asked: AskedDetails) -> CompanyDetails:
    """:raises Refused: with everything that cannot be."""
    wrong: list[DomainError] = []

    def read(kind: Callable[[str], T], text: str, field: str) -> T | None:
        try:
            return kind(text)
        except ValueError:
            wrong.append(InvalidEntry(field))
            return None

    legal_name = read(CompanyName, asked.legal_name, "legalName")
    code = read(UnifiedSocialCreditCode, asked.code, "unifiedSocialCreditCode")
    contact = read(PersonName, asked.contact, "contactName")
    phone = read(Phone, asked.phone, "contactPhone")
    picture = read(PictureReference, asked.picture, "licencePicture")
    if legal_name is None or code is None or contact is None or phone is None or picture is None:
        raise Refused(tuple(wrong))
    return CompanyDetails(
        legal_name=legal_name,
        code=code,
        contact=contact,
        phone=phone,
        picture=picture,
        valid_until=asked.valid_until,
    )


def _credit(grant: Grant, merchant: Merchant) -> CreditTerms | None:
    """:raises InvalidEntry: if only one of the two is said, or one cannot be."""
    if grant.credit_limit is None and grant.credit_days is None:
        return None
    if grant.credit_limit is None:
        raise InvalidEntry("creditLimit")
    if grant.credit_days is None or not 0 <= grant.credit_days <= MOST_CREDIT_DAYS:
        raise InvalidEntry("creditDays")
    try:
        minor = scaled(grant.credit_limit, decimals=merchant.currency.exponent)
        return CreditTerms(limit=Money(minor, merchant.currency), days=grant.credit_days)
    except ValueError:
        raise InvalidEntry("creditLimit") from None


def _credit_noted(credit: CreditTerms | None) -> dict[str, str]:
    return {} if credit is None else {"creditLimit": credit.limit.amount, "creditDays": str(credit.days)}


def _given(customer: Customer, sales_rep_id: StaffId | None) -> dict[str, str]:
    return {"tier": customer.tier_id, "salesRep": sales_rep_id or ""}


def _masked(details: CompanyDetails | None) -> dict[str, str]:
    """What the trail may say of details: nobody's name, phone or number, and no picture."""
    if details is None:
        return {}
    until = "" if details.valid_until is None else details.valid_until.isoformat()
    return {"code": details.code.masked, "validUntil": until}


def _moved(operation: str, before: VerificationCase, after: VerificationCase, *, day: date) -> TrailNote:
    """What there is to note of a verification that went from one state to another; why is in its steps."""
    return TrailNote(
        at=after.moved_at,
        operation=operation,
        about=after.customer_id,
        before={"state": before.state_on(day).value},
        after={"state": after.state.value},
    )
