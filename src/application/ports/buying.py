"""What is stored of how companies buy; part of the storage of the verbs."""

from __future__ import annotations

from typing import Protocol

from application.ports.carts import Carts
from application.ports.named_goods import NamedGoods
from application.ports.shopping import OrderTemplates, ShoppingLists


class BuyingStorage(Protocol):
    """Carts and lists, and goods as companies name them."""

    @property
    def carts(self) -> Carts: ...
    @property
    def named_goods(self) -> NamedGoods: ...
    @property
    def shopping_lists(self) -> ShoppingLists: ...
    @property
    def order_templates(self) -> OrderTemplates: ...
