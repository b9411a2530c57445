"""Resolvers of products."""

from typing import Any

from sandbox.shopify import naming, places
from sandbox.shopify.catalogue.things import Product
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.pages import Page, paginate

Row = dict[str, object]


def _variants(product: Product, _info: Info, **args: Any) -> Page:
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


def _slug(product: Product, _info: Info) -> str:
    return "-".join(product.head.title.lower().split()) + f"-{product.id[-6:]}"


def vendor_of(vendor: str, shop: str) -> str:
    """A product of no vendor is the shop's own."""
    return vendor or shop.split(".")[0]


def _on(product: Product, info: Info) -> list[int]:
    return places.shown_on(context_of(info).account, product.head)


def _address(product: Product, info: Info) -> str | None:
    """Where the online store shows it, which is the first publication."""
    shown = product.head.on_show and context_of(info).account.location in _on(product, info)
    return f"https://{product.head.account}/products/{_slug(product, info)}" if shown else None


def _published_on(product: Product, info: Info, publicationId: str) -> bool:
    number = naming.number_of(publicationId, "Publication")
    return number is not None and int(number) in _on(product, info)


def _publications(product: Product, info: Info, **args: Any) -> Page:
    """`resourcePublications`; with `onlyPublished` false those it is not on as well."""
    account, on = context_of(info).account, _on(product, info)
    listed = on if args.get("onlyPublished", True) else places.publications_of(account)
    rows = [
        {
            "number": number,
            "isPublished": number in on,
            "publication": places.publication_row(account, number),
            "publishDate": naming.graph_time(product.head.created_at),
            "publishable": product,
        }
        for number in listed
    ]
    return paginate(rows, args, lambda row: (row["number"], row["number"]))


def _publications_count(product: Product, info: Info, onlyPublished: bool = True) -> Row:
    every = places.publications_of(context_of(info).account)
    return {"count": len(_on(product, info) if onlyPublished else every), "precision": "EXACT"}


FIELDS: dict[str, dict[str, Any]] = {
    "Product": {
        "id": lambda p, _: naming.gid("Product", p.id),
        "legacyResourceId": lambda p, _: p.id,
        "title": lambda p, _: p.head.title,
        "handle": _slug,
        "status": lambda p, _: p.head.state,
        "productType": lambda p, _: p.head.product_type,
        "vendor": lambda p, _: vendor_of(p.head.vendor, p.head.account),
        "tags": lambda _p, _: [],
        "descriptionHtml": lambda _p, _: "",
        "createdAt": lambda p, _: naming.graph_time(p.head.created_at),
        "updatedAt": lambda p, _: naming.graph_time(max(v.product_updated_at for v in p.variants)),
        "publishedAt": lambda p, _: naming.graph_time(p.head.created_at) if p.head.published else None,
        "totalInventory": lambda p, _: sum(v.quantity for v in p.variants if v.tracked),
        "tracksInventory": lambda p, _: any(v.tracked for v in p.variants),
        "hasOnlyDefaultVariant": lambda p, _: len(p.variants) == 1,
        "hasOutOfStockVariants": lambda p, _: any(v.tracked and v.quantity <= 0 for v in p.variants),
        "featuredMedia": _image,
        "onlineStoreUrl": _address,
        "publishedOnPublication": _published_on,
        "resourcePublications": _publications,
        "resourcePublicationsCount": _publications_count,
        "variants": _variants,
        "variantsCount": lambda p, _info, **_: {"count": len(p.variants), "precision": "EXACT"},
    },
}
