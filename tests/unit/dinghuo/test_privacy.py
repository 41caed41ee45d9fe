"""The commands about personal data: a file for whom it is about, an erasure that is meant, and tidying up."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import attrs
import pytest

from application.ports.sealing import place_of
from dinghuo.__main__ import run
from dinghuo.opening import opened
from dinghuo.speech import speak
from domain.credentials import Totp
from domain.identity import LoginId
from domain.privacy import ERASED
from kit.commands import Ended

BUYER, OTHER, UNKNOWN = "13900000003", "13900000004", "13900000009"


@attrs.frozen
class Shell:
    """Types commands."""

    captured: pytest.CaptureFixture[str]
    data: Path

    def __call__(self, *words: str | Path) -> Ended:
        self.captured.readouterr()
        code = run([*map(str, words), "--data", str(self.data)])
        out, err = self.captured.readouterr()
        return Ended(code, out, err)

    def asked(self, statement: str) -> list[tuple[object, ...]]:
        """Look at the database behind the program's back, or change it."""
        with closing(sqlite3.connect(self.data / "dinghuo.db")) as connection, connection:
            return connection.execute(statement).fetchall()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [*os.environ]:
        if name.startswith("DINGHUO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DINGHUO_LANGUAGE", "en")
    monkeypatch.setenv("DINGHUO_TOKEN_KEY", "a secret of thirty-two characters")
    yield
    speak("auto")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small wholesaler, made under the key of these tests."""
    folder = tmp_path_factory.mktemp("seeded")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DINGHUO_TOKEN_KEY", "a secret of thirty-two characters")
        assert (
            run(["seed", "--products", "30", "--customers", "10", "--orders", "20", "--data", str(folder)])
            == 0
        )
    return folder


@pytest.fixture
def shop(capsys: pytest.CaptureFixture[str], tmp_path: Path, seeded: Path) -> Shell:
    shell = Shell(capsys, tmp_path / "shop")
    shutil.copytree(seeded, shell.data)
    return shell


class TestExporting:
    def test_writes_documents_that_only_their_owner_reads(self, shop: Shell, tmp_path: Path) -> None:
        file = tmp_path / "person.json"
        ended = shop("export-person", f"+86 {BUYER}", file)
        assert (ended.code, ended.err) == (0, "")
        assert file.stat().st_mode & 0o777 == 0o600
        [document] = json.loads(file.read_text(encoding="utf-8"))
        assert document["login"]["phone"] == "+86*******0003"
        assert [one["kind"] for one in document["places"]] == ["BUYER", "BUYER"]
        entries = shop.asked("SELECT operation, actor_kind, person_id, about_kind FROM trail")
        assert entries == [("exportPerson", "OPERATOR", None, "Buyer")] * 2
        assert shop("verify").code == 0

    def test_names_the_login_as_well(self, shop: Shell, tmp_path: Path) -> None:
        [(login,)] = shop.asked("SELECT login_id FROM buyers WHERE login_id IS NOT NULL LIMIT 1")
        assert shop("export-person", str(login), tmp_path / "person.json").code == 0

    def test_is_refused_for_nobody_and_leaves_no_file(self, shop: Shell, tmp_path: Path) -> None:
        file = tmp_path / "person.json"
        assert "Nobody signs in like that" in shop("export-person", UNKNOWN, file).line
        assert not file.exists()
        assert "Name the id of a login" in shop("export-person", "somebody", file).line

    def test_overwrites_nothing(self, shop: Shell, tmp_path: Path) -> None:
        file = tmp_path / "person.json"
        file.write_text("mine", encoding="utf-8")
        assert "cannot be written" in shop("export-person", BUYER, file).line
        assert file.read_text(encoding="utf-8") == "mine"


class TestALostDevice:
    def test_asks_whether_it_is_meant_and_says_what_is_not_there(self, shop: Shell) -> None:
        assert "--yes" in shop("forget-second-factor", BUYER).line
        assert "has no second factor" in shop("forget-second-factor", BUYER, "--yes").line
        assert "Nobody signs in like that" in shop("forget-second-factor", "a@example.com", "--yes").line

    def test_is_forgotten(self, shop: Shell) -> None:
        [(login,)] = shop.asked("SELECT login_id FROM buyers WHERE login_id IS NOT NULL LIMIT 1")
        with opened({"data": shop.data}) as container, container.database().people() as people:
            people.put_totp(Totp(login_id=LoginId(str(login)), sealed="sealed").turn_on(["hash"]))
        ended = shop("forget-second-factor", str(login), "--yes")
        assert (ended.code, ended.out) == (0, "It is off; 0 sessions have ended.\n")
        assert shop.asked("SELECT DISTINCT operation FROM trail") == [("forgetSecondFactor",)]
        assert "has no second factor" in shop("forget-second-factor", str(login), "--yes").line


class TestErasing:
    def test_asks_whether_it_is_meant(self, shop: Shell) -> None:
        assert "--yes" in shop("erase-person", OTHER).line
        assert shop.asked("SELECT count(*) FROM erasures") == [(0,)]

    def test_erases_in_every_place_once(self, shop: Shell) -> None:
        shop.asked("UPDATE buyers SET role = 'PURCHASER' WHERE login_id IS NOT NULL")
        ended = shop("erase-person", BUYER, "--yes")
        assert (ended.code, ended.err) == (0, "")
        assert "2 places" in ended.out
        with opened({"data": shop.data}) as container:
            sealing = container.keyring()
            names = [
                sealing.open(str(name), place=place_of(str(merchant), "buyers", "name", id))
                for merchant, id, name in shop.asked(
                    "SELECT b.merchant_id, b.id, b.name FROM buyers b JOIN erasures ON person_id = b.id"
                )
            ]
        assert names == [ERASED, ERASED]
        assert shop.asked("SELECT operation FROM trail") == [("erasePerson",)] * 2
        log = shop.data / "dinghuo.db-wal"
        assert not log.exists() or log.stat().st_size == 0
        again = shop("erase-person", BUYER, "--yes")
        assert again.code == 0
        assert "nothing to erase" in again.out
        assert shop("verify").code == 0

    def test_is_refused_for_the_last_owner_of_a_company_with_open_orders(self, shop: Shell) -> None:
        [(order, customer, buyer)] = shop.asked("SELECT id, customer_id, buyer_id FROM orders LIMIT 1")
        shop.asked(f"UPDATE orders SET status = 'SUBMITTED' WHERE id = '{order}'")
        [(login,)] = shop.asked("SELECT id FROM logins ORDER BY id LIMIT 1")
        shop.asked("UPDATE buyers SET login_id = NULL")
        shop.asked(f"UPDATE buyers SET role = 'VIEWER' WHERE customer_id = '{customer}'")
        shop.asked(f"UPDATE buyers SET role = 'OWNER', login_id = '{login}' WHERE id = '{buyer}'")
        shop.asked(f"UPDATE staff SET login_id = NULL WHERE login_id = '{login}'")
        assert "the last owner" in shop("erase-person", str(login), "--yes").line
        assert shop.asked("SELECT count(*) FROM erasures") == [(0,)]


class TestTidying:
    def test_says_what_was_removed(self, shop: Shell) -> None:
        [(login, person)] = shop.asked("SELECT login_id, id FROM buyers WHERE login_id IS NOT NULL LIMIT 1")
        session = f"ses_{'0' * 26}"
        shop.asked(
            "INSERT INTO sessions (id, login_id, person_id, began_at, refreshed_at, proof, second_factor)"
            f" VALUES ('{session}', '{login}', '{person}', 1, 1, 'CODE', 0)"
        )
        shop.asked(f"INSERT INTO refresh_tokens VALUES ('hash', '{session}', NULL)")
        shop.asked("INSERT INTO login_codes VALUES ('index', '', '1000000000000000', 0)")
        ended = shop("tidy")
        assert (ended.code, ended.err) == (0, "")
        assert "1 sessions, 0 tokens, 1 codes" in ended.out
        assert "0 sessions, 0 tokens, 0 codes" in shop("tidy").out

    def test_says_that_somebody_reads(self, shop: Shell) -> None:
        shop("tidy")
        with closing(sqlite3.connect(shop.data / "dinghuo.db")) as reader:
            reader.execute("PRAGMA journal_mode = WAL")
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM buyers").fetchall()
            shop.asked("INSERT INTO login_codes VALUES ('index', '', '1000000000000000', 0)")
            ended = shop("tidy")
        assert ended.code == 0
        assert "Somebody reads" in ended.out
