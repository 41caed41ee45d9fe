"""What may be ordered of a SKU, as everybody sees it."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.skus import REFUSED_SKU
from application.authorization import Permission
from domain.catalog import CaseRule, CatchWeight, InvalidQuantity, QuotaExceeded
from domain.period import CalendarPeriod


@strawberry.type(name="Quota", description="The most of a SKU that one customer orders in a period.")
class QuotaType:
    """Shows Quota."""

    most: Decimal = field(Permission.BROWSE, description="So many of the base unit.")
    period: CalendarPeriod = field(
        Permission.BROWSE, description="In which period, by the merchant's calendar."
    )


@strawberry.type(name="CaseRule", description="What it means to order less than whole cases of a SKU.")
class CaseRuleType:
    """Shows CaseRule."""

    unit: str = field(Permission.BROWSE, description="The code of the unit that is a case.")

    @resolved(
        Permission.BROWSE,
        description=(
            "By how much, in percent, one of a smaller unit is dearer in a line that is no whole cases; null where "
            "nothing but whole cases is sold. What a SKU and a quote say it costs has it in it."
        ),
        graphql_type=Decimal | None,
    )
    @staticmethod
    def surcharge(root: CaseRule) -> Decimal | None:
        return None if root.surcharge is None else Decimal(str(root.surcharge))


@strawberry.type(
    name="CatchWeight", description="That goods cost what they weigh when they are picked (称重)."
)
class CatchWeightType:
    """Shows CatchWeight."""

    @resolved(
        Permission.BROWSE,
        description="By how much, in percent, they may weigh more or less than was ordered.",
        graphql_type=Decimal,
    )
    @staticmethod
    def tolerance(root: CatchWeight) -> Decimal:
        return Decimal(str(root.tolerance))


@refusal(
    InvalidQuantity,
    description="The quantity breaks the SKU's minimum, step or maximum, or is no quantity of the unit at all.",
)
class InvalidQuantityType(UserErrorType):
    """Shows InvalidQuantity."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)
    nearest: list[Decimal] = field(
        Permission.BROWSE, description="The valid quantities next to the one asked for, in the same unit."
    )


@refusal(
    QuotaExceeded, description="Together with what was ordered in the period it is more than the SKU's quota."
)
class QuotaExceededType(UserErrorType):
    """Shows QuotaExceeded."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)
    quota: QuotaType = field(Permission.BROWSE, description="The quota.")
    left: Decimal = field(
        Permission.BROWSE, description="What may still be ordered in the period, in the base unit."
    )
    nearest: list[Decimal] = field(
        Permission.BROWSE,
        description="The valid quantities next to the one asked for, in the same unit.",
    )
