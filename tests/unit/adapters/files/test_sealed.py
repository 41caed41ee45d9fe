"""Sealed files: what was written comes back, and nothing that was not."""

from __future__ import annotations

import hashlib
import struct
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO
from random import Random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.files.sealed import (
    Altered,
    BackupKey,
    Incomplete,
    Label,
    NewerFormat,
    NotSealed,
    OtherKey,
    Sealed,
    Unusable,
    key_id_of,
    open_sealed,
    seal,
)

KEY = BackupKey(bytes(range(32)))
OTHER = BackupKey(bytes(32))
CHUNK, TAG, END = 64, 16, 16
LABEL = Label(kind="SQLITE", revision="0004", at=datetime(2026, 3, 1, 12, tzinfo=UTC), chunk=CHUNK)
NOISE = Random(1).randbytes(1000)
"""What cannot be compressed: it has many chunks."""


def written(content: bytes = NOISE, *, key: BackupKey = KEY, label: Label = LABEL) -> bytes:
    file = BytesIO()
    seal(file, label, key, [content[at : at + 100] for at in range(0, len(content), 100)])
    return file.getvalue()


WHOLE = written()
PRELUDE, SEALS = 54, 64


def head_of(octets: bytes) -> int:
    """Where the chunks begin."""
    (length,) = struct.unpack(">I", octets[10:14])
    found: int = PRELUDE + length + SEALS
    return found


HEAD = head_of(WHOLE)
CHUNKS = -(-(len(WHOLE) - HEAD - END) // (CHUNK + TAG))


def chunk(number: int) -> slice:
    """Where a chunk is that is not the last."""
    at = HEAD + number * (CHUNK + TAG)
    return slice(at, at + CHUNK + TAG)


def opened(octets: bytes, key: BackupKey = KEY) -> Sealed:
    return open_sealed(BytesIO(octets), key)


def read(octets: bytes, key: BackupKey = KEY) -> bytes:
    return b"".join(opened(octets, key).content())


def delivered(octets: bytes) -> bytes:
    """What a reader gets before it is refused.

    :raises AssertionError: if it is not refused.
    """
    got = b""
    try:
        for part in opened(octets).content():
            got += part
    except Unusable:
        return got
    raise AssertionError("it was taken for whole")


class TestWhole:
    @pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 1000])
    def test_gives_back_what_was_written(self, size: int) -> None:
        octets = written(NOISE[:size])
        assert read(octets) == NOISE[:size]
        assert opened(octets).check() == size
        assert opened(octets).label == LABEL

    @given(st.binary(max_size=500), st.integers(1, 40))
    def test_gives_back_whatever_was_written(self, content: bytes, size: int) -> None:
        label = Label(kind="K", revision="R", at=LABEL.at, chunk=size)
        assert read(written(content, label=label)) == content

    def test_is_made_of_many_chunks(self) -> None:
        assert CHUNKS > 10

    def test_never_is_the_same_twice(self) -> None:
        assert written()[HEAD:] != WHOLE[HEAD:]

    def test_shows_nothing_of_what_is_in_it(self) -> None:
        octets = written(b"13800138000" * 1000)
        assert b"13800138000" not in octets
        assert KEY.octets not in octets

    def test_is_compressed_before_it_is_encrypted(self) -> None:
        assert len(written(bytes(100_000))) < 2_000

    def test_takes_no_more_memory_for_being_long(self) -> None:
        part = Random(2).randbytes(1024 * 1024)
        label = Label(kind="K", revision="R", at=LABEL.at)
        squeezed = b"".join([b"1" * 1024 * 1024] * 40)

        class Sink(BytesIO):
            def write(self, octets: object) -> int:
                assert isinstance(octets, bytes)
                return len(octets)

        file = BytesIO()
        seal(file, label, KEY, [squeezed])
        tracemalloc.start()
        try:
            seal(Sink(), label, KEY, (part for _ in range(40)))
            assert sum(map(len, open_sealed(file, KEY).content())) == len(squeezed)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 8 * 1024 * 1024


class TestRefusals:
    """Whatever is done to a file, nobody takes it for whole."""

    @given(st.integers(0, len(WHOLE) - 1))
    @example(0)
    @example(HEAD)
    @example(HEAD + CHUNK + TAG)
    @example(len(WHOLE) - END)
    def test_of_a_file_that_was_cut_off(self, length: int) -> None:
        with pytest.raises(Incomplete):
            opened(WHOLE[:length]).check()

    def test_of_every_length(self) -> None:
        for length in range(len(WHOLE)):
            with pytest.raises(Incomplete):
                opened(WHOLE[:length]).check()

    @given(st.binary(min_size=1, max_size=200))
    def test_of_a_file_that_something_follows(self, more: bytes) -> None:
        with pytest.raises(Incomplete):
            opened(WHOLE + more).check()

    @given(st.integers(0, len(WHOLE) * 8 - 1))
    def test_of_a_flipped_bit(self, at: int) -> None:
        octets = bytearray(WHOLE)
        octets[at // 8] ^= 1 << at % 8
        if at // 8 < HEAD:
            with pytest.raises((NotSealed, Incomplete, Altered)):
                opened(bytes(octets))
            return
        got = delivered(bytes(octets))
        number = min((at // 8 - HEAD) // (CHUNK + TAG), CHUNKS - 1)
        assert NOISE.startswith(got)
        assert len(got) <= number * CHUNK, "nothing of a chunk is seen that is not authentic"

    def test_of_every_octet(self) -> None:
        for at in range(len(WHOLE)):
            octets = bytearray(WHOLE)
            octets[at] ^= 0x40
            with pytest.raises((NotSealed, Incomplete, Altered)):
                opened(bytes(octets)).check()

    @given(st.permutations(range(CHUNKS - 1)))
    def test_of_chunks_in_another_order(self, order: list[int]) -> None:
        if order == sorted(order):
            return
        mixed = b"".join(WHOLE[chunk(number)] for number in order)
        octets = WHOLE[:HEAD] + mixed + WHOLE[HEAD + len(mixed) :]
        got = delivered(octets)
        first = next(at for at, number in enumerate(order) if at != number)
        assert len(got) <= first * CHUNK

    @given(st.integers(0, CHUNKS - 2))
    def test_of_a_chunk_left_out_or_doubled_with_the_end_made_to_fit(self, number: int) -> None:
        for instead in (b"", WHOLE[chunk(number)] * 2):
            octets = WHOLE[: chunk(number).start] + instead + WHOLE[chunk(number).stop : -8]
            octets += struct.pack(">Q", len(octets) + 8)
            with pytest.raises(Altered):
                opened(octets).check()

    def test_of_an_end_at_the_border_of_a_chunk_with_the_end_made_to_fit(self) -> None:
        for number in range(1, CHUNKS):
            octets = WHOLE[: chunk(number).start] + WHOLE[-END:-8]
            octets += struct.pack(">Q", len(octets) + 8)
            with pytest.raises(Altered):
                opened(octets).check()

    def test_of_a_chunk_of_another_file_under_the_same_key(self) -> None:
        other = written()
        octets = WHOLE[: chunk(1).start] + other[chunk(1)] + WHOLE[chunk(1).stop :]
        with pytest.raises(Altered):
            opened(octets).check()

    def test_of_the_head_of_another_file_under_the_same_key(self) -> None:
        with pytest.raises(Altered):
            opened(written()[:HEAD] + WHOLE[HEAD:]).check()

    def test_of_a_head_that_fits_its_checksum_only(self) -> None:
        at = WHOLE.index(b"0004")
        head = WHOLE[:at] + b"0001" + WHOLE[at + 4 : HEAD - SEALS]
        octets = head + hashlib.sha256(head).digest() + WHOLE[HEAD - 32 :]
        with pytest.raises(Altered):
            opened(octets)

    def test_of_another_key_names_the_one_that_is_needed(self) -> None:
        with pytest.raises(OtherKey) as caught:
            opened(WHOLE, OTHER)
        assert caught.value.needed == KEY.id == key_id_of(BytesIO(WHOLE)) != OTHER.id

    def test_of_another_key_with_the_same_id(self) -> None:
        class Twin(BackupKey):
            @property
            def id(self) -> str:
                return KEY.id

        with pytest.raises(Altered):
            opened(WHOLE, Twin(OTHER.octets))

    def test_of_damage_is_not_taken_for_another_key(self) -> None:
        octets = bytearray(WHOLE)
        octets[14] ^= 1
        with pytest.raises(Altered):
            opened(bytes(octets))

    def test_of_a_newer_format(self) -> None:
        head = WHOLE[:8] + struct.pack(">H", 2) + WHOLE[10 : HEAD - SEALS]
        with pytest.raises(NewerFormat):
            opened(head + hashlib.sha256(head).digest() + WHOLE[HEAD - 32 :])

    @given(st.binary(min_size=8, max_size=300).filter(lambda octets: octets[:8] != WHOLE[:8]))
    @example(b"SQLite format 3\0" + bytes(100))
    def test_of_something_else(self, octets: bytes) -> None:
        with pytest.raises(NotSealed):
            opened(octets)


class TestKeys:
    @pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
    def test_have_thirty_two_octets(self, length: int) -> None:
        with pytest.raises(ValueError, match="32"):
            BackupKey(bytes(length))

    def test_do_not_show_themselves(self) -> None:
        assert str(KEY.octets) not in repr(KEY)
        assert KEY.octets.hex() not in repr(KEY)

    def test_are_named_by_their_digest(self) -> None:
        assert KEY.id == hashlib.sha256(KEY.octets).hexdigest()[:16]

    def test_never_use_a_nonce_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        used: set[tuple[bytes, bytes]] = set()
        encrypt = AESGCM.encrypt

        class Watching:
            def __init__(self, key: bytes) -> None:
                self.key, self.inner = key, AESGCM(key)

            def encrypt(self, nonce: bytes, octets: bytes, bound: bytes) -> bytes:
                assert (self.key, nonce) not in used
                used.add((self.key, nonce))
                return encrypt(self.inner, nonce, octets, bound)

        monkeypatch.setattr("adapters.files.sealed.AESGCM", Watching)
        written()
        written()
        assert len(used) == 2 * CHUNKS
