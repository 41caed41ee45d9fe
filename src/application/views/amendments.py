"""What was changed of orders after they were placed, as readers see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from application.authorization import Actor, Permission
from domain.identity import OrderId
from domain.money import Money
from domain.ordering import Amendment
from domain.quantity import Quantity


class WeighedCard(NamedTuple):
    """What a line was said to weigh, in the base unit."""

    line: int
    """Where it stands in the order, from zero."""
    actual: Quantity


class AmendmentCard(NamedTuple):
    """One change of what an order comes to."""

    at: datetime
    before: Money
    after: Money
    weights: tuple[WeighedCard, ...] = ()
    """None where something was taken off the whole."""
    reason: str | None = None
    """Why, for staff who make such changes; None to everybody else, and where nobody had to say."""


class AmendmentBook(Protocol):
    """Queries over what was changed of orders, opened for one actor at one moment."""

    async def of_orders(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, tuple[AmendmentCard, ...]]:
        """What was changed of each of these orders that the actor may see, the first change first."""
        ...


def sees_reasons(actor: Actor) -> bool:
    """Tell whether somebody is shown why: whoever may make such changes."""
    return actor.has(Permission.ADJUST_ORDERS) or actor.has(Permission.CONFIRM_ORDERS)


def amendment_card(one: Amendment, *, reasons: bool) -> AmendmentCard:
    """What there is to see of a change."""
    return AmendmentCard(
        at=one.at,
        before=one.before,
        after=one.after,
        weights=tuple(WeighedCard(line, actual) for line, actual in one.weights),
        reason=(one.reason or None) if reasons else None,
    )
