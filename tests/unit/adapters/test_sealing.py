"""Sealing: a value opens where it was sealed and nowhere else, and the keyring is read again when it changes."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sealing import LONGEST_REMEMBERED, LOOK_EVERY_S, FileKeyring, Ring, UnusableKeyring, id_of
from application.ports.sealing import HEAD, SealFault, Unreadable, key_id_of, place_of

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
HERE = place_of("mer_1", "buyers", "name", "buy_1")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class TestRing:
    @pytest.mark.parametrize("text", ["", "小李", "a" * 5_000, "~1.00000000.x"])
    def test_opens_what_it_sealed(self, text: str) -> None:
        ring = Ring.of(KEY)
        sealed = ring.seal(text, place=HERE)
        assert ring.open(sealed, place=HERE) == text
        assert key_id_of(sealed) == ring.active == id_of(KEY)
        assert text == "" or text not in sealed

    def test_seals_nothing_twice_alike(self) -> None:
        ring = Ring.of(KEY)
        assert len({ring.seal("小李", place=HERE) for _ in range(100)}) == 100

    @pytest.mark.parametrize(
        "elsewhere",
        [
            place_of("mer_2", "buyers", "name", "buy_1"),
            place_of(None, "buyers", "name", "buy_1"),
            place_of("mer_1", "staff", "name", "buy_1"),
            place_of("mer_1", "buyers", "role", "buy_1"),
            place_of("mer_1", "buyers", "name", "buy_2"),
            place_of("mer_1", "buyers", "name", "buy_1", "x"),
        ],
    )
    def test_opens_nothing_elsewhere_whatever_it_remembers(self, elsewhere: str) -> None:
        ring = Ring.of(KEY)
        sealed = ring.seal("小李", place=HERE)
        assert ring.open(sealed, place=HERE) == "小李"
        with pytest.raises(Unreadable) as refused:
            ring.open(sealed, place=elsewhere)
        assert refused.value.fault is SealFault.ALTERED
        assert "小李" not in str(refused.value)

    def test_opens_nothing_that_was_altered(self) -> None:
        ring = Ring.of(KEY)
        sealed = ring.seal("小李", place=HERE)
        for at in range(HEAD, len(sealed)):
            altered = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
            with pytest.raises(Unreadable):
                ring.open(altered, place=HERE)
        for cut in range(HEAD, len(sealed)):
            with pytest.raises(Unreadable):
                ring.open(sealed[:cut], place=HERE)
        with pytest.raises(Unreadable):
            ring.open(sealed + "\n", place=HERE)

    @pytest.mark.parametrize("plain", ["", "小李", "~1.", "~1.0000000.x", "~2.00000000.x"])
    def test_opens_nothing_that_is_not_sealed(self, plain: str) -> None:
        with pytest.raises(Unreadable) as refused:
            Ring.of(KEY).open(plain, place=HERE)
        assert refused.value.fault is SealFault.NOT_SEALED

    def test_opens_nothing_under_a_key_it_has_not(self) -> None:
        sealed = Ring.of(OTHER).seal("小李", place=HERE)
        with pytest.raises(Unreadable) as refused:
            Ring.of(KEY).open(sealed, place=HERE)
        assert (refused.value.fault, refused.value.key_id) == (SealFault.UNKNOWN_KEY, id_of(OTHER))
        with pytest.raises(Unreadable):
            Ring.of(KEY).seal("小李", place=HERE, key_id=id_of(OTHER))

    def test_seals_with_the_last_key_and_opens_with_each(self) -> None:
        before, after = Ring.of(KEY), Ring.of(KEY, OTHER)
        sealed = before.seal("小李", place=HERE)
        assert after.open(sealed, place=HERE) == "小李"
        assert key_id_of(after.seal("小李", place=HERE)) == id_of(OTHER)
        assert key_id_of(after.seal("小李", place=HERE, key_id=id_of(KEY))) == id_of(KEY)

    def test_a_value_under_another_keys_name_is_no_value(self) -> None:
        ring = Ring.of(KEY, OTHER)
        sealed = ring.seal("小李", place=HERE)
        with pytest.raises(Unreadable):
            ring.open(sealed.replace(id_of(OTHER), id_of(KEY)), place=HERE)

    def test_remembers_small_values_only(self) -> None:
        ring = Ring.of(KEY)
        short, long = (ring.seal(text, place=HERE) for text in ("a", "a" * LONGEST_REMEMBERED))
        for sealed in (short, short, long, long):
            ring.open(sealed, place=HERE)
        remembered = ring._remembered.cache_info()
        assert (remembered.hits, remembered.misses) == (1, 1)

    def test_takes_no_key_that_is_none(self) -> None:
        for keys, active in (({"0" * 8: KEY}, "0" * 8), ({id_of(KEY): KEY}, "0" * 8), ({}, "")):
            with pytest.raises(ValueError, match="key"):
                Ring(keys, active=active)
        with pytest.raises(ValueError, match="key"):
            Ring.of(KEY[:31])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring.json"


class TestFileKeyring:
    def test_is_made_for_its_owner_only(self, file: Path) -> None:
        ring = FileKeyring.make(file, at=NOW)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [path.name for path in file.parent.iterdir()] == [file.name]
        [key] = ring.all()
        assert (key.id, key.made_at, key.active_at, key.left_at) == (ring.active, NOW, NOW, None)
        assert len(ring.index_key()) == 32

    def test_whoever_comes_second_takes_the_first_ones(self, file: Path) -> None:
        first, second = FileKeyring.make(file, at=NOW), FileKeyring.make(file, at=NOW)
        assert first.active == second.active
        assert first.index_key() == second.index_key()

    def test_reads_nothing_before_it_is_asked(self, file: Path) -> None:
        ring = FileKeyring(file)
        with pytest.raises(FileNotFoundError):
            ring.check()
        with pytest.raises(Unreadable) as refused:
            ring.open(Ring.of(KEY).seal("小李", place=HERE), place=HERE)
        assert refused.value.fault is SealFault.UNKNOWN_KEY
        FileKeyring.make(file, at=NOW)
        ring.check()

    def test_is_refused_where_others_may_read_it(self, file: Path) -> None:
        FileKeyring.make(file, at=NOW)
        file.chmod(0o640)
        with pytest.raises(UnusableKeyring, match="chmod 600"):
            FileKeyring(file).check()

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "{}",
            "[]",
            "null",
            '{"form": "dinghuo keyring 2"}',
            '{"form": "dinghuo keyring 1", "keys": {}}',
        ],
    )
    def test_is_refused_where_it_is_none(self, file: Path, content: str) -> None:
        FileKeyring.make(file, at=NOW)
        file.write_text(content)
        with pytest.raises(UnusableKeyring):
            FileKeyring(file).check()

    def test_is_refused_where_a_key_was_altered(self, file: Path) -> None:
        FileKeyring.make(file, at=NOW)
        told = json.loads(file.read_text())
        [kept] = told["keys"].values()
        kept["key"] = FileKeyring.make(file.with_name("other"), at=NOW).index_key().hex()
        file.write_text(json.dumps(told))
        with pytest.raises(UnusableKeyring):
            FileKeyring(file).check()

    def test_a_new_key_is_known_before_it_is_used(self, file: Path) -> None:
        ring = FileKeyring.make(file, at=NOW)
        before = ring.active
        key_id = ring.prepare(at=NOW + timedelta(seconds=1))
        assert (ring.active, ring.rotating) == (before, True)
        assert ring.prepare(at=NOW) == key_id, "one that waits is the one"
        later = NOW + timedelta(minutes=1)
        ring.activate(key_id, at=later)
        ring.activate(key_id, at=later + timedelta(minutes=1))
        assert [(key.id, key.active_at, key.left_at) for key in ring.all()] == [
            (before, NOW, later),
            (key_id, later, None),
        ]
        assert ring.prepare(at=later) == key_id, "a rotation that was begun goes on"
        ring.end_rotation()
        assert ring.prepare(at=later) not in (before, key_id)

    def test_what_a_killed_process_left_behind_is_cleared_away(self, file: Path) -> None:
        ring = FileKeyring.make(file, at=NOW)
        file.with_name(f".{file.name}.abc").write_text("half of a keyring")
        ring.prepare(at=NOW)
        assert [path.name for path in file.parent.iterdir()] == [file.name]

    def test_the_active_key_is_never_destroyed(self, file: Path) -> None:
        ring = FileKeyring.make(file, at=NOW)
        with pytest.raises(ValueError, match="key"):
            ring.destroy(ring.active)
        with pytest.raises(ValueError, match="key"):
            ring.activate("00000000", at=NOW)

    def test_others_learn_a_key_when_they_meet_it(self, file: Path) -> None:
        theirs = FileKeyring.make(file, at=NOW)
        ours = FileKeyring(file, monotonic=lambda: 0.0)
        ours.check()
        theirs.activate(theirs.prepare(at=NOW), at=NOW)
        assert ours.open(theirs.seal("小李", place=HERE), place=HERE) == "小李"
        assert ours.active == theirs.active

    def test_others_seal_with_it_soon(self, file: Path) -> None:
        clock = [0.0]
        theirs = FileKeyring.make(file, at=NOW)
        ours = FileKeyring(file, monotonic=lambda: clock[0])
        before = key_id_of(ours.seal("小李", place=HERE))
        theirs.activate(theirs.prepare(at=NOW), at=NOW)
        assert key_id_of(ours.seal("小李", place=HERE)) == before
        clock[0] += LOOK_EVERY_S
        assert key_id_of(ours.seal("小李", place=HERE)) == theirs.active != before

    def test_others_forget_what_was_destroyed(self, file: Path) -> None:
        theirs = FileKeyring.make(file, at=NOW)
        ours = FileKeyring(file)
        old = ours.active
        sealed = ours.seal("小李", place=HERE)
        theirs.activate(theirs.prepare(at=NOW), at=NOW)
        theirs.destroy(old)
        with pytest.raises(Unreadable):
            theirs.open(sealed, place=HERE)
        assert old not in file.read_text()

    def test_what_is_wrong_later_changes_nothing_for_those_who_run(self, file: Path) -> None:
        ring = FileKeyring.make(file, at=NOW)
        sealed = ring.seal("小李", place=HERE)
        file.write_text("{")
        with pytest.raises(Unreadable):
            ring.open(Ring.of(KEY).seal("x", place=HERE), place=HERE)
        file.unlink()
        assert ring.open(sealed, place=HERE) == "小李"
        assert ring.open(ring.seal("小王", place=HERE), place=HERE) == "小王"
