"""Twins: whatever is done to memory and to SQLite alike, both tell the same story."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, cast

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from adapters.persistence.memory import MemoryDatabase
from adapters.persistence.sql import SqlDatabase
from application.groups import Asked, Way
from application.inventory import StockChange
from application.merchant import SAME, AskedSettings
from application.ports.database import Database
from application.pricing import AskedPrice, AskedRung
from application.visibility import AskedVisibility
from domain.errors import DomainError
from domain.identity import AudienceId, IdempotencyKey, OrderId, SkuCode
from domain.inventory import MovementReason
from domain.merchant import MarginGuard, Merchant, PriceStrategy, StockDisplay
from domain.money import Rounding
from domain.ordering import Order
from domain.ownership import OwnerKind
from domain.quoting import Basket, BasketLine
from kit import builders as a
from kit.sealing import SEALING
from kit.world import World, furnish

CODES = ("TEA-500", "TEA-1L", "TEA-OLD", "WATER-550", "RICE", "NUTS", "CUP", "SODA", "NONE")
BUYERS = ("regular", "vip", "strategic", "contract", "viewer")
NUMBERS = tuple(Decimal(number) for number in ("1", "2.5", "6", "12", "24", "100", "300", "0", "0.001", "-3"))

codes = st.sampled_from(CODES)
buyers = st.sampled_from(BUYERS)
keys = st.integers(0, 30).map(lambda number: a.key(f"k{number}"))
"""Few enough that some come twice."""
unit_names = st.sampled_from((None, None, None, "箱", "斤", "打"))
lines = st.builds(BasketLine, sku_code=codes.map(SkuCode), quantity=st.sampled_from(NUMBERS), unit=unit_names)
baskets = st.lists(lines, max_size=3).map(lambda many: Basket(tuple(many)))
changes = st.lists(
    st.builds(
        StockChange,
        sku_code=codes.map(SkuCode),
        warehouse=st.sampled_from(("MAIN", "SECOND", "NONE")),
        quantity=st.sampled_from(NUMBERS) | st.sampled_from((Decimal(-1), Decimal(-200))),
        unit=unit_names,
    ),
    max_size=3,
)
rungs = st.builds(
    AskedRung,
    min_quantity=st.sampled_from((Decimal(1), Decimal(24), Decimal("0.5"))),
    unit_price=st.none() | st.sampled_from((Decimal("2.50"), Decimal(0), Decimal("0.0375"))),
    percentage=st.none() | st.sampled_from((Decimal(90), Decimal("33.33"))),
)
asked_prices = st.lists(
    st.builds(
        AskedPrice,
        sku_code=codes.map(SkuCode),
        tier=st.sampled_from((None, "VIP", "STRATEGIC", "REGULAR", "NONE")),
        rungs=st.lists(rungs, max_size=3).map(tuple),
    ),
    max_size=3,
)
asked_settings = st.builds(
    AskedSettings,
    name=st.none() | st.sampled_from(("山泉", "", "x" * 101)),
    stock_display=st.none() | st.sampled_from(StockDisplay),
    low_stock=st.none() | st.sampled_from(NUMBERS),
    logo=st.sampled_from((SAME, None, "logos/one", "//")),
    order_minimum_amount=st.sampled_from((SAME, None, *NUMBERS)),
    cut_off_time=st.sampled_from((SAME, None, "00:00", "23:59", "24:00")),
    delivery_lead_days=st.none() | st.integers(-1, 61),
    price_strategy=st.none() | st.sampled_from(PriceStrategy),
    margin_guard=st.none() | st.sampled_from(MarginGuard),
    order_rounding=st.none() | st.sampled_from(Rounding),
)

groups = st.sampled_from(("east", "jiangsu", "west", "chains"))
companies = st.sampled_from(("regular", "vip", "stranger"))
tags = st.sampled_from(("VIP", "vip", "新客", " "))

Story = Callable[[World], Any]


class Twins(RuleBasedStateMachine):
    """Two worlds with the same ids and the same clock, in which the same things happen."""

    placed = Bundle("placed")

    def __init__(self, path: Path, template: Path) -> None:
        super().__init__()
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()
        shutil.copyfile(template, path)
        self.sql = SqlDatabase(f"sqlite:///{path}", clock=a.FixedClock(), sealing=SEALING)
        databases: tuple[Database, ...] = (MemoryDatabase(), self.sql)
        self.worlds = [furnish(database) for database in databases]
        self.orders: set[OrderId] = set()

    def both(self, story: Story) -> Any:
        """Do the same to both, and compare how it ended."""
        ended = []
        for world in self.worlds:
            try:
                ended.append(story(world))
            except DomainError as refusal:
                ended.append(refusal)
        memory, sql = ended
        assert memory == sql
        return memory

    @initialize(target=placed)
    def place_one(self) -> OrderId:
        """One order to begin with, so that there is something to confirm and to cancel."""
        order = self.both(
            lambda world: world.use.place_order(
                actor=world.shop.buyer(),
                key=a.key("first"),
                basket=a.basket((world.shop.sku("TEA-500"), 300)),
                wishes=a.wishes(),
            )
        )
        self.orders.add(order.id)
        return order.id  # type: ignore[no-any-return]  # an order's id is one

    @rule(target=placed, by=buyers, key=keys, basket=baskets)
    def place(self, by: str, key: IdempotencyKey, basket: Basket) -> Any:
        if by == "viewer":
            by = "regular"
        order = self.both(
            lambda world: world.use.place_order(
                actor=world.shop.buyer(by), key=key, basket=basket, wishes=a.wishes()
            )
        )
        if not isinstance(order, Order):
            return multiple()
        self.orders.add(order.id)
        return order.id

    @rule(by=buyers, basket=baskets)
    def quote(self, by: str, basket: Basket) -> None:
        self.both(lambda world: world.use.quote_basket(actor=world.shop.buyer(by), basket=basket))

    @rule(order_id=placed, key=keys)
    def confirm(self, order_id: OrderId, key: IdempotencyKey) -> None:
        self.both(lambda world: world.use.confirm_order(actor=world.shop.clerk, key=key, order_id=order_id))

    @rule(order_id=placed, by=buyers, key=keys)
    def cancel_as_buyer(self, order_id: OrderId, by: str, key: IdempotencyKey) -> None:
        self.both(
            lambda world: world.use.cancel_order(actor=world.shop.buyer(by), key=key, order_id=order_id)
        )

    @rule(order_id=consumes(placed), key=keys)
    def cancel_as_seller(self, order_id: OrderId, key: IdempotencyKey) -> None:
        self.both(lambda world: world.use.cancel_order(actor=world.shop.clerk, key=key, order_id=order_id))

    @rule(order_id=placed, key=keys)
    def confirm_at_the_neighbours(self, order_id: OrderId, key: IdempotencyKey) -> None:
        self.both(lambda world: world.use.confirm_order(actor=world.other.clerk, key=key, order_id=order_id))

    @rule(key=keys, wanted=changes)
    def receive(self, key: IdempotencyKey, wanted: list[StockChange]) -> None:
        self.both(lambda world: world.use.receive_stock(actor=world.shop.clerk, key=key, changes=wanted))

    @rule(key=keys, wanted=changes, reason=st.sampled_from((MovementReason.COUNT, MovementReason.DAMAGE)))
    def adjust(self, key: IdempotencyKey, wanted: list[StockChange], reason: MovementReason) -> None:
        self.both(
            lambda world: world.use.adjust_stock(
                actor=world.shop.clerk, key=key, changes=wanted, reason=reason
            )
        )

    @rule(wanted=asked_prices)
    def set_prices(self, wanted: list[AskedPrice]) -> None:
        self.both(lambda world: world.use.set_prices(actor=world.shop.clerk, prices=wanted))

    @rule(asked=asked_settings, behind=st.sampled_from((0, 0, 0, 1)))
    def set_merchant_settings(self, asked: AskedSettings, behind: int) -> None:
        self.both(
            lambda world: world.use.set_merchant_settings(
                actor=world.shop.clerk, asked=asked, seen=_settings(world).version - behind
            )
        )

    @rule(who=companies, group=groups, way=st.sampled_from(Way))
    def move(self, who: str, group: str, way: Way) -> None:
        self.both(
            lambda world: world.use.move_customers(
                actor=world.shop.clerk,
                group_id=world.shop.groups[group].id,
                way=way,
                customers=[_company(world, who)],
            )
        )

    @rule(who=companies, tags=st.lists(tags, max_size=2), put=st.booleans())
    def tag(self, who: str, tags: list[str], put: bool) -> None:
        self.both(
            lambda world: world.use.change_tags(
                actor=world.shop.clerk,
                customers=[_company(world, who)],
                add=tags if put else [],
                remove=[] if put else tags,
            )
        )

    @rule(group=groups, name=st.sampled_from(("西部", "北区", "")), gone=st.booleans())
    def rename_or_delete(self, group: str, name: str, gone: bool) -> None:
        self.both(
            lambda world: (
                world.use.delete_group(actor=world.shop.clerk, group_id=world.shop.groups[group].id)
                if gone
                else world.use.rename_group(
                    actor=world.shop.clerk, group_id=world.shop.groups[group].id, name=name
                )
            )
        )

    @rule(
        product=st.sampled_from(("tea", "rice")),
        restricted=st.booleans(),
        shown=st.lists(groups, max_size=2),
        hidden=st.lists(groups, max_size=2),
    )
    def show(self, product: str, restricted: bool, shown: list[str], hidden: list[str]) -> None:
        self.both(
            lambda world: world.use.set_product_visibility(
                actor=world.shop.clerk,
                products=[
                    AskedVisibility(
                        product_id=world.shop.products[product].id,
                        reference=product,
                        restricted=restricted,
                        shown_to=_named(world, shown),
                        hidden_from=_named(world, hidden),
                    )
                ],
            )
        )

    @rule(one=buyers, other=st.none() | buyers)
    def hang(self, one: str, other: str | None) -> None:
        """Hang a company below another, or below none: from then on that one's people are known to have branches."""
        self.both(
            lambda world: world.use.set_customer_parent(
                actor=world.shop.clerk,
                customer_id=world.shop.buyers[one].customer_id,
                parent_id=None if other is None else world.shop.buyers[other].customer_id,
            )
        )

    @rule(by=buyers, of=buyers, key=keys, basket=baskets)
    def place_for(self, by: str, of: str, key: IdempotencyKey, basket: Basket) -> None:
        """Order for a company that may be below one's own."""
        order = self.both(
            lambda world: world.use.place_order(
                actor=attrs.evolve(world.shop.buyer("regular" if by == "viewer" else by), has_branches=True),
                key=key,
                basket=basket,
                wishes=a.wishes(),
                customer_id=world.shop.buyers[of].customer_id,
            )
        )
        if isinstance(order, Order):
            self.orders.add(order.id)

    @rule(of=buyers, agent=st.none() | buyers, hours=st.integers(-1, 3))
    def own(self, of: str, agent: str | None, hours: int) -> None:
        """Let a company own another, now or later."""
        self.both(
            lambda world: world.use.set_customer_owner(
                actor=world.shop.clerk,
                customer_id=world.shop.buyers[of].customer_id,
                kind=OwnerKind.AGENT,
                owner_id=None if agent is None else world.shop.buyers[agent].customer_id,
                since=world.clock.now() + timedelta(hours=hours),
            )
        )

    @rule(hours=st.integers(1, 48))
    def wait(self, hours: int) -> None:
        for world in self.worlds:
            world.clock.forward(timedelta(hours=hours))

    @invariant()
    def have_the_same_stock(self) -> None:
        self.both(_stock)

    def teardown(self) -> None:
        try:
            self.both(_prices)
            self.both(_settings)
            self.both(_sorting)
            for order_id in sorted(self.orders):
                self.both(partial(_order, order_id=order_id))
            for world in self.worlds:
                assert list(world.database.audit.findings()) == []
        finally:
            self.sql.close()


def _stock(world: World) -> Any:
    skus = [sku.id for product in world.shop.products.values() for sku in product.skus]
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.stock.sheet(skus).items


def _prices(world: World) -> Any:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.prices.ladders(list_ids=[one.id for one in storage.prices.lists()])


def _company(world: World, name: str) -> Asked:
    shop = world.other if name == "stranger" else world.shop
    id = shop.customers["vip" if name == "stranger" else name].id
    return Asked(id=id, reference=id)


def _named(world: World, names: list[str]) -> dict[str, AudienceId | None]:
    ids = (world.shop.groups[name].id for name in names)
    return {id: id for id in ids}


def _sorting(world: World) -> Any:
    """Groups, tags, and to whom goods are shown."""
    shop = world.shop
    with world.database.unit_of_work(shop.clerk) as storage:
        return (
            storage.groups.all(),
            dict(storage.tags.lock([one.id for one in shop.customers.values()])),
            dict(storage.visibilities.lock([one.id for one in shop.products.values()])),
            storage.settings.lock().restricts_goods,
        )


def _settings(world: World) -> Merchant:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        return storage.settings.lock()


def _order(world: World, order_id: OrderId) -> Any:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.orders.get(order_id), storage.stock.reservations(order_id)


def test_it_tells_one_story(sqlite_template: Path, tmp_path: Path) -> None:
    machine = partial(Twins, tmp_path / "twin.db", sqlite_template)
    run_state_machine_as_test(
        cast("type[RuleBasedStateMachine]", machine),
        settings=settings(max_examples=15, stateful_step_count=20, deadline=None),
    )
