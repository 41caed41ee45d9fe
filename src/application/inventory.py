"""Stock: receive goods, and set right what the books say; every change is a movement."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.idempotency import once
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from domain.catalog import Listing, UnknownSku, UnknownUnit
from domain.errors import DomainError, Refused
from domain.identity import IdempotencyKey, MovementId, SkuCode, SkuId, WarehouseId, writable
from domain.inventory import (
    LONGEST_NOTE,
    InvalidChange,
    Movement,
    MovementReason,
    StockChanged,
    StockItem,
    StockTooLow,
    UnknownWarehouse,
    Warehouse,
)
from domain.privacy import HIDDEN
from domain.quantity import NONE, Quantity
from domain.trail import TrailNote

MOST_CHANGES = 1000


@attrs.frozen(kw_only=True)
class StockChange:
    """A change somebody asks for: which SKU, in which warehouse (by id or code), by how many of which unit."""

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""
    """What was written where it is neither id nor code, to name it in the refusal."""
    warehouse: str
    quantity: Decimal
    unit: str | None = None


@attrs.frozen
class TooManyChanges(DomainError):
    """More changes than one call takes, or none at all."""

    changes: int
    most: int = MOST_CHANGES


@attrs.frozen(kw_only=True)
class ReceiveStock:
    """Bring goods into a warehouse, once per key."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self, *, actor: Actor, key: IdempotencyKey, changes: Sequence[StockChange], note: str = ""
    ) -> tuple[StockItem, ...]:
        """Answer with the stock of what was received, as it is now.

        :raises Refused: with everything that is wrong with the changes; quantities are more than zero.
        :raises IdempotencyKeyReused: if the key came before with other changes.
        :raises Forbidden: if the actor may not manage stock.
        """
        reason = MovementReason.RECEIPT
        return _Ledger(self.unit_of_work, self.clock, self.ids).record(
            actor, key=key, operation="receiveStock", changes=tuple(changes), reason=reason, note=note
        )


@attrs.frozen(kw_only=True)
class AdjustStock:
    """Set the books right after a count, damage or a mistake, once per key."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        key: IdempotencyKey,
        changes: Sequence[StockChange],
        reason: MovementReason,
        note: str = "",
    ) -> tuple[StockItem, ...]:
        """Answer with the stock of what was adjusted, as it is now; quantities are changes, negative ones take out.

        :raises Refused: with everything that is wrong with the changes: what is reserved cannot be taken.
        :raises IdempotencyKeyReused: if the key came before with other changes.
        :raises Forbidden: if the actor may not manage stock.
        """
        return _Ledger(self.unit_of_work, self.clock, self.ids).record(
            actor, key=key, operation="adjustStock", changes=tuple(changes), reason=reason, note=note
        )


@attrs.frozen
class _Ledger:
    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def record(
        self,
        actor: Actor,
        *,
        key: IdempotencyKey,
        operation: str,
        changes: tuple[StockChange, ...],
        reason: MovementReason,
        note: str,
    ) -> tuple[StockItem, ...]:
        policy.may(actor, Permission.MANAGE_STOCK)
        if not 0 < len(changes) <= MOST_CHANGES:
            raise Refused((TooManyChanges(len(changes)),))
        with self.unit_of_work(actor) as storage:
            answer = once(
                storage,
                operation=operation,
                key=key,
                command=(changes, reason, note),
                act=lambda: self._move(storage, operation, changes, reason, note),
            )
            items = () if answer.refusal else self._now(storage, answer.result)
        if answer.refusal:
            raise answer.refusal
        return items

    def _move(
        self,
        storage: Storage,
        operation: str,
        changes: tuple[StockChange, ...],
        reason: MovementReason,
        note: str,
    ) -> str:
        """Write the movements and say what they were about, as `<sku>@<warehouse>` words."""
        listings = storage.products.listings(
            ids={change.sku_id for change in changes if change.sku_id},
            codes={change.sku_code for change in changes if change.sku_code},
        )
        warehouses = storage.stock.warehouses()
        refusals: list[DomainError] = [] if writable(note, longest=LONGEST_NOTE) else [InvalidChange("NOTE")]
        understood: list[tuple[int, SkuId, WarehouseId, Quantity]] = []
        for at, change in enumerate(changes):
            found = _understood(change, at, listings, warehouses, taking=reason is not MovementReason.RECEIPT)
            if isinstance(found, DomainError):
                refusals.append(found)
            else:
                understood.append((at, *found))
        items = {(item.sku_id, item.warehouse_id): item for item in self._locked(storage, understood)}
        movements: list[Movement] = []
        now = self.clock.now()
        for at, sku_id, warehouse_id, by in understood:
            before = items.get((sku_id, warehouse_id)) or StockItem(sku_id=sku_id, warehouse_id=warehouse_id)
            try:
                after = before.change(by)
            except StockTooLow as refusal:
                refusals.append(attrs.evolve(refusal, line=at))
                continue
            except ValueError:
                refusals.append(InvalidChange("TOO_LARGE", at))
                continue
            items[sku_id, warehouse_id] = after
            movements.append(
                Movement(
                    id=self.ids.new(MovementId),
                    sku_id=sku_id,
                    warehouse_id=warehouse_id,
                    change=by,
                    before=before.on_hand,
                    after=after.on_hand,
                    reason=reason,
                    at=now,
                    note=note,
                )
            )
        if refusals:
            raise Refused(tuple(refusals))
        fact = StockChanged(at=now, movement_ids=tuple(one.id for one in movements), reason=reason)
        storage.stock.move(movements, event=fact)
        storage.trail.note(*(_noted(operation, one) for one in movements))
        return " ".join(sorted({f"{one.sku_id}@{one.warehouse_id}" for one in movements}))

    def _locked(
        self, storage: Storage, understood: list[tuple[int, SkuId, WarehouseId, Quantity]]
    ) -> tuple[StockItem, ...]:
        return storage.stock.lock({sku_id for _, sku_id, _, _ in understood}).items

    def _now(self, storage: Storage, about: str) -> tuple[StockItem, ...]:
        pairs = {tuple(word.split("@")) for word in about.split()}
        sheet = storage.stock.sheet({SkuId(sku_id) for sku_id, _ in pairs})
        return tuple(item for item in sheet.items if (item.sku_id, item.warehouse_id) in pairs)


def _noted(operation: str, movement: Movement) -> TrailNote:
    """What there is to note of a movement: not its note, in which somebody may be named, and which can be erased."""
    why = {"reason": movement.reason.value, **({"note": HIDDEN} if movement.note else {})}
    before, after = (
        {"warehouse": movement.warehouse_id, "onHand": str(on_hand)}
        for on_hand in (movement.before, movement.after)
    )
    return TrailNote(
        at=movement.at, operation=operation, about=movement.sku_id, before=before, after={**after, **why}
    )


def _understood(
    change: StockChange,
    at: int,
    listings: tuple[Listing, ...],
    warehouses: tuple[Warehouse, ...],
    *,
    taking: bool,
) -> tuple[SkuId, WarehouseId, Quantity] | DomainError:
    """Find the SKU and the warehouse, and read the quantity in the base unit; or say what is wrong."""
    found = next((one for one in listings if change.sku_id == one.sku.id), None) if change.sku_id else None
    if change.sku_code and found is None and change.sku_id is None:
        found = next((one for one in listings if change.sku_code == one.sku.code), None)
    if found is None:
        return UnknownSku(change.sku_id or change.sku_code or change.reference, at)
    warehouse = next((one for one in warehouses if change.warehouse in (one.id, one.code)), None)
    if warehouse is None:
        return UnknownWarehouse(change.warehouse, at)
    pack = found.sku.sold_in(change.unit)
    if pack is None:
        return UnknownUnit(found.sku.id, change.unit or "", found.sku.units, at)
    try:
        base = pack.factor.times(Quantity.of(change.quantity))
    except ValueError:
        base = None
    if base is None or base.thousandths % found.sku.unit.smallest:
        return InvalidChange("NOT_OF_THE_UNIT", at)
    if base == NONE or (base < NONE and not taking):
        return InvalidChange("NOTHING" if base == NONE else "NEGATIVE", at)
    return found.sku.id, warehouse.id, base
