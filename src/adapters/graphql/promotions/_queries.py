"""Looking at promotions."""

from __future__ import annotations

from typing import Annotated

import strawberry

from adapters.graphql.connections import After, Asked, Before, ConnectionType, First, Last, Order, Page
from adapters.graphql.context import Info
from adapters.graphql.promotions._types import PromotionLabelType, PromotionType
from adapters.graphql.requires import resolved
from adapters.graphql.scalars import known
from application.authorization import Permission
from application.views.promotions import PromotionCard
from domain.identity import PromotionId
from domain.promotions import Promotion

_NEWEST = Order("PROMOTION", (str,))


@strawberry.type
class PromotionQueries:
    """What there is to know of promotions."""

    @resolved(
        Permission.BROWSE,
        description="What is on offer to the caller now, of goods that the caller sees, by priority; nothing to those "
        "who are shown no prices.",
        graphql_type=list[PromotionLabelType],
    )
    @staticmethod
    async def offers(info: Info) -> tuple[Promotion, ...]:
        return await info.context.views.promotions.on_offer()

    @resolved(
        Permission.MANAGE_PROMOTIONS,
        description="All promotions, the newest first.",
        graphql_type=ConnectionType[PromotionType],
    )
    @staticmethod
    async def promotions(
        info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Page[PromotionCard]:
        asked = Asked.of(_NEWEST, info, first=first, after=after, last=last, before=before)
        found = await info.context.views.promotions.promotions(window=asked.window, count=asked.count)
        return Page(found, asked.order)

    @resolved(
        Permission.MANAGE_PROMOTIONS,
        description="A promotion by id; null where there is none.",
        graphql_type=PromotionType | None,
    )
    @staticmethod
    async def promotion(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The promotion.")]
    ) -> PromotionCard | None:
        wanted = known(PromotionId, id)
        if wanted is None:
            return None
        return (await info.context.views.promotions.promotions_by_id([wanted])).get(wanted)
