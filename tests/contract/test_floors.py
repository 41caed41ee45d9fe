"""Floors over every storage: kept, guarding orders, approved below; and orders that can be worked out again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.amendments import AskedAdjustment
from application.authorization import Actor
from application.floors import AskedApproval, AskedFloor, AskedMargin
from application.ports.floors import FloorApproval
from application.ports.storage import Stale
from application.retrying import retrying
from domain.errors import Refused
from domain.floors import BelowFloor, BelowFloorNeedsApproval, SkuFloor
from domain.identity import SkuId
from domain.merchant import MarginGuard
from domain.money import Percentage, Rounding, UnitPrice
from domain.ordering import Order
from domain.promotions import Budget, Guard, Promotion
from domain.quoting import Quote
from kit import builders as a
from kit.builders import yuan
from kit.lying import tell
from kit.promoting import cny, drafted, less
from kit.racing import at_once
from kit.world import World

FULL = SkuFloor(floor=yuan("2.9"), cost=yuan("2.5"), margin=Percentage(1250))


def floors(world: World, **of: SkuFloor | None) -> Mapping[SkuId, UnitPrice]:
    """Set floors of SKUs by their codes, with `_` for `-`, and tell what they come to."""
    given = {world.shop.sku(code.replace("_", "-")).id: floor for code, floor in of.items()}
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.floors.lock(given)
        storage.floors.set(given)
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.floors.of_skus(given)


def asking(world: World, policy: MarginGuard, name: str = "regular") -> Actor:
    """A buyer as they come in: with what the merchant's row says by then."""
    actor = world.shop.buyer(name)
    merchant = attrs.evolve(actor.merchant, promotes=True, margin_guard=policy)
    return attrs.evolve(actor, merchant=merchant)


def made(world: World, one: Promotion, **changes: Any) -> Promotion:
    return world.use.create_promotion(actor=world.shop.clerk, draft=drafted(one, **changes))


def quote(world: World, policy: MarginGuard, many: int, *, by: str = "regular") -> Quote:
    basket = a.basket((world.shop.sku("TEA-500"), many))
    return world.use.quote_basket(actor=asking(world, policy, by), basket=basket)


def place(world: World, policy: MarginGuard, many: int, *, key: str = "k", by: str = "regular") -> Order:
    basket = a.basket((world.shop.sku("TEA-500"), many))
    return retrying(world.use.place_order)(
        actor=asking(world, policy, by), key=a.key(key), basket=basket, wishes=a.wishes()
    )


def refusals(world: World, policy: MarginGuard, many: int, *, key: str = "refused") -> tuple[Exception, ...]:
    with pytest.raises(Refused) as caught:
        place(world, policy, many, key=key)
    return caught.value.refusals


def findings(world: World) -> list[tuple[str, str]]:
    return [(one.invariant, one.about) for one in world.database.audit.findings()]


class TestFloors:
    def test_are_kept_as_they_are_set(self, world: World) -> None:
        tea = world.shop.sku("TEA-500").id
        of = {"TEA_500": FULL, "RICE": SkuFloor(cost=yuan("0.0375")), "NUTS": SkuFloor(floor=yuan("0"))}
        assert set(floors(world, **of).values()) == {yuan("2.9"), yuan("0.0375"), yuan("0")}
        foreign = world.other.sku("TEA-500").id
        with world.database.unit_of_work(world.shop.clerk) as storage:
            found = storage.floors.lock(
                [*(world.shop.sku(code.replace("_", "-")).id for code in of), foreign]
            )
            assert [found[world.shop.sku(code.replace("_", "-")).id] for code in of] == [*of.values()]
            assert foreign not in found
            assert storage.floors.lock([world.shop.sku("CUP").id]) == {world.shop.sku("CUP").id: None}
            assert storage.floors.of_skus([]) == {}
        again = SkuFloor(cost=yuan("2"))
        assert floors(world, TEA_500=again, RICE=None) == {tea: yuan("2")}
        with world.database.unit_of_work(world.other.clerk) as storage:
            assert storage.floors.of_skus([tea]) == {}
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.floors.set({foreign: FULL})

    def test_take_the_margin_of_the_nearest_category(self, world: World) -> None:
        shop = world.shop
        drinks, water = shop.categories["drinks"].id, shop.categories["water"].id
        floors(world, TEA_500=SkuFloor(cost=yuan("2")), WATER_550=SkuFloor(cost=yuan("2")), RICE=FULL)
        codes = ("TEA-500", "WATER-550", "RICE")

        def lowest() -> list[str]:
            with world.database.unit_of_work.reading(shop.clerk) as storage:
                found = storage.floors.of_skus([shop.sku(code).id for code in codes])
            return [found[shop.sku(code).id].amount for code in codes]

        assert lowest() == ["2.00", "2.00", "2.90"]
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.floors.lock_margins([drinks, water, world.other.categories["drinks"].id]) == {
                drinks: None,
                water: None,
            }
            storage.floors.set_margins({drinks: Percentage(1000), water: Percentage(5000)})
        assert lowest() == ["2.20", "3.00", "2.90"]
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.floors.lock_margins([drinks, water]) == {
                drinks: Percentage(1000),
                water: Percentage(5000),
            }
            storage.floors.set_margins({drinks: Percentage(2000), water: None})
        assert lowest() == ["2.40", "2.40", "2.90"]
        with pytest.raises(Stale), world.database.unit_of_work(shop.clerk) as storage:
            storage.floors.set_margins({world.other.categories["drinks"].id: Percentage(1)})

    def test_approvals_take_the_place_of_what_was_approved_before(self, world: World) -> None:
        shop, now = world.shop, world.clock.now()
        tea, mine = shop.sku("TEA-500").id, shop.customers["regular"].id
        first, second = (
            FloorApproval(
                customer_id=mine,
                sku_id=tea,
                lowest=yuan(days),
                until=now + timedelta(days=days),
                reason="清仓",
            )
            for days in (1, 2)
        )
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.floors.approve([first]) == {}
            assert storage.floors.approve([second]) == {tea: first}
            assert storage.floors.approved(mine, [tea], at=first.until) == {tea: yuan(2)}
            assert storage.floors.approved(mine, [tea], at=second.until) == {}
            assert storage.floors.approved(shop.customers["vip"].id, [tea], at=now) == {}


class TestOrders:
    """Ten of 3.50 each are 35.00; from 30.00 on 5.00 are taken off."""

    def test_are_as_ever_where_nothing_is_guarded(self, world: World) -> None:
        floors(world, TEA_500=SkuFloor(floor=yuan("9")))
        made(world, less(("30", "5")))
        assert place(world, MarginGuard.NONE, 10).total == cny("30")

    def test_are_refused_below_the_floor(self, world: World) -> None:
        tea = world.shop.sku("TEA-500").id
        floors(world, TEA_500=SkuFloor(floor=yuan("3.1")))
        assert quote(world, MarginGuard.BLOCK, 10).refusals == ()
        made(world, less(("30", "5")))
        assert quote(world, MarginGuard.BLOCK, 10).refusals == (BelowFloor(tea, 0),)
        assert refusals(world, MarginGuard.BLOCK, 10) == (BelowFloor(tea, 0),)
        assert refusals(world, MarginGuard.BLOCK, 10) == (BelowFloor(tea, 0),)
        assert place(world, MarginGuard.BLOCK, 20).total == cny("65")
        assert findings(world) == []

    def test_are_refused_for_their_price_alone_too(self, world: World) -> None:
        floors(world, TEA_500=SkuFloor(floor=yuan("3.6")))
        assert refusals(world, MarginGuard.BLOCK, 1) == (BelowFloor(world.shop.sku("TEA-500").id, 0),)
        assert place(world, MarginGuard.CAP, 1).total == cny("3.5")
        assert findings(world) == []

    def test_cost_no_less_than_the_floor_where_discounts_are_capped(self, world: World) -> None:
        floors(world, TEA_500=SkuFloor(cost=yuan("3"), margin=Percentage(1000)))
        limited = made(world, less(("30", "5")), budget=Budget(amount=cny("7")))
        order = place(world, MarginGuard.CAP, 10)
        assert (order.total, order.lines[0].discount) == (cny("33"), cny("2"))
        assert [(one.discount, one.cost) for one in order.promotions] == [(cny("2"), cny("2"))]
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            [offer] = storage.promotions.on_offer(None, at=world.clock.now()).offers
            assert (offer.promotion.id, offer.usage.amount) == (limited.id, 200)
        assert findings(world) == []
        floors(world, TEA_500=SkuFloor(floor=yuan("3.5")))
        assert findings(world) == []
        world.use.cancel_order(actor=world.shop.buyer(), key=a.key("c"), order_id=order.id)
        assert findings(world) == []

    def test_need_an_approval_for_less(self, world: World) -> None:
        shop, tea = world.shop, world.shop.sku("TEA-500").id
        floors(world, TEA_500=SkuFloor(floor=yuan("3.1")))
        made(world, less(("30", "5")))
        assert refusals(world, MarginGuard.APPROVAL, 10) == (BelowFloorNeedsApproval(tea, 0),)
        until = world.clock.now() + timedelta(hours=1)
        for lowest, name in (("2.9", "vip"), ("3.04", "regular")):
            world.use.approve_below_floor(
                actor=shop.clerk,
                customer_id=shop.customers[name].id,
                skus=[AskedApproval(sku_id=tea, lowest=Decimal(lowest))],
                until=until,
                reason="临期清仓",
            )
        assert quote(world, MarginGuard.APPROVAL, 10).refusals == (BelowFloorNeedsApproval(tea, 0),)
        assert quote(world, MarginGuard.APPROVAL, 11).refusals == ()
        assert place(world, MarginGuard.APPROVAL, 11).total == cny("33.5")
        assert refusals(world, MarginGuard.BLOCK, 10, key="b") == (BelowFloor(tea, 0),)
        assert findings(world) == []
        world.clock.forward(timedelta(hours=1))
        assert refusals(world, MarginGuard.APPROVAL, 11, key="late") == (BelowFloorNeedsApproval(tea, 0),)

    def test_use_no_more_of_a_budget_than_is_taken_off_when_many_come_at_once(self, world: World) -> None:
        floors(world, TEA_500=SkuFloor(floor=yuan("3.3")))
        made(world, less(("30", "5")), budget=Budget(amount=cny("9")))
        ended = at_once([lambda at=at: place(world, MarginGuard.CAP, 10, key=f"k{at}") for at in range(6)])  # type: ignore[misc]  # as they come
        off = [3500 - one.total.minor for one in ended if isinstance(one, Order)]
        assert len(off) == 6 and set(off) == {0, 200}
        assert 600 <= sum(off) <= 900
        assert findings(world) == []


def adjust(world: World, order: Order, off: str, *, key: str) -> Order:
    """Take so much off an order, as the clerk."""
    return world.use.adjust_order(
        actor=world.shop.clerk,
        key=a.key(key),
        order_id=order.id,
        asked=AskedAdjustment(amount=Decimal(off)),
        reason="老客户",
    )


class TestTheWhole:
    """Ten of 3.50 each: what staff take off, and what makes it round, leaves the floor of 3.10."""

    def test_staff_are_refused_below_the_floor_of_when_it_was_placed(self, world: World) -> None:
        tea = world.shop.sku("TEA-500").id
        floors(world, TEA_500=SkuFloor(floor=yuan("3.1")))
        order = place(world, MarginGuard.BLOCK, 10)
        floors(world, TEA_500=SkuFloor(floor=yuan("3.4")))
        assert adjust(world, order, "4", key="a").total == cny("31")
        for _ in range(2):
            with pytest.raises(Refused) as caught:
                adjust(world, order, "4.01", key="b")
            assert caught.value.refusals == (BelowFloor(tea, None),)
        assert adjust(world, order, "0", key="c").total == cny("35")
        free = place(world, MarginGuard.NONE, 10, key="free")
        assert adjust(world, free, "30", key="d").total == cny("5")
        assert findings(world) == []

    def test_staff_take_off_as_much_as_a_cap_leaves(self, world: World) -> None:
        floors(world, TEA_500=SkuFloor(floor=yuan("3.1")))
        order = adjust(world, place(world, MarginGuard.CAP, 10), "10", key="a")
        assert (order.total, order.adjusted) == (cny("31"), cny("4"))
        assert findings(world) == []

    def test_staff_need_the_approval_that_the_customer_has_then(self, world: World) -> None:
        shop, tea = world.shop, world.shop.sku("TEA-500").id
        floors(world, TEA_500=SkuFloor(floor=yuan("3.1")))
        order = place(world, MarginGuard.APPROVAL, 10)
        with pytest.raises(Refused) as caught:
            adjust(world, order, "6", key="a")
        assert caught.value.refusals == (BelowFloorNeedsApproval(tea, None),)
        world.use.approve_below_floor(
            actor=shop.clerk,
            customer_id=shop.customers["regular"].id,
            skus=[AskedApproval(sku_id=tea, lowest=Decimal("2.9"))],
            until=world.clock.now() + timedelta(hours=1),
            reason="临期清仓",
        )
        assert adjust(world, order, "6", key="b").total == cny("29")
        with pytest.raises(Refused):
            adjust(world, order, "6.01", key="c")
        assert findings(world) == []

    def test_rounding_leaves_the_floor(self, world: World) -> None:
        floors(world, TEA_500=SkuFloor(floor=yuan("3.49")), RICE=None)
        actor = asking(world, MarginGuard.BLOCK)
        merchant = attrs.evolve(actor.merchant, order_rounding=Rounding.JIAO)
        actor, tea = attrs.evolve(actor, merchant=merchant), world.shop.sku("TEA-500")
        nuts = (world.shop.sku("NUTS"), 1)
        # Eleven of 3.50 may cost 0.11 less, so that alone they are not made round; nuts take what tea does not.
        for more, rounded in (([], 0), ([nuts], 50)):
            order = world.use.place_order(
                actor=actor,
                key=a.key(f"round {rounded}"),
                basket=a.basket((tea, 11), *more),
                wishes=a.wishes(),
            )
            assert order.rounded.minor == rounded
            assert order.lines[0].net.minor >= 3839
            assert order.total.minor == sum(line.total.minor for line in order.lines) - rounded
        assert findings(world) == []

    def test_an_order_from_before_keeps_what_it_was_placed_under(self, world: World) -> None:
        """Its input says nothing of that; it has been taken below its floor, and stays right."""
        floors(world, TEA_500=SkuFloor(floor=yuan("3.1")))
        order = place(world, MarginGuard.BLOCK, 10)
        database = world.database
        if isinstance(database, MemoryDatabase):
            rows = database.vault.shop(world.shop.merchant.id).order_inputs
            kept = rows[order.id].guard
            assert kept is not None
            rows[order.id] = attrs.evolve(rows[order.id], guard=attrs.evolve(kept, guards_whole=False))
        else:
            changed = "replace(input, ',\"guards_whole\":true', '')"
            tell(database, f"UPDATE order_inputs SET input = {changed} WHERE order_id = '{order.id}'")
        assert adjust(world, order, "10", key="a").total == cny("25")
        assert findings(world) == []


class TestStatements:
    def test_a_quote_asks_for_floors_where_something_is_guarded_and_for_approvals_where_it_is_refused(
        self, world: World
    ) -> None:
        """One statement more for a guarded merchant, and one for approvals, however many lines there are."""

        def sent(policy: MarginGuard, *codes: str) -> int:
            before = world.database.statements
            basket = a.basket(*((world.shop.sku(code), 12) for code in codes))
            world.use.quote_basket(actor=asking(world, policy), basket=basket)
            return world.database.statements - before

        codes = ("TEA-500", "WATER-550", "NUTS")
        plain = sent(MarginGuard.NONE, *codes)
        floors(world, TEA_500=FULL, WATER_550=FULL, NUTS=SkuFloor(floor=yuan("1")))
        more = 0 if plain == 0 else 1
        assert sent(MarginGuard.NONE, *codes) == plain
        assert sent(MarginGuard.CAP, *codes) == sent(MarginGuard.CAP, "NUTS") == plain + more
        assert sent(MarginGuard.APPROVAL, "TEA-500", "NUTS") == plain + more
        assert sent(MarginGuard.APPROVAL, *codes) == plain + 2 * more


class TestTampering:
    @pytest.mark.parametrize(
        ("policy", "many", "price", "other"),
        [
            (MarginGuard.CAP, 10, "3.1", MarginGuard.CAP),
            (MarginGuard.CAP, 10, "3.2", MarginGuard.NONE),
            (MarginGuard.BLOCK, 20, "3.3", MarginGuard.BLOCK),
        ],
        ids=["a floor", "a policy", "an order that should have been refused"],
    )
    def test_a_guard_that_is_changed_afterwards_is_found(
        self, world: World, policy: MarginGuard, many: int, price: str, other: MarginGuard
    ) -> None:
        tea, guarded = world.shop.sku("TEA-500").id, yuan("3.2")
        floors(world, TEA_500=SkuFloor(floor=guarded))
        made(world, less(("30", "5")))
        order = place(world, policy, many)
        assert findings(world) == []
        database = world.database
        if isinstance(database, MemoryDatabase):
            rows = database.vault.shop(world.shop.merchant.id).order_inputs
            guard = Guard(policy=other, floors={tea: yuan(price)})
            rows[order.id] = attrs.evolve(rows[order.id], guard=guard)
        else:
            was, now = (f'"ten_thousandths":{one.ten_thousandths},' for one in (guarded, yuan(price)))
            changed = f"replace(input, '{was}', '{now}')"
            changed = f'replace({changed}, \'"policy":"{policy.value}"\', \'"policy":"{other.value}"\')'
            tell(database, f"UPDATE order_inputs SET input = {changed} WHERE order_id = '{order.id}'")
        assert findings(world) == [("I18", order.id)]


class TestVerbs:
    def test_set_floors_and_margins_that_hold(self, world: World) -> None:
        shop, tea = world.shop, world.shop.sku("TEA-500")
        asked = AskedFloor(sku_code=tea.code, cost=Decimal(3))
        assert world.use.set_floors(actor=shop.clerk, floors=[asked]) == (tea.id,)
        drinks = shop.categories["drinks"].id
        margin = AskedMargin(category_id=drinks, reference=drinks, margin=Decimal(20))
        assert world.use.set_category_margins(actor=shop.clerk, margins=[margin]) == (drinks,)
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            assert storage.floors.of_skus([tea.id]) == {tea.id: yuan("3.6")}
        assert findings(world) == []
