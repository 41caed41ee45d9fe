"""Many customers with prices of their own ask at once; what each must be told is worked out here, from the table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import attrs

from adapters.identity.tokens import SignedTokens
from application.authorization import Actor
from application.ports.database import Database
from domain.customers import Buyer, Customer
from domain.money import Percentage
from domain.pricing import PriceChange, PriceList, PriceSource
from kit import builders as a
from kit.api import KEY, ROOMY, open_api
from kit.door import Door
from kit.world import World, furnish, store

SKUS, TIERS, CONTRACTS = 200, 5, 4
"""Every fourth customer has a contract."""
QUANTITIES = (1, 7, 24, 100)
AT_ONCE = 40
CENT = Decimal("0.01")
PATIENT = attrs.evolve(ROOMY, execute_s=120)
"""Prices may come late where the machine has other things to do; none may be another's."""

Rungs = Sequence[tuple[int, Decimal | str]]
"""From how many, at which price, or at which share where it ends in `%`."""

PAGE = """query ($q: Decimal) { products(first: 100, filter: { text: "价目" }) { nodes { skus { code
  price(quantity: $q) { unitPrice { amount } breaks { minQuantity unitPrice { amount } } } } } } }"""
ONE = (
    "query ($c: String, $q: Decimal) { sku(code: $c) { code price(quantity: $q) { unitPrice { amount } } } }"
)
QUOTE = """query ($input: QuoteInput!) { quote(input: $input) { lines { quantity sku { code }
  unitPrice { amount } } } }"""


@attrs.frozen(kw_only=True)
class Table:
    """The prices as they were agreed, and nothing but them."""

    base: Mapping[str, Rungs]
    tiers: Mapping[str, Mapping[str, Rungs]]
    shares: Mapping[str, str]
    """The share of the base price of tiers that have one."""
    promotion: Mapping[str, Rungs]
    promotions: Mapping[str, Mapping[str, Rungs]]
    """Those for one tier only."""
    contracts: Mapping[str, Mapping[str, Rungs]]

    def price(self, customer: str, tier: str, code: str, quantity: int) -> Decimal:
        """What one of a SKU costs a customer: the first list that reaches down to the quantity, its deepest rung."""
        rows = [
            self.contracts.get(customer, {}).get(code, ()),
            self.promotions.get(tier, {}).get(code, ()),
            self.promotion.get(code, ()),
            self.tiers[tier].get(code, ((1, self.shares[tier]),) if tier in self.shares else ()),
            self.base[code],
        ]
        found = next(deepest for rungs in rows if (deepest := _deepest(rungs, quantity)) is not None)
        if isinstance(found, Decimal):
            return found
        listed = _deepest(self.base[code], quantity)
        assert isinstance(listed, Decimal)
        return (listed * Decimal(found.removesuffix("%")) / 100).quantize(CENT, rounding=ROUND_HALF_UP)


def _deepest(rungs: Rungs, quantity: int) -> Decimal | str | None:
    reached = [price for least, price in rungs if least <= quantity]
    return reached[-1] if reached else None


@attrs.frozen(kw_only=True)
class Person:
    """A buyer, and for whom."""

    company: str
    tier: str
    token: str


@attrs.define(kw_only=True)
class Report:
    """What was told."""

    prices: int = 0
    requests: int = 0
    wrong: list[str] = attrs.field(factory=list)

    def line(self, customers: int) -> str:
        """Say it in figures."""
        return (
            f"{customers} customers x {TIERS} tiers x {SKUS} SKUs: {self.requests} requests interleaved,"
            f" {self.prices} prices, {len(self.wrong)} wrong"
        )


async def ask_for_prices(database: Database, *, customers: int, each: int, seed: int) -> Report:
    """Let so many customers ask, each so many questions, and compare every price."""
    chance = Random(seed)
    world = furnish(database)
    table, people = _furnish(world, customers, chance)
    report = Report()
    async with open_api(world, limits=PATIENT) as api:
        asking = [(one, chance.choice(QUANTITIES)) for one in people for _ in range(each)]
        chance.shuffle(asking)
        for at in range(0, len(asking), AT_ONCE):
            some = asking[at : at + AT_ONCE]
            await asyncio.gather(
                *(_ask(api.door, table, *one, Random(at * 1_000 + n), report) for n, one in enumerate(some))
            )
    return report


async def _ask(
    door: Door, table: Table, person: Person, quantity: int, chance: Random, report: Report
) -> None:
    codes = chance.sample(sorted(table.base), 20)
    lines = [{"skuCode": code, "quantity": str(chance.choice(QUANTITIES))} for code in codes]
    for query, variables in (
        (PAGE, {"q": str(quantity)}),
        (ONE, {"c": codes[0], "q": str(quantity)}),
        (QUOTE, {"input": {"lines": lines}}),
    ):
        sent = await door.post(
            "/graphql",
            content=json.dumps({"query": query, "variables": variables}),
            headers={"authorization": f"Bearer {person.token}", "content-type": "application/json"},
        )
        report.requests += 1
        content = sent.json()
        told = [*_told(content["data"], quantity)] if "errors" not in content else []
        expected = {PAGE: SKUS, ONE: 1, QUOTE: len(codes)}[query]
        if len({code for code, _, _ in told}) != expected:
            report.wrong.append(
                f"{person.company}: {len(told)} prices, not of {expected} SKUs: {sent.text[:300]}"
            )
        for code, many, amount in told:
            report.prices += 1
            right = table.price(person.company, person.tier, code, many)
            if Decimal(amount) != right:
                report.wrong.append(
                    f"{person.company} of {person.tier} is told {amount} for {many} {code}, not {right}"
                )


def _told(data: Any, quantity: int) -> Iterator[tuple[str, int, str]]:
    """Every price of an answer: of which SKU, for how many."""
    skus = [sku for product in data.get("products", {}).get("nodes", ()) for sku in product["skus"]]
    for sku in [*skus, *([data["sku"]] if "sku" in data else [])]:
        yield sku["code"], quantity, sku["price"]["unitPrice"]["amount"]
        for one in sku["price"].get("breaks", ()):
            if int(one["minQuantity"]) == quantity:
                yield sku["code"], quantity, one["unitPrice"]["amount"]
    for line in data.get("quote", {}).get("lines", ()):
        yield line["sku"]["code"], int(line["quantity"]), line["unitPrice"]["amount"]


def _rungs(chance: Random, *, least: int = 1, shares: bool = False) -> Rungs:
    starts = sorted({least, *chance.sample((7, 24, 100), chance.randint(0, 2))} - set(range(least)))
    return [(start, _share(chance) if shares else _amount(chance)) for start in starts]


def _amount(chance: Random) -> Decimal:
    return Decimal(chance.randint(100, 99_999)) / 100


def _share(chance: Random) -> str:
    return f"{Decimal(chance.randint(5_000, 9_999)) / 100}%"


def _furnish(world: World, customers: int, chance: Random) -> tuple[Table, list[Person]]:
    ids, shop = world.ids, world.shop
    goods = [
        a.product(
            ids,
            name=f"价目 {at}",
            position=at,
            skus=[a.sku(ids, code=f"P{at:03}-{each}", name=f"价目 {at} {each}") for each in range(2)],
        )
        for at in range(SKUS // 2)
    ]
    skus = {str(sku.code): sku.id for one in goods for sku in one.skus}
    codes = sorted(skus)
    names = [f"T{at}" for at in range(TIERS)]
    shares = {"T1": "93.5%", "T2": "90%"}
    companies = [f"客户 {at:04}" for at in range(customers)]
    table = Table(
        base={code: _rungs(chance) for code in codes},
        tiers={
            "T0": {},
            "T1": {},
            "T2": {code: _rungs(chance) for code in chance.sample(codes, SKUS // 2)},
            "T3": {code: _rungs(chance, shares=True) for code in chance.sample(codes, SKUS // 2)},
            "T4": {code: _rungs(chance, least=chance.choice((1, 7))) for code in codes},
        },
        shares=shares,
        promotion={code: _rungs(chance, least=24) for code in chance.sample(codes, 20)},
        promotions={"T4": {code: _rungs(chance, least=7) for code in chance.sample(codes, 10)}},
        contracts={
            name: {code: _rungs(chance, least=chance.choice((1, 7))) for code in chance.sample(codes, 10)}
            for name in companies[::CONTRACTS]
        },
    )
    tiers = {
        name: attrs.evolve(
            a.tier(ids, code=name, name=name),
            percentage=Percentage.of(shares[name].removesuffix("%")) if name in shares else None,
        )
        for name in names
    }
    firms = {
        name: a.customer(ids, tier=tiers[names[at % TIERS]], name=name) for at, name in enumerate(companies)
    }
    buyers = {name: a.buyer(ids, customer=one) for name, one in firms.items()}
    lists: list[tuple[PriceList, Mapping[str, Rungs]]] = [
        (shop.lists["base"], table.base),
        *(
            (a.price_list(ids, source=PriceSource.TIER, name=name, tier=tiers[name]), table.tiers[name])
            for name in names
        ),
        (a.price_list(ids, source=PriceSource.PRICE_LIST, name="促销", priority=1), table.promotion),
        *(
            (a.price_list(ids, source=PriceSource.PRICE_LIST, name=name, priority=2, tier=tiers[name]), rows)
            for name, rows in table.promotions.items()
        ),
        *(
            (a.price_list(ids, source=PriceSource.CONTRACT, name=name, customer=firms[name]), rows)
            for name, rows in table.contracts.items()
        ),
    ]
    changes = [
        PriceChange(one.id, skus[code], a.ladder(*((least, str(price)) for least, price in rungs)))
        for one, rows in lists
        for code, rungs in rows.items()
    ]
    store(
        world.database,
        shop,
        tiers.values(),
        firms.values(),
        buyers.values(),
        goods,
        [one for one, _ in lists[1:]],
        changes,
    )
    return table, [
        _person(world, firms[name], buyers[name], names[at % TIERS]) for at, name in enumerate(companies)
    ]


def _person(world: World, customer: Customer, buyer: Buyer, tier: str) -> Person:
    actor = Actor.buyer(world.shop.merchant, id=buyer.id, customer_id=customer.id, role=buyer.role)
    tokens = SignedTokens(key=KEY, clock=world.clock)
    token = tokens.issue(a.claims(actor), until=world.clock.now() + timedelta(days=1))
    return Person(company=customer.name, tier=tier, token=token)
