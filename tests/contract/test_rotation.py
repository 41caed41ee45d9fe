"""Rotation: everything is sealed anew under a new key while others read and write, and may be stopped anywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from adapters.persistence.resealing import AT_ONCE
from adapters.persistence.sql import SqlDatabase
from adapters.sealing import FileKeyring
from application.ports.sealing import KeyActive, KeyInUse, KeyJustLeft, UnknownKey, Unreadable
from application.sealing import MOST_ROUNDS, STILL_WRITES, OldKeyWritten, RetireKey, RotateKeys
from domain.people import Phone
from kit import builders as a
from kit.backups import change
from kit.builders import FixedClock
from kit.canaries import Canaries, plant
from kit.sealing import SEALING
from kit.world import World, known_as

needs_sql = pytest.mark.parametrize("storage_name", ["sqlite", "postgres"], indirect=True)
pytestmark = needs_sql
PHONE = Phone("13812345678")


@attrs.frozen
class Rotating:
    """A world under a keyring in a file, and what rotates its keys."""

    world: World
    keyring: FileKeyring
    database: SqlDatabase
    clock: FixedClock

    def rotate(self, wait: object = lambda _: None) -> RotateKeys:
        return RotateKeys(keyring=self.keyring, rows=self.database.sealed, clock=self.clock, wait=wait)  # type: ignore[arg-type]  # waits are looked at nowhere

    def retire(self, key_id: str) -> None:
        RetireKey(keyring=self.keyring, rows=self.database.sealed, clock=self.clock)(key_id=key_id)

    def lies(self) -> list[object]:
        return list(self.database.audit.findings())


@pytest.fixture
def rotating(world: World, tmp_path: Path) -> Iterator[Rotating]:
    """The world, sealed anew under a keyring of its own, with more rows than one transaction takes."""
    with _under_keyring(world, tmp_path / "keys" / "keyring.json") as found:
        plant(found.world, Canaries(), many=10)
        customers = [a.customer(world.ids, tier=world.shop.tiers["vip"], addresses=30) for _ in range(10)]
        found.world.add(customers)
        yield found


@contextmanager
def _under_keyring(world: World, path: Path) -> Iterator[Rotating]:
    assert isinstance(world.database, SqlDatabase)
    world.database.close()
    FileKeyring.make(path, at=world.clock.now())
    keyring = FileKeyring(path)
    change(
        world.database.url,
        *(f"DELETE FROM {name}" for name in ("addresses", "trail", "trail_heads")),
        "UPDATE buyers SET name = '小李'",
        "UPDATE staff SET name = '小赵'",
        "DELETE FROM sealing",
    )
    database = SqlDatabase(world.database.url, clock=world.clock, sealing=keyring)
    try:
        database.migrate()
        yield Rotating(attrs.evolve(world, database=database), keyring, database, world.clock)
    finally:
        database.close()


def _read(rotating: Rotating) -> dict[str, object]:
    """Everything that is sealed, as it is read."""
    found: dict[str, object] = {}
    with rotating.database.unit_of_work.reading(rotating.world.shop.clerk) as storage:
        for (id,) in _ids(rotating, "customers"):
            found[id] = storage.customers.get(id)  # type: ignore[arg-type]  # ids are texts
        for (id,) in _ids(rotating, "orders"):
            found[id] = storage.orders.get(id).terms  # type: ignore[arg-type]  # ids are texts
    return found


def _ids(rotating: Rotating, table: str) -> list[tuple[str]]:
    from sqlalchemy import text

    from adapters.persistence.statements import Statement

    merchant_id = rotating.world.shop.merchant.id
    with rotating.database.driver.snapshot(of=merchant_id) as session:
        asked = Statement(text(f"SELECT id FROM {table} WHERE merchant_id = '{merchant_id}'"))
        return [(row[0],) for row in session.all(asked, {})]


class TestRotate:
    def test_leaves_nothing_under_the_old_key_and_everything_as_it_was(self, rotating: Rotating) -> None:
        before, old, counts = _read(rotating), rotating.keyring.active, rotating.database.sealed.by_key()
        assert counts.keys() == {old} and counts[old] > 3 * AT_ONCE
        waited: list[timedelta] = []
        rotated = rotating.rotate(waited.append)()
        assert rotated.values == counts[old] and not rotated.resumed
        assert rotating.database.sealed.by_key() == {rotated.key_id: counts[old]}
        assert _read(rotating) == before
        assert rotating.lies() == []
        assert len(waited) == 3, "before the key is used, before it is everything's, and before it is over"

    def test_is_told_how_far_it_is(self, rotating: Rotating) -> None:
        told: list[int] = []
        rotated = rotating.rotate()(told=told.append)
        assert told == sorted(told) and told[-1] == rotated.values and len(told) > 3

    @pytest.mark.parametrize("steps", [0, 1, 2, 4])
    def test_goes_on_where_it_was_stopped(self, rotating: Rotating, steps: int) -> None:
        before, old = _read(rotating), rotating.keyring.active
        left = steps

        def stop(_: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rotating.rotate()(told=stop)
        assert _read(rotating) == before, "both keys open what they have sealed"
        new = rotating.keyring.active
        assert old != new
        rotated = rotating.rotate()()
        assert (rotated.key_id, rotated.resumed) == (new, True)
        assert rotating.database.sealed.by_key().keys() == {new}
        assert _read(rotating) == before and rotating.lies() == []

    def test_goes_on_where_it_was_stopped_before_the_key_was_used(self, rotating: Rotating) -> None:
        def stop(_: timedelta) -> None:
            raise KeyboardInterrupt

        old = rotating.keyring.active
        with pytest.raises(KeyboardInterrupt):
            rotating.rotate(stop)()
        assert rotating.keyring.active == old and len(rotating.keyring.all()) == 2
        rotated = rotating.rotate()()
        assert rotated.resumed and len(rotating.keyring.all()) == 2

    def test_finds_what_is_written_meanwhile_under_the_old_key(self, rotating: Rotating) -> None:
        """By a server that has not heard of the new one yet."""
        late = SqlDatabase(rotating.database.url, clock=rotating.clock, sealing=_Deaf(rotating.keyring))
        customers = [a.customer(rotating.world.ids, tier=rotating.world.shop.tiers["vip"]) for _ in range(3)]
        store, turn = attrs.evolve(rotating.world, database=late), 0

        def write(_: timedelta) -> None:
            nonlocal turn
            turn += 1
            if 1 < turn < 5:
                store.add([customers[turn - 2]])

        rotated = rotating.rotate(write)()
        assert rotating.database.sealed.by_key().keys() == {rotated.key_id}
        assert rotating.lies() == []
        late.close()

    def test_says_so_where_somebody_never_hears_of_it(self, rotating: Rotating) -> None:
        late = SqlDatabase(rotating.database.url, clock=rotating.clock, sealing=_Deaf(rotating.keyring))
        deaf = attrs.evolve(rotating.world, database=late)

        def write(_: timedelta) -> None:
            deaf.add([a.customer(deaf.ids, tier=deaf.shop.tiers["vip"])])

        with pytest.raises(OldKeyWritten):
            rotating.rotate(write)()
        assert rotating.keyring.rotating
        assert len(_ids(rotating, "customers")) > MOST_ROUNDS
        late.close()

    def test_takes_nothing_from_those_who_write_at_the_same_time(self, rotating: Rotating) -> None:
        """Orders are placed, and phones found, all the while; every answer is right."""
        world, stop, wrong, done = rotating.world, threading.Event(), list[BaseException](), list[str]()
        login, _, _ = known_as(world, PHONE, (world.shop, "vip"))
        change(
            rotating.database.url,
            "UPDATE stock SET on_hand = on_hand + 1000000000, available = available + 1000000000"
            " WHERE on_hand = 1000000",
            "UPDATE movements SET change = change + 1000000000, after = after + 1000000000 WHERE after = 1000000",
        )

        def trade(name: str) -> None:
            number = 0
            try:
                while not stop.is_set():
                    number += 1
                    basket = a.basket((world.shop.sku("WATER-550"), 6))
                    wishes = attrs.evolve(a.wishes(), note=f"{name} {number}")
                    order = world.use.place_order(
                        actor=world.shop.buyer(name),
                        key=a.key(f"{name} {number}"),
                        basket=basket,
                        wishes=wishes,
                    )
                    with rotating.database.unit_of_work.reading(world.shop.clerk) as storage:
                        assert storage.orders.get(order.id).terms.note == f"{name} {number}"
                    with rotating.database.people() as people:
                        assert people.login_at(world.secrets.phone_index(PHONE)) == login
                    done.append(order.id)
            except BaseException as error:  # noqa: BLE001  # it is looked at when everything is over
                wrong.append(error)

        threads = [threading.Thread(target=trade, args=(name,)) for name in ("vip", "regular")]
        for thread in threads:
            thread.start()
        try:
            keys = [rotating.rotate(lambda _: stop.wait(0.6))().key_id for _ in range(3)]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert wrong == [] and len(done) > 5
        assert rotating.database.sealed.by_key().keys() == {keys[-1]} and len(set(keys)) == 3
        assert rotating.lies() == []

    def test_reseals_the_others_where_one_cannot_be_opened(self, rotating: Rotating) -> None:
        change(rotating.database.url, "UPDATE staff SET name = substr(name, 1, 12) || 'AAAA'")
        with pytest.raises(Unreadable):
            rotating.rotate()()
        counts = rotating.database.sealed.by_key()
        assert counts[rotating.keyring.active] > 3 * AT_ONCE
        assert sum(counts.values()) - counts[rotating.keyring.active] >= len(_ids(rotating, "staff"))


class TestRetire:
    def test_destroys_a_key_that_nothing_needs(self, rotating: Rotating) -> None:
        old, before = rotating.keyring.active, _read(rotating)
        rotating.rotate()()
        rotating.clock.forward(STILL_WRITES)
        rotating.retire(old)
        assert old not in rotating.keyring.path.read_text()
        assert rotating.database.sealed.keys() == {rotating.keyring.active}
        assert _read(rotating) == before and rotating.lies() == []

    def test_refuses_the_active_one_and_none(self, rotating: Rotating) -> None:
        with pytest.raises(KeyActive):
            rotating.retire(rotating.keyring.active)
        with pytest.raises(UnknownKey) as unknown:
            rotating.retire("00000000")
        assert list(unknown.value.known) == [rotating.keyring.active]

    def test_refuses_one_that_somebody_may_still_write_with(self, rotating: Rotating) -> None:
        old = rotating.keyring.active
        rotating.rotate()()
        with pytest.raises(KeyJustLeft) as refused:
            rotating.retire(old)
        assert refused.value.wait_s == STILL_WRITES.total_seconds()

    def test_refuses_one_that_something_is_sealed_with(self, rotating: Rotating) -> None:
        old, deaf = rotating.keyring.active, _Deaf(rotating.keyring)
        rotating.rotate()()
        late = SqlDatabase(rotating.database.url, clock=rotating.clock, sealing=deaf)
        attrs.evolve(rotating.world, database=late).add(
            [a.customer(rotating.world.ids, tier=rotating.world.shop.tiers["vip"])]
        )
        late.close()
        rotating.clock.forward(STILL_WRITES)
        with pytest.raises(KeyInUse) as used:
            rotating.retire(old)
        assert used.value.values == 3
        rotating.rotate()()
        rotating.clock.forward(STILL_WRITES)
        rotating.retire(old)


class TestKeysTold:
    def test_a_database_knows_its_keys(self, rotating: Rotating) -> None:
        sealed = rotating.database.sealed
        assert sealed.keys() == rotating.database.keys_told() == {rotating.keyring.active}
        sealed.check_keys()
        new = rotating.keyring.prepare(at=rotating.clock.now())
        sealed.tell(new)
        sealed.tell(new)
        assert sealed.keys() == {rotating.keyring.active, new}
        sealed.check_keys()

    def test_another_ring_is_refused(self, rotating: Rotating) -> None:
        other = SqlDatabase(rotating.database.url, clock=rotating.clock, sealing=SEALING)
        with pytest.raises(Unreadable):
            other.sealed.check_keys()
        other.close()


class _Deaf(FileKeyring):
    """Somebody's keyring that was read before the rotation, and never again for writing."""

    def __init__(self, keyring: FileKeyring) -> None:
        super().__init__(keyring.path, monotonic=lambda: 0.0)
        self._now()
        self._kept = self.active

    def seal(self, text: str, *, place: str, key_id: str | None = None) -> str:
        return super().seal(text, place=place, key_id=key_id or self._kept)
