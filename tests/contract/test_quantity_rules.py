"""Quantity rules are kept whole, bind whoever orders, and let nobody past who comes at the same time as another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from application.authorization import Actor, Permission
from application.ports.quantity_rules import Allowance
from application.ports.storage import Stale
from application.quantity_rules import AskedAllowance
from application.retrying import retrying
from application.views.pages import Window
from application.views.quantity_rules import AllowanceFilter
from domain.catalog import CaseRule, QuantityRule, Quota, QuotaExceeded
from domain.errors import Refused
from domain.identity import ProductId, SkuId
from domain.money import Percentage
from domain.ordering import Order
from domain.period import CalendarPeriod
from kit import builders as a
from kit.api import Api, line, open_api
from kit.racing import at_once
from kit.world import World

FULL = QuantityRule(
    a.pieces(2),
    a.pieces(2),
    a.pieces(240),
    Quota(a.pieces(600), CalendarPeriod.WEEK),
    CaseRule("case", Percentage(550)),
)
TEN_A_DAY = QuantityRule(quota=Quota(a.pieces(10), CalendarPeriod.DAY))


def put(world: World, code: str, rule: QuantityRule) -> SkuId:
    sku_id = world.shop.sku(code).id
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.quantity_rules.lock([sku_id])
        storage.quantity_rules.set({sku_id: rule})
    return sku_id


def order(world: World, many: int, *, by: str = "regular", key: str | None = None) -> Order:
    tea = world.shop.sku("TEA-500")
    return retrying(world.use.place_order)(
        actor=world.shop.buyer(by),
        key=a.key(key or f"{by} {many} {world.clock.now()}"),
        basket=a.basket((tea, many)),
        wishes=a.wishes(),
    )


class TestQuantityRules:
    @pytest.mark.parametrize("rule", [FULL, QuantityRule(case=CaseRule("case")), QuantityRule(), TEN_A_DAY])
    def test_are_kept_whole_wherever_a_sku_is_read(self, world: World, rule: QuantityRule) -> None:
        put(world, "TEA-1L", FULL)
        sku_id = put(world, "TEA-1L", rule)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.quantity_rules.lock([sku_id, world.other.sku("TEA-500").id])[sku_id].rule == rule
            assert len(storage.quantity_rules.lock([sku_id, world.other.sku("TEA-500").id])) == 1
            (listing,) = storage.products.listings(ids=[sku_id])
            whole = {sku.id: sku for product in storage.products.all() for sku in product.skus}
        assert listing.sku.rule == whole[sku_id].rule == rule

    def test_are_of_skus_that_there_are(self, world: World) -> None:
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.quantity_rules.set({world.other.sku("TEA-500").id: FULL})

    def test_pool_the_breaks_of_products_that_there_are(self, world: World) -> None:
        tea, rice = world.shop.products["tea"].id, world.shop.products["rice"].id
        foreign = world.other.products["tea"].id
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.quantity_rules.lock_pools([tea, rice, foreign]) == {tea: False, rice: False}
            storage.quantity_rules.pool([tea], pooled=True)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.quantity_rules.lock_pools([tea, rice]) == {tea: True, rice: False}
            listings = storage.products.listings(codes=[world.shop.sku("TEA-1L").code])
            assert [one.pools_breaks for one in listings] == [True]
            assert {one.id for one in storage.products.all() if one.pools_breaks} == {tea}
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.quantity_rules.pool([ProductId(foreign)], pooled=True)


class TestQuotas:
    def test_count_the_orders_of_the_period_that_were_not_called_off(self, world: World) -> None:
        tea = put(world, "TEA-500", TEN_A_DAY)
        before = order(world, 4)
        order(world, 9, by="vip")
        called_off = order(world, 3, key="called off")
        world.use.cancel_order(actor=world.shop.buyer(), key=a.key("c"), order_id=called_off.id)
        with pytest.raises(Refused) as refused:
            order(world, 7)
        assert refused.value.refusals == (
            QuotaExceeded(tea, Quota(a.pieces(10), CalendarPeriod.DAY), a.pieces(6), (a.pieces(6),), 0),
        )
        order(world, 6)
        starts = [before.placed_at, before.placed_at + timedelta(microseconds=1)]
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            ordered = storage.quantity_rules.ordered
            mine, rice = world.shop.customers["regular"].id, world.shop.sku("RICE").id
            assert [dict(ordered(mine, since={tea: start, rice: starts[0]})) for start in starts] == [
                {tea: 10_000},
                {},
            ]
            assert ordered(mine, since={}) == {}
        world.clock.forward(timedelta(days=1))
        order(world, 10)

    def test_let_no_two_orders_past_that_come_at_once(self, world: World) -> None:
        put(world, "TEA-500", TEN_A_DAY)
        ended = at_once([lambda at=at: order(world, 3, key=f"k{at}") for at in range(8)])  # type: ignore[misc]
        assert len([one for one in ended if isinstance(one, Order)]) == 3
        lost = [one for one in ended if not isinstance(one, Order)]
        assert all(isinstance(one, Refused) and isinstance(one.refusals[0], QuotaExceeded) for one in lost), (
            lost
        )


class TestAllowances:
    def test_let_a_customer_order_whatever_until_they_are_over(self, world: World) -> None:
        tea = put(world, "TEA-500", TEN_A_DAY)
        shop, until = world.shop, world.clock.now() + timedelta(hours=2)
        allowed = world.use.allow_quantities(
            actor=shop.clerk,
            customer_id=shop.customers["regular"].id,
            skus=[AskedAllowance(sku_id=tea)],
            until=until,
            reason="展会样品",
        )
        assert [(one.sku_id, one.until) for one in allowed] == [(tea, until)]
        order(world, 11)
        with pytest.raises(Refused):
            order(world, 11, by="vip")
        world.clock.forward(timedelta(hours=2))
        with pytest.raises(Refused):
            order(world, 12)

    async def test_are_listed_to_those_who_manage_customers(self, world: World) -> None:
        shop, now = world.shop, world.clock.now()
        tea, nuts = world.shop.sku("TEA-500").id, world.shop.sku("NUTS").id
        mine, other = shop.customers["regular"].id, shop.customers["vip"].id
        made = [
            Allowance(customer_id=mine, sku_id=tea, until=now + timedelta(days=1), reason="展会样品"),
            Allowance(customer_id=mine, sku_id=nuts, until=now, reason="已过"),
            Allowance(customer_id=other, sku_id=tea, until=now + timedelta(days=1), reason="试销"),
        ]
        with world.database.unit_of_work(shop.clerk) as storage:
            for one in made:
                storage.quantity_rules.allow([one])
        in_order = sorted(made, key=lambda one: (one.customer_id, one.sku_id))

        async def found(by: Actor, *, size: int = 9, **filter: Any) -> tuple[list[Allowance], int | None]:
            page = await world.views(by).allowances.allowances(
                window=Window(size=size), filter=AllowanceFilter(**filter), count=True
            )
            return [edge.node for edge in page.edges], page.total

        assert await found(shop.clerk) == (in_order, 3)
        assert await found(shop.clerk, size=2) == (in_order[:2], 3)
        assert await found(shop.clerk, customer_id=other) == ([made[2]], 1)
        assert await found(shop.clerk, customer_id=mine, current=True) == ([made[0]], 1)
        assert await found(world.other.clerk) == ([], 0)
        assert await found(shop.colleague(Permission.VIEW_CUSTOMERS)) == ([], 0)
        assert await found(shop.buyer()) == ([], 0)

    def test_take_the_place_of_what_was_allowed_before(self, world: World) -> None:
        shop, now = world.shop, world.clock.now()
        tea, mine = shop.sku("TEA-500").id, shop.customers["regular"].id
        first, second = (
            Allowance(customer_id=mine, sku_id=tea, until=now + timedelta(days=days), reason="a reason")
            for days in (1, 2)
        )
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.quantity_rules.allow([first]) == {}
            assert storage.quantity_rules.allow([second]) == {tea: first.until}
            assert storage.quantity_rules.allowed(mine, [tea], at=first.until) == {tea}
            assert storage.quantity_rules.allowed(mine, [tea], at=second.until) == frozenset()
            assert storage.quantity_rules.allowed(shop.customers["vip"].id, [tea], at=now) == frozenset()


RULES = """mutation ($rules: [QuantityRuleInput!]!) { setQuantityRules(input: {rules: $rules}) {
  skus { code minQuantity quantityStep maxQuantity quota { most period } caseRule { unit surcharge }
         price(quantity: 5) { unitPrice { amount } } }
  errors { ... on UserError { code path } ... on InvalidQuantityRule { reason } } } }"""
QUOTE = """query ($lines: [OrderLineInput!]!) { quote(input: {lines: $lines}) { total { amount }
  lines { line quantity unit { name } unitPrice { amount } surcharge { amount } total { amount }
          problems { code path ... on QuotaExceeded { left nearest quota { most period } }
                     ... on InvalidQuantity { nearest } } } } }"""


class TestApi:
    async def test_shows_sets_and_quotes(self, world: World) -> None:
        async with open_api(world) as api:
            rule = {
                "skuCode": "TEA-1L",
                "maximum": "240",
                "quota": "36",
                "period": "MONTH",
                "case": "箱",
                "surcharge": "5",
            }
            found = await self.ask(api, RULES, rules=[rule])
            assert found == {
                "skus": [
                    {
                        "code": "TEA-1L",
                        "minQuantity": "1",
                        "quantityStep": "1",
                        "maxQuantity": "240",
                        "quota": {"most": "36", "period": "MONTH"},
                        "caseRule": {"unit": "case", "surcharge": "5"},
                        "price": {"unitPrice": {"amount": "6.30"}},
                    }
                ],
                "errors": [],
            }
            lines = [{**line("TEA-1L", 1), "unit": "箱", "plus": [{"quantity": "5"}]}, line("TEA-1L", 30)]
            quote = (await api.ask(QUOTE, {"lines": lines}, actor=world.shop.buyer())).data["quote"]
            shown = [(one["line"], one["quantity"], one["unit"]["name"]) for one in quote["lines"]]
            assert shown == [(0, "1", "箱"), (0, "35", "瓶")]
            assert [one["surcharge"] for one in quote["lines"]] == [None, {"amount": "0.30"}]
            (problem,) = [one for one in quote["lines"][1]["problems"] if one["code"] == "QUOTA_EXCEEDED"]
            assert problem == {
                "code": "QUOTA_EXCEEDED",
                "path": ["input", "lines", "0", "quantity"],
                "left": "36",
                "nearest": ["24"],
                "quota": {"most": "36", "period": "MONTH"},
            }

    async def ask(self, api: Api, document: str, **variables: Any) -> Any:
        found = await api.ask(document, variables, actor=api.world.shop.clerk)
        return next(iter(found.data.values()))
