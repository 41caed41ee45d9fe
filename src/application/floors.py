"""Floors: set the least that SKUs are sold for, the margins of categories, and let a customer have something below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.many_skus import (
    InvalidAllowance,
    changed,
    decided,
    named_skus,
    note_changes,
    some,
    unknown_sku,
    wrong_allowance,
)
from application.ports.clock import Clock
from application.ports.floors import FloorApproval
from application.ports.storage import Storage, UnitOfWork
from domain.floors import InvalidFloor, SkuFloor, margin_of
from domain.identity import CategoryId, CustomerId, OrderId, SkuCode, SkuId
from domain.merchant import MarginGuard
from domain.money import Currency, Percentage, UnitPrice
from domain.privacy import HIDDEN
from domain.promotions import GuardedLine, UnknownGoods, fold
from domain.trail import Facts, TrailNote

_NOTHING: Facts = MappingProxyType({})


@attrs.frozen(kw_only=True)
class AskedFloor:
    """The floor somebody wants for a SKU, whole: where nothing is said it has none. Prices are of the base unit."""

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""
    """What was written where it is neither id nor code, to name it in the refusal."""
    floor: Decimal | None = None
    cost: Decimal | None = None
    margin: Decimal | None = None
    """In percent of the cost."""


@attrs.frozen(kw_only=True)
class AskedMargin:
    """The margin somebody wants for what is in a category, in percent of the cost; none where nothing is said."""

    category_id: CategoryId | None
    reference: str
    margin: Decimal | None = None


@attrs.frozen(kw_only=True)
class AskedApproval:
    """Down to which price of the base unit a customer is to have a SKU; needed unless the approval is taken away."""

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""
    lowest: Decimal | None = None


@attrs.frozen(kw_only=True)
class SetFloors:
    """Set the floors of many SKUs at once, all or none."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, floors: Sequence[AskedFloor]) -> tuple[SkuId, ...]:
        """Answer with the SKUs, in the order they were named.

        :raises Refused: with everything that is wrong with the floors.
        :raises Forbidden: if the actor may not manage floors.
        """
        policy.may(actor, Permission.MANAGE_FLOORS)
        some(floors)
        with self.unit_of_work(actor) as storage:
            ids = named_skus(storage, floors)
            found = storage.floors.lock({id for id in ids if id is not None})
            wanted = decided(
                floors,
                [id if id in found else None for id in ids],
                read=lambda asked, _, at: _floor(asked, actor.merchant.currency, at),
                unknown=unknown_sku,
                twice=lambda at: InvalidFloor("TWICE", at),
            )
            set_floors(storage, wanted, found, operation="setFloors", at=self.clock.now())
        return tuple(wanted)


def set_floors(
    storage: Storage,
    wanted: Mapping[SkuId, SkuFloor | None],
    found: Mapping[SkuId, SkuFloor | None],
    *,
    operation: str,
    at: datetime,
) -> None:
    """Set what is to be otherwise than was found under a lock, and note what was and what is of each."""
    changes = changed(wanted, found)
    if changes:
        storage.floors.set(changes)
        note_changes(storage, operation, changes, found, _facts, at=at)


@attrs.frozen(kw_only=True)
class SetCategoryMargins:
    """Set the margins that hold for what is in categories, all or none; the nearest category of a SKU counts."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, margins: Sequence[AskedMargin]) -> tuple[CategoryId, ...]:
        """Answer with the categories, in the order they were named.

        :raises Refused: with everything that is wrong with the margins.
        :raises Forbidden: if the actor may not manage floors.
        """
        policy.may(actor, Permission.MANAGE_FLOORS)
        some(margins)
        with self.unit_of_work(actor) as storage:
            found = storage.floors.lock_margins({one.category_id for one in margins if one.category_id})
            wanted = decided(
                margins,
                [one.category_id if one.category_id in found else None for one in margins],
                read=lambda asked, _, at: _margin(asked.margin, at),
                unknown=lambda asked, at: UnknownGoods(asked.reference, at),
                twice=lambda at: InvalidFloor("TWICE", at),
            )
            changes = changed(wanted, found)
            if changes:
                storage.floors.set_margins(changes)
                note_changes(storage, "setCategoryMargins", changes, found, _share, at=self.clock.now())
        return tuple(wanted)


@attrs.frozen(kw_only=True)
class ApproveBelowFloor:
    """Let a customer have SKUs below their floors, down to a price, until then, for a reason; or no longer."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        customer_id: CustomerId,
        skus: Sequence[AskedApproval],
        until: datetime | None,
        reason: str,
    ) -> tuple[FloorApproval, ...]:
        """Answer with what is approved now; without `until` it ends now.

        :raises Refused: with everything that is wrong.
        :raises CustomerNotFound: if there is no such company.
        :raises Forbidden: if the actor may not manage floors.
        """
        policy.may(actor, Permission.MANAGE_FLOORS)
        some(skus)
        now, currency = self.clock.now(), actor.merchant.currency

        def read(asked: AskedApproval, sku_id: SkuId, line: int) -> FloorApproval:
            lowest = _lowest(asked, currency, line, needed=until is not None)
            return FloorApproval(
                customer_id=customer_id, sku_id=sku_id, lowest=lowest, until=until or now, reason=reason
            )

        with self.unit_of_work(actor) as storage:
            storage.customers.get(customer_id)
            approvals = tuple(
                decided(
                    skus,
                    named_skus(storage, skus),
                    read=read,
                    unknown=unknown_sku,
                    twice=lambda at: InvalidAllowance("TWICE", at),
                    wrong=wrong_allowance(until, reason, at=now),
                ).values()
            )
            before = storage.floors.approve(approvals)
            storage.trail.note(
                *(
                    TrailNote(
                        at=now,
                        operation="approveBelowFloor",
                        about=customer_id,
                        before=_told(before[one.sku_id]) if one.sku_id in before else _NOTHING,
                        after={**_told(one), "reason": HIDDEN},
                    )
                    for one in approvals
                )
            )
        return approvals


@attrs.frozen(kw_only=True)
class GuardTrace:
    """What the margin guard did to an order when it was placed: the policy of then, and the lines below floors."""

    policy: MarginGuard
    lines: tuple[TracedLine, ...]


@attrs.frozen(kw_only=True)
class TracedLine:
    """A line that discounts, or its price alone, brought below its floor of then."""

    sku_id: SkuId
    guarded: GuardedLine


@attrs.frozen(kw_only=True)
class TraceGuard:
    """Tell what the margin guard did to an order, of what the order kept."""

    unit_of_work: UnitOfWork

    def __call__(self, *, actor: Actor, order_id: OrderId) -> GuardTrace | None:
        """None where there is no such order, or nothing of it was guarded.

        :raises Forbidden: if the actor may not see floors, or no orders.
        """
        policy.may(actor, Permission.VIEW_FLOORS)
        policy.may(actor, Permission.VIEW_ORDERS)
        with self.unit_of_work.reading(actor) as storage:
            kept = storage.amendments.input(order_id)
        if kept is None or kept.guard is None:
            return None
        lines = (TracedLine(sku_id=kept.lines[one.at].sku_id, guarded=one) for one in fold(kept).guarded)
        return GuardTrace(policy=kept.guard.policy, lines=tuple(lines))


def _floor(asked: AskedFloor, currency: Currency, line: int) -> SkuFloor | None:
    """:raises InvalidFloor: if it can be none."""
    floor = _price(asked.floor, currency, InvalidFloor("FLOOR", line))
    cost = _price(asked.cost, currency, InvalidFloor("COST", line))
    margin = _margin(asked.margin, line)
    try:
        return SkuFloor.perhaps(floor=floor, cost=cost, margin=margin)
    except ValueError:
        raise InvalidFloor("MARGIN", line) from None


def _price(asked: Decimal | None, currency: Currency, refusal: InvalidFloor) -> UnitPrice | None:
    """:raises InvalidFloor: if it is no price."""
    try:
        return None if asked is None else UnitPrice.of(asked, currency)
    except ValueError:
        raise refusal from None


def _margin(asked: Decimal | None, line: int) -> Percentage | None:
    """:raises InvalidFloor: if it is none that a floor can be worked out with."""
    try:
        return None if asked is None else margin_of(asked)
    except ValueError:
        raise InvalidFloor("MARGIN", line) from None


def _lowest(asked: AskedApproval, currency: Currency, line: int, *, needed: bool) -> UnitPrice:
    """The price that is asked for; nothing is below nothing, where none is needed.

    :raises InvalidAllowance: if it can be none.
    """
    refusal = InvalidAllowance("LOWEST", line)
    if asked.lowest is None:
        if needed:
            raise refusal
        return UnitPrice(0, currency)
    try:
        return UnitPrice.of(asked.lowest, currency)
    except ValueError:
        raise refusal from None


def _facts(floor: SkuFloor | None) -> Facts:
    """What there is to note of a floor."""
    if floor is None:
        return _NOTHING
    prices = {"floor": floor.floor, "cost": floor.cost}
    return {**{name: one.amount for name, one in prices.items() if one is not None}, **_share(floor.margin)}


def _share(margin: Percentage | None) -> Facts:
    return _NOTHING if margin is None else {"margin": f"{margin}%"}


def _told(one: FloorApproval) -> dict[str, str]:
    return {"sku": one.sku_id, "lowest": one.lowest.amount, "until": one.until.isoformat()}
