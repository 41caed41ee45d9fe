"""People are masked to staff who need not know them: wherever they are shown, and wherever they could be looked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import attrs
import pytest

from application.authorization import GRANTABLE, Permission
from application.ports.database import Database
from kit import builders as a
from kit.api import open_api
from kit.walls.answers import seen
from kit.walls.asking import Question
from kit.walls.naming import Inputs, places
from kit.walls.personal import PERSONAL, stale, unclassified
from kit.walls.running import Walls
from kit.walls.scene import Caller
from kit.walls.siege import open_walls
from kit.world import Shop, World

SEES = {Permission.VIEW_PERSONAL_DATA, Permission.MANAGE_PERSONAL_DATA}
OWN = {"Staff.id", "Staff.permissions", "Membership.id"}
"""What is different because another asks."""


@pytest.fixture
async def walls(database: Database) -> AsyncIterator[Walls]:
    async with open_walls(database) as opened:
        yield opened


def caller(walls: Walls, name: str) -> Caller:
    return next(one for one in walls.scene.callers if one.name == f"{name} at shanquan")


async def answer(walls: Walls, who: Caller, question: Question) -> Any:
    """What somebody is answered."""
    told = await walls.door.post(
        "/graphql", content=question.body, headers={"content-type": "application/json", **who.headers}
    )
    return told.json()["data"]


def texts_of_people(shop: Shop) -> Iterator[str]:
    """Every name, phone and street that a merchant knows of people."""
    yield from (one.name for one in shop.buyers.values())
    yield from (one.name for one in shop.staff.values())
    for customer in shop.customers.values():
        for one in customer.addresses:
            yield from (one.address.recipient, one.address.phone, one.address.street)


class TestEveryText:
    def test_is_said_to_be_of_a_person_or_not(self) -> None:
        assert unclassified() == [], "say in kit.walls.personal what it carries"
        assert stale() == []

    def test_is_missed_where_nobody_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(PERSONAL, "Buyer.name")
        assert unclassified() == ["Buyer.name"]

    async def test_is_answered_masked_where_it_is_of_a_person_and_as_it_is_where_not(
        self, walls: Walls
    ) -> None:
        clerk, other = caller(walls, "staff clerk"), caller(walls, "staff who sees no people")
        met: set[str] = set()
        for question in walls.all_that_is_open(other):
            clear, masked = [
                [
                    one
                    for one in seen(question.picked, await answer(walls, who, question))
                    if one[0] not in OWN
                ]
                for who in (clerk, other)
            ]
            for (coordinate, value), (again, shown) in zip(clear, masked, strict=True):
                assert coordinate == again, "nothing is left out"
                mask = PERSONAL.get(coordinate)
                if mask is not None:
                    met.add(coordinate)
                    assert (shown, shown != value) == (mask(value), True)
                else:
                    assert shown == value, coordinate
        assert met == PERSONAL.keys()

    async def test_is_found_by_nobody_to_whom_it_is_not_shown(self, walls: Walls) -> None:
        who = caller(walls, "staff who sees no people")
        inputs = Inputs(walls.names, who)
        searched = [one for one in places() if one.refers == "text"]
        assert searched
        for place in searched:
            nothing = await answer(walls, who, inputs.asking(place, "nobody is called so"))
            for text in texts_of_people(walls.scene.shops[0]):
                assert await answer(walls, who, inputs.asking(place, text)) == nothing, (place.name, text)


class TestVerbs:
    @pytest.mark.parametrize("granted", [GRANTABLE - SEES, GRANTABLE], ids=["masked", "clear"])
    async def test_answer_with_an_order_as_it_is_shown(
        self, world: World, granted: frozenset[Permission]
    ) -> None:
        shop = world.shop
        order_id = world.use.place_order(
            actor=shop.buyer("vip"),
            key=a.key(),
            basket=a.basket((shop.sku("NUTS"), 1)),
            wishes=attrs.evolve(a.wishes(), address_id=shop.customers["vip"].addresses[0].id),
        ).id
        who = a.staff(world.ids, permissions=sorted(one.value for one in granted))
        world.add([who])
        document = """mutation ($id: ID!) { confirmOrder(input: { idempotencyKey: "k", orderId: $id }) {
          order { address { recipient phone region street } } } }"""
        actor = shop.clerk.staff(shop.merchant, id=who.id, granted=granted)
        async with open_api(world) as api:
            told = (await api.ask(document, {"id": order_id}, actor=actor)).data
        clear = shop.customers["vip"].addresses[0].address
        mask: Sequence[str] = ("Address.recipient", "Address.phone", "Address.street")
        expected = [clear.recipient, clear.phone, clear.street]
        if granted != GRANTABLE:
            expected = [PERSONAL[one](text) for one, text in zip(mask, expected, strict=True)]
        shown = told["confirmOrder"]["order"]["address"]
        assert [shown["recipient"], shown["phone"], shown["street"]] == expected
        assert shown["region"] == clear.region
