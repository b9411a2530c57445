"""Cells that no spreadsheet calculates, and that are read back as what they were."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kit.csv_cells import plain, safe

LIKELY = st.text(alphabet="'\"=+-@; \t\r\n＝Ab1", max_size=8)


@given(st.one_of(st.text(max_size=20), LIKELY))
@example("'=1+1")
@example("''=1+1")
@example("'- x")
@example("'Tis")
def test_every_text_is_read_back_as_it_was(text: str) -> None:
    assert plain(safe(text)) == text


@given(LIKELY, st.sampled_from(["=", "+", "-", "@", "\t", "\r", " =", "\n", "＝", "＠"]))
def test_no_cell_starts_a_formula(text: str, start: str) -> None:
    assert safe(start + text).startswith("'")


@given(st.one_of(st.text(max_size=20), LIKELY), st.sampled_from([";", "\n", "\r\n", ";;"]))
def test_no_cell_starts_a_formula_where_cells_are_parted_by_semicolons(text: str, gap: str) -> None:
    """What such a spreadsheet makes of a line written with commas: it begins a cell at each semicolon and line."""
    line = io.StringIO()
    csv.writer(line).writerow([safe(f"Red{gap}=1+1"), safe(text)])
    for cell in re.split("[;\r\n]", line.getvalue())[1:]:
        assert not re.match('[" \t]*[=+@＝＋－＠-]', cell)


@pytest.mark.parametrize("text", ["Red jumper", "'Tis", "A-1", "1-2", "", "S; M; L", "one;\n\ntwo", "a'-b"])
def test_plain_text_is_left_alone(text: str) -> None:
    assert safe(text) == plain(text) == text


def test_nothing_is_an_empty_cell() -> None:
    assert safe(None) == ""
