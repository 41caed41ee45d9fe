"""`backup`: everything that is stored, in one encrypted file that was restored for a trial."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import Parameter

from adapters.files.drafts import Draft, drafted
from adapters.files.sealed import BackupKey, Label, Unusable, open_sealed, seal
from application.ports.backups import Backups, CannotRehearse, DatabaseKind, NoBackup, NotWhole, Restored
from application.ports.clock import Clock
from application.ports.database import SchemaState
from application.ports.storage import NotNow
from dinghuo.backup_key import FoundKey, key_to_write
from dinghuo.commands.options import Options
from dinghuo.opening import arranged, refuse_newer, require_keys, state_of, unusable
from dinghuo.settings import Settings, address_of_database
from dinghuo.speech import refusal, say

UNTRUE = 1
NOT_VERIFIED = 3


@attrs.frozen(kw_only=True)
class Written:
    """What was written, and how its trial ended."""

    label: Label
    size: int
    left_out: tuple[str, ...]
    restored: Restored | None
    why_not: str = ""


def backup(
    file: Annotated[Path, Parameter(help=say(zh="备份文件", en="the backup"))],
    /,
    *,
    overwrite: Annotated[
        bool, Parameter(negative=(), help=say(zh="替换已有的文件", en="replace a file that is there"))
    ] = False,
    no_verify: Annotated[
        bool,
        Parameter(
            negative=(),
            help=say(
                zh="不试着恢复备份(这样的备份不算数)", en="without a trial restore; it counts for little"
            ),
        ),
    ] = False,
    verify_in: Annotated[
        str | None,
        Parameter(
            help=say(
                zh="用于试着恢复的空 PostgreSQL 数据库",
                en="an empty PostgreSQL database for the trial restore",
            )
        ),
    ] = None,
    options: Options | None = None,
) -> int:
    """Write the backup; exits with 1 if what is stored is not true, with 3 if the trial could not be made."""
    options = options or Options()
    begun = time.monotonic()
    target = file.expanduser().absolute()
    with arranged(options.given(), config=options.config) as container:
        settings: Settings = container.settings()
        if target.exists() and not overwrite:
            raise _is_there(target)
        place = _place(verify_in, container.backups())
        if state_of(container) is not SchemaState.MISSING:
            require_keys(container)
        found = key_to_write(settings)
        _tell_of(found)
        with _refusing(settings, target), drafted(target, overwrite=overwrite) as draft:
            written = _write(
                container.backups(),
                draft,
                found.key,
                container.clock(),
                verify=not no_verify,
                place=place,
            )
            draft.publish()
    _report(target, written, found.key, seconds=time.monotonic() - begun)
    if written.restored is None:
        return 0 if no_verify else NOT_VERIFIED
    return UNTRUE if written.restored.untrue else 0


def _place(given: str | None, backups: Backups) -> str | None:
    """Where the trial is to be made, if that was said."""
    if given is None:
        return None
    try:
        if backups.kind is not DatabaseKind.POSTGRESQL or given.startswith("sqlite"):
            raise ValueError
        return address_of_database(given) or None
    except ValueError:
        raise refusal(
            zh="--verify-in 只用于 PostgreSQL,应为:postgresql+psycopg://用户:密码@主机/空数据库。",
            en="--verify-in is for PostgreSQL and takes postgresql+psycopg://user:password@host/empty-database.",
        ) from None


def _write(
    backups: Backups, draft: Draft, key: BackupKey, clock: Clock, *, verify: bool, place: str | None
) -> Written:
    with backups.snapshot() as snapshot:
        if verify and snapshot.revision > backups.newest:
            refuse_newer(SchemaState.NEWER)
        label = Label(kind=backups.kind.value, revision=snapshot.revision, at=clock.now())
        seal(draft.file, label, key, snapshot.content())
        left_out = snapshot.left_out
    draft.file.flush()
    sealed = open_sealed(draft.file, key)
    sealed.check()
    restored, why_not = None, ""
    if verify:
        try:
            restored = backups.rehearse(label.revision, sealed.content(), place=place)
        except CannotRehearse as cannot:
            why_not = str(cannot)
    return Written(label=label, size=sealed.size, left_out=left_out, restored=restored, why_not=why_not)


@contextmanager
def _refusing(settings: Settings, target: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise _is_there(target) from error
    except OSError as error:
        raise refusal(
            zh=f"无法写入备份 {target}:{error.strerror}。没有留下任何文件。",
            en=f"The backup {target} cannot be written: {error.strerror}. Nothing was left behind.",
        ) from error
    except NoBackup as none:
        raise refusal(
            zh=f"没有可备份的数据库({none})。请检查 --database / --data。",
            en=f"There is no database to back up ({none}). Check --database / --data.",
        ) from none
    except (NotWhole, Unusable) as wrong:
        raise refusal(
            zh=f"刚写的备份无法恢复({wrong!r}),已丢弃。请检查磁盘和数据库。",
            en=f"What was written could not be restored ({wrong!r}) and was thrown away. "
            "Check the disk and the database.",
        ) from wrong
    except NotNow as error:
        raise unusable(settings, error) from error


def _is_there(target: Path) -> Exception:
    return refusal(
        zh=f"文件 {target} 已存在。请换一个名字,或用 --overwrite 替换它。",
        en=f"The file {target} is there already. Name another one, or replace it with --overwrite.",
    )


def _tell_of(found: FoundKey) -> None:
    if found.new is None:
        return
    print(
        say(
            zh=f"已生成新的备份密钥 {found.key.id},保存在 {found.new}。"
            "请在别处另存一份:没有它,任何备份都无法读取。",
            en=f"A new backup key {found.key.id} was made, in {found.new}. "
            "Keep a copy of it elsewhere: without it nobody can read a backup.",
        ),
        file=sys.stderr,
    )


def _report(target: Path, written: Written, key: BackupKey, *, seconds: float) -> None:
    at, revision, size = f"{written.label.at:%Y-%m-%d %H:%M:%SZ}", written.label.revision, f"{written.size:,}"
    print(
        say(
            zh=f"备份 {target}:{size} 字节,{written.label.kind},表结构 {revision},{at},"
            f"密钥 {key.id},用时 {seconds:.1f} 秒。",
            en=f"Backup {target}: {size} bytes, {written.label.kind}, revision {revision}, {at}, "
            f"key {key.id}, {seconds:.1f} s.",
        )
    )
    if written.left_out:
        names = ", ".join(written.left_out)
        print(
            say(zh=f"没有备份不属于订货的表:{names}", en=f"Tables that are not ours were left out: {names}")
        )
    if written.restored is None:
        _warn(
            zh=f"未经验证:备份没有试着恢复过。{written.why_not}",
            en=f"NOT VERIFIED: the backup was not restored for a trial. {written.why_not}",
        )
        return
    rows, tables = sum(written.restored.rows.values()), len(written.restored.rows)
    print(
        say(
            zh=f"已试着恢复:{tables} 个表、{rows:,} 行与备份时一致。",
            en=f"Restored for a trial: {rows:,} rows in {tables} tables, as when it was made.",
        )
    )
    if written.restored.untrue:
        broken = broken_of(written.restored)
        _warn(
            zh=f"不变量不成立:{broken}。备份忠实于数据库,但数据库本身有错,请运行 ./run verify。",
            en=f"NOT TRUE: {broken}. The backup is what is stored, but that is wrong: see ./run verify.",
        )
    else:
        print(say(zh="每一条不变量都成立。", en="Every invariant holds."))


def broken_of(restored: Restored) -> str:
    """Name the invariants that do not hold, and how often."""
    return ", ".join(f"{name} ×{times}" for name, times in sorted(restored.untrue.items()))


def _warn(*, zh: str, en: str) -> None:
    print(say(zh=zh, en=en).strip(), file=sys.stderr)
