"""The cart (进货单): what a company means to order, shared by everybody who buys for it.

A line is one SKU in one unit. What is added to a line that is there adds up; what is changed is changed line by line,
and the last to change a line decides what it says. A line keeps what was seen of its SKU, so that what has changed
since can be shown before anything is ordered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from itertools import count

import attrs

from domain.catalog import InvalidQuantity, QuotaExceeded
from domain.errors import DomainError, Refused
from domain.identity import CartLineId, CustomerId, SkuId
from domain.inventory import InsufficientStock
from domain.money import UnitPrice
from domain.quantity import NONE, Quantity
from domain.quoting import LARGEST_LINE, MOST_LINES, BasketLine, QuoteLine

LONGEST_LINE_NOTE = 200
LONGEST_WRITTEN = 64


@attrs.frozen(kw_only=True)
class Seen:
    """What was seen of a SKU: its price and whether there was enough, each of so much of the base unit."""

    base_quantity: Quantity
    unit_price: UnitPrice | None
    """Of one of the line's unit; None where there was no price."""
    minimum: Quantity
    step: Quantity
    for_sale: bool
    enough: bool

    @classmethod
    def of(cls, line: QuoteLine) -> Seen | None:
        """Look at a line as it is quoted; None where its SKU, unit or quantity is none."""
        if line.listing is None or line.pack is None or line.base_quantity is None:
            return None
        price = line.prices.price(quantity=line.base_quantity, factor=line.pack.factor)
        rule = line.listing.sku.orderable
        return cls(
            base_quantity=line.base_quantity,
            unit_price=price.unit_price if price else None,
            minimum=rule.minimum,
            step=rule.step,
            for_sale=line.listing.for_sale,
            enough=_enough(line),
        )


class CartChangeKind(Enum):
    """What may have changed of a line since it was last seen."""

    PRICE = "PRICE"
    QUANTITY_RULE = "QUANTITY_RULE"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    BACK_IN_STOCK = "BACK_IN_STOCK"
    NOT_FOR_SALE = "NOT_FOR_SALE"
    FOR_SALE_AGAIN = "FOR_SALE_AGAIN"
    UNIT_GONE = "UNIT_GONE"
    NOT_OFFERED = "NOT_OFFERED"


@attrs.frozen(kw_only=True)
class CartChange:
    """One thing that has changed, with what it was and is, where that is a price or a rule."""

    kind: CartChangeKind
    price_before: UnitPrice | None = None
    price_now: UnitPrice | None = None
    minimum_before: Quantity | None = None
    minimum_now: Quantity | None = None
    step_before: Quantity | None = None
    step_now: Quantity | None = None


@attrs.frozen(kw_only=True)
class CartLine:
    """So many of a SKU in one unit, by the unit's code; what is not selected is not ordered."""

    id: CartLineId
    sku_id: SkuId
    unit: str
    quantity: Quantity
    place: int = 0
    """Lines come by their places, which only ever grow."""
    selected: bool = True
    note: str = ""
    """For whoever else buys for the company; no order has it."""
    written: str = ""
    """What the buyer wrote to mean the SKU, where that was words: all that is told where it is not shown any more."""
    seen: Seen | None = None

    @property
    def asked(self) -> BasketLine:
        """The line as it is quoted and ordered; a SKU that is not shown is called what it was called here."""
        return BasketLine(
            sku_id=self.sku_id,
            reference=self.written or self.id,
            quantity=Decimal(str(self.quantity)),
            unit=self.unit,
        )

    def changes(self, quoted: QuoteLine) -> tuple[CartChange, ...]:
        """What has changed since it was last seen, as far as that can be told apart from what the buyers changed."""
        if quoted.listing is None:
            return (CartChange(kind=CartChangeKind.NOT_OFFERED),)
        if quoted.pack is None:
            return (CartChange(kind=CartChangeKind.UNIT_GONE),)
        if self.seen is None:
            return ()
        return (*self._offered(quoted, self.seen), *self._stock(quoted, self.seen))

    def looked_at(self, quoted: QuoteLine) -> CartLine:
        """See it as it is now."""
        return attrs.evolve(self, seen=Seen.of(quoted))

    def asked_for(self, quoted: QuoteLine) -> CartLine:
        """See it with the quantity it has now, unless that would hide a change nobody has seen yet."""
        if quoted.base_quantity is None:
            return self
        unseen = self.seen is not None and any(True for _ in self._offered(quoted, self.seen))
        return self if unseen else self.looked_at(quoted)

    def _offered(self, quoted: QuoteLine, seen: Seen) -> Iterable[CartChange]:
        """What has changed of the offer: neither of it depends on how many are asked for now."""
        assert quoted.listing is not None and quoted.pack is not None, "it is offered"
        price = quoted.prices.price(quantity=seen.base_quantity, factor=quoted.pack.factor)
        now, rule = (price.unit_price if price else None), quoted.listing.sku.orderable
        if now != seen.unit_price:
            yield CartChange(kind=CartChangeKind.PRICE, price_before=seen.unit_price, price_now=now)
        if (rule.minimum, rule.step) != (seen.minimum, seen.step):
            yield CartChange(
                kind=CartChangeKind.QUANTITY_RULE,
                minimum_before=seen.minimum,
                minimum_now=rule.minimum,
                step_before=seen.step,
                step_now=rule.step,
            )
        if quoted.listing.for_sale != seen.for_sale:
            kind = CartChangeKind.FOR_SALE_AGAIN if quoted.listing.for_sale else CartChangeKind.NOT_FOR_SALE
            yield CartChange(kind=kind)

    def _stock(self, quoted: QuoteLine, seen: Seen) -> Iterable[CartChange]:
        """Who asks for more than was seen finds less enough, which is nothing that changed; and the other way round."""
        base, enough = quoted.base_quantity or NONE, _enough(quoted)
        if seen.enough and not enough and base <= seen.base_quantity:
            yield CartChange(kind=CartChangeKind.OUT_OF_STOCK)
        if enough and not seen.enough and base >= seen.base_quantity:
            yield CartChange(kind=CartChangeKind.BACK_IN_STOCK)


def _enough(line: QuoteLine) -> bool:
    return not any(isinstance(one, InsufficientStock) for one in line.problems)


@attrs.frozen(kw_only=True)
class ToAdd:
    """So many of a SKU in one unit, about to come into the cart; `line` is where it stood in what was asked."""

    sku_id: SkuId
    unit: str
    quantity: Quantity
    note: str = ""
    written: str = ""
    line: int = 0


@attrs.frozen(kw_only=True)
class LineChange:
    """What is to be otherwise of a line; None leaves it as it is. `line` is where it stood in what was asked."""

    id: CartLineId | None
    """None where the text that was given can be none."""
    quantity: Quantity | None = None
    selected: bool | None = None
    note: str | None = None
    line: int = 0


@attrs.frozen(kw_only=True)
class Cart:
    """What one company means to order, in the order in which it came."""

    customer_id: CustomerId
    lines: tuple[CartLine, ...] = ()

    @property
    def selected(self) -> tuple[CartLine, ...]:
        """What is ordered, where it is ordered now."""
        return tuple(line for line in self.lines if line.selected)

    def add(self, many: Iterable[ToAdd], *, new_id: Callable[[], CartLineId]) -> Cart:
        """Put goods in: what is there already becomes more, and is selected again.

        :raises Refused: with every line that would be too large, or because the cart would have too many.
        """
        lines = {(line.sku_id, line.unit): line for line in self.lines}
        places = count(max((line.place for line in self.lines), default=-1) + 1)
        refusals: list[DomainError] = []
        for one in many:
            key = (one.sku_id, one.unit)
            found = lines.get(key)
            together = one.quantity.thousandths + (found.quantity.thousandths if found else 0)
            if together > LARGEST_LINE:
                refusals.append(InvalidQuantity(one.sku_id, (), one.line))
            elif found is None:
                lines[key] = CartLine(
                    id=new_id(),
                    sku_id=one.sku_id,
                    unit=one.unit,
                    quantity=one.quantity,
                    place=next(places),
                    note=one.note,
                    written=one.written,
                )
            else:
                lines[key] = attrs.evolve(
                    found,
                    quantity=Quantity(together),
                    selected=True,
                    note=one.note or found.note,
                    written=found.written or one.written,
                )
        if len(lines) > MOST_LINES:
            refusals.append(CartFull())
        if refusals:
            raise Refused(tuple(refusals))
        return attrs.evolve(self, lines=tuple(lines.values()))

    def change(self, many: Iterable[LineChange]) -> Cart:
        """Change lines, each only in what is said of it.

        :raises Refused: with every line that is not there.
        """
        lines = {line.id: line for line in self.lines}
        refusals: list[DomainError] = []
        for one in many:
            found = lines.get(one.id) if one.id else None
            if found is None:
                refusals.append(CartLineNotFound(one.line))
                continue
            lines[found.id] = attrs.evolve(
                found,
                quantity=found.quantity if one.quantity is None else one.quantity,
                selected=found.selected if one.selected is None else one.selected,
                note=found.note if one.note is None else one.note,
            )
        if refusals:
            raise Refused(tuple(refusals))
        return attrs.evolve(self, lines=tuple(lines.values()))

    def without(self, ids: Collection[CartLineId]) -> Cart:
        """Take lines out; what is not there need not be."""
        return attrs.evolve(self, lines=tuple(line for line in self.lines if line.id not in ids))

    def looked_at(self, quoted: Mapping[CartLineId, QuoteLine]) -> Cart:
        """See lines as they are now."""
        return self._each(lambda line: line.looked_at(quoted[line.id]) if line.id in quoted else line)

    def asked_for(self, quoted: Mapping[CartLineId, QuoteLine]) -> Cart:
        """See lines with the quantities they have now, unless that would hide what nobody has seen yet."""
        return self._each(lambda line: line.asked_for(quoted[line.id]) if line.id in quoted else line)

    def _each(self, seen: Callable[[CartLine], CartLine]) -> Cart:
        return attrs.evolve(self, lines=tuple(seen(line) for line in self.lines))


@attrs.frozen
class CartFull(DomainError):
    """The cart would have more lines than it may."""

    most: int = MOST_LINES


@attrs.frozen
class CartLineNotFound(DomainError):
    """There is no such line in the cart."""

    line: int = 0


@attrs.frozen
class InvalidCartText(DomainError):
    """The note or the text of a line is too long, or has characters in it that cannot be kept."""

    field: str
    most: int
    line: int = 0


def to_be_had(quoted: QuoteLine) -> Quantity:
    """How many of a line can be had, of the unit it was asked for in; nothing where something else is wrong with it.

    All of it where nothing is wrong. Where the rule of the SKU is broken, the next valid quantity above, or else below.
    Where there is less in stock, and it may be told how much, the largest valid quantity that there is.
    """
    if quoted.listing is None or quoted.pack is None or quoted.quantity is None:
        return NONE
    wanted, most, nearest = quoted.quantity, None, None
    for problem in quoted.problems:
        if isinstance(problem, InsufficientStock) and problem.available is not None:
            most = problem.available
        elif isinstance(problem, InvalidQuantity | QuotaExceeded):
            nearest = problem.nearest
        else:
            return NONE
    if most is not None:
        nearest = quoted.listing.sku.orderable.nearest(
            most.thousandths, unit=quoted.pack, largest=LARGEST_LINE
        )
        return max((one for one in nearest if one <= most and one <= wanted), default=NONE)
    if nearest is None:
        return wanted
    return min((one for one in nearest if one >= wanted), default=max(nearest, default=NONE))
