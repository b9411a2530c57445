"""Domain objects in JSON columns, and rows for `jsonb_to_recordset`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

from pydantic import TypeAdapter

from connector_kit.domain import OrderLine, SeenListing

_line = TypeAdapter(OrderLine)
_seen = TypeAdapter(SeenListing)


def line_to_json(line: OrderLine) -> object:
    """An order line for a JSONB column."""
    return _line.dump_python(line, mode="json")


def line_from_json(value: object) -> OrderLine:
    """The order line a JSONB column holds."""
    return _line.validate_python(value)


def seen_to_json(seen: SeenListing) -> object:
    """A listing as seen, for a JSONB column."""
    return _seen.dump_python(seen, mode="json")


def seen_from_json(value: object) -> SeenListing:
    """The listing as seen a JSONB column holds."""
    return _seen.validate_python(value)


def as_rows(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as one JSON parameter for `jsonb_to_recordset` or `jsonb_populate_recordset`."""
    return json.dumps([dict(row) for row in rows], default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no column form")
