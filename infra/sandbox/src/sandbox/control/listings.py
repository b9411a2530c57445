"""Control routes of listings: put up for sale, edited and ended by the seller's own hand."""

from fastapi import APIRouter

from sandbox.control.desk import Desk, Row
from sandbox.control.models import ListingEdit, NewArticles, NewListing, Platform
from sandbox.marketplace import Errand, ListingSpec


def listing_routes(desk: Desk) -> APIRouter:
    """Open, edit and end listings."""
    router = APIRouter(prefix="/control")
    _add_opening(router, desk)
    _add_changing(router, desk)
    return router


def _add_opening(router: APIRouter, desk: Desk) -> None:
    @router.post("/{platform}/listings", status_code=201)
    async def open_listing(platform: Platform, given: NewListing) -> Row:
        account = desk.account(platform, given.account)
        spec = ListingSpec(**{**given.model_dump(), "account": account})
        return desk.describe(desk.open_listing(spec))

    @router.post("/articles", status_code=201)
    async def open_articles(given: NewArticles) -> Row:
        accounts = [desk.account(place.platform, place.account) for place in given.on]
        articles: list[Row] = []
        for number in range(given.start, given.start + given.count):
            sku = f"{given.sku_prefix}{number}"
            title = given.title if given.count == 1 else f"{given.title} {number}"
            specs = [ListingSpec(account, sku, title, given.price, given.quantity) for account in accounts]
            listings = [desk.describe(desk.open_listing(spec)) for spec in specs]
            articles.append({"sku": sku, "listings": listings})
        return {"articles": articles}


def _add_changing(router: APIRouter, desk: Desk) -> None:
    @router.patch("/{platform}/listings/{listing:path}")
    async def edit_listing(platform: Platform, listing: str, given: ListingEdit) -> Row:
        found = desk.listing(platform, listing)
        desk.edit(found, given)
        return desk.describe(found)

    @router.delete("/{platform}/listings/{listing:path}")
    async def end_listing(platform: Platform, listing: str) -> Row:
        found = desk.listing(platform, listing)
        desk.end(found, Errand())
        return desk.describe(found)
