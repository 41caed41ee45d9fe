"""Goods by what people call them, in tables: all names are looked up together, in a few statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import and_, bindparam, or_, select, text

from adapters.persistence.catalog import SKU_COLUMNS, products, sku_of, skus
from adapters.persistence.naming import Name, Shelves
from adapters.persistence.own_names import SqlOwnNames
from adapters.persistence.search import product_words
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement, any_of
from adapters.persistence.visibility import limits, visible
from adapters.persistence.wording import Wording, beyond
from application.authorization import Actor
from application.ports.named_goods import Meant, NamedGoods
from domain.catalog import Listing
from domain.identity import CustomerId, ProductId, SkuId
from domain.own_names import OwnName

_MOST_ROWS = 40
"""So many rows of the index are looked at for one beginning; one that leads to more tells nothing."""
_MOST_OF_ONE = 200
"""So many products are looked at for one name, those it leads to first."""
_KEPT_OF_ONE = 24
"""Of these so many are read that have it, those that have the least beside it."""

_BEGIN = """(SELECT {joined} FROM (
  SELECT t.product_ids FROM product_tokens t
  WHERE t.merchant_id = :merchant_id AND t.token >= {low} AND t.token < {high}
  ORDER BY t.token, t.first_id LIMIT :most
) found)"""
_ON_POSTGRES = _BEGIN.format(joined="string_agg(found.product_ids, ';')", low="r.low", high="r.high")
_ON_SQLITE = _BEGIN.format(joined="group_concat(found.product_ids, ';')", low="l.value", high="h.value")
_POSTGRES = text(
    f"SELECT {_ON_POSTGRES}"
    " FROM unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) WITH ORDINALITY AS r (low, high, place)"
    " ORDER BY r.place"
)
_SQLITE = text(
    f"SELECT {_ON_SQLITE} FROM json_each(:lows) l JOIN json_each(:highs) h ON h.key = l.key ORDER BY l.key"
)
_BEGINNINGS = Statement(_SQLITE, postgresql=_POSTGRES)
"""For each of many beginnings the products it leads to, a few of its rows only."""
_WORDS = Statement(
    select(product_words.c.product_id, product_words.c.written, product_words.c.spelt).where(
        product_words.c.merchant_id == bindparam("merchant_id"),
        any_of(product_words.c.product_id, "product_ids"),
    )
)
_CALLED = Statement(
    select(products.c.id).where(
        products.c.merchant_id == bindparam("merchant_id"), any_of(products.c.name, "names")
    )
)
_LISTINGS = (
    select(*SKU_COLUMNS, products.c.id, products.c.name, products.c.for_sale)
    .select_from(
        skus.join(
            products, and_(products.c.merchant_id == skus.c.merchant_id, products.c.id == skus.c.product_id)
        )
    )
    .where(
        skus.c.merchant_id == bindparam("merchant_id"),
        or_(
            any_of(skus.c.id, "ids"),
            any_of(skus.c.code, "codes"),
            any_of(skus.c.barcode, "barcodes"),
            any_of(skus.c.product_id, "product_ids"),
        ),
    )
)
_ALL, _SHOWN = Statement(_LISTINGS), Statement(_LISTINGS.where(visible(products.c.id)))


@lru_cache(maxsize=8_192)
def _listing(row: Row) -> Listing:
    """The listing in a row; equal rows are equal listings, and the same goods are written again and again."""
    width = len(SKU_COLUMNS)
    sku = sku_of(row[:width])
    product_id, product_name, for_sale = row[width:]
    return Listing(sku, ProductId(product_id), product_name, for_sale=sku.for_sale and bool(for_sale))


@attrs.frozen
class SqlNamedGoods(NamedGoods):
    """The goods of one merchant by what people call them."""

    session: Session
    actor: Actor

    def find(self, customer_id: CustomerId, names: Collection[str]) -> Mapping[str, Meant]:
        read = [name for one in dict.fromkeys(names) if (name := Name.of(one)) is not None]
        if not read:
            return {}
        own_names = [name.own for name in read if name.own is not None]
        own = SqlOwnNames(self.session, self.actor).find(customer_id, own_names)
        candidates, overflown = self._candidates(read)
        called = self.session.all(_CALLED, {**self._merchant, "names": [name.text for name in read]})
        exactly = {id for (id,) in called}
        found = self._found(read, candidates)
        overflown |= {name for name, ids in found.items() if len(ids) > _KEPT_OF_ONE}
        found = {name: ids[:_KEPT_OF_ONE] for name, ids in found.items()}
        listings = self._listings(read, own, {*exactly, *(id for ids in found.values() for id in ids)})
        of_product: dict[str, list[Listing]] = {}
        for one in listings:
            of_product.setdefault(one.product_id, []).append(one)
        shelves = Shelves.of(listings, own)
        meant: dict[str, Meant] = {}
        for name in read:
            some = (one for id in found[name.text] for one in of_product.get(id, ()))
            what = shelves.meant(name, some, more=name.text in overflown)
            if what is not None:
                meant[name.text] = what
        return meant

    @property
    def _merchant(self) -> dict[str, Any]:
        return {"merchant_id": self.actor.merchant_id}

    def _candidates(self, names: Iterable[Name]) -> tuple[dict[str, list[str]], set[str]]:
        """The products that each name may be a part of; and the names of which there are more than were looked at."""
        tokens = sorted({token for name in names for ways in name.ways for way in ways for token in way})
        asked = {
            **self._merchant,
            "lows": tokens,
            "highs": [beyond(token) for token in tokens],
            "most": _MOST_ROWS + 1,
        }
        rows = self.session.all(_BEGINNINGS, asked) if tokens else []
        led = {token: _rows(row[0]) for token, row in zip(tokens, rows, strict=True)}
        return _narrowed(names, led)

    def _found(self, names: Iterable[Name], candidates: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Of these, those whose words have the name in them."""
        wanted = sorted({id for ids in candidates.values() for id in ids})
        asked = {**self._merchant, "product_ids": wanted}
        words = {
            id: Wording(written, spelt)
            for id, written, spelt in (self.session.all(_WORDS, asked) if wanted else [])
        }
        found: dict[str, list[str]] = {}
        for name in names:
            having = [id for id in candidates[name.text] if id in words and name.finds(words[id])]
            having.sort(key=lambda id: len(words[id].written))
            # What is called so exactly has it as a line of its own.
            having.sort(key=lambda id: name.sought.written not in words[id].written.split("\n"))
            found[name.text] = having
        return found

    def _listings(
        self, names: Iterable[Name], own: Mapping[OwnName, SkuId], product_ids: Collection[str]
    ) -> list[Listing]:
        shown_to = limits(self.actor)
        asked = {
            **self._merchant,
            "ids": sorted(own.values()),
            "codes": sorted({code for name in names for code in name.codes}),
            "barcodes": sorted({name.text for name in names}),
            "product_ids": sorted(product_ids),
        }
        rows = self.session.all(_SHOWN if shown_to else _ALL, {**asked, **shown_to})
        return [_listing(row) for row in rows]


def _rows(joined: str | None) -> tuple[list[str], bool]:
    """The products of one beginning, and whether there are more."""
    rows = joined.split(";") if joined else []
    return [id for row in rows[:_MOST_ROWS] for id in row.split()], len(rows) > _MOST_ROWS


def _narrowed(
    names: Iterable[Name], led: Mapping[str, tuple[list[str], bool]]
) -> tuple[dict[str, list[str]], set[str]]:
    """Keep of each name the products that all of its parts lead to, as far as these say which."""
    found: dict[str, list[str]] = {}
    overflown: set[str] = set()
    for name in names:
        among: set[str] | None = None
        first: list[str] = []
        for ways in name.ways:
            of_part: set[str] | None = set()
            for way in ways:
                told = [{*ids} for ids, more in (led[token] for token in way) if not more]
                first = first or [id for token in way for id in led[token][0]]
                of_part = None if of_part is None or not told else of_part | set.intersection(*told)
            if of_part is not None:
                among = of_part if among is None else among & of_part
        if among is None:
            overflown.add(name.text)
        ids = list(dict.fromkeys(first)) if among is None else sorted(among)
        if len(ids) > _MOST_OF_ONE:
            overflown.add(name.text)
        found[name.text] = ids[:_MOST_OF_ONE]
    return found, overflown
