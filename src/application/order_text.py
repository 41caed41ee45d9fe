"""Order text (快速下单): what a pasted text means, piece by piece. Nothing is put into the cart by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

import attrs

from application.authorization import Actor
from application.cart import approved_company
from application.ports.clock import Clock
from application.ports.named_goods import Meant
from application.ports.storage import CustomerNotFound, UnitOfWork
from application.quoting import Desk
from domain.catalog import Listing, Pack, UnknownUnit
from domain.errors import DomainError, Refused
from domain.identity import CustomerId
from domain.order_text import LONGEST_NAME, Amount, OrderTextTooLong, Piece, Reading, pieces_of
from domain.quantity import Quantity
from domain.quoting import MOST_LINES, Basket, BasketLine


class PieceStatus(Enum):
    """What came of a piece of a text."""

    RESOLVED = "RESOLVED"
    NO_QUANTITY = "NO_QUANTITY"
    REFUSED = "REFUSED"
    AMBIGUOUS = "AMBIGUOUS"
    UNKNOWN = "UNKNOWN"


@attrs.frozen(kw_only=True)
class PieceAmount:
    """How many of which unit of the SKU that is meant: of the base unit where none was named."""

    number: Decimal
    pack: Pack


@attrs.frozen(kw_only=True)
class ReadPiece:
    """A piece of a text, and what it means."""

    piece: Piece
    name: str
    """The part of it that names a SKU: what is learned where a buyer chooses one for it."""
    written: tuple[Amount, ...] = ()
    """How many, as it was written."""
    meant: Meant = Meant(())
    amounts: tuple[PieceAmount, ...] = ()
    problems: tuple[DomainError, ...] = ()

    @property
    def listing(self) -> Listing | None:
        """The SKU, where it is clear which."""
        return self.meant.listings[0] if len(self.meant.listings) == 1 and not self.meant.more else None

    @property
    def status(self) -> PieceStatus:
        """What came of it."""
        if not self.meant.listings:
            return PieceStatus.UNKNOWN
        if self.listing is None:
            return PieceStatus.AMBIGUOUS
        if not self.written:
            return PieceStatus.NO_QUANTITY
        return PieceStatus.REFUSED if self.problems else PieceStatus.RESOLVED


@attrs.frozen(kw_only=True)
class ParseOrderText:
    """Read a text that somebody pasted."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, text: str, customer_id: CustomerId | None = None
    ) -> tuple[ReadPiece, ...]:
        """For the own company, or for one below it, by its own names and at its rules.

        :raises ApprovalPending: if the company is not approved.
        :raises OrderTextTooLong: if it is too long, or has too many pieces.
        :raises Refused: if there is no such company.
        :raises Forbidden: if the actor may not order.
        """
        company = approved_company(actor, customer_id)
        pieces = pieces_of(text)
        names = {one.name for piece in pieces for one in piece.readings if len(one.name) <= LONGEST_NAME}
        with self.unit_of_work.reading(actor) as storage:
            if company != actor.customer_id:
                try:
                    storage.customers.get(company)
                except CustomerNotFound as refusal:
                    raise Refused((refusal,)) from None
            meant = storage.named_goods.find(company, names)
            read = [_chosen(piece, meant) for piece in pieces]
            wanted = [one for one in read if one.amounts]
            if sum(len(one.amounts) for one in wanted) > MOST_LINES:
                raise OrderTextTooLong
            quote = Desk(storage, actor, self.clock, Basket(tuple(_asked(wanted))), company).quote()
        wrong: dict[tuple[str, str], tuple[DomainError, ...]] = {}
        for line in quote.lines:
            if line.listing is not None and line.pack is not None:
                key = (line.listing.sku.id, line.pack.unit.code)
                wrong[key] = (*wrong.get(key, ()), *line.problems)
        return tuple(_judged(one, at, wrong) for at, one in enumerate(read))


def _asked(read: Iterable[ReadPiece]) -> Iterable[BasketLine]:
    for one in read:
        assert one.listing is not None, "there are amounts only of what is clear"
        for amount in one.amounts:
            yield BasketLine(sku_id=one.listing.sku.id, quantity=amount.number, unit=amount.pack.unit.code)


def _judged(one: ReadPiece, at: int, wrong: Mapping[tuple[str, str], tuple[DomainError, ...]]) -> ReadPiece:
    """Say what of the rules and the stock stands against a piece, with all others of the same SKU and unit."""
    if one.listing is None:
        return one
    sku_id = one.listing.sku.id
    found = [problem for each in one.amounts for problem in wrong.get((sku_id, each.pack.unit.code), ())]
    return attrs.evolve(
        one, problems=tuple(_at(at, problem) for problem in (*one.problems, *dict.fromkeys(found)))
    )


def _at(at: int, problem: Any) -> DomainError:
    """The same problem, of the piece at this place."""
    moved: DomainError = attrs.evolve(problem, line=at) if hasattr(problem, "line") else problem
    return moved


def _chosen(piece: Piece, meant: Mapping[str, Meant]) -> ReadPiece:
    """Take the first reading that names one SKU in units that it is sold in, or else the first that names anything."""
    ways = [(reading, meant[reading.name]) for reading in piece.readings if reading.name in meant]
    read = [_read(piece, reading, what) for reading, what in ways]
    clear = [one for one in read if one.listing is not None]
    for one in (*(one for one in clear if not one.problems), *clear, *read):
        return one
    first = piece.readings[0]
    return ReadPiece(piece=piece, name=first.name, written=first.amounts)


def _read(piece: Piece, reading: Reading, meant: Meant) -> ReadPiece:
    one = ReadPiece(piece=piece, name=reading.name, written=reading.amounts, meant=meant)
    if one.listing is None:
        return one
    amounts = [_amount(one.listing, amount) for amount in reading.amounts]
    return attrs.evolve(
        one,
        amounts=tuple(each for each in amounts if isinstance(each, PieceAmount)),
        problems=tuple(each for each in amounts if isinstance(each, UnknownUnit)),
    )


def _amount(listing: Listing, amount: Amount) -> PieceAmount | UnknownUnit:
    """Read an amount in a unit of the SKU; a part of a pack in the base unit, where it is a whole number of these."""
    sku = listing.sku
    pack = sku.sold_in(amount.unit)
    if pack is None:
        return UnknownUnit(sku.id, amount.unit or "", sku.units)
    try:
        quantity = Quantity.of(amount.number)
    except ValueError:
        return PieceAmount(number=amount.number, pack=pack)
    if quantity.thousandths % pack.unit.smallest:
        base, alone = pack.factor.times(quantity), sku.sold_in(None)
        if base is not None and alone is not None and base.thousandths % alone.unit.smallest == 0:
            return PieceAmount(number=Decimal(str(base)), pack=alone)
    return PieceAmount(number=amount.number, pack=pack)
