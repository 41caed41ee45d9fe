"""Shopping lists (常购清单) of companies, and order templates (订货模板) that the merchant makes for them.

Either is a name and lines, so many of a SKU in one unit, which go into the cart together. They keep what was wanted;
what it costs, and whether it can be had, is found out when it is.
"""

from __future__ import annotations

from collections.abc import Collection

import attrs

from domain.errors import DomainError
from domain.identity import (
    AudienceId,
    BuyerId,
    CustomerId,
    OrderTemplateId,
    PersonId,
    ShoppingListId,
    SkuId,
    Text,
)
from domain.quantity import Quantity

MOST_LISTS = 100
"""So many lists a company has, those of its buyers with them."""
MOST_TEMPLATES = 200
"""So many templates a merchant has."""
MOST_LIST_LINES = 200
MOST_AUDIENCES = 100
"""So many groups, tiers and companies a template is for by name."""


class ListName(Text):
    """What a list or a template is called."""

    __slots__ = ()


@attrs.frozen(kw_only=True)
class ListLine:
    """So many of a SKU in one unit, by the unit's code."""

    sku_id: SkuId
    unit: str
    quantity: Quantity


@attrs.frozen(kw_only=True)
class ShoppingList:
    """What a company buys again and again; one of a buyer's own is shown to nobody else."""

    id: ShoppingListId
    customer_id: CustomerId
    owner_id: BuyerId | None = None
    """Whose own it is; None where everybody who buys for the company has it."""
    name: ListName
    lines: tuple[ListLine, ...]
    version: int = 1

    def is_shown_to(self, person_id: PersonId | None) -> bool:
        """Tell whether somebody of the company has it."""
        return self.owner_id in (None, person_id)


@attrs.frozen(kw_only=True)
class OrderTemplate:
    """What the merchant proposes to order, to everyone or to those it is for."""

    id: OrderTemplateId
    name: ListName
    audience: frozenset[AudienceId] = frozenset()
    """The groups, tiers and companies it is for; everyone where there is none."""
    lines: tuple[ListLine, ...]
    version: int = 1

    def is_for(self, names: Collection[AudienceId]) -> bool:
        """Tell whether a company has it that goes by these names."""
        return not self.audience or not self.audience.isdisjoint(names)


def check_lines(lines: Collection[ListLine]) -> InvalidList | None:
    """Say why lines can be no list, if so: there are none or too many, or one is there twice."""
    if not 0 < len(lines) <= MOST_LIST_LINES:
        return InvalidList("LINES")
    if len({(line.sku_id, line.unit) for line in lines}) < len(lines):
        return InvalidList("TWICE")
    return None


@attrs.frozen
class ListNotFound(DomainError):
    """There is no such list or template for whoever asks."""


@attrs.frozen
class ListChanged(DomainError):
    """Somebody else has changed it since; `version` is what it is now."""

    version: int


@attrs.frozen
class InvalidList(DomainError):
    """A list that cannot be: NAME, LINES, TWICE, AUDIENCE, SHARED, or TOO_MANY where there are as many as may be."""

    reason: str
