"""Promotions over every storage: kept, on offer, used, given back; and orders that can be worked out again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, Forbidden
from application.ports.promotions import GoodsId
from application.ports.storage import Stale
from application.promotions import MOST_AT_A_TIME, Halt
from application.quoting import GiftChoice
from application.retrying import retrying
from application.views.catalog import ProductFilter, ProductSort, ProductWant
from application.views.orders import LineWant, OrderWant
from application.views.pages import Window
from domain.errors import Refused
from domain.identity import BrandId, CategoryId, CustomerId, ProductId, PromotionId, SkuId
from domain.money import Currency, Money, Percentage
from domain.ordering import Order
from domain.period import Period
from domain.pricing import PriceChange
from domain.promotions import (
    UNLIMITED,
    Budget,
    Bundle,
    BundlePart,
    BuyGet,
    Effect,
    GiftShort,
    GiftShortage,
    InvalidPromotion,
    NthPiece,
    Promotion,
    PromotionNotFound,
    Schedule,
    Scope,
    Stacking,
    TimeSlot,
    UnknownGift,
    UnknownGoods,
)
from domain.quantity import Quantity
from domain.visibility import UnknownAudience, Visibility
from kit import builders as a
from kit.lying import tell
from kit.promoting import cny, drafted, gift, less, promotion
from kit.racing import at_once
from kit.world import World, show

DAY = timedelta(days=1)


def made(world: World, one: Promotion, **changes: Any) -> Promotion:
    """A promotion that staff have made, which the shop's people know from then on."""
    return world.use.create_promotion(actor=world.shop.clerk, draft=drafted(one, **changes))


def asking(world: World, name: str = "regular") -> Actor:
    """A buyer as they come in: with what the merchant's row says by then."""
    actor = world.shop.buyer(name)
    return attrs.evolve(actor, merchant=attrs.evolve(actor.merchant, promotes=True))


def place(world: World, *lines: Any, by: str = "regular", key: str = "k", **wishes: Any) -> Order:
    """An order of these lines."""
    asked = attrs.evolve(a.wishes(), **wishes)
    return world.use.place_order(
        actor=asking(world, by), key=a.key(key), basket=a.basket(*lines), wishes=asked
    )


def used(world: World, id: PromotionId) -> tuple[int, int]:
    """How often it was used, and for how much."""
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        [found] = [
            one
            for one in storage.promotions.on_offer(None, at=world.clock.now()).offers
            if one.promotion.id == id
        ]
    return found.usage.uses, found.usage.amount


def findings(world: World) -> list[tuple[str, str]]:
    """What the audit finds."""
    return [(one.invariant, one.about) for one in world.database.audit.findings()]


def every_kind(world: World) -> list[Promotion]:
    """One of every effect, with everything that a promotion may say."""
    shop = world.shop
    tea, water = shop.sku("TEA-500").id, shop.sku("WATER-550").id
    all_of = Promotion(
        id=PromotionId.of(bytes(16)),
        name=less(("200", "20")).name,
        text="全场满200减20",
        effect=less(("200", "20")).effect,
        scope=Scope(
            sku_ids=frozenset({tea}),
            product_ids=frozenset({shop.products["tea"].id}),
            category_ids=frozenset({shop.categories["drinks"].id}),
            brand_ids=frozenset({shop.brands["spring"].id}),
            without=frozenset({water, shop.categories["water"].id}),
        ),
        audience=frozenset({shop.tiers["vip"].id, shop.groups["east"].id, shop.customers["regular"].id}),
        schedule=Schedule(
            validity=Period(a.NOON - DAY, a.NOON + DAY),
            weekdays=frozenset({1, 7}),
            slots=(TimeSlot(time(8), time(20)), TimeSlot(time(22), time(2))),
        ),
        budget=Budget(amount=cny(1000), uses=9, uses_per_customer=3),
        priority=-3,
        exclusive_group="A",
        stacking=Stacking.ALONE,
        public=False,
    )
    effects: list[Effect] = [
        less(("x2", "10%"), ("x5", "20%"), cap="9").effect,
        NthPiece(nth=2, off=Percentage.of(50), most=3),
        BuyGet(buy=Quantity.of(2), get=Quantity.of(1), goods=all_of.scope, off=Percentage.of("33.33")),
        Bundle(parts=(BundlePart(all_of.scope, Quantity.of(2)),), price=cny("9.9"), most=1),
        gift("x10", tea, water, choice=True, shortage=GiftShortage.OWE).effect,
    ]
    return [all_of, *(promotion(effect) for effect in effects)]


class TestKeeping:
    def test_keeps_every_kind_as_it_is(self, world: World) -> None:
        kept = [made(world, one) for one in every_kind(world)]
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert [storage.promotions.lock(one.id) for one in kept] == kept
            assert storage.promotions.lock(PromotionId.of(bytes(16))) is None
            assert storage.promotions.unended(at=a.NOON) == len(kept)
            assert storage.promotions.unended(at=a.NOON + DAY) == len(kept) - 1

    def test_says_what_is_on_offer_and_what_the_customer_goes_by(self, world: World) -> None:
        now = made(world, less(("1", "1")))
        made(world, less(("1", "1")), schedule=Schedule(validity=Period(a.NOON + DAY, None)))
        made(world, less(("1", "1")), schedule=Schedule(validity=Period(None, a.NOON)))
        asleep = made(world, less(("1", "1")))
        world.use.halt_promotion(actor=world.shop.clerk, promotion_id=asleep.id, halt=Halt.SUSPEND)
        customer, shop = world.shop.customers["regular"], world.shop
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            found = storage.promotions.on_offer(customer.id, at=a.NOON)
            assert [one.promotion for one in found.offers] == [now]
            assert found.audience.ids == {
                customer.id,
                shop.tiers["regular"].id,
                shop.groups["jiangsu"].id,
                shop.groups["east"].id,
            }
            nobody = storage.promotions.on_offer(None, at=a.NOON)
            assert ([one.promotion for one in nobody.offers], nobody.audience.ids) == ([now], frozenset())

    def test_knows_which_goods_there_are(self, world: World) -> None:
        shop, other = world.shop, world.other
        mine: set[GoodsId] = {
            shop.sku("RICE").id,
            shop.products["tea"].id,
            shop.categories["tea"].id,
            shop.brands["sunny"].id,
        }
        theirs: set[GoodsId] = {
            other.sku("RICE").id,
            other.brands["sunny"].id,
            ProductId.of(bytes(16)),
            CategoryId.of(bytes(16)),
        }
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.promotions.goods(mine | theirs) == mine
            assert storage.promotions.goods([]) == frozenset()

    def test_is_changed_by_one_at_a_time(self, world: World) -> None:
        one = made(world, less(("1", "1")))
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.promotions.save(attrs.evolve(one, version=5), at=a.NOON)


class TestVerbs:
    def test_are_for_those_who_manage_promotions(self, world: World) -> None:
        one, nobody = less(("1", "1")), world.shop.colleague()
        with pytest.raises(Forbidden):
            world.use.create_promotion(actor=nobody, draft=drafted(one))
        with pytest.raises(Forbidden):
            world.use.change_promotion(actor=nobody, promotion_id=one.id, seen=1, draft=drafted(one))
        with pytest.raises(Forbidden):
            world.use.halt_promotion(actor=nobody, promotion_id=one.id, halt=Halt.END)

    def test_refuse_what_names_what_is_not_there(self, world: World) -> None:
        other, nobody = world.other, CustomerId.of(bytes(16))
        foreign = Scope(sku_ids=frozenset({other.sku("RICE").id}), without=frozenset({BrandId.of(bytes(16))}))
        parts = Bundle(parts=(BundlePart(foreign, Quantity.of(1)),), price=cny(1))
        given = gift("1", other.sku("RICE").id).effect
        got = BuyGet(buy=Quantity.of(1), get=Quantity.of(1), goods=foreign)
        goods = {UnknownGoods(other.sku("RICE").id), UnknownGoods(BrandId.of(bytes(16)))}
        for effect, wrong in ((parts, goods), (got, goods), (given, {UnknownGoods(other.sku("RICE").id)})):
            with pytest.raises(Refused) as refused:
                made(world, promotion(effect))
            assert set(refused.value.refusals) == wrong
        with pytest.raises(Refused) as refused:
            made(world, less(("1", "1")), audience=frozenset({nobody, other.groups["east"].id}))
        assert set(refused.value.refusals) == {
            UnknownAudience(nobody, field="audienceIds"),
            UnknownAudience(other.groups["east"].id, field="audienceIds"),
        }

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"name": " "}, InvalidPromotion("NAME", "name")),
            ({"text": "字" * 501}, InvalidPromotion("TEXT", "text")),
            ({"exclusive_group": " "}, InvalidPromotion("TEXT", "exclusiveGroup")),
            ({"priority": 10**7}, InvalidPromotion("TOO_LARGE")),
        ],
    )
    def test_refuse_what_cannot_be(
        self, world: World, changes: dict[str, Any], reason: InvalidPromotion
    ) -> None:
        with pytest.raises(Refused) as refused:
            made(world, less(("1", "1")), **changes)
        assert refused.value.refusals == (reason,)

    def test_change_suspend_and_end_and_note_it(self, world: World) -> None:
        use, clerk, one = world.use, world.shop.clerk, made(world, less(("1", "1")))
        changed = use.change_promotion(
            actor=clerk, promotion_id=one.id, seen=1, draft=drafted(one, priority=5, name="满1减1")
        )
        assert (changed.version, changed.priority, changed.name) == (2, 5, "满1减1")
        with pytest.raises(Refused) as refused:
            use.change_promotion(actor=clerk, promotion_id=one.id, seen=1, draft=drafted(one))
        assert refused.value.refusals == (InvalidPromotion("CHANGED", "version"),)
        asleep = use.halt_promotion(actor=clerk, promotion_id=one.id, halt=Halt.SUSPEND)
        assert asleep.suspended
        assert use.halt_promotion(actor=clerk, promotion_id=one.id, halt=Halt.SUSPEND) == asleep
        assert not use.halt_promotion(actor=clerk, promotion_id=one.id, halt=Halt.RESUME).suspended
        assert (
            use.halt_promotion(actor=clerk, promotion_id=one.id, halt=Halt.END).schedule.validity.end
            == a.NOON
        )
        acts: tuple[Callable[[], Promotion], ...] = (
            lambda: use.halt_promotion(actor=clerk, promotion_id=one.id, halt=Halt.END),
            lambda: use.halt_promotion(actor=clerk, promotion_id=PromotionId.of(bytes(16)), halt=Halt.END),
        )
        for act in acts:
            with pytest.raises(Refused):
                act()
        with pytest.raises(Refused) as refused:
            use.change_promotion(
                actor=clerk, promotion_id=PromotionId.of(bytes(16)), seen=1, draft=drafted(one)
            )
        assert refused.value.refusals == (PromotionNotFound(PromotionId.of(bytes(16))),)
        assert findings(world) == []

    async def test_say_on_the_merchants_row_whether_any_may_hold(self, world: World) -> None:
        async def promotes() -> bool:
            return (await world.database.reading.look(at=a.NOON).guest(slug="shanquan")).merchant.promotes

        assert not await promotes()
        one = made(world, less(("1", "1")))
        assert await promotes()
        world.use.halt_promotion(actor=world.shop.clerk, promotion_id=one.id, halt=Halt.SUSPEND)
        assert not await promotes()

    def test_there_are_only_so_many_at_a_time(self, world: World) -> None:
        one = less(("1", "1"))
        with world.database.unit_of_work(world.shop.clerk) as storage:
            for _ in range(MOST_AT_A_TIME):
                storage.promotions.add(attrs.evolve(one, id=world.ids.new(PromotionId), version=1), at=a.NOON)
        with pytest.raises(Refused) as refused:
            made(world, one)
        assert refused.value.refusals == (InvalidPromotion("TOO_MANY"),)


class TestOrders:
    async def test_cost_less_and_keep_why(self, world: World) -> None:
        tea = world.shop.sku("TEA-500")
        one = made(world, less(("10", "3.33")), text="满10减3.33")
        order = place(world, (tea, 24), (world.shop.sku("RICE"), 2))
        assert Money.total((line.discount for line in order.lines), Currency.CNY) == cny("3.33")
        assert order.total == Money.total((line.total for line in order.lines), Currency.CNY) - cny("3.33")
        assert [(kept.promotion_id, kept.text, kept.discount, kept.limited) for kept in order.promotions] == [
            (one.id, "满10减3.33", cny("3.33"), False)
        ]
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.orders.get(order.id) == order
        want = OrderWant(promotions=True, lines=LineWant())
        seen = (await world.views(world.shop.clerk).orders.orders_by_id([order.id], want=want))[order.id]
        assert (seen.total, seen.promotions) == (order.total, order.promotions)
        assert [(line.discount, line.net, line.gift_value) for line in seen.lines] == [
            (line.discount, line.net, None) for line in order.lines
        ]
        # What becomes of the promotion changes nothing of the order.
        world.use.change_promotion(
            actor=world.shop.clerk, promotion_id=one.id, seen=1, draft=drafted(less(("1", "1")), name="其他")
        )
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.orders.get(order.id) == order
        assert findings(world) == []

    async def test_have_gifts_as_lines_that_cost_nothing_and_reserve_them(self, world: World) -> None:
        tea, nuts = world.shop.sku("TEA-500"), world.shop.sku("NUTS")
        made(world, gift("x12", nuts.id, repeats=True))
        order = place(world, (tea, 24))
        ordered, given = order.lines
        assert (given.sku_id, given.quantity, given.total, given.net) == (
            nuts.id,
            a.pieces(2),
            cny(0),
            cny(0),
        )
        assert given.gift_value is not None and given.gift_value.minor > 0
        assert order.total == ordered.total
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.stock.sheet([nuts.id]).available[nuts.id] == a.pieces(78)
        assert findings(world) == []
        world.use.cancel_order(actor=world.shop.clerk, key=a.key("x"), order_id=order.id)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.stock.sheet([nuts.id]).available[nuts.id] == a.pieces(80)
        assert findings(world) == []

    def test_are_asked_for_with_the_basket_once_they_were_given(self, world: World) -> None:
        """What was given last is a guess: it saves questions, and gives nobody anything."""
        tea, nuts, water = (world.shop.sku(code) for code in ("TEA-500", "NUTS", "WATER-550"))

        def quoted() -> tuple[list[SkuId], int]:
            before = world.database.statements
            quote = world.use.quote_basket(actor=asking(world), basket=a.basket((tea, 24)))
            assert [line.listing.sku.id for line in quote.lines if line.listing] == [tea.id]
            return [one.listing.sku.id for one in quote.gifts], world.database.statements - before

        one = made(world, gift("x12", nuts.id))
        first, again = quoted(), quoted()
        assert first[0] == again[0] == [nuts.id]
        # The goods, what is on offer, the stock and the prices.
        assert again[1] == (0 if isinstance(world.database, MemoryDatabase) else 4)
        world.use.halt_promotion(actor=world.shop.clerk, promotion_id=one.id, halt=Halt.END)
        assert quoted()[0] == []
        made(world, gift("x12", water.id))
        assert quoted()[0] == quoted()[0] == [water.id]
        order = place(world, (tea, 24))
        assert [line.sku_id for line in order.lines] == [tea.id, water.id]
        assert findings(world) == []

    def test_give_what_is_left_beside_what_is_ordered(self, world: World) -> None:
        tea = world.shop.sku("TEA-1L")
        one = made(
            world, gift("x1", tea.id, scope=Scope(sku_ids=frozenset({tea.id})), shortage=GiftShortage.OWE)
        )
        order = place(world, (tea, 12))
        assert [line.sku_id for line in order.lines] == [tea.id]
        assert [(gift.quantity, gift.missing, gift.owed) for gift in order.promotions[0].gifts] == [
            (a.pieces(0), a.pieces(1), True)
        ]
        world.use.halt_promotion(actor=world.shop.clerk, promotion_id=one.id, halt=Halt.END)
        assert findings(world) == []

    def test_are_refused_where_a_gift_is_in_the_way_or_none_of_the_promotion(self, world: World) -> None:
        cup, tea = world.shop.sku("CUP"), world.shop.sku("TEA-500")
        base = world.shop.lists["base"].id
        with world.database.unit_of_work(world.shop.operator) as storage:
            storage.bulk.add([PriceChange(base, cup.id, a.ladder((1, "2.00")))])
        one = made(world, gift("1", cup.id, shortage=GiftShortage.BLOCK))
        with pytest.raises(Refused) as refused:
            place(world, (tea, 6))
        assert refused.value.refusals == (GiftShort(one.id, cup.id, a.pieces(1)),)
        with pytest.raises(Refused) as refused:
            place(world, (tea, 6), key="l", gifts=(GiftChoice(one.id, tea.id),))
        assert refused.value.refusals == (UnknownGift(one.id, tea.id),)

    def test_give_nobody_what_is_hidden_from_them(self, world: World) -> None:
        nuts, tea = world.shop.sku("NUTS"), world.shop.sku("TEA-500")
        made(world, gift("1", nuts.id))
        of_nuts = next(
            name for name, one in world.shop.products.items() if one.id == world.shop.product_of("NUTS").id
        )
        show(world, of_nuts, Visibility(restricted=True))
        actor = asking(world)
        actor = attrs.evolve(actor, merchant=attrs.evolve(actor.merchant, restricts_goods=True))
        quote = world.use.quote_basket(actor=actor, basket=a.basket((tea, 6)))
        assert quote.gifts == ()
        assert [one.reason.value for one in quote.promotions.rejected] == ["GIFT_SHORT"]

    def test_promotions_know_the_category_the_brand_and_the_customer(self, world: World) -> None:
        shop = world.shop
        in_drinks = Scope(category_ids=frozenset({shop.categories["drinks"].id}))
        made(world, less(("1", "1")), scope=in_drinks)
        made(world, less(("1", "0.5")), scope=Scope(brand_ids=frozenset({shop.brands["spring"].id})))
        made(world, less(("1", "0.25")), audience=frozenset({shop.groups["east"].id}))
        made(world, less(("1", "0.2")), audience=frozenset({shop.tiers["vip"].id}))
        basket = a.basket((shop.sku("TEA-500"), 6))
        for name, total in (("regular", "1.75"), ("vip", "1.70")):
            quote = world.use.quote_basket(actor=asking(world, name), basket=basket)
            brand = shop.product_of("TEA-500").brand_id == shop.brands["spring"].id
            off = Money.total((one.discount for one in quote.promotions.applied), Currency.CNY)
            assert off == cny(total) - cny("0" if brand else "0.5")

    def test_who_has_no_promotions_is_asked_nothing_more(self, world: World) -> None:
        tea, buyer = world.shop.sku("TEA-500"), world.shop.buyer()
        before = world.database.statements
        quote = world.use.quote_basket(actor=buyer, basket=a.basket((tea, 6)))
        plain = world.database.statements - before
        assert quote.promoted_from is None
        made(world, less(("1", "1")))
        before = world.database.statements
        world.use.quote_basket(actor=asking(world), basket=a.basket((tea, 6)))
        assert world.database.statements - before in (0, plain + 1)
        assert plain + 1 <= 6


class TestBudgets:
    def test_are_used_by_orders_and_given_back_once(self, world: World) -> None:
        tea = world.shop.sku("TEA-500")
        one = made(world, less(("10", "5")), budget=Budget(amount=cny(12), uses=3, uses_per_customer=2))
        first = place(world, (tea, 24), key="a")
        assert first.promotions[0].limited
        assert used(world, one.id) == (1, 500)
        place(world, (tea, 24), key="b")
        assert used(world, one.id) == (2, 1000)
        # Neither the customer nor the budget has enough left.
        for by, key in (("regular", "c"), ("vip", "d")):
            assert place(world, (tea, 24), by=by, key=key).promotions == ()
        for _ in range(2):
            world.use.cancel_order(actor=world.shop.clerk, key=a.key("x"), order_id=first.id)
        assert used(world, one.id) == (1, 500)
        assert findings(world) == []
        assert place(world, (tea, 24), key="e").promotions != ()
        assert used(world, one.id) == (2, 1000)
        assert findings(world) == []

    def test_what_has_none_counts_nothing(self, world: World) -> None:
        one = made(world, less(("10", "5")), budget=UNLIMITED)
        place(world, (world.shop.sku("TEA-500"), 24))
        assert used(world, one.id) == (0, 0)

    @pytest.mark.parametrize(
        ("budget", "wins"),
        [(Budget(uses=10), 10), (Budget(uses_per_customer=1), 4), (Budget(amount=cny(5)), 5)],
        ids=["uses", "customers", "amount"],
    )
    def test_hold_when_all_order_at_once(
        self, world: World, storage_name: str, budget: Budget, wins: int
    ) -> None:
        water, names = world.shop.sku("WATER-550"), ("regular", "vip", "strategic", "contract")
        one = made(world, less(("1", "1")), budget=budget)
        # The counts differ, so that nobody's budget is taken for another's.
        many = 200 if (storage_name, wins) == ("postgres", 10) else 24

        def act(at: int) -> Callable[[], Order]:
            return lambda: retrying(world.use.place_order)(
                actor=asking(world, names[at % 4]),
                key=a.key(f"k{at}"),
                basket=a.basket((water, 6)),
                wishes=a.wishes(),
            )

        ended = at_once([act(at) for at in range(many)])
        orders = [one for one in ended if isinstance(one, Order)]
        assert len(orders) == many, [one for one in ended if not isinstance(one, Order)][:3]
        assert sum(bool(order.promotions) for order in orders) == wins
        assert used(world, one.id) == (wins, wins * 100)
        assert findings(world) == []


LIES: dict[str, tuple[Callable[[Any, Order], object], str]] = {
    "a discount": (
        lambda rows, order: rows.orders.__setitem__(order.id, _cheaper(order)),
        "UPDATE order_lines SET discount = discount + 1 WHERE order_id = '{order}' AND line = 0",
    ),
    "what decided it": (
        lambda rows, order: rows.order_inputs.pop(order.id),
        "DELETE FROM order_inputs WHERE order_id = '{order}'",
    ),
    "the rules": (
        lambda rows, order: rows.order_inputs.__setitem__(
            order.id, attrs.evolve(rows.order_inputs[order.id], offers=())
        ),
        "UPDATE order_inputs SET input = replace(input, '\"minor\":333', '\"minor\":334') WHERE order_id = '{order}'",
    ),
    "what it is called": (
        lambda rows, order: rows.orders.__setitem__(order.id, attrs.evolve(order, promotions=())),
        "UPDATE order_promotions SET name = 'x' WHERE order_id = '{order}'",
    ),
}


def _cheaper(order: Order) -> Order:
    first = attrs.evolve(order.lines[0], discount=order.lines[0].discount + cny("0.01"))
    return attrs.evolve(order, lines=(first, *order.lines[1:]))


@pytest.mark.parametrize("lie", LIES)
def test_an_order_that_was_tampered_with_is_found(world: World, lie: str) -> None:
    made(world, less(("10", "3.33")))
    order = place(world, (world.shop.sku("TEA-500"), 24), (world.shop.sku("RICE"), 2))
    assert findings(world) == []
    in_memory, sql = LIES[lie]
    database = world.database
    if isinstance(database, MemoryDatabase):
        in_memory(database.vault.shop(world.shop.merchant.id), order)
    else:
        tell(database, sql.format(order=order.id))
    assert ("I18", order.id) in findings(world)


class TestViews:
    async def test_a_product_tells_what_it_can_have_a_part_in(self, world: World) -> None:
        shop, nuts = world.shop, world.shop.sku("NUTS").id
        everything = made(world, less(("1", "1")), priority=1)
        of_tea = made(
            world,
            less(("1", "1")),
            scope=Scope(category_ids=frozenset({shop.categories["tea"].id})),
            priority=2,
        )
        of_sku = made(world, less(("1", "1")), scope=Scope(sku_ids=frozenset({nuts})), priority=3)
        made(world, less(("1", "1")), audience=frozenset({shop.customers["vip"].id}))
        made(world, less(("1", "1")), public=False)
        made(world, less(("1", "1")), schedule=Schedule(weekdays=frozenset({2})))
        want = ProductWant(promotions=True)
        tea, of_nuts = shop.products["tea"].id, shop.product_of("NUTS").id

        async def told(actor: Actor) -> list[tuple[Promotion, ...]]:
            found = await world.views(actor).catalog.products_by_id([tea, of_nuts], want=want)
            return [found[id].promotions for id in (tea, of_nuts) if id in found]

        assert await told(asking(world)) == [(of_tea, everything), (of_sku, everything)]
        assert await told(shop.guest) == [(), ()], "no prices, no promotions"
        listing = world.views(asking(world)).catalog.products(
            window=Window(), filter=ProductFilter(), sort=ProductSort.POSITION, want=want, count=False
        )
        assert {one.node.promotions for one in (await listing).edges} >= {(of_tea, everything)}
        assert (await world.views(asking(world)).catalog.products_by_id([tea], want=ProductWant()))[
            tea
        ].promotions == ()
        with world.database.unit_of_work(shop.operator) as storage:
            (product,) = (one for one in storage.products.all() if one.id == of_nuts)
            storage.bulk.replace([attrs.evolve(product, for_sale=False)])
        assert await told(asking(world)) == [(of_tea, everything), ()], "what is not for sale is on no offer"

    async def test_staff_see_all_and_buyers_what_is_for_them(self, world: World) -> None:
        shop, hidden = world.shop, world.shop.sku("NUTS").id
        first = made(world, less(("1", "1")), priority=1)
        second = made(world, less(("1", "1")), audience=frozenset({shop.groups["east"].id}), priority=9)
        made(world, less(("1", "1")), public=False)
        of_nuts = made(world, less(("1", "1")), scope=Scope(sku_ids=frozenset({hidden})))
        made(world, less(("1", "1")), schedule=Schedule(weekdays=frozenset({2})))
        book = world.views(shop.clerk).promotions
        page = await book.promotions(window=Window(size=2), count=True)
        assert (len(page.edges), page.total, page.has_next) == (2, 5, True)
        assert set(await book.promotions_by_id([first.id, PromotionId.of(bytes(16))])) == {first.id}
        none = world.views(shop.colleague()).promotions
        assert (await none.promotions(window=Window(), count=True)).total == 0
        assert await none.promotions_by_id([first.id]) == {}
        assert await world.views(asking(world)).promotions.on_offer() == (second, first, of_nuts)
        assert await world.views(asking(world, "vip")).promotions.on_offer() == (first, of_nuts)
        assert await world.views(shop.buyer()).promotions.on_offer() == ()
        name = next(name for name, one in shop.products.items() if one.id == shop.product_of("NUTS").id)
        show(world, name, Visibility(restricted=True))
        limited = asking(world)
        limited = attrs.evolve(limited, merchant=attrs.evolve(limited.merchant, restricts_goods=True))
        assert await world.views(limited).promotions.on_offer() == (second, first)
