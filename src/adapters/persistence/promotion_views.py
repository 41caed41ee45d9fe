"""Promotions as their readers see them, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import bindparam, func, or_, select

from adapters.persistence.catalog import (
    CATEGORY_OF_PRODUCT,
    PRODUCT_OF_SKU,
    categories,
    products,
    skus,
)
from adapters.persistence.made import on_path
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.promotion_budgets import promotions
from adapters.persistence.promotions import on_offer_of, on_offer_statement, promotion_of
from adapters.persistence.statements import Ask, Reader, Row, Statement, any_of
from adapters.persistence.visibility import limits, visible
from application.authorization import Permission, sees_all_goods
from application.views.pages import Slice, Window
from application.views.promotions import (
    PromotionBook,
    PromotionCard,
    concerning,
    goods_of,
    in_order,
    may_be_shown,
    seen_of,
)
from domain.identity import BrandId, ProductId, PromotionId, SkuId
from domain.promotions import Classified, Promotion, Usage

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_CARD = (promotions.c.id, promotions.c.rule, promotions.c.amount, promotions.c.uses)
_OF_MERCHANT = promotions.c.merchant_id == bindparam("merchant_id")
_SORT = (promotions.c.id,)
_COUNT = Statement(select(func.count()).select_from(promotions).where(_OF_MERCHANT))
_BY_ID = Statement(select(*_CARD).where(_OF_MERCHANT, any_of(promotions.c.id, "ids")))
_SEEN = Statement(
    select(skus.c.id, skus.c.product_id)
    .select_from(skus.join(products, PRODUCT_OF_SKU))
    .where(
        skus.c.merchant_id == bindparam("merchant_id"),
        or_(any_of(skus.c.id, "sku_ids"), any_of(skus.c.product_id, "product_ids")),
        visible(products.c.id),
    )
)

_CLASSIFIED = Statement(
    select(skus.c.id, skus.c.product_id, categories.c.path, products.c.brand_id)
    .select_from(skus.join(products, PRODUCT_OF_SKU).outerjoin(categories, CATEGORY_OF_PRODUCT))
    .where(
        skus.c.merchant_id == bindparam("merchant_id"),
        any_of(skus.c.product_id, "ids"),
        skus.c.for_sale,
        products.c.for_sale,
    )
)


@lru_cache(maxsize=64)
def _page(shape: Shape) -> Statement:
    return Statement(
        select(*_CARD)
        .where(_OF_MERCHANT, *conditions(shape, _SORT))
        .order_by(*ordering(shape, _SORT))
        .limit(most(shape))
    )


def read_promotions_of(
    sight: Sight, ids: Collection[ProductId]
) -> Reader[Mapping[ProductId, tuple[Promotion, ...]]]:
    """Read what the actor may be shown of these products, as far as they are for sale."""
    if not may_be_shown(sight.actor):
        return {}
    shown = yield from SqlPromotionBook(sight).read_on_offer()
    if not shown:
        return {}
    of_each: dict[ProductId, list[Classified]] = {}
    for sku_id, of, path, brand in (
        yield Ask(_CLASSIFIED, {"merchant_id": sight.actor.merchant_id, "ids": sorted(ids)})
    ):
        goods = Classified(
            sku_id=SkuId(sku_id),
            product_id=ProductId(of),
            category_ids=on_path(path),
            brand_id=None if brand is None else BrandId(brand),
        )
        of_each.setdefault(goods.product_id, []).append(goods)
    return {id: concerning(shown, goods) for id, goods in of_each.items()}


@attrs.frozen
class SqlPromotionBook(PromotionBook):
    """What one actor sees of the promotions of one merchant."""

    sight: Sight

    async def promotions(self, *, window: Window, count: bool) -> Slice[PromotionCard]:
        asked = {"merchant_id": self.sight.actor.merchant_id}

        def reader() -> Reader[Slice[PromotionCard]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(_page(shape), {**asked, **page_parameters(window)})
            total = (yield Ask(_COUNT, asked))[0][0] if count else None
            nodes = [_card(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[0],), nodes=nodes, total=total)

        if not self._manages():
            return Slice(total=0 if count else None)
        return await self.sight.read(reader)

    async def promotions_by_id(self, ids: Collection[PromotionId]) -> Mapping[PromotionId, PromotionCard]:
        def reader() -> Reader[Mapping[PromotionId, PromotionCard]]:
            asked = {"merchant_id": self.sight.actor.merchant_id, "ids": sorted(ids)}
            cards = [_card(row) for row in (yield Ask(_BY_ID, asked))]
            return {card.promotion.id: card for card in cards}

        return await self.sight.read(reader) if ids and self._manages() else {}

    async def on_offer(self) -> tuple[Promotion, ...]:
        return await self.sight.read(self.read_on_offer) if may_be_shown(self.sight.actor) else ()

    def read_on_offer(self) -> Reader[tuple[Promotion, ...]]:
        """Read what the actor may be shown."""
        actor = self.sight.actor
        asked: dict[str, Any] = {"merchant_id": actor.merchant_id, "at": self.sight.at}
        if actor.customer_id is not None:
            asked["customer_id"] = actor.customer_id
        rows = yield Ask(on_offer_statement(actor.customer_id is not None), asked)
        on_offer = on_offer_of(rows, actor.customer_id)
        zone, audience = actor.merchant.time_zone, on_offer.audience
        shown = [
            one.promotion
            for one in on_offer.offers
            if one.promotion.public
            and one.promotion.is_for(audience)
            and one.promotion.schedule.holds(self.sight.at, time_zone=zone)
        ]
        if sees_all_goods(actor) or not shown:
            return in_order(shown)
        scopes = [scope for one in shown for scope in goods_of(one)]
        named = {
            "sku_ids": sorted({id for scope in scopes for id in scope.sku_ids}),
            "product_ids": sorted({id for scope in scopes for id in scope.product_ids}),
        }
        seen = yield Ask(_SEEN, {"merchant_id": actor.merchant_id, **named, **limits(actor)})
        return seen_of(shown, skus={SkuId(id) for id, _ in seen}, products={ProductId(of) for _, of in seen})

    def _manages(self) -> bool:
        return self.sight.actor.has(Permission.MANAGE_PROMOTIONS)


def _card(row: Row) -> PromotionCard:
    _, rule, amount, uses = row
    return PromotionCard(promotion_of(rule), Usage(amount, uses))
