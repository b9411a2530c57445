"""HTTP: listings, which article they show, and drafts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep, WriterDep

from inventory import usecases
from inventory.wire import bodies, seller_views, views
from inventory.wire.queries import DraftQuery, ListingQuery, cursor_at

WithSales = Annotated[bool, Query(description="Send the sales it made back to the unmatched.")]


def build(db: Database) -> APIRouter:
    """Routes of listings and drafts."""
    router = APIRouter(tags=["listings"])
    _add_drafts(router, db)
    _add_listings(router, db)
    _add_linking(router, db)
    return router


def _add_listings(router: APIRouter, db: Database) -> None:
    @router.get("/listings")
    async def list_listings(caller: CallerDep, wanted: Annotated[ListingQuery, Query()]) -> views.ListingPage:
        """Listings of every account, with what they show, what they should show, and where they stand.

        What few listings have together may take several pages to find: a page may be short while `next` goes on.
        """
        async with db.request(caller.tenant_id) as uow:
            found, following = await usecases.listings_page(
                uow, caller, wanted.filter(), after=wanted.place(), limit=wanted.limit
            )
        items = [views.ListingView.of(listing) for listing in found]
        return views.ListingPage(items=items, next=cursor_at(following))


def _add_linking(router: APIRouter, db: Database) -> None:
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


def _add_drafts(router: APIRouter, db: Database) -> None:
    @router.get("/drafts", tags=["drafts"])
    async def list_drafts(
        caller: CallerDep, wanted: Annotated[DraftQuery, Query()]
    ) -> seller_views.DraftPage:
        """What has only been seen as a draft: it becomes a listing once it is for sale."""
        async with db.request(caller.tenant_id) as uow:
            found, following = await usecases.drafts_page(
                uow,
                caller,
                words=wanted.words(),
                account_id=wanted.account_id,
                after=wanted.place(),
                limit=wanted.limit,
            )
        items = [seller_views.DraftView.of(draft) for draft in found]
        return seller_views.DraftPage(items=items, next=cursor_at(following))

    @router.get("/drafts/counts", tags=["drafts"])
    async def count_drafts(caller: CallerDep) -> list[seller_views.DraftCount]:
        """How many drafts each account has."""
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.draft_counts(uow, caller)
        return [
            seller_views.DraftCount(account_id=account, platform=platform, drafts=drafts)
            for account, platform, drafts in found
        ]
