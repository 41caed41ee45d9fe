"""Stock: what is on hand in each warehouse, what of it is promised, and what is left to promise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum

import attrs

from domain.errors import DomainError
from domain.events import Event
from domain.identity import MovementId, OrderId, SkuId, WarehouseId
from domain.period import aware
from domain.quantity import LARGEST, NONE, Quantity

LONGEST_NOTE = 500


@attrs.frozen(kw_only=True)
class Warehouse:
    """A place where goods are kept; orders are filled from the lowest priority number first."""

    id: WarehouseId
    code: str = attrs.field(validator=attrs.validators.min_len(1))
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    priority: int = 0


class MovementReason(Enum):
    """Why the stock on hand changed."""

    OPENING = "OPENING"
    RECEIPT = "RECEIPT"
    COUNT = "COUNT"
    DAMAGE = "DAMAGE"
    CORRECTION = "CORRECTION"


class ReservationState(Enum):
    """Where a promise of stock stands: held when ordered, committed when confirmed, then consumed or released."""

    HELD = "HELD"
    COMMITTED = "COMMITTED"
    CONSUMED = "CONSUMED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


OPEN_STATES = frozenset({ReservationState.HELD, ReservationState.COMMITTED})


@attrs.frozen(kw_only=True)
class StockItem:
    """The stock of one SKU in one warehouse, in its base unit: `available` is on hand less what is reserved."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    on_hand: Quantity = NONE
    available: Quantity = NONE
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.available.thousandths <= self.on_hand.thousandths:
            raise ValueError("what is available is on hand, and never less than nothing")

    @property
    def reserved(self) -> Quantity:
        """What is promised and not yet gone."""
        return self.on_hand - self.available

    def change(self, by: Quantity) -> StockItem:
        """Bring in or take out goods that nobody was promised.

        :raises StockTooLow: if more would be taken than is available.
        """
        if (self.available + by).thousandths < 0:
            raise StockTooLow(self.sku_id, self.warehouse_id, self.available)
        return attrs.evolve(self, on_hand=self.on_hand + by, available=self.available + by)


@attrs.frozen(kw_only=True)
class Movement:
    """One change of the stock on hand: how much, why, and what was there before and after."""

    id: MovementId
    sku_id: SkuId
    warehouse_id: WarehouseId
    change: Quantity
    before: Quantity
    after: Quantity
    reason: MovementReason
    at: datetime = attrs.field(validator=aware)
    note: str = ""

    def __attrs_post_init__(self) -> None:
        if self.before + self.change != self.after:
            raise ValueError("a movement leads from before to after")


@attrs.frozen(kw_only=True)
class Reservation:
    """A promise of stock to one line of an order, from one warehouse."""

    order_id: OrderId
    line: int
    sku_id: SkuId
    warehouse_id: WarehouseId
    quantity: Quantity = attrs.field(validator=attrs.validators.gt(NONE))
    state: ReservationState = ReservationState.HELD


@attrs.frozen
class Demand:
    """What one order line needs of a SKU, in the base unit."""

    line: int
    sku_id: SkuId
    quantity: Quantity


@attrs.frozen
class StockSheet:
    """The stock of some SKUs in every warehouse, as one transaction sees it."""

    items: tuple[StockItem, ...]
    priority: Mapping[WarehouseId, int]
    """Which warehouse is asked first: the lowest number."""

    @property
    def available(self) -> Mapping[SkuId, Quantity]:
        """What is available of each SKU over all warehouses."""
        return available_by_sku(self.items)


def available_by_sku(items: Iterable[StockItem]) -> Mapping[SkuId, Quantity]:
    """Add up what is available over all warehouses, as far as quantities go."""
    sums: dict[SkuId, int] = {}
    for item in items:
        sums[item.sku_id] = sums.get(item.sku_id, 0) + item.available.thousandths
    return {sku_id: Quantity(min(so_far, LARGEST)) for sku_id, so_far in sums.items()}


def reserve(demands: Sequence[Demand], *, order_id: OrderId, sheet: StockSheet) -> tuple[Reservation, ...]:
    """Fill every line from the first warehouse by priority that can fill it whole, else from several in that order.

    :raises ValueError: if a line cannot be filled; whoever promised it has not looked.
    """
    left: dict[SkuId, list[tuple[WarehouseId, int]]] = {}
    for item in sorted(sheet.items, key=lambda item: (sheet.priority[item.warehouse_id], item.warehouse_id)):
        left.setdefault(item.sku_id, []).append((item.warehouse_id, item.available.thousandths))
    made: list[Reservation] = []
    for demand in demands:
        shelves = left.get(demand.sku_id, [])
        wanted = demand.quantity.thousandths
        whole = next((shelf for shelf in shelves if shelf[1] >= wanted), None)
        for warehouse_id, there in [whole] if whole else list(shelves):
            taken = min(there, wanted)
            if taken <= 0:
                continue
            wanted -= taken
            shelves[shelves.index((warehouse_id, there))] = (warehouse_id, there - taken)
            made.append(
                Reservation(
                    order_id=order_id,
                    line=demand.line,
                    sku_id=demand.sku_id,
                    warehouse_id=warehouse_id,
                    quantity=Quantity(taken),
                )
            )
        if wanted:
            raise ValueError("stock was promised that is not there")
    return tuple(made)


def rereserve(
    reserved: Sequence[Reservation], wanted: Mapping[int, Quantity], *, sheet: StockSheet
) -> tuple[Reservation, ...]:
    """Reserve more or less for lines of an order, so that it is what is wanted; answer with what has changed.

    `reserved` is what is open of these lines. More comes first from where something is reserved already, then by
    priority; less is given back in the opposite order. What is given back whole is released.

    :raises InsufficientStock: if there is less than that, in the base unit.
    """
    left = {(item.sku_id, item.warehouse_id): item.available.thousandths for item in sheet.items}
    changed: list[Reservation] = []
    # What is given back first may be what another line takes.
    now = {line: sum(one.quantity.thousandths for one in reserved if one.line == line) for line in wanted}
    for line in sorted(wanted, key=lambda line: wanted[line].thousandths - now[line]):
        here = [one for one in reserved if one.line == line]
        here.sort(key=lambda one: (sheet.priority[one.warehouse_id], one.warehouse_id))
        more = wanted[line].thousandths - now[line]
        if more < 0:
            for one in reversed(here):
                less = min(one.quantity.thousandths, -more)
                left[one.sku_id, one.warehouse_id] += less
                more += less
                if less:
                    changed.append(_smaller(one, less))
            continue
        held = [one.warehouse_id for one in here]
        others = sorted(
            (where for sku_id, where in left if sku_id == here[0].sku_id and where not in held),
            key=lambda where: (sheet.priority[where], where),
        )
        available = sum(left[here[0].sku_id, where] for where in (*held, *others))
        if available < more:
            raise InsufficientStock(
                here[0].sku_id, Quantity(min(now[line] + available, LARGEST)), wanted[line], line
            )
        for where in (*held, *others):
            taken = min(left[here[0].sku_id, where], more)
            if taken:
                left[here[0].sku_id, where] -= taken
                more -= taken
                there = next((one.quantity for one in here if one.warehouse_id == where), NONE)
                larger = Quantity(there.thousandths + taken)
                changed.append(attrs.evolve(here[0], warehouse_id=where, quantity=larger))
    return tuple(changed)


def _smaller(one: Reservation, less: int) -> Reservation:
    """A reservation of so much less; one of nothing is released."""
    if less == one.quantity.thousandths:
        return attrs.evolve(one, state=ReservationState.RELEASED)
    return attrs.evolve(one, quantity=Quantity(one.quantity.thousandths - less))


@attrs.frozen(kw_only=True)
class StockChanged(Event):
    """The stock on hand changed, other than by an order."""

    movement_ids: tuple[MovementId, ...]
    reason: MovementReason


@attrs.frozen
class InsufficientStock(DomainError):
    """Less of the SKU is available than was asked for, both in the unit asked for.

    What is available is None where the merchant shows no figures.
    """

    sku_id: SkuId
    available: Quantity | None
    requested: Quantity
    line: int = 0


@attrs.frozen
class StockTooLow(DomainError):
    """More would be taken out than is available; what is reserved is promised."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    available: Quantity
    line: int = 0


@attrs.frozen
class UnknownWarehouse(DomainError):
    """There is no such warehouse."""

    reference: str
    line: int = 0


@attrs.frozen
class InvalidChange(DomainError):
    """A stock change that is no quantity of the base unit, nothing, of the wrong sign, or noted in unfit text."""

    reason: str
    line: int = 0
