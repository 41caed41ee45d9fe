"""Prices that go below a floor, or above the base price for a tier, are flagged before they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from application.authorization import Actor, Forbidden, Permission
from application.floors import AskedFloor
from application.importing import PriceImport, Table
from application.price_flags import price_flags
from application.price_lists import AskedRise
from application.pricing import AskedPrice, AskedRung
from domain.floors import PriceFlag
from domain.money import Percentage
from domain.period import Period
from domain.pricing import EMPTY, PriceChange
from domain.promotions import Schedule
from kit import builders as a
from kit.specials import made
from kit.world import World

FLOOR, BASE = PriceFlag.BELOW_FLOOR, PriceFlag.ABOVE_BASE


def change(
    world: World, code: str, list_name: str, *rungs: tuple[str, str], unit: str | None = None
) -> PriceChange:
    ladder = a.ladder(*rungs) if rungs else EMPTY
    return PriceChange(world.shop.lists[list_name].id, world.shop.sku(code).id, ladder, unit)


def flags(world: World, *changes: PriceChange, by: Actor | None = None) -> list[tuple[PriceFlag, ...]]:
    actor = by or world.shop.clerk
    with world.database.unit_of_work.reading(actor) as storage:
        return price_flags(storage, actor, changes, at=world.clock.now())


def floor(world: World, code: str, price: str) -> None:
    asked = AskedFloor(sku_code=world.shop.sku(code).code, floor=Decimal(price))
    world.use.set_floors(actor=world.shop.clerk, floors=[asked])


class TestFlags:
    """Tea is 3.50, from 24 on 3.30, from 240 on 3.10; VIPs pay 95 % of that, or prices of their own."""

    def test_nothing_is_flagged_where_nothing_is_wrong(self, world: World) -> None:
        assert flags(world) == []
        assert flags(world, change(world, "TEA-500", "base", ("1", "3.5"))) == [()]
        assert flags(world, change(world, "TEA-500", "base")) == [()]

    def test_what_is_below_its_floor_is_told_to_those_who_may_see_floors(self, world: World) -> None:
        floor(world, "TEA-500", "3.2")
        below = change(world, "TEA-500", "promotion", ("1", "3.3"), ("24", "3.19"))
        assert flags(world, below, change(world, "TEA-500", "promotion", ("1", "3.2"), unit="case")) == [
            (FLOOR,),
            (FLOOR,),
        ]
        assert flags(world, change(world, "TEA-500", "promotion", ("1", "3.2"))) == [()]
        whole = [("1", price) for price in ("76.79", "76.80")]
        assert [flags(world, change(world, "TEA-500", "promotion", one, unit="case")) for one in whole] == [
            [(FLOOR,)],
            [()],
        ]
        blind = attrs.evolve(
            world.shop.clerk, permissions=world.shop.clerk.permissions - {Permission.VIEW_FLOORS}
        )
        assert flags(world, below, by=blind) == [()]

    def test_a_share_of_the_base_price_is_below_the_floor_with_it(self, world: World) -> None:
        floor(world, "TEA-500", "3.2")
        share = PriceChange(
            world.shop.lists["promotion"].id, world.shop.sku("TEA-500").id, a.ladder(("1", "90%"))
        )
        assert flags(world, share) == [(FLOOR,)]
        floor(world, "NUTS", "11.5")
        assert flags(world, change(world, "NUTS", "base", ("1", "12.09"))) == [(FLOOR,)]
        assert flags(world, change(world, "NUTS", "base", ("1", "12.1"))) == [()]
        # What a tier pays by a price of its own does not change with the base price.
        assert flags(world, change(world, "TEA-500", "base", ("1", "9"))) == [()]

    def test_a_unit_that_nothing_is_sold_in_is_passed_over(self, world: World) -> None:
        floor(world, "TEA-500", "3.2")
        assert flags(world, change(world, "TEA-500", "promotion", ("1", "1"), unit="gone")) == [()]


class TestAboveBase:
    def test_a_tier_that_would_pay_more_is_flagged_from_either_side(self, world: World) -> None:
        assert flags(world, change(world, "NUTS", "strategic", ("1", "12.01"))) == [(BASE,)]
        assert flags(world, change(world, "NUTS", "strategic", ("1", "12"))) == [()]
        assert flags(world, change(world, "NUTS", "promotion", ("1", "99"))) == [()]
        both = (change(world, "NUTS", "base", ("1", "13")), change(world, "NUTS", "strategic", ("1", "12.5")))
        assert flags(world, *both) == [(), ()]
        assert flags(world, change(world, "TEA-500", "base", ("1", "2.99"))) == [(BASE,)]
        assert flags(world, change(world, "TEA-500", "base", ("1", "3"), ("480", "2.8"))) == [()]
        assert flags(world, change(world, "TEA-500", "base", ("1", "3.2"), ("48", "2.9"))) == [(BASE,)]

    def test_it_is_compared_unit_by_unit(self, world: World) -> None:
        """A case of 24 is 24 bottles where it has no price of its own: 72.00 for whoever pays 3.00."""
        assert flags(world, change(world, "TEA-500", "base", ("1", "71.99"), unit="case")) == [(BASE,)]
        assert flags(world, change(world, "TEA-500", "base", ("1", "72"), ("480", "67.2"), unit="case")) == [
            ()
        ]
        assert flags(world, change(world, "TEA-500", "strategic", ("1", "84.01"), unit="case")) == [(BASE,)]


def imported(world: World, *rows: Sequence[str]) -> PriceImport:
    table = Table(("货号", "价格"), list(enumerate(rows, start=2)))
    return world.use.stage_prices(actor=world.shop.clerk, table=table, dry_run=True)


class TestWhereTheyAreTold:
    def test_in_a_dry_run_of_an_import(self, world: World) -> None:
        floor(world, "TEA-500", "3.2")
        found = imported(world, ("TEA-500", "3.1"), ("NUTS", "11"))
        assert [(one.code, one.flags) for one in found.staged] == [("TEA-500", (FLOOR,)), ("NUTS", ())]

    def test_in_a_preview_of_a_rise(self, world: World) -> None:
        floor(world, "TEA-500", "3.2")
        asked = AskedRise(
            list_id=world.shop.lists["base"].id,
            percentage=Percentage.of(90),
            sku_ids=frozenset({world.shop.sku("TEA-500").id, world.shop.sku("NUTS").id}),
        )
        risen = world.use.raise_prices(actor=world.shop.clerk, asked=asked, preview=True)
        tea = world.shop.sku("TEA-500").id
        # At 240 it would be 2.79, and somebody pays 3.00.
        assert {one.flags for one in risen if one.sku_id == tea} == {(FLOOR, BASE)}
        assert all(FLOOR not in one.flags for one in risen if one.sku_id != tea)


class TestSpecialPrices:
    """Tea is 3.50, from 24 on 3.30, from 240 on 3.10; VIPs pay 95 % of that."""

    def flags(self, world: World, price: str, code: str = "TEA-500", **rest: Any) -> tuple[PriceFlag, ...]:
        actor = rest.pop("by", world.shop.clerk)
        special = made(world, price, world.shop.sku(code), **rest)
        world.use.end_special_price(actor=world.shop.clerk, special_price_id=special.id)
        return world.use.flag_special_price(actor=actor, special=special)

    def test_a_price_is_compared_with_the_floor(self, world: World) -> None:
        assert self.flags(world, "0.01") == ()
        floor(world, "TEA-500", "3.2")
        assert [self.flags(world, price) for price in ("3.19", "3.2")] == [(FLOOR,), ()]
        # A case is 24 bottles.
        assert [self.flags(world, price, unit="箱") for price in ("76.79", "76.80")] == [(FLOOR,), ()]

    def test_a_share_is_one_of_the_base_price_or_of_what_tiers_pay(self, world: World) -> None:
        floor(world, "TEA-500", "2.79")
        # Of 3.10 that is 2.79; of what a VIP pays it is less, which counts where it stacks.
        assert self.flags(world, "90%") == ()
        assert self.flags(world, "90%", stacks=True) == (FLOOR,)
        assert self.flags(world, "89%") == (FLOOR,)
        assert self.flags(world, "50%", "CUP") == ()

    def test_it_is_told_to_those_who_may_see_floors(self, world: World) -> None:
        floor(world, "TEA-500", "3.2")
        clerk = world.shop.clerk
        blind = attrs.evolve(clerk, permissions=clerk.permissions - {Permission.VIEW_FLOORS})
        assert self.flags(world, "1", by=blind) == ()
        with pytest.raises(Forbidden):
            self.flags(world, "1", by=world.shop.buyer())

    def test_a_unit_that_nothing_is_sold_in_is_passed_over(self, world: World) -> None:
        floor(world, "TEA-500", "3.2")
        special = attrs.evolve(made(world, "1", world.shop.sku("TEA-500")), unit="gone")
        assert world.use.flag_special_price(actor=world.shop.clerk, special=special) == ()

    def test_one_that_is_to_come_is_compared_with_what_holds_then(self, world: World) -> None:
        floor(world, "NUTS", "6")
        later = world.clock.now() + timedelta(days=3)
        rung = AskedRung(min_quantity=Decimal(1), unit_price=Decimal("11.98"))
        asked = AskedPrice(sku_id=world.shop.sku("NUTS").id, valid_from=later, rungs=(rung,))
        world.use.set_prices(actor=world.shop.clerk, prices=[asked])
        schedule = Schedule(validity=Period(later))
        assert self.flags(world, "50%", "NUTS") == ()
        assert self.flags(world, "50%", "NUTS", schedule=schedule) == (FLOOR,)
