"""Anchors: where every audit trail ended when it was last found whole, kept in a file outside the database."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dinghuo.speech import CommandRefused, refusal
from domain.identity import MerchantId
from domain.trail import TrailHead

_FORM = "dinghuo anchors 1"


def read_anchors(file: Path) -> Mapping[MerchantId, TrailHead] | None:
    """Read what was anchored; None where there is no such file yet.

    :raises CommandRefused: if it cannot be read, or is something else.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return _anchors(content)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(file, error) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refusal(
            zh=f"{file} 不是锚点文件。请用 --anchor 指定另一个文件。",
            en=f"{file} is no file of anchors. Name another one: --anchor FILE",
        ) from error


def write_anchors(file: Path, heads: Mapping[MerchantId, TrailHead]) -> None:
    """Put new anchors in the place of the old ones, whole or not at all.

    :raises CommandRefused: if the file cannot be written.
    """
    written = {id: {"sequence": head.sequence, "hash": head.hash} for id, head in sorted(heads.items())}
    text = json.dumps({"form": _FORM, "heads": written}, indent=2)
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=file.absolute().parent, prefix=f".{file.name}-", encoding="utf-8", delete=False
        ) as made:
            made.write(f"{text}\n")
            made.flush()
            os.fsync(made.fileno())
        Path(made.name).replace(file)
    except OSError as error:
        raise _unusable(file, error) from error


def _anchors(content: Any) -> Mapping[MerchantId, TrailHead]:
    """:raises ValueError, KeyError, TypeError, AttributeError: if they are none."""
    if content["form"] != _FORM:
        raise ValueError("another form")
    found: dict[MerchantId, TrailHead] = {}
    for id, head in content["heads"].items():
        sequence, hash = head["sequence"], head["hash"]
        if type(sequence) is not int or sequence < 0 or not isinstance(hash, str):
            raise ValueError("no head")
        found[MerchantId(id)] = TrailHead(sequence=sequence, hash=hash)
    return found


def _unusable(file: Path, error: OSError) -> CommandRefused:
    why = error.strerror or str(error)
    return refusal(
        zh=f"无法使用锚点文件 {file}:{why}。请检查 --anchor。",
        en=f"The file of anchors {file} cannot be used: {why}. Check --anchor.",
    )
