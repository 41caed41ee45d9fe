"""The command line: what each verb does, and how it refuses."""

from __future__ import annotations

import json
import logging
import os
import pwd
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
import structlog

from adapters.identity.tokens import SignedTokens
from adapters.system import SystemClock
from application.authorization import ActorKind
from application.ports.tokens import Claims
from dinghuo.__main__ import run
from dinghuo.commands.trying import OFFERED
from dinghuo.speech import speak
from kit.commands import Ended

KEY = "a secret of thirty-two characters"
NOWHERE = "postgresql+psycopg://shop:geheim@127.0.0.1:1/dinghuo"
SOURCES = Path(__file__).parents[3] / "src"


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

    def sql(self, statement: str) -> None:
        """Change the database behind the program's back."""
        with closing(sqlite3.connect(self.data / "dinghuo.db")) as connection, connection:
            connection.execute(statement)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [*os.environ]:
        if name.startswith("DINGHUO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DINGHUO_LANGUAGE", "en")
    monkeypatch.setenv("DINGHUO_TOKEN_KEY", KEY)
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    speak("auto")
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    return Shell(capsys, tmp_path / "shop")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small wholesaler."""
    folder = tmp_path_factory.mktemp("seeded")
    size = ("--products", "30", "--customers", "10", "--orders", "20")
    assert run(["seed", *size, "--data", str(folder)]) == 0
    return folder


@pytest.fixture
def shop(shell: Shell, seeded: Path) -> Shell:
    """A shell in a folder with a small wholesaler of one's own."""
    shutil.copytree(seeded, shell.data)
    return shell


@pytest.fixture
def named(seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wholesaler's keyring lies outside the data, and is named."""
    shutil.copy(seeded / "keyring.json", tmp_path / "keyring.json")
    monkeypatch.setenv("DINGHUO_KEYRING", str(tmp_path / "keyring.json"))


@contextmanager
def taken_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


class TestHelp:
    @pytest.mark.parametrize(("language", "word"), [("en", "Verbs"), ("zh", "动词")])
    def test_lists_the_verbs(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch, language: str, word: str
    ) -> None:
        monkeypatch.setenv("DINGHUO_LANGUAGE", language)
        ended = shell("--help")
        assert (ended.code, ended.err) == (0, "")
        assert word in ended.out
        for verb in (
            *("serve", "seed", "import", "migrate", "token", "schema", "verify", "backup", "restore"),
            *("export-person", "erase-person", "forget-second-factor", "tidy", "keys"),
        ):
            assert verb in ended.out

    @pytest.mark.parametrize(
        "verb",
        [
            ("serve",),
            ("seed",),
            ("import", "catalog"),
            ("migrate",),
            ("token",),
            ("schema",),
            ("verify",),
            ("backup",),
            ("restore",),
            ("export-person",),
            ("erase-person",),
            ("forget-second-factor",),
            ("tidy",),
            ("keys", "list"),
            ("keys", "rotate"),
            ("keys", "retire"),
        ],
    )
    def test_says_what_every_verb_understands(self, shell: Shell, verb: tuple[str, ...]) -> None:
        shown = shell(*verb, "--help").out
        for option in ("--port", "--host", "--data", "--database", "--config"):
            assert option in shown


class TestRefusals:
    """Each is one line on stderr that says what to do, and exit code 2."""

    def test_of_an_unknown_verb(self, shell: Shell) -> None:
        assert shell("srve").line == "Not known: srve. See ./run --help"

    def test_of_an_unknown_option(self, shell: Shell) -> None:
        assert "--prt" in shell("serve", "--prt", "1").line

    @pytest.mark.parametrize(
        "verb", [(), ("serve",), ("migrate",), ("verify",), ("schema",), ("token", "buyer")]
    )
    def test_of_a_wrong_setting_by_every_verb(self, shell: Shell, verb: tuple[str, ...]) -> None:
        assert shell(*verb, "--port", "x").line.startswith("--port is not right")

    def test_of_an_unknown_kind_of_database(self, shell: Shell) -> None:
        assert "postgresql+psycopg://" in shell("migrate", "--database", "mysql://a/b").line

    @pytest.mark.parametrize(
        "verb", [(), ("serve", "--port", "0"), ("migrate",), ("migrate", "--check"), ("verify",)]
    )
    def test_of_a_database_that_does_not_answer(self, shell: Shell, verb: tuple[str, ...]) -> None:
        port = ("--port", "0") if not verb else ()
        line = shell(*verb, *port, "--database", NOWHERE).line
        assert "127.0.0.1:1" in line
        assert "Start it" in line
        assert "geheim" not in line

    def test_of_a_file_that_is_no_database(self, shell: Shell) -> None:
        shell.data.mkdir()
        (shell.data / "dinghuo.db").write_bytes(b"not a database" * 100)
        assert "not a database" in shell("verify").line

    @pytest.mark.parametrize("verb", [(), ("migrate",)])
    def test_of_a_folder_it_cannot_write_to(self, shell: Shell, verb: tuple[str, ...]) -> None:
        shell.data.write_bytes(b"a file is in the way")
        assert "cannot be written to" in shell(*verb).line

    @pytest.mark.parametrize("verb", [("serve",), ("token", "buyer"), ("verify",)])
    def test_of_tables_that_are_missing(self, shell: Shell, verb: tuple[str, ...]) -> None:
        assert "./run migrate" in shell(*verb).line

    def test_of_tables_that_are_behind(self, shop: Shell) -> None:
        shop.sql("UPDATE alembic_version SET version_num = '0000'")
        assert "./run migrate" in shop("serve").line
        assert shop("migrate", "--check").code == 1

    @pytest.mark.parametrize("verb", [(), ("serve",), ("migrate",), ("seed",), ("verify",)])
    def test_of_tables_that_are_newer(self, shop: Shell, verb: tuple[str, ...]) -> None:
        shop.sql("UPDATE alembic_version SET version_num = '9999'")
        port = ("--port", "0") if not verb else ()
        assert "newer version" in shop(*verb, *port).line

    def test_of_a_port_in_use_before_anything_is_made(self, shell: Shell) -> None:
        with taken_port() as port:
            assert f"Port {port} is in use" in shell("--port", port).line
        assert not (shell.data / "dinghuo.db").exists()

    def test_of_a_port_in_use_by_serve(self, shop: Shell, named: None) -> None:
        with taken_port() as port:
            assert f"Port {port} is in use" in shop("serve", "--port", port).line

    def test_of_a_host_that_is_not_here(self, shop: Shell, named: None) -> None:
        assert "--host" in shop("serve", "--host", "192.0.2.1").line

    def test_speaks_chinese(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_LANGUAGE", "zh")
        assert shell("serve").line == "数据库的表结构不是最新的。请先运行:./run migrate"


class TestMigrate:
    def test_says_what_it_did(self, shell: Shell) -> None:
        assert shell("migrate", "--check") == Ended(1, "There are no tables in the database yet.\n", "")
        assert not shell.data.exists()
        assert shell("migrate") == Ended(0, "The tables of the database were made.\n", "")
        assert "nothing was changed" in shell("migrate").out
        assert shell("migrate", "--check").code == 0


class TestToken:
    def read(self, ended: Ended) -> Claims:
        assert (ended.code, ended.err, ended.out.count("\n")) == (0, "", 1)
        tokens = SignedTokens(key=KEY.encode(), clock=SystemClock())
        return tokens.read(ended.out.strip(), at=SystemClock().now())

    def tier(self, shop: Shell, claims: Claims) -> str:
        with closing(sqlite3.connect(shop.data / "dinghuo.db")) as connection:
            found = connection.execute(
                "SELECT t.code FROM customers c JOIN price_tiers t ON t.id = c.tier_id WHERE c.id = ?",
                (claims.customer_id,),
            ).fetchone()
        return str(found[0])

    def test_is_the_same_vips_every_time(self, shop: Shell) -> None:
        claims = self.read(shop("token", "buyer"))
        assert claims == self.read(shop("token", "buyer"))
        assert (claims.kind, self.tier(shop, claims)) == (ActorKind.BUYER, "VIP")

    def test_is_for_staff(self, shop: Shell) -> None:
        claims = self.read(shop("token", "staff"))
        assert (claims.kind, claims.customer_id) == (ActorKind.STAFF, None)
        assert self.read(shop("token", "staff", "--person", claims.person_id)) == claims

    def test_is_for_whom_one_names(self, shop: Shell) -> None:
        with closing(sqlite3.connect(shop.data / "dinghuo.db")) as connection:
            id, name = connection.execute("SELECT id, name FROM customers ORDER BY id DESC").fetchone()
        claims = self.read(shop("token", "buyer", "--customer", name, "--merchant", "demo"))
        assert claims.customer_id == id
        assert self.read(shop("token", "buyer", "--person", claims.person_id)) == claims

    @pytest.mark.parametrize(
        ("words", "hint"),
        [
            (("buyer", "--customer", "nobody"), "--customer"),
            (("buyer", "--person", "stf_00000000000000000000000000"), "--person"),
            (("staff", "--person", "stf_00000000000000000000000000"), "--person"),
            (("staff", "--merchant", "none"), "demo"),
            (("buyer", "--days", "0"), "--days"),
            (("buyer", "--days", "3651"), "--days"),
            (("guest",), "buyer"),
            ((), "WHO"),
        ],
    )
    def test_is_refused_for_nobody(self, shop: Shell, words: tuple[str, ...], hint: str) -> None:
        assert hint in shop("token", *words).line

    def test_is_refused_where_nobody_is(self, shell: Shell) -> None:
        shell("migrate")
        assert "./run seed" in shell("token", "buyer").line

    def test_asks_which_of_several_merchants(self, shop: Shell) -> None:
        shop.sql(
            "INSERT INTO merchants (id, slug, name, currency, time_zone, price_scale, guest_prices, low_stock, "
            "payment_methods, second_factor) SELECT 'mer_00000000000000000000000000', 'second', name, currency, "
            "time_zone, price_scale, guest_prices, low_stock, payment_methods, second_factor FROM merchants"
        )
        assert "--merchant demo|second" in shop("token", "buyer").line


class TestImportPrices:
    def file(self, shop: Shell, price: str) -> Path:
        """A table with one price."""
        file = shop.data / "prices.csv"
        file.write_text(f"货号,价格\nDH0001-1,{price}\n", encoding="utf-8")
        return file

    def batches(self, shop: Shell) -> list[tuple[str, int | None]]:
        with closing(sqlite3.connect(shop.data / "dinghuo.db")) as connection:
            return connection.execute(
                "SELECT state, effective_from FROM price_batches ORDER BY id"
            ).fetchall()

    def test_are_staged_or_hold_at_once_or_from_a_day_on_where_the_merchant_is(self, shop: Shell) -> None:
        assert "Staged as batch" in shop("import", "prices", self.file(shop, "9.99")).out
        assert "holds now" in shop("import", "prices", self.file(shop, "9.98"), "--publish").out
        ended = shop("import", "prices", self.file(shop, "9.97"), "--from", "2999-12-01")
        assert (ended.code, "holds from 2999-12-01 00:00 CST" in ended.out) == (0, True), ended
        ended = shop("import", "prices", self.file(shop, "9.96"), "--from", "2999-12-02T08:00+00:00")
        assert "holds from 2999-12-02 08:00 UTC" in ended.out
        states = self.batches(shop)
        assert [state for state, _ in states] == ["STAGED", "PUBLISHED", "PUBLISHED", "PUBLISHED"]
        assert [begins // 3_600_000_000 % 24 for _, begins in states[2:] if begins] == [16, 8], "hours, UTC"
        assert shop("verify").code == 0

    @pytest.mark.parametrize(("when", "hint"), [("tomorrow", "2026-12-01"), ("2020-01-01", "is past")])
    def test_are_not_staged_for_what_is_no_day_or_is_past(self, shop: Shell, when: str, hint: str) -> None:
        ended = shop("import", "prices", self.file(shop, "9.99"), "--from", when)
        assert (ended.code != 0, hint in ended.line, self.batches(shop)) == (True, True, []), ended


class TestImportFloors:
    def test_are_shown_and_set(self, shop: Shell) -> None:
        file = shop.data / "floors.csv"
        file.write_text("货号,底价,成本,加价率\nDH0001-1,9.99,,\nDH0002-1,,8,10%\n", encoding="utf-8")
        looked = shop("import", "floors", file, "--dry-run")
        assert (looked.code, "DH0001-1: - -> floor 9.99" in looked.out) == (0, True), looked
        assert "Nothing was set." in looked.out
        done = shop("import", "floors", file)
        assert (done.code, "DH0002-1: - -> cost 8.00 margin 10%" in done.out) == (0, True), done
        assert "2 floors change, 0 stay, 0 rows are refused." in done.out
        assert "They hold now." in done.out
        file.write_text("货号,底价\nDH0001-1,x\nDH0002-1,7\n", encoding="utf-8")
        refused = shop("import", "floors", file)
        assert (refused.code, "line 2, 底价 / Floor: 'x'" in refused.out) == (1, True), refused
        skipping = shop("import", "floors", file, "--skip-refused")
        assert "DH0002-1: cost 8.00 margin 10% -> floor 7.00 cost 8.00 margin 10%" in skipping.out
        assert shop("import", "floors", shop.data / "floors.csv", "--merchant", "nobody").code != 0
        file.write_text("货号,颜色\nDH0001-1,x\n", encoding="utf-8")
        assert "颜色" in shop("import", "floors", file).line
        assert shop("verify").code == 0


class TestVerify:
    def test_finds_nothing_where_everything_holds(self, shop: Shell) -> None:
        ended = shop("verify")
        assert (ended.code, ended.err) == (0, "")
        assert "Everything holds." in ended.out
        assert ended.out.count(" 0 ✓") == len(ended.out.splitlines()) - 1

    def test_names_the_lies_and_counts_them(self, shop: Shell) -> None:
        shop.sql("UPDATE stock SET on_hand = on_hand + 1")
        ended = shop("verify")
        assert ended.code == 1
        assert "✗" in ended.out
        assert "Everything holds." not in ended.out
        assert len([line for line in ended.out.splitlines() if line.startswith("I1:")]) == 20
        assert "only the first 20" in ended.out


class TestAnchors:
    def anchored(self, shop: Shell) -> Path:
        """A file of anchors, after a count of one SKU."""
        file = shop.data / "anchors.json"
        self.count(shop, "7")
        ended = shop("verify", "--anchor", file)
        assert (ended.code, ended.err) == (0, "")
        assert "The anchors were put into" in ended.out
        return file

    def count(self, shop: Shell, many: str) -> None:
        """Import a table that leaves an entry in the audit trail."""
        table = shop.data / "goods.csv"
        table.write_text(
            f"商品名称,货号,单位,价格,库存 主仓\n纸杯,CUP-{many},包,1.00,{many}\n", encoding="utf-8"
        )
        ended = shop("import", "catalog", table)
        assert ended.code == 0, ended

    def test_are_of_a_trail_that_names_the_systems_user(
        self, shop: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LOGNAME", "somebody else")
        self.count(shop, "7")
        with closing(sqlite3.connect(shop.data / "dinghuo.db")) as connection:
            found = connection.execute(
                "SELECT actor_kind, person_id, address, operation FROM trail"
            ).fetchall()
        assert found == [("OPERATOR", None, pwd.getpwuid(os.getuid()).pw_name, "importCatalog")]

    def test_are_moved_on_while_the_trail_passes_through_them(self, shop: Shell) -> None:
        file = self.anchored(shop)
        (first,) = json.loads(file.read_text())["heads"].values()
        assert first["sequence"] == 1
        self.count(shop, "8")
        ended = shop("verify", "--anchor", file)
        assert (ended.code, ended.err) == (0, "")
        assert "were moved on" in ended.out
        (second,) = json.loads(file.read_text())["heads"].values()
        assert second["sequence"] == 2 and second["hash"] != first["hash"]
        assert [path.name for path in shop.data.iterdir() if path.name.startswith(".anchors")] == []

    def test_tell_a_trail_that_was_cut_short(self, shop: Shell) -> None:
        file = self.anchored(shop)
        before = file.read_bytes()
        shop.sql("DELETE FROM trail")
        shop.sql("DELETE FROM trail_heads")
        assert shop("verify").code == 0, "without an anchor nobody can know"
        ended = shop("verify", "--anchor", file)
        assert ended.code == 1
        assert "1 fault=TRUNCATED" in ended.out and "stay as they are" in ended.out
        assert file.read_bytes() == before

    def test_tell_a_merchant_that_is_gone(self, shell: Shell, shop: Shell) -> None:
        file = self.anchored(shop)
        away = file.rename(file.with_name("elsewhere.json"))
        shop.data.rename(shop.data.with_name("old"))
        shell("migrate")
        ended = shell("verify", "--anchor", shop.data.with_name("old") / away.name)
        assert (ended.code, "fault=TRUNCATED" in ended.out) == (1, True)

    def test_move_on_where_something_else_is_wrong(self, shop: Shell) -> None:
        shop.sql("UPDATE orders SET version = version + 1")
        file = shop.data / "anchors.json"
        ended = shop("verify", "--anchor", file)
        assert ended.code == 1 and "were put into" in ended.out
        assert json.loads(file.read_text())["heads"] == {}

    @pytest.mark.parametrize(
        "content",
        ["", "[]", "{}", '{"form": "other"}', '{"form": "dinghuo anchors 1", "heads": {"x": {}}}']
        + [
            f'{{"form": "dinghuo anchors 1", "heads": {{"mer_{"0" * 26}": {head}}}}}'
            for head in ("1", '{"sequence": "1", "hash": ""}', '{"sequence": -1, "hash": ""}')
        ]
        + ['{"form": "dinghuo anchors 1", "heads": []}'],
    )
    def test_are_nothing_else(self, shop: Shell, content: str) -> None:
        file = shop.data / "anchors.json"
        file.write_text(content)
        assert "is no file of anchors" in shop("verify", "--anchor", file).line
        assert file.read_text() == content

    def test_need_a_place(self, shop: Shell) -> None:
        assert "cannot be used: Is a directory" in shop("verify", "--anchor", shop.data).line
        ended = shop("verify", "--anchor", shop.data / "nowhere" / "anchors.json")
        assert ended.code == 2
        assert "No such file or directory" in ended.err


class TestSchema:
    def test_prints_the_contract(self, shell: Shell) -> None:
        ended = shell("schema")
        assert (ended.code, ended.err) == (0, "")
        assert "\ntype Query {" in ended.out
        assert not shell.data.exists()


@contextmanager
def start(*words: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Start the program as a process of its own, which does not outlive a test that fails."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "dinghuo", *map(str, words)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def posted(*curl: str) -> str:
    """What a line for curl would fetch."""
    _, _, _, url, *options = curl
    headers = dict(value.split(": ") for option, value in pairwise(options) if option == "-H")
    request = urllib.request.Request(url, data=options[options.index("-d") + 1].encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def asked(url: str, query: str, token: str) -> Any:
    """What somebody is answered, without errors."""
    request = urllib.request.Request(
        f"{url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        content = json.loads(answer.read())
    assert "errors" not in content, content
    return content["data"]


def announced(process: subprocess.Popen[str]) -> str:
    """The address that the first line names."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://" in line, line + (process.stderr.read() if process.stderr else "")
    return line.split()[2].rstrip(".")


class TestProcess:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_serves_until_told_to_stop(self, seeded: Path, named: None, number: signal.Signals) -> None:
        with start("serve", "--port", "0", "--data", seeded) as process:
            assert fetched(announced(process) + "/readyz") == '{"status":"ok"}'
            process.send_signal(number)
            _, err = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in err

    def test_serves_with_several_processes(self, seeded: Path, named: None) -> None:
        with start("serve", "--port", "0", "--workers", "2", "--data", seeded) as process:
            assert fetched(announced(process) + "/readyz") == '{"status":"ok"}'
            process.terminate()
            _, err = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in err

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_closes_connections_that_bring_no_request(
        self, seeded: Path, named: None, monkeypatch: pytest.MonkeyPatch, workers: str
    ) -> None:
        monkeypatch.setenv("DINGHUO_LIMITS_RECEIVE_S", "0.5")
        with start("serve", "--port", "0", "--workers", workers, "--data", seeded) as process:
            url = announced(process)
            assert fetched(url + "/readyz") == '{"status":"ok"}'
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as slow:
                begun = time.monotonic()
                slow.sendall(b"GET /healthz HTT")
                answer = b"".join(iter(lambda: slow.recv(1000), b""))
                assert answer.startswith(b"HTTP/1.1 408 ")
                assert 0.4 < time.monotonic() - begun < 5
            process.terminate()
            process.communicate(timeout=30)
        assert process.returncode == 0

    def test_gives_things_to_try(self, seeded: Path) -> None:
        with start("--port", "0", "--data", seeded) as process:
            url = announced(process)
            page = urllib.request.Request(f"{url}/graphql", headers={"Accept": "text/html"})
            with urllib.request.urlopen(page, timeout=20) as answer:
                assert "text/html" in answer.headers["content-type"]
            assert process.stdout is not None
            first, second, third = (
                next(line for line in process.stdout if line.startswith(number))
                for number in ("1. ", "2. ", "3. ")
            )
            answered = json.loads(posted(*shlex.split(second)))
            process.terminate()
            _, err = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "First start" not in err, "a merchant that is there is not made again"
        assert f"{url}/graphql" in first
        assert answered["data"]["me"]["name"], "the buyer of the token"
        assert answered["data"]["products"]["nodes"][0]["skus"][0]["price"]["unitPrice"]["amount"]
        assert third == f"3. ./run import catalog examples/catalog.xlsx --dry-run --data {seeded}\n"

    def test_everything_it_offers_to_try_has_an_answer(self, shell: Shell) -> None:
        assert shell("seed", "--products", "60", "--customers", "10", "--orders", "20").code == 0
        with start("--port", "0", "--data", shell.data) as process:
            try:
                url = announced(process)
                assert process.stdout is not None
                lines = iter(process.stdout.readline, "")
                buyer, owner = (
                    next(token.strip() for before, token in pairwise(lines) if before.startswith(who))
                    for who in ("A buyer's token:", "A token of staff:")
                )
                tries = [next(line for line in lines if line.startswith("- ")) for _ in OFFERED]
                asked_by = [*((one, buyer) for one in tries), (next(lines), owner)]
                answers = [asked(url, line[line.index("{") :], token) for line, token in asked_by]
            finally:
                process.terminate()
        quote, coupons, contract, own, rule, special, weighed, kept = answers
        assert [one["promotion"]["name"] for one in quote["quote"]["applied"]] == ["大米满500减30"]
        assert len(coupons["claimableCoupons"]["nodes"]) == 1
        assert {sku["price"]["source"] for one in contract["products"]["nodes"] for sku in one["skus"]} == {
            "CONTRACT"
        }
        assert own["products"]["nodes"] and own["shoppingLists"] and own["orderTemplates"]
        assert rule["products"]["nodes"][0]["skus"][0]["quota"] == {"most": "600", "period": "MONTH"}
        price = special["sku"]["price"]
        assert Decimal(price["unitPrice"]["amount"]) < Decimal(price["special"]["ordinaryPrice"]["amount"])
        assert price["special"]["left"] == "60"
        assert (weighed["sku"]["unit"], weighed["sku"]["catchWeight"]) == (
            {"name": "斤"},
            {"tolerance": "10"},
        )
        assert len(kept["promotions"]["nodes"]) == 4 and len(kept["staff"]["missedSearches"]["nodes"]) == 4

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_can_be_interrupted_while_it_seeds(self, tmp_path: Path, number: signal.Signals) -> None:
        with start("--port", "0", "--data", tmp_path) as process:
            assert process.stderr is not None
            assert "First start" in process.stderr.readline()
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (130, "")
        assert "Traceback" not in err or "Exception ignored" in err
