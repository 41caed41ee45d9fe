"""Drafts: a file is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

import attrs


@attrs.frozen
class Draft:
    """A file that nobody finds yet: it can be written and read, by us alone."""

    file: BinaryIO
    path: Path
    _target: Path
    _overwrite: bool

    def publish(self) -> None:
        """Put it where it belongs, and only return when it is on the disk there.

        :raises FileExistsError: if another file is there and is not to be overwritten.
        """
        self.file.flush()
        os.fsync(self.file.fileno())
        if self._overwrite:
            self.path.replace(self._target)
        else:
            _link(self.path, self._target)
        sync_folder(self._target.parent)


@contextmanager
def drafted(target: Path, *, overwrite: bool) -> Iterator[Draft]:
    """Write a draft beside its target; what is not published is gone afterwards.

    :raises OSError: if nothing can be written there.
    """
    path = target.with_name(f".{target.name}.{token_hex(6)}.part")
    try:
        # Within: whoever is asked to stop as soon as it is there has to remove it.
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield Draft(file, path, target, overwrite)
    finally:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Return when what a folder says of its files is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _link(path: Path, target: Path) -> None:
    """Give the file its name, where nothing else has it."""
    try:
        os.link(path, target)
    except FileExistsError:
        raise
    except OSError:
        # Not every file system can give a file two names.
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        path.rename(target)
