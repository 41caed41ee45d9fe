"""The key of tokens and secrets: the one that is set, or one of our own that is kept beside what is stored."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_urlsafe

from dinghuo.settings import SHORTEST_KEY, Settings
from dinghuo.speech import refusal

FILE = "token.key"


def token_key(settings: Settings) -> bytes:
    """Find the key, or make one.

    :raises CommandRefused: if the folder cannot be written to, or what is in the file is no key.
    """
    chosen = settings.token_key.get_secret_value()
    if chosen:
        return chosen.encode()
    path = settings.data / FILE
    try:
        if not path.exists():
            make_once(path, token_urlsafe(SHORTEST_KEY).encode())
        key = path.read_bytes().strip()
    except OSError as error:
        raise refusal(
            zh=f"无法读写密钥文件 {path}:{error.strerror}。请修改目录权限,或设置 DINGHUO_TOKEN_KEY。",
            en=f"The key file {path} cannot be used: {error.strerror}. "
            "Correct the permissions of the folder, or set DINGHUO_TOKEN_KEY.",
        ) from error
    if len(key) < SHORTEST_KEY:
        raise refusal(
            zh=f"密钥文件 {path} 已损坏,请从备份恢复。删除它会生成新的密钥:旧令牌随之失效,手机号也不再能找到登录身份。",
            en=f"The key file {path} is damaged: restore it from a backup. If you delete it, a new one is made; "
            "tokens made before will not hold, and no login is found by its phone any more.",
        )
    return key


def make_once(path: Path, key: bytes) -> None:
    """Put a new key there, whole or not at all; whoever comes second takes the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{token_urlsafe(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
