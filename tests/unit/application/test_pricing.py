"""Prices are set by the ladder, all or none, and each touches its own key only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Forbidden, Permission, Unauthenticated
from application.pricing import MOST_PRICES, AskedPrice, AskedRung, TooManyPrices
from domain.catalog import UnknownSku, UnknownUnit
from domain.errors import DomainError, Refused
from domain.identity import PriceListId, SkuCode, SkuId
from domain.ladders import MOST_DATED, AnyLadder, Ladders
from domain.period import ALWAYS, Period
from domain.pricing import MOST_RUNGS, InvalidPrice, UnknownPriceList
from domain.trail import facts_of
from kit.builders import NOON, ladder, product, sku
from kit.world import World, furnish


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def rungs(*asked: tuple[str, str]) -> tuple[AskedRung, ...]:
    return tuple(
        AskedRung(min_quantity=Decimal(least), percentage=Decimal(price.removesuffix("%")))
        if price.endswith("%")
        else AskedRung(min_quantity=Decimal(least), unit_price=Decimal(price))
        for least, price in asked
    )


def tea(*asked: tuple[str, str], **changed: Any) -> AskedPrice:
    return attrs.evolve(AskedPrice(sku_code=SkuCode("TEA-500"), rungs=rungs(*asked)), **changed)


def set_prices(world: World, *prices: AskedPrice) -> tuple[SkuId, ...]:
    return world.use.set_prices(actor=world.shop.clerk, prices=prices)


def faults(world: World, *prices: AskedPrice) -> tuple[DomainError, ...]:
    before = ladders(world)
    with pytest.raises(Refused) as caught:
        set_prices(world, *prices)
    assert ladders(world) == before
    return caught.value.refusals


def ladders(world: World) -> Mapping[tuple[PriceListId, SkuId], AnyLadder]:
    lists = [one.id for one in world.shop.lists.values()]
    with world.database.unit_of_work.reading(world.shop.operator) as storage:
        return dict(storage.prices.ladders(list_ids=lists))


def of(world: World, name: str, code: str = "TEA-500") -> AnyLadder | None:
    return ladders(world).get((world.shop.lists[name].id, world.shop.sku(code).id))


def test_sets_the_base_price_where_no_list_is_named(world: World) -> None:
    before = dict(ladders(world))
    assert set_prices(world, tea(("10", "3.20"), ("1", "3.40"))) == (world.shop.sku("TEA-500").id,)
    assert of(world, "base") == ladder((1, "3.40"), (10, "3.20"))
    changed = {key for key, value in ladders(world).items() if before.get(key) != value}
    assert changed == {(world.shop.lists["base"].id, world.shop.sku("TEA-500").id)}


@pytest.mark.parametrize("by", ["id", "code"])
def test_sets_the_price_of_a_tier_named_by_id_or_code(world: World, by: str) -> None:
    vip = world.shop.tiers["vip"]
    set_prices(world, tea(("1", "3.10"), tier=vip.id if by == "id" else vip.code))
    assert of(world, "vip") == ladder((1, "3.10"))


def test_sets_a_share_in_a_price_list(world: World) -> None:
    set_prices(world, tea(("12", "88%"), price_list=world.shop.lists["promotion"].id))
    assert of(world, "promotion") == ladder((12, "88%"))


def test_takes_a_sku_out_of_a_list_where_no_rungs_are_given(world: World) -> None:
    set_prices(world, tea(tier="STRATEGIC"))
    assert of(world, "strategic") is None
    assert of(world, "strategic", "WATER-550") is not None


def test_answers_with_each_sku_once(world: World) -> None:
    nuts = AskedPrice(sku_id=world.shop.sku("NUTS").id, rungs=rungs(("1", "11")))
    answer = set_prices(world, tea(("1", "3")), nuts, tea(("1", "2.90"), tier="VIP"))
    assert answer == (world.shop.sku("TEA-500").id, world.shop.sku("NUTS").id)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ((("1", "-0.01"),), "NOT_A_PRICE"),
        ((("1", "0.00001"),), "NOT_A_PRICE"),
        ((("1", "10000000.01"),), "NOT_A_PRICE"),
        ((("1", "NaN"),), "NOT_A_PRICE"),
        ((("1", "1E+400"),), "NOT_A_PRICE"),
        ((("1", "-1%"),), "NOT_A_PERCENTAGE"),
        ((("1", "1000.01%"),), "NOT_A_PERCENTAGE"),
        ((("1", "NaN%"),), "NOT_A_PERCENTAGE"),
        ((("1", "95%"),), "SHARE_OF_NOTHING"),
        ((("1", "3.333"),), "TOO_FINE"),
        ((("0", "3"),), "BREAKS"),
        ((("-1", "3"),), "BREAKS"),
        ((("0.0001", "3"),), "BREAKS"),
        ((("NaN", "3"),), "BREAKS"),
        ((("1", "3"), ("1.0", "2")), "BREAKS"),
        (tuple((str(at + 1), "3") for at in range(MOST_RUNGS + 1)), "BREAKS"),
    ],
)
def test_names_what_is_wrong_with_a_ladder(
    world: World, asked: tuple[tuple[str, str], ...], reason: str
) -> None:
    assert faults(world, tea(*asked)) == (InvalidPrice(reason),)


@pytest.mark.parametrize(
    "rung",
    [
        AskedRung(min_quantity=Decimal(1)),
        AskedRung(min_quantity=Decimal(1), unit_price=Decimal(3), percentage=Decimal(95)),
    ],
)
def test_takes_either_a_price_or_a_percentage(world: World, rung: AskedRung) -> None:
    assert faults(world, tea(rungs=(rung,))) == (InvalidPrice("PRICE_OR_PERCENTAGE"),)


def test_takes_what_is_free(world: World) -> None:
    set_prices(world, tea(("1", "0")), tea(("1", "0%"), tier="VIP"))
    assert (of(world, "base"), of(world, "vip")) == (ladder((1, 0)), ladder((1, "0%")))


@pytest.mark.parametrize(
    ("named", "reference"),
    [
        ({"price_list": "pls_nowhere"}, "pls_nowhere"),
        ({"tier": "NOBODY"}, "NOBODY"),
        ({"tier": ""}, ""),
        ({"price_list": "pls_x", "tier": "VIP"}, "pls_x"),
    ],
)
def test_knows_only_lists_and_tiers_there_are(world: World, named: dict[str, str], reference: str) -> None:
    assert faults(world, tea(("1", "3"), **named)) == (UnknownPriceList(reference),)


def test_takes_a_list_or_a_tier_and_not_both(world: World) -> None:
    promotion = world.shop.lists["promotion"].id
    assert faults(world, tea(("1", "3"), price_list=promotion, tier="VIP")) == (UnknownPriceList(promotion),)


def test_does_not_know_the_lists_and_goods_of_another_merchant(world: World) -> None:
    theirs, their_tea = world.other.lists["base"].id, world.other.sku("TEA-500").id
    assert faults(world, tea(("1", "3"), price_list=theirs), tea(("1", "3"), sku_id=their_tea)) == (
        UnknownPriceList(theirs, 0),
        UnknownSku(their_tea, 1),
    )


@pytest.mark.parametrize(
    ("named", "reference"),
    [
        ({"sku_id": SkuId.of(bytes(16))}, SkuId.of(bytes(16))),
        ({"sku_code": SkuCode("GONE")}, "GONE"),
        ({"sku_code": None, "reference": "茶"}, "茶"),
        ({"sku_code": None}, ""),
    ],
)
def test_knows_only_goods_there_are(world: World, named: dict[str, Any], reference: str) -> None:
    odd = product(world.ids, name="问号", skus=[sku(world.ids, code="?")])
    world.add([odd])
    assert faults(world, tea(("1", "3"), **named)) == (UnknownSku(reference),)


def test_takes_each_sku_once_in_each_list(world: World) -> None:
    tea_id = world.shop.sku("TEA-500").id
    again = AskedPrice(sku_id=tea_id, rungs=rungs(("1", "2")))
    assert faults(world, tea(("1", "3")), tea(("1", "3"), tier="VIP"), again) == (InvalidPrice("TWICE", 2),)


def test_names_every_fault_and_sets_nothing(world: World) -> None:
    assert faults(world, tea(("1", "3")), tea(("0", "3"), tier="VIP"), tea(("1", "3"), tier="?")) == (
        InvalidPrice("BREAKS", 1),
        UnknownPriceList("?", 2),
    )


@pytest.mark.parametrize("many", [0, MOST_PRICES + 1])
def test_takes_one_to_a_thousand_ladders(world: World, many: int) -> None:
    assert faults(world, *[tea(("1", "3"))] * many) == (TooManyPrices(many),)


def test_is_for_staff_who_manage_prices(world: World) -> None:
    manager = world.shop.colleague(Permission.MANAGE_PRICES)
    assert world.use.set_prices(actor=manager, prices=[tea(("1", "3"))])
    for actor in (world.shop.buyer(), world.shop.colleague(Permission.MANAGE_STOCK)):
        with pytest.raises(Forbidden):
            world.use.set_prices(actor=actor, prices=[tea(("1", "3"))])
    with pytest.raises(Unauthenticated):
        world.use.set_prices(actor=world.shop.guest, prices=[tea(("1", "3"))])


TOMORROW = NOON + timedelta(days=1)
SALE = {"valid_from": TOMORROW, "valid_until": TOMORROW + timedelta(days=1)}


def test_sets_the_price_of_a_unit_beside_that_of_the_base_unit(world: World) -> None:
    set_prices(world, tea(("1", "40"), unit="箱"), tea(("1", "3.40"), unit="bottle"))
    said = of(world, "base")
    assert isinstance(said, Ladders)
    assert {one.unit: one.ladder for one in said.of} == {None: ladder((1, "3.40")), "case": ladder((1, 40))}


def test_sets_prices_for_a_time_beside_those_that_always_hold(world: World) -> None:
    before = of(world, "base")
    set_prices(world, tea(("1", "2"), **SALE, priority=2))
    said = of(world, "base")
    assert isinstance(said, Ladders)
    found = {(one.validity, one.priority): one.ladder for one in said.of}
    assert found == {
        (ALWAYS, 0): before,
        (Period(TOMORROW, TOMORROW + timedelta(days=1)), 2): ladder((1, "2")),
    }
    set_prices(world, tea(**SALE))
    assert of(world, "base") == before


def test_notes_what_was_and_what_is(world: World) -> None:
    set_prices(world, tea(("1", "2"), valid_until=TOMORROW), tea(("1", "3")))
    entries = world.database.vault.shop(world.shop.merchant.id).trail.values()  # type: ignore[attr-defined]  # memory
    noted = [(facts_of(one.before)["ladder"], facts_of(one.after)["ladder"]) for one in entries]
    assert noted == [
        ("", "/2026-03-03T04:00:00+00:00 1: 2.00"),
        ("1: 3.50; 24: 3.30; 240: 3.10", "1: 3.00"),
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"priority": 1001}, "PRIORITY"),
        ({"priority": -1001}, "PRIORITY"),
        ({"valid_from": TOMORROW, "valid_until": TOMORROW}, "VALIDITY"),
        ({"valid_until": NOON}, "VALIDITY"),
    ],
)
def test_names_what_is_wrong_with_the_time_of_a_ladder(
    world: World, changed: dict[str, Any], reason: str
) -> None:
    assert faults(world, tea(("1", "3"), **changed)) == (InvalidPrice(reason),)


def test_names_a_unit_that_the_sku_is_not_sold_in(world: World) -> None:
    sku_ = world.shop.sku("TEA-500")
    assert faults(world, tea(("1", "3"), unit="托")) == (UnknownUnit(sku_.id, "托", sku_.units),)


def test_one_call_sets_several_times_of_one_sku_but_none_twice(world: World) -> None:
    set_prices(world, tea(("1", "3")), tea(("1", "2"), **SALE))
    assert faults(world, tea(("1", "2"), **SALE), tea(("1", "1"), valid_from=TOMORROW)) == (
        InvalidPrice("TWICE", 1),
    )


def test_a_sku_has_not_too_many_ladders_in_a_list(world: World) -> None:
    days = [TOMORROW + timedelta(days=at) for at in range(MOST_DATED)]
    set_prices(world, *(tea(("1", "2"), valid_from=day) for day in days[:-1]))
    assert faults(world, tea(("1", "3")), tea(("1", "2"), valid_from=days[-1])) == (
        InvalidPrice("TOO_MANY", 1),
    )
