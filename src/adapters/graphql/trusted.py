"""Trusted documents: those that the clients of the shop were built with, by the sha256 of their text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from hashlib import sha256
from pathlib import Path

import attrs
import orjson

PREFIX = "sha256:"
_HEX = re.compile(r"[0-9a-f]{64}")


class Fault(Enum):
    """What can be wrong with a manifest."""

    NO_MANIFEST = auto()
    OTHER_HASH = auto()
    INVALID = auto()


class BadManifest(Exception):
    """A manifest that cannot be trusted; `key` is that of the document at fault, `why` says more."""

    def __init__(self, fault: Fault, *, key: str = "", why: str = "") -> None:
        super().__init__(fault.name, key, why)
        self.fault, self.key, self.why = fault, key, why


@attrs.frozen
class Trusted:
    """The trusted documents, and whether buyers and guests may send others."""

    documents: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    only: bool = False
    _texts: Mapping[str, str] = attrs.field(
        init=False,
        repr=False,
        default=attrs.Factory(lambda self: {text: text for text in self.documents.values()}, takes_self=True),
    )

    def find(self, *, text: str | None, hash: str | None) -> str | None:
        """Find a document as it was read: always the same object, by which everything known of it is found at once."""
        if hash is not None:
            return self.documents.get(hash)
        return self._texts.get(text) if text is not None and self._texts else None


def read_manifest(path: Path) -> Mapping[str, str]:
    """Read a manifest, as client generators write it: `{"<sha256 of the text, in hex>": "<text>"}`.

    :raises BadManifest: if it is none, or a key is not the hash of its text.
    :raises OSError: if it cannot be read.
    """
    try:
        content = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise BadManifest(Fault.NO_MANIFEST, why=str(error)) from None
    if not isinstance(content, dict) or not all(isinstance(text, str) for text in content.values()):
        raise BadManifest(Fault.NO_MANIFEST)
    for key, text in content.items():
        if key.removeprefix(PREFIX) != hash_of(text):
            raise BadManifest(Fault.OTHER_HASH, key=key)
    return {key.removeprefix(PREFIX): text for key, text in content.items()}


def hash_of(text: str) -> str:
    """The name of a document: the hash of its text."""
    return sha256(text.encode()).hexdigest()


def named(identifier: object) -> str | None:
    """The hash that an identifier of a document stands for; None if it is no text of that form."""
    if not isinstance(identifier, str):
        return None
    found = identifier.removeprefix(PREFIX).lower()
    return found if _HEX.fullmatch(found) else None
