"""Shopify variants as listings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from connector_kit.domain import Amount, ListingState, SeenListing

from connector_shopify.wire.graphql import VariantNode
from connector_shopify.wire.rest import ProductBody, Variant

STATES: dict[str, ListingState] = {
    "active": "live",
    "unlisted": "live",
    "draft": "draft",
    "archived": "ended",
}
DEFAULT_TITLE = "Default Title"


def seen_variant(node: VariantNode, currency: str, at: datetime) -> SeenListing:
    """A variant as the Admin API shows it, with what changing its stock needs."""
    levels = {
        level.location.id: _available(level.quantities)
        for level in node.inventory_item.inventory_levels.nodes
    }
    sells_anyway = node.inventory_policy == "CONTINUE" or not node.inventory_item.tracked
    quantity = sum(levels.values()) if levels else node.inventory_quantity or 0
    state = STATES.get(node.product.status.lower(), "live")
    media = node.product.featured_media
    return SeenListing(
        aliases=(f"variant:{node.id}", f"item:{node.inventory_item.id}"),
        title=full_title(node.product.title, node.title),
        quantity=quantity,
        state=state,
        buyable=state == "live" and (sells_anyway or quantity > 0),
        seen_at=at,
        sku=node.sku or None,
        price=Amount(node.price, currency),
        vendor=node.product.vendor or None,
        url=node.product.online_store_url,
        thumbnail_url=media.preview.image.url if media and media.preview and media.preview.image else None,
        refs=_refs(node.product.id, node.inventory_item.id, levels, sells_anyway),
    )


def _available(quantities: tuple[object, ...]) -> int:
    return next((int(q.quantity) for q in quantities if getattr(q, "name", "") == "available"), 0)  # type: ignore[attr-defined]


def _refs(product: str, item: str, levels: Mapping[str, int], sells_anyway: bool) -> dict[str, str]:
    refs = {"product": product, "item": item, "sells_without_stock": "yes" if sells_anyway else "no"}
    if levels:
        refs["levels"] = json.dumps(levels)
        refs["location"] = next(iter(levels)) if len(levels) == 1 else ""
    return refs


def levels_of(refs: Mapping[str, str]) -> dict[str, int]:
    """Available units by location as last read whole."""
    found = json.loads(refs.get("levels", "{}"))
    return {str(location): int(available) for location, available in found.items()}


def full_title(product: str, variant: str | None) -> str:
    """`Coat - M`; a product's only variant has no title of its own."""
    return product if variant in (None, "", DEFAULT_TITLE) else f"{product} - {variant}"


def product_aliases(body: ProductBody) -> list[tuple[str, ...]]:
    """The names of a product's variants."""
    return [_aliases(variant) for variant in body.variants]


def _aliases(variant: Variant) -> tuple[str, ...]:
    item = (f"item:{variant.inventory_item_id}",) if variant.inventory_item_id else ()
    return (f"variant:{variant.id}", *item)
