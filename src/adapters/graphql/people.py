"""Signing in and out, and the places of a login."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known
from application.authorization import Permission
from application.people import SignedIn
from application.ports.text_messages import TextMessageFailed
from application.ports.wechat import WeChatReason, WeChatRefused, WeChatUnavailable
from domain.customers import Role
from domain.identity import BuyerId, StaffId
from domain.people import (
    CodeSentAlready,
    InvalidCode,
    InvalidPhone,
    InvalidRefreshToken,
    MembershipNotFound,
    NoMembership,
    PhoneRequired,
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


@strawberry.input(name="RequestSignInCodeInput", description="Where a code is sent to.")
class RequestSignInCodeInput:
    """Read as the arguments of RequestCode."""

    phone: str = strawberry.field(
        description="A mobile phone of the Chinese mainland, with or without +86, blanks and dashes."
    )


@strawberry.input(name="SignInInput", description="Who signs in, and how that is shown.")
class SignInInput:
    """Read as the arguments of VerifyCode."""

    phone: str = strawberry.field(description="The phone that the code was sent to.")
    code: str = strawberry.field(description="The six digits.")


@strawberry.input(name="SignInByWeChatInput", description="Who signs in, as WeChat says.")
class SignInByWeChatInput:
    """Read as the arguments of SignInByWeChat."""

    code: str = strawberry.field(description="What `wx.login` gave the mini-program.")
    phone_code: str | None = strawberry.field(
        description="What `getPhoneNumber` gave it: needed the first time.", default=None
    )


@strawberry.input(name="RefreshSessionInput", description="Which session goes on.")
class RefreshSessionInput:
    """Read as the arguments of Refresh."""

    refresh_token: str = strawberry.field(
        description="The last refresh token of the session. It is good once: whoever sends it again ends the session."
    )


@strawberry.input(name="SignOutInput", description="What is ended.")
class SignOutInput:
    """Read as the arguments of SignOut."""

    everywhere: bool = strawberry.field(
        description="Every session of the login, not only this one.", default=False
    )


@strawberry.input(name="SwitchMembershipInput", description="Where to go on.")
class SwitchMembershipInput:
    """Read as the arguments of SwitchMembership."""

    membership_id: strawberry.ID = strawberry.field(description="One of `memberships`, by id.")


RequestSignInCodeError = Annotated[
    InvalidPhoneType | CodeSentAlreadyType | TooManyCodesType | TextMessageFailedType,
    strawberry.union("RequestSignInCodeError", description="Why no code was sent."),
]
SignInError = Annotated[
    InvalidPhoneType | InvalidCodeType | NoMembershipType,
    strawberry.union("SignInError", description="Why somebody was not signed in."),
]
SignInByWeChatError = Annotated[
    WeChatRefusedType | WeChatUnavailableType | PhoneRequiredType | NoMembershipType,
    strawberry.union("SignInByWeChatError", description="Why somebody was not signed in."),
]
RefreshSessionError = Annotated[
    InvalidRefreshTokenType | NoMembershipType,
    strawberry.union("RefreshSessionError", description="Why a session does not go on."),
]
SignOutError = Annotated[
    SessionOverType,
    strawberry.union("SignOutError", description="Why nothing was ended."),
]
SwitchMembershipError = Annotated[
    MembershipNotFoundType | SessionOverType,
    strawberry.union("SwitchMembershipError", description="Why a session does not go on there."),
]


@strawberry.type(
    name="RequestSignInCodePayload", description="How long the code holds, or why none was sent."
)
class RequestSignInCodePayload:
    """What came of requestSignInCode."""

    valid_until: datetime | None = field(
        Permission.BROWSE, description="When the code holds no longer; null where none was sent."
    )
    errors: list[RequestSignInCodeError] = field(Permission.BROWSE, description="Why it was refused.")


@strawberry.type(name="SignInPayload", description="The session, or why there is none.")
class SignInPayload:
    """What came of signIn."""

    session: SessionType | None = field(
        Permission.BROWSE, description="The new session; null where it was refused."
    )
    errors: list[SignInError] = field(Permission.BROWSE, description="Why it was refused.")


@strawberry.type(name="SignInByWeChatPayload", description="The session, or why there is none.")
class SignInByWeChatPayload:
    """What came of signInByWeChat."""

    session: SessionType | None = field(
        Permission.BROWSE, description="The new session; null where it was refused."
    )
    errors: list[SignInByWeChatError] = field(Permission.BROWSE, description="Why it was refused.")


@strawberry.type(name="RefreshSessionPayload", description="The session, or why it does not go on.")
class RefreshSessionPayload:
    """What came of refreshSession."""

    session: SessionType | None = field(
        Permission.BROWSE, description="The session with its next tokens; null where it was refused."
    )
    errors: list[RefreshSessionError] = field(Permission.BROWSE, description="Why it was refused.")


@strawberry.type(name="SignOutPayload", description="What was ended, or why nothing was.")
class SignOutPayload:
    """What came of signOut."""

    ended_sessions: int | None = field(
        Permission.VIEW_ACCOUNT,
        Permission.BACK_OFFICE,
        description="How many sessions were ended; null where it was refused.",
    )
    errors: list[SignOutError] = field(
        Permission.VIEW_ACCOUNT, Permission.BACK_OFFICE, description="Why it was refused."
    )


@strawberry.type(name="SwitchMembershipPayload", description="The session in its new place, or why not.")
class SwitchMembershipPayload:
    """What came of switchMembership."""

    session: SessionType | None = field(
        Permission.VIEW_ACCOUNT,
        Permission.BACK_OFFICE,
        description="The session with its new access token; null where it was refused.",
    )
    errors: list[SwitchMembershipError] = field(
        Permission.VIEW_ACCOUNT, Permission.BACK_OFFICE, description="Why it was refused."
    )


@strawberry.type
class PeopleMutations:
    """Signing in and out."""

    @resolved(
        Permission.BROWSE,
        description="Send a code to a phone: once a minute, ten times a day.",
        graphql_type=RequestSignInCodePayload,
        extensions=[Refusals(RequestSignInCodePayload)],
    )
    @staticmethod
    async def request_sign_in_code(
        info: Info, input: Annotated[RequestSignInCodeInput, strawberry.argument(description="Where to.")]
    ) -> datetime:
        context = info.context
        return await context.do(
            context.use.request_code, actor=context.actor, phone=input.phone, locale=context.locale.value
        )

    @resolved(
        Permission.BROWSE,
        description="Sign in by the code that was sent: at the merchant that is asked, where there is a place, as "
        "whom one was last there. Every call is one try.",
        graphql_type=SignInPayload,
        extensions=[Refusals(SignInPayload)],
    )
    @staticmethod
    async def sign_in(
        info: Info, input: Annotated[SignInInput, strawberry.argument(description="Who, and the code.")]
    ) -> SignedIn:
        context = info.context
        return await context.do(
            context.use.verify_code, actor=context.actor, phone=input.phone, code=input.code
        )

    @resolved(
        Permission.BROWSE,
        name="signInByWeChat",
        description="Sign in as whom WeChat says it is: where signIn would lead to.",
        graphql_type=SignInByWeChatPayload,
        extensions=[Refusals(SignInByWeChatPayload)],
    )
    @staticmethod
    async def sign_in_by_wechat(
        info: Info, input: Annotated[SignInByWeChatInput, strawberry.argument(description="The codes.")]
    ) -> SignedIn:
        context = info.context
        return await context.do(
            context.use.sign_in_by_wechat,
            actor=context.actor,
            code=input.code,
            phone_code=input.phone_code,
        )

    @resolved(
        Permission.BROWSE,
        description="Get the next tokens of a session; sent without the access token that is over.",
        graphql_type=RefreshSessionPayload,
        extensions=[Refusals(RefreshSessionPayload)],
    )
    @staticmethod
    async def refresh_session(
        info: Info, input: Annotated[RefreshSessionInput, strawberry.argument(description="Which.")]
    ) -> SignedIn:
        context = info.context
        return await context.do(context.use.refresh, actor=context.actor, refresh_token=input.refresh_token)

    @resolved(
        Permission.VIEW_ACCOUNT,
        Permission.BACK_OFFICE,
        description="End the session. It is refreshed no more; access tokens that are out hold until they are over.",
        graphql_type=SignOutPayload,
        extensions=[Refusals(SignOutPayload)],
    )
    @staticmethod
    async def sign_out(
        info: Info, input: Annotated[SignOutInput, strawberry.argument(description="What is ended.")]
    ) -> int:
        context = info.context
        return await context.do(context.use.sign_out, actor=context.actor, everywhere=input.everywhere)

    @resolved(
        Permission.VIEW_ACCOUNT,
        Permission.BACK_OFFICE,
        description="Go on in another place of the same login, perhaps at another merchant.",
        graphql_type=SwitchMembershipPayload,
        extensions=[Refusals(SwitchMembershipPayload)],
    )
    @staticmethod
    async def switch_membership(
        info: Info, input: Annotated[SwitchMembershipInput, strawberry.argument(description="Where to.")]
    ) -> SignedIn:
        context = info.context
        wanted = input.membership_id
        return await context.do(
            context.use.switch_membership,
            actor=context.actor,
            person_id=known(BuyerId, wanted) or known(StaffId, wanted),
        )
