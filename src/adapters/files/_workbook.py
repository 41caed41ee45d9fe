"""What is inside an .xlsx file: one worksheet as numbered lines of text."""

from __future__ import annotations

import datetime as dt
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import IO
from xml.etree import ElementTree as ET
from xml.parsers import expat

import attrs
from python_calamine import CalamineError, CalamineWorkbook

Value = int | float | str | bool | dt.date | dt.time | dt.timedelta

MAX_UNPACKED_BYTES = 400 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
"""How much of a worksheet is unpacked at once. Unpacking lets go of the interpreter's lock: often and briefly, other
threads are woken too late each time and begin to wait anew (orders stood still for half a second); seldom, they ask for
the lock after the interpreter's switch interval and get it."""
_NOT_A_WORKBOOK = "the file is not an .xlsx workbook"
_BUILT_IN_PERCENT_FORMATS = frozenset({9, 10})
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


@attrs.frozen
class BrokenWorkbook(Exception):
    """These bytes hold no worksheet that can be read."""

    reason: str


def worksheet_lines(*, content: bytes, max_lines: int, max_columns: int) -> Iterator[tuple[int, list[str]]]:
    """Yields the lines of the first visible worksheet, numbered as Excel numbers them.

    :raises BrokenWorkbook: when there is no such worksheet, or it is too large to open.
    """
    try:
        name, seen_as = _survey(content=content, max_lines=max_lines, max_columns=max_columns)
        with CalamineWorkbook.from_filelike(BytesIO(content)) as workbook:
            sheet = workbook.get_sheet_by_name(name)
            left_blank = [""] * (sheet.start[1] if sheet.start else 0)
            for line, values in enumerate(sheet.iter_rows(), start=1):
                cells = [*left_blank, *map(text_of, values)]
                for column, text in seen_as.get(line, {}).items():
                    cells[column - 1] = text
                yield line, cells
    except zipfile.BadZipFile as failure:
        if content.startswith(_COMPOUND_FILE) and _ENCRYPTED_STREAM in content:
            raise BrokenWorkbook("the workbook is encrypted") from failure
        raise BrokenWorkbook(_NOT_A_WORKBOOK) from failure
    except (
        CalamineError, ET.ParseError, expat.ExpatError, zlib.error, ArithmeticError, EOFError,
        LookupError, NotImplementedError, OSError, ValueError,
    ) as failure:  # fmt: skip
        raise BrokenWorkbook(_NOT_A_WORKBOOK) from failure
    except RuntimeError as failure:  # zipfile's way to ask for a password
        raise BrokenWorkbook("the workbook is encrypted") from failure


def text_of(value: Value) -> str:
    """Writes a cell's value as the shortest text that keeps it exactly."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return value
        case int() | float():
            return plain(Decimal(str(value)))
        case dt.timedelta():
            return str(value)
        case _:
            return value.isoformat()


def plain(number: Decimal) -> str:
    """Writes a number in full digits, without an exponent and without zeros that say nothing."""
    if not number.is_finite():
        return str(number)
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _survey(*, content: bytes, max_lines: int, max_columns: int) -> tuple[str, dict[int, dict[int, str]]]:
    """Finds the sheet to read and what calamine would lose of it, before calamine opens it."""
    # calamine allocates the whole rectangle up to the farthest cell: one stray cell in XFD1048576
    # aborts the process, so the extent is measured in the stream first.
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise BrokenWorkbook(f"the workbook unpacks to more than {MAX_UNPACKED_BYTES >> 20} MiB")
        name, part = _first_visible_worksheet(archive)
        survey = _Survey(
            max_lines=max_lines, max_columns=max_columns, percent_styles=_percent_styles(archive)
        )
        with archive.open(part) as stream:
            survey.read(stream)
    return name, survey.seen_as


def _first_visible_worksheet(archive: zipfile.ZipFile) -> tuple[str, str]:
    targets = {
        relation.attrib["Id"]: relation.attrib["Target"]
        for relation in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        if relation.attrib["Type"].endswith("/worksheet")
    }
    for element in ET.fromstring(archive.read("xl/workbook.xml")).iter():
        if _local(element.tag, "}") != "sheet" or element.get("state", "visible") != "visible":
            continue
        key = next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
        if key in targets:
            return element.attrib["name"], posixpath.join("/xl", targets[key])[1:]
    raise BrokenWorkbook("the workbook has no visible worksheet")


def _percent_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    percent_formats = {str(number) for number in _BUILT_IN_PERCENT_FORMATS}
    styles: ET.Element | None = None
    for element in ET.fromstring(archive.read("xl/styles.xml")).iter():
        match _local(element.tag, "}"):
            case "numFmt" if "%" in element.attrib["formatCode"]:
                percent_formats.add(element.attrib["numFmtId"])
            case "cellXfs":
                styles = element
    if styles is None:
        return frozenset()
    return frozenset(str(at) for at, style in enumerate(styles) if style.get("numFmtId") in percent_formats)


def _local(name: str, separator: str) -> str:
    return name.rpartition(separator)[2]


class _Survey:
    """Walks a worksheet's XML: how far it reaches, and the cells calamine does not show as Excel does."""

    def __init__(self, *, max_lines: int, max_columns: int, percent_styles: frozenset[str]) -> None:
        self.seen_as: dict[int, dict[int, str]] = {}
        self._max_lines = max_lines
        self._max_columns = max_columns
        self._percent_styles = percent_styles
        self._columns: dict[str, int] = {}
        self._line = 0
        self._column = 0
        self._kind = ""
        self._in_cell = False
        self._text: list[str] | None = None
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def read(self, stream: IO[bytes]) -> None:
        """Reads the stream to its end; other threads have their turns meanwhile."""
        while piece := stream.read(_PIECE_BYTES):
            self._parser.Parse(piece)
        self._parser.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name, ":")
        if tag == "c":
            self._enter_cell(attributes)
        elif tag == "row":
            self._line = int(attributes["r"]) if "r" in attributes else self._line + 1
            self._column = 0
        elif self._in_cell:
            # A cell without content is only formatted, and formatting may well reach the last row.
            self._check_extent()
            if tag == "v" and self._kind:
                self._text = []
                self._parser.CharacterDataHandler = self._text.append

    def _enter_cell(self, attributes: dict[str, str]) -> None:
        self._in_cell = True
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip("0123456789")
            self._line = int(reference[len(letters) :])
            self._column = self._columns.get(letters) or self._number_of(letters)
        kind = attributes.get("t", "n")
        self._kind = ""
        if kind == "e":
            self._kind = "error"
        elif kind == "n" and attributes.get("s") in self._percent_styles:
            self._kind = "percent"

    def _end(self, name: str) -> None:
        if self._text is not None:
            text = "".join(self._text)
            if self._kind == "percent" and text:
                text = f"{plain(Decimal(str(float(text))) * 100)}%"
            self.seen_as.setdefault(self._line, {})[self._column] = text
            self._text = None
            self._parser.CharacterDataHandler = None
        elif _local(name, ":") == "c":
            self._in_cell = False

    def _number_of(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha()):
            raise ValueError(letters)
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - ord("A") + 1
        self._columns[letters] = number
        return number

    def _check_extent(self) -> None:
        if self._line > self._max_lines:
            raise BrokenWorkbook(f"the worksheet goes on below line {self._max_lines:,}")
        if self._column > self._max_columns:
            raise BrokenWorkbook(f"the worksheet has over {self._max_columns:,} columns")

    def _refuse_doctype(self, *_: object) -> None:
        raise BrokenWorkbook(_NOT_A_WORKBOOK)
