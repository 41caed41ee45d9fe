"""The places of a login, its session, and why somebody is not signed in."""

from __future__ import annotations

from datetime import datetime

import strawberry

from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field
from application.authorization import Permission
from application.ports.text_messages import TextMessageFailed
from application.ports.wechat import WeChatReason, WeChatRefused, WeChatUnavailable
from domain.customers import Role
from domain.people import (
    CodeSentAlready,
    InvalidCode,
    InvalidPhone,
    InvalidRefreshToken,
    MembershipNotFound,
    NoMembership,
    PhoneRequired,
    SecondFactor,
    SessionOver,
    TooManyCodes,
)


@strawberry.type(
    name="Membership",
    description="A place of a login: as a buyer of one company, or as staff, without a company.",
)
class MembershipType:
    """Shows Membership."""

    person_id: strawberry.ID = field(
        Permission.BROWSE,
        name="id",
        description="The identity of the buyer or member of staff, to switch to.",
    )
    merchant_name: str = field(Permission.BROWSE, description="The merchant's name.")
    customer_name: str | None = field(
        Permission.BROWSE, description="The company bought for; null for staff."
    )
    role: Role | None = field(
        Permission.BROWSE,
        description="What a buyer may do for the company; null for staff, and in `memberships` at other merchants.",
    )


@strawberry.type(name="Session", description="What somebody who has signed in goes on with.")
class SessionType:
    """Shows SignedIn."""

    access_token: str = field(
        Permission.BROWSE,
        description="To be sent as a bearer token. It names one place, and holds for a quarter of an hour "
        "whatever becomes of the session.",
    )
    until: datetime = field(Permission.BROWSE, description="When the access token holds no longer.")
    refresh_token: str | None = field(
        Permission.BROWSE,
        description="Good for one refreshSession; null where the one that is there goes on.",
    )
    membership: MembershipType = field(
        Permission.BROWSE, description="The place that the access token is for."
    )
    second_factor: SecondFactor = field(
        Permission.BROWSE,
        description="How the session stands with the second factor there. Where it is owed, the access token opens "
        "nothing but the way to show it or to set it up.",
    )


@refusal(InvalidPhone, description="It is no mobile phone of the Chinese mainland.")
class InvalidPhoneType(UserErrorType):
    """Shows InvalidPhone."""


@refusal(CodeSentAlready, description="A code was sent to the phone a moment ago.")
class CodeSentAlreadyType(UserErrorType):
    """Shows CodeSentAlready."""

    wait_s: int = field(
        Permission.BROWSE, name="waitSeconds", description="After how many seconds another can be sent."
    )


@refusal(TooManyCodes, description="Too many codes were sent to the phone within a day.")
class TooManyCodesType(UserErrorType):
    """Shows TooManyCodes."""

    wait_s: int = field(
        Permission.BROWSE, name="waitSeconds", description="After how many seconds another can be sent."
    )


@refusal(TextMessageFailed, description="The message could not be sent.")
class TextMessageFailedType(UserErrorType):
    """Shows TextMessageFailed."""

    retry: bool = field(Permission.BROWSE, description="Whether another try in a minute may do better.")


@refusal(
    InvalidCode,
    description="The code is wrong, or holds no longer: it was used, is five minutes old, or was tried wrongly "
    "five times.",
)
class InvalidCodeType(UserErrorType):
    """Shows InvalidCode."""


@refusal(NoMembership, description="Nobody buys or works with this login anywhere.")
class NoMembershipType(UserErrorType):
    """Shows NoMembership."""


@refusal(PhoneRequired, description="WeChat's identity leads to nobody yet: show the phone, too.")
class PhoneRequiredType(UserErrorType):
    """Shows PhoneRequired."""


@refusal(WeChatRefused, description="WeChat does not take the code: get another.")
class WeChatRefusedType(UserErrorType):
    """Shows WeChatRefused."""

    reason: WeChatReason = field(Permission.BROWSE, description="Why.")


@refusal(WeChatUnavailable, description="WeChat does not answer, or is not set up here.")
class WeChatUnavailableType(UserErrorType):
    """Shows WeChatUnavailable."""


@refusal(
    InvalidRefreshToken,
    description="The refresh token is none, was used before, or its session is over: sign in again.",
)
class InvalidRefreshTokenType(UserErrorType):
    """Shows InvalidRefreshToken."""


@refusal(SessionOver, description="The access token is not of a session, or the session is over.")
class SessionOverType(UserErrorType):
    """Shows SessionOver."""


@refusal(MembershipNotFound, description="The login has no such place.")
class MembershipNotFoundType(UserErrorType):
    """Shows MembershipNotFound."""
