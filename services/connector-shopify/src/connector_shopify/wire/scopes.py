"""Permissions a shop may grant, and what is missing without each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

_NEEDED = {
    "read_orders": "Sales can't be read.",
    "read_products": "Articles can't be read.",
    "write_products": "Articles can't be taken off sale.",
    "read_inventory": "Stock can't be read.",
    "write_inventory": "Stock can't be changed.",
    "read_locations": "Stock can't be changed at the right location.",
}
_WANTED = {
    "read_all_orders": "Sales older than 60 days can't be read.",
    "read_shopify_payments_payouts": "Payouts and Shopify's fees can't be read.",
    "read_publications": "Articles can't be unpublished when they are sold out.",
    "write_publications": "Articles can't be unpublished when they are sold out.",
}


@dataclass(frozen=True, slots=True)
class MissingScope:
    """A permission that was not granted. Nothing works without a needed one."""

    scope: str
    needed: bool
    without: str


def missing_scopes(granted: Collection[str]) -> list[MissingScope]:
    """What was not granted of what we ask for; `write_x` grants `read_x`."""
    held = {*granted, *(f"read_{name[6:]}" for name in granted if name.startswith("write_"))}
    asked = [
        (scope, needed, words)
        for needed, group in ((True, _NEEDED), (False, _WANTED))
        for scope, words in group.items()
    ]
    return [MissingScope(scope, needed, words) for scope, needed, words in asked if scope not in held]
