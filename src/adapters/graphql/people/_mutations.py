"""Signing in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.people._sessions import (
    CodeSentAlreadyType,
    InvalidCodeType,
    InvalidPhoneType,
    InvalidRefreshTokenType,
    MembershipNotFoundType,
    NoMembershipType,
    PhoneRequiredType,
    SessionOverType,
    SessionType,
    TextMessageFailedType,
    TooManyCodesType,
    WeChatRefusedType,
    WeChatUnavailableType,
)
from adapters.graphql.refusals import Refusals
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known
from application.authorization import Permission
from application.signing_in import SignedIn
from domain.identity import BuyerId, StaffId


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
        Permission.MANAGE_LOGIN,
        description="How many sessions were ended; null where it was refused.",
    )
    errors: list[SignOutError] = field(Permission.MANAGE_LOGIN, description="Why it was refused.")


@strawberry.type(name="SwitchMembershipPayload", description="The session in its new place, or why not.")
class SwitchMembershipPayload:
    """What came of switchMembership."""

    session: SessionType | None = field(
        Permission.MANAGE_LOGIN,
        description="The session with its new access token; null where it was refused.",
    )
    errors: list[SwitchMembershipError] = field(Permission.MANAGE_LOGIN, description="Why it was refused.")


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
        Permission.MANAGE_LOGIN,
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
        Permission.MANAGE_LOGIN,
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
