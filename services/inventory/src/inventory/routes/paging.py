"""Pages by keyset: how many, and after which."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from kit.errors import Invalid
from kit.paging import decode_cursor, encode_cursor

_BEYOND_BIGINT = 2**63

Limit = Annotated[int, Query(ge=1, le=200, description="Rows on a page.")]
After = Annotated[
    str | None, Query(description="`next` of the page before; leave it out for the first page.")
]


def uuid_after(cursor: str | None) -> UUID | None:
    """The id a page starts after. Raises Invalid."""
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise Invalid(
            "bad_cursor", "This page address is not one we made; start at the first page."
        ) from error


def number_after(cursor: str | None) -> int | None:
    """The number a page starts after. Raises Invalid."""
    found = decode_cursor(cursor, 1)[0] if cursor is not None else None
    if found is not None and not (isinstance(found, int) and abs(found) < _BEYOND_BIGINT):
        raise Invalid("bad_cursor", "This page address is not one we made; start at the first page.")
    return found


def cursor_of(ids: list[UUID] | list[int], limit: int) -> str | None:
    """The cursor of the page after these ids; None when they were the last."""
    if len(ids) < limit:
        return None
    last = ids[-1]
    return encode_cursor(last if isinstance(last, int) else str(last))
