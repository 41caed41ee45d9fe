"""Promotions as staff and buyers see them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from adapters.graphql.enums import declare
from adapters.graphql.pricing import MoneyType
from adapters.graphql.promotions._effects import EffectType, ScopeType, StepType, ThresholdType
from adapters.graphql.requires import field, resolved
from application.authorization import Permission
from application.views.promotions import PromotionCard
from domain.identity import AudienceId
from domain.money import Money
from domain.promotions import (
    Bundle,
    BuyGet,
    Effect,
    Gift,
    NthPiece,
    Promotion,
    Scope,
    Stacking,
    Step,
    Threshold,
    ThresholdDiscount,
    TimeSlot,
)

_MANAGE = Permission.MANAGE_PROMOTIONS
_SEE = Permission.BROWSE


class PromotionKind(Enum):
    """What a promotion does."""

    THRESHOLD_DISCOUNT = "THRESHOLD_DISCOUNT"
    NTH_PIECE = "NTH_PIECE"
    BUY_GET = "BUY_GET"
    BUNDLE = "BUNDLE"
    GIFT = "GIFT"


_KINDS: dict[type[Effect], PromotionKind] = {
    ThresholdDiscount: PromotionKind.THRESHOLD_DISCOUNT,
    NthPiece: PromotionKind.NTH_PIECE,
    BuyGet: PromotionKind.BUY_GET,
    Bundle: PromotionKind.BUNDLE,
    Gift: PromotionKind.GIFT,
}
declare(
    PromotionKind,
    description="What a promotion does.",
    values={
        "THRESHOLD_DISCOUNT": "Takes something off from a threshold on.",
        "NTH_PIECE": "Every nth piece for less.",
        "BUY_GET": "Buy some, get others for less.",
        "BUNDLE": "A set at a fixed price.",
        "GIFT": "Gives something from a threshold on.",
    },
)


@strawberry.type(name="PromotionLabel", description="A promotion as buyers are told of it (促销标签).")
class PromotionLabelType:
    """Shows Promotion."""

    id: strawberry.ID = field(_SEE, description="The identity.")
    name: str = field(_SEE, description="What it is called: 满200减20.")
    text: str = field(_SEE, description="What there is to read about it.")

    @resolved(_SEE, description="What it does.", graphql_type=PromotionKind)
    @staticmethod
    def kind(root: Promotion) -> PromotionKind:
        return _KINDS[type(root.effect)]

    @resolved(
        _SEE,
        description="The steps of a threshold discount, the lowest first; none of other kinds.",
        graphql_type=list[StepType],
    )
    @staticmethod
    def steps(root: Promotion) -> tuple[Step, ...]:
        return root.effect.steps if isinstance(root.effect, ThresholdDiscount) else ()

    @resolved(
        _SEE, description="From when on there is a gift, where it is one.", graphql_type=ThresholdType | None
    )
    @staticmethod
    def gift_threshold(root: Promotion) -> Threshold | None:
        return root.effect.threshold if isinstance(root.effect, Gift) else None

    @resolved(_SEE, description="When it ends, where that is known.", graphql_type=datetime | None)
    @staticmethod
    def valid_until(root: Promotion) -> datetime | None:
        return root.schedule.validity.end


@strawberry.type(name="TimeSlot", description="A part of the day, in the merchant's time zone.")
class TimeSlotType:
    """Shows TimeSlot."""

    @resolved(_MANAGE, description="When it begins, HH:MM.", graphql_type=str)
    @staticmethod
    def start(root: TimeSlot) -> str:
        return f"{root.start:%H:%M}"

    @resolved(
        _MANAGE, description="When it is over, HH:MM; past midnight where that is earlier.", graphql_type=str
    )
    @staticmethod
    def end(root: TimeSlot) -> str:
        return f"{root.end:%H:%M}"


@strawberry.type(
    name="PromotionUsage", description="What is used of a promotion's budget; only what has one counts."
)
class UsageType:
    """Shows PromotionCard."""

    @resolved(
        _MANAGE, description="What it took off and gave, over all orders that stand.", graphql_type=MoneyType
    )
    @staticmethod
    def amount(root: PromotionCard, info: strawberry.Info) -> Money:
        return Money(root.usage.amount, info.context.actor.merchant.currency)

    @resolved(_MANAGE, description="How many orders that stand have used it.", graphql_type=int)
    @staticmethod
    def uses(root: PromotionCard) -> int:
        return root.usage.uses


@strawberry.type(
    name="Promotion", description="What the merchant takes off or gives, and on which conditions."
)
class PromotionType:
    """Shows PromotionCard."""

    @resolved(_MANAGE, description="The identity.", graphql_type=strawberry.ID)
    @staticmethod
    def id(root: PromotionCard) -> str:
        return root.promotion.id

    @resolved(_MANAGE, description="What it is called.", graphql_type=str)
    @staticmethod
    def name(root: PromotionCard) -> str:
        return root.promotion.name

    @resolved(_MANAGE, description="What buyers can read about it.", graphql_type=str)
    @staticmethod
    def text(root: PromotionCard) -> str:
        return root.promotion.text

    @resolved(_MANAGE, description="What it does.", graphql_type=EffectType)
    @staticmethod
    def effect(root: PromotionCard) -> Effect:
        return root.promotion.effect

    @resolved(_MANAGE, description="For which goods.", graphql_type=ScopeType)
    @staticmethod
    def scope(root: PromotionCard) -> Scope:
        return root.promotion.scope

    @resolved(
        _MANAGE,
        description="For which customers, price tiers and groups, by id; for everybody where there are none.",
        graphql_type=list[strawberry.ID],
    )
    @staticmethod
    def audience_ids(root: PromotionCard) -> list[AudienceId]:
        return sorted(root.promotion.audience)

    @resolved(_MANAGE, description="From when on it holds.", graphql_type=datetime | None)
    @staticmethod
    def valid_from(root: PromotionCard) -> datetime | None:
        return root.promotion.schedule.validity.start

    @resolved(
        _MANAGE,
        description="When it has ended; until just before that it holds.",
        graphql_type=datetime | None,
    )
    @staticmethod
    def valid_until(root: PromotionCard) -> datetime | None:
        return root.promotion.schedule.validity.end

    @resolved(
        _MANAGE,
        description="On which days, 1 is Monday; on all where there are none.",
        graphql_type=list[int],
    )
    @staticmethod
    def weekdays(root: PromotionCard) -> list[int]:
        return sorted(root.promotion.schedule.weekdays)

    @resolved(
        _MANAGE, description="At what times; at any where there are none.", graphql_type=list[TimeSlotType]
    )
    @staticmethod
    def time_slots(root: PromotionCard) -> tuple[TimeSlot, ...]:
        return root.promotion.schedule.slots

    @resolved(_MANAGE, description="What it may cost, over all orders.", graphql_type=MoneyType | None)
    @staticmethod
    def budget_amount(root: PromotionCard) -> Money | None:
        return root.promotion.budget.amount

    @resolved(_MANAGE, description="How many orders may use it.", graphql_type=int | None)
    @staticmethod
    def budget_uses(root: PromotionCard) -> int | None:
        return root.promotion.budget.uses

    @resolved(_MANAGE, description="How many orders of one customer may.", graphql_type=int | None)
    @staticmethod
    def uses_per_customer(root: PromotionCard) -> int | None:
        return root.promotion.budget.uses_per_customer

    @resolved(_MANAGE, description="What is used of its budget.", graphql_type=UsageType)
    @staticmethod
    def usage(root: PromotionCard) -> PromotionCard:
        return root

    @resolved(_MANAGE, description="The higher comes first.", graphql_type=int)
    @staticmethod
    def priority(root: PromotionCard) -> int:
        return root.promotion.priority

    @resolved(
        _MANAGE,
        description="Of those of one group only the one that is best for the customer is applied.",
        graphql_type=str | None,
    )
    @staticmethod
    def exclusive_group(root: PromotionCard) -> str | None:
        return root.promotion.exclusive_group

    @resolved(_MANAGE, description="How it gets along with others.", graphql_type=Stacking)
    @staticmethod
    def stacking(root: PromotionCard) -> Stacking:
        return root.promotion.stacking

    @resolved(_MANAGE, description="Whether buyers are told of it.", graphql_type=bool)
    @staticmethod
    def public(root: PromotionCard) -> bool:
        return root.promotion.public

    @resolved(_MANAGE, description="Whether it is suspended.", graphql_type=bool)
    @staticmethod
    def suspended(root: PromotionCard) -> bool:
        return root.promotion.suspended

    @resolved(
        _MANAGE, description="How often it was changed, from 1: changePromotion names it.", graphql_type=int
    )
    @staticmethod
    def version(root: PromotionCard) -> int:
        return root.promotion.version
