"""Goods by what people call them, on one shop."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from adapters.persistence.memory._own_names import MemoryOwnNames
from adapters.persistence.memory._shops import Shop
from adapters.persistence.naming import Name, Shelves
from adapters.persistence.wording import Wording
from application.authorization import Actor
from application.ports.named_goods import Meant, NamedGoods
from domain.identity import CustomerId


@attrs.frozen
class MemoryNamedGoods(NamedGoods):
    """The goods of one merchant by what people call them."""

    shop: Shop
    actor: Actor

    def find(self, customer_id: CustomerId, names: Collection[str]) -> Mapping[str, Meant]:
        read = [name for one in dict.fromkeys(names) if (name := Name.of(one)) is not None]
        own_names = [name.own for name in read if name.own is not None]
        own = MemoryOwnNames(self.shop, self.actor).find(customer_id, own_names)
        shown = {id: product for id, product in self.shop.products.items() if self.shop.shows(id, self.actor)}
        words = {id: Wording.of(product) for id, product in shown.items()}
        listings = [
            listing
            for product in shown.values()
            for sku in product.skus
            if (listing := self.shop.listing(sku.id)) is not None
        ]
        shelves = Shelves.of(listings, own)
        meant: dict[str, Meant] = {}
        for name in read:
            ids = {id for id, wording in words.items() if name.finds(wording)}
            what = shelves.meant(name, (one for one in listings if one.product_id in ids))
            if what is not None:
                meant[name.text] = what
        return meant
