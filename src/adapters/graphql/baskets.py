"""Baskets: what is asked for in a quote, and in an order."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import strawberry

from adapters.graphql.inputs import directly
from adapters.graphql.skus import (
    Named,
    known_sku,
)
from domain.quoting import (
    Basket,
    BasketLine,
    Measure,
)


@directly
@strawberry.input(name="MeasureInput", description="How many of which unit.")
class MeasureInput:
    """Read as Measure."""

    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        description="A unit the SKU is sold in, by code or name; the base unit by default.", default=None
    )


@directly
@strawberry.input(name="OrderLineInput", description="How many of one SKU, in one unit or in several.")
class OrderLineInput:
    """Read as BasketLine."""

    sku_id: strawberry.ID | None = strawberry.field(
        description="The SKU by id, or else by code.", default=None
    )
    sku_code: str | None = strawberry.field(description="The SKU by the merchant's code.", default=None)
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        description="A unit the SKU is sold in, by code or name; the base unit by default.", default=None
    )
    plus: list[MeasureInput] | None = strawberry.field(
        description=(
            "What comes to it in other units: 2 cases plus 3 bottles. Each unit is a line of the quote and the order."
        ),
        default=None,
    )

    def asked(self) -> BasketLine:
        """Read the input."""
        id, code = self.sku_id, self.sku_code
        if code is None:
            # Most lines are that plain, and there are hundreds.
            sku_id, sku_code, reference = known_sku(id), None, id or ""
        else:
            named = Named.by(id=id, code=code)
            sku_id, sku_code, reference = named.sku_id, named.sku_code, named.reference
        return BasketLine(
            sku_id=sku_id,
            sku_code=sku_code,
            reference=reference,
            quantity=self.quantity,
            unit=self.unit,
            plus=tuple([Measure(quantity=one.quantity, unit=one.unit) for one in self.plus])
            if self.plus
            else (),
        )


def basket(lines: Iterable[OrderLineInput]) -> Basket:
    """Read the lines of an order or a quote."""
    return Basket(tuple([line.asked() for line in lines]))
