"""`keys`: which keys personal data is sealed with, a new one for everything, and the end of an old one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from cyclopts import Parameter

from adapters.sealing import UnusableKeyring
from application.ports.sealing import KeyActive, KeyInUse, KeyJustLeft, UnknownKey, Unreadable, shown
from application.ports.storage import NotNow
from application.sealing import OldKeyWritten, RetireKey, RotateKeys
from dinghuo.commands.options import Options
from dinghuo.container import Container
from dinghuo.opening import opened, unusable
from dinghuo.speech import refusal, say


def list_(*, options: Options | None = None) -> int:
    """Show the keys; exits with 1 if something is sealed with none of them, or not at all."""
    options = options or Options()
    with _at_keys(options) as container:
        ring, counts = container.keyring(), dict(container.database().sealed.by_key())
        for key in ring.all():
            state = (
                say(zh="使用中", en="active")
                if key.id == ring.active
                else say(zh="待用", en="prepared")
                if key.active_at is None
                else say(zh="旧", en="old")
            )
            print(f"{key.id}  {state:<8}  {_day(key.made_at)}  {counts.pop(key.id, 0):>12,}")
        for id, values in sorted(counts.items()):
            words = id or say(zh="未加密", en="unsealed")
            print(f"{words:<8}  {say(zh='缺少', en='missing'):<8}  {'':<16}  {values:>12,}")
        return 1 if counts else 0


def rotate_(
    *,
    only_prepare: Annotated[
        bool,
        Parameter(
            negative=(),
            help=say(
                zh="只把新密钥加入密钥环,以便先分发给每台服务器",
                en="only put the new key on the keyring, so that it can be brought to every machine first",
            ),
        ),
    ] = False,
    options: Options | None = None,
) -> int:
    """Rotate while the servers run; stopped anywhere, the next call goes on."""
    options = options or Options()
    with _at_keys(options) as container:
        ring, rows, clock = container.keyring(), container.database().sealed, container.clock()
        if only_prepare:
            key_id = ring.prepare(at=clock.now())
            rows.tell(key_id)
            print(
                say(
                    zh=f"新密钥 {key_id} 已加入 {ring.path},尚未使用。"
                    "请把该文件分发给每台服务器,再运行 ./run keys rotate。",
                    en=f"The key {key_id} is in {ring.path} and not used yet. Bring the file to every machine that "
                    "serves, and then run ./run keys rotate.",
                )
            )
            return 0
        rotate = RotateKeys(
            keyring=ring, rows=rows, clock=clock, wait=lambda span: time.sleep(span.total_seconds())
        )
        try:
            rotated = rotate(told=_told if sys.stderr.isatty() else lambda _: None)
        except OldKeyWritten as written:
            raise refusal(
                zh=f"仍有服务器用旧密钥写入。请把密钥环 {ring.path} 分发给每台服务器,再运行 ./run keys rotate。",
                en=f"Somebody still writes with another key than {written.key_id}. Bring the keyring {ring.path} to "
                "every machine that serves, and run ./run keys rotate again.",
            ) from written
        print(
            say(
                zh=f"{'接着上次:' if rotated.resumed else ''}{rotated.values:,} 个值已用密钥 {rotated.key_id} "
                "重新加密。"
                "请另存一份密钥环。",
                en=f"{'Resumed: ' if rotated.resumed else ''}{rotated.values:,} values were sealed anew with the key "
                f"{rotated.key_id}. Keep a copy of the keyring elsewhere.",
            )
        )
    return 0


def retire_(
    key_id: Annotated[str, Parameter(help=say(zh="密钥编号", en="the id of the key"))],
    /,
    *,
    options: Options | None = None,
) -> int:
    """Destroy a key that nothing is sealed with: what is in backups under it can never be read again."""
    options = options or Options()
    with _at_keys(options) as container:
        ring = container.keyring()
        retire = RetireKey(keyring=ring, rows=container.database().sealed, clock=container.clock())
        try:
            retire(key_id=key_id)
        except UnknownKey as unknown:
            known = ", ".join(unknown.known)
            raise refusal(
                zh=f"没有密钥 {key_id},现有:{known}。", en=f"There is no key {key_id}. There are: {known}"
            ) from unknown
        except KeyActive as active:
            raise refusal(
                zh=f"密钥 {key_id} 正在使用。请先运行:./run keys rotate",
                en=f"The key {key_id} is the active one. Run first: ./run keys rotate",
            ) from active
        except KeyJustLeft as left:
            raise refusal(
                zh=f"密钥 {key_id} 刚刚停用,请 {left.wait_s} 秒后再试。",
                en=f"The key {key_id} was active a moment ago. Try again in {left.wait_s} s.",
            ) from left
        except KeyInUse as used:
            raise refusal(
                zh=f"还有 {used.values:,} 个值用密钥 {key_id} 加密。请先运行:./run keys rotate",
                en=f"{used.values:,} values are still sealed with the key {key_id}. Run first: ./run keys rotate",
            ) from used
        print(
            say(
                zh=f"密钥 {key_id} 已销毁。用它加密的备份再也无法读取。",
                en=f"The key {key_id} is destroyed. What is sealed with it in backups can be read by nobody any more.",
            )
        )
    return 0


@contextmanager
def _at_keys(options: Options) -> Iterator[Container]:
    with opened(options.given(), config=options.config) as container:
        try:
            yield container
        except NotNow as error:
            raise unusable(container.settings(), error) from error
        except Unreadable as unreadable:
            raise refusal(
                zh=f"有的值无法打开:{shown(unreadable.place)}({unreadable.fault.value})。请运行 ./run verify。",
                en=f"A value cannot be opened: {shown(unreadable.place)} ({unreadable.fault.value}). See "
                "./run verify.",
            ) from unreadable
        except (OSError, UnusableKeyring) as error:
            raise refusal(
                zh=f"无法读写密钥环 {container.keyring().path}:{error}。",
                en=f"The keyring {container.keyring().path} cannot be used: {error}.",
            ) from error


def _told(values: int) -> None:
    print(
        f"\r{say(zh=f'已重新加密 {values:,} 个值', en=f'{values:,} values sealed anew')}",
        end="",
        file=sys.stderr,
        flush=True,
    )


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
