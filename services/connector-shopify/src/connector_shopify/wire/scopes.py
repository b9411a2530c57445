"""Access scopes: which Soldwire needs, which it can do without, and what is then missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

NEEDED = (
    "read_orders",
    "read_products",
    "write_products",
    "read_inventory",
    "write_inventory",
    "read_locations",
)
PAYOUTS_SCOPE = "read_shopify_payments_payouts"
_WITHOUT = {
    "read_orders": "Soldwire can't see what sells.",
    "read_products": "Soldwire can't see what is for sale.",
    "write_products": "Soldwire can't take a product down that sells without stock.",
    "read_inventory": "Soldwire can't see how many there are.",
    "write_inventory": "Soldwire can't take a sold article down.",
    "read_locations": "Soldwire can't tell where stock is kept.",
    "read_all_orders": "Sales older than 60 days stay unseen.",
    PAYOUTS_SCOPE: "Payouts and their fees stay unseen.",
    "read_fulfillments": "Tracking of parcels may come a little later.",
    "read_publications": "A sold-out product can't be taken off the sales channels.",
    "write_publications": "A sold-out product can't be taken off the sales channels.",
}
WANTED = tuple(scope for scope in _WITHOUT if scope not in NEEDED)
ASKED = (*NEEDED, *WANTED)
"""What a seller is asked for."""


@dataclass(frozen=True, slots=True)
class MissingScope:
    """A scope we were not given, and what does not work without it."""

    scope: str
    needed: bool
    without: str


def scopes_of(granted: str) -> frozenset[str]:
    """The scopes of a comma-separated list."""
    return with_reading(text for part in granted.split(",") if (text := part.strip()))


def with_reading(handles: Iterable[str]) -> frozenset[str]:
    """The scopes with what they imply: `write_x` grants `read_x`, which Shopify then leaves out of its list."""
    given = frozenset(handles)
    return given | {f"read_{scope.removeprefix('write_')}" for scope in given if scope.startswith("write_")}


def missing_scopes(granted: Collection[str]) -> list[MissingScope]:
    """What is missing of all that Soldwire asks for, what it needs first."""
    held = with_reading(granted)
    return [MissingScope(scope, scope in NEEDED, _WITHOUT[scope]) for scope in ASKED if scope not in held]


def needed_and_missing(granted: Collection[str]) -> list[str]:
    """The scopes without which a shop can't be connected."""
    return [one.scope for one in missing_scopes(granted) if one.needed]


def reason_of(missing: Collection[str]) -> str:
    """Why an account needs a new login, in the seller's words."""
    return (
        f"Shopify no longer gives Soldwire all permissions it needs. Missing: {', '.join(missing)}. "
        "Connect the shop again and accept all permissions."
    )
