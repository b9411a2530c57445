"""Cells of CSV files that no spreadsheet takes for a formula (OWASP, CSV injection), and back again."""

from __future__ import annotations

import re

_FORMULA = "'* *[=+\\-@\t\r\n＝＋－＠]"
"""What a spreadsheet may calculate, and what already looks like such a text made safe: else it could not be read back."""
_WITHIN = "['\" \t]*[=+\\-@＝＋－＠]"
"""The same where another cell begins for a spreadsheet that parts cells by semicolons, as Europe's do, and lines anywhere."""
_BEFORE = re.compile(f"^(?={_FORMULA})|(?<=[;\r\n])(?={_WITHIN})")
_AFTER = re.compile(f"^'(?={_FORMULA})|(?<=[;\r\n])'(?={_WITHIN})")


def safe(text: str | None) -> str:
    """Text for a cell: a quote goes before what a spreadsheet could take for a formula; None is an empty cell."""
    return "" if text is None else _BEFORE.sub("'", text)


def plain(cell: str) -> str:
    """The text that `safe` made this cell of; what a person wrote without its help stays as it is."""
    return _AFTER.sub("", cell)
