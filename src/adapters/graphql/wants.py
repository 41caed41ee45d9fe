"""Selections turned into wants: what the views are asked for is what the document asks for, and no more."""

from __future__ import annotations

from adapters.graphql.context import Info, planned
from adapters.graphql.selections import Selection
from application.views.catalog import ProductWant, SkuWant
from application.views.orders import OrderWant

_HEAD = frozenset({"id", "code", "name", "__typename"})
_CARD = frozenset({"id", "name", "__typename"})


def sku_want(skus: Selection | None) -> SkuWant:
    """What is asked for of SKUs."""
    asked = skus.fields() if skus else {}
    return SkuWant(price="price" in asked or "priceHidden" in asked, stock="stock" in asked)


def product_want(products: Selection | None) -> ProductWant:
    """What is asked for of products."""
    asked = products.fields() if products else {}
    return ProductWant(
        description="description" in asked,
        brand="brand" in asked,
        category="category" in asked,
        skus=sku_want(products.below("skus")) if products and "skus" in asked else None,
    )


def order_want(orders: Selection | None) -> OrderWant:
    """What is asked for of orders."""
    return OrderWant(lines=orders is not None and "lines" in orders.fields())


def is_head(info: Info) -> bool:
    """Tell whether nothing is asked of a SKU but what it is called, which every line of an order knows."""
    return planned(info, "head", lambda selection: _HEAD.issuperset(selection.fields()))


def is_card(info: Info) -> bool:
    """Tell whether nothing is asked of a category but what comes with its product."""
    return planned(info, "card", lambda selection: _CARD.issuperset(selection.fields()))


def wanted_product(info: Info) -> ProductWant:
    """What is asked for of the one product this field yields."""
    return planned(info, ProductWant, product_want)


def wanted_sku(info: Info) -> SkuWant:
    """What is asked for of the one SKU, or of each, that this field yields."""
    return planned(info, SkuWant, sku_want)


def wanted_order(info: Info) -> OrderWant:
    """What is asked for of the one order this field yields."""
    return planned(info, OrderWant, order_want)


def wanted_skus(info: Info, noun: str) -> SkuWant:
    """What a payload asks for of the SKUs it carries."""
    return planned(info, (SkuWant, noun), lambda payload: sku_want(payload.below(noun)))


def wanted_order_in(info: Info, noun: str) -> OrderWant:
    """What a payload asks for of the order it carries."""
    return planned(info, (OrderWant, noun), lambda payload: order_want(payload.below(noun)))


def wanted_products(info: Info) -> ProductWant:
    """What a connection asks for of each of its products."""
    return planned(info, (ProductWant, "rows"), lambda connection: product_want(connection.rows()))


def wanted_orders(info: Info) -> OrderWant:
    """What a connection asks for of each of its orders."""
    return planned(info, (OrderWant, "rows"), lambda connection: order_want(connection.rows()))
