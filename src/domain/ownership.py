"""Ownership: which sales representative (业务员) and which agent (代理) a customer has, dated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

import attrs

from domain.errors import DomainError
from domain.identity import CustomerId, StaffId
from domain.period import Period, aware


class OwnerKind(Enum):
    """What somebody is to a customer."""

    SALES_REP = "SALES_REP"
    AGENT = "AGENT"


OwnerId = StaffId | CustomerId
"""A member of staff where it is a sales representative, a company where it is an agent."""


@attrs.frozen(kw_only=True)
class Ownership:
    """Who owns a customer from an instant on, until the next ownership of the same kind begins.

    So there are never two of one kind at the same time, and no end has to be kept in step with the next beginning.
    """

    customer_id: CustomerId
    kind: OwnerKind
    since: datetime = attrs.field(validator=aware)
    owner_id: OwnerId | None = None
    """Nobody, where it is None."""

    def __attrs_post_init__(self) -> None:
        wanted = StaffId if self.kind is OwnerKind.SALES_REP else CustomerId
        if self.owner_id is not None and not isinstance(self.owner_id, wanted):
            raise ValueError("a sales representative is a member of staff, and an agent a company")
        if self.owner_id == self.customer_id:
            raise AgentOfItself(self.customer_id)


@attrs.frozen(kw_only=True)
class Owners:
    """Who owns a customer at one moment: what an order keeps of it."""

    sales_rep_id: StaffId | None = None
    agent_id: CustomerId | None = None


NOBODY = Owners()


def from_now_on(since: datetime | None, *, now: datetime) -> datetime:
    """Say when an ownership begins that is wanted since an instant: now, or later; what was stays as it was.

    :raises OwnershipInPast: if it would have begun already.
    """
    if since is not None and since < now:
        raise OwnershipInPast(now)
    return since or now


def owners_at(history: Iterable[Ownership], at: datetime) -> Owners:
    """Find who owns one customer at a moment."""
    latest: dict[OwnerKind, OwnerId | None] = {}
    for one in sorted(history, key=lambda one: one.since):
        if one.since <= at:
            latest[one.kind] = one.owner_id
    sales_rep_id, agent_id = latest.get(OwnerKind.SALES_REP), latest.get(OwnerKind.AGENT)
    return Owners(
        sales_rep_id=sales_rep_id if isinstance(sales_rep_id, StaffId) else None,
        agent_id=agent_id if isinstance(agent_id, CustomerId) else None,
    )


def with_periods(history: Iterable[Ownership]) -> tuple[tuple[Ownership, Period], ...]:
    """Say of each ownership of one customer how long it holds: from its beginning up to the next of its kind."""
    found: list[tuple[Ownership, Period]] = []
    ends: dict[OwnerKind, datetime] = {}
    for one in sorted(history, key=lambda one: (one.since, one.kind.value), reverse=True):
        found.append((one, Period(one.since, ends.get(one.kind))))
        ends[one.kind] = one.since
    return tuple(found)


@attrs.frozen
class OwnerNotFound(DomainError):
    """There is no such member of staff, or no such company, to own a customer."""


@attrs.frozen
class AgentOfItself(DomainError):
    """A company is not its own agent."""

    customer_id: CustomerId


@attrs.frozen
class OwnershipInPast(DomainError):
    """An ownership begins now or later; what was stays as it was."""

    now: datetime
