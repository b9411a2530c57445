"""The Inventory API's items and offers, and what changing them answers."""

from __future__ import annotations

from pydantic import Field

from connector_ebay.wire.base import Amount, Several, Stock, Wire

ON_SALE = "ACTIVE"
ENDED_STATES = frozenset({"ENDED", "EBAY_ENDED", "INACTIVE"})


class Listing(Wire):
    """The listing of a published offer."""

    listing_id: str | None = None
    listing_status: str | None = None
    sold_quantity: int | None = None


class Pricing(Wire):
    """An offer's price."""

    price: Amount | None = None


class Offer(Wire):
    """One offer: an article's terms on one eBay site."""

    offer_id: str = Field(min_length=1)
    sku: str
    marketplace_id: str | None = None
    status: str
    available_quantity: Stock = 0
    listing: Listing | None = None
    pricing_summary: Pricing = Pricing()

    @property
    def published(self) -> bool:
        """Whether it is part of a listing."""
        return self.status == "PUBLISHED"

    @property
    def ended(self) -> bool:
        """Whether its listing is over."""
        return self.listing is not None and self.listing.listing_status in ENDED_STATES

    @property
    def buyable(self) -> bool:
        """Whether a buyer can take a unit now."""
        return self.published and not self.ended and self.available_quantity > 0


class OfferPage(Wire):
    """All offers of one SKU."""

    total: int = 0
    offers: Several[Offer] = ()


class Product(Wire):
    """What the article is."""

    title: str | None = None
    image_urls: Several[str] = ()


class InventoryItem(Wire):
    """One SKU of the seller."""

    sku: str = Field(min_length=1)
    product: Product = Product()


class InventoryPage(Wire):
    """One page of items; the request's `offset` is a PAGE number here, unlike getOrders."""

    total: int = 0
    size: int = 0
    inventory_items: Several[InventoryItem] = ()
    next: str | None = None


class ErrorDetail(Wire):
    """One error as every eBay REST API writes it."""

    error_id: int = 0
    domain: str | None = None
    category: str | None = None
    message: str = ""
    long_message: str | None = None


class ErrorBody(Wire):
    """The body of a refused call."""

    errors: Several[ErrorDetail] = ()


class QuantityResult(Wire):
    """What became of one offer of a bulk update."""

    offer_id: str | None = None
    sku: str | None = None
    status_code: int
    errors: Several[ErrorDetail] = ()


class QuantityResults(Wire):
    """The answer of bulkUpdatePriceQuantity, 200 or 207."""

    responses: tuple[QuantityResult, ...] = Field(min_length=1)


class ListingReference(Wire):
    """What withdraw and publish answer."""

    listing_id: str | None = None
