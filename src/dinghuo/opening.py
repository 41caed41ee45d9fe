"""Opening the house for a command: settings read, the database there and in the state that is needed."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from application.ports.database import Database, SchemaState, SecondWall
from application.ports.sealing import Unreadable
from application.ports.storage import NotNow
from dinghuo import keyring
from dinghuo.container import Container
from dinghuo.settings import Mode, Settings, without_password
from dinghuo.speech import CommandRefused, Words, refusal

_IN_A_FILE = "sqlite:///"
_NOT_STANDING = {
    SecondWall.MISSING: Words(
        zh="警告:第二道墙不在。数据库用户不受行级安全约束,数据库本身不会把商家隔开。"
        "请运行 ./run migrate;若仍有此警告,见 docs/second-wall.md。",
        en="WARNING: the second wall is missing. Row-level security does not bind the database's user, so that the "
        "database itself does not keep merchants apart. Run ./run migrate; if this is said again, see "
        "docs/second-wall.md.",
    ),
    SecondWall.OWNED: Words(
        zh="警告:第二道墙不稳。数据库用户拥有这些表,可以拆掉它。"
        "请运行 ./run migrate;若仍有此警告,见 docs/second-wall.md。",
        en="WARNING: the second wall is weak. The database's user owns the tables and could take it down. "
        "Run ./run migrate; if this is said again, see docs/second-wall.md.",
    ),
}


@contextmanager
def opened(given: Mapping[str, Any], *, config: Path | None = None) -> Iterator[Container]:
    """Open a house whose database is as the program needs it.

    :raises CommandRefused: if it is not, or does not answer, or a setting is wrong.
    """
    with arranged(given, config=config) as container:
        require_current(container)
        yield container


@contextmanager
def prepared(given: Mapping[str, Any], *, config: Path | None = None) -> Iterator[Container]:
    """Open a house whose database is made, or brought to the state that the program needs.

    :raises CommandRefused: if that cannot be done.
    """
    with arranged(given, config=config) as container:
        prepare(container)
        yield container


@contextmanager
def arranged(
    given: Mapping[str, Any], *, config: Path | None = None, mode: Mode = Mode.SERVE
) -> Iterator[Container]:
    """Wire a house without asking its database anything, and let go of the database in the end."""
    container = Container()
    container.config.from_dict({"given": dict(given), "file": config, "mode": mode})
    container.settings()
    try:
        yield container
    finally:
        container.database().close()


def require_current(container: Container) -> None:
    """Go on if the tables are those the program was written for.

    :raises CommandRefused: if they are not; it says what to do.
    """
    state = state_of(container)
    if state in (SchemaState.MISSING, SchemaState.BEHIND):
        raise refusal(
            zh="数据库的表结构不是最新的。请先运行:./run migrate",
            en="The tables of the database are not current. Run first: ./run migrate",
        )
    refuse_newer(state)
    require_keys(container)


def prepare(container: Container) -> SchemaState:
    """Bring the tables up to date where they are not, and tell how they were found.

    :raises CommandRefused: if the database is newer than the program, or its folder cannot be written to.
    """
    folder = folder_of(container.settings())
    if folder is not None:
        require_writable(folder)
    state = state_of(container)
    refuse_newer(state)
    make_keys_if_new(container, state)
    if state is not SchemaState.CURRENT or _wall_of(container) in _NOT_STANDING:
        try:
            container.database().migrate()
        except NotNow as error:
            raise unusable(container.settings(), error) from error
    require_keys(container)
    return state


def make_keys_if_new(container: Container, state: SchemaState) -> None:
    """Make a keyring where nothing was sealed yet, and see that it can be used.

    :raises CommandRefused: if there is none, or none that can be used, although something was sealed.
    """
    settings, found = container.settings(), container.keyring()
    needed = _keys_told(container) if state is not SchemaState.MISSING else frozenset()
    # Whoever could sign in till now was found by the key of tokens, and goes on to be.
    index = container.key() if state is SchemaState.BEHIND else None
    quietly = settings.keyring is None
    keyring.make_if_new(found, needed=needed, at=container.clock().now(), index=index, quietly=quietly)
    keyring.check(found, needed=needed)


def require_keys(container: Container) -> None:
    """Go on if everything that is sealed in the database can be opened with the keys that are there.

    :raises CommandRefused: if that is not so, or the database does not answer.
    """
    found = container.keyring()
    keyring.check(found, needed=_keys_told(container))
    try:
        container.database().sealed.check_keys()
    except Unreadable as unreadable:
        raise keyring.wrong(found, unreadable) from unreadable
    except NotNow as error:
        raise unusable(container.settings(), error) from error
    # Whoever goes on opens what they need; a supervisor of others holds nothing.
    container.database().close()


def _keys_told(container: Container) -> frozenset[str]:
    database: Database = container.database()
    try:
        return database.keys_told()
    except NotNow as error:
        raise unusable(container.settings(), error) from error


def warn_of_wall(container: Container) -> None:
    """Say loudly if the database could keep merchants apart by itself and does not, and what to do.

    :raises CommandRefused: if the database does not answer.
    """
    wall = _wall_of(container)
    if wall in _NOT_STANDING:
        print(_NOT_STANDING[wall], file=sys.stderr, flush=True)


def _wall_of(container: Container) -> SecondWall:
    try:
        database: Database = container.database()
        return database.second_wall()
    except NotNow as error:
        raise unusable(container.settings(), error) from error


def state_of(container: Container) -> SchemaState:
    """Look at the tables.

    :raises CommandRefused: if the database does not answer.
    """
    settings = container.settings()
    folder = folder_of(settings)
    if folder is not None and not folder.is_dir():
        return SchemaState.MISSING
    try:
        database: Database = container.database()
        return database.schema_state()
    except NotNow as error:
        raise unusable(settings, error) from error


def folder_of(settings: Settings) -> Path | None:
    """The folder the database's file is in; None where it is not in a file."""
    if not settings.database.startswith(_IN_A_FILE):
        return None
    return Path(settings.database.removeprefix(_IN_A_FILE)).absolute().parent


def require_writable(folder: Path) -> None:
    """Make the folder where it is not there yet.

    :raises CommandRefused: if nothing can be stored in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".dinghuo-"):
            pass
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise refusal(
            zh=f"无法写入目录 {folder}:{why}。请修改权限,或用 --data 指定另一个目录。",
            en=f"The folder {folder} cannot be written to: {why}. "
            "Correct its permissions, or name another one: --data DIR",
        ) from error


def refuse_newer(state: SchemaState) -> None:
    if state is SchemaState.NEWER:
        raise refusal(
            zh="数据库由更新版本的程序建立。请更新本程序,或用 --database 指定另一个数据库。",
            en="The database was made by a newer version of this program. "
            "Update the program, or name another database: --database URL",
        )


def unusable(settings: Settings, error: NotNow) -> CommandRefused:
    shown, why = without_password(settings.database), " ".join(str(error).split())
    return refusal(
        zh=f"无法使用数据库 {shown}:{why}。请启动它,或检查 --database / DINGHUO_DATABASE。",
        en=f"The database {shown} cannot be used: {why}. Start it, or check --database / DINGHUO_DATABASE.",
    )
