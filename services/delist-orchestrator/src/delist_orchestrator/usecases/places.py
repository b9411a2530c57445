"""Where a page of steps, or a command in bulk, goes on."""

from __future__ import annotations

from kit.paging import decode_cursor, encode_cursor, id_of, moment_of, not_ours, number_of

from delist_orchestrator.store import Place


def step_cursor(place: Place) -> str:
    """The cursor that goes on after a step."""
    created_at, listing_id, version = place
    return encode_cursor(created_at.isoformat(), str(listing_id), version)


def step_place(cursor: str | None) -> Place | None:
    """Where to go on, None for the start. Raises Invalid for what is no cursor of ours."""
    if cursor is None:
        return None
    moment, listing_id, version = decode_cursor(cursor, 3)
    if (of := number_of(version)) <= 0:
        raise not_ours()
    return moment_of(moment), id_of(listing_id), of
