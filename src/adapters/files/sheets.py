"""Tables in and out: the rows of an .xlsx or .csv file as exact text."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from adapters.files._workbook import BrokenWorkbook, worksheet_lines

if TYPE_CHECKING:
    from xlsxwriter.format import Format

Cell = str | int | Decimal | None

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200

_MAX_LINES = MAX_ROWS + 1_000  # room for blank lines; the rows themselves are counted exactly
_DELIMITERS = ",\t;"
_ZIP = b"PK\x03\x04"
"""What every workbook begins with."""
_MAX_EXACT_DIGITS = 15  # what a spreadsheet's number keeps of any decimal
# The full-width signs count: a Chinese or Japanese Excel takes them for the half-width ones.
# White space and apostrophes before a sign count too, or taking a guard off would not be unambiguous.
_NEEDS_GUARD = re.compile(r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")
_GUARDED = re.compile(f"'{_NEEDS_GUARD.pattern}")


@attrs.frozen
class UnreadableSheet(Exception):
    """This file cannot be read as a table; the reason is a sentence for the person who sent it."""

    path: Path
    reason: str

    def __str__(self) -> str:
        """Names the file and the reason."""
        return f"{self.path}: {self.reason}"


@attrs.frozen
class SheetRow:
    """One row as text, and the line of the file it stands on."""

    line: int
    cells: tuple[str, ...]


@attrs.frozen
class Sheet:
    """A table: the names of its columns and the rows below them, each as wide as the header."""

    header: tuple[str, ...]
    rows: Sequence[SheetRow]


def read_sheet(path: Path) -> Sheet:
    """Reads the first visible worksheet of an .xlsx file, or a .csv file.

    :raises UnreadableSheet: when the file is missing, too large, or not a table with a header.
    """
    ending = path.suffix.lower()
    try:
        if path.is_dir():
            raise UnreadableSheet(path=path, reason="this is a directory, not a file")
        if not path.exists():
            raise UnreadableSheet(path=path, reason="there is no such file")
        if ending not in {".xlsx", ".csv"}:
            raise UnreadableSheet(path=path, reason="only files that end in .xlsx or .csv can be read")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as failure:
        raise UnreadableSheet(path=path, reason=f"the file cannot be opened: {failure.strerror}") from failure
    if not content:
        raise UnreadableSheet(path=path, reason="the file is empty")
    if len(content) > MAX_BYTES:
        raise UnreadableSheet(path=path, reason=f"the file is larger than {MAX_BYTES >> 20} MiB")
    return _table(path=path, content=content, workbook=ending == ".xlsx")


def sheet_of(content: bytes) -> Sheet:
    """Reads the octets of an .xlsx or a .csv file, whatever it was called: what it begins with tells which it is.

    :raises UnreadableSheet: when it is too large, or not a table with a header.
    """
    path = Path("-")
    if not content:
        raise UnreadableSheet(path=path, reason="the file is empty")
    if len(content) > MAX_BYTES:
        raise UnreadableSheet(path=path, reason=f"the file is larger than {MAX_BYTES >> 20} MiB")
    return _table(path=path, content=content, workbook=content.startswith(_ZIP))


def _table(*, path: Path, content: bytes, workbook: bool) -> Sheet:
    if not workbook:
        return _sheet(path=path, lines=_csv_lines(path=path, content=content))
    try:
        lines = worksheet_lines(content=content, max_lines=_MAX_LINES, max_columns=MAX_COLUMNS)
        return _sheet(path=path, lines=lines)
    except BrokenWorkbook as failure:
        raise UnreadableSheet(path=path, reason=failure.reason) from failure


def write_sheet(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Writes a table to an .xlsx or .csv file; the same table gives the same bytes.

    :raises ValueError: when the ending is another one, or a worksheet cannot hold a cell.
    """
    match path.suffix.lower():
        case ".xlsx":
            _write_workbook(path=path, header=header, rows=rows)
        case ".csv":
            _write_csv(path=path, header=header, rows=rows)
        case ending:
            raise ValueError(f"a table cannot be written as {ending!r}")


def _sheet(*, path: Path, lines: Iterable[tuple[int, Sequence[str]]]) -> Sheet:
    header: tuple[str, ...] = ()
    rows: list[SheetRow] = []
    for line, cells in lines:
        texts = _texts(cells)
        if not texts:
            continue
        if len(texts) > MAX_COLUMNS:
            raise UnreadableSheet(path=path, reason=f"line {line} has over {MAX_COLUMNS:,} columns")
        if not header:
            header = texts
            _refuse_duplicates(path=path, header=header)
        elif len(texts) > len(header):
            # Most often a delimiter that was not quoted: every cell after it stands in the wrong column.
            reason = f"line {line} has {len(texts)} cells, but the header has {len(header)}"
            raise UnreadableSheet(path=path, reason=reason)
        elif len(rows) == MAX_ROWS:
            raise UnreadableSheet(path=path, reason=f"the table has over {MAX_ROWS:,} rows")
        else:
            rows.append(SheetRow(line=line, cells=texts + ("",) * (len(header) - len(texts))))
    if not header:
        raise UnreadableSheet(path=path, reason="the table has no header")
    return Sheet(header=header, rows=rows)


def _texts(cells: Sequence[str]) -> tuple[str, ...]:
    """Trims the cells, takes guards off, and drops the empty cells at the end."""
    texts = [_unguarded(cell.strip()) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _refuse_duplicates(*, path: Path, header: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in filter(None, header):
        if name in seen:
            raise UnreadableSheet(path=path, reason=f"two columns are named {name}")
        seen.add(name)


def _csv_lines(*, path: Path, content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(path=path, content=content)
    line = 0
    try:
        records = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        for line, record in enumerate(records, start=1):
            yield line, record
    except csv.Error as failure:
        raise UnreadableSheet(path=path, reason=f"line {line + 1} is not CSV: {failure}") from failure


def _decoded(*, path: Path, content: bytes) -> str:
    # Few texts in GB18030 are UTF-8 by accident; almost every text in UTF-8 is GB18030 by accident.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableSheet(path=path, reason="the text is neither UTF-8 nor GB18030")


def _delimiter(text: str) -> str:
    """Chooses the delimiter that splits the header into the most columns."""

    def columns(delimiter: str) -> int:
        records = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
        return next((len(record) for record in records if "".join(record).strip(f"{_DELIMITERS} ")), 0)

    return max(_DELIMITERS, key=columns)


def _guarded(text: str) -> str:
    """Marks a text that a spreadsheet would run as a formula."""
    return f"'{text}" if _NEEDS_GUARD.match(text.rstrip()) else text


def _unguarded(text: str) -> str:
    return text[1:].strip() if _GUARDED.match(text) else text


def _write_csv(*, path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    # Chinese Excel takes a file without the mark for GB18030.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        # Quoted, a name that holds a semicolon cannot be taken for two when the delimiter is guessed.
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerow(map(_guarded, header))
        writer = csv.writer(stream)
        for row in rows:
            writer.writerow([_csv_cell(value) for value in row])


def _csv_cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case str():
            return _guarded(value)
        case _:
            return _number_text(value)


def _number_text(value: int | Decimal) -> str:
    if isinstance(value, bool) or not Decimal(value).is_finite():
        raise ValueError(f"{value} is not a number for a cell")
    return format(Decimal(value), "f")


def _write_workbook(*, path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    # A server only reads tables, and need not hold what writes them.
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        # The real time of writing would make every copy of the same table a different file.
        workbook.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        worksheet = workbook.add_worksheet()
        worksheet.freeze_panes(1, 0)
        bold = workbook.add_format({"bold": True})
        by_scale: dict[int, Format] = {}
        for column, name in enumerate(header):
            _put(worksheet.write_string(0, column, _guarded(name), bold), line=1)
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if value is None or value == "":
                    continue
                if isinstance(value, str):
                    _put(worksheet.write_string(at, column, _guarded(value)), line=at + 1)
                elif not _fits_a_number(value):
                    _put(worksheet.write_string(at, column, _number_text(value)), line=at + 1)
                else:
                    scale = _scale(value)
                    if scale and scale not in by_scale:
                        by_scale[scale] = workbook.add_format({"num_format": f"0.{'0' * scale}"})
                    _put(worksheet.write(at, column, value, by_scale.get(scale)), line=at + 1)


def _put(outcome: int, *, line: int) -> None:
    if outcome:
        raise ValueError(f"a worksheet cannot hold line {line}")


def _fits_a_number(value: int | Decimal) -> bool:
    """Tells whether a spreadsheet keeps every digit of this number."""
    text = _number_text(value)
    return len(text.replace(".", "").strip("-0")) <= _MAX_EXACT_DIGITS and len(text) < 2 * _MAX_EXACT_DIGITS


def _scale(value: int | Decimal) -> int:
    return len(_number_text(value).partition(".")[2])
