"""Shopify's ids, times and amounts, in the forms its two APIs write them."""

from datetime import UTC, datetime
from decimal import Decimal

from sandbox.truth import CENT, Account, Listing

VERSION = "2026-10"
PRODUCTS = 8_000_000_000_000
VARIANTS = 40_000_000_000_000
ITEMS_OVER_VARIANTS = 2_000_000_000_000
ORDERS = 5_000_000_000_000
LINES = 13_000_000_000_000
LOCATIONS = 60_000_000_000


def gid(type_name: str, number: int | str) -> str:
    return f"gid://shopify/{type_name}/{number}"


def number_of(identifier: str, type_name: str) -> str | None:
    """The digits of a global id of that type, else None."""
    prefix = f"gid://shopify/{type_name}/"
    number = identifier.removeprefix(prefix)
    return number if identifier.startswith(prefix) and number.isdecimal() else None


def part_number(owner: str, line: int) -> str:
    """The number of one line's part in a fulfilment or refund, in both APIs; `line` is its place in the order."""
    return f"{owner}{line:03d}"


def item_of(listing: Listing) -> int:
    """The inventory item's number of a variant."""
    return int(listing.id) + ITEMS_OVER_VARIANTS


def variant_of(item_number: str) -> str:
    return str(int(item_number) - ITEMS_OVER_VARIANTS)


def location_gid(account: Account) -> str:
    return gid("Location", account.location)


def level_gid(location: int, listing: Listing) -> str:
    return f"{gid('InventoryLevel', location)}?inventory_item_id={item_of(listing)}"


def graph_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rest_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def amount(value: Decimal) -> str:
    """REST money and the Money scalar: always two places."""
    return str(value.quantize(CENT))


def decimal(value: Decimal) -> str:
    """MoneyV2's Decimal: at least one place, no trailing zeros beyond it."""
    text = amount(value)
    return text[:-1] if text.endswith("0") else text
