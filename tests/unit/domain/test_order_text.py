"""Order text, taken apart."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.order_text import (
    LONGEST_TEXT,
    MOST_PIECES,
    Amount,
    OrderTextTooLong,
    Piece,
    in_chinese,
    number_of,
    pieces_of,
)

Read = tuple[str, list[tuple[str, str | None]]]


def first(piece: Piece) -> Read:
    """The likeliest reading."""
    reading = piece.readings[0]
    return reading.name, [(f"{one.number:f}", one.unit) for one in reading.amounts]


def read(text: str) -> list[Read]:
    return [first(piece) for piece in pieces_of(text)]


class TestWords:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("可乐3箱 雪碧2件", [("可乐", [("3", "箱")]), ("雪碧", [("2", "件")])]),
            ("可乐 3箱，雪碧 2 件", [("可乐", [("3", "箱")]), ("雪碧", [("2", "件")])]),
            ("可乐3箱雪碧2件", [("可乐", [("3", "箱")]), ("雪碧", [("2", "件")])]),
            (
                "可乐三箱、雪碧两件；水半箱",
                [("可乐", [("3", "箱")]), ("雪碧", [("2", "件")]), ("水", [("0.5", "箱")])],
            ),
            ("３箱可乐　２件雪碧", [("可乐", [("3", "箱")]), ("雪碧", [("2", "件")])]),
            ("可乐三箱半", [("可乐", [("3.5", "箱")])]),
            ("TEA-500 3 箱", [("TEA-500", [("3", "箱")])]),
            ("TEA-500 x 12", [("TEA-500", [("12", None)])]),
            ("可乐*3", [("可乐", [("3", None)])]),
            ("可乐：3", [("可乐", [("3", None)])]),
            ("可乐330ml3箱雪碧2L2箱", [("可乐330ml", [("3", "箱")]), ("雪碧2L", [("2", "箱")])]),
            ("可乐330ml*24 3箱", [("可乐330ml*24", [("3", "箱")])]),
            (
                "1、可乐3箱\n2.雪碧2件\n- 水3箱",
                [("可乐", [("3", "箱")]), ("雪碧", [("2", "件")]), ("水", [("3", "箱")])],
            ),
            ("6901234567892 3", [("6901234567892", [("3", None)])]),
            ("6901234567892", [("6901234567892", [])]),
            ("TEA-500 瓶", [("TEA-500 瓶", [])]),
            ("可乐", [("可乐", [])]),
            ("可乐3箱 雪碧", [("可乐", [("3", "箱")]), ("雪碧", [])]),
            ("三只松鼠5袋", [("三只松鼠", [("5", "袋")])]),
            ("可乐2箱 三只松鼠5袋", [("可乐", [("2", "箱")]), ("三只松鼠", [("5", "袋")])]),
            ("可乐 24瓶装 3箱", [("可乐 24瓶装", [("3", "箱")])]),
            ("康师傅 红烧牛肉面 3箱", [("康师傅 红烧牛肉面", [("3", "箱")])]),
            ("3 cases tea", [("tea", [("3", "case")])]),
            ("tea 2 千克", [("tea", [("2", "公斤")])]),
            ("2箱3瓶可乐", [("可乐", [("2", "箱"), ("3", "瓶")])]),
            ("  \n ， \n", []),
            ("3箱", [("3箱", [])]),
            ("*", [("*", [])]),
        ],
    )
    def test_are_taken_apart(self, text: str, wanted: list[Read]) -> None:
        assert read(text) == wanted

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("大米5kg2袋", ["大米5kg", "大米", "大米5kg2袋"]),
            ("可乐2箱3瓶", ["可乐2箱", "可乐", "可乐2箱3瓶"]),
            ("三只松鼠", ["松鼠", "三只松鼠"]),
            ("可乐3", ["可乐3", "可乐"]),
            ("可乐 3", ["可乐", "可乐 3"]),
        ],
    )
    def test_have_every_reading(self, text: str, names: list[str]) -> None:
        [piece] = pieces_of(text)
        assert [one.name for one in piece.readings] == names

    def test_two_amounts_may_belong_together(self) -> None:
        [piece] = pieces_of("可乐2箱3瓶")
        assert piece.readings[1].amounts == (Amount(Decimal(2), "箱"), Amount(Decimal(3), "瓶"))

    def test_what_may_be_meant_in_two_ways_is_no_number(self) -> None:
        [piece] = pieces_of("可乐三百五瓶")
        assert [one.amounts for one in piece.readings] == [()]

    def test_letters_that_grow_when_they_are_small_are_read_small(self) -> None:
        assert read("İx 3箱") == [("i̇x", [("3", "箱")])]


class TestColumns:
    @pytest.mark.parametrize(
        ("text", "names", "amounts"),
        [
            ("TEA-500\t3\t箱", ["TEA-500"], [("3", "箱")]),
            ("TEA-500\t柠檬茶\t3箱", ["TEA-500", "柠檬茶"], [("3", "箱")]),
            ("1\t可乐\t3\t箱", ["1", "可乐"], [("3", "箱")]),
            ("1001\t三\t\t备注", ["1001"], [("3", None)]),
            ("可乐\t3\t2026", ["可乐"], [("3", None)]),
            ("可乐\t半箱", ["可乐"], [("0.5", "箱")]),
            ("可乐\t", ["可乐"], []),
            ("6901234567892\t柠檬茶", ["6901234567892", "柠檬茶"], []),
            ("\t3", ["3"], []),
            ("可乐\t百", ["可乐", "百"], []),
        ],
    )
    def test_are_read(self, text: str, names: list[str], amounts: list[tuple[str, str | None]]) -> None:
        [piece] = pieces_of(text)
        assert [one.name for one in piece.readings] == names
        assert first(piece)[1] == amounts

    def test_lines_are_counted(self) -> None:
        assert [(one.line, one.text) for one in pieces_of("a\t1\r\n\r\nb\t2")] == [(0, "a 1"), (2, "b 2")]


class TestBounds:
    def test_a_text_has_an_end(self) -> None:
        assert len(pieces_of("x 1箱\n" * MOST_PIECES)) == MOST_PIECES
        for text in ("x" * (LONGEST_TEXT + 1), "x 1箱," * (MOST_PIECES + 1)):
            with pytest.raises(OrderTextTooLong):
                pieces_of(text)

    @given(st.text(max_size=300))
    def test_whatever_is_pasted_is_read(self, text: str) -> None:
        for piece in pieces_of(text):
            assert piece.readings and piece.text


class TestNumbers:
    @given(st.integers(0, 99_999_999))
    def test_chinese_numerals_are_read_as_they_are_written(self, number: int) -> None:
        assert number_of(in_chinese(number)) == number

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            *(("十二", 12), ("两百", 200), ("二百零五", 205), ("零", 0), ("两万零一十", 20_010)),
            *((text, None) for text in ("二〇", "三百五", "一万五", "百", "", "箱", "12345678901", "1.2345")),
        ],
    )
    def test_only_those_that_are_clear(self, text: str, number: int | None) -> None:
        assert number_of(text) == number

    def test_half_is_a_half(self) -> None:
        assert number_of("半") == Decimal("0.5")


_NAMES = st.text(st.sampled_from("可乐雪碧柠檬茶天然水康师傅牛肉面abcYZ"), min_size=1, max_size=8)
_UNITS = st.sampled_from(["箱", "瓶", "袋", "件", "包", "公斤"])
_MANY = st.integers(1, 9_999)


@st.composite
def _written(draw: st.DrawFn) -> tuple[str, list[Read]]:
    """Some goods, and one of the ways to write them down."""
    goods = draw(st.lists(st.tuples(_NAMES, _MANY, _UNITS), min_size=1, max_size=6))
    way = draw(st.sampled_from(["glued", "spaced", "before", "columns", "chinese", "wide"]))
    parts = []
    for name, many, unit in goods:
        number = in_chinese(many) if way == "chinese" else str(many)
        if way == "wide":
            number = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
        blank, tab = " ", "\t"
        parts.append(
            {
                "before": f"{number}{unit}{name}",
                "columns": f"{name}{tab}{number}{tab}{unit}",
                "spaced": f"{name}{blank}{number}{blank}{unit}",
            }.get(way, f"{name}{number}{unit}")
        )
    between = "\n" if way in ("columns", "before") else draw(st.sampled_from([" ", "，", "、", "\n", "; "]))
    wanted: list[Read] = [(name, [(str(many), unit)]) for name, many, unit in goods]
    return between.join(parts), wanted


@given(_written())
def test_what_is_written_down_is_read_again(written: tuple[str, list[Read]]) -> None:
    text, wanted = written
    assert read(text) == wanted
