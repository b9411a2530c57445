"""Resolvers of variants, their inventory items and the stock of these at each location."""

from typing import Any

from sandbox.shopify import naming, places
from sandbox.shopify.catalogue.things import Item, Level, Product, product_by_number
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.pages import Page, paginate
from sandbox.truth import Listing

Row = dict[str, object]


def product_of_variant(listing: Listing, info: Info) -> Product:
    return product_by_number(context_of(info), listing.product)


def _one_level(item: Item, info: Info, locationId: str, **_: Any) -> Level | None:
    place = places.location_of(context_of(info).account, locationId)
    return None if place is None else Level(item.listing, place)


def _levels(item: Item, info: Info, **args: Any) -> Page:
    known = places.places_of(context_of(info).account)
    levels = [Level(item.listing, place) for place in known]
    return paginate(levels, args, lambda level: (known[level.place], known[level.place]))


def _quantities(level: Level, info: Info, names: list[str]) -> list[Row]:
    units = level.listing.at(level.place)
    held = {"available": units, "on_hand": units}
    number = naming.item_of(level.listing)
    where = places.places_of(context_of(info).account)[level.place]
    return [
        {
            "id": f"gid://shopify/InventoryQuantity/{where}?inventory_item_id={number}&name={name}",
            "name": name,
            "quantity": held.get(name, 0),
            "updatedAt": naming.graph_time(level.listing.updated_at),
        }
        for name in names
    ]


def _level_gid(level: Level, info: Info) -> str:
    return naming.level_gid(places.places_of(context_of(info).account)[level.place], level.listing)


FIELDS: dict[str, dict[str, Any]] = {
    "ProductVariant": {
        "id": lambda v, _: naming.gid("ProductVariant", v.id),
        "legacyResourceId": lambda v, _: v.id,
        "title": lambda _v, _: "Default Title",
        "displayName": lambda v, _: f"{v.title} - Default Title",
        "price": lambda v, _: naming.amount(v.price),
        "inventoryQuantity": lambda v, _: v.quantity,
        "inventoryPolicy": lambda v, _: v.policy,
        "inventoryItem": lambda v, _: Item(v),
        "availableForSale": lambda v, _: v.buyable,
        "sellableOnlineQuantity": lambda v, _: v.quantity,
        "position": lambda _v, _: 1,
        "taxable": lambda _v, _: True,
        "product": product_of_variant,
        "createdAt": lambda v, _: naming.graph_time(v.created_at),
        "updatedAt": lambda v, _: naming.graph_time(v.updated_at),
        "barcode": lambda _v, _: None,
        "compareAtPrice": lambda _v, _: None,
    },
    "InventoryItem": {
        "id": lambda i, _: naming.gid("InventoryItem", naming.item_of(i.listing)),
        "legacyResourceId": lambda i, _: str(naming.item_of(i.listing)),
        "sku": lambda i, _: i.listing.sku,
        "tracked": lambda i, _: i.listing.tracked,
        "requiresShipping": lambda _i, _: True,
        "duplicateSkuCount": lambda i, info: (
            len(context_of(info).world.by_sku("shopify", i.listing.account, i.listing.sku)) - 1
        ),
        "inventoryLevel": _one_level,
        "inventoryLevels": _levels,
        "variant": lambda i, _: i.listing,
        "variants": lambda i, _info, **args: paginate([i.listing], args, lambda v: (int(v.id), int(v.id))),
        "createdAt": lambda i, _: naming.graph_time(i.listing.created_at),
        "updatedAt": lambda i, _: naming.graph_time(i.listing.updated_at),
    },
    "InventoryLevel": {
        "id": _level_gid,
        "isActive": lambda _l, _: True,
        "canDeactivate": lambda _l, _: False,
        "item": lambda level, _: Item(level.listing),
        "location": lambda level, info: places.location_row(context_of(info).account, level.place),
        "quantities": _quantities,
        "createdAt": lambda level, _: naming.graph_time(level.listing.created_at),
        "updatedAt": lambda level, _: naming.graph_time(level.listing.updated_at),
    },
}
