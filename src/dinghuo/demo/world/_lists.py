"""What the demonstration proposes to order, and a list that a company keeps."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from dinghuo.demo.world._chance import ChanceIds
from domain.catalog import Product
from domain.customers import Customer
from domain.identity import OrderTemplateId, ShoppingListId
from domain.quantity import Quantity
from domain.shopping import ListLine, ListName, OrderTemplate, ShoppingList

_LINES = 8


@attrs.frozen(kw_only=True)
class Lists:
    """A template for everyone, and a shopping list of one company."""

    template: OrderTemplate
    shopping_list: ShoppingList


def lists(products: Sequence[Product], *, company: Customer, ids: ChanceIds) -> Lists:
    """Take the first goods for the one, and every third for the other, the least of each."""
    return Lists(
        template=OrderTemplate(
            id=ids.new(OrderTemplateId), name=ListName("开店首批"), lines=_lines(products[:_LINES])
        ),
        shopping_list=ShoppingList(
            id=ids.new(ShoppingListId),
            customer_id=company.id,
            name=ListName("每周补货"),
            lines=_lines(products[: 3 * _LINES : 3]),
        ),
    )


def _lines(products: Sequence[Product]) -> tuple[ListLine, ...]:
    found = []
    for product in products:
        sku = product.skus[0]
        least = max(sku.rule.minimum.thousandths, sku.rule.step.thousandths)
        least += -least % sku.rule.step.thousandths
        found.append(ListLine(sku_id=sku.id, unit=sku.unit.code, quantity=Quantity(least)))
    return tuple(found)
