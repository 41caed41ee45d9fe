"""People: signing in and out, passwords and second factors, and the places of a login."""

from adapters.graphql.people._credentials import CredentialsMutations
from adapters.graphql.people._members import StaffMemberType
from adapters.graphql.people._mutations import PeopleMutations
from adapters.graphql.people._refusals import (
    EmailTakenType,
    InvalidEmailType,
    InvalidNameType,
    SecondFactorOffType,
)
from adapters.graphql.people._sessions import (
    InvalidCodeType,
    InvalidPhoneType,
    MembershipType,
    PhoneRequiredType,
    SessionOverType,
    SessionType,
    WeChatRefusedType,
    WeChatUnavailableType,
)

__all__ = [
    "CredentialsMutations",
    "EmailTakenType",
    "InvalidCodeType",
    "InvalidEmailType",
    "InvalidNameType",
    "InvalidPhoneType",
    "MembershipType",
    "PeopleMutations",
    "PhoneRequiredType",
    "SecondFactorOffType",
    "SessionOverType",
    "SessionType",
    "StaffMemberType",
    "WeChatRefusedType",
    "WeChatUnavailableType",
]
