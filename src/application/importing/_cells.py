"""The cells of a table of goods: text becomes values, or a reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar, cast
from unicodedata import normalize

import attrs

from application.importing._columns import Columns, Field, PriceColumn, StockColumn
from domain.catalog import DEEPEST_CATEGORY, MOST_OPTIONS, MOST_PACKS, Option, Pack, Sku, Unit
from domain.errors import DomainError
from domain.identity import SkuCode
from domain.merchant import Merchant
from domain.money import Currency, Percentage, UnitPrice
from domain.quantity import Factor, Quantity
from domain.quoting import LARGEST_LINE

LONGEST_NAME = 200
LONGEST_CODE = 64
LONGEST_UNIT = 16
LONGEST_DESCRIPTION = 5000


class Reason(Enum):
    """Why a row is refused."""

    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    NOT_PRINTABLE = "NOT_PRINTABLE"
    DUPLICATE_CODE = "DUPLICATE_CODE"
    OPTIONS_SYNTAX = "OPTIONS_SYNTAX"
    PACKS_SYNTAX = "PACKS_SYNTAX"
    UNIT_TWICE = "UNIT_TWICE"
    UNIT_CHANGES = "UNIT_CHANGES"
    CATEGORY_SYNTAX = "CATEGORY_SYNTAX"
    NOT_A_QUANTITY = "NOT_A_QUANTITY"
    NOT_OF_THE_UNIT = "NOT_OF_THE_UNIT"
    NOT_A_PRICE = "NOT_A_PRICE"
    TOO_FINE = "TOO_FINE"
    NOT_A_PERCENTAGE = "NOT_A_PERCENTAGE"
    PERCENTAGE_OF_NOTHING = "PERCENTAGE_OF_NOTHING"
    BREAKS = "BREAKS"
    OTHER_PRODUCT = "OTHER_PRODUCT"
    AMBIGUOUS_PRODUCT = "AMBIGUOUS_PRODUCT"
    PRODUCT_DISAGREES = "PRODUCT_DISAGREES"
    TOO_MANY_SKUS = "TOO_MANY_SKUS"
    BELOW_RESERVED = "BELOW_RESERVED"
    UNKNOWN_SKU = "UNKNOWN_SKU"
    UNKNOWN_UNIT = "UNKNOWN_UNIT"
    UNKNOWN_PRICE_LIST = "UNKNOWN_PRICE_LIST"
    NOT_A_MARGIN = "NOT_A_MARGIN"
    MARGIN_OF_NOTHING = "MARGIN_OF_NOTHING"


@attrs.frozen
class RowRefused(DomainError):
    """A row that is not imported: where it stands, in which column, why, and what is written there."""

    line: int
    column: str
    reason: Reason
    value: str


@attrs.frozen
class BadCell(Exception):
    """The text of a cell means nothing in its column."""

    reason: Reason


Given = tuple[PriceColumn, UnitPrice | Percentage]


@attrs.frozen(kw_only=True)
class Draft:
    """A row that could be read; what was left blank is None."""

    line: int
    cells: Sequence[str]
    code: SkuCode
    known: Sku | None
    product: str | None
    unit: Unit
    barcode: str | None
    options: tuple[Option, ...] | None
    category: tuple[str, ...] | None
    brand: str | None
    packs: tuple[Pack, ...] | None
    minimum: Quantity | None
    step: Quantity | None
    description: str | None
    prices: tuple[Given, ...]
    stock: tuple[tuple[StockColumn, Quantity], ...]


T = TypeVar("T")


@attrs.define
class Reader:
    """Reads rows; what is wrong with them it remembers."""

    columns: Columns
    merchant: Merchant
    known: Mapping[str, Sku]
    refused: list[RowRefused] = attrs.field(factory=list)
    _prices: dict[str, UnitPrice | Percentage | Reason] = attrs.field(factory=dict)
    _repeated: dict[tuple[Field, Unit | None, str], Any] = attrs.field(factory=dict)

    def read(self, line: int, cells: Sequence[str]) -> Draft | None:
        """Read a row; None if anything in it is wrong."""
        before = len(self.refused)

        def cell(field: Field, read: Callable[[str], T]) -> T | None:
            at = self.columns.fields.get(field)
            return None if at is None else self._read(line, self.columns.names[at], cells[at], read)

        def same(field: Field, read: Callable[[str], T], of: Unit | None = None) -> T | None:
            """What most rows of a file repeat is read once."""
            at = self.columns.fields.get(field)
            key = (field, of, "" if at is None else cells[at])
            if key not in self._repeated:
                found = cell(field, read)
                if found is None:
                    return None
                self._repeated[key] = found
            return cast(T, self._repeated[key])

        code = cell(Field.CODE, _code)
        known = self.known.get(code) if code else None
        unit = same(Field.UNIT, _unit)
        if code is None:
            if len(self.refused) == before:
                self._refuse(line, Field.CODE, Reason.REQUIRED)
            return None
        if known is not None:
            if (
                unit is not None
                and unit != known.unit
                and unit.name not in (known.unit.code, known.unit.name)
            ):
                self._refuse(line, Field.UNIT, Reason.UNIT_CHANGES, unit.name)
            unit = known.unit
        elif unit is None and len(self.refused) == before:
            self._refuse(line, Field.UNIT, Reason.REQUIRED)
        if unit is None:
            return None
        base = unit
        product = cell(Field.PRODUCT, _name)
        prices = tuple(self._given(line, cells))
        if known is None:
            if product is None and not self._says(cells, Field.PRODUCT):
                self._refuse(line, Field.PRODUCT, Reason.REQUIRED)
            if not self._says(cells, Field.PRICE):
                self._refuse(line, Field.PRICE, Reason.REQUIRED)
        draft = Draft(
            line=line,
            cells=cells,
            code=code,
            known=known,
            product=product,
            unit=base,
            barcode=cell(Field.BARCODE, _barcode),
            options=cell(Field.OPTIONS, _options),
            category=same(Field.CATEGORY, _category),
            brand=same(Field.BRAND, _name),
            packs=same(Field.PACKS, lambda text: _packs(text, base), base),
            minimum=same(Field.MINIMUM, lambda text: _rule_quantity(text, base), base),
            step=same(Field.STEP, lambda text: _rule_quantity(text, base), base),
            description=cell(Field.DESCRIPTION, _description),
            prices=prices,
            stock=tuple(self._stock(line, cells, base)),
        )
        return draft if len(self.refused) == before else None

    def _says(self, cells: Sequence[str], field: Field) -> bool:
        return bool(cells[self.columns.fields[field]])

    def _refuse(self, line: int, field: Field, reason: Reason, value: str = "") -> None:
        self.refused.append(RowRefused(line, self.columns.name(field), reason, value))

    def _read(self, line: int, column: str, text: str, read: Callable[[str], T]) -> T | None:
        if not text:
            return None
        try:
            return read(text)
        except BadCell as bad:
            self.refused.append(RowRefused(line, column, bad.reason, text))
            return None

    def _given(self, line: int, cells: Sequence[str]) -> list[Given]:
        given: list[Given] = []
        for column in self.columns.prices:
            text = cells[column.at]
            if not text:
                continue
            price = self._price(text)
            if isinstance(price, Percentage) and column.list_id == self.columns.base_list_id:
                price = Reason.PERCENTAGE_OF_NOTHING
            if isinstance(price, Reason):
                self.refused.append(RowRefused(line, column.name, price, text))
            else:
                given.append((column, price))
        return given

    def _price(self, text: str) -> UnitPrice | Percentage | Reason:
        """Prices repeat a lot within one file, so each text is read once."""
        found = self._prices.get(text)
        if found is None:
            try:
                found = price_of(text, self.merchant)
            except BadCell as bad:
                found = bad.reason
            self._prices[text] = found
        return found

    def _stock(self, line: int, cells: Sequence[str], unit: Unit) -> list[tuple[StockColumn, Quantity]]:
        found = []
        for column in self.columns.stock:
            there = self._read(line, column.name, cells[column.at], lambda text: quantity_of(text, unit))
            if there is not None:
                found.append((column, there))
        return found


_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,15})?|\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,15})?")
_FRACTION = re.compile(r"(\d{1,7}(?:\.\d{1,6})?)\s*(?:/\s*(\d{1,7}))?\s*(.*)")


def _number(text: str) -> str | None:
    plain = normalize("NFKC", text).strip()
    return plain.replace(",", "") if plain.isascii() and _NUMBER.fullmatch(plain) else None


def _printable(text: str, longest: int) -> str:
    text = text.strip()
    if len(text) > longest:
        raise BadCell(Reason.TOO_LONG)
    if not text.isprintable():
        raise BadCell(Reason.NOT_PRINTABLE)
    return text


def _code(text: str) -> SkuCode:
    return SkuCode(_printable(text, LONGEST_CODE))


def _name(text: str) -> str:
    return _printable(" ".join(text.split()), LONGEST_NAME)


def _barcode(text: str) -> str:
    return _printable(text, LONGEST_CODE)


def _unit(text: str) -> Unit:
    return Unit.named(_printable(text, LONGEST_UNIT))


def _description(text: str) -> str:
    text = text.strip().replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST_DESCRIPTION:
        raise BadCell(Reason.TOO_LONG)
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise BadCell(Reason.NOT_PRINTABLE)
    return text


def _options(text: str) -> tuple[Option, ...]:
    """Read `口味:原味;容量:500ml`."""
    options = []
    for part in _parts(text):
        name, colon, value = part.replace("：", ":").partition(":")
        if not (name.strip() and colon and value.strip()):
            raise BadCell(Reason.OPTIONS_SYNTAX)
        options.append(Option(_printable(name, LONGEST_CODE), _printable(value, LONGEST_CODE)))
    if not options or len(options) > MOST_OPTIONS or len({one.name for one in options}) < len(options):
        raise BadCell(Reason.OPTIONS_SYNTAX)
    return tuple(options)


def _category(text: str) -> tuple[str, ...]:
    """Read `饮料/碳酸饮料`."""
    path = tuple(part.strip() for part in text.replace("／", "/").replace(">", "/").split("/"))
    if not all(path) or len(path) > DEEPEST_CATEGORY:
        raise BadCell(Reason.CATEGORY_SYNTAX)
    return tuple(_name(part) for part in path)


def _packs(text: str, base: Unit) -> tuple[Pack, ...]:
    """Read `箱=24`, `箱=24瓶;托=40箱`: a number of the base unit, or of a pack named before."""
    packs: list[Pack] = []
    for part in _parts(text):
        name, sign, size = part.replace("＝", "=").partition("=")
        found = _FRACTION.fullmatch(normalize("NFKC", size).strip())
        if not (name.strip() and sign and found):
            raise BadCell(Reason.PACKS_SYNTAX)
        numerator, denominator, of = found.groups()
        if denominator is not None and not int(denominator):
            raise BadCell(Reason.PACKS_SYNTAX)
        ratio = Fraction(numerator) / int(denominator or 1) * _size_of(of.strip(), base, packs)
        unit = _unit(name)
        try:
            packs.append(Pack(unit, Factor(ratio.numerator, ratio.denominator)))
        except ValueError:
            raise BadCell(Reason.PACKS_SYNTAX) from None
    if not packs or len(packs) > MOST_PACKS:
        raise BadCell(Reason.PACKS_SYNTAX)
    return tuple(packs)


def _size_of(name: str, base: Unit, packs: Sequence[Pack]) -> Fraction:
    if not name or name in (base.name, base.code):
        return Fraction(1)
    pack = next((one for one in packs if name in (one.unit.name, one.unit.code)), None)
    if pack is None:
        raise BadCell(Reason.PACKS_SYNTAX)
    return Fraction(pack.factor.numerator, pack.factor.denominator)


def _parts(text: str) -> list[str]:
    return [part for part in text.replace("；", ";").split(";") if part.strip()]


def quantity_of(text: str, unit: Unit) -> Quantity:
    """Read a quantity of a unit.

    :raises BadCell: if it is none.
    """
    number = _number(text)
    try:
        quantity = Quantity.of(number) if number is not None else None
    except ValueError:
        quantity = None
    if quantity is None:
        raise BadCell(Reason.NOT_A_QUANTITY)
    if quantity.thousandths % unit.smallest:
        raise BadCell(Reason.NOT_OF_THE_UNIT)
    return quantity


def _rule_quantity(text: str, unit: Unit) -> Quantity:
    """A minimum or a step: more than nothing, and not more than one line of an order takes."""
    quantity = quantity_of(text, unit)
    if not 0 < quantity.thousandths <= LARGEST_LINE:
        raise BadCell(Reason.NOT_A_QUANTITY)
    return quantity


def price_of(text: str, merchant: Merchant) -> UnitPrice | Percentage:
    """Read a price, or a share where it ends in `%`.

    :raises BadCell: if it is neither.
    """
    plain = normalize("NFKC", text).strip()
    if plain.endswith("%"):
        share = _number(plain[:-1])
        try:
            if share is not None:
                return Percentage.of(share)
        except ValueError:
            pass
        raise BadCell(Reason.NOT_A_PERCENTAGE)
    return amount_of(text, merchant.currency, scale=merchant.price_scale)


def amount_of(text: str, currency: Currency, *, scale: int) -> UnitPrice:
    """Read a price with so many decimals at most.

    :raises BadCell: if it is none.
    """
    number = _number(normalize("NFKC", text).strip().lstrip("¥").removesuffix("元"))
    if number is None:
        raise BadCell(Reason.NOT_A_PRICE)
    if len(number.partition(".")[2].rstrip("0")) > scale:
        raise BadCell(Reason.TOO_FINE)
    try:
        return UnitPrice.of(number, currency)
    except ValueError:
        raise BadCell(Reason.NOT_A_PRICE) from None


def share_of(text: str) -> Decimal:
    """Read a number of percent, with its sign or without.

    :raises BadCell: if it is no number.
    """
    number = _number(normalize("NFKC", text).strip().removesuffix("%"))
    if number is None:
        raise BadCell(Reason.NOT_A_MARGIN)
    return Decimal(number)
