"""The key that seals backups: the one that is set, or one of our own that is kept away from what is stored."""

from __future__ import annotations

import os
import sys
from base64 import b64encode
from pathlib import Path

import attrs

from adapters.files.sealed import BackupKey
from dinghuo.secret_key import make_once
from dinghuo.settings import BACKUP_KEY_BYTES, Settings, octets_of_key
from dinghuo.speech import refusal

FILE = "backup.key"


@attrs.frozen(kw_only=True)
class FoundKey:
    """A key, and where it is kept if that is a file of ours that was made just now."""

    key: BackupKey
    new: Path | None = None


def key_to_write(settings: Settings) -> FoundKey:
    """Find the key, or make one.

    :raises CommandRefused: if it would lie among the data, cannot be read or written, or is no key.
    """
    path = _place(settings)
    if settings.backup_key.get_secret_value() or path.exists():
        found = key_to_read(settings)
        assert found is not None, "it is set, or in the file"
        return FoundKey(key=found)
    _refuse_among_data(path, settings)
    try:
        make_once(path, b64encode(os.urandom(BACKUP_KEY_BYTES)) + b"\n")
    except OSError as error:
        raise _unusable(path, error) from error
    return FoundKey(key=_read(path), new=path)


def key_to_read(settings: Settings) -> BackupKey | None:
    """Find the key; None where there is none yet.

    :raises CommandRefused: if it lies among the data, cannot be read, or is no key.
    """
    chosen = settings.backup_key.get_secret_value()
    if chosen:
        return BackupKey(octets_of_key(chosen))
    path = _place(settings)
    if not path.exists():
        return None
    _refuse_among_data(path, settings)
    return _read(path)


def _place(settings: Settings) -> Path:
    """The file that is set, or where the system keeps what belongs to the programs of this person."""
    if settings.backup_key_file is not None:
        return settings.backup_key_file
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Preferences" / "dinghuo" / FILE
    kept = os.environ.get("XDG_CONFIG_HOME")
    return (Path(kept) if kept else Path.home() / ".config").absolute() / "dinghuo" / FILE


def _refuse_among_data(path: Path, settings: Settings) -> None:
    if path.resolve().is_relative_to(settings.data.resolve()):
        raise refusal(
            zh=f"备份密钥 {path} 在数据目录里:谁拿到数据,也就拿到了密钥。"
            "请把它移到别处,并设置 DINGHUO_BACKUP_KEY_FILE。",
            en=f"The backup key {path} lies in the data folder: whoever takes the data has the key, too. "
            "Move it elsewhere, and set DINGHUO_BACKUP_KEY_FILE.",
        )


def _read(path: Path) -> BackupKey:
    try:
        return BackupKey(octets_of_key(path.read_text("ascii")))
    except OSError as error:
        raise _unusable(path, error) from error
    except ValueError as error:
        raise refusal(
            zh=f"密钥文件 {path} 里不是备份密钥(32 个字节,以 base64 或十六进制书写)。请从保存的副本恢复它。",
            en=f"What is in the key file {path} is no backup key: 32 bytes in base64 or hexadecimal. "
            "Put it back from where it is kept besides.",
        ) from error


def _unusable(path: Path, error: OSError) -> Exception:
    return refusal(
        zh=f"无法读写备份密钥文件 {path}:{error.strerror}。请修改权限,或设置 DINGHUO_BACKUP_KEY。",
        en=f"The file of the backup key, {path}, cannot be used: {error.strerror}. "
        "Correct the permissions, or set DINGHUO_BACKUP_KEY.",
    )
