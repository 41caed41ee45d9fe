"""Carts, shopping lists and order templates, with a canary in each text and figure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from application.authorization import Actor, Permission
from application.cart import AskedLine
from application.order_templates import AskedAudience
from domain.cart import CartLine
from domain.catalog import Sku
from domain.identity import CartLineId, CustomerId
from domain.quoting import MOST_LINES
from kit import builders as a
from kit.walls.secrets import House, Marker, Reach, Secrets
from kit.world import Shop, World

if TYPE_CHECKING:
    from kit.walls.scene import Numbers


def fill_carts(
    world: World,
    shop: Shop,
    *,
    companies: Collection[str],
    sku: Callable[[str], Sku],
    marker: Marker,
    numbers: Numbers,
    house: House,
    secrets: Secrets,
) -> Mapping[str, str]:
    """Give every company a cart and two lists, one of them somebody's own; the ids, each with its company."""
    of: dict[str, str] = {}
    about = f"a cart or list of {shop.merchant.slug}"

    def lines() -> Iterator[AskedLine]:
        for code in ("TEA-500", "NUTS"):
            yield AskedLine(
                sku_id=sku(code).id,
                quantity=Decimal(next(numbers.wanted)),
                note=marker.text("备注"),
                text=marker.text("自己的叫法"),
            )

    for name in companies:
        actor = attrs.evolve(shop.buyer(name), approved=True)
        company = shop.customers[name].id
        seen = _buying(house, company)
        own = _buying(house, company, person=str(actor.person_id))
        in_cart = [*lines()]
        world.use.add_to_cart(actor=actor, key=a.key(f"cart {marker.text(name)}"), lines=in_cart)
        with world.database.unit_of_work.reading(actor) as storage:
            found = storage.carts.get(company).lines
        for line in found:
            of[line.id] = company
            values: tuple[object, ...] = (line.id, line.quantity, line.note, line.written)
            for value in values:
                secrets.add(value, seen, about)
        for shared, reach in ((True, seen), (False, own)):
            made = world.use.save_shopping_list(
                actor=actor, name=marker.text("常购"), shared=shared, lines=[*lines()]
            )
            of[made.id] = company
            values = (made.id, made.name, *(one.quantity for one in made.lines))
            for value in values:
                secrets.add(value, reach, about)
    tier = shop.tiers["vip"].id
    for audience in ([], [AskedAudience(id=tier, reference=tier)]):
        template = world.use.save_order_template(
            actor=shop.clerk, name=marker.text("模板"), audience=audience, lines=[*lines()]
        )
        reach = _proposed(house, {tier} if audience else None)
        values = (template.id, template.name, *(one.quantity for one in template.lines))
        for value in values:
            secrets.add(value, reach, f"a template of {shop.merchant.slug}")
    return of


def _buying(house: House, company: str, *, person: str | None = None) -> Reach:
    """Whoever buys for the company or for one above it; of a list of somebody's own, they alone."""

    def reach(actor: Actor) -> bool:
        if actor.merchant_id != house.merchant.id or not actor.has(Permission.PLACE_ORDERS):
            return False
        return house.within(actor, company) and person in (None, str(actor.person_id))

    return reach


def _proposed(house: House, tiers: Collection[str] | None) -> Reach:
    """Buyers of the companies it is for, staff who make templates, and whoever reads who made them."""

    def reach(actor: Actor) -> bool:
        if actor.merchant_id != house.merchant.id:
            return False
        if actor.has(Permission.MANAGE_CATALOG) or actor.has(Permission.VIEW_TRAIL):
            return True
        had = tiers is None or house.tier_of.get(str(actor.customer_id)) in tiers
        return actor.has(Permission.PLACE_ORDERS) and had

    return reach


def fill_up(world: World, actor: Actor, company: CustomerId, sku: Sku) -> Callable[[], None]:
    """Put as many lines into a cart as it has room for; calling what is answered makes it as it was."""
    with world.database.unit_of_work(actor) as storage:
        before = storage.carts.lock(company)
        many = tuple(
            CartLine(
                id=world.ids.new(CartLineId),
                sku_id=sku.id,
                unit=f"u{at}",
                quantity=a.pieces(1),
                place=1_000 + at,
            )
            for at in range(MOST_LINES - len(before.lines))
        )
        storage.carts.save(before, attrs.evolve(before, lines=(*before.lines, *many)))

    def undo() -> None:
        with world.database.unit_of_work(actor) as storage:
            storage.carts.save(storage.carts.lock(company), before)

    return undo
