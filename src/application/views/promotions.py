"""Promotions as their readers see them: staff all there is, buyers what is on offer to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from application.authorization import Actor, price_hidden_from
from application.views.pages import Slice, Window
from domain.identity import ProductId, PromotionId, SkuId
from domain.promotions import UNUSED, Bundle, Classified, Promotion, Scope, Usage


class PromotionCard(NamedTuple):
    """A promotion, and how much of its budget is used: nothing is counted of one that has none."""

    promotion: Promotion
    usage: Usage = UNUSED


class PromotionBook(Protocol):
    """Queries over the promotions, opened for one actor at one moment."""

    async def promotions(self, *, window: Window, count: bool) -> Slice[PromotionCard]:
        """A page of all promotions, the newest first, by the key (id); nothing to those who do not manage them."""
        ...

    async def promotions_by_id(self, ids: Collection[PromotionId]) -> Mapping[PromotionId, PromotionCard]:
        """Those of these ids; what does not exist is left out, and all of it to those who do not manage them."""
        ...

    async def on_offer(self) -> tuple[Promotion, ...]:
        """What the actor may be shown of what holds now: the public ones that are for it, of goods that it sees.

        By priority, then id. Whoever sees no prices is shown none. To staff it is what a customer of no name gets.
        """
        ...


def may_be_shown(actor: Actor) -> bool:
    """Tell whether there can be promotions that the actor is shown."""
    return actor.merchant.promotes and price_hidden_from(actor) is None


def goods_of(promotion: Promotion) -> tuple[Scope, ...]:
    """The scopes of each of which something has to be seen by whoever is shown the promotion."""
    effect = promotion.effect
    return (promotion.scope, *((part.goods for part in effect.parts) if isinstance(effect, Bundle) else ()))


def hangs_on(scope: Scope) -> bool:
    """Tell whether it is about nothing but single SKUs and products, which may be hidden."""
    return bool(scope.sku_ids or scope.product_ids) and not (scope.category_ids or scope.brand_ids)


def concerning(promotions: Collection[Promotion], goods: Collection[Classified]) -> tuple[Promotion, ...]:
    """Those in which some of the goods can have a part, in their order."""
    return tuple(one for one in promotions if any(map(one.concerns, goods)))


def in_order(promotions: Collection[Promotion]) -> tuple[Promotion, ...]:
    """The promotions by priority, then id."""
    return tuple(sorted(promotions, key=lambda one: (-one.priority, one.id)))


def seen_of(
    promotions: Collection[Promotion], *, skus: Collection[SkuId], products: Collection[ProductId]
) -> tuple[Promotion, ...]:
    """Those of whose goods something is seen, of all the SKUs and products that are."""

    def seen(scope: Scope) -> bool:
        return (
            not hangs_on(scope)
            or not scope.sku_ids.isdisjoint(skus)
            or not scope.product_ids.isdisjoint(products)
        )

    return in_order([one for one in promotions if all(map(seen, goods_of(one)))])
