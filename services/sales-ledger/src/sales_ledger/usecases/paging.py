"""Cursors of pages that go by ids."""

from __future__ import annotations

from uuid import UUID

from kit.errors import Invalid


def id_of(part: object) -> UUID:
    """An id of a cursor. Raises Invalid for what is none."""
    try:
        return UUID(str(part))
    except ValueError as error:
        raise Invalid(
            "bad_cursor", "This page address is not one we made; start at the first page."
        ) from error
