"""The audit trail, as staff may read it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.connections import ConnectionType, Order
from adapters.graphql.requires import field
from adapters.graphql.scalars import known
from application.authorization import ActorKind, Permission
from application.views.trail import TrailFilter
from domain.identity import BuyerId, StaffId, is_id

RECORDED = Order("RECORDED", (int, int))


@strawberry.type(name="TrailFact", description="One part of what an entry is about, as it was and as it is.")
class TrailFactType:
    """Shows TrailFact."""

    name: str = field(Permission.VIEW_TRAIL, description="Which part.")
    before: str | None = field(Permission.VIEW_TRAIL, description="What it was; null where it was not there.")
    after: str | None = field(Permission.VIEW_TRAIL, description="What it is; null where it is no more.")


@strawberry.type(name="TrailEntry", description="One action of somebody: it never changes.")
class TrailEntryType:
    """Shows TrailCard."""

    sequence: int = field(Permission.VIEW_TRAIL, description="Its number: from one, without gaps.")
    at: datetime = field(Permission.VIEW_TRAIL, description="When it was done.")
    actor_kind: ActorKind = field(Permission.VIEW_TRAIL, description="What they were to the merchant.")
    person_id: strawberry.ID | None = field(
        Permission.VIEW_TRAIL, description="Who it was; null at the command line."
    )
    person_name: str | None = field(
        Permission.VIEW_TRAIL,
        description="What the person is called now, masked without VIEW_PERSONAL_DATA; null where there is none.",
    )
    address: str = field(
        Permission.VIEW_TRAIL,
        description="Where it was asked from: the peer's address, or the system's user at the command line.",
    )
    request_id: str = field(Permission.VIEW_TRAIL, description="What the request is called in the log.")
    operation: str = field(Permission.VIEW_TRAIL, description="What was done, as the mutation is called.")
    about_kind: str = field(Permission.VIEW_TRAIL, description="What kind of thing it was done to.")
    about_id: strawberry.ID = field(Permission.VIEW_TRAIL, description="Which one.")
    facts: list[TrailFactType] = field(Permission.VIEW_TRAIL, description="What it was and is, by name.")
    previous: str = field(Permission.VIEW_TRAIL, description="The hash of the entry before it.")
    hash: str = field(Permission.VIEW_TRAIL, description="The hash of that one and of this entry.")


TrailConnection = ConnectionType[TrailEntryType]


@strawberry.input(name="TrailFilter", description="Which entries: all of what is given must hold.")
class TrailFilterInput:
    """Read as TrailFilter."""

    about: strawberry.ID | None = strawberry.field(
        description="Only those about this order, SKU or anything else.", default=None
    )
    actor: strawberry.ID | None = strawberry.field(description="Only what this person did.", default=None)
    since: datetime | None = strawberry.field(description="From this instant on.", default=None)
    until: datetime | None = strawberry.field(description="Up to this instant, without it.", default=None)

    def asked(self) -> TrailFilter | None:
        """Read the filter; None where it names what cannot be."""
        person_id = known(StaffId, self.actor) or known(BuyerId, self.actor)
        if (self.about is not None and not is_id(self.about)) or (self.actor is not None and not person_id):
            return None
        return TrailFilter(about_id=self.about, person_id=person_id, since=self.since, until=self.until)


WhichEntries = Annotated[
    TrailFilterInput | None, strawberry.argument(description="Which entries; all by default.")
]
