"""Settings: what can be set, where it is read from, and what is refused.

The command line wins over the environment (`DINGHUO_…`), that over the file, and that over the defaults.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from base64 import urlsafe_b64decode
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from enum import Enum
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_args

import attrs
from typed_settings import Secret, load_settings
from typed_settings.exceptions import InvalidOptionsError, InvalidSettingsError, TsError
from typed_settings.loaders import DictLoader, EnvLoader, Loader, TomlFormat, clean_settings
from typed_settings.types import LoadedSettings, LoaderMeta, OptionList, SettingsClass

from adapters.graphql.limits import DEEPEST, LONGEST_S, MOST, Limits, RateLimits
from adapters.identity.wechat import WECHAT_URL
from dinghuo import channel_settings
from dinghuo.speech import CommandRefused, Words, refusal, speak

PREFIX = "DINGHUO_"
FILE = "dinghuo.toml"
CONFIG = "DINGHUO_CONFIG"
SHORTEST_KEY = 32
BACKUP_KEY_BYTES = 32
MOST_CONNECTIONS = 100
MOST_WORKERS = 64
THIS_MACHINE = "localhost"
"""The origin that stands for every port of this machine."""

_TABLES: Mapping[str, type] = {"limits": Limits, "rate_limits": RateLimits}
_SCHEMES = ("sqlite:///", "postgresql+psycopg://", "postgresql://")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "json", "console"]
LanguageName = Literal["auto", "zh", "en"]


class Mode(Enum):
    """What the program was started for; it decides what is open by default."""

    TRY = "TRY"
    SERVE = "SERVE"


_DEFAULTS: Mapping[Mode, Mapping[str, Any]] = {
    Mode.TRY: {"graphiql": True, "log_codes": True, "cors_origins": (THIS_MACHINE,)},
    Mode.SERVE: {},
}


def _whole(given: Any, least: int, most: int) -> int:
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,9}", given.strip(), re.ASCII):
        given = int(given)
    if type(given) is not int or not least <= given <= most:
        raise ValueError
    return given


def _port(given: Any) -> int:
    return _whole(given, 0, 65535)


def _connections(given: Any) -> int:
    return _whole(given, 1, MOST_CONNECTIONS)


def _processes(given: Any) -> int:
    return _whole(given, 1, MOST_WORKERS)


def _word(given: Any) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValueError
    return given.strip()


def _one_of(given: Any, names: Collection[str]) -> Any:
    if not isinstance(given, str) or given.lower() not in names:
        raise ValueError
    return given.lower()


def _log_level(given: Any) -> LogLevel:
    level: LogLevel = _one_of(given, get_args(LogLevel))
    return level


def _log_format(given: Any) -> LogFormat:
    name: LogFormat = _one_of(given, get_args(LogFormat))
    return name


def _language(given: Any) -> LanguageName:
    name: LanguageName = _one_of(given, get_args(LanguageName))
    return name


def _truth(given: Any) -> bool:
    answers = {"true": True, "yes": True, "on": True, "1": True}
    answers |= {"false": False, "no": False, "off": False, "0": False}
    return given if isinstance(given, bool) else answers[str(given).strip().lower()]


def address_of_database(given: Any) -> str:
    """Read the address of a database as its driver takes it.

    :raises ValueError: if it is none.
    """
    if not isinstance(given, str) or (given and not given.startswith(_SCHEMES)):
        raise ValueError
    return re.sub(r"^postgresql://", "postgresql+psycopg://", given)


def _origins(given: Any) -> tuple[str, ...]:
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list | tuple):
        raise TypeError
    origins = tuple(_word(one).rstrip("/") for one in listed if one != "")
    if not all(one in ("*", THIS_MACHINE) or _ORIGIN.fullmatch(one) for one in origins):
        raise ValueError
    return origins


def _networks(given: Any) -> tuple[str, ...]:
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list | tuple):
        raise TypeError
    return tuple(str(ip_network(_word(one), strict=False)) for one in listed if one != "")


def _key(given: Any) -> Secret[str]:
    text = given.get_secret_value() if isinstance(given, Secret) else given
    if not isinstance(text, str) or 0 < len(text.encode()) < SHORTEST_KEY:
        raise ValueError
    return Secret(text)


def octets_of_key(text: str) -> bytes:
    """Read a key of 32 octets, written in base64 or in hexadecimal.

    :raises ValueError: if it is none.
    """
    text = text.strip()
    hexadecimal = re.fullmatch(r"[0-9a-fA-F]{64}", text)
    octets = bytes.fromhex(text) if hexadecimal else urlsafe_b64decode(_in_one_alphabet(text))
    if len(octets) != BACKUP_KEY_BYTES:
        raise ValueError("a backup key has 32 octets")
    return octets


def _in_one_alphabet(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9+/_-]{43}=?", text):
        raise ValueError("a backup key is base64 or hexadecimal")
    return text.translate(str.maketrans("+/", "-_")).rstrip("=") + "="


def _backup_key(given: Any) -> Secret[str]:
    text = given.get_secret_value() if isinstance(given, Secret) else given
    if not isinstance(text, str):
        raise TypeError
    if text:
        octets_of_key(text)
    return Secret(text)


def _folder(given: Any) -> Path:
    if not isinstance(given, Path) and not (isinstance(given, str) and given.strip()):
        raise ValueError
    return Path(given).expanduser().absolute()


def _file(given: Any) -> Path | None:
    return None if given is None else _folder(given)


@attrs.frozen(kw_only=True)
class Settings:
    """Everything that can be set, by its name in the file; in the environment it has the prefix."""

    data: Path = attrs.field(converter=_folder)
    database: str = attrs.field(default="", converter=address_of_database, repr=False)
    host: str = attrs.field(default="127.0.0.1", converter=_word)
    port: int = attrs.field(default=8000, converter=_port)
    token_key: Secret[str] = attrs.field(factory=lambda: Secret(""), converter=_key)
    cors_origins: tuple[str, ...] = attrs.field(default=(), converter=_origins)
    graphiql: bool = attrs.field(default=False, converter=_truth)
    log_codes: bool = attrs.field(default=False, converter=_truth)
    log_level: LogLevel = attrs.field(default="info", converter=_log_level)
    log_format: LogFormat = attrs.field(default="auto", converter=_log_format)
    read_pool: int = attrs.field(default=8, converter=_connections)
    write_pool: int = attrs.field(default=8, converter=_connections)
    workers: int = attrs.field(default=1, converter=_processes)
    language: LanguageName = attrs.field(default="auto", converter=_language)
    trusted_documents: Path | None = attrs.field(default=None, converter=_file)
    only_trusted: bool = attrs.field(default=False, converter=_truth)
    engine: bool = attrs.field(default=True, converter=_truth)
    proxies: tuple[str, ...] = attrs.field(default=(), converter=_networks)
    wechat_app_id: str = attrs.field(default="", converter=channel_settings.app)
    wechat_secret: Secret[str] = attrs.field(factory=lambda: Secret(""), converter=channel_settings.secret)
    wechat_url: str = attrs.field(default=WECHAT_URL, converter=channel_settings.base)
    sms_url: str = attrs.field(default="", converter=channel_settings.service, repr=False)
    sms_token: Secret[str] = attrs.field(factory=lambda: Secret(""), converter=channel_settings.secret)
    sms_signing_key: Secret[str] = attrs.field(factory=lambda: Secret(""), converter=channel_settings.secret)
    sms_templates: tuple[str, ...] = attrs.field(default=(), converter=channel_settings.templates)
    sms_success: str = attrs.field(default="", converter=channel_settings.success)
    backup_key: Secret[str] = attrs.field(factory=lambda: Secret(""), converter=_backup_key)
    backup_key_file: Path | None = attrs.field(default=None, converter=_file)
    keyring: Path | None = attrs.field(default=None, converter=_file)
    limits: Limits = attrs.field(factory=Limits)
    rate_limits: RateLimits = attrs.field(factory=RateLimits)


_EXPECTED: Mapping[str, Words] = {
    "data": Words(zh="一个目录", en="a folder"),
    "database": Words(
        zh="sqlite:///文件路径 或 postgresql+psycopg://用户:密码@主机/数据库",
        en="sqlite:///path/to/file or postgresql+psycopg://user:password@host/database",
    ),
    "host": Words(zh="主机名或 IP 地址", en="a host name or an IP address"),
    "port": Words(zh="0 到 65535 的整数", en="a whole number from 0 to 65535"),
    "token_key": Words(
        zh=f"至少 {SHORTEST_KEY} 个字节的密钥", en=f"a secret of at least {SHORTEST_KEY} characters"
    ),
    "backup_key": Words(
        zh="32 个随机字节,以 base64 或十六进制书写", en="32 random bytes in base64 or hexadecimal"
    ),
    **dict.fromkeys(("backup_key_file", "keyring"), Words(zh="一个文件", en="a file")),
    "cors_origins": Words(
        zh="以逗号分隔的来源,如 https://shop.example.com,或 localhost、*",
        en="origins such as https://shop.example.com between commas, or localhost, or *",
    ),
    "graphiql": Words(zh="true 或 false", en="true or false"),
    "engine": Words(zh="true 或 false", en="true or false"),
    "log_codes": Words(zh="true 或 false", en="true or false"),
    "log_level": Words(zh="debug、info、warning 或 error", en="debug, info, warning or error"),
    "log_format": Words(zh="auto、json 或 console", en="auto, json or console"),
    "read_pool": Words(
        zh=f"1 到 {MOST_CONNECTIONS} 的整数", en=f"a whole number from 1 to {MOST_CONNECTIONS}"
    ),
    "write_pool": Words(
        zh=f"1 到 {MOST_CONNECTIONS} 的整数", en=f"a whole number from 1 to {MOST_CONNECTIONS}"
    ),
    "workers": Words(zh=f"1 到 {MOST_WORKERS} 的整数", en=f"a whole number from 1 to {MOST_WORKERS}"),
    "language": Words(zh="auto、zh 或 en", en="auto, zh or en"),
    "trusted_documents": Words(zh="一个 JSON 文件", en="a JSON file"),
    "only_trusted": Words(zh="true 或 false", en="true or false"),
    "proxies": Words(
        zh="以逗号分隔的 IP 地址或网段,如 10.0.0.0/8",
        en="IP addresses or networks between commas, such as 10.0.0.0/8",
    ),
    "rate_limits.store": Words(
        zh="memory 或 redis://主机:端口/库号", en="memory, or redis://host:port/number"
    ),
    **channel_settings.EXPECTED,
}
_PATHS = ("data", "trusted_documents", "backup_key_file", "keyring")
"""Where these stand in a file and are relative, they are beside it."""


def load(*, given: Mapping[str, Any], config: Path | None = None, mode: Mode = Mode.SERVE) -> Settings:
    """Read the settings; `given` is what the command line says.

    :raises CommandRefused: if a key is unknown, or a value is not what the key takes.
    """
    _refuse_unknown(os.environ)
    data = _data_folder(given)
    named = config or (Path(os.environ[CONFIG]) if os.environ.get(CONFIG) else None)
    file = named or data / FILE
    try:
        settings = load_settings(
            Settings,
            [
                DictLoader({"data": data, **_DEFAULTS[mode]}),
                *([_File(file)] if named or file.is_file() else []),
                EnvLoader(PREFIX),
                DictLoader(dict(given)),
            ],
        )
    except (TsError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _explained(error, file) from error
    speak(settings.language)
    if not settings.database:
        return attrs.evolve(settings, database=f"sqlite:///{settings.data}/dinghuo.db")
    return settings


@attrs.frozen
class _File(Loader):
    """Reads one TOML file that must be there; a relative path in it is beside it."""

    path: Path

    def __call__(self, settings_cls: SettingsClass, options: OptionList) -> LoadedSettings:
        content = TomlFormat(None)(self.path, settings_cls, options)
        known = clean_settings(content, options, self.path)
        for name in _PATHS:
            given = known.get(name)
            if isinstance(given, str) and given.strip():
                known[name] = self.path.absolute().parent / Path(given).expanduser()
        return LoadedSettings(known, LoaderMeta("File"))


def environment_of(given: Mapping[str, Any], *, config: Path | None) -> dict[str, str]:
    """What a child's environment must say for it to read the same settings."""
    named = {CONFIG: str(config.absolute())} if config else {}
    return named | {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()}


def without_password(database: str) -> str:
    """The address of a database as it may be shown."""
    return re.sub(r"(://[^:@/]*):[^@]*@", r"\1:***@", database)


def _data_folder(given: Mapping[str, Any]) -> Path:
    chosen = given.get("data") or os.environ.get(f"{PREFIX}DATA")
    return Path(chosen).expanduser().absolute() if chosen else _default_folder()


def _default_folder() -> Path:
    """`data` in the checkout, or else where the system keeps what belongs to programs of this person."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "data"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "dinghuo"
    kept = os.environ.get("XDG_DATA_HOME")
    return (Path(kept) if kept else Path.home() / ".local" / "share") / "dinghuo"


def _names() -> Iterator[str]:
    """Every setting; those within a table have its name before their own."""
    for field in attrs.fields(Settings):
        if field.name in _TABLES:
            yield from (f"{field.name}.{limit.name}" for limit in attrs.fields(_TABLES[field.name]))
        else:
            yield field.name


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper().replace('.', '_')}"


def _expected(name: str) -> Words:
    if name in _EXPECTED:
        return _EXPECTED[name]
    if name.endswith("_s"):
        return Words(zh=f"大于 0、至多 {LONGEST_S} 的秒数", en=f"seconds above 0, at most {LONGEST_S}")
    least = int(name.startswith("rate_limits."))
    most = DEEPEST if name.endswith("depth") else MOST
    return Words(zh=f"{least} 到 {most} 的整数", en=f"a whole number from {least} to {most}")


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = [CONFIG, *map(_variable, _names())]
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            nearest = "".join(get_close_matches(name, known, n=1))
            raise refusal(
                zh=f"没有 {name} 这个设置。"
                + (f"是想写 {nearest} 吗?" if nearest else "请删除这个环境变量。"),
                en=f"There is no setting {name}. "
                + (f"Did you mean {nearest}?" if nearest else "Remove it from the environment."),
            )


def _explained(error: Exception, file: Path) -> CommandRefused:
    """Say what is wrong, and never the value: it may be a secret."""
    if isinstance(error, InvalidSettingsError):
        return _wrong_value(str(error.exceptions[0]))
    if isinstance(error, InvalidOptionsError):
        names = str(error).rpartition(": ")[2]
        return refusal(
            zh=f"设置文件 {file} 中有未知的设置:{names}。请改正或删除。",
            en=f"The settings file {file} has unknown settings: {names}. Correct or remove them.",
        )
    why = " ".join(str(error.__cause__ or error).split())
    return refusal(zh=f"无法读取设置文件 {file}:{why}", en=f"The settings file {file} cannot be read: {why}")


def _wrong_value(message: str) -> CommandRefused:
    found = re.search(r" for option '([\w.]+)' from loader (\w+)", message, re.DOTALL)
    assert found is not None, "typed-settings says which option and where from"
    name, loader = found.groups()
    where = {"EnvLoader": _variable(name), "File": f"{name} ({FILE})"}
    shown, expected = where.get(loader, f"--{name}"), _expected(name)
    return refusal(
        zh=f"设置 {shown} 的值不对,应为:{expected.zh}。", en=f"{shown} is not right: it takes {expected.en}."
    )
