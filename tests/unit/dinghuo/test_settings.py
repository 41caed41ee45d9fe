"""Settings: where they come from, which wins, and what is refused."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from typed_settings import Secret

from adapters.graphql.limits import Limits
from dinghuo.secret_key import token_key
from dinghuo.settings import THIS_MACHINE, Mode, Settings, environment_of, load, without_password
from dinghuo.speech import CommandRefused, Language, language_of, speak, spoken

KEY = "a secret of thirty-two characters"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing set but the folder."""
    for name in [*os.environ]:
        if name.startswith("DINGHUO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DINGHUO_DATA", str(tmp_path))
    monkeypatch.setenv("DINGHUO_LANGUAGE", "en")
    yield
    speak("auto")


def refused(given: dict[str, Any] | None = None, *, config: Path | None = None) -> str:
    with pytest.raises(CommandRefused) as caught:
        load(given=given or {}, config=config)
    assert caught.value.words.zh != caught.value.words.en
    assert "\n" not in caught.value.words.zh + caught.value.words.en
    return caught.value.words.en


class TestOrder:
    def test_has_a_default_for_everything(self, tmp_path: Path) -> None:
        settings = load(given={})
        assert settings.database == f"sqlite:///{tmp_path}/dinghuo.db"
        assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
        assert (settings.graphiql, settings.log_codes, settings.cors_origins) == (False, False, ())

    def test_lets_the_file_win_over_defaults(self, tmp_path: Path) -> None:
        (tmp_path / "dinghuo.toml").write_text("port = 1\ngraphiql = true\ncors-origins = ['*']", "utf-8")
        settings = load(given={})
        assert (settings.port, settings.graphiql, settings.cors_origins) == (1, True, ("*",))

    def test_lets_the_environment_win_over_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "dinghuo.toml").write_text("port = 1\nhost = 'file'", "utf-8")
        monkeypatch.setenv("DINGHUO_PORT", "2")
        settings = load(given={})
        assert (settings.port, settings.host) == (2, "file")

    def test_lets_the_command_line_win_over_everything(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "dinghuo.toml").write_text("port = 1", "utf-8")
        monkeypatch.setenv("DINGHUO_PORT", "2")
        assert load(given={"port": "3"}).port == 3

    def test_opens_doors_to_try_things_unless_told_otherwise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tried = load(given={}, mode=Mode.TRY)
        assert (tried.graphiql, tried.log_codes, tried.cors_origins) == (True, True, (THIS_MACHINE,))
        monkeypatch.setenv("DINGHUO_GRAPHIQL", "off")
        assert not load(given={}, mode=Mode.TRY).graphiql

    def test_reads_another_file_where_one_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "dinghuo.toml").write_text("port = 1", "utf-8")
        other = tmp_path / "with ! and space.conf"
        other.write_text("port = 4", "utf-8")
        assert load(given={}, config=other).port == 4
        monkeypatch.setenv("DINGHUO_CONFIG", str(other))
        assert load(given={}).port == 4

    def test_takes_a_folder_in_a_file_for_one_beside_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DINGHUO_DATA")
        file = tmp_path / "it.toml"
        file.write_text("data = 'shop'", "utf-8")
        assert load(given={}, config=file).data == tmp_path / "shop"

    def test_takes_a_manifest_in_a_file_for_one_beside_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert load(given={}).trusted_documents is None
        file = tmp_path / "it.toml"
        file.write_text("trusted_documents = 'manifest.json'\nonly_trusted = true", "utf-8")
        settings = load(given={}, config=file)
        assert (settings.trusted_documents, settings.only_trusted) == (tmp_path / "manifest.json", True)
        monkeypatch.setenv("DINGHUO_TRUSTED_DOCUMENTS", "/elsewhere.json")
        assert load(given={}, config=file).trusted_documents == Path("/elsewhere.json")

    def test_does_not_depend_on_the_working_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DINGHUO_DATA")
        monkeypatch.chdir(tmp_path)
        root = Path(__file__).parents[3]
        assert load(given={}).data == root / "data"

    def test_reaches_a_child_through_its_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "it.toml"
        file.write_text("read-pool = 3", "utf-8")
        given = {"port": "81", "database": "postgresql://a:b@c/d", "data": tmp_path / "x"}
        here = load(given=given, config=file)
        for name, value in environment_of(given, config=file).items():
            monkeypatch.setenv(name, value)
        assert attrs.asdict(load(given={}), filter=_comparable) == attrs.asdict(here, filter=_comparable)


def _comparable(_: attrs.Attribute[Any], value: object) -> bool:
    return not isinstance(value, Secret)


class TestLimits:
    def test_are_those_of_the_guide_unless_set(self) -> None:
        assert load(given={}).limits == Limits()

    @pytest.mark.parametrize("limit", attrs.fields(Limits), ids=lambda limit: limit.name)
    def test_can_be_set(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: attrs.Attribute[Any]
    ) -> None:
        (tmp_path / "dinghuo.toml").write_text(f"[limits]\n{limit.name} = 7", "utf-8")
        assert load(given={}).limits == attrs.evolve(Limits(), **{limit.name: 7})
        (tmp_path / "dinghuo.toml").write_text(f"[limits]\n{limit.name.replace('_', '-')} = 7", "utf-8")
        assert load(given={}).limits == attrs.evolve(Limits(), **{limit.name: 7})
        monkeypatch.setenv(f"DINGHUO_LIMITS_{limit.name.upper()}", "8")
        assert load(given={}).limits == attrs.evolve(Limits(), **{limit.name: 8})

    def test_have_fractions_of_seconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_LIMITS_EXECUTE_S", "2.5")
        assert load(given={}).limits.execute_s == 2.5

    @pytest.mark.parametrize(
        ("name", "values"),
        {
            "depth": ["", "-1", "101", "1.5", "many", "1_0"],
            "tokens": ["", "-1", str(10**9 + 1), "9" * 50],
            "execute_s": ["", "0", "-1", "3601", "1e3", "nan", "inf"],
        }.items(),
    )
    def test_are_within_limits_themselves(
        self, monkeypatch: pytest.MonkeyPatch, name: str, values: list[str]
    ) -> None:
        for value in values:
            monkeypatch.setenv(f"DINGHUO_LIMITS_{name.upper()}", value)
            assert refused().startswith(f"DINGHUO_LIMITS_{name.upper()} is not right: it takes ")

    @pytest.mark.parametrize("value", ["true", "'x'", "1.5", "[1]", "{ a = 1 }"])
    def test_say_where_a_value_came_from(self, tmp_path: Path, value: str) -> None:
        (tmp_path / "dinghuo.toml").write_text(f"[limits]\ndepth = {value}", "utf-8")
        assert refused() == "limits.depth (dinghuo.toml) is not right: it takes a whole number from 0 to 100."

    @pytest.mark.parametrize("content", ["limits = 7", "[limits]\ndeep = 1", "limits.sensitive = ['x']"])
    def test_refuse_what_is_none(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "dinghuo.toml").write_text(content, "utf-8")
        assert "has unknown settings: limits" in refused()

    def test_refuse_an_unknown_variable_and_name_the_nearest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_LIMITS_DEBTH", "1")
        assert refused() == "There is no setting DINGHUO_LIMITS_DEBTH. Did you mean DINGHUO_LIMITS_DEPTH?"

    def test_are_all_in_the_guide(self) -> None:
        guide = (Path(__file__).parents[3] / "docs" / "limits.md").read_text("utf-8")
        for limit in attrs.fields(Limits):
            assert f"`{limit.name}`" in guide


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "values"),
        {
            "port": ["", "-1", "65536", "8e3", "８０", "9" * 50, 1.5, True],
            "workers": ["0", "65", "many"],
            "read_pool": ["0", "101"],
            "write_pool": ["0", "101"],
            "host": [" ", 7],
            "data": [" "],
            "database": ["mysql://a/b", "sqlite://", "dinghuo.db", "postgres://a", 7],
            "graphiql": ["perhaps", 7],
            "log_codes": ["perhaps", 7],
            "only_trusted": ["perhaps", 7],
            "trusted_documents": [" ", 7],
            "log_level": ["loud", 7],
            "log_format": ["xml"],
            "language": ["fr"],
            "token_key": ["short", 7],
            "proxies": ["10.0.0.0/33", "proxy.example.com", 7],
            "wechat_app_id": ["wx 1", "a/b", "w" * 65, 7],
            "wechat_secret": ["two words", "ключ", "a\nb", 7],
            "wechat_url": [
                "",
                "http://api.weixin.qq.com",
                "api.weixin.qq.com",
                "https://a/?b=c",
                "ftp://a",
                7,
            ],
            "sms_url": [
                "http://gateway.example.com",
                "https://",
                "https://u:p@a/",
                "https://a/#b",
                "https://a b/",
                7,
            ],
            "sms_token": ["two words", 7],
            "sms_signing_key": ["two words", 7],
            "sms_templates": ["SMS_1", "zh=", "=SMS_1", "zh=a b", ["zh=1", 7], 7],
            "sms_success": ["OK", "=OK", "Code=", 7],
            "backup_key": ["short", "0" * 63, 7],
            "backup_key_file": [" ", 7],
            "keyring": [" ", 7],
            "cors_origins": ["shop.example.com", "https://a.example/path", "ftp://a", 7, "https://a b"],
        }.items(),
    )
    def test_refuses_what_a_key_does_not_take_and_names_the_key(self, name: str, values: list[Any]) -> None:
        for value in values:
            assert refused({name: value}).startswith(f"--{name} is not right: it takes ")

    def test_says_where_the_value_came_from(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "dinghuo.toml").write_text("port = 'x'", "utf-8")
        assert refused().startswith("port (dinghuo.toml) is not right")
        monkeypatch.setenv("DINGHUO_PORT", "x")
        assert refused().startswith("DINGHUO_PORT is not right")

    def test_refuses_an_unknown_variable_and_names_the_nearest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_PROT", "1")
        assert refused() == "There is no setting DINGHUO_PROT. Did you mean DINGHUO_PORT?"

    @pytest.mark.parametrize("content", ["prot = 1", "[server]\nport = 1", "port = 1\n[a.b]\nc = 2"])
    def test_refuses_an_unknown_key_in_the_file(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "dinghuo.toml").write_text(content, "utf-8")
        assert "has unknown settings" in refused()

    @pytest.mark.parametrize("content", [b"port =", b"\xff\xfe", b"port = 1\nport = 2"])
    def test_refuses_a_file_it_cannot_read(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "dinghuo.toml").write_bytes(content)
        assert "cannot be read" in refused()

    def test_refuses_a_named_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert "No such file" in refused(config=tmp_path / "none.toml")
        assert "cannot be read" in refused(config=tmp_path)


class TestSecrets:
    def test_never_shows_the_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_TOKEN_KEY", KEY)
        settings = load(given={})
        assert KEY not in repr(settings) + str(settings)
        assert token_key(settings) == KEY.encode()

    def test_never_shows_a_key_it_refuses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DINGHUO_TOKEN_KEY", "geheim")
        assert "geheim" not in refused()

    @pytest.mark.parametrize("name", ["wechat_secret", "sms_token", "sms_signing_key", "sms_url"])
    def test_never_shows_what_opens_channels(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        value = "https://a/?key=geheim" if name == "sms_url" else "geheim"
        monkeypatch.setenv(f"DINGHUO_{name.upper()}", value)
        settings = load(given={})
        assert "geheim" not in repr(settings) + str(settings)
        monkeypatch.setenv(f"DINGHUO_{name.upper()}", f"{value} and more")
        assert "geheim" not in refused()

    def test_never_shows_the_password_of_the_database(self) -> None:
        settings = load(given={"database": "postgresql://shop:geheim@db:5432/x"})
        assert "geheim" not in repr(settings)
        assert without_password(settings.database) == "postgresql+psycopg://shop:***@db:5432/x"
        assert without_password("sqlite:////a/b.db") == "sqlite:////a/b.db"

    def test_keeps_a_key_of_its_own(self, tmp_path: Path) -> None:
        settings = Settings(data=tmp_path / "new" / "folder")
        key = token_key(settings)
        (file,) = settings.data.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(key) >= 32
        assert token_key(settings) == key
        assert token_key(Settings(data=tmp_path / "other")) != key

    def test_refuses_a_damaged_key(self, tmp_path: Path) -> None:
        (tmp_path / "token.key").write_bytes(b"half")
        with pytest.raises(CommandRefused, match="damaged"):
            token_key(Settings(data=tmp_path))

    @pytest.mark.skipif(sys.platform == "win32", reason="folders are other things there")
    def test_refuses_a_folder_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(CommandRefused, match="cannot be used"):
            token_key(Settings(data=tmp_path / "file"))


class TestLanguage:
    @pytest.mark.parametrize(
        ("environ", "language"),
        [
            ({}, Language.ENGLISH),
            ({"LANG": "zh_CN.UTF-8"}, Language.CHINESE),
            ({"LANG": "C.UTF-8"}, Language.ENGLISH),
            ({"LANG": "en_GB", "LC_ALL": "zh_TW"}, Language.CHINESE),
            ({"LANG": "zh_CN", "DINGHUO_LANGUAGE": "en"}, Language.ENGLISH),
            ({"LANG": "zh_CN", "DINGHUO_LANGUAGE": "auto"}, Language.CHINESE),
        ],
    )
    def test_follows_the_environment(self, environ: dict[str, str], language: Language) -> None:
        assert language_of(environ) is language

    def test_speaks_the_language_of_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DINGHUO_LANGUAGE")
        monkeypatch.setenv("LANG", "en_GB.UTF-8")
        (tmp_path / "dinghuo.toml").write_text("language = 'zh'", "utf-8")
        load(given={})
        assert spoken() is Language.CHINESE
