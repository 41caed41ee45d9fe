"""The keyring that personal data is sealed with: the file that is named, or one beside the data that are tried out."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from adapters.sealing import FileKeyring, UnusableKeyring
from application.ports.sealing import SealFault, Unreadable
from dinghuo.settings import Settings
from dinghuo.speech import CommandRefused, refusal, say

FILE = "keyring.json"


def keyring(settings: Settings) -> FileKeyring:
    """The keyring, which nobody has looked at yet.

    :raises CommandRefused: if it was put among the data.
    """
    named = settings.keyring
    if named is not None and named.resolve().is_relative_to(settings.data.resolve()):
        raise refusal(
            zh=f"密钥环 {named} 在数据目录里:谁拿到数据,也就拿到了密钥。请把它移到别处,并设置 DINGHUO_KEYRING。",
            en=f"The keyring {named} lies in the data folder: whoever takes the data has the keys, too. "
            "Move it elsewhere, and set DINGHUO_KEYRING.",
        )
    return FileKeyring(named or settings.data / FILE)


def require_named(settings: Settings) -> None:
    """Go on if it was said where the keyring is.

    :raises CommandRefused: if it was not: what serves others does not keep its keys beside its data.
    """
    if settings.keyring is None:
        path = settings.data / FILE
        raise refusal(
            zh=f"没有指定密钥环。请把 {path} 移到数据目录之外的安全位置,并设置 DINGHUO_KEYRING 指向它。",
            en=f"No keyring is named. Move {path} to a safe place outside the data folder, and set DINGHUO_KEYRING "
            "to it.",
        )


def make_if_new(
    found: FileKeyring, *, needed: frozenset[str], at: datetime, index: bytes | None, quietly: bool
) -> None:
    """Make a keyring where there is none and nothing was sealed yet.

    :raises CommandRefused: if there is none although something was sealed, or it cannot be written.
    """
    path = found.path
    if path.exists():
        return
    if needed:
        raise _missing(path, needed)
    try:
        FileKeyring.make(path, at=at, index=index)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    if not quietly:
        print(
            say(
                zh=f"已生成新的密钥环 {path}。请在别处另存一份:没有它,任何人的姓名、电话和地址都无法读取。",
                en=f"A new keyring was made: {path}. Keep a copy of it elsewhere: without it nobody can read the "
                "names, phones and addresses that are stored.",
            ),
            file=sys.stderr,
        )


def check(found: FileKeyring, *, needed: frozenset[str]) -> None:
    """Go on if the keyring can be used.

    :raises CommandRefused: if it is missing, damaged, open to others, or lacks a key that is needed.
    """
    try:
        found.check()
    except FileNotFoundError:
        raise _missing(found.path, needed) from None
    except OSError as error:
        raise _unusable(found.path, error.strerror or str(error)) from error
    except UnusableKeyring as error:
        raise _unusable(found.path, str(error)) from error
    missing = needed - {key.id for key in found.all()}
    if missing:
        raise _missing(found.path, missing)


def wrong(found: FileKeyring, unreadable: Unreadable) -> CommandRefused:
    """Say that a proof in the database does not open."""
    if unreadable.fault is SealFault.UNKNOWN_KEY:
        return _missing(found.path, frozenset({unreadable.key_id or ""}))
    return refusal(
        zh=f"密钥环 {found.path} 不是这个数据库的:它的密钥打不开库里的证明。请从保存的副本恢复正确的密钥环。",
        en=f"The keyring {found.path} is not this database's: its keys do not open what was sealed as a proof. Put "
        "the right one back from where it is kept besides.",
    )


def _missing(path: Path, needed: frozenset[str]) -> CommandRefused:
    ids = ", ".join(sorted(needed))
    return refusal(
        zh=f"密钥环 {path} 缺少数据库所用的密钥{' ' if ids else ''}{ids}。请从保存的副本恢复它,"
        "或用 DINGHUO_KEYRING 指定它的位置。",
        en=f"The keyring {path} is missing, or lacks a key that the database is sealed with{': ' if ids else ''}{ids}. "
        "Put it back from where it is kept besides, or say where it is: DINGHUO_KEYRING.",
    )


def _unusable(path: Path, why: str) -> CommandRefused:
    return refusal(
        zh=f"无法使用密钥环 {path}:{why}。",
        en=f"The keyring {path} cannot be used: {why}.",
    )
