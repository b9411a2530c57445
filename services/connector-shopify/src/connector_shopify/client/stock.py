"""Which stock levels a change sets, so that together they show the quantity; each one is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector_kit.domain import Call
from connector_kit.errors import STALE, CallFailed

from connector_shopify.client.problems import NO_LOCATION, NOT_MUTABLE
from connector_shopify.wire.listings import StockRefs

Row = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Level:
    """Units to be at one location that must hold `now` before."""

    location: str
    now: int
    wanted: int


def planned(refs: StockRefs, call: Call, *, counted: bool = True) -> list[Level]:
    """The levels to be set; none where they show it already.

    Raises CallFailed where the stock can't be set or must be read first. `counted` False: it is not, or need not be,
    counted yet, and may be stocked nowhere.
    """
    if counted and not refs.tracked:
        raise CallFailed(NOT_MUTABLE, "not tracked")
    if counted and not refs.levels:
        raise CallFailed(NO_LOCATION)
    levels = dict(refs.levels)
    expected = call.expected
    if levels and expected is not None and refs.units != expected:
        if len(levels) > 1:
            raise CallFailed(STALE, "the stock of each location is not known")
        levels = dict.fromkeys(levels, expected)
    wanted = spread(levels, call.quantity) if levels else {}
    return [
        Level(location, now, wanted[location]) for location, now in levels.items() if wanted[location] != now
    ]


def spread(levels: Mapping[str, int], quantity: int) -> dict[str, int]:
    """Locations keep what they have, first come first, down to the quantity; what a raise adds goes to the first.

    Shopify sells the sum. A location that owes units is left owing them: a raise of it is nobody's wish. At 0 none has
    any, so that whatever is owed elsewhere nothing can be bought.
    """
    owed = {location: units for location, units in levels.items() if units < 0}
    left = quantity - sum(owed.values()) if quantity else 0
    wanted: dict[str, int] = {}
    for location, units in levels.items():
        wanted[location] = units if location in owed else min(units, left)
        left -= max(wanted[location], 0)
    wanted[next((place for place in levels if place not in owed), next(iter(levels)))] += left
    return wanted


def quantities(refs: StockRefs, levels: Sequence[Level]) -> list[Row]:
    """As inventorySetQuantities takes them."""
    return [
        {
            "inventoryItemId": f"gid://shopify/InventoryItem/{refs.item}",
            "locationId": f"gid://shopify/Location/{level.location}",
            "quantity": level.wanted,
            "changeFromQuantity": level.now,
        }
        for level in levels
    ]


def adjustments(levels: Sequence[Level]) -> list[Row]:
    """As productVariantsBulkUpdate takes them."""
    return [
        {
            "locationId": f"gid://shopify/Location/{level.location}",
            "adjustment": level.wanted - level.now,
            "changeFromQuantity": level.now,
        }
        for level in levels
    ]
