"""What it means that a name means a SKU, for memory and for the tables alike.

A name is compared without regard to case, width and blanks. It is taken apart where Chinese characters and others meet,
so that 可乐330ml finds 可口可乐 330ml 听装: every part has to be in what the SKU goes by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import attrs

from adapters.persistence.wording import Sought, Wording, folded
from application.ports.named_goods import MOST_CANDIDATES, Meant
from domain.catalog import Listing
from domain.identity import SkuCode, SkuId
from domain.own_names import OwnName

_PARTS = re.compile(r"[㐀-䶿一-鿿]+|[^\s㐀-䶿一-鿿]+")


@lru_cache(maxsize=16_384)
def squeezed(text: str) -> str:
    """Write a text as it is compared here: small, narrow, without blanks."""
    return folded(text).replace(" ", "")


@attrs.frozen
class Name:
    """A name as it is looked for."""

    text: str
    plain: str
    parts: tuple[str, ...]
    sought: Sought
    ways: tuple[tuple[tuple[str, ...], ...], ...]
    """What to look it up by: for each part ways, of which one has to lead to whatever has the part in it."""

    @classmethod
    def of(cls, text: str) -> Name | None:
        """Read a name; None where there is nothing in it to look for."""
        sought = Sought.of(text)
        if sought is None:
            return None
        parts = tuple(part for part in _PARTS.findall(sought.written) if any(map(str.isalnum, part)))
        if not parts:
            return None
        of_parts = (sought,) if len(parts) == 1 else map(Sought.of, parts)
        ways = tuple(one.ways for one in of_parts if one is not None and one.ways)
        return cls(text, squeezed(text), parts, sought, ways)

    @property
    def codes(self) -> tuple[SkuCode, ...]:
        """The codes that it may be."""
        try:
            return tuple({SkuCode(one) for one in (self.text, self.text.upper(), self.text.lower())})
        except ValueError:
            return ()

    @property
    def own(self) -> OwnName | None:
        """The own name that it may be."""
        try:
            return OwnName(self.text)
        except ValueError:
            return None

    def finds(self, wording: Wording) -> bool:
        """Tell whether a product with these words may be meant."""
        if self.sought.finds(wording):
            return True
        written = wording.written.replace(" ", "")
        return all(part in written for part in self.parts)


@attrs.frozen
class Shelves:
    """Listings that names may mean, by everything that they can mean them by."""

    listings: Mapping[SkuId, Listing]
    own: Mapping[OwnName, SkuId]
    by_code: Mapping[str, Listing]
    by_barcode: Mapping[str, Sequence[Listing]]
    by_name: Mapping[str, Sequence[Listing]]
    going_by: dict[SkuId, str] = attrs.field(factory=dict)
    """All that a SKU goes by, as it was found out."""

    @classmethod
    def of(cls, listings: Iterable[Listing], own: Mapping[OwnName, SkuId]) -> Shelves:
        """Put listings where they are found."""
        ordered = sorted(listings, key=lambda one: (one.sku.code, one.sku.id))
        by_barcode: dict[str, list[Listing]] = {}
        by_name: dict[str, list[Listing]] = {}
        for one in ordered:
            if one.sku.barcode:
                by_barcode.setdefault(one.sku.barcode, []).append(one)
            for name in {squeezed(one.sku.name), squeezed(one.product_name)} if one.for_sale else ():
                by_name.setdefault(name, []).append(one)
        return cls(
            listings={one.sku.id: one for one in ordered},
            own=own,
            by_code={one.sku.code: one for one in ordered},
            by_barcode=by_barcode,
            by_name=by_name,
        )

    def meant(self, name: Name, found: Iterable[Listing], *, more: bool = False) -> Meant | None:
        """Say what a name means, where `found` are the SKUs of the products that it finds a part of."""
        exact = next(filter(None, self._exactly(name)), None)
        if exact:
            return _told(exact)
        for_sale = [one for one in found if one.for_sale]
        with_all = [one for one in for_sale if all(part in self._goes_by(one) for part in name.parts)]
        if not with_all and name.sought.spelt is not None:
            with_all = [one for one in for_sale if name.sought.finds(Wording.of_texts([one.sku.name]))]
        ranked = sorted(with_all or for_sale, key=lambda one: _rank(one, name.plain))
        return _told(ranked, more=more) if ranked else None

    def _goes_by(self, one: Listing) -> str:
        sku = one.sku
        if sku.id not in self.going_by:
            texts = (
                one.product_name,
                sku.name,
                *(option.value for option in sku.options),
                sku.code,
                sku.barcode,
            )
            self.going_by[sku.id] = "\n".join(squeezed(text) for text in texts if text)
        return self.going_by[sku.id]

    def _exactly(self, name: Name) -> Iterator[Sequence[Listing]]:
        yield [self.by_code[code] for code in name.codes if code in self.by_code][:1]
        barcodes = self.by_barcode.get(name.text, ())
        yield [one for one in barcodes if one.for_sale] or barcodes
        own = None if name.own is None else self.own.get(name.own)
        yield [self.listings[own]] if own is not None and own in self.listings else []
        yield [one for one in self.by_name.get(name.plain, ()) if squeezed(one.sku.name) == name.plain]
        yield self.by_name.get(name.plain, ())


def _told(listings: Sequence[Listing], *, more: bool = False) -> Meant:
    return Meant(tuple(listings[:MOST_CANDIDATES]), more=more or len(listings) > MOST_CANDIDATES)


def _rank(one: Listing, plain: str) -> tuple[bool, int, str]:
    called = plain in squeezed(one.product_name) or plain in squeezed(one.sku.name)
    return not called, len(one.sku.name), one.sku.code
