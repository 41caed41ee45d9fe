"""The verification of companies: what owners say, and what staff find."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.connections import Order
from adapters.graphql.context import Context, Info
from adapters.graphql.pricing import MoneyType
from adapters.graphql.refusals import Refusals
from adapters.graphql.registering._types import (
    DetailsMissingType,
    IllegalStepType,
    InvalidEntryType,
    LicenceExpiredType,
    UnknownStaffType,
    UnknownTierType,
    VerificationNotFoundType,
)
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from application.authorization import Permission
from application.verifying import AskedDetails, Grant
from application.views.registering import VerificationCard, VerificationFilter
from domain.identity import CustomerId, PriceTierId, StaffId
from domain.verification import VerificationCase, VerificationState

LONGEST_WAITING = Order("LONGEST_WAITING", (int, str))
_SEEING = (Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, Permission.MANAGE_CUSTOMERS)
_READING = (Permission.MANAGE_COMPANY, Permission.MANAGE_CUSTOMERS)


@strawberry.type(
    name="CompanyDetails", description="What a company says of itself, as it stands in its licence."
)
class CompanyDetailsType:
    """Shows CompanyDetails."""

    legal_name: str = field(*_READING, description="The name of the company in the licence.")
    code: str = field(
        *_READING, name="unifiedSocialCreditCode", description="The number of the licence (GB 32100-2015)."
    )
    contact: str = field(*_READING, name="contactName", description="Whom to ask.")
    phone: str | None = field(
        *_READING, name="contactPhone", description="Their phone; null where they have been erased."
    )
    picture: str = field(
        *_READING,
        name="licencePicture",
        description="Where the picture of the licence is, in the client's words.",
    )
    valid_until: date | None = field(
        *_READING,
        name="licenceValidUntil",
        description="The last day of the licence; null where it holds for good.",
    )


@strawberry.type(name="VerificationStep", description="One step of a verification.")
class VerificationStepType:
    """Shows VerificationStep."""

    state: VerificationState = field(*_SEEING, description="What it came to.")
    at: datetime = field(*_SEEING, description="When.")
    reason: str = field(*_SEEING, description="Why; empty where nothing was said.")
    by: strawberry.ID | None = field(
        *_SEEING,
        name="personId",
        description="Who did that, by id; null for staff, where somebody else asks than staff who approve.",
    )


@strawberry.type(
    name="CreditTerms", description="What a company may owe, and for how long; kept, and not yet used."
)
class CreditTermsType:
    """Shows CreditTerms."""

    limit: MoneyType = field(*_READING, description="How much it may owe.")
    days: int = field(*_READING, description="For how many days.")


@strawberry.type(name="Verification", description="What the merchant has found of what a company says it is.")
class VerificationType:
    """Shows VerificationCard."""

    customer_id: strawberry.ID = field(*_SEEING, description="The company, by id.")
    customer_name: str = field(*_SEEING, description="What the company is called.")
    state: VerificationState = field(*_SEEING, description="Where it stands today, where the merchant is.")
    moved_at: datetime = field(*_SEEING, description="When it came there; an approval before it expired.")
    approved_until: date | None = field(
        *_SEEING, description="The last day of the approval; null where there was none, or it has no end."
    )
    steps: list[VerificationStepType] = field(*_SEEING, description="How it came there, from the beginning.")
    details: CompanyDetailsType | None = field(
        *_READING, description="What the company says of itself; null before it has said anything."
    )
    credit: CreditTermsType | None = field(
        *_READING, description="The credit that was given with the approval, if any."
    )


@strawberry.input(
    name="VerificationFilter", description="Which verifications: all of what is given must hold."
)
class VerificationFilterInput:
    """Read as VerificationFilter."""

    state: VerificationState | None = strawberry.field(
        description="Only those that stand here today.", default=None
    )

    def asked(self) -> VerificationFilter:
        """Read the filter."""
        return VerificationFilter(state=self.state)


@strawberry.input(name="SaveCompanyDetailsInput", description="What the company is.")
class SaveCompanyDetailsInput:
    """Read as AskedDetails."""

    customer_id: strawberry.ID = strawberry.field(
        description="The company: the one that the caller buys for."
    )
    legal_name: str = strawberry.field(description="The name of the company in the licence.")
    unified_social_credit_code: str = strawberry.field(
        description="The 18 characters of the licence's number."
    )
    contact_name: str = strawberry.field(description="Whom to ask.")
    contact_phone: str = strawberry.field(description="Their mobile phone.")
    licence_picture: str = strawberry.field(
        description="Where the picture of the licence is: any text of up to 300 characters, kept as it is."
    )
    licence_valid_until: date | None = strawberry.field(
        description="The last day of the licence; left out where it holds for good.", default=None
    )

    def asked(self) -> AskedDetails:
        """Read the input."""
        return AskedDetails(
            legal_name=self.legal_name,
            code=self.unified_social_credit_code,
            contact=self.contact_name,
            phone=self.contact_phone,
            picture=self.licence_picture,
            valid_until=self.licence_valid_until,
        )


@strawberry.input(name="SubmitVerificationInput", description="What is handed in.")
class SubmitVerificationInput:
    """Read as the arguments of SubmitVerification."""

    customer_id: strawberry.ID = strawberry.field(
        description="The company: the one that the caller buys for."
    )


@strawberry.input(name="AskForInfoInput", description="Whom, and for what.")
class AskForInfoInput:
    """Read as the arguments of AskForInfo."""

    customer_id: strawberry.ID = strawberry.field(description="The company.")
    reason: str = strawberry.field(
        description="What is missing, for the company to read; 1 to 500 characters."
    )


@strawberry.input(name="RejectCustomerInput", description="Who is rejected, and why.")
class RejectCustomerInput:
    """Read as the arguments of RejectCustomer."""

    customer_id: strawberry.ID = strawberry.field(description="The company.")
    reason: str = strawberry.field(description="Why, for the company to read; 1 to 500 characters.")


@strawberry.input(name="ApproveCustomerInput", description="Who is approved, and what they are given.")
class ApproveCustomerInput:
    """Read as Grant."""

    customer_id: strawberry.ID = strawberry.field(description="The company.")
    tier_id: strawberry.ID = strawberry.field(description="Its price tier from now on.")
    sales_rep_id: strawberry.ID | None = strawberry.field(
        description="Who of the staff looks after it; who does so already stays by default.", default=None
    )
    contract_name: str | None = strawberry.field(
        description="Make a list of its own prices of this name, to be filled by setPrices; none by default.",
        default=None,
    )
    credit_limit: Decimal | None = strawberry.field(
        description="How much it may owe, together with creditDays.", default=None
    )
    credit_days: int | None = strawberry.field(description="For how many days, 0 to 365.", default=None)

    def grant(self) -> Grant:
        """Read what is given."""
        return Grant(
            tier_id=known_or_missing(PriceTierId, self.tier_id),
            sales_rep_id=None if self.sales_rep_id is None else known_or_missing(StaffId, self.sales_rep_id),
            contract=self.contract_name,
            credit_limit=self.credit_limit,
            credit_days=self.credit_days,
        )


SaveCompanyDetailsError = Annotated[
    InvalidEntryType | VerificationNotFoundType | IllegalStepType,
    strawberry.union("SaveCompanyDetailsError", description="Why nothing was saved."),
]
SubmitVerificationError = Annotated[
    VerificationNotFoundType | IllegalStepType | DetailsMissingType | LicenceExpiredType,
    strawberry.union("SubmitVerificationError", description="Why nothing was handed in."),
]
AskForInfoError = Annotated[
    VerificationNotFoundType | IllegalStepType | InvalidEntryType,
    strawberry.union("AskForInfoError", description="Why nothing was asked."),
]
ApproveCustomerError = Annotated[
    VerificationNotFoundType
    | IllegalStepType
    | InvalidEntryType
    | UnknownTierType
    | UnknownStaffType
    | DetailsMissingType
    | LicenceExpiredType,
    strawberry.union("ApproveCustomerError", description="Why the company was not approved."),
]
RejectCustomerError = Annotated[
    VerificationNotFoundType | IllegalStepType | InvalidEntryType,
    strawberry.union("RejectCustomerError", description="Why the company was not rejected."),
]
_OUTCOME = "The verification as it is now; null where it was refused."
_WHY = "Everything that is wrong."


@strawberry.type(name="SaveCompanyDetailsPayload", description="The verification, or why nothing was saved.")
class SaveCompanyDetailsPayload:
    """What came of saveCompanyDetails."""

    verification: VerificationType | None = field(Permission.MANAGE_COMPANY, description=_OUTCOME)
    errors: list[SaveCompanyDetailsError] = field(Permission.MANAGE_COMPANY, description=_WHY)


@strawberry.type(
    name="SubmitVerificationPayload", description="The verification, or why nothing was handed in."
)
class SubmitVerificationPayload:
    """What came of submitVerification."""

    verification: VerificationType | None = field(Permission.MANAGE_COMPANY, description=_OUTCOME)
    errors: list[SubmitVerificationError] = field(Permission.MANAGE_COMPANY, description=_WHY)


@strawberry.type(name="AskForInfoPayload", description="The verification, or why nothing was asked.")
class AskForInfoPayload:
    """What came of askForInfo."""

    verification: VerificationType | None = field(Permission.MANAGE_CUSTOMERS, description=_OUTCOME)
    errors: list[AskForInfoError] = field(Permission.MANAGE_CUSTOMERS, description=_WHY)


@strawberry.type(name="ApproveCustomerPayload", description="The verification, or why it was not approved.")
class ApproveCustomerPayload:
    """What came of approveCustomer."""

    verification: VerificationType | None = field(Permission.MANAGE_CUSTOMERS, description=_OUTCOME)
    errors: list[ApproveCustomerError] = field(Permission.MANAGE_CUSTOMERS, description=_WHY)


@strawberry.type(name="RejectCustomerPayload", description="The verification, or why it was not rejected.")
class RejectCustomerPayload:
    """What came of rejectCustomer."""

    verification: VerificationType | None = field(Permission.MANAGE_CUSTOMERS, description=_OUTCOME)
    errors: list[RejectCustomerError] = field(Permission.MANAGE_CUSTOMERS, description=_WHY)


@strawberry.type
class VerificationMutations:
    """What owners and staff do to verifications."""

    @resolved(
        Permission.MANAGE_COMPANY,
        description="Keep what the company says of itself; nothing is handed in by that. Of an approval that ends it "
        "makes a draft of the next one, and the company stays approved until that day.",
        graphql_type=SaveCompanyDetailsPayload,
        extensions=[Refusals(SaveCompanyDetailsPayload)],
    )
    @staticmethod
    async def save_company_details(
        info: Info,
        input: Annotated[SaveCompanyDetailsInput, strawberry.argument(description="What the company is.")],
    ) -> VerificationCard:
        context = info.context
        case = await context.do(
            context.use.save_company_details,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            asked=input.asked(),
        )
        return await _as_it_is(context, case)

    @resolved(
        Permission.MANAGE_COMPANY,
        description="Hand in what the company says of itself, the first time, when asked for more, or for a new "
        "licence when the approval is over.",
        graphql_type=SubmitVerificationPayload,
        extensions=[Refusals(SubmitVerificationPayload)],
    )
    @staticmethod
    async def submit_verification(
        info: Info,
        input: Annotated[SubmitVerificationInput, strawberry.argument(description="For which company.")],
    ) -> VerificationCard:
        context = info.context
        case = await context.do(
            context.use.submit_verification,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
        )
        return await _as_it_is(context, case)

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Ask a company for more; it mends what it has said and hands it in again.",
        graphql_type=AskForInfoPayload,
        extensions=[Refusals(AskForInfoPayload)],
    )
    @staticmethod
    async def ask_for_info(
        info: Info, input: Annotated[AskForInfoInput, strawberry.argument(description="Whom, and for what.")]
    ) -> VerificationCard:
        context = info.context
        case = await context.do(
            context.use.ask_for_info,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            reason=input.reason,
        )
        return await _as_it_is(context, case)

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Approve a company until its licence ends, and give it its tier and whatever else, all at once.",
        graphql_type=ApproveCustomerPayload,
        extensions=[Refusals(ApproveCustomerPayload)],
    )
    @staticmethod
    async def approve_customer(
        info: Info,
        input: Annotated[ApproveCustomerInput, strawberry.argument(description="Whom, and what they get.")],
    ) -> VerificationCard:
        context = info.context
        case = await context.do(
            context.use.approve_customer,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            grant=input.grant(),
        )
        return await _as_it_is(context, case)

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Reject a company, for good.",
        graphql_type=RejectCustomerPayload,
        extensions=[Refusals(RejectCustomerPayload)],
    )
    @staticmethod
    async def reject_customer(
        info: Info, input: Annotated[RejectCustomerInput, strawberry.argument(description="Whom, and why.")]
    ) -> VerificationCard:
        context = info.context
        case = await context.do(
            context.use.reject_customer,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            reason=input.reason,
        )
        return await _as_it_is(context, case)


async def _as_it_is(context: Context, case: VerificationCase) -> VerificationCard:
    """Show a verification after a verb as it is stored now."""
    found = await context.views.registrations.verifications_of((case.customer_id,))
    return found[case.customer_id]
