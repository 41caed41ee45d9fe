"""Why somebody does not join, or stays as they are."""

from __future__ import annotations

from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field
from application.authorization import Permission
from domain.team import (
    AlreadyBuyer,
    AlreadyStaff,
    BuyerNotFound,
    ContactRequired,
    NoOwnerLeft,
    NotYoursToGrant,
    OwnAccess,
    StaffNotFound,
)


@refusal(StaffNotFound, description="Nobody who works for the merchant is called so.")
class StaffNotFoundType(UserErrorType):
    """Shows StaffNotFound."""


@refusal(BuyerNotFound, description="There is no such buyer for whoever asks.")
class BuyerNotFoundType(UserErrorType):
    """Shows BuyerNotFound."""


@refusal(OwnAccess, description="Nobody changes what they may do themselves.")
class OwnAccessType(UserErrorType):
    """Shows OwnAccess."""


@refusal(NoOwnerLeft, description="The company would have no owner left.")
class NoOwnerLeftType(UserErrorType):
    """Shows NoOwnerLeft."""


@refusal(AlreadyStaff, description="The person works for the merchant already, perhaps suspended.")
class AlreadyStaffType(UserErrorType):
    """Shows AlreadyStaff."""


@refusal(AlreadyBuyer, description="The person buys for the company already, perhaps suspended.")
class AlreadyBuyerType(UserErrorType):
    """Shows AlreadyBuyer."""


@refusal(
    NotYoursToGrant,
    description="Nobody grants what they may not do themselves, or what comes with being somebody.",
)
class NotYoursToGrantType(UserErrorType):
    """Shows NotYoursToGrant."""

    permissions: list[str] = field(Permission.BROWSE, description="Those that cannot be granted.")


@refusal(ContactRequired, description="Neither a phone nor an e-mail is given.")
class ContactRequiredType(UserErrorType):
    """Shows ContactRequired."""
