"""HTTP: listings, and which article they show."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep, WriterDep

from inventory import usecases
from inventory.routes.paging import After, Limit, cursor_of, uuid_after
from inventory.wire import bodies, views

WithSales = Annotated[bool, Query(description="Send the sales it made back to the unmatched.")]
Unlinked = Annotated[bool, Query(description="Only listings that show no article.")]


def build(db: Database) -> APIRouter:
    """Routes of listings."""
    router = APIRouter(tags=["listings"])

    @router.get("/listings")
    async def list_listings(
        caller: CallerDep, unlinked: Unlinked = False, after: After = None, limit: Limit = 50
    ) -> views.ListingPage:
        """Listings of every account, with what they show and what they should show."""
        before = uuid_after(after)
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.listings_page(uow, caller, unlinked=unlinked, before=before, limit=limit)
        items = [views.ListingView.of(listing) for listing in found]
        return views.ListingPage(items=items, next=cursor_of([one.id for one in items], limit))

    @router.put("/listings/{listing_id}/article")
    async def link_listing(
        listing_id: UUID, body: bodies.LinkTo, caller: WriterDep
    ) -> views.ArticleWithListings:
        """Let a listing show an article. Its unmatched sales are held at once; every listing gets a new target.

        409 `linked_elsewhere` while it shows another article; 409 `merged` when the article was merged with another one.
        """
        async with db.request(caller.tenant_id) as uow:
            article = await usecases.link_listing(uow, caller, listing_id, body.article_id)
            return views.ArticleWithListings.of(article)

    @router.delete("/listings/{listing_id}/article")
    async def unlink_listing(
        listing_id: UUID, caller: WriterDep, with_sales: WithSales = False
    ) -> views.ListingView:
        """Let a listing stand alone. The stock stays with the article; only a person links the listing again.

        Its sales stay with the article, or go back to the unmatched and free what they held. 409 `answered` when a person
        has said what became of a unit that came back of them.
        """
        async with db.request(caller.tenant_id) as uow:
            listing = await usecases.unlink_listing(uow, caller, listing_id, with_sales=with_sales)
            return views.ListingView.of(listing)

    return router
