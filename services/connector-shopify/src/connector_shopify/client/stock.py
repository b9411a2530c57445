"""Which stock levels a change sets, so that together they show the quantity; each one is compared."""

from __future__ import annotations

from collections.abc import Mapping

from connector_kit.domain import Call
from connector_kit.errors import STALE, CallFailed

from connector_shopify.client.problems import NO_LOCATION, NOT_MUTABLE
from connector_shopify.wire.listings import StockRefs

Quantity = Mapping[str, str | int]


def planned(refs: StockRefs, call: Call) -> list[Quantity]:
    """The `quantities` of inventorySetQuantities. Raises CallFailed where the stock can't be set or must be read first."""
    if not refs.tracked:
        raise CallFailed(NOT_MUTABLE, "not tracked")
    if not refs.levels:
        raise CallFailed(NO_LOCATION)
    levels = dict(refs.levels)
    known = sum(levels.values())
    expected = known if call.expected is None else call.expected
    if known != expected:
        if len(levels) > 1:
            raise CallFailed(STALE, "the stock of each location is not known")
        levels = dict.fromkeys(levels, expected)
    wanted = spread(levels, call.quantity)
    return [
        {
            "inventoryItemId": f"gid://shopify/InventoryItem/{refs.item}",
            "locationId": f"gid://shopify/Location/{location}",
            "quantity": wanted[location],
            "changeFromQuantity": levels[location],
        }
        for location in levels
        if wanted[location] != levels[location] or len(levels) == 1
    ]


def spread(levels: Mapping[str, int], quantity: int) -> dict[str, int]:
    """Locations keep what they have, first come first, down to the quantity; what a raise adds goes to the first."""
    wanted: dict[str, int] = {}
    left = quantity
    for location, available in levels.items():
        wanted[location] = min(max(available, 0), left)
        left -= wanted[location]
    wanted[next(iter(levels))] += left
    return wanted
