"""Many buyers at once: what is there is sold once, what was asked once is done once, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

import pytest

from application.retrying import retrying
from domain.errors import Refused
from domain.inventory import InsufficientStock
from domain.ordering import Order
from domain.pricing import PriceChange
from domain.quoting import Basket
from kit import builders as a
from kit.racing import at_once
from kit.world import World


def placing(world: World, *, by: str, key: str, basket: Basket) -> Callable[[], Order]:
    """An order about to be placed, again where the answer is *not now*."""
    place = retrying(world.use.place_order)
    return lambda: place(actor=world.shop.buyer(by), key=a.key(key), basket=basket, wishes=a.wishes())


def available(world: World, code: str) -> str:
    sku = world.shop.sku(code)
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return str(storage.stock.sheet([sku.id]).available[sku.id])


class TestRace:
    def test_it_sells_the_last_piece_to_exactly_one(self, world: World) -> None:
        tea = a.sku(world.ids, code="LAST")
        product = a.product(world.ids, name="最后一件", skus=[tea])
        item = a.stock_item(tea, world.shop.warehouses["main"], on_hand=1)
        base = PriceChange(world.shop.lists["base"].id, tea.id, a.ladder((1, "1.00")))
        world.add([product], [item], [a.opening(world.ids, item)], [base])
        ended = at_once(
            [
                placing(world, by=name, key=f"k{at}", basket=a.basket((tea, 1)))
                for at, name in enumerate(("regular", "vip"))
            ]
        )
        won = [one for one in ended if isinstance(one, Order)]
        lost = [one for one in ended if isinstance(one, Refused)]
        assert (len(won), len(lost)) == (1, 1)
        assert lost == [Refused((InsufficientStock(tea.id, a.pieces(0), a.pieces(1)),))]

    def test_it_sells_ten_pieces_to_exactly_ten_of_forty(self, world: World) -> None:
        tea = world.shop.sku("TEA-1L")
        names = ("regular", "vip", "strategic", "contract")
        world.use.place_order(
            actor=world.shop.buyer(), key=a.key("two"), basket=a.basket((tea, 2)), wishes=a.wishes()
        )
        ended = at_once(
            [placing(world, by=names[at % 4], key=f"k{at}", basket=a.basket((tea, 1))) for at in range(40)]
        )
        won = [one for one in ended if isinstance(one, Order)]
        lost = [one for one in ended if isinstance(one, Refused)]
        assert (len(won), len(lost)) == (10, 30), [one for one in ended if one not in won + lost]
        assert {str(one) for one in lost} == {"Refused"}
        assert all(isinstance(refusal, InsufficientStock) for one in lost for refusal in one.refusals)
        assert available(world, "TEA-1L") == "0"
        assert len({order.number for order in won}) == 10
        assert list(world.database.audit.findings()) == []

    def test_it_never_refuses_what_would_still_fit(self, world: World) -> None:
        """Whoever was refused asked for more than is left in the end."""
        chance, tea = Random(7), world.shop.sku("TEA-1L")
        sizes = [chance.randint(1, 5) for _ in range(16)]
        ended = at_once(
            [
                placing(world, by="vip", key=f"k{at}", basket=a.basket((tea, size)))
                for at, size in enumerate(sizes)
            ]
        )
        left = 12 - sum(size for size, one in zip(sizes, ended, strict=True) if isinstance(one, Order))
        assert left >= 0
        assert str(left) == available(world, "TEA-1L")
        refused = [size for size, one in zip(sizes, ended, strict=True) if isinstance(one, Refused)]
        assert len(refused) == sum(not isinstance(one, Order) for one in ended)
        assert all(size > left for size in refused)

    def test_it_places_one_order_for_ten_tries_with_one_key(self, world: World) -> None:
        tea = world.shop.sku("TEA-500")
        ended = at_once([placing(world, by="vip", key="same", basket=a.basket((tea, 3)))] * 10)
        assert all(one == ended[0] for one in ended)
        assert isinstance(ended[0], Order)
        assert available(world, "TEA-500") == "357"

    def test_it_answers_ten_tries_with_one_refusal(self, world: World) -> None:
        tea = world.shop.sku("TEA-1L")
        ended = at_once([placing(world, by="vip", key="same", basket=a.basket((tea, 13)))] * 10)
        assert set(ended) == {Refused((InsufficientStock(tea.id, a.pieces(12), a.pieces(13)),))}

    @pytest.mark.parametrize("seed", [1, 2])
    def test_it_never_locks_up_over_shuffled_baskets(self, world: World, seed: int) -> None:
        chance = Random(seed)
        codes = ["TEA-500", "TEA-1L", "WATER-550", "RICE", "NUTS"]
        acts = []
        for at in range(16):
            chance.shuffle(codes)
            lines = [(world.shop.sku(code), 6 if code == "WATER-550" else 1) for code in codes[:4]]
            name = ("regular", "vip")[at % 2]
            acts.append(placing(world, by=name, key=f"k{at}", basket=a.basket(*lines)))
        ended = at_once(acts)
        wrong = [one for one in ended if not isinstance(one, Order | Refused)]
        assert wrong == []
        assert sum(isinstance(one, Order) for one in ended) >= 12
        assert list(world.database.audit.findings()) == []

    def test_it_gives_stock_back_once_when_cancelled_from_two_sides(self, world: World) -> None:
        tea = world.shop.sku("TEA-500")
        order = placing(world, by="vip", key="k", basket=a.basket((tea, 5)))()
        cancel = retrying(world.use.cancel_order)
        ended = at_once(
            [
                lambda: cancel(actor=world.shop.buyer("vip"), key=a.key("b"), order_id=order.id),
                lambda: cancel(actor=world.shop.clerk, key=a.key("s"), order_id=order.id),
            ]
        )
        assert sum(isinstance(one, Order) for one in ended) == 1
        assert available(world, "TEA-500") == "360"
        assert list(world.database.audit.findings()) == []

    def test_it_keeps_receiving_apart_from_selling(self, world: World) -> None:
        """Goods that come in while others go out: nothing is lost on either side."""
        tea, main = world.shop.sku("TEA-500"), world.shop.warehouses["main"]
        receive = retrying(world.use.receive_stock)
        change = a.stock_change(tea, main, 10)
        acts: list[Callable[[], object]] = []
        for at in range(8):
            acts.append(placing(world, by="vip", key=f"p{at}", basket=a.basket((tea, 7))))
            key = a.key(f"r{at}")
            acts.append(partial(receive, actor=world.shop.clerk, key=key, changes=[change]))
        ended = at_once(acts)
        assert [one for one in ended if isinstance(one, BaseException)] == []
        assert available(world, "TEA-500") == str(360 + 8 * 10 - 8 * 7)
        assert list(world.database.audit.findings()) == []
