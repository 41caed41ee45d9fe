"""The keyring at the command line: nothing starts without it, and keys are listed, rotated and retired."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from application import sealing
from dinghuo.__main__ import run
from dinghuo.speech import speak
from kit.commands import Ended


@attrs.frozen
class Shell:
    """A command line in a folder."""

    captured: pytest.CaptureFixture[str]
    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def keyring(self) -> Path:
        return self.folder / "keys" / "keyring.json"

    def __call__(self, *words: str) -> Ended:
        self.captured.readouterr()
        code = run([*words, "--data", str(self.data)])
        out, err = self.captured.readouterr()
        return Ended(code, out, err)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [*os.environ]:
        if name.startswith("DINGHUO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DINGHUO_LANGUAGE", "en")
    monkeypatch.setattr(sealing, "HEARD_WITHIN", sealing.HEARD_WITHIN * 0)
    yield
    speak("auto")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small wholesaler."""
    folder = tmp_path_factory.mktemp("seeded")
    size = ("--products", "5", "--customers", "5", "--orders", "5", "--lines", "2")
    assert run(["seed", *size, "--data", str(folder)]) == 0
    return folder


@pytest.fixture
def shop(
    capsys: pytest.CaptureFixture[str], seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A shell beside a small wholesaler of one's own, whose keyring is named."""
    shell = Shell(capsys, tmp_path)
    shutil.copytree(seeded, shell.data)
    shell.keyring.parent.mkdir()
    shutil.move(shell.data / "keyring.json", shell.keyring)
    monkeypatch.setenv("DINGHUO_KEYRING", str(shell.keyring))
    return shell


def _active(shop: Shell) -> str:
    return next(line.split()[0] for line in shop("keys", "list").out.splitlines() if "active" in line)


class TestKeyring:
    def test_of_a_demo_lies_beside_its_data(self, seeded: Path) -> None:
        assert stat.S_IMODE((seeded / "keyring.json").stat().st_mode) == 0o600

    def test_that_is_named_is_made_by_the_first_migrate(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shell = Shell(capsys, tmp_path)
        monkeypatch.setenv("DINGHUO_KEYRING", str(shell.keyring))
        made = shell("migrate")
        assert made.code == 0 and f"A new keyring was made: {shell.keyring}" in made.err
        assert stat.S_IMODE(shell.keyring.stat().st_mode) == 0o600
        assert shell("migrate").err == ""

    def test_is_not_kept_among_the_data_by_who_serves(
        self, shop: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inside = shop.data / "keyring.json"
        shutil.copy(shop.keyring, inside)
        monkeypatch.setenv("DINGHUO_KEYRING", str(inside))
        assert "lies in the data folder" in shop("verify").line
        monkeypatch.delenv("DINGHUO_KEYRING")
        assert shop("verify").code == 0
        assert "No keyring is named" in shop("serve").line

    @pytest.mark.parametrize("verb", [("serve",), ("verify",), ("migrate",), ("keys", "list")])
    def test_is_missed_where_it_is_missing(self, shop: Shell, verb: tuple[str, ...]) -> None:
        key = _active(shop)
        shop.keyring.unlink()
        line = shop(*verb).line
        assert "is missing, or lacks a key" in line and key in line
        assert not shop.keyring.exists(), "no other one takes its place"

    @pytest.mark.parametrize("verb", [("serve",), ("verify",), ("migrate",)])
    def test_of_another_installation_is_refused(
        self, shop: Shell, verb: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = _active(shop)
        monkeypatch.setenv("DINGHUO_KEYRING", str(tmp_path / "other.json"))
        assert run(["migrate", "--data", str(tmp_path / "elsewhere")]) == 0
        assert key in shop(*verb).err

    def test_that_others_may_read_is_refused(self, shop: Shell) -> None:
        shop.keyring.chmod(0o644)
        assert "chmod 600" in shop("verify").line

    def test_that_is_damaged_is_refused(self, shop: Shell) -> None:
        shop.keyring.write_text("{}")
        assert "it is damaged" in shop("verify").line


class TestKeys:
    def test_are_listed_rotated_and_retired(self, shop: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        old = _active(shop)
        rotated = shop("keys", "rotate")
        assert rotated.code == 0 and "sealed anew" in rotated.out
        new = _active(shop)
        assert new != old and new in rotated.out
        assert "active a moment ago" in shop("keys", "retire", old).line
        assert "is the active one" in shop("keys", "retire", new).line
        assert f"There are: {old}, {new}" in shop("keys", "retire", "nothing").line
        monkeypatch.setattr(sealing, "STILL_WRITES", sealing.STILL_WRITES * 0)
        assert "is destroyed" in shop("keys", "retire", old).out
        assert old not in shop("keys", "list").out
        assert shop("verify").code == 0

    def test_a_rotation_can_be_prepared(self, shop: Shell) -> None:
        old = _active(shop)
        assert "not used yet" in shop("keys", "rotate", "--only-prepare").out
        assert _active(shop) == old
        assert "prepared" in shop("keys", "list").out
        assert "Resumed" in shop("keys", "rotate").out
        assert _active(shop) != old

    def test_speak_chinese(self, shop: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_LANGUAGE", "zh")
        assert "使用中" in shop("keys", "list").out
