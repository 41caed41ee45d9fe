"""Wording: what goods are found by, and that whatever a text finds can be looked up by its tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.persistence.wording import Sought, Wording, beyond, folded
from kit import builders as a

texts = st.text("柠檬茶长重庆西安水 　１aAbXǍüß09-_.%'\"\\", min_size=1, max_size=12)
"""Characters of one and of several readings, letters and digits of both widths, and what is neither."""


def found(text: str, *texts: str) -> bool:
    """Whether the text finds something that goes by these texts."""
    sought = Sought.of(text)
    assert sought is not None
    return sought.finds(Wording.of_texts(texts))


class TestSought:
    @pytest.mark.parametrize("text", [None, "", " ", " \t\n", "\u3000"])
    def test_it_is_nothing_where_there_is_nothing_to_look_for(self, text: str | None) -> None:
        assert Sought.of(text) is None

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("柠", "柠檬茶 500ml"),
            ("檬茶", "柠檬茶 500ml"),
            ("茶 5", "柠檬茶 500ml"),
            ("茶　 ５００ＭＬ", "柠檬茶 500ml"),
            (" 500ML ", "柠檬茶 500ml"),
            ("500ml", "柠檬茶 ５００ｍＬ"),
            ("-", "TEA-500"),
            ("%", "Mixed_Nuts 100%"),
            ("d_n", "Mixed_Nuts 100%"),
            ("STRASSE", "Straße"),
        ],
    )
    def test_it_finds_a_part_of_what_is_written(self, text: str, name: str) -> None:
        assert found(text, name)

    @pytest.mark.parametrize("text", ["檬柠", "茶5", "dxn", "%0", "\\", "'", "50ml"])
    def test_it_finds_nothing_else(self, text: str) -> None:
        assert not found(text, "柠檬茶 500ml", "Mixed_Nuts 100%")

    @pytest.mark.parametrize(
        "text",
        [
            "ningmengcha",
            "NingMeng Cha",
            "ning'meng",
            "ningm",
            "n",
            "meng",
            "cha500ml",
            "cha 5",
            "nmc",
            "NMC",
            "mc",
            "c500",
            "nmc500ml",
            "nmc 500 ml",
        ],
    )
    def test_it_finds_how_a_name_is_read_and_the_initials_of_that(self, text: str) -> None:
        assert found(text, "柠檬茶 500ml")

    @pytest.mark.parametrize("text", ["ing", "engcha", "ha500", "nc", "ningc", "nmc-500", "柠meng", "00m1"])
    def test_it_finds_a_reading_only_from_the_beginning_of_a_character_on(self, text: str) -> None:
        assert not found(text, "柠檬茶 500ml")

    def test_it_does_not_read_what_is_no_chinese(self) -> None:
        assert not found("15l", "A-1.5L")
        assert not found("tea500", "TEA-500")

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("chongqing", "重庆小面"),
            ("cqxm", "重庆小面"),
            ("zhongqing", "重庆小面"),
            ("changli", "长粒香米"),
            ("lvcha", "绿茶"),
            ("lücha", "绿茶"),
            ("xian", "西安"),
            ("xi'an", "西安"),
        ],
    )
    def test_it_finds_a_character_by_the_reading_of_its_phrase_and_by_its_usual_one(
        self, text: str, name: str
    ) -> None:
        assert found(text, name)

    def test_it_passes_over_characters_that_nobody_can_read(self) -> None:
        assert found("cs", "茶\U000302a0水") and found("\U000302a0", "茶\U000302a0水")

    @given(st.lists(texts, min_size=1, max_size=4), texts)
    def test_it_finds_what_has_it_as_a_part(self, many: list[str], text: str) -> None:
        if Sought.of(text) is not None and any(folded(text) in folded(one) for one in many):
            assert found(text, *many)

    @given(st.lists(texts, min_size=1, max_size=4), st.text("柠茶水 %-_'１.", min_size=1, max_size=3))
    def test_it_finds_without_letters_only_what_has_it_as_a_part(self, many: list[str], text: str) -> None:
        if Sought.of(text) is not None:
            assert found(text, *many) == any(folded(text) in folded(one) for one in many)

    @given(st.lists(texts, min_size=1, max_size=4), st.data())
    def test_whatever_it_finds_has_a_token_of_each_of_its_ways(
        self, many: list[str], data: st.DataObject
    ) -> None:
        wording = Wording.of_texts(many)
        parts = [one for line in (*many, *wording.spelt.replace("\t", "\n").split("\n")) if (one := line)]
        whole = data.draw(st.sampled_from(parts) | texts)
        start = data.draw(st.integers(0, len(whole) - 1))
        sought = Sought.of(whole[start : data.draw(st.integers(start + 1, len(whole)))])
        if sought is not None and sought.ways and sought.finds(wording):
            assert any(
                all(any(token <= one < beyond(token) for one in wording.tokens) for token in way)
                for way in sought.ways
            )


class TestWording:
    def test_it_has_the_skus_that_are_for_sale(self) -> None:
        ids = a.SeededIds(1)
        skus = [
            a.sku(ids, code="A-1", name="甲", barcode="6900000000001"),
            a.sku(ids, code="B-2", name="乙", barcode="6900000000002", for_sale=False),
        ]
        wording = Wording.of(a.product(ids, name="茶", skus=skus))
        assert set(wording.written.split("\n")) == {"茶", "a-1", "甲", "6900000000001"}

    @given(st.lists(texts, min_size=1, max_size=4))
    def test_it_does_not_depend_on_the_order_of_its_texts(self, many: list[str]) -> None:
        assert Wording.of_texts(many) == Wording.of_texts(many[::-1])

    @given(st.lists(texts, min_size=1, max_size=4))
    def test_its_tokens_are_different_and_short(self, many: list[str]) -> None:
        tokens = Wording.of_texts(many).tokens
        assert len(set(tokens)) == len(tokens)
        assert all(0 < len(token) <= 6 for token in tokens)
