"""Lines of orders as readers see them, in dictionaries."""

from __future__ import annotations

from application.views.catalog import SkuCard, SkuHead
from application.views.orders import LineWant, OrderLineCard, weight_card
from domain.ordering import OrderLine


def line_card(line: OrderLine, want: LineWant, *, sku: SkuHead | SkuCard | None) -> OrderLineCard:
    """The card of a line, with what is wanted of it."""
    card = OrderLineCard(sku=sku, quantity=line.quantity, unit_price=line.unit_price, total=line.total)
    if want.promoted:
        card = card._replace(discount=line.discount, gift_value=line.gift_value)
    if want.weighed:
        card = card._replace(weight=weight_card(line))
    if not want.details:
        return card
    return card._replace(
        sku_code=line.sku_code,
        sku_name=line.sku_name,
        unit_code=line.unit_code,
        unit_name=line.unit_name,
        list_price=line.list_price,
        price_source=line.price_source,
    )
