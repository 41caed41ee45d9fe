"""The options that every verb understands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import attrs
from cyclopts import Group, Parameter

from dinghuo.speech import say

_EVERYWHERE = Group(say(zh="通用选项", en="Options of every verb"), sort_key=9)


def _option(*, zh: str, en: str) -> Parameter:
    return Parameter(help=say(zh=zh, en=en), group=_EVERYWHERE, show_default=False)


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Options:
    """What the command line may say about settings; each wins over the environment and the file."""

    port: Annotated[str | None, _option(zh="端口,默认 8000", en="the port to serve on; 8000 by default")] = (
        None
    )
    host: Annotated[
        str | None, _option(zh="地址,默认 127.0.0.1", en="the address to serve on; 127.0.0.1")
    ] = None
    data: Annotated[Path | None, _option(zh="数据目录", en="the folder for what is stored")] = None
    database: Annotated[
        str | None,
        _option(
            zh="数据库,如 postgresql+psycopg://用户:密码@主机/库;默认是数据目录里的 SQLite 文件",
            en="the database, as postgresql+psycopg://user:password@host/name; a SQLite file by default",
        ),
    ] = None
    config: Annotated[
        Path | None,
        _option(
            zh="设置文件,默认是数据目录里的 dinghuo.toml", en="the settings file; dinghuo.toml by default"
        ),
    ] = None

    def given(self, **more: object) -> dict[str, Any]:
        """The settings that the command line names."""
        named = {**attrs.asdict(self, filter=attrs.filters.exclude("config")), **more}
        return {name: value for name, value in named.items() if value is not None}
