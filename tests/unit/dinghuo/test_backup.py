"""Backups at the command line: the key, what each verb says, and what it leaves behind."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import attrs
import pytest
from typed_settings import Secret

from dinghuo.__main__ import run
from dinghuo.backup_key import key_to_read, key_to_write
from dinghuo.settings import Settings
from dinghuo.speech import CommandRefused, speak
from kit.commands import Ended

KEY, OTHER = bytes(range(32)), bytes(32)
KEY_ID, OTHER_ID = (sha256(key).hexdigest()[:16] for key in (KEY, OTHER))
SOURCES = Path(__file__).parents[3] / "src"


@attrs.frozen
class Shell:
    """Types commands about the shop in a folder."""

    captured: pytest.CaptureFixture[str]
    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "shop"

    @property
    def file(self) -> Path:
        return self.folder / "backups" / "shop.dhb"

    def __call__(self, *words: str | Path, data: Path | None = None) -> Ended:
        self.captured.readouterr()
        code = run([*map(str, words), "--data", str(data or self.data)])
        out, err = self.captured.readouterr()
        return Ended(code, out, err)

    def sql(self, statement: str) -> None:
        """Change the database behind the program's back."""
        with closing(sqlite3.connect(self.data / "dinghuo.db")) as connection, connection:
            connection.execute(statement)

    def files(self) -> list[str]:
        """Every file there is."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.folder)) for path in found)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [*os.environ]:
        if name.startswith("DINGHUO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DINGHUO_LANGUAGE", "en")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    yield
    speak("auto")


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is set."""
    monkeypatch.setenv("DINGHUO_BACKUP_KEY", KEY.hex())


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small wholesaler."""
    folder = tmp_path_factory.mktemp("seeded")
    size = ("--products", "30", "--customers", "10", "--orders", "20")
    assert run(["seed", *size, "--data", str(folder)]) == 0
    return folder


@pytest.fixture
def shop(
    capsys: pytest.CaptureFixture[str], seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A shell beside a small wholesaler of one's own, and a folder for backups."""
    shell = Shell(capsys, tmp_path)
    shutil.copytree(seeded, shell.data)
    shutil.move(shell.data / "keyring.json", tmp_path / "keyring.json")
    monkeypatch.setenv("DINGHUO_KEYRING", str(tmp_path / "keyring.json"))
    shell.file.parent.mkdir()
    return shell


@pytest.fixture
def backed_up(shop: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """One that has been backed up."""
    monkeypatch.setenv("DINGHUO_BACKUP_KEY", KEY.hex())
    assert shop("backup", shop.file).code == 0
    return shop


class TestKey:
    def settings(self, folder: Path, **changed: object) -> Settings:
        return Settings(**{"data": folder / "data", **changed})  # type: ignore[arg-type]  # converters take them

    @pytest.mark.parametrize(
        "written",
        [
            KEY.hex(),
            KEY.hex().upper(),
            base64.b64encode(KEY).decode(),
            base64.urlsafe_b64encode(KEY).decode(),
            base64.b64encode(KEY).decode().rstrip("="),
            f" {KEY.hex()}\n",
        ],
    )
    def test_is_the_one_that_is_set(self, tmp_path: Path, written: str) -> None:
        settings = self.settings(tmp_path, backup_key=Secret(written))
        found = key_to_write(settings)
        assert (found.key.octets, found.new) == (KEY, None)
        assert key_to_read(settings) == found.key
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "wrong", ["short", "g" * 64, "0" * 63, "=" * 43, base64.b64encode(KEY[1:]).decode()]
    )
    def test_is_refused_where_it_is_none(self, tmp_path: Path, wrong: str) -> None:
        with pytest.raises(ValueError, match="backup key"):
            self.settings(tmp_path, backup_key=Secret(wrong))
        file = tmp_path / "key"
        file.write_text(wrong)
        with pytest.raises(CommandRefused, match="no backup key"):
            key_to_write(self.settings(tmp_path, backup_key_file=file))

    def test_is_made_once_and_for_its_owner_only(self, tmp_path: Path) -> None:
        settings = self.settings(tmp_path)
        assert key_to_read(settings) is None
        first = key_to_write(settings)
        assert first.new == tmp_path / "config" / "dinghuo" / "backup.key"
        assert stat.S_IMODE(first.new.stat().st_mode) == 0o600
        second = key_to_write(settings)
        assert (second.key, second.new) == (first.key, None)
        assert key_to_read(settings) == first.key
        assert key_to_write(self.settings(tmp_path, backup_key_file=tmp_path / "other")).key != first.key

    def test_never_lies_among_the_data(self, tmp_path: Path) -> None:
        inside = tmp_path / "data" / "keys" / "backup.key"
        inside.parent.mkdir(parents=True)
        (tmp_path / "link").symlink_to(inside.parent)
        for place in (inside, tmp_path / "link" / "backup.key"):
            settings = self.settings(tmp_path, backup_key_file=place)
            with pytest.raises(CommandRefused, match="lies in the data folder"):
                key_to_write(settings)
            assert not inside.exists()
        inside.write_text(KEY.hex())
        with pytest.raises(CommandRefused, match="lies in the data folder"):
            key_to_read(self.settings(tmp_path, backup_key_file=inside))

    def test_is_refused_where_it_cannot_be_kept(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(CommandRefused, match="cannot be used"):
            key_to_write(self.settings(tmp_path, backup_key_file=tmp_path / "file" / "key"))


class TestBackup:
    def test_says_what_it_wrote_and_that_it_holds(self, shop: Shell, key: None) -> None:
        before = shop.files()
        ended = shop("backup", shop.file)
        assert (ended.code, ended.err) == (0, "")
        assert f"key {KEY_ID}" in ended.out
        assert f"{shop.file.stat().st_size:,} bytes, SQLITE, revision" in ended.out
        assert "Restored for a trial:" in ended.out
        assert "Every invariant holds." in ended.out
        assert shop.files() == sorted([*before, "backups/shop.dhb"])
        assert stat.S_IMODE(shop.file.stat().st_mode) == 0o600

    def test_shows_nothing_of_what_is_stored(self, backed_up: Shell) -> None:
        octets = backed_up.file.read_bytes()
        with closing(sqlite3.connect(backed_up.data / "dinghuo.db")) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM customers")]
        assert len(names) > 10
        assert not any(name.encode() in octets for name in names)
        assert b"SQLite" not in octets

    def test_says_where_a_new_key_is(self, shop: Shell) -> None:
        ended = shop("backup", shop.file)
        assert ended.code == 0
        assert "Keep a copy of it elsewhere" in ended.err
        assert str(shop.folder / "config" / "dinghuo" / "backup.key") in ended.err
        assert shop("backup", shop.file, "--overwrite").err == ""

    def test_leaves_alone_a_file_that_is_there(self, shop: Shell, key: None) -> None:
        shop.file.write_bytes(b"precious")
        assert "--overwrite" in shop("backup", shop.file).line
        assert shop.file.read_bytes() == b"precious"
        assert shop("backup", shop.file, "--overwrite").code == 0
        assert shop.file.read_bytes().startswith(b"DHBACKUP")

    def test_says_loudly_when_what_is_stored_is_not_true(self, shop: Shell, key: None) -> None:
        shop.sql("UPDATE stock SET on_hand = on_hand + 1")
        ended = shop("backup", shop.file)
        assert ended.code == 1
        assert "NOT TRUE: I1 ×" in ended.err
        assert shop.file.exists()

    def test_says_that_it_was_not_verified(self, shop: Shell, key: None) -> None:
        ended = shop("backup", shop.file, "--no-verify")
        assert ended.code == 0
        assert "NOT VERIFIED" in ended.err
        assert "Restored" not in ended.out

    def test_is_refused_where_nothing_is(self, shop: Shell, key: None) -> None:
        line = shop("backup", shop.file, data=shop.folder / "nothing").line
        assert "no database to back up" in line
        assert not shop.file.exists()

    def test_is_refused_where_it_cannot_be_written(self, shop: Shell, key: None) -> None:
        assert "cannot be written" in shop("backup", shop.folder / "nowhere" / "file").line

    @pytest.mark.parametrize("place", ["postgresql://a@b/c", "sqlite:///x", "somewhere"])
    def test_is_refused_for_a_place_of_another_kind(self, shop: Shell, key: None, place: str) -> None:
        assert "--verify-in is for PostgreSQL" in shop("backup", shop.file, "--verify-in", place).line
        assert not shop.file.exists()

    def test_is_refused_for_a_wrong_key(self, shop: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_BACKUP_KEY", "geheim")
        line = shop("backup", shop.file).line
        assert "32 random bytes" in line
        assert "geheim" not in line

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
    def test_leaves_nothing_behind_when_it_is_stopped(self, shop: Shell, key: None, number: int) -> None:
        before = shop.files()
        stopped = 0
        for pause_ms in range(0, 240, 40):
            process = subprocess.Popen(
                [sys.executable, "-m", "dinghuo", "backup", shop.file, "--data", shop.data],
                env={**os.environ, "PYTHONPATH": str(SOURCES)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            wait_for(process, shop.file.parent)
            time.sleep(pause_ms / 1000)
            process.send_signal(number)
            process.communicate(timeout=20)
            if shop.file.exists():
                # It was stopped too late.
                assert shop("restore", shop.file, data=shop.folder / "elsewhere").code == 0
                break
            stopped += 1
            if number == signal.SIGKILL:
                _no_plaintext(shop)
                continue
            assert process.returncode == 130
            assert shop.files() == before
        assert stopped


class TestRestore:
    def test_brings_everything_back(self, backed_up: Shell) -> None:
        elsewhere = backed_up.folder / "elsewhere"
        ended = backed_up("restore", backed_up.file, data=elsewhere)
        assert (ended.code, ended.err) == (0, "")
        assert "Every invariant holds." in ended.out
        assert "Everything holds." in backed_up("verify", data=elsewhere).out
        assert [path.name for path in elsewhere.iterdir()] == ["dinghuo.db"]

    def test_is_refused_where_something_is(self, backed_up: Shell) -> None:
        before = content_of(backed_up)
        assert "not empty" in backed_up("restore", backed_up.file).line
        assert content_of(backed_up) == before

    def test_keeps_the_old_file_beside_the_new_one(self, backed_up: Shell) -> None:
        backed_up.sql("DELETE FROM outbox")
        ended = backed_up("restore", backed_up.file, "--overwrite")
        assert ended.code == 0
        [kept] = backed_up.data.glob("dinghuo.db.before-*")
        assert str(kept) in ended.out
        for path, empty in ((kept, True), (backed_up.data / "dinghuo.db", False)):
            with closing(sqlite3.connect(path)) as connection:
                [(number,)] = connection.execute("SELECT count(*) FROM outbox")
            assert (number == 0) == empty

    def test_names_the_key_that_is_needed(self, backed_up: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_BACKUP_KEY", OTHER.hex())
        line = backed_up("restore", backed_up.file, "--overwrite").line
        assert line.startswith("Wrong key:")
        assert f"needs the key {KEY_ID}" in line
        assert OTHER_ID in line
        monkeypatch.delenv("DINGHUO_BACKUP_KEY")
        line = backed_up("restore", backed_up.file, "--overwrite").line
        assert f"needs the key {KEY_ID}" in line
        assert not (backed_up.folder / "config").exists(), "no key is made for a restore"

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_says_of_each_wrong_file_what_is_wrong(
        self, backed_up: Shell, language: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DINGHUO_LANGUAGE", language)
        whole, before = backed_up.file.read_bytes(), content_of(backed_up)
        newer = whole[:8] + b"\x00\x02" + whole[10:]
        end = 54 + int.from_bytes(whole[10:14])
        newer = newer[:end] + sha256(newer[:end]).digest() + newer[end + 32 :]
        wrong = {
            ("is incomplete", "不完整"): whole[: len(whole) // 2],
            ("is damaged", "已损坏"): whole[: len(whole) // 2] + b"?!" + whole[len(whole) // 2 + 2 :],
            ("is no backup", "不是订货的备份文件"): (backed_up.data / "dinghuo.db").read_bytes(),
            ("newer version", "更新版本"): newer,
        }
        for (en, zh), octets in wrong.items():
            backed_up.file.write_bytes(octets)
            line = backed_up("restore", backed_up.file, "--overwrite").line
            assert (zh if language == "zh" else en) in line
            assert content_of(backed_up) == before

    def test_is_refused_for_newer_tables(self, shop: Shell, key: None) -> None:
        shop.sql("UPDATE alembic_version SET version_num = '9999'")
        assert "newer version" in shop("backup", shop.file).line
        assert not shop.file.exists()
        assert shop("backup", shop.file, "--no-verify").code == 0
        line = shop("restore", shop.file, data=shop.folder / "elsewhere").line
        assert "9999" in line
        assert "Update the program" in line
        assert not (shop.folder / "elsewhere").exists()

    def test_is_refused_for_another_kind_of_database(self, backed_up: Shell) -> None:
        url = "postgresql+psycopg://shop@127.0.0.1:1/shop"
        assert "a backup of SQLITE" in backed_up("restore", backed_up.file, "--database", url).line

    def test_is_refused_where_no_file_is(self, shop: Shell, key: None) -> None:
        assert "cannot be read" in shop("restore", shop.file).line

    def test_puts_back_nothing_that_is_not_true(self, shop: Shell, key: None) -> None:
        shop.sql("UPDATE stock SET on_hand = on_hand + 1")
        shop("backup", shop.file)
        elsewhere = shop.folder / "elsewhere"
        ended = shop("restore", shop.file, data=elsewhere)
        assert ended.code == 1
        assert "Nothing was changed" in ended.err
        assert list(elsewhere.iterdir()) == []
        assert shop("restore", shop.file, "--no-verify", data=elsewhere).code == 0


def content_of(shop: Shell) -> bytes:
    return (shop.data / "dinghuo.db").read_bytes()


def wait_for(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until it has begun to write, or has ended."""
    deadline = time.monotonic() + 20
    while process.poll() is None and not any(folder.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _no_plaintext(shop: Shell) -> None:
    """What a killed backup leaves where backups go is encrypted."""
    for path in shop.file.parent.iterdir():
        octets = path.read_bytes()
        assert b"SQLite" not in octets
        assert octets[:8] in (b"", b"DHBACKUP")
