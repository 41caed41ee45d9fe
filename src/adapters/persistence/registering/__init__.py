"""Registering in tables: invitations, and the verifications of companies with their steps."""

from adapters.persistence.registering._invitations import (
    INVITATION,
    SqlInvitations,
    invitation_of,
    invitation_row,
    invitations,
)
from adapters.persistence.registering._verifications import (
    CASE,
    OF_CUSTOMER,
    STEPS,
    SqlVerifications,
    case_of,
    case_row,
    own_of,
    step_rows,
    steps_of_each,
    verification_steps,
    verifications,
)

__all__ = [
    "CASE",
    "INVITATION",
    "OF_CUSTOMER",
    "STEPS",
    "SqlInvitations",
    "SqlVerifications",
    "case_of",
    "case_row",
    "invitation_of",
    "invitation_row",
    "invitations",
    "own_of",
    "step_rows",
    "steps_of_each",
    "verification_steps",
    "verifications",
]
