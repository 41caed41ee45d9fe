"""Registering, with a phone or as whom WeChat knows."""

from __future__ import annotations

from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.people import (
    InvalidCodeType,
    InvalidPhoneType,
    PhoneRequiredType,
    SessionType,
    WeChatRefusedType,
    WeChatUnavailableType,
)
from adapters.graphql.quoting import TreeTooDeepType
from adapters.graphql.refusals import Refusals
from adapters.graphql.registering._types import (
    AlreadyMemberType,
    InvalidEntryType,
    InvitationExpiredType,
    InvitationForAnotherType,
    InvitationNotFoundType,
    InvitationRevokedType,
    InvitationUsedUpType,
    UnknownTierType,
)
from adapters.graphql.requires import field, resolved
from application.authorization import Permission
from application.registering import Newcomer
from application.signing_in import SignedIn

_NAME = "What the person is called, 1 to 50 characters."
_COMPANY = "What the company is called, 1 to 100 characters; not needed where an invitation leads into one."
_INVITATION = "The code of an invitation, in either case, with or without the dash."


@strawberry.input(
    name="RegisterInput", description="Who registers, how that is shown, and for which company."
)
class RegisterInput:
    """Read as the arguments of Register."""

    phone: str = strawberry.field(description="The phone that the code was sent to.")
    code: str = strawberry.field(description="The six digits that requestSignInCode has sent.")
    name: str = strawberry.field(description=_NAME)
    company: str | None = strawberry.field(description=_COMPANY, default=None)
    invitation: str | None = strawberry.field(description=_INVITATION, default=None)

    def newcomer(self) -> Newcomer:
        """Read what is said of the person and the company."""
        return Newcomer(name=self.name, company=self.company, invitation=self.invitation)


@strawberry.input(
    name="RegisterByWeChatInput", description="Who registers, as WeChat says, and for which company."
)
class RegisterByWeChatInput:
    """Read as the arguments of RegisterByWeChat."""

    code: str = strawberry.field(description="What `wx.login` gave the mini-program.")
    phone_code: str | None = strawberry.field(
        description="What `getPhoneNumber` gave it: needed the first time, and with an invitation for one phone.",
        default=None,
    )
    name: str = strawberry.field(description=_NAME)
    company: str | None = strawberry.field(description=_COMPANY, default=None)
    invitation: str | None = strawberry.field(description=_INVITATION, default=None)

    def newcomer(self) -> Newcomer:
        """Read what is said of the person and the company."""
        return Newcomer(name=self.name, company=self.company, invitation=self.invitation)


_NEWCOMER_ERRORS = (
    InvalidEntryType
    | InvitationNotFoundType
    | InvitationRevokedType
    | InvitationExpiredType
    | InvitationUsedUpType
    | InvitationForAnotherType
    | AlreadyMemberType
    | UnknownTierType
    | TreeTooDeepType
)
RegisterError = Annotated[
    InvalidPhoneType | InvalidCodeType | _NEWCOMER_ERRORS,
    strawberry.union("RegisterError", description="Why somebody did not register."),
]
RegisterByWeChatError = Annotated[
    WeChatRefusedType | WeChatUnavailableType | PhoneRequiredType | _NEWCOMER_ERRORS,
    strawberry.union("RegisterByWeChatError", description="Why somebody did not register."),
]


@strawberry.type(name="RegisterPayload", description="The session, or why there is none.")
class RegisterPayload:
    """What came of register."""

    session: SessionType | None = field(
        Permission.BROWSE, description="The session of the new buyer; null where it was refused."
    )
    errors: list[RegisterError] = field(Permission.BROWSE, description="Why it was refused.")


@strawberry.type(name="RegisterByWeChatPayload", description="The session, or why there is none.")
class RegisterByWeChatPayload:
    """What came of registerByWeChat."""

    session: SessionType | None = field(
        Permission.BROWSE, description="The session of the new buyer; null where it was refused."
    )
    errors: list[RegisterByWeChatError] = field(Permission.BROWSE, description="Why it was refused.")


@strawberry.type
class RegisteringMutations:
    """Coming in."""

    @resolved(
        Permission.BROWSE,
        description="Register a company at the merchant that is asked, or join one by invitation, and sign in. "
        "Who has a login already keeps it. Every call is one try of the code.",
        graphql_type=RegisterPayload,
        extensions=[Refusals(RegisterPayload)],
    )
    @staticmethod
    async def register(
        info: Info, input: Annotated[RegisterInput, strawberry.argument(description="Who, and for whom.")]
    ) -> SignedIn:
        context = info.context
        return await context.do(
            context.use.register,
            actor=context.actor,
            phone=input.phone,
            code=input.code,
            newcomer=input.newcomer(),
        )

    @resolved(
        Permission.BROWSE,
        name="registerByWeChat",
        description="Register as whom WeChat says it is, as register does, and sign in.",
        graphql_type=RegisterByWeChatPayload,
        extensions=[Refusals(RegisterByWeChatPayload)],
    )
    @staticmethod
    async def register_by_wechat(
        info: Info,
        input: Annotated[RegisterByWeChatInput, strawberry.argument(description="Who, and for whom.")],
    ) -> SignedIn:
        context = info.context
        return await context.do(
            context.use.register_by_wechat,
            actor=context.actor,
            code=input.code,
            phone_code=input.phone_code,
            newcomer=input.newcomer(),
        )
