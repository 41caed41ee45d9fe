"""Sealed files: compressed, encrypted in chunks, and read only as far as they are authentic.

    prelude   magic 8, version 2, length of the label 4, key id 8, salt 32
    label     JSON: what is in the file
    checksum  SHA-256 of all before: whoever it does not fit is damaged, whatever else it says
    seal      HMAC-SHA-256 of all before, by a key that belongs to this file
    chunks    AES-256-GCM: as many octets as the label says and 16 for the tag; the last may be shorter
    end       magic 8, length of the whole file 8

The keys of a file are made of the backup key and the salt (HKDF-SHA-256). A chunk's nonce is its number and whether it
is the last; with that everything above it is authenticated in each chunk. Numbers are big-endian.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import BinaryIO

import attrs
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
KEY_BYTES = 32
CHUNK = 256 * 1024
_MAGIC, _END_MAGIC = b"DHBACKUP", b"DHBKPEND"
_PRELUDE = struct.Struct(">8sHI8s32s")
_END = struct.Struct(">8sQ")
_PLACE = struct.Struct(">QB")
_LONGEST_LABEL, _LARGEST_CHUNK = 4096, 16 * 1024 * 1024
_DIGEST, _TAG = 32, 16
_INFLATED = 1024 * 1024
_LEVEL = 1


class Unusable(Exception):
    """The file cannot be used."""


class NotSealed(Unusable):
    """The file is of another kind."""


class Incomplete(Unusable):
    """The file does not end where it should: something is missing, or follows."""


class Altered(Unusable):
    """Something in the file is not as it was written."""


class NewerFormat(Unusable):
    """The file was written by a newer program."""


@attrs.frozen
class OtherKey(Unusable):
    """The file was sealed with another key: the one with this id."""

    needed: str


@attrs.frozen
class BackupKey:
    """A secret of 32 octets."""

    octets: bytes = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        if len(self.octets) != KEY_BYTES:
            raise ValueError(f"a backup key has {KEY_BYTES} octets")

    @property
    def id(self) -> str:
        """The first octets of its SHA-256, in hexadecimal: names the key and does not tell it."""
        return hashlib.sha256(self.octets).digest()[:8].hex()


@attrs.frozen(kw_only=True)
class Label:
    """What a file says about itself; authenticated before anybody sees it."""

    kind: str
    revision: str
    at: datetime
    chunk: int = CHUNK


@attrs.frozen
class _Keys:
    seal: bytes
    content: AESGCM

    @classmethod
    def of(cls, key: BackupKey, salt: bytes) -> _Keys:
        made = HKDF(algorithm=SHA256(), length=64, salt=salt, info=b"dinghuo backup 1").derive(key.octets)
        return cls(made[:32], AESGCM(made[32:]))


def seal(
    file: BinaryIO,
    label: Label,
    key: BackupKey,
    content: Iterable[bytes],
    *,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Write a sealed file; the content is read once, and as much of it held as a chunk and one of its parts."""
    salt = random(32)
    keys = _Keys.of(key, salt)
    told = orjson.dumps(attrs.asdict(label))
    head = _PRELUDE.pack(_MAGIC, VERSION, len(told), bytes.fromhex(key.id), salt) + told
    head += hashlib.sha256(head).digest()
    head += hmac.digest(keys.seal, head, "sha256")
    file.write(head)
    size, waiting, number = len(head), bytearray(), 0
    for part in _deflated(content):
        waiting += part
        while len(waiting) > label.chunk:
            size += file.write(_closed(keys, head, bytes(waiting[: label.chunk]), number, last=False))
            del waiting[: label.chunk]
            number += 1
    size += file.write(_closed(keys, head, bytes(waiting), number, last=True))
    file.write(_END.pack(_END_MAGIC, size + _END.size))


@attrs.frozen(kw_only=True)
class Sealed:
    """A sealed file whose label is authentic."""

    label: Label
    size: int
    file: BinaryIO
    keys: _Keys
    head: bytes

    def check(self) -> int:
        """Read everything, and count the octets of the content.

        :raises Unusable: if anything is not as it was written.
        """
        return sum(map(len, self.content()))

    def content(self) -> Iterator[bytes]:
        """The content from the beginning, each part after its chunk was found authentic.

        :raises Unusable: where something is not as it was written.
        """
        inflating = zlib.decompressobj()
        for chunk in self._chunks():
            rest = chunk
            while rest and not inflating.eof:
                if part := inflating.decompress(rest, _INFLATED):
                    yield part
                rest = inflating.unconsumed_tail
            if rest:
                raise Altered
        while not inflating.eof:
            part = inflating.decompress(inflating.unconsumed_tail, _INFLATED)
            if part:
                yield part
            elif not inflating.eof:
                raise Incomplete
        if inflating.unused_data:
            raise Altered

    def _chunks(self) -> Iterator[bytes]:
        left = self.size - len(self.head) - _END.size
        self.file.seek(len(self.head))
        number, last = 0, False
        while not last:
            wanted = min(left, self.label.chunk + _TAG)
            left -= wanted
            last = left == 0
            octets = self.file.read(wanted)
            if len(octets) < wanted or wanted < _TAG:
                raise Incomplete
            try:
                yield self.keys.content.decrypt(
                    _nonce(number, last=last), octets, _bound(self.head, number, last=last)
                )
            except InvalidTag:
                raise Altered from None
            number += 1


def key_id_of(file: BinaryIO) -> str:
    """Read which key a file was sealed with; nothing vouches for it but that the file is not damaged here.

    :raises Unusable: if it is no sealed file, or damaged.
    """
    return _head_of(file)[0].hex()


def open_sealed(file: BinaryIO, key: BackupKey) -> Sealed:
    """Open a file that can be read at any place; its content is looked at by nobody yet.

    :raises Unusable: if it is none, was sealed with another key, or is damaged so far.
    """
    key_id, salt, told, head = _head_of(file)
    if key_id.hex() != key.id:
        raise OtherKey(key_id.hex())
    keys = _Keys.of(key, salt)
    if not hmac.compare_digest(hmac.digest(keys.seal, head[:-_DIGEST], "sha256"), head[-_DIGEST:]):
        raise Altered
    facts = orjson.loads(told)
    label = Label(**{**facts, "at": datetime.fromisoformat(facts["at"])})
    if not 0 < label.chunk <= _LARGEST_CHUNK:
        raise Altered
    size = file.seek(0, os.SEEK_END)
    if size < len(head) + _TAG + _END.size:
        raise Incomplete
    file.seek(size - _END.size)
    if file.read() != _END.pack(_END_MAGIC, size):
        raise Incomplete
    return Sealed(label=label, size=size, file=file, keys=keys, head=head)


def _head_of(file: BinaryIO) -> tuple[bytes, bytes, bytes, bytes]:
    """The key id, the salt, the label and the whole of a head that is not damaged."""
    file.seek(0)
    prelude = file.read(_PRELUDE.size)
    if not prelude.startswith(_MAGIC):
        raise Incomplete if _MAGIC.startswith(prelude) else NotSealed
    if len(prelude) < _PRELUDE.size:
        raise Incomplete
    _, version, length, key_id, salt = _PRELUDE.unpack(prelude)
    if length > _LONGEST_LABEL:
        raise Altered
    rest = file.read(length + 2 * _DIGEST)
    if len(rest) < length + 2 * _DIGEST:
        raise Incomplete
    told, checksum = rest[:length], rest[length : length + _DIGEST]
    if hashlib.sha256(prelude + told).digest() != checksum:
        raise Altered
    if version != VERSION:
        raise NewerFormat
    return key_id, salt, told, prelude + rest


def _closed(keys: _Keys, head: bytes, octets: bytes, number: int, *, last: bool) -> bytes:
    return keys.content.encrypt(_nonce(number, last=last), octets, _bound(head, number, last=last))


def _nonce(number: int, *, last: bool) -> bytes:
    return _PLACE.pack(number, last).rjust(12, b"\0")


def _bound(head: bytes, number: int, *, last: bool) -> bytes:
    return head + _PLACE.pack(number, last)


def _deflated(content: Iterable[bytes]) -> Iterator[bytes]:
    deflating = zlib.compressobj(_LEVEL)
    for part in content:
        yield deflating.compress(part)
    yield deflating.flush()
