"""Cells of CSV files that no spreadsheet takes for a formula (OWASP, CSV injection), and back again."""

from __future__ import annotations

import re

_FORMULA = re.compile("'* *[=+\\-@\t\r\n＝＋－＠]")
"""What a spreadsheet may calculate, and what already looks like such a text made safe: else it could not be read back."""


def safe(text: str | None) -> str:
    """Text for a cell: a quote goes before what a spreadsheet could take for a formula; None is an empty cell."""
    if text is None:
        return ""
    return f"'{text}" if _FORMULA.match(text) else text


def plain(cell: str) -> str:
    """The text that `safe` made this cell of; what a person wrote without its help stays as it is."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell
