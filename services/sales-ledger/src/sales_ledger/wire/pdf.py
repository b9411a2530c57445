"""A consignor's statement as a PDF to print: a pure function of the statement, its title and the time it was made."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from font_roboto import font_files  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from sales_ledger.domain import Statement, StatementLine
from sales_ledger.wire.statements import WORDS

_FONT = "Roboto"
_ROW = 5.0
_SMALL = 3.6
_GREY = 110
_RULE = 200
_MISSING = "�"
_NOTE = f"{_MISSING} is a letter that this print has no form for; the statement as CSV has it."
_UNSEEN = frozenset({"Cf", "Mn"})
"""Kinds of characters that are nothing by themselves: joiners, variants, marks."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table: heading, width in millimetres, where its text stands."""

    heading: str
    width: float
    align: Align


_COLUMNS = (
    _Column("Date", 22, Align.L),
    _Column("Order", 34, Align.L),
    _Column("What", 31, Align.L),
    _Column("Article and sale", 53, Align.L),
    _Column("Amount", 24, Align.R),
    _Column("Balance", 26, Align.R),
)


class _Pages(FPDF):
    """Pages with the same head and foot, in a font that has the letters of Europe's names."""

    def __init__(self, statement: Statement, title: str, made_at: datetime) -> None:
        super().__init__(format="A4")
        self._statement = statement
        self._title = title
        self._lacks_letters = False
        for style, name in (("", "Roboto"), ("B", "RobotoBold")):
            self.add_font(_FONT, style, font_files[name])
        self.set_title(title)
        self.set_creation_date(made_at)
        self.set_margin(10)
        self.set_auto_page_break(auto=True, margin=18)
        self.alias_nb_pages()
        self.add_page()

    def header(self) -> None:
        """The shop's title, whose account it is, which period, and the columns."""
        consignor, statement = self._statement.consignor.profile, self._statement
        self.write_line(self._title, 16, "B", 9)
        self.write_line(f"{consignor.name} ({consignor.code})", 11, "", 6)
        period = f"{statement.since:%Y-%m-%d %H:%M} to {statement.until:%Y-%m-%d %H:%M}"
        self.write_line(f"{period} {statement.since.tzinfo}, in {statement.currency}", 9, "", 8)
        self.set_font(_FONT, "B", 9)
        self.write_row([column.heading for column in _COLUMNS])
        self.draw_rule()

    def footer(self) -> None:
        """Which page of how many, and what a letter without a form stands for where there was one."""
        self.set_y(-14)
        self.set_font(_FONT, "", 8)
        if self._lacks_letters:
            self.cell(0, _SMALL, _NOTE, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.cell(0, _ROW, f"Page {self.page_no()} of {{nb}}", align=Align.C)

    def write_line(self, text: str, size: float, style: Literal["", "B"], height: float) -> None:
        """A line of its own, cut at the margin."""
        self.set_font(_FONT, style, size)
        self.cell(0, height, self.fitted(text, self.epw), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def write_row(self, cells: list[str]) -> None:
        """A row of the table, each text cut at its column's edge."""
        for column, text in zip(_COLUMNS, cells, strict=True):
            self.cell(column.width, _ROW, self.fitted(text, column.width), align=column.align)
        self.ln(_ROW)

    def draw_rule(self) -> None:
        """A thin line across the page."""
        self.set_draw_color(_RULE)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)
        self.ln(1)

    def fitted(self, text: str, width: float) -> str:
        """The text on one line, ending in … where it is wider than its place."""
        plain, room = self.printable(" ".join(text.split())), width - 2 * self.c_margin
        if self.get_string_width(plain) <= room:
            return plain
        short, long = 0, len(plain)
        while short < long:
            middle = (short + long + 1) // 2
            fits = self.get_string_width(plain[:middle] + "…") <= room
            short, long = (middle, long) if fits else (short, middle - 1)
        return plain[:short] + "…"

    def printable(self, text: str) -> str:
        """The text with a sign in place of each letter that the font lacks, so that none is dropped unseen."""
        forms = self.current_font.cmap  # type: ignore[union-attr]
        found = []
        for letter in unicodedata.normalize("NFC", text):
            if ord(letter) in forms:
                found.append(letter)
            elif unicodedata.category(letter) not in _UNSEEN:
                found.append(_MISSING)
        self._lacks_letters = self._lacks_letters or _MISSING in found
        return "".join(found)


def statement_pdf(statement: Statement, title: str, made_at: datetime) -> bytes:
    """The statement as a PDF of as many pages as it takes; each line names its order and its sale."""
    pages = _Pages(statement, title, made_at)
    _write_balance(pages, "Opening balance", statement.opening)
    for line in statement.lines:
        _write_line(pages, line)
    pages.draw_rule()
    _write_balance(pages, "Closing balance", statement.closing)
    return bytes(pages.output())


def _write_balance(pages: _Pages, what: str, amount: Decimal) -> None:
    pages.set_font(_FONT, "B", 9)
    before, balance = sum(column.width for column in _COLUMNS[:-1]), _COLUMNS[-1].width
    pages.cell(before, _ROW + 1, what)
    pages.cell(balance, _ROW + 1, _money(amount), align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _write_line(pages: _Pages, line: StatementLine) -> None:
    """Two rows that stay on one page: what it is, and below it the id of its sale."""
    if pages.will_page_break(_ROW + _SMALL):
        pages.add_page()
    pages.set_font(_FONT, "", 9)
    day, order, title = f"{line.at:%Y-%m-%d}", line.order_number or "", line.title or ""
    pages.write_row([day, order, WORDS[line.what], title, _money(line.amount), _money(line.balance)])
    pages.set_font(_FONT, "", 6)
    pages.set_text_color(_GREY)
    pages.set_x(pages.l_margin + sum(column.width for column in _COLUMNS[:3]))
    pages.cell(_COLUMNS[3].width, _SMALL, str(line.sale_id))
    pages.set_text_color(0)
    pages.ln(_SMALL)


def _money(amount: Decimal) -> str:
    """With a real minus and thousands apart: −1,234.50."""
    return f"{amount:,f}".replace("-", "−")
