"""Selections turned into wants: the views are asked for what the document asks for, at any depth, and for no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from adapters.graphql.connections import Order
from adapters.graphql.context import Info, planned
from adapters.graphql.messages import BadInput
from adapters.graphql.selections import Selection
from application.views.catalog import CategoryWant, ProductWant, SkuWant
from application.views.customers import BranchesWant, BuyerWant, CustomerWant
from application.views.facets import FacetsWant
from application.views.inventory import StockWant
from application.views.orders import ANY_ORDER, LineWant, OrderFilter, OrdersWant, OrderWant
from application.views.pages import InvalidPage, Window
from application.views.pricing import PriceItemWant
from application.views.trail import TrailWant

PAGES_BELOW = frozenset({"orders", "branches"})
"""Fields below other rows whose arguments are part of a want."""
PLACED = Order("PLACED", (int, str))
BY_NAME = Order("CUSTOMER_NAME", (str, str))
_HEAD = frozenset({"id", "code", "name", "__typename"})
_LINE_DETAILS = frozenset({"skuCode", "skuName", "unit", "listPrice", "priceSource"})
_LINE_PROMOTED = frozenset({"discount", "net", "giftValue"})
_AMENDED = frozenset({"adjustment", "rounding", "settledTotal", "toRefund", "toCharge"})
_ORDER_DETAILS = frozenset({"paymentMethod", "requestedDeliveryDate", "purchaseOrderNumber"})
_ORDER_PERSONAL = frozenset({"note", "address"})
_OWNERS = frozenset({"salesRep", "agent"})


def category_want(categories: Selection | None) -> CategoryWant:
    """What is asked for of categories."""
    above = categories.below("parent") if categories else None
    return CategoryWant(parent=category_want(above) if above else None)


def sku_want(skus: Selection | None) -> SkuWant:
    """What is asked for of SKUs."""
    asked = skus.fields() if skus else {}
    product = skus.below("product") if skus else None
    return SkuWant(
        price="price" in asked or "priceHidden" in asked,
        stock="stock" in asked,
        product=product_want(product) if product else None,
    )


def head_want(skus: Selection | None) -> SkuWant | None:
    """What is asked for of SKUs beside what they are called, which the row that they hang on knows."""
    return None if skus is None or _HEAD.issuperset(skus.fields()) else sku_want(skus)


def product_want(products: Selection | None) -> ProductWant:
    """What is asked for of products."""
    asked = products.fields() if products else {}
    category, skus = (products.below("category"), products.below("skus")) if products else (None, None)
    return ProductWant(
        description="description" in asked,
        brand="brand" in asked,
        category=category_want(category) if category else None,
        skus=sku_want(skus) if skus else None,
        visibility="visibility" in asked,
        promotions="promotions" in asked,
        bought_before="boughtBefore" in asked,
    )


def facets_want(facets: Selection) -> FacetsWant:
    """What is asked for of facets."""
    asked, categories = facets.fields(), facets.below("categories")
    return FacetsWant(
        categories=category_want(categories.below("category")) if categories else None,
        brands="brands" in asked,
        options="options" in asked,
        stock="inStock" in asked or "outOfStock" in asked,
        bought_before="boughtBefore" in asked,
        prices="prices" in asked or "pricesHidden" in asked,
    )


def order_want(orders: Selection | None) -> OrderWant:
    """What is asked for of orders."""
    if orders is None:
        return OrderWant(details=False, personal=False)
    lines, customer, buyer = (orders.below(name) for name in ("lines", "customer", "buyer"))
    return OrderWant(
        details=not _ORDER_DETAILS.isdisjoint(orders.fields()),
        personal=not _ORDER_PERSONAL.isdisjoint(orders.fields()),
        lines=line_want(lines) if lines else None,
        customer=customer_want(customer) if customer else None,
        buyer=buyer_want(buyer) if buyer else None,
        placed_by="placedBy" in orders.fields(),
        owners=not _OWNERS.isdisjoint(orders.fields()),
        promotions="promotions" in orders.fields(),
        amended=not _AMENDED.isdisjoint(orders.fields()),
    )


def line_want(lines: Selection) -> LineWant:
    """What is asked for of the lines of orders."""
    asked = lines.fields()
    return LineWant(
        details=not _LINE_DETAILS.isdisjoint(asked),
        promoted="weight" in asked or not _LINE_PROMOTED.isdisjoint(asked),
        weighed="weight" in asked,
        sku=head_want(lines.below("sku")),
    )


def customer_want(customers: Selection | None) -> CustomerWant:
    """What is asked for of customers."""
    if customers is None:
        return CustomerWant(addresses=False)
    asked, people = customers.fields(), customers.below("buyers")
    return CustomerWant(
        addresses="addresses" in asked,
        groups="groups" in asked,
        group_history="groupHistory" in asked,
        tags="tags" in asked,
        verification="verification" in asked,
        orders=tuple(_pages(customers)),
        parent="parent" in asked,
        branches=tuple(_branches(customers)),
        ownerships="ownerships" in asked,
        buyers=buyer_want(people) if people else None,
    )


def buyer_want(buyers: Selection | None) -> BuyerWant:
    """What is asked for of buyers."""
    customer = buyers.below("customer") if buyers else None
    return BuyerWant(
        customer=customer_want(customer) if customer else None,
        memberships=buyers is not None and "memberships" in buyers.fields(),
    )


def stock_want(items: Selection | None) -> StockWant:
    """What is asked for of stock items."""
    return StockWant(sku=head_want(items.below("sku")) if items else None)


def price_item_want(items: Selection | None) -> PriceItemWant:
    """What is asked for of the ladders of a list."""
    return PriceItemWant(sku=head_want(items.below("sku")) if items else None)


def trail_want(entries: Selection | None) -> TrailWant:
    """What is asked for of the entries of the audit trail."""
    return TrailWant(person_name=entries is not None and "personName" in entries.fields())


class AskedOrders(Protocol):
    """The filter of orders as an argument gives it."""

    def asked(self) -> OrderFilter: ...


def orders_want(
    connection: Selection,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    filter: AskedOrders | None = None,
) -> OrdersWant:
    """What a connection of orders asks for.

    :raises BadInput: if a cursor is none of theirs.
    :raises InvalidPage: if the page is none.
    """
    return OrdersWant(
        window=Window.of(first=first, after=PLACED.key(after), last=last, before=PLACED.key(before)),
        filter=filter.asked() if filter else ANY_ORDER,
        want=order_want(connection.rows()),
        count="totalCount" in connection.fields(),
    )


def branches_want(
    connection: Selection,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> BranchesWant:
    """What a connection of branches asks for.

    :raises BadInput: if a cursor is none of theirs.
    :raises InvalidPage: if the page is none.
    """
    return BranchesWant(
        window=Window.of(first=first, after=BY_NAME.key(after), last=last, before=BY_NAME.key(before)),
        want=customer_want(connection.rows()),
        count="totalCount" in connection.fields(),
    )


def _branches(customers: Selection) -> Iterator[BranchesWant]:
    for connection, arguments in customers.each("branches"):
        try:
            yield branches_want(connection, **arguments)  # type: ignore[arg-type]  # as the field declares them
        except (BadInput, InvalidPage):
            continue  # the field says so itself, at its own place in the answer


def _pages(customers: Selection) -> Iterator[OrdersWant]:
    for connection, arguments in customers.each("orders"):
        try:
            yield orders_want(connection, **arguments)  # type: ignore[arg-type]  # as the field declares them
        except (BadInput, InvalidPage):
            continue  # the field says so itself, at its own place in the answer


def wanted_category(info: Info) -> CategoryWant:
    """What is asked for of the categories this field yields."""
    return planned(info, CategoryWant, category_want)


def wanted_categories_in(info: Info, noun: str) -> CategoryWant:
    """What a payload asks for of the categories it carries."""
    return planned(info, (CategoryWant, noun), lambda payload: category_want(payload.below(noun)))


def wanted_product(info: Info) -> ProductWant:
    """What is asked for of the one product this field yields."""
    return planned(info, ProductWant, product_want)


def wanted_sku(info: Info) -> SkuWant:
    """What is asked for of the one SKU, or of each, that this field yields."""
    return planned(info, SkuWant, sku_want)


def wanted_buyer(info: Info) -> BuyerWant:
    """What is asked for of the buyer this field yields."""
    return planned(info, BuyerWant, buyer_want)


def wanted_skus(info: Info, noun: str) -> SkuWant:
    """What a payload asks for of the SKUs it carries."""
    return planned(info, (SkuWant, noun), lambda payload: sku_want(payload.below(noun)))


def wanted_customer(info: Info) -> CustomerWant:
    """What is asked for of the one customer this field yields."""
    return planned(info, CustomerWant, customer_want)


def wanted_customers_in(info: Info, noun: str) -> CustomerWant:
    """What a payload asks for of the customers it carries."""
    return planned(info, (CustomerWant, noun), lambda payload: customer_want(payload.below(noun)))


def wanted_products_in(info: Info, noun: str) -> ProductWant:
    """What a payload asks for of the products it carries."""
    return planned(info, (ProductWant, noun), lambda payload: product_want(payload.below(noun)))


def wanted_order_in(info: Info, noun: str) -> OrderWant:
    """What a payload asks for of the order it carries."""
    return planned(info, (OrderWant, noun), lambda payload: order_want(payload.below(noun)))


def wanted_buyer_in(info: Info, noun: str) -> BuyerWant:
    """What a payload asks for of the buyer it carries."""
    return planned(info, (BuyerWant, noun), lambda payload: buyer_want(payload.below(noun)))


def wanted_customer_in(info: Info, noun: str) -> CustomerWant | None:
    """What a payload asks for of the customer it carries, if it does."""

    def want(payload: Selection) -> CustomerWant | None:
        below = payload.below(noun)
        return customer_want(below) if below else None

    return planned(info, (CustomerWant, noun), want)


def wanted_products(info: Info) -> ProductWant:
    """What a connection asks for of each of its products."""
    return planned(info, (ProductWant, "rows"), lambda connection: product_want(connection.rows()))


def wanted_facets(info: Info) -> FacetsWant:
    """What is asked for of the facets this field yields."""
    return planned(info, FacetsWant, facets_want)


def wanted_customers(info: Info) -> CustomerWant:
    """What a connection asks for of each of its customers."""
    return planned(info, (CustomerWant, "rows"), lambda connection: customer_want(connection.rows()))


def wanted_stock(info: Info) -> StockWant:
    """What a connection asks for of each of its stock items."""
    return planned(info, (StockWant, "rows"), lambda connection: stock_want(connection.rows()))


def wanted_prices(info: Info) -> PriceItemWant:
    """What a connection asks for of each of its prices."""
    return planned(info, (PriceItemWant, "rows"), lambda connection: price_item_want(connection.rows()))


def wanted_price_in(info: Info, noun: str) -> PriceItemWant:
    """What a payload asks for of the price it carries."""
    return planned(info, (PriceItemWant, noun), lambda payload: price_item_want(payload.below(noun)))


def wanted_trail(info: Info) -> TrailWant:
    """What a connection asks for of each of its entries."""
    return planned(info, (TrailWant, "rows"), lambda connection: trail_want(connection.rows()))
