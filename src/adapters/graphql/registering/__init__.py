"""Registering: new companies, invitations to them, and what the merchant finds of what they say."""

from adapters.graphql.registering._invitations import InvitationMutations, InvitationType
from adapters.graphql.registering._mutations import RegisteringMutations
from adapters.graphql.registering._types import ApprovalPendingType
from adapters.graphql.registering._verifications import (
    LONGEST_WAITING,
    VerificationFilterInput,
    VerificationMutations,
    VerificationType,
)

__all__ = [
    "LONGEST_WAITING",
    "ApprovalPendingType",
    "InvitationMutations",
    "InvitationType",
    "RegisteringMutations",
    "VerificationFilterInput",
    "VerificationMutations",
    "VerificationType",
]
