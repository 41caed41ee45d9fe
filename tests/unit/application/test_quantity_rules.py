"""Staff set what may be ordered, pool breaks, and allow a customer what the rules do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, Forbidden, Permission
from application.many_skus import LONGEST_REASON, MOST_RULES, InvalidAllowance, TooManyRules
from application.ports.quantity_rules import Allowance
from application.ports.storage import CustomerNotFound
from application.quantity_rules import AskedAllowance, AskedRule
from application.visibility import TooManyProducts
from domain.catalog import (
    CaseRule,
    InvalidQuantityRule,
    QuantityRule,
    Quota,
    UnknownSku,
    UnknownUnit,
)
from domain.errors import DomainError, Refused
from domain.identity import CustomerId, SkuId
from domain.money import Percentage
from domain.period import CalendarPeriod
from domain.trail import facts_of
from domain.visibility import UnknownProduct
from kit import builders as a
from kit.world import World, furnish


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def rule(world: World, code: str = "TEA-500", **more: Any) -> AskedRule:
    numbers = {name: Decimal(more.pop(name)) for name in list(more) if isinstance(more[name], int)}
    return AskedRule(**{"sku_id": world.shop.sku(code).id, **more, **numbers})


def decide(world: World, *rules: AskedRule) -> tuple[SkuId, ...]:
    return world.use.set_quantity_rules(actor=world.shop.clerk, rules=rules)


def stored(world: World, code: str = "TEA-500") -> QuantityRule:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        sku_id = world.shop.sku(code).id
        return storage.quantity_rules.lock([sku_id])[sku_id].rule


def told(world: World) -> list[tuple[str, str, Any, Any]]:
    entries = world.database.vault.shop(world.shop.merchant.id).trail.values()  # type: ignore[attr-defined]  # memory
    return [(one.operation, one.about_id, facts_of(one.before), facts_of(one.after)) for one in entries]


def faults(act: Callable[[], object]) -> tuple[DomainError, ...]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.refusals


class TestSetQuantityRules:
    def test_sets_whole_rules_and_notes_what_changed(self, world: World) -> None:
        tea, nuts = world.shop.sku("TEA-500"), world.shop.sku("NUTS")
        named = rule(world, sku_id=None, sku_code=nuts.code)
        full = rule(
            world, minimum=2, step=2, maximum=240, quota=48, period=CalendarPeriod.DAY, case="箱", surcharge=5
        )
        assert decide(world, full, named) == (tea.id, nuts.id)
        after = QuantityRule(
            a.pieces(2),
            a.pieces(2),
            a.pieces(240),
            Quota(a.pieces(48), CalendarPeriod.DAY),
            CaseRule("case", Percentage(500)),
        )
        assert (stored(world), stored(world, "NUTS")) == (after, QuantityRule())
        decide(world, full)
        decide(world, rule(world, case="case"))
        assert stored(world) == QuantityRule(case=CaseRule("case"))
        plain = {"minimum": "1", "step": "1"}
        facts = {
            "minimum": "2",
            "step": "2",
            "maximum": "240",
            "quota": "48 DAY",
            "case": "case",
            "surcharge": "5%",
        }
        assert [one for one in told(world) if one[1] == tea.id] == [
            ("setQuantityRules", tea.id, plain, facts),
            ("setQuantityRules", tea.id, facts, {**plain, "case": "case", "surcharge": "FORBIDDEN"}),
        ]

    def test_names_everything_that_is_wrong(self, world: World) -> None:
        tea, foreign = world.shop.sku("TEA-500"), world.other.sku("TEA-500").id
        bad: list[tuple[dict[str, Any], str]] = [
            ({"minimum": 0}, "QUANTITY"),
            ({"step": Decimal("0.5")}, "QUANTITY"),
            ({"maximum": 10**7}, "QUANTITY"),
            ({"quota": 5}, "QUOTA"),
            ({"period": CalendarPeriod.DAY}, "QUOTA"),
            ({"case": "瓶"}, "CASE"),
            ({"surcharge": 5}, "SURCHARGE"),
            ({"case": "箱", "surcharge": 501}, "SURCHARGE"),
            ({"minimum": 10, "maximum": 9}, "NOTHING_LEFT"),
            ({"minimum": 10, "step": 10, "quota": 9, "period": CalendarPeriod.DAY}, "NOTHING_LEFT"),
            ({"case": "箱", "maximum": 23}, "NOTHING_LEFT"),
        ]
        assert faults(lambda: decide(world, *(rule(world, **one) for one, _ in bad))) == tuple(
            InvalidQuantityRule(reason, at) for at, (_, reason) in enumerate(bad)
        )
        assert faults(
            lambda: decide(
                world,
                rule(world, sku_id=foreign),
                rule(world, sku_id=None, reference="no id"),
                rule(world, case="no such"),
                rule(world, "NUTS"),
                rule(world, "NUTS"),
            )
        ) == (
            UnknownSku(foreign, 0),
            UnknownSku("no id", 1),
            UnknownUnit(tea.id, "no such", tea.units, 2),
            InvalidQuantityRule("TWICE", 4),
        )
        assert stored(world) == QuantityRule()

    @pytest.mark.parametrize("many", [0, MOST_RULES + 1])
    def test_takes_not_too_many_at_once(self, world: World, many: int) -> None:
        assert faults(lambda: decide(world, *[rule(world)] * many)) == (TooManyRules(many),)


class TestPoolBreaks:
    def test_is_noted_where_it_changes(self, world: World) -> None:
        tea, rice = world.shop.products["tea"].id, world.shop.products["rice"].id
        for pooled in (True, True, False):
            ids = world.use.pool_breaks(
                actor=world.shop.clerk, products=[(tea, tea), (rice, rice), (tea, tea)], pooled=pooled
            )
            assert ids == (tea, rice)
        off, on = {"poolsBreaks": "false"}, {"poolsBreaks": "true"}
        assert told(world) == [
            ("poolBreaks", id, before, after)
            for before, after in ((off, on), (on, off))
            for id in (tea, rice)
        ]

    def test_names_what_is_no_product(self, world: World) -> None:
        foreign, tea = world.other.products["tea"].id, world.shop.products["tea"].id
        products = [(tea, tea), ("no id", None), (foreign, foreign)]
        use = world.use.pool_breaks
        assert faults(lambda: use(actor=world.shop.clerk, products=products, pooled=True)) == (
            UnknownProduct("no id", 1),
            UnknownProduct(foreign, 2),
        )
        assert faults(lambda: use(actor=world.shop.clerk, products=[], pooled=True)) == (TooManyProducts(0),)


class TestAllowQuantities:
    def allow(self, world: World, *skus: AskedAllowance, **more: Any) -> tuple[Allowance, ...]:
        asked: dict[str, Any] = {
            "customer_id": world.shop.customers["vip"].id,
            "until": world.clock.now() + timedelta(days=1),
            "reason": "展会",
            **more,
        }
        return world.use.allow_quantities(actor=world.shop.clerk, skus=skus, **asked)

    def test_is_noted_without_the_reason(self, world: World) -> None:
        tea, company = world.shop.sku("TEA-500").id, world.shop.customers["vip"].id
        now = world.clock.now()
        (first,) = self.allow(world, AskedAllowance(sku_id=tea), AskedAllowance(sku_id=tea))
        (last,) = self.allow(world, AskedAllowance(sku_id=tea), until=None)
        assert (first.reason, last.until) == ("展会", now)
        until = first.until.isoformat()
        assert told(world) == [
            ("allowQuantities", company, {}, {"sku": tea, "until": until, "reason": "****"}),
            (
                "allowQuantities",
                company,
                {"sku": tea, "until": until},
                {"sku": tea, "until": now.isoformat(), "reason": "****"},
            ),
        ]

    def test_names_everything_that_is_wrong(self, world: World) -> None:
        foreign = world.other.sku("TEA-500").id
        bad = [AskedAllowance(sku_id=foreign), AskedAllowance(reference="no id")]
        assert faults(lambda: self.allow(world, *bad, until=world.clock.now(), reason=" ")) == (
            InvalidAllowance("UNTIL"),
            InvalidAllowance("REASON"),
            UnknownSku(foreign, 0),
            UnknownSku("no id", 1),
        )
        long = "x" * (LONGEST_REASON + 1)
        tea = AskedAllowance(sku_id=world.shop.sku("TEA-500").id)
        assert faults(lambda: self.allow(world, tea, reason=long)) == (InvalidAllowance("REASON"),)
        assert faults(lambda: self.allow(world)) == (TooManyRules(0),)

    @pytest.mark.parametrize("foreign", [True, False])
    def test_knows_no_customers_but_its_own(self, world: World, foreign: bool) -> None:
        company = world.other.customers["vip"].id if foreign else world.ids.new(CustomerId)
        with pytest.raises(CustomerNotFound):
            self.allow(world, AskedAllowance(sku_id=world.shop.sku("TEA-500").id), customer_id=company)


def test_only_those_who_may_decide(world: World) -> None:
    shop = world.shop
    tea = shop.products["tea"].id
    until = world.clock.now() + timedelta(days=1)
    verbs: list[tuple[Permission, Callable[[Actor], object]]] = [
        (
            Permission.MANAGE_CATALOG,
            lambda actor: world.use.set_quantity_rules(actor=actor, rules=[rule(world)]),
        ),
        (
            Permission.MANAGE_PRICES,
            lambda actor: world.use.pool_breaks(actor=actor, products=[(tea, tea)], pooled=True),
        ),
        (
            Permission.MANAGE_CUSTOMERS,
            lambda actor: world.use.allow_quantities(
                actor=actor,
                customer_id=shop.customers["vip"].id,
                skus=[AskedAllowance(sku_id=shop.sku("TEA-500").id)],
                until=until,
                reason="展会",
            ),
        ),
    ]
    for needed, act in verbs:
        others = [one for one in Permission if one is not needed]
        for actor in (shop.buyer("vip"), shop.colleague(*others)):
            with pytest.raises(Forbidden):
                act(actor)
        assert act(shop.colleague(needed))
