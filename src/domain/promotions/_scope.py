"""Which goods a promotion is about, and a line as promotions see it."""

from __future__ import annotations

import attrs

from domain.identity import BrandId, CategoryId, ProductId, SkuId
from domain.money import Money
from domain.quantity import Quantity

MOST_NAMED = 500
"""So many goods, categories and brands one scope names."""


@attrs.frozen(kw_only=True)
class Classified:
    """A SKU, and all that goods are named by which it is one of."""

    sku_id: SkuId
    product_id: ProductId
    category_ids: frozenset[CategoryId] = frozenset()
    """Its category, and all above it."""
    brand_id: BrandId | None = None


def _some(_: object, field: attrs.Attribute[Quantity], quantity: Quantity) -> None:
    if quantity.thousandths <= 0:
        raise ValueError(f"{field.name} is more than nothing")


@attrs.frozen(kw_only=True)
class PricedLine(Classified):
    """A line of a basket after it was priced: what it is, how many, and what it costs before any promotion."""

    base_quantity: Quantity = attrs.field(validator=_some)
    """In the base unit: so it makes no difference in which unit it is ordered."""
    total: Money


@attrs.frozen(kw_only=True)
class Scope:
    """Goods: what any of these names, or everything where they name nothing, but never what is left out."""

    sku_ids: frozenset[SkuId] = frozenset()
    product_ids: frozenset[ProductId] = frozenset()
    category_ids: frozenset[CategoryId] = frozenset()
    """With the categories below them."""
    brand_ids: frozenset[BrandId] = frozenset()
    without: frozenset[SkuId | ProductId | CategoryId | BrandId] = frozenset()

    def __attrs_post_init__(self) -> None:
        if len(self.named) + len(self.without) > MOST_NAMED:
            raise ValueError(f"a scope names at most {MOST_NAMED}")

    @property
    def named(self) -> frozenset[SkuId | ProductId | CategoryId | BrandId]:
        """All that is named as in it."""
        return frozenset().union(self.sku_ids, self.product_ids, self.category_ids, self.brand_ids)

    def covers(self, line: Classified) -> bool:
        """Tell whether a line, or what could be one, is of these goods."""
        if self.without and not self.without.isdisjoint(_names(line)):
            return False
        if (
            line.sku_id in self.sku_ids
            or line.product_id in self.product_ids
            or line.brand_id in self.brand_ids
        ):
            return True
        if not self.category_ids.isdisjoint(line.category_ids):
            return True
        return not (self.sku_ids or self.product_ids or self.category_ids or self.brand_ids)


def _names(line: Classified) -> tuple[SkuId | ProductId | CategoryId | BrandId | None, ...]:
    return (line.sku_id, line.product_id, line.brand_id, *line.category_ids)


EVERYTHING = Scope()
