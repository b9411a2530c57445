"""An eBay offer as the listing Soldwire keeps, and the ids by which a sale finds it again."""

from __future__ import annotations

from datetime import datetime

from connector_kit.domain import Amount, ListingState, SeenListing

from connector_ebay.wire.offers import InventoryItem, Offer
from connector_ebay.wire.orders import LineItem

LISTING_PAGE = "https://www.ebay.com/itm/{}"


def offer_aliases(offer: Offer) -> tuple[str, ...]:
    """An offer's ids: its own, its listing's with the SKU (variations share a listing), SKU and site over relists."""
    aliases = [f"offer:{offer.offer_id}"]
    if offer.listing and offer.listing.listing_id:
        aliases.append(f"item:{offer.listing.listing_id}:{offer.sku}")
    if offer.marketplace_id:
        aliases.append(f"sku:{offer.marketplace_id}:{offer.sku}")
    return tuple(aliases)


def sold_aliases(item: LineItem) -> tuple[str, ...]:
    """The ids a sold line tells of its listing; without a SKU the listing was made outside the Inventory API."""
    aliases = [f"item:{item.legacy_item_id}:{item.sku or ''}"] if item.legacy_item_id else []
    if item.sku and item.listing_marketplace_id:
        aliases.append(f"sku:{item.listing_marketplace_id}:{item.sku}")
    return tuple(aliases)


def seen_listing(
    offer: Offer, item: InventoryItem | None, seen_at: datetime, *, was_listed: bool = False
) -> SeenListing:
    """An offer as it is shown. `was_listed` tells an ended listing from a draft where eBay tells no listing."""
    price = offer.pricing_summary.price
    listing_id = offer.listing.listing_id if offer.listing else None
    images = item.product.image_urls if item else ()
    return SeenListing(
        aliases=offer_aliases(offer),
        title=(item.product.title if item else None) or offer.sku,
        quantity=offer.available_quantity,
        state=_state(offer, was_listed=was_listed),
        buyable=offer.buyable,
        seen_at=seen_at,
        sku=offer.sku,
        price=Amount(price.value, price.currency) if price else None,
        url=LISTING_PAGE.format(listing_id) if listing_id else None,
        thumbnail_url=images[0] if images else None,
        refs={"offer": offer.offer_id, "sku": offer.sku},
    )


def gone_listing(aliases: tuple[str, ...], title: str, seen_at: datetime) -> SeenListing:
    """A listing eBay does not know any more."""
    return SeenListing(aliases=aliases, title=title, quantity=0, state="gone", buyable=False, seen_at=seen_at)


def _state(offer: Offer, *, was_listed: bool) -> ListingState:
    if offer.ended:
        return "ended"
    if offer.published:
        return "live"
    listed = offer.listing is not None and offer.listing.listing_status not in (None, "NOT_LISTED")
    return "ended" if listed or was_listed else "draft"
