"""`migrate`: the tables of the database, made or brought up to date."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from application.ports.database import SchemaState
from dinghuo.commands.options import Options
from dinghuo.opening import arranged, prepare, state_of
from dinghuo.speech import Words, say

_DONE = {
    SchemaState.MISSING: Words(zh="已建立数据库的表结构。", en="The tables of the database were made."),
    SchemaState.BEHIND: Words(
        zh="已升级数据库的表结构。", en="The tables of the database were brought up to date."
    ),
    SchemaState.CURRENT: Words(
        zh="数据库的表结构已是最新,无需更改。",
        en="The tables of the database are current; nothing was changed.",
    ),
}
_FOUND = {
    SchemaState.MISSING: Words(zh="数据库还没有建立。", en="There are no tables in the database yet."),
    SchemaState.BEHIND: Words(zh="数据库的表结构需要升级。", en="The tables of the database are behind."),
    SchemaState.CURRENT: Words(zh="数据库的表结构已是最新。", en="The tables of the database are current."),
    SchemaState.NEWER: Words(
        zh="数据库由更新版本的程序建立。", en="The database was made by a newer version of this program."
    ),
}


def migrate(
    *,
    check: Annotated[
        bool,
        Parameter(
            negative=(),
            help=say(zh="只检查,不更改;需要升级时退出码为 1", en="only look; exits with 1 if behind"),
        ),
    ] = False,
    options: Options | None = None,
) -> int:
    """Make the tables, or bring them up to date, and say what was done."""
    options = options or Options()
    with arranged(options.given(), config=options.config) as container:
        if check:
            state = state_of(container)
            print(_FOUND[state])
            return 0 if state is SchemaState.CURRENT else 1
        print(_DONE[prepare(container)])
    return 0
