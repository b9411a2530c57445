"""Pages by keyset: how many, and after which."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from kit.paging import decode_cursor, encode_cursor, id_of, moment_of, not_ours, number_of

_BEYOND_BIGINT = 2**63
_MOST_SOURCES = 100
_LONGEST_ID = 40

Moment = tuple[datetime, int, str]
"""A place in a timeline: time, source, and the row's own id."""

Limit = Annotated[int, Query(ge=1, le=200, description="Rows on a page.")]
After = Annotated[
    str | None, Query(description="`next` of the page before; leave it out for the first page.")
]


def uuid_after(cursor: str | None) -> UUID | None:
    """The id a page starts after. Raises Invalid."""
    return id_of(decode_cursor(cursor, 1)[0]) if cursor is not None else None


def number_after(cursor: str | None) -> int | None:
    """The number a page starts after. Raises Invalid."""
    found = decode_cursor(cursor, 1)[0] if cursor is not None else None
    if found is not None and not (isinstance(found, int) and abs(found) < _BEYOND_BIGINT):
        raise not_ours()
    return found


def cursor_of(ids: list[UUID] | list[int], limit: int) -> str | None:
    """The cursor of the page after these ids; None when they were the last."""
    if len(ids) < limit:
        return None
    last = ids[-1]
    return encode_cursor(last if isinstance(last, int) else str(last))


def moment_after(cursor: str | None) -> Moment | None:
    """The time, source and id a page of a timeline starts after. Raises Invalid."""
    if cursor is None:
        return None
    moment, source, row_id = decode_cursor(cursor, 3)
    if not 0 <= (place := number_of(source)) < _MOST_SOURCES:
        raise not_ours()
    return moment_of(moment), place, str(row_id)[:_LONGEST_ID]


def cursor_of_moment(place: Moment) -> str:
    """The cursor of the page after this place of a timeline."""
    at, source, row_id = place
    return encode_cursor(at.isoformat(), int(source), row_id)
