"""Promotions: what a merchant takes off, or gives away, when a basket is as it wishes.

A promotion says what it does (its effect), to which goods (its scope), for whom, when, within which budget, and how it
gets along with others. `fold` applies all that are on offer to the priced lines of a basket, stage by stage, and says
of each what came of it. The stages are those of the trade's resolvers: discounts on single lines, then on groups of
lines, then gifts, then what a customer claims (coupons), then what is taken off the order as a whole.
"""

from domain.promotions._effects import (
    Bundle,
    BundlePart,
    BuyGet,
    Effect,
    Gift,
    GiftGoods,
    GiftShortage,
    NthPiece,
    Step,
    Threshold,
    ThresholdDiscount,
)
from domain.promotions._fold import fold
from domain.promotions._guard import Guard, GuardedLine
from domain.promotions._kept import OrderPromotion
from domain.promotions._promotion import (
    ANYTIME,
    EVERYBODY,
    LONGEST_TEXT,
    MOST_AUDIENCE,
    UNLIMITED,
    Budget,
    InvalidPromotion,
    Promotion,
    PromotionName,
    PromotionNotFound,
    Schedule,
    Stacking,
    Stage,
    TimeSlot,
    UnknownGoods,
)
from domain.promotions._scope import EVERYTHING, Classified, PricedLine, Scope
from domain.promotions._till import (
    UNUSED,
    Adjustment,
    AppliedPromotion,
    Folded,
    GiftLine,
    GiftShort,
    GiftStock,
    NearMiss,
    Offer,
    PromotionInput,
    RejectedPromotion,
    RejectionReason,
    UnknownGift,
    Usage,
)

__all__ = [
    "ANYTIME",
    "EVERYBODY",
    "EVERYTHING",
    "LONGEST_TEXT",
    "MOST_AUDIENCE",
    "UNLIMITED",
    "UNUSED",
    "Adjustment",
    "AppliedPromotion",
    "Budget",
    "Bundle",
    "BundlePart",
    "BuyGet",
    "Classified",
    "Effect",
    "Folded",
    "Gift",
    "GiftGoods",
    "GiftLine",
    "GiftShort",
    "GiftShortage",
    "GiftStock",
    "Guard",
    "GuardedLine",
    "InvalidPromotion",
    "NearMiss",
    "NthPiece",
    "Offer",
    "OrderPromotion",
    "PricedLine",
    "Promotion",
    "PromotionInput",
    "PromotionName",
    "PromotionNotFound",
    "RejectedPromotion",
    "RejectionReason",
    "Schedule",
    "Scope",
    "Stacking",
    "Stage",
    "Step",
    "Threshold",
    "ThresholdDiscount",
    "TimeSlot",
    "UnknownGift",
    "UnknownGoods",
    "Usage",
    "fold",
]
