"""How other nouns point at SKUs: in arguments by id or code, in answers by a batch."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import attrs
import strawberry

from adapters.graphql.context import Info
from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.refusals import Told, UserErrorType, refusal
from adapters.graphql.requires import field
from adapters.graphql.wants import wanted_sku
from application.authorization import Permission
from application.views.catalog import SkuCard
from domain.catalog import UnknownSku, UnknownUnit
from domain.identity import SkuCode, SkuId

if TYPE_CHECKING:
    from adapters.graphql.catalog import SkuType

AnySku: Any = Annotated["SkuType", strawberry.lazy("adapters.graphql.catalog")]


@attrs.frozen
class Named:
    """A SKU as an input names it; `reference` is what was written where it can be neither."""

    sku_id: SkuId | None
    sku_code: SkuCode | None
    reference: str

    @classmethod
    def by(cls, *, id: str | None, code: str | None) -> Named:
        """Read the two arguments that may name a SKU.

        :raises BadInput: if both do.
        """
        if id is not None and code is not None:
            raise BadInput(Wrong.SKU_NAMED_TWICE)
        return cls(known_sku(id), sku_code(code), id or code or "")


_sku_id = lru_cache(maxsize=4_096)(SkuId)
"""The same goods are asked for again and again. What is no id is not remembered."""


def known_sku(id: str | None) -> SkuId | None:
    """Read an id of a SKU; None where the text is none, as `known` does."""
    try:
        return None if id is None else _sku_id(id)
    except ValueError:
        return None


def sku_code(text: str | None) -> SkuCode | None:
    """Read a code; None where the text cannot be one, so that it finds as little as one that is not there."""
    try:
        return None if text is None else SkuCode(text)
    except ValueError:
        return None


async def load_sku(info: Info, sku_id: SkuId) -> SkuCard | None:
    """Find a SKU together with those of the other rows."""
    return await info.context.load.skus.load((wanted_sku(info), sku_id))


async def refused_sku(root: Told, info: Info) -> SkuCard | None:
    """Find the SKU that a refusal is about."""
    return await load_sku(info, root.sku_id)


REFUSED_SKU: dict[str, Any] = {
    "description": "The SKU; null where it is not shown to whoever asks any more.",
    "graphql_type": AnySku | None,
    "resolver": refused_sku,
}
"""How every refusal that is about a SKU names it."""


@refusal(UnknownSku, description="There is no such SKU for this merchant, or nobody said which.")
class UnknownSkuType(UserErrorType):
    """Shows UnknownSku."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@strawberry.type(name="Unit", description="A unit of measure.")
class UnitType:
    """Shows Unit."""

    code: str = field(Permission.BROWSE, description="The code, to name it in orders.")
    name: str = field(Permission.BROWSE, description="What it is called.")
    decimals: int = field(Permission.BROWSE, description="How many decimals a quantity in it may have.")


@refusal(UnknownUnit, description="The SKU is not sold in this unit.")
class UnknownUnitType(UserErrorType):
    """Shows UnknownUnit."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)
    unit: str = field(Permission.BROWSE, description="What was asked for.")
    units: list[UnitType] = field(Permission.BROWSE, description="What it is sold in.")
