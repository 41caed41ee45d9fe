"""Batches of prices: made valid at once, and taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from application.authorization import Permission
from domain.identity import PriceBatchId
from domain.price_batches import (
    BatchBuiltOn,
    BatchState,
    IllegalBatchMove,
    InvalidEffectiveDate,
    PriceBatch,
    PriceBatchNotFound,
)

_MANAGE = Permission.MANAGE_PRICES


@strawberry.type(name="PriceBatch", description="Prices that become valid together, such as those of a file.")
class PriceBatchType:
    """Shows PriceBatch."""

    id: strawberry.ID = field(_MANAGE, description="The identity.")
    name: str = field(_MANAGE, description="What it is called, such as the name of the file.")
    state: BatchState = field(_MANAGE, description="Where it stands.")
    ladders: int = field(_MANAGE, description="How many ladders it had when it was staged.")
    created_at: datetime = field(_MANAGE, description="When it was staged.")
    effective_from: datetime | None = field(
        _MANAGE, description="From when on its prices hold; null until it is published."
    )
    published_at: datetime | None = field(_MANAGE, description="When it was published.")


@refusal(PriceBatchNotFound, description="There is no such batch of prices.")
class PriceBatchNotFoundType(UserErrorType):
    """Shows PriceBatchNotFound."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(IllegalBatchMove, description="The batch is not where this could be done with it.")
class IllegalBatchMoveType(UserErrorType):
    """Shows IllegalBatchMove."""

    state: BatchState = field(_MANAGE, description="Where it stands.")


@refusal(BatchBuiltOn, description="A price of the batch was changed after it was published.")
class BatchBuiltOnType(UserErrorType):
    """Shows BatchBuiltOn."""


@refusal(InvalidEffectiveDate, description="Prices cannot begin to hold in the past.")
class InvalidEffectiveDateType(UserErrorType):
    """Shows InvalidEffectiveDate."""


@strawberry.input(name="PublishPriceBatchInput", description="A batch that is to become valid.")
class PublishPriceBatchInput:
    """Read as the arguments of PublishPriceBatch."""

    batch_id: strawberry.ID = strawberry.field(description="The batch.")
    effective_from: datetime | None = strawberry.field(
        description="From when on its prices hold; from now on by default.", default=None
    )


@strawberry.input(name="UndoPriceBatchInput", description="A batch that is to be taken back.")
class UndoPriceBatchInput:
    """Read as the arguments of UndoPriceBatch."""

    batch_id: strawberry.ID = strawberry.field(description="The batch.")


PublishPriceBatchError = Annotated[
    PriceBatchNotFoundType | IllegalBatchMoveType | InvalidEffectiveDateType,
    strawberry.union("PublishPriceBatchError", description="Why a batch was not published."),
]
UndoPriceBatchError = Annotated[
    PriceBatchNotFoundType | IllegalBatchMoveType | BatchBuiltOnType,
    strawberry.union("UndoPriceBatchError", description="Why a batch was not taken back."),
]


@strawberry.type(name="PublishPriceBatchPayload", description="The batch, or why it was not published.")
class PublishPriceBatchPayload:
    """What came of publishPriceBatch."""

    batch: PriceBatchType | None = field(_MANAGE, description="The batch; null where it was refused.")
    errors: list[PublishPriceBatchError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type(name="UndoPriceBatchPayload", description="The batch, or why it was not taken back.")
class UndoPriceBatchPayload:
    """What came of undoPriceBatch."""

    batch: PriceBatchType | None = field(_MANAGE, description="The batch; null where it was refused.")
    errors: list[UndoPriceBatchError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type
class PriceBatchMutations:
    """What staff do with batches of prices."""

    @resolved(
        _MANAGE,
        description="Let the prices of a staged batch hold, all from the same moment on.",
        graphql_type=PublishPriceBatchPayload,
        extensions=[Refusals(PublishPriceBatchPayload)],
    )
    @staticmethod
    async def publish_price_batch(
        info: Info,
        input: Annotated[PublishPriceBatchInput, strawberry.argument(description="Which batch, and when.")],
    ) -> PriceBatch:
        context = info.context
        return await context.do(
            context.use.publish_price_batch,
            actor=context.actor,
            batch_id=known_or_missing(PriceBatchId, input.batch_id),
            effective_from=input.effective_from,
        )

    @resolved(
        _MANAGE,
        description="Take a batch back: what held before it holds again. Only while nothing was built on it.",
        graphql_type=UndoPriceBatchPayload,
        extensions=[Refusals(UndoPriceBatchPayload)],
    )
    @staticmethod
    async def undo_price_batch(
        info: Info,
        input: Annotated[UndoPriceBatchInput, strawberry.argument(description="Which batch.")],
    ) -> PriceBatch:
        context = info.context
        return await context.do(
            context.use.undo_price_batch,
            actor=context.actor,
            batch_id=known_or_missing(PriceBatchId, input.batch_id),
        )
