"""Goods by what people call them, many names at once, as the verbs need it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

import attrs

from domain.catalog import Listing
from domain.identity import CustomerId

MOST_CANDIDATES = 10
"""So many SKUs are told of a name that may mean several."""


@attrs.frozen
class Meant:
    """What a name may mean: one SKU where it is clear, or several, the likeliest first.

    `more` is true where not all are told.
    """

    listings: tuple[Listing, ...]
    more: bool = False


class NamedGoods(Protocol):
    """The goods by their names, codes and barcodes, as far as they are shown to the actor."""

    def find(self, customer_id: CustomerId, names: Collection[str]) -> Mapping[str, Meant]:
        """Find out what names mean to a company; a name that means nothing is left out.

        A name is, in this order: the code of a SKU (in either case), a barcode, what the company calls a SKU, the name
        of a SKU or a product, or else parts of these, or how they are read in pinyin or by its initials. What is not
        for sale is found by code, barcode and own name only. The number of statements does not depend on that of names.
        """
        ...
