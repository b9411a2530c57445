"""Where in a shop an order was made."""

from __future__ import annotations

from types import MappingProxyType

from connector_shopify.wire.base import kept

_CALLED = MappingProxyType({"web": "online_store", "shopify_draft_order": "draft_order"})
"""Shopify's words that say little; others (`pos`, `iphone`, `android`, an app's own) are kept."""
_LONGEST = 100


def channel(source_name: str | None) -> str | None:
    """The channel by an order's source name. A bare number is the id of the app that made it."""
    word = kept(source_name)
    if word is None:
        return None
    if word.isascii() and word.isdigit():
        return f"app:{word}"[:_LONGEST]
    return _CALLED.get(word, word)[:_LONGEST]
