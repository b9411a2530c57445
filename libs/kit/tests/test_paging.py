"""Cursors: what we made is read back, anything else is refused in words."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from kit.errors import Invalid
from kit.paging import cursor_of, cut, decode_cursor, encode_cursor, id_of, moment_of, number_of, place_of

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_a_place_is_read_back() -> None:
    row = uuid4()
    assert place_of(cursor_of(NOW, row)) == (NOW, row)
    assert place_of(None) is None


@pytest.mark.parametrize(
    ("found", "page"), [([], ([], None)), ([1, 2], ([1, 2], None)), ([1, 2, 3], ([1, 2], 2))]
)
def test_a_page_ends_with_a_row_to_go_on_from_only_where_more_follow(
    found: list[int], page: tuple[list[int], int | None]
) -> None:
    assert cut(found, 2) == page


def test_parts_are_read_back() -> None:
    moment, row, number = decode_cursor(encode_cursor(NOW.isoformat(), str(UUID(int=7)), 5), 3)
    assert (moment_of(moment), id_of(row), number_of(number)) == (NOW, UUID(int=7), 5)


@pytest.mark.parametrize("cursor", ["nonsense", "", "é", encode_cursor("one"), encode_cursor(1, 2, 3)])
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="start at the first page"):
        decode_cursor(cursor, 2)


@pytest.mark.parametrize("part", [None, "", "yesterday", "2026-03-01T12:30:00", 7])
def test_a_part_that_is_no_time_with_a_zone_is_refused(part: str | int | None) -> None:
    with pytest.raises(Invalid, match="start at the first page"):
        moment_of(part)


@pytest.mark.parametrize("part", [None, "", "7", 7])
def test_a_part_that_is_no_id_is_refused(part: str | int | None) -> None:
    with pytest.raises(Invalid, match="start at the first page"):
        id_of(part)


@pytest.mark.parametrize("part", [None, "7", 2**31, -(2**31) - 1])
def test_a_part_that_is_no_number_of_a_table_is_refused(part: str | int | None) -> None:
    with pytest.raises(Invalid, match="start at the first page"):
        number_of(part)
