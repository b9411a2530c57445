"""What resolvers of the catalogue hand on, and how each is found by its global id."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.shopify import naming, places
from sandbox.shopify.context import ShopContext
from sandbox.truth import Listing


@dataclass(frozen=True, slots=True)
class Product:
    """A product as its variants make it; state and title are the first one's."""

    id: str
    variants: Sequence[Listing]

    @property
    def head(self) -> Listing:
        return self.variants[0]


@dataclass(frozen=True, slots=True)
class Item:
    """The inventory item of a variant."""

    listing: Listing


@dataclass(frozen=True, slots=True)
class Level:
    """An inventory item's stock at one location; "" is the shop's first."""

    listing: Listing
    place: str = ""


def product_by_number(context: ShopContext, number: str) -> Product:
    found = context.world.of_product("shopify", number)
    return Product(number, [x for x in found if x.state != "DELETED"])


def find_product(context: ShopContext, identifier: str) -> Product | None:
    number = naming.number_of(identifier, "Product")
    found = context.world.of_product("shopify", number) if number else []
    own = [x for x in found if x.account == context.account.name and x.state != "DELETED"]
    return Product(own[0].product, own) if own else None


def find_variant(context: ShopContext, identifier: str) -> Listing | None:
    number = naming.number_of(identifier, "ProductVariant")
    listing = context.world.listing("shopify", number) if number else None
    if listing is None or listing.account != context.account.name or listing.state == "DELETED":
        return None
    return listing


def find_item(context: ShopContext, identifier: str) -> Item | None:
    number = naming.number_of(identifier, "InventoryItem")
    variant = (
        find_variant(context, naming.gid("ProductVariant", naming.variant_of(number))) if number else None
    )
    return Item(variant) if variant else None


def find_level(context: ShopContext, identifier: str) -> Level | None:
    """The level whose global id this is: a location's number and an inventory item's."""
    where, _, number = identifier.partition("?inventory_item_id=")
    place = places.place_named(context.account, where.replace("InventoryLevel", "Location"))
    item = find_item(context, naming.gid("InventoryItem", number))
    return Level(item.listing, place) if item and place is not None else None
