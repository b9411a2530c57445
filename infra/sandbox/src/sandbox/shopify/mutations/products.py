"""Mutations of a product as a whole: its status and title, and where it is published."""

from typing import Any

from sandbox.shopify import naming, places
from sandbox.shopify.catalogue import Product, find_product
from sandbox.shopify.context import ShopContext, context_of
from sandbox.truth import Listing

Row = dict[str, Any]


def product_update(_root: object, info: Any, product: Row | None = None) -> Row:
    """`productUpdate`: what is given of it; the status takes every variant with it."""
    context = context_of(info)
    given = product or {}
    found = find_product(context, given.get("id") or "")
    if found is None:
        return {"product": None, "userErrors": [{"field": ["id"], "message": "Product does not exist"}]}
    for listing in found.variants:
        _update(context, listing, given)
    return {"product": found, "userErrors": []}


def _update(context: ShopContext, listing: Listing, given: Row) -> None:
    def apply() -> None:
        listing.state = given.get("status") or listing.state
        listing.title = given.get("title") or listing.title
        listing.vendor = given.get("vendor") or listing.vendor
        listing.product_type = given.get("productType", listing.product_type) or ""

    shown = given.get("status", listing.state) in ("ACTIVE", "UNLISTED")
    context.visit.change(
        listing,
        listing.quantity if shown else 0,
        apply,
        lambda: context.stock_changed(listing),
        of_product=True,
    )


def unpublish(_root: object, info: Any, id: str, input: list[Row]) -> Row:
    """`publishableUnpublish`: takes a product off the publications named."""
    return _publish(info, id, input, show=False)


def publish(_root: object, info: Any, id: str, input: list[Row]) -> Row:
    """`publishablePublish`: puts a product on the publications named."""
    return _publish(info, id, input, show=True)


def _publish(info: Any, identifier: str, publications: list[Row], *, show: bool) -> Row:
    context = context_of(info)
    found = find_product(context, identifier)
    known = {naming.gid("Publication", number): number for number in places.publications_of(context.account)}
    named = [row.get("publicationId") or "" for row in publications]
    errors: list[Row] = []
    if found is None:
        errors.append({"field": ["id"], "message": "Resource does not exist"})
    for index, one in enumerate(named):
        if one not in known:
            text = "Publication does not exist or is not publishable"
            errors.append({"field": ["input", str(index), "publicationId"], "message": text})
    if found is not None and not errors:
        numbers = {known[one] for one in named}
        for listing in found.variants:
            _show(context, listing, numbers, show)
    return {
        "publishable": found if isinstance(found, Product) and not errors else None,
        "shop": context.account,
        "userErrors": errors,
    }


def _show(context: ShopContext, listing: Listing, numbers: set[int], show: bool) -> None:
    left = set(places.shown_on(context.account, listing)) - numbers
    context.visit.change(
        listing,
        listing.quantity if show or left else 0,
        lambda: places.show_on(context.account, listing, numbers, show=show),
        lambda: context.stock_changed(listing),
        of_product=True,
    )
