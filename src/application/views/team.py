"""Who works for the merchant, as those see them who manage them."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from application.views.pages import Slice, Window
from domain.identity import StaffId
from domain.merchant import Staff
from domain.privacy import Veil


class StaffCard(NamedTuple):
    """A person who works for the merchant."""

    id: StaffId
    name: str
    permissions: frozenset[str]
    suspended: bool


def staff_card(member: Staff, veil: Veil) -> StaffCard:
    """Somebody as those see them who manage the staff."""
    return StaffCard(member.id, veil.name(member.name), member.permissions, member.suspended)


class StaffBook(Protocol):
    """Queries over the staff, opened for one actor at one moment; others than those who manage them see nobody."""

    async def people(self, *, window: Window, count: bool) -> Slice[StaffCard]:
        """A page of them, by the key (id): whoever came first."""
        ...
