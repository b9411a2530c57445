"""Time zones as people name them."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kit.errors import Invalid


def zone_of(name: str) -> ZoneInfo:
    """A zone by its name. Raises Invalid for one that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(
            "bad_time_zone", f"{name} is not a time zone; use one such as Europe/London."
        ) from error
