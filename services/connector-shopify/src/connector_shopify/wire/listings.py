"""A Shopify variant as the listing Soldwire keeps, with what changing its stock needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from connector_kit.domain import Amount, ListingState, SeenListing
from pydantic import AwareDatetime, BaseModel, Field, JsonValue, ValidationError

from connector_shopify.wire.base import Id, Price, Several, Stock, Words, kept, units_told
from connector_shopify.wire.graphql import Connection, Node, Ref

# Product status in lower case; UNLISTED is hidden from search but sold by its link.
STATES: dict[str, ListingState] = {
    "active": "live",
    "unlisted": "live",
    "draft": "draft",
    "archived": "ended",
}
DEFAULT_TITLE = "Default Title"
LONGEST_SKU, LONGEST_TITLE, LONGEST_URL = 255, 600, 2_000
"""Characters; Shopify allows 255 for a SKU and for each part of a title, and indexes hold no more."""


class Quantity(Node):
    """A named quantity."""

    quantity: Stock


class Level(Node):
    """Available stock at one location."""

    location: Ref
    quantities: Several[Quantity]
    updated_at: AwareDatetime | None = None

    @property
    def available(self) -> int:
        """Units to be sold there; below zero after overselling."""
        return self.quantities[0].quantity if self.quantities else 0


class Item(Node):
    """What the stock hangs on."""

    id: Id
    tracked: bool
    updated_at: AwareDatetime | None = None
    inventory_levels: Connection[Level]


class Picture(Node):
    """An image."""

    url: Words


class Preview(Node):
    """A media's preview."""

    image: Picture | None = None


class Media(Node):
    """A product's first media."""

    preview: Preview | None = None


class Product(Node):
    """A variant's product."""

    id: Id
    title: Words
    status: str
    updated_at: AwareDatetime | None = None
    vendor: Words | None = None
    online_store_url: Words | None = None
    featured_media: Media | None = None

    @property
    def picture(self) -> str | None:
        """Address of the product's picture."""
        preview = self.featured_media.preview if self.featured_media else None
        return preview.image.url if preview and preview.image else None

    @property
    def is_in_the_store(self) -> bool:
        """Whether the online store shows it; one that does not may be in other channels."""
        return STATES.get(self.status.lower()) == "live" and self.online_store_url is not None


class VariantNode(Node):
    """A variant: what Soldwire calls a listing."""

    id: Id
    title: Words
    sku: Words | None = None
    price: Price
    inventory_quantity: Stock | None = None
    inventory_policy: str
    updated_at: AwareDatetime | None = None
    inventory_item: Item
    product: Product

    @property
    def cut_off(self) -> bool:
        """Whether it is stocked at more locations than were asked for."""
        return self.inventory_item.inventory_levels.page_info.has_next_page

    @property
    def sells_anyway(self) -> bool:
        """Whether it can be bought without stock."""
        return self.inventory_policy == "CONTINUE" or not self.inventory_item.tracked

    @property
    def quantity(self) -> int:
        """Units at all its locations; what the shop says of them together where none is told."""
        levels = self.inventory_item.inventory_levels.nodes
        return sum(level.available for level in levels) if levels else self.inventory_quantity or 0

    @property
    def changed_at(self) -> datetime | None:
        """When it, or its stock anywhere, was last changed."""
        item = self.inventory_item
        told = (self.updated_at, item.updated_at, *(x.updated_at for x in item.inventory_levels.nodes))
        return max((at for at in told if at), default=None)


class Currency(Node):
    """The currency a shop's prices are in."""

    currency_code: str


class VariantData(Node):
    """Answer of Variant."""

    shop: Currency
    product_variant: VariantNode | None


class ItemVariant(Node):
    """The variant of an inventory item."""

    variant: VariantNode | None


class ItemLevels(Node):
    """A page of an inventory item's levels."""

    inventory_levels: Connection[Level]


class LevelsData(Node):
    """Answer of Levels."""

    inventory_item: ItemLevels | None


class ItemVariantData(Node):
    """Answer of ItemVariant."""

    shop: Currency
    inventory_item: ItemVariant | None


class VariantsData(Node):
    """Answer of Variants."""

    shop: Currency
    product_variants: Connection[JsonValue]
    """Read one by one, so that an odd one does not hide its neighbours."""


class VariantsCount(Node):
    """How many variants a shop has; `AT_LEAST` where it stopped counting."""

    count: int
    precision: str


class VariantsCountData(Node):
    """Answer of CountVariants."""

    product_variants_count: VariantsCount | None


class ProductIdsData(Node):
    """Answer of ChangedProducts."""

    products: Connection[Ref]


class StockRefs(BaseModel):
    """What a call that changes a variant's stock needs, as it is kept in a listing's refs.

    `levels` are available units by location as last read whole; `location` is the only one, if it is. `off_show` is the
    product's status, in lower case, while Soldwire has it off show, `off_show_at` from when another one ends that.
    `continues`: it sells at 0 by its policy.
    """

    variant: str
    product: str
    item: str
    tracked: bool
    sells_anyway: bool
    continues: bool = False
    off_show: str = ""
    off_show_at: str = ""
    location: str = ""
    levels: Mapping[str, int] = Field(default_factory=dict)

    @property
    def units(self) -> int:
        """Units at all locations together, as they are told."""
        return units_told(sum(self.levels.values()))

    def kept(self) -> dict[str, str]:
        """As refs."""
        shown = self.model_dump(mode="json", exclude={"levels"})
        flags = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in shown.items()
        }
        return {**flags, "levels": ",".join(f"{place}={units}" for place, units in self.levels.items())}


def stock_refs(refs: Mapping[str, str]) -> StockRefs | None:
    """What is kept in refs; None for a listing that was never read whole."""
    try:
        pairs = [pair.split("=") for pair in refs.get("levels", "").split(",") if pair]
        levels = {place: int(units) for place, units in pairs}
        return StockRefs.model_validate({**refs, "levels": levels})
    except (ValidationError, ValueError):
        return None


def seen_variant(
    node: VariantNode, currency: str, at: datetime, *, off_show: str = "", known_at: datetime | None = None
) -> SeenListing:
    """A variant as the Admin API shows it; `off_show` is its product's status where Soldwire took it off show.

    `known_at`: what is told of the product after that may be its seller's doing. It can be bought while any location has a
    unit, whatever others owe: a till sells what is there. What nobody could keep of it is left out (see `left_out`).
    """
    levels = {level.location.id: level.available for level in node.inventory_item.inventory_levels.nodes}
    in_stock = max((node.quantity, *levels.values())) > 0
    state = "live" if off_show else STATES.get(node.product.status.lower(), "live")
    refs = StockRefs(
        variant=node.id,
        product=node.product.id,
        item=node.inventory_item.id,
        tracked=node.inventory_item.tracked,
        sells_anyway=node.sells_anyway,
        continues=node.inventory_policy == "CONTINUE",
        off_show=off_show,
        off_show_at=known_at.isoformat() if known_at else "",
        location=next(iter(levels)) if len(levels) == 1 else "",
        levels=levels,
    )
    return SeenListing(
        aliases=(f"variant:{node.id}", f"item:{node.inventory_item.id}"),
        title=full_title(node.product.title, node.title)[:LONGEST_TITLE],
        quantity=units_told(node.quantity),
        state=state,
        buyable=state == "live" and (node.sells_anyway or in_stock),
        seen_at=at,
        sku=_short(node.sku, LONGEST_SKU),
        price=Amount(node.price, currency) if node.price is not None and is_money(currency) else None,
        vendor=_short(node.product.vendor, LONGEST_TITLE),
        url=_short(node.product.online_store_url, LONGEST_URL),
        thumbnail_url=_short(node.product.picture, LONGEST_URL),
        refs=refs.kept(),
        hidden=bool(off_show),
    )


def _short(text: str | None, longest: int) -> str | None:
    """A cut SKU is another's, a cut address leads elsewhere: one that is too long is none."""
    text = kept(text)
    return text if text is None or len(text) <= longest else None


def is_money(currency: str) -> bool:
    """Whether a price in it can be told; Shopify knows one currency of four letters, which no book is kept in."""
    return len(currency) == 3 and currency.isascii() and currency.isupper()


def gone_listing(aliases: tuple[str, ...], at: datetime) -> SeenListing:
    """A listing the shop does not know any more."""
    return SeenListing(aliases=aliases, title="", quantity=0, state="gone", buyable=False, seen_at=at)


def full_title(product: str, variant: str | None) -> str:
    """`Coat - M`; a product's only variant has no title of its own."""
    return product if variant in (None, "", DEFAULT_TITLE) else f"{product} - {variant}"
