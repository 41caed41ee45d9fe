"""The settings of a merchant: stored over the version that was read, and what everybody finds from then on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import attrs
import pytest

from application.authorization import Permission
from application.merchant import AskedSettings
from application.ports.database import Database
from application.ports.storage import Stale
from application.retrying import retrying
from domain.errors import DomainError, Refused
from domain.identity import MerchantId
from domain.merchant import (
    Logo,
    MarginGuard,
    Merchant,
    PaymentMethod,
    PriceStrategy,
    SettingsChanged,
    StockDisplay,
)
from domain.money import Currency, Money, Rounding
from kit import builders as a
from kit.racing import at_once
from kit.sealing import SEALING
from kit.world import Shop, World

pytestmark = pytest.mark.usefixtures("reading")
EVERYTHING: dict[str, Any] = {
    "name": "新名字",
    "logo": Logo("https://cdn.example.com/logo.png?v=2"),
    "time_zone": "Europe/Berlin",
    "guest_prices": True,
    "stock_display": StockDisplay.HIDDEN,
    "low_stock": a.pieces("7.5"),
    "order_minimum_amount": Money(12_345, Currency.CNY),
    "cut_off_time": time(0, 0),
    "delivery_lead_days": 60,
    "price_strategy": PriceStrategy.LOWEST,
    "margin_guard": MarginGuard.CAP,
    "order_rounding": Rounding.JIAO,
    "payment_methods": frozenset({PaymentMethod.ALIPAY, PaymentMethod.CREDIT_TERMS}),
}


def stored(world: World, shop: Shop) -> Merchant:
    with world.database.unit_of_work(shop.operator) as storage:
        return storage.settings.lock()


def save(world: World, merchant: Merchant, *, by: Shop | None = None) -> None:
    with world.database.unit_of_work((by or world.shop).clerk) as storage:
        storage.settings.save(merchant)


class TestSettings:
    async def test_a_new_merchant_is_as_merchants_have_been(self, world: World) -> None:
        found = stored(world, world.shop)
        assert found == world.shop.merchant
        assert (found.stock_display, found.order_minimum_amount, found.cut_off_time, found.version) == (
            StockDisplay.EXACT,
            None,
            None,
            0,
        )

    async def test_it_keeps_everything_that_can_be_changed_and_takes_it_away_again(
        self, world: World
    ) -> None:
        before = world.shop.merchant
        changed = before.change(EVERYTHING, seen=0)
        save(world, changed)
        assert stored(world, world.shop) == changed != before
        plain = changed.change({"logo": None, "order_minimum_amount": None, "cut_off_time": None}, seen=1)
        save(world, plain)
        assert stored(world, world.shop) == plain
        assert stored(world, world.other) == world.other.merchant, "the other merchant stays as it was"

    async def test_everybody_finds_them_at_the_next_look(self, world: World) -> None:
        changed = world.shop.merchant.change(EVERYTHING, seen=0)
        save(world, changed)
        directory = world.database.directory
        guest = await directory.guest(slug=world.shop.merchant.slug)
        buyer = await directory.actor(a.claims(world.shop.buyer()), at=a.NOON)
        clerk = await directory.actor(a.claims(world.shop.clerk), at=a.NOON)
        assert {guest.merchant, buyer.merchant, clerk.merchant} == {changed}
        look = world.database.reading.look(at=a.NOON)
        assert (await look.actor(a.claims(world.shop.buyer()))).merchant == changed
        await look.close()
        assert changed in await directory.merchants()

    async def test_it_refuses_another_version(self, world: World) -> None:
        changed = world.shop.merchant.change({"name": "一"}, seen=0)
        save(world, changed)
        for version in (0, 1, 3):
            with pytest.raises(Stale):
                save(world, attrs.evolve(changed, name="二", version=version))
        assert stored(world, world.shop) == changed

    async def test_it_writes_nothing_but_settings(self, world: World) -> None:
        before = world.shop.merchant
        save(
            world,
            attrs.evolve(
                before,
                version=1,
                slug="another",
                currency=Currency.USD,
                price_scale=4,
                id=world.ids.new(MerchantId),
            ),
        )
        assert stored(world, world.shop) == attrs.evolve(before, version=1)

    async def test_no_change_of_two_at_once_is_lost(self, world: World) -> None:
        """Each changes another setting over the version that it saw, and looks again where it was late."""
        late: list[DomainError] = []

        def change(at: int) -> Callable[[], None]:
            verb = retrying(world.use.set_merchant_settings)
            asked = (AskedSettings(delivery_lead_days=9), AskedSettings(name="同时"))[at % 2]

            def acting() -> None:
                for _ in range(50):
                    try:
                        seen = stored(world, world.shop).version
                        verb(actor=world.shop.clerk, asked=asked, seen=seen)
                    except Refused as refusal:
                        late.extend(refusal.refusals)
                    else:
                        return

            return acting

        assert at_once([change(at) for at in range(4)]) == [None] * 4
        found = stored(world, world.shop)
        assert (found.name, found.delivery_lead_days, found.version) == ("同时", 9, 2)
        assert {type(one) for one in late} <= {SettingsChanged}

    async def test_of_two_who_saw_the_same_one_is_told(self, world: World) -> None:
        lost: list[DomainError] = []

        def change(at: int) -> Callable[[], None]:
            verb = retrying(world.use.set_merchant_settings)

            def acting() -> None:
                try:
                    verb(actor=world.shop.clerk, asked=AskedSettings(delivery_lead_days=at + 1), seen=0)
                except Refused as refusal:
                    lost.extend(refusal.refusals)

            return acting

        assert at_once([change(at) for at in range(6)]) == [None] * 6
        assert lost == [SettingsChanged(1)] * 5
        assert stored(world, world.shop).version == 1

    async def test_the_verb_costs_little(self, world: World) -> None:
        before = world.database.statements
        world.use.set_merchant_settings(
            actor=world.shop.colleague(Permission.MANAGE_SETTINGS), asked=AskedSettings(name="新"), seen=0
        )
        assert world.database.statements - before <= 6


class TestSecondProcess:
    @pytest.mark.parametrize("storage_name", ["sqlite", "postgres"])
    async def test_another_process_finds_them_too(self, world: World) -> None:
        """Another program on the same database keeps nothing of the merchant from one request to the next."""
        from adapters.persistence.sql import SqlDatabase

        other: Database = SqlDatabase(world.database.url, clock=world.clock, sealing=SEALING)  # type: ignore[attr-defined]  # no port has it
        await other.start()
        try:
            for shows in (True, False, True):
                guest = await other.directory.guest(slug=world.shop.merchant.slug)
                assert guest.merchant.guest_prices is not shows
                world.use.set_merchant_settings(
                    actor=world.shop.clerk,
                    asked=AskedSettings(guest_prices=shows),
                    seen=stored(world, world.shop).version,
                )
                guest = await other.directory.guest(slug=world.shop.merchant.slug)
                assert guest.merchant.guest_prices is shows
        finally:
            await other.stop()
            other.close()
