"""Stock in tables: items, the movements that made them, and reservations; and the verbs' port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    update,
)

from adapters.persistence.made import quantity, sku_id, warehouse_id
from adapters.persistence.outbox import record
from adapters.persistence.sessions import Session, expect
from adapters.persistence.statements import Row, Rows, Statement, any_of
from adapters.persistence.tables import Instant, Whole, Words, belongs_to, one_of, tenant_table
from application.authorization import Actor
from application.ports.storage import Later, Stock
from domain.events import Event
from domain.identity import MerchantId, OrderId, SkuId, WarehouseId
from domain.inventory import (
    OPEN_STATES,
    Movement,
    MovementReason,
    Reservation,
    ReservationState,
    StockItem,
    StockSheet,
    Warehouse,
)
from domain.quantity import LARGEST, Quantity

warehouses = tenant_table(
    "warehouses",
    Column("id", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("priority", Integer, nullable=False),
    UniqueConstraint("merchant_id", "code"),
)

stock = tenant_table(
    "stock",
    Column("sku_id", Words, nullable=False),
    Column("warehouse_id", Words, nullable=False),
    Column("on_hand", Whole, nullable=False),
    Column("available", Whole, nullable=False),
    Column("version", BigInteger, nullable=False),
    belongs_to("skus", "sku_id"),
    belongs_to("warehouses", "warehouse_id"),
    CheckConstraint("available >= 0 AND available <= on_hand", name="available"),
    key=("sku_id", "warehouse_id"),
)

movements = tenant_table(
    "movements",
    Column("id", Words, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("warehouse_id", Words, nullable=False),
    Column("change", Whole, nullable=False),
    Column("before", Whole, nullable=False),
    Column("after", Whole, nullable=False),
    Column("reason", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Words, nullable=False),
    Column("note", Words, nullable=False),
    belongs_to("stock", "sku_id", "warehouse_id", to=("sku_id", "warehouse_id")),
    one_of("reason", MovementReason),
    CheckConstraint("before + change = after AND after >= 0", name="sum"),
    Index(None, "merchant_id", "sku_id", "warehouse_id", "id"),
)

reservations = tenant_table(
    "reservations",
    Column("order_id", Words, nullable=False),
    Column("line", Integer, nullable=False),
    Column("warehouse_id", Words, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("quantity", Whole, nullable=False),
    Column("state", Words, nullable=False),
    belongs_to("orders", "order_id", late=True),
    belongs_to("stock", "sku_id", "warehouse_id", to=("sku_id", "warehouse_id")),
    one_of("state", ReservationState),
    CheckConstraint("quantity > 0", name="quantity"),
    Index(None, "merchant_id", "sku_id", "warehouse_id"),
    key=("order_id", "line", "warehouse_id"),
)

# Under these names where a method's argument is called what the port calls it.
_RESERVED, _MOVED = reservations, movements


def warehouse_row(merchant_id: MerchantId, one: Warehouse) -> Row:
    return (merchant_id, one.id, one.code, one.name, one.priority)


def stock_row(merchant_id: MerchantId, item: StockItem) -> Row:
    on_hand, available = item.on_hand.thousandths, item.available.thousandths
    return (merchant_id, item.sku_id, item.warehouse_id, on_hand, available, item.version)


def movement_row(merchant_id: MerchantId, actor: str, one: Movement) -> Row:
    return (
        merchant_id,
        one.id,
        one.sku_id,
        one.warehouse_id,
        one.change.thousandths,
        one.before.thousandths,
        one.after.thousandths,
        one.reason.value,
        one.at,
        actor,
        one.note,
    )


def reservation_row(merchant_id: MerchantId, one: Reservation) -> Row:
    quantity, state = one.quantity.thousandths, one.state.value
    return (merchant_id, one.order_id, one.line, one.warehouse_id, one.sku_id, quantity, state)


_MERCHANT: BindParameter[str] = bindparam("merchant_id")
WAREHOUSES = Statement(
    select(warehouses.c.id, warehouses.c.code, warehouses.c.name, warehouses.c.priority)
    .where(warehouses.c.merchant_id == _MERCHANT)
    .order_by(warehouses.c.priority, warehouses.c.id)
)
AT_HOME = and_(warehouses.c.merchant_id == stock.c.merchant_id, warehouses.c.id == stock.c.warehouse_id)
_SHEET = (
    select(
        stock.c.sku_id,
        stock.c.warehouse_id,
        stock.c.on_hand,
        stock.c.available,
        stock.c.version,
        warehouses.c.priority,
    )
    .select_from(stock.join(warehouses, AT_HOME))
    .where(stock.c.merchant_id == _MERCHANT, any_of(stock.c.sku_id, "sku_ids"))
    .order_by(stock.c.sku_id, stock.c.warehouse_id)
)
_LOOK = Statement(_SHEET)
_AVAILABLE = Statement(
    select(stock.c.sku_id, cast(func.sum(stock.c.available), BigInteger))
    .where(stock.c.merchant_id == _MERCHANT, any_of(stock.c.sku_id, "sku_ids"))
    .group_by(stock.c.sku_id)
)
_LOCK = Statement(_SHEET.with_for_update(of=stock))


def _each_item(*guards: str, on_hand: bool = False, sign: int = 1) -> Mapping[str, Statement]:
    """Change many items by `by`, those that the guards allow: set-based on PostgreSQL, row by row on SQLite."""
    wanted = (
        func.unnest(
            bindparam("skus", type_=ARRAY(Text())),
            bindparam("at", type_=ARRAY(Text())),
            bindparam("by", type_=ARRAY(BigInteger())),
            bindparam("before", type_=ARRAY(BigInteger())),
        )
        .table_valued("sku", "at", Column("by", BigInteger), Column("before", BigInteger))
        .render_derived(name="wanted")
    )
    single: Mapping[str, ColumnElement[Any]] = {
        "sku": bindparam("sku", type_=Text()),
        "at": bindparam("at", type_=Text()),
        "by": bindparam("by", type_=BigInteger()),
        "before": bindparam("before", type_=BigInteger()),
    }

    def statement(given: Mapping[str, ColumnElement[Any]]) -> Statement:
        by = given["by"] * sign
        allowed = {
            "enough": stock.c.available + by >= 0,
            "unchanged": stock.c.on_hand == given["before"],
        }
        moved = {"on_hand": stock.c.on_hand + by} if on_hand else {}
        return Statement(
            update(stock)
            .where(
                stock.c.merchant_id == bindparam("of_merchant"),
                stock.c.sku_id == given["sku"],
                stock.c.warehouse_id == given["at"],
                *(allowed[guard] for guard in guards),
            )
            .values(available=stock.c.available + by, version=stock.c.version + 1, **moved)
        )

    return {
        "postgresql": statement({name: wanted.c[name] for name in single}),
        "sqlite": statement(single),
    }


_TAKE = _each_item("enough", sign=-1)
_GIVE_BACK = _each_item()
_MOVE = _each_item("enough", "unchanged", on_hand=True)
_OF_ORDER = [
    reservations.c.merchant_id == bindparam("of_merchant"),
    reservations.c.order_id == bindparam("order_id"),
]
_COMMIT = Statement(
    update(reservations)
    .where(*_OF_ORDER, reservations.c.state == ReservationState.HELD.value)
    .values(state=ReservationState.COMMITTED.value)
)
_RELEASE = Statement(
    update(reservations)
    .where(*_OF_ORDER, or_(*(reservations.c.state == state.value for state in sorted(OPEN_STATES, key=str))))
    .values(state=ReservationState.RELEASED.value)
    .returning(reservations.c.sku_id, reservations.c.warehouse_id, reservations.c.quantity)
)
_RESERVATIONS = Statement(
    select(
        reservations.c.line,
        reservations.c.sku_id,
        reservations.c.warehouse_id,
        reservations.c.quantity,
        reservations.c.state,
    )
    .where(*_OF_ORDER)
    .order_by(reservations.c.line, reservations.c.warehouse_id)
)


@attrs.frozen
class SqlStock(Stock):
    """The stock of one merchant."""

    session: Session
    actor: Actor

    def warehouses(self) -> tuple[Warehouse, ...]:
        rows = self.session.all(WAREHOUSES, {"merchant_id": self.actor.merchant_id})
        return tuple(
            Warehouse(id=WarehouseId(id), code=code, name=name, priority=priority)
            for id, code, name, priority in rows
        )

    def sheet(self, sku_ids: Collection[SkuId]) -> StockSheet:
        return self._sheet(_LOOK, sku_ids)

    def available_later(self, sku_ids: Collection[SkuId]) -> Later[Mapping[SkuId, Quantity]]:
        if not sku_ids:
            return dict
        rows = self.session.ask(_AVAILABLE, self._of_skus(sku_ids))
        return lambda: {sku_id(id): quantity(min(many, LARGEST)) for id, many in rows()}

    def lock(self, sku_ids: Collection[SkuId]) -> StockSheet:
        return self._sheet(_LOCK, sku_ids)

    def reserve(self, reservations: Sequence[Reservation]) -> None:
        self._change(
            _TAKE, _summed((one.sku_id, one.warehouse_id, one.quantity.thousandths) for one in reservations)
        )
        self.session.insert(_RESERVED, [reservation_row(self.actor.merchant_id, one) for one in reservations])

    def commit(self, order_id: OrderId) -> None:
        self.session.change(_COMMIT, self._of(order_id))

    def release(self, order_id: OrderId) -> None:
        # The stock rows are locked before the reservations', as everywhere: lock() sorts them.
        self.lock({one.sku_id for one in self.reservations(order_id)})
        self._change(_GIVE_BACK, _summed(self.session.all(_RELEASE, self._of(order_id))))

    def rereserve(self, changed: Sequence[Reservation]) -> None:
        there = {
            (order_id, one.line, one.warehouse_id): one
            for order_id in {one.order_id for one in changed}
            for one in self.reservations(order_id)
        }
        taken: list[Row] = []
        for one in changed:
            before = there.get((one.order_id, one.line, one.warehouse_id))
            more = _open(one) - (0 if before is None else _open(before))
            taken.append((one.sku_id, one.warehouse_id, more))
        self._change(_TAKE, _summed(taken))
        self.session.replace(_RESERVED, [reservation_row(self.actor.merchant_id, one) for one in changed])

    def move(self, movements: Sequence[Movement], *, event: Event) -> None:
        merchant_id = self.actor.merchant_id
        new = [
            stock_row(merchant_id, StockItem(sku_id=sku_id, warehouse_id=warehouse_id))
            for sku_id, warehouse_id in sorted(self._missing(movements))
        ]
        self.session.insert(stock, new)
        folded: dict[tuple[str, str], tuple[int, int]] = {}
        for one in movements:
            key = (one.sku_id, one.warehouse_id)
            by, before = folded.get(key, (0, one.before.thousandths))
            expect(before + by, one.before.thousandths, one.sku_id)
            folded[key] = (by + one.change.thousandths, before)
        self._change(_MOVE, folded)
        self.session.insert(_MOVED, [movement_row(merchant_id, self.actor.name, one) for one in movements])
        for one in movements[:1]:
            record(self.session, merchant_id, aggregate_id=one.id, first=1, events=[event])

    def reservations(self, order_id: OrderId) -> tuple[Reservation, ...]:
        return tuple(
            Reservation(
                order_id=order_id,
                line=line,
                sku_id=SkuId(sku_id),
                warehouse_id=WarehouseId(warehouse_id),
                quantity=Quantity(quantity),
                state=ReservationState(state),
            )
            for line, sku_id, warehouse_id, quantity, state in self.session.all(
                _RESERVATIONS, self._of(order_id)
            )
        )

    def _sheet(self, statement: Statement, sku_ids: Collection[SkuId]) -> StockSheet:
        if not sku_ids:
            return StockSheet((), {})
        return _sheet_of(self.session.all(statement, self._of_skus(sku_ids)))

    def _of_skus(self, sku_ids: Collection[SkuId]) -> dict[str, Any]:
        return {"merchant_id": self.actor.merchant_id, "sku_ids": sorted(sku_ids)}

    def _change(
        self, statements: Mapping[str, Statement], changes: Mapping[tuple[str, str], tuple[int, int]]
    ) -> None:
        """Run a guarded change over items, each by how much and from what on hand.

        :raises Stale: if a guard kept one of them from being changed.
        """
        if not changes:
            return
        statement, of_merchant = statements[self.session.dialect.name], self.actor.merchant_id
        in_order = sorted(changes.items())
        if self.session.dialect.name == "postgresql":
            columns = {
                "skus": [sku_id for (sku_id, _), _ in in_order],
                "at": [warehouse_id for (_, warehouse_id), _ in in_order],
                "by": [by for _, (by, _) in in_order],
                "before": [before for _, (_, before) in in_order],
            }
            asked = {"of_merchant": of_merchant, **columns}
            self.session.must_change(statement, asked, rows=len(changes), about="stock")
        else:
            rows = (
                {"of_merchant": of_merchant, "sku": sku_id, "at": warehouse_id, "by": by, "before": before}
                for (sku_id, warehouse_id), (by, before) in in_order
            )
            expect(self.session.change_each(statement, rows), len(changes), "stock")

    def _missing(self, made: Sequence[Movement]) -> set[tuple[SkuId, WarehouseId]]:
        there = {(one.sku_id, one.warehouse_id) for one in self.sheet({one.sku_id for one in made}).items}
        return {(one.sku_id, one.warehouse_id) for one in made} - there

    def _of(self, order_id: OrderId) -> dict[str, Any]:
        return {"of_merchant": self.actor.merchant_id, "order_id": order_id}


def _sheet_of(rows: Rows) -> StockSheet:
    priority = {row[1]: row[5] for row in rows}
    warehouses = {id: warehouse_id(id) for id in priority}
    items = [
        StockItem(
            sku_id=sku_id(row[0]),
            warehouse_id=warehouses[row[1]],
            on_hand=quantity(row[2]),
            available=quantity(row[3]),
            version=row[4],
        )
        for row in rows
    ]
    return StockSheet(tuple(items), {warehouses[id]: at for id, at in priority.items()})


def _open(one: Reservation) -> int:
    """What a reservation keeps from others, in thousandths."""
    return one.quantity.thousandths if one.state in OPEN_STATES else 0


def _summed(rows: Iterable[Row]) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Add up quantities per item; what was on hand does not matter to them."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for *item, thousandths in rows:
        sku, at = item
        found[sku, at] = (found.get((sku, at), (0, 0))[0] + thousandths, 0)
    return found
