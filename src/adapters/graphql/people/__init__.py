"""People: signing in and out, and the places of a login."""

from adapters.graphql.people._mutations import PeopleMutations
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
    "InvalidCodeType",
    "InvalidPhoneType",
    "MembershipType",
    "PeopleMutations",
    "PhoneRequiredType",
    "SessionOverType",
    "SessionType",
    "WeChatRefusedType",
    "WeChatUnavailableType",
]
