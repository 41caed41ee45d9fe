"""Promotions as staff write them down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import strawberry

from adapters.graphql.promotions._effect_inputs import EffectInput, Reader, ScopeInput, scope_of
from adapters.graphql.scalars import known
from application.promotions import Draft
from domain.errors import DomainError, Refused
from domain.identity import (
    AudienceId,
    CustomerGroupId,
    CustomerId,
    PriceTierId,
)
from domain.money import Currency
from domain.period import Period
from domain.promotions import (
    Budget,
    InvalidPromotion,
    Schedule,
    Stacking,
    TimeSlot,
    UnknownGoods,
)
from domain.visibility import UnknownAudience


@strawberry.input(name="TimeSlotInput", description="A part of the day, in the merchant's time zone.")
class TimeSlotInput:
    """Read as TimeSlot."""

    start: str = strawberry.field(description="When it begins, HH:MM.")
    end: str = strawberry.field(description="When it is over, HH:MM; past midnight where that is no later.")

    def read(self) -> TimeSlot:
        """:raises ValueError: if one of them is no time of the day."""
        return TimeSlot(_time(self.start), _time(self.end))


def _time(text: str) -> time:
    """:raises ValueError: if it is not written HH:MM."""
    if not (len(text) == 5 and text.isascii()):
        raise ValueError("a time of the day is written HH:MM")
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  # a time of the day has no zone


@strawberry.input(name="PromotionDraft", description="A promotion, all of it.")
class PromotionDraftInput:
    """Read as Draft."""

    name: str = strawberry.field(description="What it is called, 1 to 64 characters: 满200减20.")
    text: str | None = strawberry.field(
        description="What buyers can read about it, up to 500 characters.", default=None
    )
    effect: EffectInput = strawberry.field(description="What it does.")
    scope: ScopeInput | None = strawberry.field(description="For which goods; all by default.", default=None)
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
    budget_amount: Decimal | None = strawberry.field(
        description="What it may cost, over all orders.", default=None
    )
    budget_uses: int | None = strawberry.field(description="How many orders may use it.", default=None)
    uses_per_customer: int | None = strawberry.field(
        description="How many orders of one customer may.", default=None
    )
    priority: int = strawberry.field(description="The higher comes first.", default=0)
    exclusive_group: str | None = strawberry.field(
        description="Of those of one group only the one that is best for the customer is applied.",
        default=None,
    )
    stacking: Stacking = strawberry.field(
        description="How it gets along with others; STACK by default.", default=Stacking.STACK
    )
    public: bool = strawberry.field(description="Whether buyers are told of it.", default=True)

    def draft(self, currency: Currency) -> Draft:
        """Read the input.

        :raises Refused: if a part of it can be none, or it names what can be nothing.
        """
        reader = Reader(currency)
        parts: dict[str, Callable[[], object]] = {
            "effect": lambda: self.effect.read(reader),
            "scope": lambda: scope_of(self.scope, reader),
            "schedule": self._schedule,
            "budget": lambda: self._budget(reader),
        }
        read: dict[str, Any] = {}
        refusals: list[DomainError] = []
        for name, part in parts.items():
            try:
                read[name] = part()
            except ValueError:
                refusals.append(InvalidPromotion(name.upper(), name))
        audience = {text: audience_in(text) for text in self.audience_ids or ()}
        strange: list[DomainError] = [UnknownGoods(text) for text in reader.strange]
        strange += [UnknownAudience(text, field="audienceIds") for text, id in audience.items() if id is None]
        # Where goods are named that can be none, the effect that would give them is not what is wrong.
        if strange or refusals:
            raise Refused(tuple(strange or refusals))
        return Draft(
            name=self.name,
            text=self.text or "",
            audience=frozenset(id for id in audience.values() if id is not None),
            priority=self.priority,
            exclusive_group=self.exclusive_group,
            stacking=self.stacking,
            public=self.public,
            **read,
        )

    def _schedule(self) -> Schedule:
        """:raises ValueError: if it can be none."""
        return Schedule(
            validity=Period(self.valid_from, self.valid_until),
            weekdays=frozenset(self.weekdays or ()),
            slots=tuple(slot.read() for slot in self.time_slots or ()),
        )

    def _budget(self, reader: Reader) -> Budget:
        """:raises ValueError: if it can be none."""
        return Budget(
            amount=reader.perhaps_money(self.budget_amount),
            uses=self.budget_uses,
            uses_per_customer=self.uses_per_customer,
        )


def audience_in(text: str) -> AudienceId | None:
    """Read whom something is for: a group, a tier or a company; None where the text can be none."""
    return known(CustomerGroupId, text) or known(PriceTierId, text) or known(CustomerId, text)
