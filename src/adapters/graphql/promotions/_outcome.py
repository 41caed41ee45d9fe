"""What came of promotions: in a quote, and in an order."""

from __future__ import annotations

import strawberry

from adapters.graphql.pricing import MoneyType
from adapters.graphql.promotions._effects import ThresholdType
from adapters.graphql.promotions._gifts import GiftType
from adapters.graphql.promotions._types import PromotionLabelType
from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field
from adapters.graphql.skus import REFUSED_SKU
from application.authorization import Permission
from domain.floors import BelowFloor, BelowFloorNeedsApproval
from domain.promotions import RejectionReason

_QUOTE = Permission.PLACE_ORDERS
_ORDER = Permission.VIEW_ORDERS


@strawberry.type(name="AppliedPromotion", description="A promotion that is applied, and what it does.")
class AppliedPromotionType:
    """Shows AppliedPromotion."""

    promotion: PromotionLabelType = field(_QUOTE, description="The promotion.")
    discount: MoneyType = field(_QUOTE, description="What it takes off all lines together.")
    gifts: list[GiftType] = field(_QUOTE, description="What it gives.")


@strawberry.type(
    name="RejectedPromotion",
    description="A promotion that is about goods of the basket, and why it is not applied.",
)
class RejectedPromotionType:
    """Shows RejectedPromotion."""

    promotion: PromotionLabelType = field(_QUOTE, description="The promotion.")
    reason: RejectionReason = field(_QUOTE, description="Why it is not applied.")
    gap: ThresholdType | None = field(
        _QUOTE, description="How much of its goods is missing, where that is the reason."
    )


@strawberry.type(
    name="NearMiss",
    description="How much more of its goods makes a promotion take more off, or give more (凑单).",
)
class NearMissType:
    """Shows NearMiss."""

    promotion: PromotionLabelType = field(_QUOTE, description="The promotion.")
    gap: ThresholdType = field(_QUOTE, description="How much more.")


@strawberry.type(
    name="OrderPromotion", description="A promotion as it was when an order was placed, and what it did."
)
class OrderPromotionType:
    """Shows OrderPromotion."""

    promotion_id: strawberry.ID = field(_ORDER, description="Which promotion it was.")
    name: str = field(_ORDER, description="What it was called.")
    text: str = field(_ORDER, description="What there was to read about it.")
    discount: MoneyType = field(_ORDER, description="What it took off all lines together.")
    gifts: list[GiftType] = field(_ORDER, description="What it gave, and what is owed.")


@refusal(BelowFloor, description="The merchant does not sell the goods at such a price.")
class BelowFloorType(UserErrorType):
    """Shows BelowFloor."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)


@refusal(BelowFloorNeedsApproval, description="The merchant has to approve such a price first.")
class BelowFloorNeedsApprovalType(UserErrorType):
    """Shows BelowFloorNeedsApproval."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)
