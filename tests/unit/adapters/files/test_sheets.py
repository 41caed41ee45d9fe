"""Tables survive the way out and back, and what is no table is refused with a reason."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.files import sheets
from adapters.files.sheets import Cell, Sheet, SheetRow, UnreadableSheet, read_sheet, write_sheet

ENDINGS = [".xlsx", ".csv"]

# "_" and "x" make the escapes of the workbook format likely, the signs make formulas likely.
_CHARACTERS = st.one_of(
    st.sampled_from("=+-@'＝\t\r\n,;\"_x000D_商品 \u3000"),
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\ufffe\uffff"),
)
_TEXTS = st.text(_CHARACTERS, max_size=12)
_NUMBERS = st.one_of(
    st.integers(min_value=-(10**20), max_value=10**20),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e25"), max_value=Decimal("1e25")),
)


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[str], list[list[Cell]]]:
    names = _TEXTS.map(str.strip).filter(bool)
    header = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    cells = st.one_of(st.none(), _TEXTS, _NUMBERS)
    return header, draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header)), max_size=6))


def _read_back(value: Cell, text: str) -> bool:
    if isinstance(value, int | Decimal):
        return Decimal(text) == value
    return text == (value or "").strip()


@pytest.mark.parametrize("ending", ENDINGS)
@settings(deadline=None)
@given(table=_tables())
def test_what_is_written_is_read_back(ending: str, table: tuple[list[str], list[list[Cell]]]) -> None:
    header, rows = table
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"table{ending}")
        write_sheet(path, header, rows)
        sheet = read_sheet(path)
    assert sheet.header == tuple(header)
    full = {
        line: row
        for line, row in enumerate(rows, start=2)
        if any(isinstance(value, int | Decimal) or (value or "").strip() for value in row)
    }
    assert [row.line for row in sheet.rows] == list(full)
    for row in sheet.rows:
        assert len(row.cells) == len(header)
        assert all(map(_read_back, full[row.line], row.cells))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("text", ["'=", "''-1", "\t", "'\t", "\u3000'\tx", "' =x", "'", "''", "'x", "+86"])
def test_guards_come_off_once(tmp_path: Path, ending: str, text: str) -> None:
    path = tmp_path / f"table{ending}"
    write_sheet(path, ["a", "b"], [[1, text]])
    assert read_sheet(path).rows[0].cells == ("1", text.strip())


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_table_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    first, second = tmp_path / f"first{ending}", tmp_path / f"second{ending}"
    for path in (first, second):
        write_sheet(path, ["商品名称", "单价"], [["苏打水", Decimal("11.40")]])
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_bytes_on_disk_hold_no_formula(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"table{ending}"
    write_sheet(path, ["a"], [["=1+1"], ["\t=1"], [" @x"], ["＝1"], [-5]])
    if ending == ".csv":
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        assert lines == ['"a"', "'=1+1", "'\t=1", "' @x", "'＝1", "-5"]
    else:
        xml = _part(path.read_bytes(), "xl/worksheets/sheet1.xml")
        assert b"<f>" not in xml
        assert b"'=1+1" in xml
        assert b"<v>-5</v>" in xml
    assert [row.cells[0] for row in read_sheet(path).rows] == ["=1+1", "=1", "@x", "＝1", "-5"]


def test_csv_opens_in_chinese_excel(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_sheet(path, ["商品"], [[Decimal("11.40")], [Decimal("1E+3")], [7]])
    assert path.read_bytes() == '\ufeff"商品"\r\n11.40\r\n1000\r\n7\r\n'.encode()


def test_numbers_keep_their_places_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    write_sheet(path, ["单价"], [[Decimal("11.40")], [Decimal("0.1234567890123456789")]])
    assert b'formatCode="0.00"' in _part(path.read_bytes(), "xl/styles.xml")
    assert [row.cells for row in read_sheet(path).rows] == [("11.4",), ("0.1234567890123456789",)]


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), True, "x" * 32_768])
def test_what_no_cell_can_hold_is_not_written(tmp_path: Path, value: Cell) -> None:
    with pytest.raises(ValueError, match=r"cell|hold"):
        write_sheet(tmp_path / "table.xlsx", ["a"], [[value]])


def test_only_two_endings_are_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.ods"):
        write_sheet(tmp_path / "table.ods", ["a"], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_of_any_origin_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "table.CSV"
    lines = ["", "商品名称|单价 |规格", "", "\u3000苏打水㐀𠮷\u00a0|11.40|口味:原味", "||", '"两\n行"|"a""b"']
    path.write_bytes("\r\n".join(lines).replace("|", delimiter).encode(encoding))
    assert read_sheet(path) == Sheet(
        header=("商品名称", "单价", "规格"),
        rows=[
            SheetRow(line=4, cells=("苏打水㐀𠮷", "11.40", "口味:原味")),
            SheetRow(line=6, cells=("两\n行", 'a"b', "")),
        ],
    )


def test_a_quoted_delimiter_in_the_header_does_not_split_it(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('"规格;口味;容量",单价\nx,1\n', encoding="utf-8")
    assert read_sheet(path).header == ("规格;口味;容量", "单价")


def _workbook(
    path: Path, fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]
) -> Path:
    with xlsxwriter.Workbook(str(path)) as workbook:
        fill(workbook, workbook.add_worksheet())
    return path


def test_cells_of_every_kind_become_text(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook, worksheet: xlsxwriter.worksheet.Worksheet) -> None:
        worksheet.write_row(0, 0, list("abcdefghijkl"))
        for column, number in enumerate([6901234567890, 11.4, 10**22, 1e-7]):
            worksheet.write_number(1, column, number)
        worksheet.write_boolean(1, 4, True)
        worksheet.write_boolean(1, 5, False)
        moment = datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001
        for column, pattern in enumerate(["yyyy-mm-dd hh:mm", "0%", "0.000%"], start=6):
            style = workbook.add_format({"num_format": pattern})
            worksheet.write(1, column, moment if column == 6 else 0.925, style)
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        worksheet.write_datetime(1, 9, moment.replace(hour=0, minute=0), day)
        for column, result in enumerate(["#N/A", "#DIV/0!"], start=10):
            worksheet.write_formula(1, column, "=x", None, result)

    numbers = ("6901234567890", "11.4", "1" + "0" * 22, "0.0000001")
    others = ("TRUE", "FALSE", "2026-03-01T08:30:00", "92.5%", "92.5%", "2026-03-01", "#N/A", "#DIV/0!")
    assert read_sheet(_workbook(tmp_path / "a.xlsx", fill)).rows[0].cells == (*numbers, *others)


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("0.30000000000000004", "0.30000000000000004"),
        ("0.1", "0.1"),
        ("-0", "0"),
        ("6.901234567890E+12", "6901234567890"),
        ("24.0", "24"),
    ],
)
def test_floats_are_not_rounded(tmp_path: Path, stored: str, text: str) -> None:
    path = tmp_path / "table.xlsx"
    write_sheet(path, ["单价"], [[123]])
    _replace(path, "xl/worksheets/sheet1.xml", b"<v>123</v>", f"<v>{stored}</v>".encode())
    assert read_sheet(path).rows[0].cells == (text,)


def test_percent_typed_into_excel_is_not_a_price(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook, worksheet: xlsxwriter.worksheet.Worksheet) -> None:
        worksheet.write_string(0, 0, "VIP")
        worksheet.write_number(1, 0, 123, workbook.add_format({"num_format": "0%"}))

    path = _workbook(tmp_path / "a.xlsx", fill)
    _replace(path, "xl/worksheets/sheet1.xml", b"<v>123</v>", b"<v>0.94999999999999996</v>")
    assert read_sheet(path).rows[0].cells == ("95%",)


def test_a_table_may_start_anywhere(tmp_path: Path) -> None:
    def fill(_: xlsxwriter.Workbook, worksheet: xlsxwriter.worksheet.Worksheet) -> None:
        worksheet.write_row(2, 1, ["商品", "单价"])
        worksheet.write_row(4, 1, [" 苏打水\u3000", "\u00a011.40"])
        worksheet.write_formula(6, 1, "=NA()", None, "#N/A")

    assert read_sheet(_workbook(tmp_path / "a.xlsx", fill)) == Sheet(
        header=("", "商品", "单价"),
        rows=[
            SheetRow(line=5, cells=("", "苏打水", "11.40")),
            SheetRow(line=7, cells=("", "#N/A", "")),
        ],
    )


def test_the_first_visible_worksheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        hidden, shown = workbook.add_worksheet("隐藏"), workbook.add_worksheet("商品")
        hidden.write_string(0, 0, "不读")
        shown.write_string(0, 0, "名称")
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
    assert read_sheet(path).header == ("名称",)


def test_formatting_without_content_does_not_count(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook, worksheet: xlsxwriter.worksheet.Worksheet) -> None:
        bold = workbook.add_format({"bold": True})
        worksheet.write_string(0, 0, "名称")
        worksheet.write_blank(1_048_575, 16_383, None, bold)

    assert read_sheet(_workbook(tmp_path / "a.xlsx", fill)).header == ("名称",)


def _reason(path: Path) -> str:
    with pytest.raises(UnreadableSheet) as caught:
        read_sheet(path)
    assert caught.value.path == path
    assert str(caught.value) == f"{path}: {caught.value.reason}"
    return caught.value.reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xls", b"x", "only files that end in .xlsx or .csv"),
        ("table", b"x", "only files that end in .xlsx or .csv"),
        ("a.csv", b"", "the file is empty"),
        ("a.xlsx", b"", "the file is empty"),
        ("a.csv", b"\n \n,,\n\xe3\x80\x80\n", "no header"),
        ("a.csv", "\ufeff".encode(), "no header"),
        ("a.csv", b"a,b, a \n", "two columns are named a"),
        ("a.csv", b"\xff\xfea\0", "neither UTF-8 nor GB18030"),
        ("a.csv", b"a\0b\n", "neither UTF-8 nor GB18030"),
        ("a.csv", b'a,b\n1,"2\n', "line 2 is not CSV"),
        ("a.csv", b'a,b\n1,"2"3\n', "line 2 is not CSV"),
        ("a.csv", b"a\n" + b"x" * 200_000, "line 2 is not CSV"),
        ("a.csv", b"a,b\n1,2,\n1,2,3\n", "line 3 has 3 cells, but the header has 2"),
        ("a.xlsx", b"a,b\n1,2\n", "not an .xlsx workbook"),
        ("a.xlsx", b"PK\x03\x04 and then nothing", "not an .xlsx workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old .xls", "not an .xlsx workbook"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert reason in _reason(path)


def test_missing_files_and_directories_are_refused(tmp_path: Path) -> None:
    assert "no such file" in _reason(tmp_path / "a.xlsx")
    (tmp_path / "b.csv").mkdir()
    assert "directory" in _reason(tmp_path / "b.csv")


@pytest.mark.parametrize("ending", ENDINGS)
def test_empty_tables_and_double_names_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    write_sheet(path, [], [])
    assert "no header" in _reason(path)
    write_sheet(path, ["单价", "单价"], [])
    assert "two columns are named 单价" in _reason(path)


def test_zip_files_without_a_worksheet_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "not a workbook")
    assert "not an .xlsx workbook" in _reason(path)
    write_sheet(path, ["a"], [])
    _replace(path, "xl/workbook.xml", b"<sheet ", b'<sheet state="hidden" ')
    assert "no visible worksheet" in _reason(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_sheet(path, ["a"], [])
    _replace(path, "xl/worksheets/sheet1.xml", b"<worksheet", b'<!DOCTYPE x [<!ENTITY y "z">]><worksheet')
    assert "not an .xlsx workbook" in _reason(path)


def test_encrypted_workbooks_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(_compound_file("EncryptedPackage"))
    assert _reason(path) == "the workbook is encrypted"
    write_sheet(path, ["a"], [])
    # Bit 0 of the general purpose flag, in every local and central header, says "encrypted".
    content = bytearray(path.read_bytes())
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + flag] |= 1
            at = content.find(signature, at + 1)
    path.write_bytes(content)
    assert _reason(path) == "the workbook is encrypted"


@pytest.mark.parametrize("ending", ENDINGS)
def test_large_files_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    with path.open("wb") as stream:
        stream.truncate(20 * 1024 * 1024 + 1)
    assert _reason(path) == "the file is larger than 20 MiB"


def test_workbooks_that_unpack_to_too_much_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    write_sheet(path, ["a"], [])
    monkeypatch.setattr("adapters.files._workbook.MAX_UNPACKED_BYTES", 1)
    assert "unpacks to more" in _reason(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_too_many_rows_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    write_sheet(path, ["a"], [[n] for n in range(100_000)])
    assert len(read_sheet(path).rows) == sheets.MAX_ROWS
    write_sheet(path, ["a"], [[n] for n in range(100_001)])
    assert _reason(path) == "the table has over 100,000 rows"


@pytest.mark.parametrize("ending", ENDINGS)
def test_too_many_columns_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    write_sheet(path, [f"c{n}" for n in range(200)], [])
    assert len(read_sheet(path).header) == sheets.MAX_COLUMNS
    write_sheet(path, [f"c{n}" for n in range(201)], [])
    assert "over 200 columns" in _reason(path)


@pytest.mark.parametrize(
    ("line", "column", "reason"), [(1_048_575, 0, "below line 101,000"), (1, 16_383, "over 200 columns")]
)
def test_one_stray_cell_does_not_end_the_process(tmp_path: Path, line: int, column: int, reason: str) -> None:
    def fill(_: xlsxwriter.Workbook, worksheet: xlsxwriter.worksheet.Worksheet) -> None:
        worksheet.write_string(0, 0, "名称")
        worksheet.write_string(line, column, "z")

    assert reason in _reason(_workbook(tmp_path / "a.xlsx", fill))


def _part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def _replace(path: Path, name: str, old: bytes, new: bytes) -> None:
    """Rewrites one part of a workbook, to store what xlsxwriter would not."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    assert old in parts[name]
    parts[name] = parts[name].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def _compound_file(stream: str) -> bytes:
    """Makes the smallest OLE file with one stream, as Excel wraps a workbook that has a password."""
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

    def entry(name: str, kind: int, child: int) -> bytes:
        text = f"{name}\0".encode("utf-16-le")
        links = struct.pack("<BBIII", kind, 1, free, free, child)
        return struct.pack("<64sH", text, len(text)) + links + bytes(36) + struct.pack("<IQ", end, 0)

    header = struct.pack("<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
                         0, 1, 1, 0, 4096, end, 0, end, 0)  # fmt: skip
    header += struct.pack("<109I", 0, *[free] * 108)
    fat = struct.pack("<128I", fat_sector, end, *[free] * 126)
    directory = entry("Root Entry", 5, 1) + entry(stream, 2, free) + bytes(256)
    return header + fat + directory
