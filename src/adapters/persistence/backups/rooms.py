"""Rooms: folders for what must not stay, which only we can enter."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

_PREFIX = ".dinghuo-room-"
_YOUNG_S = 60
"""A folder may have been made, and not be held yet."""


@contextmanager
def room(beside: Path) -> Iterator[Path]:
    """A folder that is gone afterwards; those that killed processes have left are cleared away first."""
    for left in beside.glob(f"{_PREFIX}*"):
        _clear(left)
    folder = beside / f"{_PREFIX}{token_hex(8)}"
    handle = None
    try:
        folder.mkdir(mode=0o700)
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        try:
            if folder.exists():
                shutil.rmtree(folder)
        except BaseException:
            # Whoever was told to stop just now stops once it is gone.
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if handle is not None:
            os.close(handle)


def _clear(folder: Path) -> None:
    """Remove a folder that nobody holds any more."""
    try:
        if time.time() - folder.stat().st_mtime < _YOUNG_S:
            return
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)
