"""CSV files of articles: bytes to lines and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kit.csv_cells import plain, safe
from kit.errors import Invalid

from inventory.domain.sheets import CLEAR, COLUMNS, Cell, Fault, Line

MOST_LINES = 20_000
MOST_COLUMNS = 200
"""More than that is no file of articles, and each that is unknown would be told."""
_DELIMITERS = ",;\t"
_NAMED_BY = ("sku", "article_id")


@dataclass(slots=True)
class Sheet:
    """A file's lines, and what is wrong with it before any of them says anything."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_sheet(body: bytes) -> Sheet:
    """A file as lines: UTF-8 with or without a byte order mark, cells parted by comma, semicolon or tab.

    Raises Invalid for what is no such text, is empty, or has too many lines or columns.
    """
    rows = _rows(_text(body))
    head = next(rows, None)
    if head is None:
        raise Invalid("empty_file", "The file is empty: its first line names the columns.")
    if len(head[1]) > MOST_COLUMNS:
        message = (
            f"The first line has {len(head[1])} cells: it names the columns, and there are {len(COLUMNS)}."
        )
        raise Invalid("too_many_columns", message)
    sheet = Sheet()
    names = _columns(head, sheet)
    for number, row in rows:
        if len(sheet.lines) == MOST_LINES:
            raise Invalid("too_many_lines", f"A file may have {MOST_LINES} lines: cut it into several.")
        if len(row) > len(names):
            sheet.faults.append(
                Fault(number, None, f"This line has {len(row)} cells, there are {len(names)} columns.")
            )
        cells = {name: cell for name, raw in zip(names, row, strict=False) if name and (cell := _cell(raw))}
        sheet.lines.append(Line(number, cells))
    return sheet


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"The file is not UTF-8 (byte {error.start + 1}): save it as CSV UTF-8."
        raise Invalid("not_utf8", message) from error
    if "\0" in text:
        raise Invalid("not_text", "The file holds a zero byte: save it as CSV UTF-8.")
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that say something, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield number, row
            number = reader.line_num + 1
    except csv.Error as error:
        message = f"Line {number} can't be read: a quote is open or stands where none may ({error})."
        raise Invalid("not_csv", message) from error


def _delimiter(text: str) -> str:
    """What parts the names of the columns, which have none of these in them."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=head.count)


def _columns(head: tuple[int, list[str]], sheet: Sheet) -> list[str | None]:
    """The names in order, None where a column can't be used; what is wrong with them is noted."""
    number, names = head[0], [name.strip().casefold() for name in head[1]]
    known = ", ".join(COLUMNS)
    for name in dict.fromkeys(names):
        if name not in COLUMNS:
            sheet.faults.append(
                Fault(number, name, f"There is no column {name or 'without a name'}. There are: {known}.")
            )
        elif names.count(name) > 1:
            sheet.faults.append(Fault(number, name, f"There are two columns {name}: keep one of them."))
    if not set(_NAMED_BY) & set(names):
        sheet.faults.append(
            Fault(number, "sku", "A column sku is needed: it says which article a line is about.")
        )
    return [name if name in COLUMNS else None for name in names]


def _cell(raw: str) -> Cell | None:
    """What a cell says: nothing keeps what is there, a dash alone clears it, a text that looks like a formula is a text."""
    stripped = raw.strip()
    if stripped == CLEAR.value:
        return CLEAR
    return plain(raw).strip() or None


def sheet_head() -> str:
    """The line of column names, after a byte order mark: without it spreadsheets don't take the file for UTF-8."""
    return "\ufeff" + _written([COLUMNS])


def sheet_lines(shown: Iterable[Mapping[str, str]]) -> str:
    """A line per article."""
    return _written([[safe(cells[name]) for name in COLUMNS] for cells in shown])


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
