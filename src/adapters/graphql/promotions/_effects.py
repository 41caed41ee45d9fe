"""What promotions do, as staff write it down and buyers are told."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

import strawberry

from adapters.graphql.pricing import MoneyType
from adapters.graphql.requires import field, resolved
from application.authorization import Permission
from domain.identity import SkuId
from domain.money import Money, Percentage
from domain.promotions import (
    Bundle,
    BuyGet,
    Effect,
    Gift,
    GiftShortage,
    NthPiece,
    Scope,
    Step,
    Threshold,
    ThresholdDiscount,
)
from domain.quantity import Quantity

_MANAGE = Permission.MANAGE_PROMOTIONS
_SEE = Permission.BROWSE
AnyId = TypeVar("AnyId", bound=str)


def percent(share: Percentage) -> Decimal:
    """A share in percent."""
    return Decimal(share.hundredths).scaleb(-2).normalize()


def _sorted(ids: Iterable[AnyId]) -> list[AnyId]:
    return sorted(ids)


@strawberry.type(name="PromotionThreshold", description="What has to be reached: an amount, or a quantity.")
class ThresholdType:
    """Shows Money and Quantity."""

    @resolved(_SEE, description="The amount, if it is one.", graphql_type=MoneyType | None)
    @staticmethod
    def amount(root: Threshold) -> Money | None:
        return root if isinstance(root, Money) else None

    @resolved(_SEE, description="The quantity of the base unit, if it is one.", graphql_type=Decimal | None)
    @staticmethod
    def quantity(root: Threshold) -> Quantity | None:
        return root if isinstance(root, Quantity) else None


@strawberry.type(name="PromotionStep", description="From this threshold on so much is taken off.")
class StepType:
    """Shows Step."""

    threshold: ThresholdType = field(_SEE, description="The threshold.")

    @resolved(_SEE, description="The amount that is taken off, if it is one.", graphql_type=MoneyType | None)
    @staticmethod
    def amount_off(root: Step) -> Money | None:
        return root.off if isinstance(root.off, Money) else None

    @resolved(
        _SEE, description="The percentage that is, if it is one: 9 折 is 10.", graphql_type=Decimal | None
    )
    @staticmethod
    def percent_off(root: Step) -> Decimal | None:
        return percent(root.off) if isinstance(root.off, Percentage) else None


@strawberry.type(
    name="PromotionScope", description="Goods: what any of these names, or all where nothing does."
)
class ScopeType:
    """Shows Scope."""

    @resolved(_MANAGE, description="SKUs.", graphql_type=list[strawberry.ID])
    @staticmethod
    def sku_ids(root: Scope) -> list[SkuId]:
        return _sorted(root.sku_ids)

    @resolved(_MANAGE, description="Products.", graphql_type=list[strawberry.ID])
    @staticmethod
    def product_ids(root: Scope) -> list[str]:
        return [*_sorted(root.product_ids)]

    @resolved(_MANAGE, description="Categories, with those below them.", graphql_type=list[strawberry.ID])
    @staticmethod
    def category_ids(root: Scope) -> list[str]:
        return [*_sorted(root.category_ids)]

    @resolved(_MANAGE, description="Brands.", graphql_type=list[strawberry.ID])
    @staticmethod
    def brand_ids(root: Scope) -> list[str]:
        return [*_sorted(root.brand_ids)]

    @resolved(
        _MANAGE,
        description="SKUs, products, categories and brands that are not of them, whatever else is said.",
        graphql_type=list[strawberry.ID],
    )
    @staticmethod
    def without_ids(root: Scope) -> list[str]:
        return [*_sorted(root.without)]


@strawberry.type(name="ThresholdDiscount", description="So much off from a threshold on (满减, 满折, 每满).")
class ThresholdDiscountType:
    """Shows ThresholdDiscount."""

    steps: list[StepType] = field(_MANAGE, description="The steps, the lowest first.")
    repeats: bool = field(
        _MANAGE, description="Whether it is taken off as often as the threshold is reached."
    )
    cap: MoneyType | None = field(_MANAGE, description="The most that is taken off (封顶).")


@strawberry.type(name="NthPiece", description="Every nth piece for less (第 N 件).")
class NthPieceType:
    """Shows NthPiece."""

    nth: int = field(_MANAGE, description="Which piece.")
    most: int | None = field(_MANAGE, description="So many pieces at most.")

    @resolved(_MANAGE, description="How much less, in percent.", graphql_type=Decimal)
    @staticmethod
    def percent_off(root: NthPiece) -> Decimal:
        return percent(root.off)


@strawberry.type(name="BuyGet", description="Buy some, get others for less (买 A 得 B).")
class BuyGetType:
    """Shows BuyGet."""

    buy: Decimal = field(_MANAGE, description="How many are bought, of the base unit.")
    get: Decimal = field(_MANAGE, description="How many are got, of the base unit.")
    goods: ScopeType = field(_MANAGE, description="What is got.")
    most: int | None = field(_MANAGE, description="So many times at most.")

    @resolved(_MANAGE, description="How much less it costs, in percent.", graphql_type=Decimal)
    @staticmethod
    def percent_off(root: BuyGet) -> Decimal:
        return percent(root.off)


@strawberry.type(name="BundlePart", description="So many of some goods.")
class BundlePartType:
    """Shows BundlePart."""

    goods: ScopeType = field(_MANAGE, description="The goods.")
    quantity: Decimal = field(_MANAGE, description="How many, of the base unit.")


@strawberry.type(name="Bundle", description="A set at a fixed price (组合套餐).")
class BundleType:
    """Shows Bundle."""

    parts: list[BundlePartType] = field(_MANAGE, description="Its parts.")
    price: MoneyType = field(_MANAGE, description="What one set costs.")
    most: int | None = field(_MANAGE, description="So many sets at most.")


@strawberry.type(name="GiftGoods", description="So many of a SKU, each time a gift is due.")
class GiftGoodsType:
    """Shows GiftGoods."""

    sku_id: strawberry.ID = field(_MANAGE, description="The SKU.")
    quantity: Decimal = field(_MANAGE, description="How many, of the base unit.")


@strawberry.type(name="GiftEffect", description="A gift from a threshold on (满赠).")
class GiftEffectType:
    """Shows Gift."""

    threshold: ThresholdType = field(_MANAGE, description="From when on.")
    goods: list[GiftGoodsType] = field(_MANAGE, description="What is given.")
    choice: bool = field(_MANAGE, description="Whether the buyer chooses one of them.")
    repeats: bool = field(_MANAGE, description="Whether it is due as often as the threshold is reached.")
    most: int | None = field(_MANAGE, description="So many times at most.")
    after_discount: bool = field(_MANAGE, description="Whether an amount is that after group discounts.")
    shortage: GiftShortage = field(_MANAGE, description="What is done where there are too few.")
    substitutes: list[GiftGoodsType] = field(_MANAGE, description="What is given instead, in this order.")


@strawberry.type(name="PromotionEffect", description="What a promotion does: exactly one of these.")
class EffectType:
    """Shows Effect."""

    @resolved(_MANAGE, description="A threshold discount.", graphql_type=ThresholdDiscountType | None)
    @staticmethod
    def threshold_discount(root: Effect) -> ThresholdDiscount | None:
        return root if isinstance(root, ThresholdDiscount) else None

    @resolved(_MANAGE, description="Every nth piece for less.", graphql_type=NthPieceType | None)
    @staticmethod
    def nth_piece(root: Effect) -> NthPiece | None:
        return root if isinstance(root, NthPiece) else None

    @resolved(_MANAGE, description="Buy some, get others for less.", graphql_type=BuyGetType | None)
    @staticmethod
    def buy_get(root: Effect) -> BuyGet | None:
        return root if isinstance(root, BuyGet) else None

    @resolved(_MANAGE, description="A set at a fixed price.", graphql_type=BundleType | None)
    @staticmethod
    def bundle(root: Effect) -> Bundle | None:
        return root if isinstance(root, Bundle) else None

    @resolved(_MANAGE, description="A gift.", graphql_type=GiftEffectType | None)
    @staticmethod
    def gift(root: Effect) -> Gift | None:
        return root if isinstance(root, Gift) else None
