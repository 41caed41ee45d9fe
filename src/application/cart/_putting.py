"""Reading what somebody puts into a cart, and putting it in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import attrs

from application.authorization import Actor
from application.cart._looking import asked_later
from application.ports.clock import Clock
from application.ports.storage import Storage
from domain.cart import (
    LONGEST_LINE_NOTE,
    LONGEST_WRITTEN,
    Cart,
    InvalidCartText,
    ToAdd,
)
from domain.catalog import InvalidQuantity, Listing, NotForSale, UnknownSku, UnknownUnit
from domain.errors import DomainError, Refused
from domain.identity import CartLineId, SkuCode, SkuId, writable
from domain.own_names import OwnName, folded
from domain.quantity import NONE, Quantity
from domain.quoting import (
    LARGEST_LINE,
)


@attrs.frozen(kw_only=True)
class AskedLine:
    """What somebody puts into a cart: which SKU, how many of which unit (the base unit where none is named).

    `text` is what they wrote to mean it: the company means this SKU by it from now on.
    """

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""
    quantity: Decimal
    unit: str | None = None
    note: str = ""
    text: str = ""


@attrs.frozen(kw_only=True)
class AskedChange:
    """What somebody changes of a line; None leaves it as it is."""

    line_id: CartLineId | None
    quantity: Decimal | None = None
    selected: bool | None = None
    note: str | None = None


def put(
    storage: Storage,
    actor: Actor,
    clock: Clock,
    cart: Cart,
    added: Iterable[ToAdd],
    *,
    new_id: Callable[[], CartLineId],
) -> None:
    """Put goods into a cart that is locked, and see them as they are now.

    :raises Refused: if it would be too much.
    """
    save(storage, actor, clock, cart, cart.add(added, new_id=new_id))


def save(storage: Storage, actor: Actor, clock: Clock, before: Cart, after: Cart) -> None:
    """Store a cart; of the lines that are asked for otherwise it is seen how they are now."""
    was = {line.id: line.quantity for line in before.lines}
    changed = [line for line in after.lines if was.get(line.id) != line.quantity]
    if changed:
        _, quoted = asked_later(storage, actor, clock, changed, after.customer_id)()
        after = after.asked_for(quoted)
    storage.carts.save(before, after)


def read_lines(asked: Sequence[AskedLine], listings: Iterable[Listing]) -> list[ToAdd]:
    """:raises Refused: with everything that is wrong with the lines."""
    by_id = {one.sku.id: one for one in listings}
    by_code = {one.sku.code: one for one in by_id.values()}
    read: list[ToAdd] = []
    refusals: list[DomainError] = []
    for at, line in enumerate(asked):
        found = by_id.get(line.sku_id) if line.sku_id else None
        if line.sku_code and not line.sku_id:
            found = by_code.get(line.sku_code)
        one = to_add(line, found, at)
        if isinstance(one, ToAdd):
            read.append(one)
        else:
            refusals.append(one)
    if refusals:
        raise Refused(tuple(refusals))
    return read


def to_add(line: AskedLine, listing: Listing | None, at: int) -> ToAdd | DomainError:
    """Read what somebody puts into a cart, or say why it cannot be."""
    if listing is None:
        return UnknownSku(line.reference or line.sku_id or line.sku_code or "", at)
    sku, pack = listing.sku, listing.sku.sold_in(line.unit)
    if not listing.for_sale:
        return NotForSale(sku.id, at)
    if pack is None:
        return UnknownUnit(sku.id, line.unit or "", sku.units, at)
    quantity = quantity_of(line.quantity)
    if quantity is None:
        return InvalidQuantity(sku.id, (), at)
    wrong = wrong_text(line.note, line.text, at)
    written = line.text.strip() or ("" if line.sku_id else line.reference.strip())
    return wrong or ToAdd(
        sku_id=sku.id,
        unit=pack.unit.code,
        quantity=quantity,
        note=line.note.strip(),
        written=written,
        line=at,
    )


def quantity_of(number: Decimal) -> Quantity | None:
    """Read how many somebody wants; None where it is no number of more than nothing, or too large."""
    try:
        quantity = Quantity.of(number)
    except ValueError:
        return None
    return quantity if quantity > NONE and quantity.thousandths <= LARGEST_LINE else None


def wrong_text(note: str | None, text: str, at: int) -> InvalidCartText | None:
    """Say what of the texts of a line cannot be kept."""
    if note is not None and not writable(note, longest=LONGEST_LINE_NOTE):
        return InvalidCartText("note", LONGEST_LINE_NOTE, at)
    if text and (_own_name(text) is None or not writable(text, longest=LONGEST_WRITTEN)):
        return InvalidCartText("text", LONGEST_WRITTEN, at)
    return None


def _own_name(text: str) -> OwnName | None:
    try:
        return OwnName(text)
    except ValueError:
        return None


def learned_names(
    asked: Sequence[AskedLine], added: Iterable[ToAdd], listings: Iterable[Listing]
) -> Mapping[OwnName, SkuId]:
    """What the company means by the texts, where the SKU does not go by them anyway."""
    by_id = {one.sku.id: one for one in listings}
    names: dict[OwnName, SkuId] = {}
    for one in added:
        name, listing = _own_name(asked[one.line].text), by_id[one.sku_id]
        sku = listing.sku
        goes_by = {folded(text) for text in (sku.code, sku.name, listing.product_name, sku.barcode or "")}
        if name is not None and name not in goes_by:
            names[name] = one.sku_id
    return names
