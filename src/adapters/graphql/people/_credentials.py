"""Signing in by an e-mail and a password, and the second factor."""

from __future__ import annotations

from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.people._refusals import (
    EmailRequiredType,
    EmailTakenType,
    InvalidCredentialsType,
    InvalidEmailType,
    InvalidNameType,
    InvalidPasswordType,
    InvalidTotpType,
    NewPasswordRequiredType,
    OldPasswordRequiredType,
    SecondFactorDemandedType,
    SecondFactorOffType,
    SecondFactorOnType,
    SecondFactorRequiredType,
    TooManyTriesType,
)
from adapters.graphql.people._sessions import NoMembershipType, SessionOverType, SessionType
from adapters.graphql.refusals import Refusals
from adapters.graphql.requires import field, resolved
from application.authorization import Permission
from application.second_factor import Device, TurnedOn
from application.signing_in import SignedIn

_CODE = "The six digits that the device shows, or a code for recovery."


@strawberry.input(name="SignInWithPasswordInput", description="Who signs in, and how that is shown.")
class SignInWithPasswordInput:
    """Read as the arguments of SignInWithPassword."""

    email: str = strawberry.field(description="The e-mail, in letters of any case.")
    password: str = strawberry.field(description="The password.")
    totp: str | None = strawberry.field(
        description="The second factor, where the login has one: the six digits that the device shows, or a code for "
        "recovery. Left out, the session owes it.",
        default=None,
    )
    new_password: str | None = strawberry.field(
        description="What takes the place of a first password; of another it changes nothing.", default=None
    )


@strawberry.input(name="SetPasswordInput", description="A password for the own login.")
class SetPasswordInput:
    """Read as the arguments of SetPassword."""

    new_password: str = strawberry.field(description="10 to 128 characters, at least five of them different.")
    old_password: str | None = strawberry.field(
        description="The one before; not needed within ten minutes after signIn.", default=None
    )
    email: str | None = strawberry.field(
        description="The e-mail that it goes with from now on; needed the first time.", default=None
    )


@strawberry.input(name="ConfirmTotpInput", description="That the device has the secret.")
class ConfirmTotpInput:
    """Read as the arguments of ConfirmTotp."""

    totp: str = strawberry.field(description="The six digits that the device shows.")


@strawberry.input(name="ShowTotpInput", description="The second factor.")
class ShowTotpInput:
    """Read as the arguments of ShowTotp."""

    totp: str = strawberry.field(description=_CODE)


@strawberry.input(name="DisableTotpInput", description="The second factor, for the last time.")
class DisableTotpInput:
    """Read as the arguments of DisableTotp."""

    totp: str = strawberry.field(description=_CODE)


@strawberry.input(name="BeginTotpInput", description="A second factor that is to be set up.")
class BeginTotpInput:
    """Read as the arguments of BeginTotp."""

    label: str | None = strawberry.field(
        description="What the device calls the login, beside the merchant's name: 1 to 64 printable characters. By "
        "default the masked e-mail or phone.",
        default=None,
    )


@strawberry.type(name="TotpDevice", description="What a device needs to make codes (RFC 6238).")
class TotpDeviceType:
    """Shows Device."""

    secret: str = field(Permission.MANAGE_LOGIN, description="In base 32, to be typed into the device.")
    uri: str = field(Permission.MANAGE_LOGIN, description="An `otpauth:` address, to be shown as a QR code.")


@strawberry.type(name="SecondFactorSetUp", description="A second factor that is on from now on.")
class SecondFactorSetUpType:
    """Shows TurnedOn."""

    session: SessionType = field(
        Permission.MANAGE_LOGIN, description="This session, which has shown the second factor."
    )
    recovery_codes: list[str] = field(
        Permission.MANAGE_LOGIN,
        description="Shown this once: each lets the person in once where the device is lost.",
    )


SignInWithPasswordError = Annotated[
    InvalidEmailType
    | TooManyTriesType
    | InvalidCredentialsType
    | NewPasswordRequiredType
    | InvalidPasswordType
    | InvalidTotpType
    | NoMembershipType,
    strawberry.union("SignInWithPasswordError", description="Why somebody was not signed in."),
]
SetPasswordError = Annotated[
    InvalidPasswordType
    | InvalidEmailType
    | EmailTakenType
    | EmailRequiredType
    | OldPasswordRequiredType
    | SecondFactorRequiredType
    | TooManyTriesType
    | InvalidCredentialsType
    | SessionOverType,
    strawberry.union("SetPasswordError", description="Why the password stays as it was."),
]
BeginTotpError = Annotated[
    InvalidNameType | SecondFactorOnType | SessionOverType,
    strawberry.union("BeginTotpError", description="Why there is no secret."),
]
ConfirmTotpError = Annotated[
    SecondFactorOffType
    | SecondFactorOnType
    | InvalidTotpType
    | TooManyTriesType
    | NoMembershipType
    | SessionOverType,
    strawberry.union("ConfirmTotpError", description="Why the second factor is not on."),
]
ShowTotpError = Annotated[
    SecondFactorOffType | InvalidTotpType | TooManyTriesType | NoMembershipType | SessionOverType,
    strawberry.union("ShowTotpError", description="Why the second factor was not shown."),
]
DisableTotpError = Annotated[
    SecondFactorOffType
    | SecondFactorDemandedType
    | InvalidTotpType
    | TooManyTriesType
    | NoMembershipType
    | SessionOverType,
    strawberry.union("DisableTotpError", description="Why the second factor stays on."),
]


@strawberry.type(name="SignInWithPasswordPayload", description="The session, or why there is none.")
class SignInWithPasswordPayload:
    """What came of signInWithPassword."""

    session: SessionType | None = field(
        Permission.BROWSE, description="The new session; null where it was refused."
    )
    errors: list[SignInWithPasswordError] = field(Permission.BROWSE, description="Why it was refused.")


@strawberry.type(name="SetPasswordPayload", description="What to sign in with, or why not.")
class SetPasswordPayload:
    """What came of setPassword."""

    email: str | None = field(
        Permission.MANAGE_LOGIN,
        description="The e-mail that the password goes with, masked; null where it was refused.",
    )
    errors: list[SetPasswordError] = field(Permission.MANAGE_LOGIN, description="Why it was refused.")


@strawberry.type(name="BeginTotpPayload", description="What the device needs, or why there is nothing.")
class BeginTotpPayload:
    """What came of beginTotp."""

    device: TotpDeviceType | None = field(
        Permission.MANAGE_LOGIN, description="What the device needs; null where it was refused."
    )
    errors: list[BeginTotpError] = field(Permission.MANAGE_LOGIN, description="Why it was refused.")


@strawberry.type(name="ConfirmTotpPayload", description="The second factor, or why it is not on.")
class ConfirmTotpPayload:
    """What came of confirmTotp."""

    second_factor: SecondFactorSetUpType | None = field(
        Permission.MANAGE_LOGIN, description="The second factor; null where it was refused."
    )
    errors: list[ConfirmTotpError] = field(Permission.MANAGE_LOGIN, description="Why it was refused.")


@strawberry.type(name="ShowTotpPayload", description="The session, to which everything is open, or why not.")
class ShowTotpPayload:
    """What came of showTotp."""

    session: SessionType | None = field(
        Permission.MANAGE_LOGIN,
        description="The session with its new access token; null where it was refused.",
    )
    errors: list[ShowTotpError] = field(Permission.MANAGE_LOGIN, description="Why it was refused.")


@strawberry.type(name="DisableTotpPayload", description="The session without a second factor, or why not.")
class DisableTotpPayload:
    """What came of disableTotp."""

    session: SessionType | None = field(
        Permission.MANAGE_LOGIN,
        description="The session with its new access token; null where it was refused.",
    )
    errors: list[DisableTotpError] = field(Permission.MANAGE_LOGIN, description="Why it was refused.")


@strawberry.type
class CredentialsMutations:
    """Passwords and second factors."""

    @resolved(
        Permission.BROWSE,
        description="Sign in by an e-mail and a password, where signIn would lead to. Every call is one try, and "
        "within a quarter of an hour there are five for an e-mail, whether it is somebody's or not.",
        graphql_type=SignInWithPasswordPayload,
        extensions=[Refusals(SignInWithPasswordPayload)],
    )
    @staticmethod
    async def sign_in_with_password(
        info: Info,
        input: Annotated[SignInWithPasswordInput, strawberry.argument(description="Who, and how.")],
    ) -> SignedIn:
        context = info.context
        return await context.do(
            context.use.sign_in_with_password,
            actor=context.actor,
            email=input.email,
            password=input.password,
            totp=input.totp,
            new_password=input.new_password,
        )

    @resolved(
        Permission.MANAGE_LOGIN,
        description="Set the password of the own login, and its e-mail; all its other sessions end.",
        graphql_type=SetPasswordPayload,
        extensions=[Refusals(SetPasswordPayload)],
    )
    @staticmethod
    async def set_password(
        info: Info, input: Annotated[SetPasswordInput, strawberry.argument(description="Which.")]
    ) -> str:
        context = info.context
        return await context.do(
            context.use.set_password,
            actor=context.actor,
            new_password=input.new_password,
            old_password=input.old_password,
            email=input.email,
        )

    @resolved(
        Permission.MANAGE_LOGIN,
        description="Make the secret of a second factor. It is not on before confirmTotp.",
        graphql_type=BeginTotpPayload,
        extensions=[Refusals(BeginTotpPayload)],
    )
    @staticmethod
    async def begin_totp(
        info: Info, input: Annotated[BeginTotpInput, strawberry.argument(description="What it is called.")]
    ) -> Device:
        context = info.context
        return await context.do(context.use.begin_totp, actor=context.actor, label=input.label)

    @resolved(
        Permission.MANAGE_LOGIN,
        description="Turn the second factor on; all other sessions of the login end.",
        graphql_type=ConfirmTotpPayload,
        extensions=[Refusals(ConfirmTotpPayload)],
    )
    @staticmethod
    async def confirm_totp(
        info: Info, input: Annotated[ConfirmTotpInput, strawberry.argument(description="A code.")]
    ) -> TurnedOn:
        context = info.context
        return await context.do(context.use.confirm_totp, actor=context.actor, code=input.totp)

    @resolved(
        Permission.MANAGE_LOGIN,
        description="Show the second factor in this session. A code of the device is taken once.",
        graphql_type=ShowTotpPayload,
        extensions=[Refusals(ShowTotpPayload)],
    )
    @staticmethod
    async def show_totp(
        info: Info, input: Annotated[ShowTotpInput, strawberry.argument(description="A code.")]
    ) -> SignedIn:
        context = info.context
        return await context.do(context.use.show_totp, actor=context.actor, code=input.totp)

    @resolved(
        Permission.MANAGE_LOGIN,
        description="Turn the second factor off; all other sessions of the login end.",
        graphql_type=DisableTotpPayload,
        extensions=[Refusals(DisableTotpPayload)],
    )
    @staticmethod
    async def disable_totp(
        info: Info, input: Annotated[DisableTotpInput, strawberry.argument(description="A code.")]
    ) -> SignedIn:
        context = info.context
        return await context.do(context.use.disable_totp, actor=context.actor, code=input.totp)
