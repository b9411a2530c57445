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

HEALTH = {
    "well": Word("All well", "green", "check"),
    "new": Word("Just connected", "blue", "run"),
    "behind": Word("Behind", "amber", "clock"),
    "webhooks_unverified": Word("Notifications not trusted", "amber", "alert"),
    "webhooks_missing": Word("Notifications missing", "amber", "alert"),
    "products_refused": Word("Products refused", "amber", "alert"),
    "payouts_unreadable": Word("Payouts unread", "amber", "alert"),
    "unreachable": Word("Can’t be reached", "red", "alert"),
    "scope_missing": Word("Permission missing", "red", "alert"),
    "needs_login": Word("Sign in again", "amber", "alert"),
    "disconnected": Word("Disconnected", "grey", "cross"),
}
ACCOUNT_SENTENCE = {
    "connected": "Nothing here needs you.",
    "needs_login": "This marketplace asks you to sign in again.",
    "revoked": "This account is disconnected.",
}
"""Of marketplaces whose connector does not tell an account's health."""

CONNECTED_BY = {
    "oauth": "Signing in at Shopify",
    "token": "An access token of your own app",
    "client_credentials": "Your own app",
}
SOLD_OUT = {
    "keep": "Leave the product as it is",
    "unpublish": "Take it off your sales channels",
    "draft": "Make it a draft",
    "archive": "Archive it",
}
"""What becomes of a product once none of its variants can be bought."""
SCOPE = {
    "read_orders": "read orders",
    "read_all_orders": "read orders older than 60 days",
    "read_products": "read products",
    "write_products": "change products",
    "read_inventory": "read stock",
    "write_inventory": "change stock",
    "read_locations": "read locations",
    "read_fulfillments": "read parcels",
    "read_shopify_payments_payouts": "read payouts",
    "read_publications": "read sales channels",
    "write_publications": "change sales channels",
}
TEST_STEP = {
    "token": "Access",
    "shop": "Shop",
    "scopes": "Permissions",
    "orders": "Orders",
    "articles": "Articles",
    "webhooks": "Notifications",
    "payouts": "Payouts",
}

_AGAIN = "Nothing was changed. Start connecting again."
CONNECT_FAILED = {
    "oauth_not_configured": "Signing in at Shopify is not set up in this installation. "
    "Use an access token of your shop’s own app instead; it is asked for below.",
    "callback_forged": f"What came back did not come from Shopify. {_AGAIN}",
    "callback_late": f"Shopify’s answer took too long to get here. {_AGAIN}",
    "wrong_shop": f"Shopify answered for another shop than the one you named. {_AGAIN}",
    "state_unknown": f"Soldwire did not start this sign-in. {_AGAIN}",
    "state_used": "This sign-in was used already. If your shop is not among the accounts below, start again.",
    "state_expired": f"This sign-in took longer than ten minutes. {_AGAIN}",
    "other_session": f"This sign-in was started in another browser or before you signed in again. {_AGAIN}",
    "seller_declined": "The app was not installed in your shop, so nothing is connected. Start again when you want to.",
    "code_refused": f"Shopify does not accept this sign-in any more. {_AGAIN}",
    "scope_missing": "Your shop did not give Soldwire every permission it needs. "
    "Start again and accept all of them.",
    "account_taken": "This shop is already connected for another Soldwire customer. Disconnect it there first.",
    "being_removed": "Soldwire is just being removed from this shop, as you disconnected it. Start again in a few seconds.",
    "no_shop": "This is no Shopify shop’s name. It looks like your-shop.myshopify.com; copy it from your shop’s admin.",
    "unavailable": "Shopify or our part for it does not answer right now. If your shop is not among the accounts below, "
    "try again in a minute.",
}
"""Why a shop could not be connected, by the owner's code."""


DOUBT = {
    "unsigned": "The link that brought you here is not signed by Shopify, so Soldwire asks you first.",
    "link_forged": "The link that brought you here does not come from Shopify, so Soldwire asks you first.",
    "link_late": "The link that brought you here is too old to be trusted, so Soldwire asks you first.",
    "unavailable": "Soldwire can’t check right now whether Shopify sent you here, so it asks you first.",
}
"""Why somebody who came by a link is asked before anything begins, by the owner's code."""


def connect_failed(code: str) -> str:
    """Any code, in words."""
    return CONNECT_FAILED.get(code, f"The shop could not be connected. {_AGAIN}")


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
