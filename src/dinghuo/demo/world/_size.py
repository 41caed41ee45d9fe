"""How large a world is."""

from __future__ import annotations

import attrs

from domain.catalog import MOST_SKUS
from domain.quoting import MOST_LINES

_AT_LEAST_ONE = attrs.validators.ge(1)


@attrs.frozen(kw_only=True)
class Size:
    """How many of everything each merchant has."""

    products: int = attrs.field(default=600, validator=_AT_LEAST_ONE)
    """Each of them has one to four SKUs, if nothing is said."""
    skus: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(
            attrs.validators.and_(_AT_LEAST_ONE, attrs.validators.le(MOST_SKUS))
        ),
    )
    """Every product has exactly so many SKUs, and every SKU three breaks."""
    customers: int = attrs.field(default=60, validator=_AT_LEAST_ONE)
    orders: int = attrs.field(default=4000, validator=attrs.validators.ge(0))
    lines: int = attrs.field(
        default=20, validator=attrs.validators.and_(_AT_LEAST_ONE, attrs.validators.le(MOST_LINES))
    )
    """The most lines of an order."""
    exact_lines: bool = False
    """Every order has exactly that many lines."""
    merchants: int = attrs.field(default=1, validator=_AT_LEAST_ONE)


DEMO = Size()
"""What `seed` makes where nothing else is asked for."""
