"""Whoever asks is told one price: in the catalog, in a search, beside a SKU, in a quote, and in the order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import attrs
import pytest

from domain.catalog import Pack, Sku, Unit
from domain.customers import Customer
from domain.groups import GroupKind
from domain.identity import AudienceId, SpecialPriceId
from domain.merchant import Merchant, PriceStrategy
from domain.period import ALWAYS, Period
from domain.pricing import Ladder, PriceChange, PriceList, PriceSource, PricesSet
from domain.promotions import Schedule
from domain.quantity import Factor
from kit import builders as a
from kit.api import Api, open_api
from kit.specials import special
from kit.world import World, store

SKUS, LISTS, ASKED = 6, 14, 3
HOUR = timedelta(hours=1)
SKU = (
    "query ($c: String, $q: Decimal, $u: String) { sku(code: $c) { price(quantity: $q, unit: $u) { ...P } } }"
)
LISTED = """query ($q: Decimal, $u: String, $t: String) { products(first: 100, filter: { text: $t }) {
  nodes { skus { code price(quantity: $q, unit: $u) { ...P } } } } }"""
FRAGMENT = """ fragment P on SkuPrice { unitPrice { amount } listPrice { amount } source
  special { ...S } missedSpecial { ...M } }
  fragment S on ChargedSpecial { name ordinaryPrice { amount } endsAt left }
  fragment M on MissedSpecial { name unitPrice { amount } left }"""
OF_SPECIALS = FRAGMENT[FRAGMENT.index(" fragment S") :]
QUOTE = """query ($input: QuoteInput!) { quote(input: $input) { total { amount } lines {
  sku { code } unitPrice { amount } listPrice { amount } source total { amount }
  special { ...S } missedSpecial { ...M } } } }"""
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { errors { ... on UserError { code } }
  order { total { amount } lines { skuCode unitPrice { amount } listPrice { amount } priceSource
    total { amount } } } } }"""


@attrs.frozen
class Scene:
    """Goods, and companies with buyers, one below the other."""

    skus: Sequence[Sku]
    companies: Sequence[tuple[Customer, str]]


@pytest.mark.parametrize("storage_name", ["sqlite", "postgres"])
@pytest.mark.parametrize("seed", range(2))
async def test_everybody_is_told_one_price(storage_name: str, world: World, seed: int) -> None:
    assert storage_name in ("sqlite", "postgres")
    chance = Random(seed)
    world = _with_rules(world, (*PriceStrategy,)[seed % 2])
    scene = _furnish(world, chance)
    async with open_api(world) as api:
        told = 0
        for at, (_, buyer) in enumerate(scene.companies):
            for many in range(ASKED):
                told += await _agree(api, scene, buyer, chance, key=f"{at}-{many}")
    assert told > len(scene.companies) * ASKED
    # The stock of the scene came without movements.
    assert {one.invariant for one in world.database.audit.findings()} == {"I3"}


async def _agree(api: Api, scene: Scene, buyer: str, chance: Random, *, key: str) -> int:
    """Ask for some SKUs in one unit and quantity, in every way; answer how many had a price."""
    actor = api.world.shop.buyer(buyer)
    unit = chance.choice((None, "bottle", "箱", "托"))
    quantity = str(chance.choice((1, 2, 5, 12, 24, 30)))
    asked = {"q": quantity, "u": unit}
    alone: dict[str, Any] = {}
    for sku in scene.skus:
        found = await api.ask(SKU + FRAGMENT, {**asked, "c": sku.code}, actor=actor)
        alone[sku.code] = found.data["sku"]["price"]
    for text in (None, "同价"):
        found = await api.ask(LISTED + FRAGMENT, {**asked, "t": text or "同价"}, actor=actor)
        listed = {
            sku["code"]: sku["price"] for node in found.data["products"]["nodes"] for sku in node["skus"]
        }
        assert listed == alone
    priced = [code for code, price in alone.items() if price is not None]
    if not priced:
        return 0
    lines = [{"skuCode": code, "quantity": quantity, "unit": unit} for code in priced]
    quote = (await api.ask(QUOTE + OF_SPECIALS, {"input": {"lines": lines}}, actor=actor)).data["quote"]
    of_specials = ("special", "missedSpecial")
    assert {
        line["sku"]["code"]: {**_price(line), **{name: line[name] for name in of_specials}}
        for line in quote["lines"]
    } == {code: alone[code] for code in priced}
    told = {line["sku"]["code"]: _price(line) for line in quote["lines"]}
    order = {"idempotencyKey": key, "paymentMethod": "BANK_TRANSFER", "lines": lines}
    placed = (await api.ask(PLACE, {"input": order}, actor=actor)).data["placeOrder"]
    assert placed["errors"] == []
    assert placed["order"]["total"] == quote["total"]
    assert {line["skuCode"]: _price(line) for line in placed["order"]["lines"]} == told
    for line in placed["order"]["lines"]:
        cents = Decimal(line["unitPrice"]["amount"]) * Decimal(quantity)
        assert Decimal(line["total"]["amount"]) == cents.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
    return len(priced)


def _price(line: Any) -> Any:
    source = line.get("source") or line.get("priceSource")
    return {"unitPrice": line["unitPrice"], "listPrice": line["listPrice"], "source": source}


def _with_rules(world: World, strategy: PriceStrategy) -> World:
    """The merchant chooses prices in one of the ways."""
    merchant: Merchant = attrs.evolve(world.shop.merchant, price_strategy=strategy)
    with world.database.unit_of_work(world.shop.clerk) as storage:
        found = storage.settings.lock()
        storage.settings.save(attrs.evolve(found, price_strategy=strategy, version=found.version + 1))
    return attrs.evolve(world, shop=attrs.evolve(world.shop, merchant=merchant))


def _furnish(world: World, chance: Random) -> Scene:
    ids, shop = world.ids, world.shop
    packs = (Pack(Unit.named("箱"), Factor(12)), Pack(Unit.named("托"), Factor(480)))
    skus = [
        attrs.evolve(a.sku(ids, code=f"SAME-{at}", name=f"同价 {at}"), unit=Unit.named("瓶"), packs=packs)
        for at in range(SKUS)
    ]
    goods = [a.product(ids, name=f"同价 {at}", position=at, skus=[sku]) for at, sku in enumerate(skus)]
    region = a.group(ids, name="大区")
    city = a.group(ids, name="城市", below=region)
    free = a.group(ids, name="会员店", kind=GroupKind.FREE)
    tiers = list(shop.tiers.values())
    top = a.customer(ids, tier=chance.choice(tiers), name="总公司")
    middle = a.customer(ids, tier=chance.choice(tiers), name="分公司", parent=top)
    store_ = a.customer(ids, tier=chance.choice(tiers), name="门店", parent=middle)
    alone = a.customer(ids, tier=chance.choice(tiers), name="散户")
    companies = [top, middle, store_, alone]
    buyers = {one.name: a.buyer(ids, customer=one) for one in companies}
    stock = [a.stock_item(sku, shop.warehouses["main"], on_hand=10**6) for sku in skus]
    for one in companies:
        store(world.database, shop, [one])
    lists = [_list(world, chance, companies, tiers, (region, city, free)) for _ in range(LISTS)]
    members = [a.membership(group, one) for group in (city, free) for one in chance.sample(companies, 2)]
    store(world.database, shop, buyers.values(), [region], [city, free], members, lists, goods, stock)
    base = shop.lists["base"]
    for price_list in (base, shop.lists["vip"], *lists):
        _price_list(world, chance, price_list, skus, whole=price_list is base)
    audience: list[AudienceId] = [
        *(one.id for one in companies),
        *(one.id for one in tiers),
        *(one.id for one in (region, city, free)),
    ]
    _cheapen(world, chance, skus, audience)
    object.__setattr__(shop, "buyers", {**shop.buyers, **buyers})
    object.__setattr__(shop, "customers", {**shop.customers, **{one.name: one for one in companies}})
    return Scene(skus, [(one, one.name) for one in companies])


def _list(world: World, chance: Random, companies: Any, tiers: Any, groups: Any) -> PriceList:
    region, city, free = groups
    validity = chance.choice(
        (ALWAYS, ALWAYS, Period(a.NOON - HOUR, a.NOON + HOUR), Period(end=a.NOON), Period(a.NOON + HOUR))
    )
    given: dict[str, Any] = chance.choice(
        (
            {},
            {"tier": chance.choice(tiers)},
            {"customer": chance.choice(companies)},
            {"customer": chance.choice(companies), "source": PriceSource.CONTRACT},
            {"group": free},
            {"region": chance.choice((region, city))},
        )
    )
    name, priority = f"表 {chance.random()}", chance.randint(-2, 2)
    rest = {"source": PriceSource.PRICE_LIST, "name": name, "priority": priority, "validity": validity}
    return a.price_list(world.ids, **{**rest, **given})


def _price_list(world: World, chance: Random, one: PriceList, skus: Sequence[Sku], *, whole: bool) -> None:
    """Give some SKUs of a list ladders of all kinds; those of the base list are prices, and most have one."""
    changes: dict[object, PriceChange] = {}
    for sku in skus:
        for _ in range(chance.randint(1 if whole else 0, 3)):
            unit = chance.choice((None, None, "case"))
            validity = chance.choice(
                (ALWAYS, Period(a.NOON - HOUR), Period(a.NOON, a.NOON + HOUR), Period(a.NOON + HOUR))
            )
            ladder = _ladder(chance, shares=one.source is not PriceSource.BASE, times=12 if unit else 1)
            change = PriceChange(one.id, sku.id, ladder, unit, validity, chance.choice((0, 0, 1)))
            changes[sku.id, unit, validity.start, validity == ALWAYS] = change
    if changes:
        with world.database.unit_of_work(world.shop.clerk) as storage:
            fact = PricesSet(at=a.NOON, list_id=one.id, sku_ids=tuple(sku.id for sku in skus))
            storage.prices.set(list(changes.values()), event=fact)


def _cheapen(world: World, chance: Random, skus: Sequence[Sku], audience: Sequence[AudienceId]) -> None:
    """Special prices of all kinds of most SKUs."""
    with world.database.unit_of_work(world.shop.clerk) as storage:
        for sku in chance.choices(skus, k=len(skus) * 2):
            unit = chance.choice((None, None, "case"))
            share = chance.random() < 0.4
            limits = {
                name: chance.choice((1, 5, 24, 300, 5_000))
                for name in ("stock", "per_customer")
                if chance.random() < 0.4
            }
            one = special(
                f"{chance.randint(40, 99)}%"
                if share
                else f"{Decimal(chance.randint(50, 900) * (12 if unit else 1)) / 100}",
                id=world.ids.new(SpecialPriceId),
                sku_id=sku.id,
                unit=unit,
                stacks=share and chance.random() < 0.5,
                contracts=chance.random() < 0.3,
                audience=frozenset(chance.sample(audience, chance.choice((0, 0, 2)))),
                schedule=Schedule(
                    validity=chance.choice((ALWAYS, Period(a.NOON, a.NOON + HOUR), Period(a.NOON + HOUR)))
                ),
                version=1,
                **limits,
            )
            storage.special_prices.add(one, at=a.NOON)


def _ladder(chance: Random, *, shares: bool, times: int) -> Ladder:
    starts = sorted({chance.choice((1, 1, 12)), *chance.sample((5, 24, 60, 288), 2)})
    return a.ladder(
        *(
            (
                start,
                f"{chance.randint(50, 99)}%"
                if shares and chance.random() < 0.3
                else f"{Decimal(chance.randint(100, 1_999) * times) / 100}",
            )
            for start in starts
        )
    )
