"""What promotions do, as staff write it down."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

import attrs
import strawberry

from adapters.graphql.scalars import known
from domain.identity import BrandId, CategoryId, Id, ProductId, SkuId
from domain.money import LARGEST_PRICE, Currency, Money, Percentage
from domain.promotions import (
    Bundle,
    BundlePart,
    BuyGet,
    Effect,
    Gift,
    GiftGoods,
    GiftShortage,
    NthPiece,
    Scope,
    Step,
    Threshold,
    ThresholdDiscount,
)
from domain.quantity import Quantity, scaled

K = TypeVar("K", bound=Id)


@attrs.define
class Reader:
    """Reads the parts of a draft, and remembers what was named and can be nothing."""

    currency: Currency
    strange: list[str] = attrs.field(factory=list)

    def money(self, amount: Decimal) -> Money:
        """:raises ValueError: if it is no amount of the currency, or very large."""
        minor = scaled(amount, decimals=self.currency.exponent)
        if not 0 <= minor <= LARGEST_PRICE:
            raise ValueError("no such amount")
        return Money(minor, self.currency)

    def perhaps_money(self, amount: Decimal | None) -> Money | None:
        """:raises ValueError: if it is no amount of the currency, or very large."""
        return None if amount is None else self.money(amount)

    def threshold(self, amount: Decimal | None, quantity: Decimal | None) -> Threshold:
        """:raises ValueError: if there is not exactly one of them, or it is none."""
        if amount is not None and quantity is None:
            return self.money(amount)
        if quantity is not None and amount is None:
            return Quantity.of(quantity)
        raise ValueError("an amount or a quantity")

    def ids(self, kind: type[K], texts: Iterable[str] | None) -> frozenset[K]:
        """Read ids of one kind."""
        read = {text: known(kind, text) for text in texts or ()}
        self.strange += [text for text, id in read.items() if id is None]
        return frozenset(id for id in read.values() if id is not None)

    def goods(self, text: str) -> SkuId | ProductId | CategoryId | BrandId | None:
        """Read an id of any goods."""
        id = known(SkuId, text) or known(ProductId, text) or known(CategoryId, text) or known(BrandId, text)
        if id is None:
            self.strange.append(text)
        return id


@strawberry.input(name="PromotionScopeInput", description="Goods: what any of these names, or all of them.")
class ScopeInput:
    """Read as Scope."""

    sku_ids: list[strawberry.ID] | None = strawberry.field(description="SKUs.", default=None)
    product_ids: list[strawberry.ID] | None = strawberry.field(description="Products.", default=None)
    category_ids: list[strawberry.ID] | None = strawberry.field(
        description="Categories, with those below them.", default=None
    )
    brand_ids: list[strawberry.ID] | None = strawberry.field(description="Brands.", default=None)
    without_ids: list[strawberry.ID] | None = strawberry.field(
        description="SKUs, products, categories and brands that are not of them, whatever else is said.",
        default=None,
    )

    def read(self, reader: Reader) -> Scope:
        """:raises ValueError: if it names too much."""
        without = [reader.goods(text) for text in self.without_ids or ()]
        return Scope(
            sku_ids=reader.ids(SkuId, self.sku_ids),
            product_ids=reader.ids(ProductId, self.product_ids),
            category_ids=reader.ids(CategoryId, self.category_ids),
            brand_ids=reader.ids(BrandId, self.brand_ids),
            without=frozenset(id for id in without if id is not None),
        )


def scope_of(given: ScopeInput | None, reader: Reader) -> Scope:
    return Scope() if given is None else given.read(reader)


@strawberry.input(name="PromotionStepInput", description="From a threshold on so much is taken off.")
class StepInput:
    """Read as Step."""

    amount: Decimal | None = strawberry.field(description="The threshold: an amount,", default=None)
    quantity: Decimal | None = strawberry.field(
        description="or else a quantity of the base unit.", default=None
    )
    amount_off: Decimal | None = strawberry.field(description="What is taken off: an amount,", default=None)
    percent_off: Decimal | None = strawberry.field(
        description="or else a percentage: 9 折 is 10.", default=None
    )

    def read(self, reader: Reader) -> Step:
        """:raises ValueError: if it can be none."""
        if (self.amount_off is None) is (self.percent_off is None):
            raise ValueError("an amount or a percentage")
        reach = reader.threshold(self.amount, self.quantity)
        if self.percent_off is not None:
            return Step(reach, Percentage.of(self.percent_off))
        return Step(reach, reader.money(self.amount_off or Decimal(0)))


@strawberry.input(name="ThresholdDiscountInput", description="So much off from a threshold on.")
class ThresholdDiscountInput:
    """Read as ThresholdDiscount."""

    steps: list[StepInput] = strawberry.field(description="1 to 10 steps, the lowest first.")
    repeats: bool = strawberry.field(
        description="Whether it is taken off as often as the threshold is reached: one step, of an amount.",
        default=False,
    )
    cap: Decimal | None = strawberry.field(description="The most that is taken off.", default=None)

    def read(self, reader: Reader) -> Effect:
        """:raises ValueError: if it can be none."""
        steps = tuple(step.read(reader) for step in self.steps)
        return ThresholdDiscount(steps=steps, repeats=self.repeats, cap=reader.perhaps_money(self.cap))


@strawberry.input(name="NthPieceInput", description="Every nth piece for less, the dearest counted first.")
class NthPieceInput:
    """Read as NthPiece."""

    nth: int = strawberry.field(description="Which piece, of the base unit.")
    percent_off: Decimal = strawberry.field(description="How much less, in percent.")
    most: int | None = strawberry.field(description="So many pieces at most.", default=None)

    def read(self, _: Reader) -> Effect:
        """:raises ValueError: if it can be none."""
        return NthPiece(nth=self.nth, off=Percentage.of(self.percent_off), most=self.most)


@strawberry.input(name="BuyGetInput", description="Buy some of the scope, get others in the basket for less.")
class BuyGetInput:
    """Read as BuyGet."""

    buy: Decimal = strawberry.field(description="How many are bought, of the base unit.")
    get: Decimal = strawberry.field(description="How many are got, of the base unit.")
    goods: ScopeInput | None = strawberry.field(description="What is got; anything by default.", default=None)
    percent_off: Decimal | None = strawberry.field(
        description="How much less it costs, in percent; 100 by default.", default=None
    )
    most: int | None = strawberry.field(description="So many times at most.", default=None)

    def read(self, reader: Reader) -> Effect:
        """:raises ValueError: if it can be none."""
        share = Decimal(100) if self.percent_off is None else self.percent_off
        return BuyGet(
            buy=Quantity.of(self.buy),
            get=Quantity.of(self.get),
            goods=scope_of(self.goods, reader),
            off=Percentage.of(share),
            most=self.most,
        )


@strawberry.input(name="BundlePartInput", description="So many of some goods.")
class BundlePartInput:
    """Read as BundlePart."""

    goods: ScopeInput = strawberry.field(description="The goods.")
    quantity: Decimal = strawberry.field(description="How many, of the base unit.")

    def read(self, reader: Reader) -> BundlePart:
        """:raises ValueError: if it can be none."""
        return BundlePart(self.goods.read(reader), Quantity.of(self.quantity))


@strawberry.input(name="BundleInput", description="A set at a fixed price; its parts are in the scope.")
class BundleInput:
    """Read as Bundle."""

    parts: list[BundlePartInput] = strawberry.field(description="1 to 10 parts.")
    price: Decimal = strawberry.field(description="What one set costs.")
    most: int | None = strawberry.field(description="So many sets at most.", default=None)

    def read(self, reader: Reader) -> Effect:
        """:raises ValueError: if it can be none."""
        parts = tuple(part.read(reader) for part in self.parts)
        return Bundle(parts=parts, price=reader.money(self.price), most=self.most)


@strawberry.input(name="GiftGoodsInput", description="So many of a SKU, each time a gift is due.")
class GiftGoodsInput:
    """Read as GiftGoods."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    quantity: Decimal | None = strawberry.field(
        description="How many, of the base unit; 1 by default.", default=None
    )

    def read(self, reader: Reader) -> list[GiftGoods]:
        """:raises ValueError: if it can be none."""
        quantity = Quantity.of(Decimal(1) if self.quantity is None else self.quantity)
        return [GiftGoods(id, quantity) for id in reader.ids(SkuId, [self.sku_id])]


@strawberry.input(name="GiftInput", description="A gift from a threshold on.")
class GiftInput:
    """Read as Gift."""

    amount: Decimal | None = strawberry.field(description="The threshold: an amount,", default=None)
    quantity: Decimal | None = strawberry.field(
        description="or else a quantity of the base unit.", default=None
    )
    goods: list[GiftGoodsInput] = strawberry.field(description="1 to 10 SKUs, each once.")
    choice: bool = strawberry.field(
        description="Whether the buyer chooses one of them; else all are given.", default=False
    )
    repeats: bool = strawberry.field(
        description="Whether it is due as often as the threshold is reached.", default=False
    )
    most: int | None = strawberry.field(description="So many times at most.", default=None)
    after_discount: bool = strawberry.field(
        description="Whether an amount is that after group discounts, and not before.", default=False
    )
    shortage: GiftShortage = strawberry.field(
        description="What is done where there are too few; PARTIAL by default.", default=GiftShortage.PARTIAL
    )
    substitutes: list[GiftGoodsInput] | None = strawberry.field(
        description="What is given instead, in this order; only with SUBSTITUTE.", default=None
    )

    def read(self, reader: Reader) -> Gift:
        """:raises ValueError: if it can be none."""
        return Gift(
            threshold=reader.threshold(self.amount, self.quantity),
            goods=tuple(one for given in self.goods for one in given.read(reader)),
            choice=self.choice,
            repeats=self.repeats,
            most=self.most,
            after_discount=self.after_discount,
            shortage=self.shortage,
            substitutes=tuple(one for given in self.substitutes or () for one in given.read(reader)),
        )


@strawberry.input(name="PromotionEffectInput", description="What a promotion does: exactly one of these.")
class EffectInput:
    """Read as Effect."""

    threshold_discount: ThresholdDiscountInput | None = strawberry.field(
        description="A threshold discount.", default=None
    )
    nth_piece: NthPieceInput | None = strawberry.field(description="Every nth piece for less.", default=None)
    buy_get: BuyGetInput | None = strawberry.field(description="Buy some, get others for less.", default=None)
    bundle: BundleInput | None = strawberry.field(description="A set at a fixed price.", default=None)
    gift: GiftInput | None = strawberry.field(description="A gift.", default=None)

    def read(self, reader: Reader) -> Effect:
        """:raises ValueError: if it can be none, or there is not exactly one."""
        given = (self.threshold_discount, self.nth_piece, self.buy_get, self.bundle, self.gift)
        [effect] = [one for one in given if one is not None]
        return effect.read(reader)
