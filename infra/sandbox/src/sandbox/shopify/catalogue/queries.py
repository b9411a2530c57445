"""Pages and counts of products and variants."""

from typing import Any

from sandbox.shopify.catalogue.things import product_by_number
from sandbox.shopify.context import Info, ShopContext, context_of
from sandbox.shopify.pages import PAGES_END, Page, Shelf
from sandbox.shopify.search import Search

PRODUCT_FIELDS: dict[str, Any] = {
    "id": lambda p: int(p.id),
    "status": lambda p: p.head.state,
    "title": lambda p: p.head.title,
    "vendor": lambda p: p.head.vendor,
    "product_type": lambda p: p.head.product_type,
    "updated_at": lambda p: max(v.product_updated_at for v in p.variants),
    "created_at": lambda p: p.head.created_at,
}
VARIANT_FIELDS: dict[str, Any] = {
    "id": lambda v: int(v.id),
    "sku": lambda v: v.sku,
    "product_id": lambda v: int(v.product),
    "product_ids": lambda v: int(v.product),
    "product_status": lambda v: v.state,
    "updated_at": lambda v: v.updated_at,
}
PRODUCT_SORTS: dict[str, Any] = {
    "UPDATED_AT": PRODUCT_FIELDS["updated_at"],
    "CREATED_AT": PRODUCT_FIELDS["created_at"],
    "TITLE": PRODUCT_FIELDS["title"],
}
VARIANT_SORTS: dict[str, Any] = {"SKU": lambda v: v.sku, "TITLE": lambda v: v.title}


def _products(context: ShopContext) -> Shelf:
    indexes = context.world.shelves(context.account.name).products
    return Shelf(indexes, lambda number: product_by_number(context, number), _end(context))


def _variants(context: ShopContext) -> Shelf:
    return Shelf(context.world.shelves(context.account.name).variants, end=_end(context))


def _end(context: ShopContext) -> int:
    return int(context.account.limit("pages_end", PAGES_END))


def product_page(_root: object, info: Info, **args: Any) -> Page:
    """`products`."""
    search = Search(args.get("query"), PRODUCT_FIELDS)
    value = PRODUCT_SORTS.get(args["sortKey"], PRODUCT_FIELDS["id"])
    name = args["sortKey"].lower() if args["sortKey"] in PRODUCT_SORTS else "id"
    return _products(context_of(info)).page(search, args, name, lambda p: (value(p), int(p.id)))


def variant_page(_root: object, info: Info, **args: Any) -> Page:
    """`productVariants`."""
    search = Search(args.get("query"), VARIANT_FIELDS)
    value = VARIANT_SORTS.get(args["sortKey"], VARIANT_FIELDS["id"])
    name = args["sortKey"].lower() if args["sortKey"] in VARIANT_SORTS else "id"
    return _variants(context_of(info)).page(search, args, name, lambda v: (value(v), int(v.id)))


def variants_count(
    _root: object, info: Info, query: str | None = None, limit: int | None = None
) -> dict[str, object]:
    """`productVariantsCount`."""
    return _variants(context_of(info)).count(Search(query, VARIANT_FIELDS), limit)
