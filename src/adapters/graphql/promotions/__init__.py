"""Promotions: what staff make of them, what buyers are told, and what came of them in a quote and in an order."""

from adapters.graphql.promotions._effect_inputs import GiftInput, Reader
from adapters.graphql.promotions._gifts import (
    GiftChoiceInput,
    GiftShortType,
    GiftType,
    UnknownGiftType,
    chosen,
)
from adapters.graphql.promotions._inputs import PromotionDraftInput, TimeSlotInput, audience_in
from adapters.graphql.promotions._mutations import (
    InvalidPromotionType,
    PromotionMutations,
    PromotionNotFoundType,
    UnknownGoodsType,
)
from adapters.graphql.promotions._outcome import (
    AppliedPromotionType,
    BelowFloorNeedsApprovalType,
    BelowFloorType,
    NearMissType,
    OrderPromotionType,
    RejectedPromotionType,
)
from adapters.graphql.promotions._queries import PromotionQueries
from adapters.graphql.promotions._types import PromotionLabelType, PromotionType, TimeSlotType

__all__ = [
    "AppliedPromotionType",
    "BelowFloorNeedsApprovalType",
    "BelowFloorType",
    "GiftChoiceInput",
    "GiftInput",
    "GiftShortType",
    "GiftType",
    "InvalidPromotionType",
    "NearMissType",
    "OrderPromotionType",
    "PromotionDraftInput",
    "PromotionLabelType",
    "PromotionMutations",
    "PromotionNotFoundType",
    "PromotionQueries",
    "PromotionType",
    "Reader",
    "RejectedPromotionType",
    "TimeSlotInput",
    "TimeSlotType",
    "UnknownGiftType",
    "UnknownGoodsType",
    "audience_in",
    "chosen",
]
