"""Keyset paging: an opaque cursor that names the last row seen."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from kit.errors import Invalid


def encode_cursor(*parts: str | int | None) -> str:
    """An opaque cursor of the last row's sort values."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> Sequence[str | int | None]:
    """The sort values of a cursor of ours. Raises Invalid for anything else."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid(
            "bad_cursor", "This page address is not one we made; start at the first page."
        ) from error
    if not isinstance(parts, list) or len(parts) != length:
        raise Invalid("bad_cursor", "This page address is not one we made; start at the first page.")
    return parts
