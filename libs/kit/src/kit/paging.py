"""Keyset paging: an opaque cursor that names the last row seen."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from kit.errors import Invalid

T = TypeVar("T")


def not_ours() -> Invalid:
    """The refusal of what is no cursor of ours."""
    return Invalid("bad_cursor", "This page address is not one we made; start at the first page.")


def cut(found: Sequence[T], limit: int) -> tuple[list[T], T | None]:
    """A page of rows that were asked for with one more than its limit, and its last row where more follow."""
    page = list(found[:limit])
    return page, page[-1] if len(found) > limit else None


def encode_cursor(*parts: str | int | None) -> str:
    """An opaque cursor of the last row's sort values."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> Sequence[str | int | None]:
    """The sort values of a cursor of ours. Raises Invalid for anything else."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise not_ours() from error
    if (
        not isinstance(parts, list)
        or len(parts) != length
        or not all(isinstance(p, str | int | None) for p in parts)
    ):
        raise not_ours()
    return parts


def cursor_of(moment: datetime, row_id: UUID) -> str:
    """The cursor of a page that ends with this row, where rows are sorted by time and id."""
    return encode_cursor(moment.isoformat(), str(row_id))


def id_of(part: str | int | None) -> UUID:
    """A part of a cursor that is an id. Raises Invalid for what is none."""
    try:
        return UUID(str(part))
    except ValueError as error:
        raise not_ours() from error


def moment_of(part: str | int | None) -> datetime:
    """A part of a cursor that is a time with its zone. Raises Invalid for what is none."""
    try:
        found = datetime.fromisoformat(str(part))
    except ValueError as error:
        raise not_ours() from error
    if found.tzinfo is None:
        raise not_ours()
    return found


def number_of(part: str | int | None) -> int:
    """A part of a cursor that is a number a table's integer holds. Raises Invalid for what is none."""
    if not isinstance(part, int) or not -(2**31) <= part < 2**31:
        raise not_ours()
    return part


def place_of(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The time and id a page starts after, None for the first page. Raises Invalid for what is no cursor of ours."""
    if cursor is None:
        return None
    moment, row_id = decode_cursor(cursor, 2)
    return moment_of(moment), id_of(row_id)
