"""What a wholesaler offers besides goods and prices, and what buyers keep for themselves, all of it marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from decimal import Decimal

import attrs

from application.cart import AskedLine
from application.pricing import AskedPrice, AskedRung
from domain.identity import PriceBatchId, PromotionId, SpecialPriceId
from domain.money import Percentage
from domain.own_names import OwnName
from domain.period import Period
from domain.price_batches import PriceBatch
from domain.pricing import PriceChange
from domain.promotions import (
    Budget,
    Bundle,
    BundlePart,
    BuyGet,
    Gift,
    GiftGoods,
    GiftShortage,
    NthPiece,
    Promotion,
    PromotionName,
    Schedule,
    Scope,
    ThresholdDiscount,
    TimeSlot,
)
from domain.quantity import Quantity
from domain.searching import MissedSearch
from domain.special_prices import SpecialPriceName
from kit import builders as a
from kit.promoting import cny, promotion, step
from kit.specials import special
from kit.world import Shop, World

Text = Callable[[str], str]


def promote(world: World, shop: Shop, text: Text) -> list[str]:
    """Promotions of every effect, under way; nothing in the place is enough for the last."""
    made = [
        attrs.evolve(
            one, id=world.ids.new(PromotionId), name=PromotionName(text("促销")), text=text("全场"), version=1
        )
        for one in _promotions(shop)
    ]
    with world.database.unit_of_work(shop.operator) as storage:
        for one in made:
            storage.promotions.add(one, at=a.NOON)
    return [one.id for one in made]


def cheapen(world: World, shop: Shop, text: Text) -> list[str]:
    """Special prices under way: of a pack for some, one of which little is left, and a share that stacks."""
    tea, nuts, water = (shop.sku(code).id for code in ("TEA-500", "NUTS", "WATER-550"))
    vip = frozenset({shop.tiers["vip"].id})
    made = [
        attrs.evolve(one, id=world.ids.new(SpecialPriceId), name=SpecialPriceName(text("特价")), version=1)
        for one in (
            special("60", sku_id=tea, unit="case", audience=vip),
            special("8.8", sku_id=nuts, stock=5, per_customer=3, contracts=True),
            special("90%", sku_id=water, stacks=True),
        )
    ]
    with world.database.unit_of_work(shop.operator) as storage:
        for one in made:
            storage.special_prices.add(one, at=a.NOON)
    return [one.id for one in made]


def _promotions(shop: Shop) -> Iterator[Promotion]:
    tea, nuts, water = (
        Scope(sku_ids=frozenset({shop.sku(code).id})) for code in ("TEA-500", "NUTS", "WATER-550")
    )
    food = Scope(category_ids=frozenset({shop.categories["food"].id}))
    some = GiftGoods(shop.sku("WATER-550").id, Quantity.of(2))
    yield promotion(
        ThresholdDiscount(steps=(step("50", "5"),), repeats=True, cap=cny(20)),
        audience=frozenset({shop.tiers["regular"].id, shop.tiers["vip"].id}),
        schedule=Schedule(
            validity=Period(a.NOON - timedelta(days=9), a.NOON + timedelta(days=9)),
            weekdays=frozenset({1, 2, 3}),
            slots=(TimeSlot(time(8), time(20)),),
        ),
        budget=Budget(amount=cny(100_000), uses=1_000, uses_per_customer=100),
    )
    yield promotion(ThresholdDiscount(steps=(step("x2", "5%"),)), scope=food)
    yield promotion(NthPiece(nth=2, off=Percentage.of("50"), most=1), scope=tea)
    yield promotion(BuyGet(buy=Quantity.of(1), get=Quantity.of(1), goods=water, most=1), scope=nuts)
    yield promotion(
        Bundle(parts=(BundlePart(tea, Quantity.of(6)), BundlePart(water, Quantity.of(6))), price=cny(20))
    )
    yield promotion(
        Gift(threshold=cny(30), goods=(some,), shortage=GiftShortage.SUBSTITUTE, substitutes=(some,))
    )
    yield promotion(ThresholdDiscount(steps=(step("99999", "1"),)), exclusive_group="group")


def keep(world: World, shop: Shop, text: Text) -> list[str]:
    """Carts, one of whose prices has changed since, lists, a template, a staged batch of prices, and searches for
    nothing."""
    buyers = [attrs.evolve(shop.buyer(name), approved=True) for name in ("regular", "vip")]
    lines = [AskedLine(sku_id=shop.sku(code).id, quantity=Decimal(6)) for code in ("TEA-500", "TEA-1L")]
    lines[0] = attrs.evolve(
        lines[0], note=text("备注"), text=text("自己的叫法"), unit="箱", quantity=Decimal(2)
    )
    found: list[str] = []
    for at, buyer in enumerate(buyers):
        world.use.add_to_cart(actor=buyer, key=a.key(f"cart {at}"), lines=lines)
        assert buyer.customer_id is not None, "a buyer is of a company"
        with world.database.unit_of_work.reading(buyer) as storage:
            found += [line.id for line in storage.carts.get(buyer.customer_id).lines]
        found += [
            world.use.save_shopping_list(actor=buyer, name=text("常购"), shared=shared, lines=lines).id
            for shared in (True, False)
        ]
    template = world.use.save_order_template(actor=shop.clerk, name=text("模板"), audience=[], lines=lines)
    raised = AskedRung(min_quantity=Decimal(1), unit_price=Decimal("6.50"))
    dearer = AskedPrice(sku_code=shop.sku("TEA-1L").code, rungs=(raised,))
    world.use.set_prices(actor=shop.clerk, prices=[dearer])
    return [*found, template.id, *_noted(world, shop, text)]


def _noted(world: World, shop: Shop, text: Text) -> list[str]:
    company, nuts = shop.customers["regular"], shop.sku("NUTS").id
    batches = [
        PriceBatch(id=world.ids.new(PriceBatchId), name=text("春季价格"), ladders=1, created_at=a.NOON)
        for _ in range(3)
    ]
    dearer = PriceChange(shop.lists["base"].id, nuts, a.ladder((1, "12.50")))
    missed = [
        MissedSearch(text=text("找不到"), customer_id=one, first_at=a.NOON, last_at=a.NOON)
        for one in (company.id, None)
    ]
    world.add(batches, to=shop)
    with world.database.unit_of_work(shop.operator) as storage:
        for one in batches:
            storage.price_batches.stage(one.id, [dearer])
        storage.own_names.learn(company.id, {OwnName(text("白袋子")): nuts}, at=a.NOON)
        storage.missed_searches.record(missed, at=a.NOON)
    return [one.id for one in batches]
