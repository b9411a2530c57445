"""What the control API may set of a shop, and what each setting takes."""

from collections.abc import Callable, Mapping

from sandbox.marketplace import BadRequest
from sandbox.shopify import scopes

Value = int | float | str | bool | None
FAMILIES = ("x-shopify", "shopify", "both")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _yes_no(value: object) -> bool:
    return isinstance(value, bool)


def _scopes(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(scopes.read(value) or True)
    except scopes.UnknownScope:
        return False


SETTINGS: Mapping[str, Callable[[object], bool]] = {
    "token_ttl": _number,
    "maximum_available": _number,
    "restore_rate": _number,
    "max_query_cost": _number,
    "pages_end": _number,
    "bulk_at_once": _number,
    "bulk_objects_per_second": _number,
    "decline": _yes_no,
    "payments": _yes_no,
    "taxes_included": _yes_no,
    "grant_only": _scopes,
    "webhook_headers": lambda value: value in FAMILIES,
}


def checked(fields: Mapping[str, object]) -> dict[str, Value]:
    """The settings among these fields; None takes one back. Raises BadRequest for a value that it cannot take."""
    found: dict[str, Value] = {}
    for name, fits in SETTINGS.items():
        value = fields.get(name)
        if value is not None and not fits(value):
            raise BadRequest(f"{name} cannot be {value!r}")
        if name in fields:
            found[name] = value  # type: ignore[assignment]
    return found
