"""People: the phones they can be reached at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.people import Phone

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(mobiles, st.sampled_from(["", "+86", "+86 ", "0086", "0086-"]))
def test_a_phone_is_one_however_it_is_written(number: str, country: str) -> None:
    assert Phone(f"{country}{number}") == Phone(f" {country}{number[:3]} {number[3:7]}-{number[7:]} ")
    assert str(Phone(f"{country}{number}")) == f"+86{number}"
    assert Phone(Phone(number)) == Phone(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1381234567",
        "138123456789",
        "12812345678",
        "23812345678",
        "+8523812345678",
        "+85251234567",
        "008613812345",
        "86 13812345678",
        "++8613812345678",
        "138.1234.5678",
        "１３８12345678",
        "١٣٨12345678",
        "1381234567x",
        "13812345678\n",
    ],
)
def test_anything_else_is_no_phone(text: str) -> None:
    with pytest.raises(ValueError, match="a phone") as caught:
        Phone(text)
    assert not text or text not in str(caught.value)
