"""Which companies of the demonstration hang together, and who owns them: a chain, and an agent with distributors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from domain.customers import Customer
from domain.identity import CustomerId
from domain.merchant import Staff
from domain.ownership import OwnerKind, Owners, Ownership, owners_at

_PARENTS = {3: 2, 4: 2, 8: 7, 9: 7}
"""Two branches of a headquarters, whose owner can sign in; and two distributors of an agent, who can, too."""
_AGENT = 7


def hung_together(customers: Sequence[Customer]) -> tuple[Customer, ...]:
    """Hang the branches below their parents, as far as there are so many companies."""
    return tuple(
        attrs.evolve(one, parent_id=customers[_PARENTS[at]].id) if at in _PARENTS else one
        for at, one in enumerate(customers)
    )


def ownerships(
    customers: Sequence[Customer], *, staff: Sequence[Staff], since: datetime
) -> tuple[Ownership, ...]:
    """Let the merchant's owner look after everybody, and the agent own its distributors."""
    agent = customers[_AGENT].id if len(customers) > _AGENT else None
    looked_after = [
        Ownership(customer_id=one.id, kind=OwnerKind.SALES_REP, since=since, owner_id=staff[0].id)
        for one in customers
    ]
    distributors = [one for one in customers if agent is not None and one.parent_id == agent]
    return (
        *looked_after,
        *(
            Ownership(customer_id=one.id, kind=OwnerKind.AGENT, since=since, owner_id=agent)
            for one in distributors
        ),
    )


def owners_of(history: Sequence[Ownership], *, at: datetime) -> Mapping[CustomerId, Owners]:
    """Who owns each customer at a moment."""
    of_each: dict[CustomerId, list[Ownership]] = {}
    for one in history:
        of_each.setdefault(one.customer_id, []).append(one)
    return {customer_id: owners_at(of_it, at) for customer_id, of_it in of_each.items()}
