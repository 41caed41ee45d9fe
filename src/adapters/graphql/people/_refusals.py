"""Why somebody is not signed in with a password, and what is wrong with a second factor."""

from __future__ import annotations

from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field
from application.authorization import Permission
from domain.credentials import (
    EmailRequired,
    EmailTaken,
    InvalidCredentials,
    InvalidEmail,
    InvalidName,
    InvalidPassword,
    InvalidTotp,
    NewPasswordRequired,
    OldPasswordRequired,
    SecondFactorDemanded,
    SecondFactorOff,
    SecondFactorOn,
    SecondFactorRequired,
    TooManyTries,
)


@refusal(InvalidName, description="A name has 1 to 64 printable characters.")
class InvalidNameType(UserErrorType):
    """Shows InvalidName."""


@refusal(InvalidEmail, description="It is no e-mail address.")
class InvalidEmailType(UserErrorType):
    """Shows InvalidEmail."""


@refusal(EmailTaken, description="Somebody else signs in with this e-mail.")
class EmailTakenType(UserErrorType):
    """Shows EmailTaken."""


@refusal(EmailRequired, description="The login has no e-mail yet, and a password goes with one.")
class EmailRequiredType(UserErrorType):
    """Shows EmailRequired."""


@refusal(InvalidPassword, description="It is too short or too long, or has too few different characters.")
class InvalidPasswordType(UserErrorType):
    """Shows InvalidPassword."""

    shortest: int = field(Permission.BROWSE, description="How many characters it has at least.")
    longest: int = field(Permission.BROWSE, description="How many characters it has at most.")


@refusal(InvalidCredentials, description="Nobody signs in with this e-mail and this password.")
class InvalidCredentialsType(UserErrorType):
    """Shows InvalidCredentials."""


@refusal(
    TooManyTries,
    description="There were five tries within a quarter of an hour, or thirty wrong codes within a day.",
)
class TooManyTriesType(UserErrorType):
    """Shows TooManyTries."""

    wait_s: int = field(
        Permission.BROWSE, name="waitSeconds", description="After how many seconds another can be made."
    )


@refusal(
    NewPasswordRequired,
    description="The password is right, and a first one, which others have seen: send it with another.",
)
class NewPasswordRequiredType(UserErrorType):
    """Shows NewPasswordRequired."""


@refusal(
    OldPasswordRequired,
    description="Show the old password, or sign in by a code on the phone within the ten minutes before.",
)
class OldPasswordRequiredType(UserErrorType):
    """Shows OldPasswordRequired."""


@refusal(
    InvalidTotp,
    description="The code is not one of the device, was used or is too old, and is none for recovery that is left.",
)
class InvalidTotpType(UserErrorType):
    """Shows InvalidTotp."""


@refusal(
    SecondFactorRequired, description="The login has a second factor, and this session has not shown it."
)
class SecondFactorRequiredType(UserErrorType):
    """Shows SecondFactorRequired."""


@refusal(SecondFactorOn, description="The login has a second factor already.")
class SecondFactorOnType(UserErrorType):
    """Shows SecondFactorOn."""


@refusal(SecondFactorOff, description="The login has no second factor, or none was begun.")
class SecondFactorOffType(UserErrorType):
    """Shows SecondFactorOff."""


@refusal(SecondFactorDemanded, description="A merchant for whom the person works demands the second factor.")
class SecondFactorDemandedType(UserErrorType):
    """Shows SecondFactorDemanded."""
