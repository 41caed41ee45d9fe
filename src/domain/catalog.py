"""The catalog: products, their SKUs, the units they are sold in, categories and brands."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cached_property
from math import gcd, lcm

import attrs

from domain.errors import DomainError
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId
from domain.money import Percentage
from domain.period import CalendarPeriod
from domain.quantity import LARGEST, NONE, ONE, Factor, Quantity

DEEPEST_CATEGORY = 8
MOST_SKUS = 100
MOST_PACKS = 10
MOST_OPTIONS = 10
MOST_SURCHARGE = Percentage(50_000)
"""So much dearer a broken case is at the most."""


_SMALLEST = (1000, 100, 10, 1)


@attrs.frozen
class Unit:
    """A unit of measure, and how many decimals a quantity in it may have."""

    code: str = attrs.field(validator=attrs.validators.min_len(1))
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    decimals: int = attrs.field(default=0, validator=attrs.validators.in_((0, 1, 2, 3)))

    @property
    def smallest(self) -> int:
        """The smallest quantity of the unit, in thousandths."""
        return _SMALLEST[self.decimals]

    @classmethod
    def named(cls, name: str) -> Unit:
        """Find a unit of the trade by name or code; one that is not known counts whole pieces under its own name."""
        return _UNITS.get(name) or _UNITS.get(name.casefold()) or cls(code=name, name=name)


_UNITS = {
    word: unit
    for unit in (
        Unit("bottle", "瓶"),
        Unit("case", "箱"),
        Unit("bag", "袋"),
        Unit("pack", "包"),
        Unit("box", "盒"),
        Unit("can", "罐"),
        Unit("barrel", "桶"),
        Unit("stick", "支"),
        Unit("piece", "件"),
        Unit("each", "个"),
        Unit("roll", "卷"),
        Unit("strip", "条"),
        Unit("pallet", "托"),
        Unit("jin", "斤", 2),
        Unit("kg", "公斤", 3),
    )
    for word in (unit.name, unit.code)
}


@attrs.frozen
class Pack:
    """A larger or smaller unit the SKU is sold in: 箱 = 24 瓶."""

    unit: Unit
    factor: Factor


def pack_named(name: str | None, *, base: Unit, packs: Iterable[Pack]) -> Pack | None:
    """Find a unit by its code or name among these, the base unit where nothing is asked for."""
    if name is None or name in (base.code, base.name):
        return Pack(base, ONE)
    return next((pack for pack in packs if name in (pack.unit.code, pack.unit.name)), None)


@attrs.frozen
class Option:
    """One choice that tells a SKU from its siblings: 口味 = 柠檬."""

    name: str = attrs.field(validator=attrs.validators.min_len(1))
    value: str = attrs.field(validator=attrs.validators.min_len(1))


@attrs.frozen
class Quota:
    """The most of a SKU that one customer orders in a period, in the base unit (限购)."""

    most: Quantity = attrs.field(validator=attrs.validators.gt(NONE))
    period: CalendarPeriod


@attrs.frozen
class CaseRule:
    """What it means to order less than whole cases (拆零): it cannot be, or costs a surcharge (拆零加价)."""

    unit: str = attrs.field(validator=attrs.validators.min_len(1))
    """The code of the pack that is a case."""
    surcharge: Percentage | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.le(MOST_SURCHARGE))
    )
    """How much dearer one of a smaller unit is, where a line of it breaks a case; None where cases are not broken."""


@attrs.frozen
class CatchWeight:
    """That what is ordered is weighed when it is picked, and costs what it weighs (称重)."""

    tolerance: Percentage = attrs.field(validator=attrs.validators.le(Percentage(10_000)))
    """By how much it may weigh more or less than was ordered."""


@attrs.frozen
class QuantityRule:
    """What may be ordered, in the base unit: multiples of the step (步长), from the minimum (起订量) to the maximum.

    `quota` is what one customer may order in a period, `case` what becomes of an order of less than whole cases,
    `catch_weight` whether it costs what it weighs when it is picked.
    """

    minimum: Quantity = attrs.field(default=Quantity(1000))
    step: Quantity = attrs.field(default=Quantity(1000))
    maximum: Quantity | None = None
    quota: Quota | None = None
    case: CaseRule | None = None
    catch_weight: CatchWeight | None = None

    def __attrs_post_init__(self) -> None:
        if self.minimum.thousandths <= 0 or self.step.thousandths <= 0:
            raise ValueError("minimum and step are more than zero")
        if self.maximum is not None and self.maximum.thousandths <= 0:
            raise ValueError("a maximum is more than zero")

    def allows(self, quantity: Quantity) -> bool:
        """Tell whether this many of the base unit may be in one order."""
        if self.maximum is not None and quantity > self.maximum:
            return False
        return quantity >= self.minimum and quantity.thousandths % self.step.thousandths == 0

    def nearest(self, wanted: int, *, unit: Pack, largest: int, beside: int = 0) -> tuple[Quantity, ...]:
        """Find the valid quantities next below and next above `wanted`, in thousandths of the unit.

        `beside` is what else of the SKU is ordered and `largest` the most of it that can be, whatever the maximum, both
        in thousandths of the base unit. Empty where the unit can never meet the rule.
        """
        if self.maximum is not None:
            largest = min(largest, self.maximum.thousandths)
        numerator, denominator = unit.factor.numerator, unit.factor.denominator
        smallest = unit.unit.smallest
        per_piece, modulus = smallest * numerator, self.step.thousandths * denominator
        common = gcd(per_piece, modulus)
        if (beside * denominator) % common:
            return ()
        period = modulus // common
        first = -(beside * denominator // common) * pow(per_piece // common, -1, period) % period
        fewest = max(1, -((beside - self.minimum.thousandths) * denominator // per_piece))
        most = min((largest - beside) * denominator // per_piece, LARGEST // smallest)
        lowest = fewest + (first - fewest) % period
        highest = most - (most - first) % period
        if highest < lowest:
            return ()
        below = wanted // smallest - (wanted // smallest - first) % period
        found = {
            min(max(pieces, lowest), highest)
            for pieces in (below, below if below * smallest == wanted else below + period)
        }
        return tuple(Quantity(pieces * smallest) for pieces in sorted(found))


@attrs.frozen(kw_only=True)
class Sku:
    """What is ordered, priced and stocked: a product with its options chosen."""

    id: SkuId
    code: SkuCode
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    unit: Unit
    barcode: str | None = None
    options: tuple[Option, ...] = attrs.field(default=(), validator=attrs.validators.max_len(MOST_OPTIONS))
    packs: tuple[Pack, ...] = attrs.field(default=(), validator=attrs.validators.max_len(MOST_PACKS))
    rule: QuantityRule = QuantityRule()
    low_stock: Quantity | None = None
    for_sale: bool = True

    def __attrs_post_init__(self) -> None:
        words = [word for unit in self.units for word in {unit.code, unit.name}]
        if len(set(words)) != len(words):
            raise ValueError("no two units of a SKU go by the same code or name")

    @property
    def case(self) -> Pack | None:
        """The pack that is a case, where one is and its rule says what breaking it means."""
        rule = self.rule.case
        return None if rule is None else next((one for one in self.packs if one.unit.code == rule.unit), None)

    @property
    def orderable(self) -> QuantityRule:
        """The rule with whole cases as its step, where cases are not broken."""
        if self.rule.case is None or self.rule.case.surcharge is not None:
            return self.rule
        case = self.case
        if case is None:
            return self.rule
        size = case.factor.times(Quantity(1000))
        if size is None:
            return self.rule
        # What is beyond all quantities is a step that nothing meets.
        step = Quantity(min(lcm(self.rule.step.thousandths, size.thousandths), LARGEST))
        return QuantityRule(self.rule.minimum, step, self.rule.maximum, self.rule.quota)

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units it is sold in, the base unit first."""
        return (self.unit, *(pack.unit for pack in self.packs))

    @cached_property
    def _own(self) -> Pack:
        return Pack(self.unit, ONE)

    def sold_in(self, unit: str | None) -> Pack | None:
        """Find a unit by its code or name, the base unit where nothing is asked for; None if it is not sold in it."""
        return self._own if unit is None else pack_named(unit, base=self.unit, packs=self.packs)


@attrs.frozen(kw_only=True)
class Product:
    """A thing in the catalog, with the SKUs it comes in."""

    id: ProductId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    skus: tuple[Sku, ...] = attrs.field(
        validator=attrs.validators.and_(attrs.validators.min_len(1), attrs.validators.max_len(MOST_SKUS))
    )
    position: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    description: str = ""
    category_id: CategoryId | None = None
    brand_id: BrandId | None = None
    for_sale: bool = True
    pools_breaks: bool = False
    """Whether quantity breaks count what is ordered of all its SKUs together (混批)."""


@attrs.frozen(kw_only=True)
class Category:
    """A place in the tree of goods."""

    id: CategoryId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    ancestors: tuple[CategoryId, ...] = attrs.field(
        default=(), validator=attrs.validators.max_len(DEEPEST_CATEGORY - 1)
    )
    """The categories above it, the topmost first."""
    position: int = 0

    @property
    def parent_id(self) -> CategoryId | None:
        """The category directly above it, if any."""
        return self.ancestors[-1] if self.ancestors else None


@attrs.frozen(kw_only=True)
class Brand:
    """Whose name is on the goods."""

    id: BrandId
    name: str = attrs.field(validator=attrs.validators.min_len(1))


@attrs.frozen
class Listing:
    """A SKU as an order sees it: what it is, what it belongs to, and whether it can be had at all."""

    sku: Sku
    product_id: ProductId
    product_name: str
    for_sale: bool
    """Whether both the SKU and its product are for sale."""
    category_ids: frozenset[CategoryId] = frozenset()
    """The product's category and all above it, where they were asked for."""
    brand_id: BrandId | None = None
    pools_breaks: bool = False
    """Whether quantity breaks count what is ordered of all SKUs of the product together."""


class StockStatus(Enum):
    """How a buyer sees the stock of a SKU."""

    IN_STOCK = "IN_STOCK"
    LOW = "LOW"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    BACKORDER = "BACKORDER"
    UNTRACKED = "UNTRACKED"

    @classmethod
    def of(cls, available: Quantity, *, low: Quantity) -> StockStatus:
        """Read the status off what is available."""
        if available.thousandths <= 0:
            return cls.OUT_OF_STOCK
        return cls.LOW if available <= low else cls.IN_STOCK


@attrs.frozen
class UnknownSku(DomainError):
    """There is no such SKU for this merchant, or nobody said which."""

    reference: str
    line: int = 0


@attrs.frozen
class NotForSale(DomainError):
    """The SKU exists but is not sold at the moment."""

    sku_id: SkuId
    line: int = 0


@attrs.frozen
class UnknownUnit(DomainError):
    """The SKU is not sold in this unit."""

    sku_id: SkuId
    unit: str
    units: tuple[Unit, ...]
    line: int = 0


@attrs.frozen
class InvalidQuantity(DomainError):
    """The quantity breaks the SKU's minimum, step or maximum, or is no quantity of the unit at all."""

    sku_id: SkuId
    nearest: tuple[Quantity, ...]
    line: int = 0


@attrs.frozen
class QuotaExceeded(DomainError):
    """Together with what the customer has ordered in the period it is more than the SKU's quota."""

    sku_id: SkuId
    quota: Quota
    left: Quantity
    """What may still be ordered in the period, in the base unit."""
    nearest: tuple[Quantity, ...]
    line: int = 0


@attrs.frozen
class InvalidQuantityRule(DomainError):
    """A rule that cannot be: QUANTITY, QUOTA, CASE, SURCHARGE, WEIGHT, NOTHING_LEFT or TWICE."""

    reason: str
    line: int = 0
