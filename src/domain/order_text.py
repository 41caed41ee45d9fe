"""Order text: what somebody pastes to order by, taken apart into names and quantities (快速下单).

A line is columns with tabs between them, as a spreadsheet copies them, or words: `可乐3箱 雪碧 2 件`, `3箱可乐`,
`TEA-500 x 12`. Numbers are digits of any width, or Chinese numerals before a unit (三箱, 两件, 半箱, 三箱半). Where a
name has numbers in it (大米5kg 2袋, 三只松鼠 5袋) what is meant can be said in several ways: each is a reading, the
likeliest first, and whoever knows the goods takes the first that names some. Nothing is guessed: a piece without a
quantity has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from unicodedata import normalize

import attrs

from domain.errors import DomainError

MOST_PIECES = 500
LONGEST_TEXT = 50_000
LONGEST_NAME = 64

ORDER_UNITS = (
    *(
        "瓶",
        "箱",
        "袋",
        "包",
        "盒",
        "罐",
        "桶",
        "支",
        "件",
        "个",
        "卷",
        "条",
        "托",
        "斤",
        "公斤",
        "千克",
        "kg",
        "提",
        "打",
    ),
    *(
        "板",
        "听",
        "排",
        "扎",
        "捆",
        "套",
        "只",
        "杯",
        "双",
        "把",
        "份",
        "块",
        "片",
        "筐",
        "篮",
        "壶",
        "吨",
        "张",
        "本",
    ),
    *(
        "case",
        "cases",
        "bottle",
        "bottles",
        "bag",
        "bags",
        "pack",
        "packs",
        "box",
        "boxes",
        "can",
        "cans",
        "piece",
    ),
    *("pieces", "pcs", "barrel", "stick", "roll", "rolls", "strip", "pallet", "jin", "each"),
)
"""Words that are read as units of an order; sizes of goods (ml, g, 升) are none, so that they stay in names."""
_ALIASES = {
    **{f"{one}s": one for one in ("case", "bottle", "bag", "pack", "can", "piece", "roll")},
    "boxes": "box",
    "pcs": "piece",
    "千克": "公斤",
}
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}
_PLACES = {"千": 1_000, "百": 100, "十": 10}
_UNIT = "|".join(
    f"{re.escape(one)}(?![a-z])" if one.isascii() else one
    for one in sorted(ORDER_UNITS, key=len, reverse=True)
)
_ARABIC = r"(?<![\d.\-_/])\d{1,9}(?:\.\d{1,3})?"
_CHINESE = r"[零〇一二两三四五六七八九十百千万]+|半"
_AMOUNT = re.compile(
    rf"(?:(?<=[ \u4e00-\u9fff])x ?|[×*] ?)?(?P<number>{_ARABIC}|{_CHINESE}) ?(?P<unit>{_UNIT})(?![装/])"
    r"(?P<half>半(?=$| ))?"
)
_BARE = re.compile(rf"(?:(?<=[^\d .])[×*:]| ?[×*:] ?| x ?| )(?P<number>{_ARABIC})$")
_GLUED = re.compile(r"(?<=[\u4e00-\u9fff)])(?P<number>\d{1,5})$")
_CELL = re.compile(rf"(?P<number>\d{{1,6}}(?:\.\d{{1,3}})?|{_CHINESE}) ?(?P<unit>{_UNIT})?(?P<half>半)?")
_BREAKS = re.compile(r"[,、;。]+")
_BULLET = re.compile(r"^ ?(?:\d{1,2}[.、)]|[-*•·]) ?(?=[^\d])")
_EDGES = " :-*×·."
_HALF = Decimal("0.5")


@attrs.frozen
class Amount:
    """How many of which unit; None where no unit is named."""

    number: Decimal
    unit: str | None = None


@attrs.frozen
class Reading:
    """One way to read a piece: a name, and how many; no amount where none is said, several for 2箱3瓶."""

    name: str
    amounts: tuple[Amount, ...] = ()


@attrs.frozen
class Piece:
    """What was written of one SKU: on which line of the text, counted from 0, and how that may be read."""

    line: int
    text: str
    readings: tuple[Reading, ...]


def pieces_of(text: str) -> tuple[Piece, ...]:
    """Take a text apart.

    :raises OrderTextTooLong: if it is too long, or has more pieces than one order takes.
    """
    if len(text) > LONGEST_TEXT:
        raise OrderTextTooLong()
    found: list[Piece] = []
    for at, line in enumerate(normalize("NFKC", text).splitlines()):
        found += _columns(at, line) if "\t" in line.strip() else _words(at, line)
        if len(found) > MOST_PIECES:
            raise OrderTextTooLong()
    return tuple(found)


def number_of(text: str) -> Decimal | None:
    """Read a number: digits, 半, or a Chinese numeral below a hundred million, as it is properly written.

    What can be meant in two ways (三百五) is none.
    """
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,3})?", text, re.ASCII):
        return Decimal(text)
    if text == "半":
        return _HALF
    plain = text.replace("两", "二").replace("〇", "零")
    if plain.startswith("十"):
        plain = f"一{plain}"
    high, wan, low = plain.rpartition("万")
    value = _summed(high) * 10_000 + _summed(low) if wan else _summed(low)
    return Decimal(value) if plain and plain == in_chinese(value) else None


def _summed(text: str) -> int:
    """Add up digits and their places, whether or not that is how they are written."""
    total, digit = 0, 0
    for char in text:
        if char in _PLACES:
            total, digit = total + digit * _PLACES[char], 0
        else:
            digit = _DIGITS.get(char, 0)
    return total + digit


def in_chinese(number: int) -> str:
    """Write a whole number below a hundred million in Chinese: 320 is 三百二十."""
    high, low = divmod(number, 10_000)
    if not high:
        return _below_ten_thousand(low) or "零"
    gap = "零" if 0 < low < 1_000 else ""
    return f"{_below_ten_thousand(high)}万{gap}{_below_ten_thousand(low)}"


def _below_ten_thousand(number: int) -> str:
    written, gap = "", False
    for char, place in (*_PLACES.items(), ("", 1)):
        digit, number = divmod(number, place)
        if digit:
            written += f"{'零' if gap and written else ''}{'零一二三四五六七八九'[digit]}{char}"
        gap = not digit
    return written


def _words(at: int, line: str) -> Iterator[Piece]:
    for segment in _BREAKS.split(_BULLET.sub("", " ".join(line.split()))):
        text = segment.strip()
        if text:
            yield from _segment(at, text)


def _segment(at: int, text: str) -> Iterator[Piece]:
    """Read a part of a line between separators: amounts come after their names, or before them."""
    lower = text.lower()
    if len(lower) != len(text):
        text = lower
    runs = _runs(text, [one for one in _AMOUNT.finditer(lower) if number_of(one["number"]) is not None])
    if not runs:
        yield _piece(at, text, _bare(text))
        return
    rest = text[runs[-1][-1].end() :].strip(_EDGES)
    if rest and not text[: runs[0][0].start()].strip(_EDGES):
        ends = [*(run[0].start() for run in runs[1:]), len(text)]
        for run, end in zip(runs, ends, strict=True):
            yield _leading(at, text[run[0].start() : end].strip(), text[run[-1].end() : end], run)
        return
    if len(runs) > 1 and not text[: runs[0][0].start()].strip(_EDGES):
        # It begins with what looks like an amount and ends with one: the first is a part of a name.
        runs = runs[1:]
    begin = 0
    for run in runs:
        yield _trailing(at, text, run, begin=begin)
        begin = run[-1].end()
    if rest:
        yield _piece(at, rest, _bare(rest))


def _runs(text: str, marks: Sequence[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Group amounts between which there is nothing."""
    runs: list[list[re.Match[str]]] = []
    for mark in marks:
        if runs and not text[runs[-1][-1].end() : mark.start()].strip(_EDGES):
            runs[-1].append(mark)
        else:
            runs.append([mark])
    for run in runs[:-1]:
        # 可乐2箱 三只松鼠5袋: what stands apart and is glued to what follows is a part of the next name.
        if len(run) > 1 and text[run[-1].start() - 1] == " " != text[run[-1].end()]:
            run.pop()
    return runs


def _trailing(at: int, text: str, run: Sequence[re.Match[str]], *, begin: int) -> Piece:
    *before, last = run
    whole = text[begin : last.end()].strip()
    amounts = tuple(_amount(one) for one in run)
    ways = [Reading(text[begin : last.start()].strip(_EDGES), amounts[-1:])]
    if before:
        ways.append(Reading(text[begin : run[0].start()].strip(_EDGES), amounts))
    return _piece(at, whole, [*ways, Reading(whole.strip(_EDGES))])


def _leading(at: int, whole: str, name: str, run: Sequence[re.Match[str]]) -> Piece:
    amounts = tuple(_amount(one) for one in run)
    return _piece(at, whole, [Reading(name.strip(_EDGES), amounts), Reading(whole.strip(_EDGES))])


def _bare(text: str) -> tuple[Reading, ...]:
    """Read a text without a unit: a number at its end is an amount, one that is glued to it only perhaps."""
    whole = Reading(text.strip(_EDGES))
    apart, glued = _BARE.search(text.lower()), _GLUED.search(text)
    found = apart or glued
    if found is None or not (name := text[: found.start()].strip(_EDGES)):
        return (whole,)
    counted = Reading(name, (Amount(Decimal(found["number"])),))
    return (counted, whole) if apart else (whole, counted)


def _columns(at: int, line: str) -> Iterator[Piece]:
    """Read cells: the first number after the first cell is the amount, in its own unit or that of the next cell."""
    cells = [" ".join(cell.split()) for cell in line.split("\t")]
    for place, cell in enumerate(cells[1:], start=1):
        found = _CELL.fullmatch(cell.lower())
        if found is None or number_of(found["number"]) is None:
            continue
        amount = _amount(found)
        beside = cells[place + 1] if place + 1 < len(cells) else ""
        if amount.unit is None and beside and not any(char.isdigit() for char in beside):
            amount = Amount(amount.number, _unit(beside.lower()))
        names = [name for name in cells[:place] if name]
        yield _piece(at, " ".join(filter(None, cells)), [Reading(name, (amount,)) for name in names])
        return
    yield _piece(at, " ".join(filter(None, cells)), [Reading(name) for name in cells if name])


def _piece(at: int, text: str, readings: Sequence[Reading]) -> Piece:
    named = tuple(dict.fromkeys(one for one in readings if one.name))
    return Piece(at, text, named or (Reading(text),))


def _amount(found: re.Match[str]) -> Amount:
    number = number_of(found["number"])
    assert number is not None, "what is no number is left out before"
    return Amount(number + _HALF if found["half"] else number, _unit(found["unit"]))


def _unit(word: str | None) -> str | None:
    return None if word is None else _ALIASES.get(word, word)


@attrs.frozen
class OrderTextTooLong(DomainError):
    """The text is longer than can be read at once, or has more pieces than one order takes."""

    characters: int = LONGEST_TEXT
    pieces: int = MOST_PIECES
