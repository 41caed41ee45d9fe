"""Prices: every list a customer may get, and changes that touch what they name and nothing else."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from hypothesis import given

from application.ports.storage import Stale
from domain.identity import CustomerId, PriceListId, SkuId
from domain.ladders import AnyLadder
from domain.period import Period
from domain.pricing import EMPTY, Ladder, PriceChange, PriceList, PriceSource, PricesSet
from kit import builders as a
from kit.strategies import few, ladders
from kit.world import World


def names_for(world: World, customer: str | None) -> set[str]:
    """The short names of the lists that the customer may get."""
    sku = world.shop.sku("NUTS")
    customer_id = None if customer is None else world.shop.customers[customer].id
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        found = storage.prices.of_customer(customer_id, sku_ids=[sku.id])[sku.id]
    short = {one: name for name, one in world.shop.lists.items()}
    return {short[one] for one in found}


def set_prices(world: World, *changes: PriceChange) -> None:
    fact = PricesSet(
        at=a.NOON, list_id=changes[0].list_id, sku_ids=tuple(change.sku_id for change in changes)
    )
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.prices.set(changes, event=fact)


def all_ladders(world: World) -> dict[tuple[PriceListId, SkuId], AnyLadder]:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return dict(storage.prices.ladders(list_ids=[one.id for one in storage.prices.lists()]))


class TestLists:
    def test_it_knows_every_list_as_it_was_stored(self, world: World) -> None:
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert set(storage.prices.lists()) == set(world.shop.lists.values())

    def test_it_keeps_validity_and_priority(self, world: World) -> None:
        validity = Period(start=a.NOON, end=a.NOON + timedelta(days=1, microseconds=1))
        one = a.price_list(
            world.ids, source=PriceSource.PRICE_LIST, name="一天", priority=-3, validity=validity
        )
        world.add([one])
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert one in storage.prices.lists()


class TestLadders:
    def test_it_gives_all_of_the_lists_asked_for(self, world: World) -> None:
        base, contract = world.shop.lists["base"], world.shop.lists["contract"]
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            found = storage.prices.ladders(list_ids=[base.id, contract.id])
        assert found == {
            (world.shop.lists[name].id, sku_id): ladder
            for (name, sku_id), ladder in world.shop.ladders.items()
            if name in ("base", "contract")
        }

    def test_it_gives_those_of_the_skus_asked_for(self, world: World) -> None:
        base, tea = world.shop.lists["base"], world.shop.sku("TEA-500")
        soda, cup = world.shop.sku("SODA"), world.shop.sku("CUP")
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            found = storage.prices.ladders(list_ids=[base.id], sku_ids=[tea.id, soda.id, cup.id])
            assert storage.prices.ladders(list_ids=[base.id], sku_ids=[]) == {}
            assert storage.prices.ladders(list_ids=[]) == {}
        assert found == {
            (base.id, tea.id): world.shop.ladders["base", tea.id],
            (base.id, soda.id): world.shop.ladders["base", soda.id],
        }


class TestOfCustomer:
    @pytest.mark.parametrize(
        ("customer", "expected"),
        [
            (None, {"base", "promotion"}),
            ("regular", {"base", "promotion", "regular", "expired"}),
            ("vip", {"base", "promotion", "vip", "vip promotion"}),
            ("strategic", {"base", "promotion", "strategic"}),
            ("contract", {"base", "promotion", "vip", "vip promotion", "contract"}),
        ],
    )
    def test_it_gives_the_lists_for_this_customer_and_no_others(
        self, world: World, customer: str | None, expected: set[str]
    ) -> None:
        assert names_for(world, customer) == expected

    def test_it_gives_the_ladder_of_each_sku_in_each_list(self, world: World) -> None:
        shop = world.shop
        skus = [shop.sku(code) for code in ("TEA-500", "NUTS", "CUP")]
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            found = storage.prices.of_customer(
                shop.customers["strategic"].id, sku_ids=[sku.id for sku in skus]
            )
        assert found == {
            sku.id: {
                shop.lists[name]: shop.ladders.get((name, sku.id), EMPTY)
                for name in ("base", "promotion", "strategic")
            }
            for sku in skus
        }

    def test_it_gives_nothing_for_no_skus(self, world: World) -> None:
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.prices.of_customer(None, sku_ids=[]) == {}

    def test_it_treats_another_merchants_customer_as_nobody(self, world: World) -> None:
        sku = world.shop.sku("NUTS")
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            everyone = storage.prices.of_customer(None, sku_ids=[sku.id])
            for stranger in (world.other.customers["vip"].id, world.ids.new(CustomerId)):
                assert storage.prices.of_customer(stranger, sku_ids=[sku.id]) == everyone


class TestSet:
    @few
    @given(drawn=ladders(fewest=1))
    def test_it_gives_back_what_was_set(self, world: World, drawn: Ladder) -> None:
        one, sku = world.shop.lists["strategic"], world.shop.sku("NUTS")
        set_prices(world, PriceChange(one.id, sku.id, drawn))
        assert all_ladders(world)[one.id, sku.id] == drawn

    def test_it_replaces_what_it_names_and_nothing_else(self, world: World) -> None:
        base = world.shop.lists["base"]
        tea, nuts = world.shop.sku("TEA-500"), world.shop.sku("NUTS")
        before = all_ladders(world)
        changes = {
            (base.id, tea.id): a.ladder((1, "3.60")),
            (base.id, nuts.id): a.ladder((1, "13.00"), (10, "12.50")),
        }
        set_prices(world, *(PriceChange(*key, ladder) for key, ladder in changes.items()))
        assert all_ladders(world) == {**before, **changes}

    def test_it_takes_a_sku_out_of_the_list(self, world: World) -> None:
        base, tea = world.shop.lists["base"], world.shop.sku("TEA-500")
        before = all_ladders(world)
        set_prices(world, PriceChange(base.id, tea.id, EMPTY))
        del before[base.id, tea.id]
        assert all_ladders(world) == before

    def test_it_sets_prices_of_several_lists_at_once(self, world: World) -> None:
        tea = world.shop.sku("TEA-500")
        base, vip = world.shop.lists["base"], world.shop.lists["vip"]
        set_prices(
            world,
            PriceChange(base.id, tea.id, a.ladder((1, "4.00"))),
            PriceChange(vip.id, tea.id, a.ladder((1, "90%"))),
        )
        found = all_ladders(world)
        assert found[base.id, tea.id] == a.ladder((1, "4.00"))
        assert found[vip.id, tea.id] == a.ladder((1, "90%"))

    @pytest.mark.parametrize("whose", ["list", "sku"])
    def test_it_refuses_what_belongs_to_another_merchant(self, world: World, whose: str) -> None:
        mine, theirs = world.shop, world.other
        one: PriceList = (theirs if whose == "list" else mine).lists["base"]
        sku = (theirs if whose == "sku" else mine).sku("TEA-500")
        before = all_ladders(world)
        with pytest.raises(Stale):
            set_prices(world, PriceChange(one.id, sku.id, a.ladder((1, "0.01"))))
        assert all_ladders(world) == before
        with world.database.unit_of_work.reading(theirs.clerk) as storage:
            base = theirs.lists["base"].id
            kept = storage.prices.ladders(list_ids=[base], sku_ids=[theirs.sku("TEA-500").id])
        assert kept == {(base, theirs.sku("TEA-500").id): theirs.ladders["base", theirs.sku("TEA-500").id]}

    @pytest.mark.parametrize("first", [1, 5])
    def test_it_takes_what_is_alike_once(self, world: World, first: int) -> None:
        """Rungs of two ladders are never mixed, whether they have one in common or not."""
        one, nuts, before = world.shop.lists["strategic"], world.shop.sku("NUTS"), all_ladders(world)
        changes = [
            PriceChange(one.id, nuts.id, a.ladder((at, 9)), "case", Period(a.NOON), 3) for at in (1, first)
        ]
        with pytest.raises(Stale):
            set_prices(world, *changes)
        assert all_ladders(world) == before

    def test_it_counts_the_facts_of_a_list(self, world: World) -> None:
        """Setting the same list again and again never runs into its own facts."""
        base, tea = world.shop.lists["base"], world.shop.sku("TEA-500")
        for number in range(1, 4):
            set_prices(world, PriceChange(base.id, tea.id, a.ladder((1, number))))
        assert attrs.asdict(all_ladders(world)[base.id, tea.id])["rungs"]
