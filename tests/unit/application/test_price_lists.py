"""Price lists: made, changed, copied; prices raised after a look at it; noted, and for those who manage prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Forbidden, Permission
from application.price_lists import AskedAudience, AskedList, AskedRise, InvalidPriceList, Risen
from application.pricing import TooManyPrices
from domain.errors import DomainError, Refused
from domain.groups import GroupKind
from domain.identity import CustomerGroupId, CustomerId, PriceListId, PriceTierId, SkuId
from domain.ladders import AnyLadder, Ladders
from domain.money import Percentage
from domain.period import Period
from domain.pricing import InvalidPrice, PriceChange, PriceList, PriceSource, PricesSet, UnknownPriceList
from domain.trail import facts_of
from domain.visibility import UnknownAudience
from kit import builders as a
from kit.builders import NOON, ladder
from kit.world import World, furnish

DAY = timedelta(days=1)
NEW = AskedList(name="新价")
EVERYONE = AskedAudience()


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def refused(act: Callable[..., Any], **given: Any) -> tuple[DomainError, ...]:
    with pytest.raises(Refused) as caught:
        act(**given)
    return caught.value.refusals


def noted(world: World) -> list[tuple[str, str, Mapping[str, str], Mapping[str, str]]]:
    entries = world.database.vault.shop(world.shop.merchant.id).trail.values()  # type: ignore[attr-defined]  # memory
    return [(one.operation, one.about_id, facts_of(one.before), facts_of(one.after)) for one in entries]


def stored(world: World, list_id: PriceListId) -> PriceList:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        (one,) = storage.prices.lists([list_id])
    return one


def said(world: World, list_id: PriceListId) -> dict[SkuId, AnyLadder]:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return {sku_id: one for (_, sku_id), one in storage.prices.ladders(list_ids=[list_id]).items()}


def create(world: World, audience: AskedAudience = EVERYONE, asked: AskedList = NEW) -> PriceList:
    return world.use.create_price_list(actor=world.shop.clerk, asked=asked, audience=audience)


class TestCreate:
    def test_makes_one_for_whom_it_is_asked(self, world: World) -> None:
        region, free = a.group(world.ids, name="北方"), a.group(world.ids, name="散客", kind=GroupKind.FREE)
        world.add([region, free])
        company, tier = world.shop.customers["vip"].id, world.shop.tiers["vip"]
        found = [
            create(world),
            create(world, AskedAudience(customer_id=company)),
            create(world, AskedAudience(customer_id=company, contract=True)),
            create(world, AskedAudience(group_id=free.id)),
            create(world, AskedAudience(group_id=region.id)),
            create(world, AskedAudience(tier_id=tier.id)),
        ]
        told = [(one.source, one.customer_id, one.group_id, one.region_id, one.tier) for one in found]
        listed = PriceSource.PRICE_LIST
        assert told == [
            (listed, None, None, None, None),
            (listed, company, None, None, None),
            (PriceSource.CONTRACT, company, None, None, None),
            (listed, None, free.id, None, None),
            (listed, None, None, region.id, None),
            (listed, None, None, None, tier),
        ]
        assert [stored(world, one.id) for one in found] == found
        assert [operation for operation, *_ in noted(world)] == ["createPriceList"] * 6

    def test_refuses_one_that_cannot_be(self, world: World) -> None:
        vip = world.shop.customers["vip"].id
        asked = AskedList(name=" ", priority=1001, valid_from=NOON, valid_until=NOON)
        given = {"actor": world.shop.clerk, "asked": asked, "audience": EVERYONE}
        wrong = tuple(InvalidPriceList(reason) for reason in ("NAME", "PRIORITY", "VALIDITY"))
        assert refused(world.use.create_price_list, **given) == wrong
        for audience in (
            AskedAudience(customer_id=vip, tier_id=world.shop.tiers["vip"].id),
            AskedAudience(contract=True),
        ):
            given = {"actor": world.shop.clerk, "asked": NEW, "audience": audience}
            assert refused(world.use.create_price_list, **given) == (InvalidPriceList("AUDIENCE"),)

    def test_knows_only_audiences_there_are(self, world: World) -> None:
        theirs, ids = world.other.customers["vip"].id, world.ids
        for audience, reference in (
            (AskedAudience(customer_id=theirs), theirs),
            (AskedAudience(customer_id=(one := ids.new(CustomerId))), one),
            (AskedAudience(group_id=(two := ids.new(CustomerGroupId))), two),
            (AskedAudience(tier_id=(three := ids.new(PriceTierId))), three),
        ):
            given = {"actor": world.shop.clerk, "asked": NEW, "audience": audience}
            assert refused(world.use.create_price_list, **given) == (UnknownAudience(reference),)


class TestChange:
    def test_changes_all_but_the_audience(self, world: World) -> None:
        before = world.shop.lists["vip promotion"]
        asked = AskedList(name=" 秋季 ", priority=5, valid_until=NOON + DAY)
        after = world.use.change_price_list(actor=world.shop.clerk, list_id=before.id, asked=asked)
        assert after == attrs.evolve(before, name="秋季", priority=5, validity=Period(end=NOON + DAY))
        assert stored(world, before.id) == after
        [(operation, about, was, now)] = noted(world)
        assert (operation, about) == ("changePriceList", before.id)
        assert (was["name"], was["priority"], was["validUntil"]) == ("VIP 特惠", "2", "")
        assert (now["name"], now["priority"], now["validUntil"]) == ("秋季", "5", (NOON + DAY).isoformat())

    def test_leaves_standard_lists_as_they_are(self, world: World) -> None:
        for name in ("base", "vip"):
            given = {"actor": world.shop.clerk, "list_id": world.shop.lists[name].id, "asked": NEW}
            assert refused(world.use.change_price_list, **given) == (InvalidPriceList("STANDARD"),)

    def test_knows_only_lists_there_are(self, world: World) -> None:
        theirs = world.other.lists["promotion"].id
        given = {"actor": world.shop.clerk, "list_id": theirs, "asked": NEW}
        assert refused(world.use.change_price_list, **given) == (UnknownPriceList(theirs),)


class TestCopy:
    def copy(
        self, world: World, name: str, audience: AskedAudience | None = None, asked: AskedList = NEW
    ) -> PriceList:
        list_id = world.shop.lists[name].id
        return world.use.copy_price_list(
            actor=world.shop.clerk, list_id=list_id, asked=asked, audience=audience
        )

    def test_takes_every_price_that_is_not_over(self, world: World) -> None:
        base, nuts = world.shop.lists["base"], world.shop.sku("NUTS").id
        changes = [
            PriceChange(base.id, nuts, ladder((1, price)), unit, validity, priority)
            for price, unit, validity, priority in (
                (9, None, Period(NOON - 2 * DAY, NOON), 0),
                (8, None, Period(NOON + DAY), 3),
                (90, "case", Period(), 0),
            )
        ]
        with world.database.unit_of_work(world.shop.clerk) as storage:
            fact = PricesSet(at=NOON, list_id=base.id, sku_ids=(nuts,))
            storage.prices.set(changes, event=fact)
        one = self.copy(world, "base")
        assert one == PriceList(id=one.id, source=PriceSource.PRICE_LIST, name="新价")
        there, copied = said(world, base.id), said(world, one.id)
        both = there.pop(nuts), copied.pop(nuts)
        assert copied == there
        assert isinstance(both[0], Ladders)
        assert isinstance(both[1], Ladders)
        assert {*both[1].of} == {one for one in both[0].of if one.validity.end is None}

    def test_is_for_the_same_or_for_another(self, world: World) -> None:
        same, vip = self.copy(world, "contract"), world.shop.customers["vip"].id
        assert (same.source, same.customer_id) == (
            PriceSource.CONTRACT,
            world.shop.customers["contract"].id,
        )
        other = self.copy(world, "contract", AskedAudience(customer_id=vip))
        assert (other.source, other.customer_id) == (PriceSource.PRICE_LIST, vip)
        assert said(world, other.id) == said(world, world.shop.lists["contract"].id)
        assert noted(world)[-1][3]["copyOf"] == world.shop.lists["contract"].id

    def test_is_not_endless(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("application.price_lists.MOST_COPIED", 3)
        given = {"actor": world.shop.clerk, "asked": NEW, "audience": None}
        list_id = world.shop.lists["base"].id
        assert refused(world.use.copy_price_list, list_id=list_id, **given) == (TooManyPrices(7, 3),)


class TestRaise:
    def rise(
        self, world: World, name: str = "base", *, preview: bool = False, **asked: Any
    ) -> tuple[Risen, ...]:
        rise = AskedRise(list_id=world.shop.lists[name].id, **asked)
        return world.use.raise_prices(actor=world.shop.clerk, asked=rise, preview=preview)

    def test_says_what_would_change_and_then_changes_it(self, world: World) -> None:
        tea = world.shop.sku("TEA-500").id
        before = said(world, world.shop.lists["base"].id)
        given: dict[str, Any] = {"percentage": Percentage.of(105), "sku_ids": frozenset({tea})}
        [told] = self.rise(world, preview=True, **given)
        assert (told.sku_id, told.unit) == (tea, None)
        assert told.before == ladder((1, "3.50"), (24, "3.30"), (240, "3.10"))
        assert told.after == ladder((1, "3.68"), (24, "3.47"), (240, "3.26"))
        assert told.percentage == "5.14"
        assert said(world, world.shop.lists["base"].id) == before
        assert noted(world) == []
        assert self.rise(world, **given) == (told,)
        assert said(world, world.shop.lists["base"].id) == {**before, tea: told.after}
        assert [operation for operation, *_ in noted(world)] == ["raisePrices"]

    def test_adds_an_amount_to_every_unit_from_a_moment_on(self, world: World) -> None:
        base, soda = world.shop.lists["base"].id, world.shop.sku("SODA").id
        with world.database.unit_of_work(world.shop.clerk) as storage:
            fact = PricesSet(at=NOON, list_id=base, sku_ids=(soda,))
            storage.prices.set(
                [
                    PriceChange(base, soda, ladder((1, 40)), "case"),
                    PriceChange(base, soda, ladder((1, 1)), None, Period(NOON, NOON + DAY)),
                    PriceChange(base, soda, ladder((1, 3)), None, Period(NOON - DAY)),
                ],
                event=fact,
            )
        start = NOON + DAY
        found = self.rise(world, amount=-5_000, sku_ids=frozenset({soda}), valid_from=start)
        assert [(one.unit, one.after) for one in found] == [
            (None, ladder((1, "2.50"))),
            ("case", ladder((1, "39.50"))),
        ]
        there = said(world, base)[soda]
        assert isinstance(there, Ladders)
        assert there.at(start).ladder == ladder((1, "2.50"))
        assert there.at(NOON).ladder == ladder((1, 1))

    def test_finds_those_of_a_category_and_a_brand(self, world: World) -> None:
        tea, brand = world.shop.categories["tea"].id, world.shop.brands["spring"].id
        everything = self.rise(world, amount=100, preview=True)
        some = self.rise(world, amount=100, preview=True, category_id=tea)
        assert 0 < len(some) < len(everything)
        both = self.rise(world, amount=100, preview=True, category_id=tea, brand_id=brand)
        assert {one.sku_id for one in both} <= {one.sku_id for one in some}

    def test_leaves_shares_as_they_are(self, world: World) -> None:
        found = self.rise(world, "strategic", percentage=Percentage.of(110), preview=True)
        assert [one.sku_id for one in found] == [world.shop.sku("TEA-500").id]

    def test_a_free_price_rises_by_no_percentage(self, world: World) -> None:
        free = Risen(world.shop.sku("NUTS").id, None, ladder((1, 0)), ladder((1, 1)))
        down = Risen(world.shop.sku("NUTS").id, None, ladder((1, 2)), ladder((1, 1)))
        assert (free.percentage, down.percentage) == (None, "-50.00")

    @pytest.mark.parametrize(
        ("asked", "reason"),
        [
            ({}, "PRICE_OR_PERCENTAGE"),
            ({"amount": 1, "percentage": Percentage.of(1)}, "PRICE_OR_PERCENTAGE"),
            ({"amount": 100, "valid_from": NOON - DAY}, "VALIDITY"),
        ],
    )
    def test_refuses_what_is_no_change(self, world: World, asked: dict[str, Any], reason: str) -> None:
        with pytest.raises(Refused) as caught:
            self.rise(world, **asked)
        assert caught.value.refusals == (InvalidPrice(reason),)

    def test_refuses_prices_that_cannot_be_and_changes_none(self, world: World) -> None:
        before = said(world, world.shop.lists["base"].id)
        for amount in (-20_000, 1):
            with pytest.raises(Refused) as caught:
                self.rise(world, amount=amount)
            assert {type(one) for one in caught.value.refusals} == {InvalidPrice}
        assert said(world, world.shop.lists["base"].id) == before

    def test_refuses_where_nothing_would_change(self, world: World) -> None:
        with pytest.raises(Refused) as caught:
            self.rise(world, percentage=Percentage.of(100))
        assert caught.value.refusals == (TooManyPrices(0),)

    @pytest.mark.parametrize("preview", [True, False])
    def test_knows_only_lists_there_are(self, world: World, preview: bool) -> None:
        theirs = world.other.lists["base"].id
        given = {"actor": world.shop.clerk, "asked": AskedRise(list_id=theirs, amount=100)}
        assert refused(world.use.raise_prices, preview=preview, **given) == (UnknownPriceList(theirs),)


def test_is_for_those_who_manage_prices(world: World) -> None:
    one, stranger = world.shop.lists["promotion"].id, world.shop.colleague(Permission.VIEW_CUSTOMERS)
    with pytest.raises(Forbidden):
        world.use.create_price_list(actor=stranger, asked=NEW, audience=EVERYONE)
    with pytest.raises(Forbidden):
        world.use.change_price_list(actor=stranger, list_id=one, asked=NEW)
    with pytest.raises(Forbidden):
        world.use.copy_price_list(actor=stranger, list_id=one, asked=NEW, audience=None)
    with pytest.raises(Forbidden):
        world.use.raise_prices(actor=stranger, asked=AskedRise(list_id=one, amount=1), preview=True)
