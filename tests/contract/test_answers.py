"""Answers: what was said under a key is said again, to the same person, about the same operation."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from application.authorization import Actor
from application.ports.storage import Answer, IdempotencyKeyReused
from domain.catalog import InvalidQuantity, NotForSale, UnknownSku, UnknownUnit
from domain.customers import AddressNotFound
from domain.delivery import DeliveryDateTooEarly
from domain.errors import DomainError, Refused
from domain.inventory import InsufficientStock, InvalidChange, StockTooLow, UnknownWarehouse
from domain.merchant import PaymentMethod
from domain.money import Currency, Money
from domain.ordering import (
    DeliveryDateInPast,
    IllegalMove,
    InvalidTerms,
    OrderNotFound,
    OrderStatus,
    PaymentMethodNotEnabled,
)
from domain.pricing import PriceUnavailable
from domain.quoting import EmptyBasket, OrderMinimumNotReached, TooManyLines, TotalChanged
from kit import builders as a
from kit.world import World


class Surprise(Exception):
    """Something nobody reckoned with."""


def claim(
    world: World,
    *,
    by: Actor | None = None,
    operation: str = "placeOrder",
    key: str = "k",
    fingerprint: str = "f",
) -> Answer | None:
    """Claim a key, and answer `done` under it if it is new."""
    with world.database.unit_of_work(by or world.shop.buyer()) as storage:
        known = storage.answers.claim(operation=operation, key=a.key(key), fingerprint=fingerprint)
        if known is None:
            storage.answers.remember(operation=operation, key=a.key(key), answer=Answer(result="done"))
        return known


class TestAnswers:
    def test_it_knows_no_new_key(self, world: World) -> None:
        assert claim(world) is None

    def test_it_gives_the_answer_again(self, world: World) -> None:
        claim(world)
        assert claim(world) == Answer(result="done")
        assert claim(world) == Answer(result="done")

    def test_it_refuses_the_same_key_with_another_fingerprint(self, world: World) -> None:
        claim(world)
        with pytest.raises(IdempotencyKeyReused) as refused:
            claim(world, fingerprint="g")
        assert refused.value == IdempotencyKeyReused(a.key("k"))
        assert claim(world) == Answer(result="done")

    def test_it_keeps_apart_actors_operations_keys_and_merchants(self, world: World) -> None:
        claim(world)
        assert claim(world, by=world.shop.buyer("viewer"), fingerprint="g") is None
        assert claim(world, by=world.shop.clerk, fingerprint="g") is None
        assert claim(world, by=world.other.buyer(), fingerprint="g") is None
        assert claim(world, operation="cancelOrder", fingerprint="g") is None
        assert claim(world, key="K", fingerprint="g") is None

    def test_it_forgets_a_key_whose_block_raised(self, world: World) -> None:
        def fail() -> None:
            with world.database.unit_of_work(world.shop.buyer()) as storage:
                storage.answers.claim(operation="placeOrder", key=a.key("k"), fingerprint="f")
                storage.answers.remember(
                    operation="placeOrder", key=a.key("k"), answer=Answer(result="never")
                )
                raise Surprise

        with pytest.raises(Surprise):
            fail()
        assert claim(world, fingerprint="g") is None

    @pytest.mark.parametrize("number", range(23))
    def test_it_gives_a_refusal_again_with_all_its_facts(self, world: World, number: int) -> None:
        refusal = refusals(world)[number]
        known: Answer | None = None
        for _ in range(2):
            with world.database.unit_of_work(world.shop.buyer()) as storage:
                known = storage.answers.claim(operation="placeOrder", key=a.key(), fingerprint="f")
                if known is None:
                    answer = Answer(refusal=refusal)
                    storage.answers.remember(operation="placeOrder", key=a.key(), answer=answer)
        assert known == Answer(refusal=refusal)

    def test_it_lets_one_of_many_act_and_tells_the_others_how_it_ended(self, world: World) -> None:
        answers: list[Answer | None] = []
        threads = [threading.Thread(target=lambda: answers.append(claim(world))) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer is None for answer in answers) == [False] * 9 + [True]
        assert {answer.result for answer in answers if answer} == {"done"}


def refusals(world: World) -> list[DomainError]:
    """One of every kind, with facts of every type."""
    shop = world.shop
    tea, main = shop.sku("TEA-500"), shop.warehouses["main"]
    quote = world.use.quote_basket(
        actor=shop.buyer("vip"),
        basket=a.basket((tea, 30), (shop.sku("WATER-550"), "2.5"), (shop.sku("SODA"), 1)),
    )
    order = world.use.place_order(
        actor=shop.buyer(), key=a.key("first"), basket=a.basket((tea, 1)), wishes=a.wishes()
    )
    several: list[DomainError] = [
        EmptyBasket(),
        TooManyLines(501),
        UnknownSku("没有", 3),
        UnknownSku(world.other.sku("RICE").id),
        NotForSale(tea.id, 1),
        UnknownUnit(tea.id, "打", tea.units, 2),
        InvalidQuantity(tea.id, (a.pieces("0.5"), a.pieces(6)), 4),
        InvalidQuantity(tea.id, ()),
        PriceUnavailable(tea.id, 1),
        InsufficientStock(tea.id, a.pieces(3), a.pieces(Decimal("4.5")), 7),
        InsufficientStock(tea.id, None, a.pieces(1)),
        StockTooLow(tea.id, main.id, a.pieces(-1), 1),
        UnknownWarehouse("?", 1),
        InvalidChange("NEGATIVE", 5),
        TotalChanged(quote),
        PaymentMethodNotEnabled(
            PaymentMethod.ALIPAY, tuple(sorted(shop.merchant.payment_methods, key=lambda one: one.value))
        ),
        DeliveryDateInPast(a.NOON.date()),
        DeliveryDateTooEarly(a.NOON.date()),
        OrderMinimumNotReached(Money(500, Currency.CNY), Money(1, Currency.CNY)),
        InvalidTerms("note"),
        AddressNotFound(),
        IllegalMove(order.id, OrderStatus.COMPLETED, OrderStatus.CANCELLED),
    ]
    return [*several, Refused((*several, OrderNotFound()))]
