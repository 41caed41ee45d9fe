"""Searches that found nothing: which are remembered, and how they are put together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.searching import LONGEST_MISSED, MissedSearch, remembered
from kit.builders import NOON


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Oreo　奥利奥 ", "oreo 奥利奥"),
        ("ＴＥＡ－５", "tea-5"),
        ("6901234567892", "6901234567892"),
        ("6913800138000", "6913800138000"),
        ("500ml*24", "500ml*24"),
        ("12345678901", "12345678901"),
        ("x" * LONGEST_MISSED, "x" * LONGEST_MISSED),
    ],
)
def test_goods_are_remembered(text: str, kept: str) -> None:
    assert remembered(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "x" * (LONGEST_MISSED + 1),
        "a\x00b",
        "13800138000",
        "老王 138 0013 8000",
        "+86 138-0013-8000",
        "008613800138000",
        "１３８００１３８０００",
        "0755-12345678",
        "(0755) 1234567",
        "wang@example.com",
        "11010519491231002X",
        "110105194912310021",
    ],
)
def test_what_may_be_about_a_person_is_not(text: str) -> None:
    assert remembered(text) is None


def test_the_same_is_counted_together() -> None:
    early, late = NOON, NOON + timedelta(hours=3)
    one = MissedSearch(text="oreo", times=2, first_at=late, last_at=late)
    both = MissedSearch(text="oreo", times=3, first_at=early, last_at=late)
    assert one.and_(MissedSearch(text="oreo", first_at=early, last_at=early)) == both


def test_nothing_was_never_looked_for() -> None:
    with pytest.raises(ValueError, match="times"):
        MissedSearch(text="oreo", times=0, first_at=NOON, last_at=NOON)
