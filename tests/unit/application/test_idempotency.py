"""The same intention, sent again, gets the same answer and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor
from application.idempotency import once
from application.ports.storage import Answer, IdempotencyKeyReused
from domain.errors import DomainError
from domain.identity import IdempotencyKey
from domain.ordering import OrderNotFound
from kit.world import World, furnish

KEY = IdempotencyKey("one")


class Act:
    """Counts how often it was done."""

    def __init__(self, *, refusal: DomainError | None = None) -> None:
        self.times, self._refusal = 0, refusal

    def __call__(self) -> str:
        self.times += 1
        if self._refusal:
            raise self._refusal
        return f"done {self.times}"


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def do(
    world: World,
    act: Callable[[], str],
    *,
    command: object = "command",
    operation: str = "do",
    key: IdempotencyKey = KEY,
    actor: Actor | None = None,
) -> Answer:
    with world.database.unit_of_work(actor or world.shop.clerk) as storage:
        return once(storage, operation=operation, key=key, command=command, act=act)


def test_acts_once_and_remembers_the_result(world: World) -> None:
    act = Act()
    assert [do(world, act), do(world, act)] == [Answer(result="done 1")] * 2
    assert act.times == 1


def test_remembers_a_refusal_as_well(world: World) -> None:
    act = Act(refusal=OrderNotFound())
    assert [do(world, act), do(world, act)] == [Answer(refusal=OrderNotFound())] * 2
    assert act.times == 1


def test_refuses_another_command_under_the_same_key(world: World) -> None:
    act = Act()
    do(world, act, command=("a", 1))
    for other in (("a", 2), ("a", "1"), None):
        with pytest.raises(IdempotencyKeyReused) as caught:
            do(world, act, command=other)
        assert caught.value == IdempotencyKeyReused(KEY)
    assert act.times == 1


def test_keeps_keys_operations_people_and_merchants_apart(world: World) -> None:
    act = Act()
    do(world, act)
    do(world, act, key=IdempotencyKey("two"))
    do(world, act, operation="undo")
    do(world, act, actor=world.shop.buyer())
    do(world, act, actor=world.shop.buyer("vip"))
    do(world, act, actor=world.other.clerk)
    assert act.times == 6


def test_forgets_what_broke(world: World) -> None:
    def broken() -> str:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        do(world, broken)
    assert do(world, Act()) == Answer(result="done 1")


def test_compares_everything_in_a_command(world: World) -> None:
    @attrs.frozen
    class Command:
        what: str
        how: tuple[int, ...] = ()

    do(world, Act(), command=Command("a", (1, 2)))
    assert do(world, Act(), command=Command("a", (1, 2))) == Answer(result="done 1")
    with pytest.raises(IdempotencyKeyReused):
        do(world, Act(), command=Command("a", (2, 1)))
