"""Rooms: folders for what must not stay, which only we can enter."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = ".dinghuo-room-"


@contextmanager
def room(beside: Path) -> Iterator[Path]:
    """A folder that is gone afterwards; those that killed processes have left are cleared away first."""
    for left in beside.glob(f"{_PREFIX}*"):
        _clear(left)
    folder, handle = _held(beside)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(handle)


def _held(beside: Path) -> tuple[Path, int]:
    """Make a folder and hold it; one that was cleared away before we held it is made again."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=beside))
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():
            return folder, handle
        os.close(handle)


def _clear(folder: Path) -> None:
    """Remove a folder that nobody holds any more."""
    try:
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
