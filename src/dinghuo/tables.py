"""Files as tables: what the adapters read, in the words of the core.

The libraries that read them are loaded with the first file: most servers never see one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from application.importing import Table, UnreadableTable
from dinghuo.speech import refusal

if TYPE_CHECKING:
    from adapters.files.sheets import Sheet


def table_of(content: bytes) -> Table:
    """Read an .xlsx or .csv file that was sent.

    :raises UnreadableTable: if it is neither.
    """
    from adapters.files.sheets import UnreadableSheet, sheet_of

    try:
        return _table(sheet_of(content))
    except UnreadableSheet as unreadable:
        raise UnreadableTable(unreadable.reason) from unreadable


def table_in(file: Path) -> Table:
    """Read an .xlsx or .csv file that somebody names at the command line.

    :raises CommandRefused: if it is neither.
    """
    from adapters.files.sheets import UnreadableSheet, read_sheet

    try:
        return _table(read_sheet(file))
    except UnreadableSheet as unreadable:
        raise refusal(zh=f"无法读取 {unreadable}", en=f"Cannot read {unreadable}") from unreadable


def _table(sheet: Sheet) -> Table:
    return Table(sheet.header, [(row.line, row.cells) for row in sheet.rows])
