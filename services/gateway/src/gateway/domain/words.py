"""What states are called, and how they look: data a page reads, in a seller's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["green", "amber", "red", "blue", "grey"]


@dataclass(frozen=True, slots=True)
class Word:
    """A state in a word, with the tone and icon that go with it."""

    text: str
    tone: Tone
    icon: str


UNKNOWN = Word("Unknown", "grey", "dot")

SALE_STATUS = {
    "not_paid_unconfirmed": Word("Not Paid, unconfirmed", "amber", "clock"),
    "not_paid": Word("Not Paid", "amber", "clock"),
    "complete": Word("Complete", "green", "check"),
    "paid": Word("Paid", "green", "check"),
    "owner_unknown": Word("Owner unknown", "amber", "question"),
    "cancelled": Word("Cancelled", "grey", "cross"),
    "refunded": Word("Refunded", "grey", "back"),
    "removed": Word("Removed", "grey", "cross"),
}

STEP_STATE = {
    "waiting_for_approval": Word("Waiting for you", "amber", "person"),
    "paused": Word("Paused", "amber", "pause"),
    "asked": Word("Running", "blue", "run"),
    "waiting_for_browser": Word("Waiting for your browser", "amber", "browser"),
    "done": Word("Done", "green", "check"),
    "failed": Word("Failed", "red", "alert"),
    "superseded": Word("Replaced by a newer one", "grey", "back"),
    "skipped": Word("Left for sale", "grey", "cross"),
}

ACCOUNT_STATE = {
    "connected": Word("Connected", "green", "check"),
    "needs_login": Word("Sign in again", "amber", "alert"),
    "revoked": Word("Disconnected", "red", "cross"),
}

RUN_STATE = {
    "running": Word("Running", "blue", "run"),
    "complete": Word("Complete", "green", "check"),
    "cancelled": Word("Stopped", "grey", "cross"),
    "failed": Word("Failed", "red", "alert"),
}

PLATFORM = {"shopify": "Shopify", "ebay": "eBay", "depop": "Depop", "elsewhere": "Elsewhere"}
PLATFORM_MARK = {"shopify": "S", "ebay": "e", "depop": "D", "elsewhere": "·"}
CHANNEL = {
    "online_store": "online store",
    "pos": "point of sale",
    "draft_order": "draft order",
    "iphone": "its iPhone app",
    "android": "its Android app",
}
OWNER = {"own": "Own stock", "consigned": "Consigned", "unknown": "Owner unknown"}

INTERVAL = {"hourly": "Every hour", "six_hourly": "Every 6 hours", "daily": "Once a day", "off": "Off"}

SCOPES = {
    "everything": ("Everything", "Articles and sales of every account"),
    "sales": ("Sales only", "Orders since your last refresh, and two days before"),
    "articles": ("Articles only", "Listings, prices and quantities"),
}


def channel(name: str) -> str:
    """Where on a platform it sold; an app is named by its number alone, the platform's other words stay."""
    kind, _, number = name.partition(":")
    return f"app {number}" if kind == "app" and number else CHANNEL.get(name, name)


def platform(name: str) -> str:
    """A platform as its sellers write it."""
    return PLATFORM.get(name, name.replace("_", " ").title())


STEP_SHORT = {
    "waiting_for_approval": "Your yes",
    "paused": "Paused",
    "asked": "Running",
    "waiting_for_browser": "Your browser",
    "done": "Done",
    "failed": "Failed",
    "superseded": "Replaced",
    "skipped": "Left",
}
"""The same in a chip of a table, beside a platform's mark."""

NEEDS = {
    "waiting_for_approval": "Waits for your yes to come off {platform}",
    "waiting_for_browser": "Still live on {platform} until your browser is open",
    "failed": "Could not be taken off {platform}",
    "paused": "Still live on {platform}: delisting is paused",
}
"""What a listing wants of the seller, beneath the article's title."""
