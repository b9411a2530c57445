"""Resolvers of products, variants, inventory items and levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.context import Info, ShopContext, context_of
from sandbox.shopify.pages import Page, paginate, search
from sandbox.truth import Listing

Row = dict[str, object]


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
    """An inventory item's stock at the shop's one location."""

    listing: Listing


def variants_of(context: ShopContext) -> list[Listing]:
    return [x for x in context.world.listings_of("shopify", context.account.name) if x.state != "DELETED"]


def products_of(context: ShopContext) -> list[Product]:
    grouped: dict[str, list[Listing]] = {}
    for listing in variants_of(context):
        grouped.setdefault(listing.product, []).append(listing)
    return [Product(product, variants) for product, variants in grouped.items()]


def find_product(context: ShopContext, identifier: str) -> Product | None:
    number = naming.number_of(identifier, "Product")
    found = context.world.of_product("shopify", number) if number else []
    own = [x for x in found if x.account == context.account.name and x.state != "DELETED"]
    return Product(own[0].product, own) if own else None


def find_variant(context: ShopContext, identifier: str) -> Listing | None:
    number = naming.number_of(identifier, "ProductVariant")
    listing = context.world.listing("shopify", number) if number else None
    return (
        listing
        if listing and listing.account == context.account.name and listing.state != "DELETED"
        else None
    )


def find_item(context: ShopContext, identifier: str) -> Item | None:
    number = naming.number_of(identifier, "InventoryItem")
    variant = (
        find_variant(context, naming.gid("ProductVariant", naming.variant_of(number))) if number else None
    )
    return Item(variant) if variant else None


def product_page(_root: object, info: Info, **args: Any) -> Page:
    terms: dict[str, Any] = {
        "id": lambda p: p.id,
        "status": lambda p: p.head.state,
        "title": lambda p: p.head.title,
        "updated_at": lambda p: p.head.updated_at,
        "created_at": lambda p: p.head.created_at,
    }
    found = search(products_of(context_of(info)), args.get("query"), terms)
    keys: dict[str, Any] = {
        "UPDATED_AT": lambda p: p.head.updated_at,
        "CREATED_AT": lambda p: p.head.created_at,
        "TITLE": lambda p: p.head.title,
    }
    value = keys.get(args["sortKey"], lambda p: int(p.id))
    return paginate(found, args, lambda p: (value(p), int(p.id)))


def variant_page(_root: object, info: Info, **args: Any) -> Page:
    terms: dict[str, Any] = {
        "id": lambda v: v.id,
        "sku": lambda v: v.sku,
        "product_id": lambda v: v.product,
        "product_status": lambda v: v.state,
        "updated_at": lambda v: v.updated_at,
    }
    found = search(variants_of(context_of(info)), args.get("query"), terms)
    keys: dict[str, Any] = {"SKU": lambda v: v.sku, "TITLE": lambda v: v.title}
    value = keys.get(args["sortKey"], lambda v: int(v.id))
    return paginate(found, args, lambda v: (value(v), int(v.id)))


def _variants_of_product(product: Product, _info: Info, **args: Any) -> Page:
    return paginate(product.variants, args, lambda v: (int(v.id), int(v.id)))


def _image(product: Product, _info: Info) -> Row:
    number = int(product.id)
    image = {
        "id": naming.gid("ImageSource", number),
        "altText": product.head.title,
        "url": f"https://cdn.shopify.com/s/files/1/0001/{number}.jpg?v=1",
        "width": 1200,
        "height": 1200,
    }
    return {
        "id": naming.gid("MediaImage", number),
        "alt": product.head.title,
        "mediaContentType": "IMAGE",
        "status": "READY",
        "image": image,
        "preview": {"image": image, "status": "READY"},
        "mimeType": "image/jpeg",
    }


def product_of_variant(listing: Listing, info: Info) -> Product:
    return Product(listing.product, context_of(info).world.of_product("shopify", listing.product))


def _one_level(item: Item, info: Info, **args: Any) -> Level | None:
    return (
        Level(item.listing) if args["locationId"] == naming.location_gid(context_of(info).account) else None
    )


def _levels(item: Item, _info: Info, **args: Any) -> Page:
    return paginate([Level(item.listing)], args, lambda level: (int(level.listing.id), int(level.listing.id)))


def _quantities(level: Level, _info: Info, names: list[str]) -> list[Row]:
    held = {"available": level.listing.quantity, "on_hand": level.listing.quantity}
    number = naming.item_of(level.listing)
    return [
        {
            "id": f"gid://shopify/InventoryQuantity/{number}?name={name}",
            "name": name,
            "quantity": held.get(name, 0),
            "updatedAt": naming.graph_time(level.listing.updated_at),
        }
        for name in names
    ]


def _slug(product: Product, _info: Info) -> str:
    return "-".join(product.head.title.lower().split()) + f"-{product.id[-6:]}"


def location_row(info: Info) -> Row:
    account = context_of(info).account
    return {
        "id": naming.location_gid(account),
        "legacyResourceId": str(account.location),
        "name": "Shop location",
        "isActive": True,
        "fulfillsOnlineOrders": True,
        "shipsInventory": True,
        "createdAt": naming.graph_time(account.opened_at),
        "updatedAt": naming.graph_time(account.opened_at),
    }


def publication_row(info: Info) -> Row:
    return {
        "id": naming.gid("Publication", context_of(info).account.location),
        "name": "Online Store",
        "autoPublish": True,
        "supportsFuturePublishing": True,
    }


FIELDS: dict[str, dict[str, Any]] = {
    "Product": {
        "id": lambda p, _: naming.gid("Product", p.id),
        "legacyResourceId": lambda p, _: p.id,
        "title": lambda p, _: p.head.title,
        "handle": _slug,
        "status": lambda p, _: p.head.state,
        "productType": lambda _p, _: "",
        "vendor": lambda _p, info: context_of(info).account.name.split(".")[0],
        "tags": lambda _p, _: [],
        "descriptionHtml": lambda _p, _: "",
        "createdAt": lambda p, _: naming.graph_time(p.head.created_at),
        "updatedAt": lambda p, _: naming.graph_time(max(v.updated_at for v in p.variants)),
        "publishedAt": lambda p, _: naming.graph_time(p.head.created_at) if p.head.published else None,
        "totalInventory": lambda p, _: sum(v.quantity for v in p.variants),
        "tracksInventory": lambda p, _: any(v.policy != "UNTRACKED" for v in p.variants),
        "hasOnlyDefaultVariant": lambda p, _: len(p.variants) == 1,
        "hasOutOfStockVariants": lambda p, _: any(v.quantity <= 0 for v in p.variants),
        "featuredMedia": _image,
        "onlineStoreUrl": lambda p, i: (
            f"https://{p.head.account}/products/{_slug(p, i)}" if p.head.published else None
        ),
        "publishedOnPublication": lambda p, _info, **_: p.head.published,
        "resourcePublicationsCount": lambda p, _info, **_: {
            "count": int(p.head.published),
            "precision": "EXACT",
        },
        "variants": _variants_of_product,
        "variantsCount": lambda p, _info, **_: {"count": len(p.variants), "precision": "EXACT"},
    },
    "ProductVariant": {
        "id": lambda v, _: naming.gid("ProductVariant", v.id),
        "legacyResourceId": lambda v, _: v.id,
        "title": lambda _v, _: "Default Title",
        "displayName": lambda v, _: f"{v.title} - Default Title",
        "price": lambda v, _: naming.amount(v.price),
        "inventoryQuantity": lambda v, _: v.quantity,
        "inventoryPolicy": lambda v, _: "CONTINUE" if v.policy == "CONTINUE" else "DENY",
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
        "tracked": lambda i, _: i.listing.policy != "UNTRACKED",
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
        "id": lambda level, info: naming.level_gid(context_of(info).account, level.listing),
        "isActive": lambda _l, _: True,
        "canDeactivate": lambda _l, _: False,
        "item": lambda level, _: Item(level.listing),
        "location": lambda _l, info: location_row(info),
        "quantities": _quantities,
        "createdAt": lambda level, _: naming.graph_time(level.listing.created_at),
        "updatedAt": lambda level, _: naming.graph_time(level.listing.updated_at),
    },
}
