"""What rows are turned into, made once: the same few values come again and again, and they never change.

What was stored was checked when it was written, so its text is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeVar

from domain.identity import (
    AddressId,
    BrandId,
    BuyerId,
    CategoryId,
    CustomerGroupId,
    CustomerId,
    OrderId,
    PriceListId,
    PriceTierId,
    ProductId,
    SkuCode,
    SkuId,
    WarehouseId,
)
from domain.money import Money, UnitPrice
from domain.quantity import Quantity

MOST_REMEMBERED = 8_192

S = TypeVar("S", bound=str)


def stored(kind: type[S]) -> Callable[[str], S]:
    """Take a stored text as it is."""
    return partial(str.__new__, kind)


address_id = stored(AddressId)
brand_id = stored(BrandId)
buyer_id = stored(BuyerId)
category_id = stored(CategoryId)
customer_id = stored(CustomerId)
group_id = stored(CustomerGroupId)
order_id = stored(OrderId)
price_list_id = stored(PriceListId)
product_id = stored(ProductId)
sku_code = stored(SkuCode)
sku_id = stored(SkuId)
tier_id = stored(PriceTierId)
warehouse_id = stored(WarehouseId)


@lru_cache(maxsize=1_024)
def on_path(path: str | None) -> frozenset[CategoryId]:
    """The categories on a path: the one it leads to, and all above."""
    return frozenset(map(category_id, path.rstrip("/").split("/"))) if path else frozenset()


money = lru_cache(maxsize=MOST_REMEMBERED)(Money)
unit_price = lru_cache(maxsize=MOST_REMEMBERED)(UnitPrice)
quantity = lru_cache(maxsize=MOST_REMEMBERED)(Quantity)
