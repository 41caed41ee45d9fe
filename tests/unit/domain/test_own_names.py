"""What companies call goods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.own_names import OwnName, folded


@pytest.mark.parametrize("text", ["ＣＯＬＡ　大", " cola  大", "Cola 大"])
def test_the_same_is_kept_once(text: str) -> None:
    assert OwnName(text) == "cola 大"


@pytest.mark.parametrize("text", ["", "   ", "x" * 65, "a\x00"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="OwnName"):
        OwnName(text)


@given(st.text())
def test_what_is_folded_stays_so(text: str) -> None:
    assert folded(folded(text)) == folded(text)
