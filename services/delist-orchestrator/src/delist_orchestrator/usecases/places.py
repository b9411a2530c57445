"""Where a page of steps, or a command in bulk, goes on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit.errors import Invalid
from kit.paging import decode_cursor, encode_cursor

from delist_orchestrator.store import Place

_LARGEST_VERSION = 2**31 - 1


def step_cursor(place: Place) -> str:
    """The cursor that goes on after a step."""
    created_at, listing_id, version = place
    return encode_cursor(created_at.isoformat(), str(listing_id), version)


def step_place(cursor: str | None) -> Place | None:
    """Where to go on, None for the start. Raises Invalid for what is no cursor of ours."""
    if cursor is None:
        return None
    moment, listing_id, version = decode_cursor(cursor, 3)
    try:
        place = datetime.fromisoformat(str(moment)), UUID(str(listing_id)), int(str(version))
    except ValueError as error:
        raise _not_ours() from error
    if place[0].tzinfo is None or not 0 < place[2] <= _LARGEST_VERSION:
        raise _not_ours()
    return place


def _not_ours() -> Invalid:
    return Invalid("bad_cursor", "This page address is not one we made; start at the first page.")
