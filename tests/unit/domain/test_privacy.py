"""People are masked by characters, always in the same length, and nothing is masked of nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customers import Address
from domain.privacy import CLEAR, ERASED, Veil, masked_name, masked_phone, masked_street, without_person

HOME = Address(recipient="王小明", phone="138-1234-5678", region="杭州市西湖区", street="文三路 1 号")
DRAWN = Veil(drawn=True)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("王小明", "王**"),
            ("王明", "王**"),
            ("欧阳娜娜", "欧**"),
            ("𠮷野家", "𠮷**"),
            ("Anna", "A**"),
            ("e\u0301va", "e\u0301**"),
            ("  王明 ", "王**"),
            ("王", "**"),
            ("e\u0301", "**"),
            (" ", "**"),
            (ERASED, ERASED),
        ],
    )
    def test_keep_their_first_character(self, name: str, masked: str) -> None:
        assert masked_name(name) == masked

    @given(st.text(st.characters(categories=["L"]), min_size=1))
    def test_are_never_in_their_mask(self, name: str) -> None:
        assert name == ERASED or name not in masked_name(name)
        assert name == ERASED or masked_name(name)[1:].endswith("*")


class TestPhones:
    @pytest.mark.parametrize(
        ("phone", "masked"),
        [
            ("13812345678", "*******5678"),
            ("+86 138-1234-5678", "*******5678"),
            ("010-88886666", "*******6666"),
            ("8888666", "****"),
            ("ask at the gate", "****"),
            ("", ""),
        ],
    )
    def test_keep_the_last_four_of_their_digits(self, phone: str, masked: str) -> None:
        assert masked_phone(phone) == masked


class TestAddresses:
    def test_keep_their_region(self) -> None:
        assert DRAWN.address(HOME) == Address(
            recipient="王**", phone="*******5678", region="杭州市西湖区", street="****"
        )
        assert (masked_street("文三路"), masked_street("")) == ("****", "")

    def test_keep_nothing_else_when_somebody_is_erased(self) -> None:
        left = without_person(HOME)
        assert left == Address(recipient=ERASED, phone="", region="杭州市西湖区", street="")
        assert DRAWN.address(left) == left


def test_a_veil_that_is_not_drawn_shows_everything() -> None:
    assert CLEAR.address(HOME) is HOME
    assert (CLEAR.name("王小明"), DRAWN.name("王小明")) == ("王小明", "王**")
    assert (CLEAR.phone("13812345678"), DRAWN.phone("13812345678")) == ("13812345678", "*******5678")
