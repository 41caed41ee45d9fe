"""What staff do to special prices, and why not."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, cast

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.promotions import TimeSlotInput, audience_in
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.skus import Named
from adapters.graphql.special_prices._types import SpecialPriceType
from adapters.graphql.visibility import UnknownAudienceType
from adapters.graphql.wants import wanted_price_in
from application.authorization import Permission
from application.special_prices import SpecialDraft
from application.views.pricing import SpecialPriceCard
from domain.errors import Refused
from domain.floors import PriceFlag
from domain.identity import SpecialPriceId
from domain.period import Period
from domain.promotions import Schedule
from domain.special_prices import InvalidSpecialPrice, SpecialPrice, SpecialPriceNotFound
from domain.visibility import UnknownAudience

_MANAGE = Permission.MANAGE_PRICES


@refusal(SpecialPriceNotFound, description="There is no such special price.")
class SpecialPriceNotFoundType(UserErrorType):
    """Shows SpecialPriceNotFound."""


@refusal(InvalidSpecialPrice, description="A special price that cannot be.")
class InvalidSpecialPriceType(UserErrorType):
    """Shows InvalidSpecialPrice."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "NAME: it is 1 to 64 characters. UNKNOWN_SKU, UNKNOWN_UNIT: there is none. PRICE_OR_PERCENTAGE: it is one "
            "of them. NOT_A_PRICE, TOO_FINE, NOT_A_PERCENTAGE: it cannot be charged; a percentage is more than 0 and "
            "less than 100. ONLY_A_SHARE_STACKS: a price is no share. LIMIT: it is a quantity of more than nothing. "
            "SCHEDULE: it ends after it starts, and later than now. SKU: that stays the same. TOO_LARGE: too many are "
            "named. TOO_MANY: at most 10 of one SKU hold, or are to come. CHANGED: somebody else changed it "
            "meanwhile. ENDED: it has ended already."
        ),
    )


@strawberry.input
class _Drafted:
    """Read as SpecialDraft."""

    name: str = strawberry.field(description="What it is called, 1 to 64 characters, as buyers see it.")
    sku_id: strawberry.ID | None = strawberry.field(
        description="The SKU by id, or else by code.", default=None
    )
    sku_code: str | None = strawberry.field(description="The SKU by the merchant's code.", default=None)
    unit: str | None = strawberry.field(
        description="The pack it is for, by code or name; the base unit by default, and every pack at its factor.",
        default=None,
    )
    unit_price: Decimal | None = strawberry.field(
        description="What one of the unit costs, in the merchant's currency.", default=None
    )
    percentage: Decimal | None = strawberry.field(
        description="Or a share of the base price in percent: 90 for 10 % off.", default=None
    )
    stacks: bool = strawberry.field(
        description="Whether the share is one of the customer's own price.", default=False
    )
    contracts: bool = strawberry.field(
        description="Whether it goes before a price of a contract, too, where it is lower.", default=False
    )
    audience_ids: list[strawberry.ID] | None = strawberry.field(
        description="For which customers, price tiers and groups, by id; for everybody by default.",
        default=None,
    )
    valid_from: datetime | None = strawberry.field(description="From when on it holds.", default=None)
    valid_until: datetime | None = strawberry.field(
        description="When it has ended; until just before that it holds.", default=None
    )
    weekdays: list[int] | None = strawberry.field(
        description="On which days, 1 is Monday, 7 is Sunday; on all by default.", default=None
    )
    time_slots: list[TimeSlotInput] | None = strawberry.field(
        description="At what times of the day; at any by default.", default=None
    )
    stock: Decimal | None = strawberry.field(
        description="How many of the base unit are sold at it in all; any number by default.", default=None
    )
    per_customer: Decimal | None = strawberry.field(
        description="How many of the base unit one company buys at it; any number by default.", default=None
    )

    def draft(self) -> SpecialDraft:
        """Read the input.

        :raises Refused: if its time can be none, or it names whom there cannot be.
        """
        sku = Named.by(id=self.sku_id, code=self.sku_code)
        audience = {text: audience_in(text) for text in self.audience_ids or ()}
        strange = [UnknownAudience(text, field="audienceIds") for text, id in audience.items() if id is None]
        if strange:
            raise Refused(tuple(strange))
        try:
            schedule = Schedule(
                validity=Period(self.valid_from, self.valid_until),
                weekdays=frozenset(self.weekdays or ()),
                slots=tuple(slot.read() for slot in self.time_slots or ()),
            )
        except ValueError:
            raise Refused((InvalidSpecialPrice("SCHEDULE", "validUntil"),)) from None
        return SpecialDraft(
            name=self.name,
            sku_id=sku.sku_id,
            sku_code=sku.sku_code,
            unit=self.unit,
            unit_price=self.unit_price,
            percentage=self.percentage,
            stacks=self.stacks,
            contracts=self.contracts,
            audience=frozenset(id for id in audience.values() if id is not None),
            schedule=schedule,
            stock=self.stock,
            per_customer=self.per_customer,
        )


@strawberry.input(name="CreateSpecialPriceInput", description="A special price to make.")
class CreateSpecialPriceInput(_Drafted):
    """Read as the arguments of CreateSpecialPrice."""


@strawberry.input(
    name="ChangeSpecialPriceInput", description="All that a special price is to be; its SKU stays the same."
)
class ChangeSpecialPriceInput(_Drafted):
    """Read as the arguments of ChangeSpecialPrice."""

    special_price_id: strawberry.ID = strawberry.field(description="Which special price.")
    version: int = strawberry.field(description="The version that was changed.")


@strawberry.input(name="EndSpecialPriceInput", description="A special price that is over.")
class EndSpecialPriceInput:
    """Read as the arguments of EndSpecialPrice."""

    special_price_id: strawberry.ID = strawberry.field(description="Which special price.")


CreateSpecialPriceError = Annotated[
    InvalidSpecialPriceType | UnknownAudienceType,
    strawberry.union("CreateSpecialPriceError", description="Why a special price was not made."),
]
ChangeSpecialPriceError = Annotated[
    SpecialPriceNotFoundType | InvalidSpecialPriceType | UnknownAudienceType,
    strawberry.union("ChangeSpecialPriceError", description="Why a special price stays as it is."),
]
EndSpecialPriceError = Annotated[
    SpecialPriceNotFoundType | InvalidSpecialPriceType,
    strawberry.union("EndSpecialPriceError", description="Why a special price was not ended."),
]


@strawberry.type
class _SpecialPayload:
    """What comes of whatever is done to a special price; why not is said by each."""

    special_price: SpecialPriceType | None = field(
        _MANAGE, description="The special price; null where it was refused."
    )


@strawberry.type
class _FlaggedPayload(_SpecialPayload):
    """The same, with what to look at."""

    @resolved(
        _MANAGE,
        description=(
            "What to look at before it holds: BELOW_FLOOR where it makes a price below the floor of its SKU, told to "
            "those who may see floors."
        ),
        graphql_type=list[PriceFlag],
    )
    @staticmethod
    def flags(root: _FlaggedPayload) -> tuple[PriceFlag, ...]:
        made = cast("SpecialPriceCard | None", root.special_price)
        return () if made is None else made.flags


@strawberry.type(name="CreateSpecialPricePayload", description="The special price, or why there is none.")
class CreateSpecialPricePayload(_FlaggedPayload):
    """What came of createSpecialPrice."""

    errors: list[CreateSpecialPriceError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="ChangeSpecialPricePayload", description="The special price as it is now, or why not.")
class ChangeSpecialPricePayload(_FlaggedPayload):
    """What came of changeSpecialPrice."""

    errors: list[ChangeSpecialPriceError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="EndSpecialPricePayload", description="The special price as it is now, or why not.")
class EndSpecialPricePayload(_SpecialPayload):
    """What came of endSpecialPrice."""

    errors: list[EndSpecialPriceError] = field(_MANAGE, description="Everything that is wrong.")


async def _seen(info: Info, id: SpecialPriceId) -> SpecialPriceCard:
    """The special price as it is now, with what was bought at it."""
    want = wanted_price_in(info, "specialPrice")
    return (await info.context.views.prices.specials_by_id([id], want=want))[id]


async def _flagged(info: Info, special: SpecialPrice) -> SpecialPriceCard:
    """The same, with what to look at."""
    context = info.context
    flags = await context.do(context.use.flag_special_price, actor=context.actor, special=special)
    return (await _seen(info, special.id))._replace(flags=flags)


@strawberry.type
class SpecialPriceMutations:
    """What those do who manage prices."""

    @resolved(
        _MANAGE,
        description="Make a special price; it is offered whenever it says.",
        graphql_type=CreateSpecialPricePayload,
        extensions=[Refusals(CreateSpecialPricePayload)],
    )
    @staticmethod
    async def create_special_price(
        info: Info,
        input: Annotated[CreateSpecialPriceInput, strawberry.argument(description="The special price.")],
    ) -> SpecialPriceCard:
        context = info.context
        made = await context.do(context.use.create_special_price, actor=context.actor, draft=input.draft())
        return await _flagged(info, made)

    @resolved(
        _MANAGE,
        description="Say all of a special price anew. Orders keep what it was when they were placed.",
        graphql_type=ChangeSpecialPricePayload,
        extensions=[Refusals(ChangeSpecialPricePayload)],
    )
    @staticmethod
    async def change_special_price(
        info: Info,
        input: Annotated[ChangeSpecialPriceInput, strawberry.argument(description="What it becomes.")],
    ) -> SpecialPriceCard:
        context = info.context
        changed = await context.do(
            context.use.change_special_price,
            actor=context.actor,
            special_price_id=known_or_missing(SpecialPriceId, input.special_price_id),
            seen=input.version,
            draft=input.draft(),
        )
        return await _flagged(info, changed)

    @resolved(
        _MANAGE,
        description="End a special price now; one that was still to come never holds.",
        graphql_type=EndSpecialPricePayload,
        extensions=[Refusals(EndSpecialPricePayload)],
    )
    @staticmethod
    async def end_special_price(
        info: Info, input: Annotated[EndSpecialPriceInput, strawberry.argument(description="Which.")]
    ) -> SpecialPriceCard:
        context = info.context
        ended = await context.do(
            context.use.end_special_price,
            actor=context.actor,
            special_price_id=known_or_missing(SpecialPriceId, input.special_price_id),
        )
        return await _seen(info, ended.id)
