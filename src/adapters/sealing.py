"""Sealing with AES-256-GCM, and the keyring, which is a file.

A sealed value is `~1.`, the eight digits of its key's id, a point, and in base64: a nonce of 96 bits, what was sealed,
and the tag of 128 bits. The place, and the key's id with it, is authenticated and not stored.
"""

from __future__ import annotations

import fcntl
import os
import time
from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from threading import Lock
from typing import Any

import attrs
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.ports.sealing import (
    HEAD,
    KEY_ID_DIGITS,
    PREFIX,
    Keyring,
    SealFault,
    Sealing,
    SealingKey,
    Unreadable,
    key_id_of,
)

FORM = "dinghuo keyring 1"
KEY_OCTETS = 32
NONCE_OCTETS = 12
MOST_REMEMBERED = 16_384
LONGEST_REMEMBERED = 512
"""Longer values are opened each time, so that what is remembered stays below some 20 MB."""
LOOK_EVERY_S = 0.5


class UnusableKeyring(Exception):
    """The file holds no keyring; says why, and nothing of what is in it."""


class Ring(Sealing):
    """Keys, one of which seals. What was opened is remembered with the place, so that it is opened nowhere else."""

    def __init__(self, keys: Mapping[str, bytes], *, active: str) -> None:
        """:raises ValueError: if the active key is not among them, or one has the wrong length or id."""
        for id, key in keys.items():
            if len(key) != KEY_OCTETS or id != id_of(key):
                raise ValueError(f"a key has {KEY_OCTETS} octets and the id that belongs to them")
        self._ciphers = {id: AESGCM(key) for id, key in keys.items()}
        self._active, self._sealing = active, _cipher(self._ciphers, active)
        self._head = f"{PREFIX}{active}."
        self._remembered = lru_cache(maxsize=MOST_REMEMBERED)(self._opened)

    @classmethod
    def of(cls, *keys: bytes) -> Ring:
        """A ring of these keys, the last of which seals."""
        return cls({id_of(key): key for key in keys}, active=id_of(keys[-1]))

    @property
    def active(self) -> str:
        return self._active

    def seal(self, text: str, *, place: str, key_id: str | None = None) -> str:
        head, cipher = self._head, self._sealing
        if key_id is not None:
            if key_id not in self._ciphers:
                raise Unreadable(place, SealFault.UNKNOWN_KEY, key_id)
            head, cipher = f"{PREFIX}{key_id}.", self._ciphers[key_id]
        nonce = os.urandom(NONCE_OCTETS)
        octets = cipher.encrypt(nonce, text.encode(), f"{head}{place}".encode())
        return head + b2a_base64(nonce + octets, newline=False).decode("ascii")

    def open(self, sealed: str, *, place: str) -> str:
        if len(sealed) > LONGEST_REMEMBERED:
            return self._opened(sealed, place)
        return self._remembered(sealed, place)

    def knows(self, key_id: str) -> bool:
        """Tell whether it has the key."""
        return key_id in self._ciphers

    def _opened(self, sealed: str, place: str) -> str:
        key_id = key_id_of(sealed)
        if key_id is None:
            raise Unreadable(place, SealFault.NOT_SEALED)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unreadable(place, SealFault.UNKNOWN_KEY, key_id)
        try:
            octets = a2b_base64(sealed[HEAD:], strict_mode=True)
            if _written(octets) != sealed[HEAD:]:
                # The last digit has bits that say nothing: a value is written in one way.
                raise Unreadable(place, SealFault.ALTERED, key_id)
            bound = f"{sealed[:HEAD]}{place}".encode()
            return cipher.decrypt(octets[:NONCE_OCTETS], octets[NONCE_OCTETS:], bound).decode()
        except (InvalidTag, Error, ValueError):
            raise Unreadable(place, SealFault.ALTERED, key_id) from None


@attrs.frozen(kw_only=True)
class _Kept:
    """A key as it is in the file."""

    key: bytes = attrs.field(repr=False)
    shown: SealingKey


@attrs.frozen(kw_only=True)
class _Content:
    """What is in the file."""

    keys: Mapping[str, _Kept]
    active: str
    rotating: bool
    index: bytes = attrs.field(repr=False)

    def ring(self) -> Ring:
        return Ring({id: kept.key for id, kept in self.keys.items()}, active=self.active)


_Seen = tuple[int, int, int]


@attrs.frozen
class _Read:
    """What was in the file, the keys ready for use, and which file it was."""

    content: _Content
    ring: Ring
    seen: _Seen

    @classmethod
    def of(cls, path: Path) -> _Read:
        seen = _seen(path)
        content = _read(path)
        return cls(content, content.ring(), seen)


class FileKeyring(Sealing, Keyring):
    """A keyring in a file of its owner's own, read when it is needed, and again when it was changed by any process.

    As long as the file could not be read once everything of it raises `UnusableKeyring` or `OSError`; where there is
    none it opens nothing.
    """

    def __init__(self, path: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.path, self._monotonic, self._turn = path, monotonic, Lock()
        self._last: _Read | None = None
        self._look_at = 0.0

    @classmethod
    def make(cls, path: Path, *, at: datetime, index: bytes | None = None) -> FileKeyring:
        """Put a new keyring there, whole or not at all; whoever comes second takes the first one's.

        :raises OSError: if it cannot be written.
        """
        key = os.urandom(KEY_OCTETS)
        shown = SealingKey(id=id_of(key), made_at=at, active_at=at)
        kept = _Kept(key=key, shown=shown)
        index = index or os.urandom(KEY_OCTETS)
        content = _Content(keys={shown.id: kept}, active=shown.id, rotating=False, index=index)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _drafted(path, content) as draft:
            try:
                os.link(draft, path)
            except FileExistsError:
                return cls(path)
        _settle(path.parent)
        return cls(path)

    def check(self) -> None:
        """:raises UnusableKeyring: if the file is no keyring, or others may read it.
        :raises OSError: if it cannot be read.
        """
        self._now()

    @property
    def active(self) -> str:
        return self._now().content.active

    def index_key(self) -> bytes:
        """The secret that what is looked up by an index is indexed with."""
        return self._now().content.index

    @property
    def rotating(self) -> bool:
        return self._now().content.rotating

    def seal(self, text: str, *, place: str, key_id: str | None = None) -> str:
        if self._monotonic() >= self._look_at:
            self._look()
        return self._now().ring.seal(text, place=place, key_id=key_id)

    def open(self, sealed: str, *, place: str) -> str:
        try:
            now = self._now()
        except FileNotFoundError as error:
            raise Unreadable(place, SealFault.UNKNOWN_KEY, key_id_of(sealed)) from error
        try:
            return now.ring.open(sealed, place=place)
        except Unreadable as unreadable:
            if unreadable.fault is not SealFault.UNKNOWN_KEY or self._look() is now:
                raise
        return self._now().ring.open(sealed, place=place)

    def all(self) -> tuple[SealingKey, ...]:
        found = (kept.shown for kept in self._now().content.keys.values())
        return tuple(sorted(found, key=lambda key: (key.made_at, key.id)))

    def prepare(self, *, at: datetime) -> str:
        with self._changing() as content:
            waiting = [key.shown.id for key in content.keys.values() if key.shown.active_at is None]
            if content.rotating and not waiting:
                return content.active
            if waiting:
                self._keep(attrs.evolve(content, rotating=True))
                return waiting[0]
            key = os.urandom(KEY_OCTETS)
            kept = _Kept(key=key, shown=SealingKey(id=id_of(key), made_at=at))
            keys = {**content.keys, kept.shown.id: kept}
            self._keep(attrs.evolve(content, keys=keys, rotating=True))
            return kept.shown.id

    def activate(self, key_id: str, *, at: datetime) -> None:
        with self._changing() as content:
            if key_id not in content.keys:
                raise ValueError("only a key that is there can be used")
            if key_id == content.active:
                return
            keys = {
                **content.keys,
                content.active: _with(content.keys[content.active], left_at=at),
                key_id: _with(content.keys[key_id], active_at=at, left_at=None),
            }
            self._keep(attrs.evolve(content, keys=keys, active=key_id))

    def end_rotation(self) -> None:
        with self._changing() as content:
            self._keep(attrs.evolve(content, rotating=False))

    def destroy(self, key_id: str) -> None:
        with self._changing() as content:
            if key_id == content.active:
                raise ValueError("the active key is needed")
            keys = {id: kept for id, kept in content.keys.items() if id != key_id}
            self._keep(attrs.evolve(content, keys=keys))

    def _now(self) -> _Read:
        if self._last is None:
            with self._turn:
                self._last = _Read.of(self.path)
                self._look_at = self._monotonic() + LOOK_EVERY_S
        return self._last

    def _look(self) -> _Read:
        """Read the file again if it is another one; what is wrong with it changes nothing for those who run."""
        now = self._now()
        with self._turn:
            self._look_at = self._monotonic() + LOOK_EVERY_S
            try:
                if _seen(self.path) != now.seen:
                    self._last = _Read.of(self.path)
            except (OSError, UnusableKeyring):
                return now
            return self._last or now

    @contextmanager
    def _changing(self) -> Iterator[_Content]:
        """The file as it is, while nobody else changes it."""
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for left in self.path.parent.glob(f".{self.path.name}.*"):
                # Whoever was killed while they wrote has left keys behind.
                left.unlink(missing_ok=True)
            self._last = _Read.of(self.path)
            yield self._last.content
        finally:
            os.close(handle)

    def _keep(self, content: _Content) -> None:
        with _drafted(self.path, content) as draft:
            draft.replace(self.path)
        _settle(self.path.parent)
        self._last = _Read.of(self.path)


def id_of(key: bytes) -> str:
    """The first digits of its SHA-256: names the key and does not tell it."""
    return sha256(b"dinghuo sealing key " + key).hexdigest()[:KEY_ID_DIGITS]


def _cipher(ciphers: Mapping[str, AESGCM], active: str) -> AESGCM:
    if active not in ciphers:
        raise ValueError("the active key is one of those there are")
    return ciphers[active]


def _with(kept: _Kept, **times: datetime | None) -> _Kept:
    shown: SealingKey = attrs.evolve(kept.shown, **times)  # type: ignore[arg-type]  # the names are those of times
    return attrs.evolve(kept, shown=shown)


def _seen(path: Path) -> _Seen:
    found = path.stat()
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _read(path: Path) -> _Content:
    if path.stat().st_mode & 0o077:
        raise UnusableKeyring("others may read it: chmod 600")
    try:
        told: Any = orjson.loads(path.read_bytes())
        if told["form"] != FORM:
            raise UnusableKeyring("it is of another form")
        content = _Content(
            keys={id: _kept(id, key) for id, key in told["keys"].items()},
            active=told["active"],
            rotating=bool(told["rotating"]),
            index=a2b_base64(told["index"], strict_mode=True),
        )
        content.ring()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableKeyring("it is damaged") from error
    return content


def _kept(id: str, told: Mapping[str, Any]) -> _Kept:
    at = {
        name: None if told[name] is None else datetime.fromisoformat(told[name])
        for name in ("active_at", "left_at")
    }
    shown = SealingKey(id=id, made_at=datetime.fromisoformat(told["made_at"]), **at)
    return _Kept(key=a2b_base64(told["key"], strict_mode=True), shown=shown)


@contextmanager
def _drafted(path: Path, content: _Content) -> Iterator[Path]:
    """Write the file beside its place, readable to its owner only, and let go of what is left of it."""
    told = {
        "form": FORM,
        "active": content.active,
        "rotating": content.rotating,
        "index": _written(content.index),
        "keys": {
            id: {
                "key": _written(kept.key),
                "made_at": kept.shown.made_at,
                "active_at": kept.shown.active_at,
                "left_at": kept.shown.left_at,
            }
            for id, kept in content.keys.items()
        },
    }
    draft = path.with_name(f".{path.name}.{token_urlsafe(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _written(octets: bytes) -> str:
    return b2a_base64(octets, newline=False).decode("ascii")


def _settle(folder: Path) -> None:
    """Let the folder remember what was put into it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
