"""`restore`: everything back from a backup, or nothing changed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import Parameter

from adapters.files.sealed import (
    Altered,
    BackupKey,
    Incomplete,
    NewerFormat,
    NotSealed,
    OtherKey,
    Sealed,
    Unusable,
    key_id_of,
    open_sealed,
)
from application.ports.backups import Backups, HoldsSomething, InUse, NotWhole, Restored
from application.ports.database import SchemaState
from application.ports.storage import NotNow
from dinghuo.backup_key import key_to_read
from dinghuo.commands.backup import UNTRUE, broken_of
from dinghuo.commands.options import Options
from dinghuo.keyring import check
from dinghuo.opening import (
    arranged,
    folder_of,
    prepare,
    refuse_newer,
    require_writable,
    state_of,
    unusable,
)
from dinghuo.settings import Settings, without_password
from dinghuo.speech import CommandRefused, refusal, say


def restore(
    file: Annotated[Path, Parameter(help=say(zh="备份文件", en="the backup"))],
    /,
    *,
    overwrite: Annotated[
        bool,
        Parameter(
            negative=(),
            help=say(
                zh="替换已有的数据(SQLite 的旧文件会保留在旁边)",
                en="replace what is stored; on SQLite the old file stays beside it",
            ),
        ),
    ] = False,
    no_verify: Annotated[
        bool, Parameter(negative=(), help=say(zh="不核对不变量", en="without checking the invariants"))
    ] = False,
    options: Options | None = None,
) -> int:
    """Restore; exits with 1 and changes nothing if an invariant does not hold."""
    options = options or Options()
    begun = time.monotonic()
    source = file.expanduser().absolute()
    with arranged(options.given(), config=options.config) as container:
        settings: Settings = container.settings()
        backups: Backups = container.backups()
        key = key_to_read(settings)
        if container.keyring().path.exists():
            check(container.keyring(), needed=frozenset())
        with _refusing(settings, source), _opened(source) as opened:
            sealed = _sealed(opened, key)
            _refuse_other(sealed, backups)
            sealed.check()
            if (folder := folder_of(settings)) is not None:
                require_writable(folder)
            else:
                refuse_newer(state_of(container))
            if not overwrite and backups.holds_anything():
                raise HoldsSomething
            restored = backups.restore(
                sealed.label.revision, sealed.content(), overwrite=overwrite, verify=not no_verify
            )
        if not restored.untrue and state_of(container) is SchemaState.BEHIND:
            # What was backed up before it was sealed is sealed now.
            prepare(container)
    return _report(settings, sealed, restored, seconds=time.monotonic() - begun, verified=not no_verify)


@contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    try:
        file = source.open("rb")
    except OSError as error:
        raise refusal(
            zh=f"无法读取 {source}:{error.strerror}。", en=f"{source} cannot be read: {error.strerror}."
        ) from error
    with file:
        yield file


def _sealed(file: BinaryIO, key: BackupKey | None) -> Sealed:
    if key is not None:
        return open_sealed(file, key)
    needed = key_id_of(file)
    raise refusal(
        zh=f"这里没有备份密钥;这个备份需要密钥 {needed}。"
        "请设置 DINGHUO_BACKUP_KEY 或 DINGHUO_BACKUP_KEY_FILE。",
        en=f"There is no backup key here, and this backup needs the key {needed}. "
        "Set DINGHUO_BACKUP_KEY or DINGHUO_BACKUP_KEY_FILE.",
    )


def _refuse_other(sealed: Sealed, backups: Backups) -> None:
    label, kind = sealed.label, backups.kind.value
    if label.kind != kind:
        raise refusal(
            zh=f"这是 {label.kind} 的备份,不能恢复到 {kind}。请用 --database 指定一个 {label.kind} 数据库。",
            en=f"This is a backup of {label.kind} and cannot be restored to {kind}. "
            f"Name a database of {label.kind}: --database URL",
        )
    if label.revision > backups.newest:
        raise refusal(
            zh=f"备份的表结构 {label.revision} 比本程序({backups.newest})新。请先更新本程序。",
            en=f"The backup has tables of revision {label.revision}, newer than this program's "
            f"({backups.newest}). Update the program first.",
        )


@contextmanager
def _refusing(settings: Settings, source: Path) -> Iterator[None]:
    try:
        yield
    except Unusable as unusable_file:
        raise _why(unusable_file, source, settings) from unusable_file
    except HoldsSomething as holding:
        shown = without_password(settings.database)
        raise refusal(
            zh=f"数据库 {shown} 不是空的,什么也没有改动。请指定一个空的数据库,或用 --overwrite 替换它。",
            en=f"The database {shown} is not empty; nothing was changed. Name an empty one, or replace it "
            "with --overwrite.",
        ) from holding
    except InUse as using:
        raise refusal(
            zh="数据库正在使用,什么也没有改动。请先停止服务。",
            en="The database is in use; nothing was changed. Stop the server first.",
        ) from using
    except NotWhole as wrong:
        raise refusal(
            zh=f"备份的内容无法恢复:{wrong}。什么也没有改动。",
            en=f"What is in the backup cannot be restored: {wrong}. Nothing was changed.",
        ) from wrong
    except NotNow as error:
        raise unusable(settings, error) from error
    except OSError as error:
        raise refusal(
            zh=f"恢复失败:{error.strerror}。什么也没有改动。",
            en=f"It cannot be restored: {error.strerror}. Nothing was changed.",
        ) from error


def _why(error: Unusable, source: Path, settings: Settings) -> CommandRefused:
    """Say what is wrong with a file."""
    if isinstance(error, OtherKey):
        key = key_to_read(settings)
        given = key.id if key else ""
        return refusal(
            zh=f"密钥不对:{source} 需要密钥 {error.needed},而现在的是 {given}。文件没有损坏,什么也没有改动。",
            en=f"Wrong key: {source} needs the key {error.needed}, and this one is {given}. "
            "The file is not damaged; nothing was changed.",
        )
    zh, en = {
        NotSealed: ("不是订货的备份文件", "is no backup of Dinghuo"),
        Incomplete: (
            "不完整:它被截断了,或在末尾多了内容",
            "is incomplete: it was cut off, or something follows",
        ),
        Altered: ("已损坏或被改动过", "is damaged, or was altered"),
        NewerFormat: (
            "由更新版本的程序写成,请先更新本程序",
            "was written by a newer version of this program: update the program first",
        ),
    }[type(error)]
    return refusal(zh=f"{source} {zh}。什么也没有改动。", en=f"{source} {en}. Nothing was changed.")


def _report(settings: Settings, sealed: Sealed, restored: Restored, *, seconds: float, verified: bool) -> int:
    if restored.untrue:
        broken = broken_of(restored)
        print(
            say(
                zh=f"备份里的不变量不成立:{broken}。什么也没有改动;仍要恢复请用 --no-verify。",
                en=f"Invariants do not hold in the backup: {broken}. Nothing was changed; --no-verify restores "
                "it all the same.",
            ),
            file=sys.stderr,
        )
        if "I16" in restored.untrue:
            print(
                say(
                    zh="I16:备份里的姓名、电话、地址要用做备份时的密钥环才能打开。请用 DINGHUO_KEYRING 指定它。",
                    en="I16: the names, phones and addresses in it open with the keyring of when it was made. Say "
                    "where that is: DINGHUO_KEYRING.",
                ),
                file=sys.stderr,
            )
        return UNTRUE
    shown, at = without_password(settings.database), f"{sealed.label.at:%Y-%m-%d %H:%M:%SZ}"
    rows, tables = f"{sum(restored.rows.values()):,}", len(restored.rows)
    print(
        say(
            zh=f"已恢复到 {shown}:{at} 的 {tables} 个表、{rows} 行,用时 {seconds:.1f} 秒。",
            en=f"Restored to {shown}: {rows} rows in {tables} tables, as of {at}, in {seconds:.1f} s.",
        )
    )
    if restored.kept is not None:
        print(say(zh=f"旧文件保留在 {restored.kept}", en=f"The old file is kept as {restored.kept}"))
    if verified:
        print(say(zh="每一条不变量都成立。", en="Every invariant holds."))
    else:
        print(say(zh="没有核对不变量。", en="The invariants were not checked."), file=sys.stderr)
    return 0
