"""Records: whatever a content is cut into, its records are the same; what is not made of records is refused."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.persistence.backups.records import Kind, expect_rows, record, records, rows_of, the_end
from application.ports.backups import NotWhole

SOME = [(Kind.TABLE, b"{}"), (Kind.DATA, b""), (Kind.DATA, bytes(range(256))), (Kind.DATA, b"D\x00\x00")]
END = the_end({"orders": 2, "lines": 0})
WHOLE = b"".join(record(*one) for one in SOME) + END


@given(st.lists(st.integers(0, len(WHOLE)), max_size=20).map(sorted))
def test_they_are_the_same_however_the_content_is_cut(cuts: list[int]) -> None:
    borders = [0, *cuts, len(WHOLE)]
    parts = [WHOLE[start:end] for start, end in pairwise(borders)]
    *found, (kind, end) = records(parts)
    assert found == SOME
    assert (kind, rows_of(end)) == (Kind.END, {"orders": 2, "lines": 0})


def test_they_are_refused_where_they_end_too_early() -> None:
    for length in range(len(WHOLE)):
        with pytest.raises(NotWhole, match="the end is missing"):
            list(records([WHOLE[:length]]))


@pytest.mark.parametrize("more", [END, b"D", record(Kind.DATA, b"1")])
def test_nothing_follows_the_end(more: bytes) -> None:
    with pytest.raises(NotWhole):
        list(records([WHOLE, more]))


@pytest.mark.parametrize("content", [b"X\0\0\0\0" + END, b"D\xff\xff\xff\xff" + END])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(NotWhole, match="mixed up"):
        list(records([content]))


def test_rows_are_compared_table_by_table() -> None:
    expect_rows({"a": 1, "b": 0}, {"a": 1})
    with pytest.raises(NotWhole, match=r"^a: 1 rows, not 2; c: None rows, not 3$"):
        expect_rows({"a": 1, "b": 5}, {"a": 2, "b": 5, "c": 3})
