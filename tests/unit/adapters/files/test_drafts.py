"""Drafts: a file is there whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from adapters.files.drafts import drafted


def test_nobody_finds_it_before_it_is_published(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with drafted(target, overwrite=False) as draft:
        draft.file.write(b"whole")
        assert not target.exists()
        draft.publish()
    assert target.read_bytes() == b"whole"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_it_is_gone_where_it_was_not_published(tmp_path: Path) -> None:
    with drafted(tmp_path / "file", overwrite=True) as draft:
        draft.file.write(b"half")
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_where_somebody_wants_us_to_stop(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), drafted(tmp_path / "file", overwrite=False):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_where_we_are_stopped_as_soon_as_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def interrupted(path: Path, flags: int, mode: int) -> int:
        os.close(opened(path, flags, mode))
        assert list(tmp_path.iterdir()) == [path]
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt), drafted(tmp_path / "file", overwrite=False):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("can_link", [True, False])
def test_it_takes_no_name_that_another_file_has_got_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_link: bool
) -> None:
    target = tmp_path / "file"
    if not can_link:
        monkeypatch.setattr(os, "link", _unable)
    with drafted(target, overwrite=False) as draft:
        target.write_bytes(b"other")
        with pytest.raises(FileExistsError):
            draft.publish()
    assert target.read_bytes() == b"other"
    with drafted(target, overwrite=True) as draft:
        draft.file.write(b"mine")
        draft.publish()
    assert target.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [target]


def test_it_is_published_where_files_have_one_name_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", _unable)
    with drafted(tmp_path / "file", overwrite=False) as draft:
        draft.file.write(b"whole")
        draft.publish()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]


def _unable(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")
