"""Why somebody does not register, and why a company is not verified."""

from __future__ import annotations

from datetime import date

from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field
from application.authorization import Permission
from application.invitations import UnknownStaff, UnknownTier
from domain.invitations import (
    AlreadyMember,
    InvalidEntry,
    InvitationExpired,
    InvitationForAnother,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsedUp,
)
from domain.verification import (
    ApprovalPending,
    DetailsMissing,
    IllegalStep,
    LicenceExpired,
    VerificationNotFound,
    VerificationState,
)


@refusal(ApprovalPending, description="The company was not approved yet, or its approval is over.")
class ApprovalPendingType(UserErrorType):
    """Shows ApprovalPending."""


@refusal(
    InvalidEntry, description="Something that was filled in cannot be; the last part of the path says what."
)
class InvalidEntryType(UserErrorType):
    """Shows InvalidEntry."""


@refusal(InvitationNotFound, description="There is no such invitation.")
class InvitationNotFoundType(UserErrorType):
    """Shows InvitationNotFound."""


@refusal(InvitationRevoked, description="The invitation was called back.")
class InvitationRevokedType(UserErrorType):
    """Shows InvitationRevoked."""


@refusal(InvitationExpired, description="The time of the invitation is over.")
class InvitationExpiredType(UserErrorType):
    """Shows InvitationExpired."""


@refusal(InvitationUsedUp, description="As many have come with the invitation as may.")
class InvitationUsedUpType(UserErrorType):
    """Shows InvitationUsedUp."""


@refusal(InvitationForAnother, description="The invitation is for another phone.")
class InvitationForAnotherType(UserErrorType):
    """Shows InvitationForAnother."""


@refusal(AlreadyMember, description="The login buys for this company already: sign in.")
class AlreadyMemberType(UserErrorType):
    """Shows AlreadyMember."""


@refusal(UnknownTier, description="There is no such price tier, or none yet for those who register.")
class UnknownTierType(UserErrorType):
    """Shows UnknownTier."""


@refusal(UnknownStaff, description="Nobody of that identity works for the merchant.")
class UnknownStaffType(UserErrorType):
    """Shows UnknownStaff."""


@refusal(
    VerificationNotFound,
    description="There is no such company, or it was a customer before companies were verified.",
)
class VerificationNotFoundType(UserErrorType):
    """Shows VerificationNotFound."""


@refusal(IllegalStep, description="The verification cannot do this from where it stands.")
class IllegalStepType(UserErrorType):
    """Shows IllegalStep."""

    state: VerificationState = field(Permission.BROWSE, description="Where it stands.")


@refusal(DetailsMissing, description="Nothing was said of the company yet: save its details first.")
class DetailsMissingType(UserErrorType):
    """Shows DetailsMissing."""


@refusal(LicenceExpired, description="The business licence has run out.")
class LicenceExpiredType(UserErrorType):
    """Shows LicenceExpired."""

    valid_until: date = field(Permission.BROWSE, description="The last day on which it held.")
