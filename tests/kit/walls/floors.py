"""A floor at either wholesaler that nothing reaches: one refuses what is below it, the other has to approve it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from application.authorization import Actor, Permission
from application.ports.floors import FloorApproval
from application.ports.quantity_rules import Allowance
from domain.catalog import Sku
from domain.floors import SkuFloor
from domain.money import UnitPrice
from kit import builders as a
from kit.walls.secrets import Secrets
from kit.world import Shop, World


def guard_something(world: World, shop: Shop, sku: Sku, *, prices: Iterator[int], secrets: Secrets) -> None:
    """Set a floor and a cost, and approve and allow what nobody asks for; only those who may see floors learn them."""

    def reach(actor: Actor) -> bool:
        return actor.merchant_id == shop.merchant.id and actor.has(Permission.VIEW_FLOORS)

    def price() -> UnitPrice:
        return a.yuan(f"{900_000 + next(prices) / 10_000:.4f}")

    floor, cost, lowest = price(), price(), price()
    approval = FloorApproval(
        customer_id=shop.customers["vip"].id,
        sku_id=sku.id,
        lowest=lowest,
        until=world.clock.now() + timedelta(days=9),
        reason="清仓",
    )
    allowance = Allowance(
        customer_id=approval.customer_id, sku_id=sku.id, until=approval.until, reason=approval.reason
    )
    with world.database.unit_of_work(shop.operator) as storage:
        storage.floors.lock([sku.id])
        storage.floors.set({sku.id: SkuFloor(floor=floor, cost=cost)})
        storage.floors.approve([approval])
        storage.quantity_rules.allow([allowance])
    for what, amount in (("floor", floor), ("cost", cost), ("lowest price", lowest)):
        secrets.add(amount, reach, f"a {what} of {shop.merchant.slug}")


def guard_nuts(world: World, shop: Shop, sku: Sku) -> None:
    """Set a floor that no order reaches, unless staff take off nearly all that it costs."""
    with world.database.unit_of_work(shop.operator) as storage:
        storage.floors.lock([sku.id])
        storage.floors.set({sku.id: SkuFloor(floor=a.yuan("0.01"))})
