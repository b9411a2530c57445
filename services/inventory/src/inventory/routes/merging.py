"""HTTP: articles that are one, an article that is two, listings to disconnect, and an article explained."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep, WriterDep

from inventory import usecases
from inventory.routes.paging import After, Limit, cursor_of_moment, moment_after
from inventory.wire import merging as wire
from inventory.wire import timeline, views

From = Annotated[UUID, Query(description="The article that would be part of this one.")]


def build(db: Database) -> APIRouter:
    """Routes of merging, splitting, disconnecting and explaining."""
    router = APIRouter()
    _add_merging(router, db)
    _add_splitting(router, db)
    _add_disconnecting(router, db)
    _add_explaining(router, db)
    return router


def _add_merging(router: APIRouter, db: Database) -> None:
    @router.get("/articles/{article_id}/merge", tags=["articles"])
    async def plan_merge(article_id: UUID, from_id: From, caller: CallerDep) -> wire.MergePlanView:
        """What merging another article into this one would do: what moves, both quantities, and accounts on which two live
        listings would show one article. 409 `merged` when one of them was merged already.
        """
        async with db.request(caller.tenant_id) as uow:
            plan = await usecases.plan_merge(uow, article_id, from_id)
        return wire.MergePlanView.of(plan.article, plan.other, plan.sales, plan.questions, plan.doubles)

    @router.post("/articles/{article_id}/merge", tags=["articles"])
    async def merge_articles(
        article_id: UUID, body: wire.MergeBody, caller: WriterDep
    ) -> views.ArticleWithListings:
        """Say that another article is this one: its listings, sales, open questions and SKU come here.

        `quantity` is how many there are for sale now, of both together: two listings of one item look like two articles of 1.
        409 `quantity_changed` when an expected quantity is no longer true, `merged` when one was merged already,
        `too_many_sales` when it has to be done the other way round.
        """
        async with db.request(caller.tenant_id) as uow:
            article = await usecases.merge_articles(
                uow,
                caller,
                article_id,
                body.from_id,
                quantity=body.quantity,
                expected=body.expected,
                from_expected=body.from_expected,
            )
            return views.ArticleWithListings.of(article)


def _add_splitting(router: APIRouter, db: Database) -> None:
    @router.post("/articles/{article_id}/split", tags=["articles"], status_code=201)
    async def split_article(
        article_id: UUID, body: wire.SplitBody, caller: WriterDep
    ) -> views.ArticleWithListings:
        """Say that some listings are an article of their own; it gets the sales they made and so many of what is for sale.

        Answers the new article. 409 `not_linked` for a listing that shows another one, `not_enough` when fewer are for sale,
        `sku_taken`, `quantity_changed`, `too_many_sales` when the other listings are to be split off instead.
        """
        new = usecases.SplitOff(body.listing_ids, body.title, body.clean_sku(), body.quantity, body.expected)
        async with db.request(caller.tenant_id) as uow:
            return views.ArticleWithListings.of(await usecases.split_article(uow, caller, article_id, new))


def _add_disconnecting(router: APIRouter, db: Database) -> None:
    @router.post("/listings/disconnect", tags=["listings"])
    async def disconnect_listings(body: wire.DisconnectBody, caller: WriterDep) -> wire.DisconnectionsView:
        """Take listings down and unlink them once they are off sale, with a result for each.

        A listing that can't be taken down stays linked and says why; asked again, it is tried again.
        """
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.disconnect(uow, caller, body.listing_ids, body.reason)
        items = [
            wire.DisconnectionView(listing_id=one.listing_id, result=one.result, reason=one.reason)
            for one in found
        ]
        return wire.DisconnectionsView(items=items)

    @router.delete("/listings/{listing_id}/disconnect", tags=["listings"])
    async def keep_listing(listing_id: UUID, caller: WriterDep) -> views.ListingView:
        """Don't disconnect a listing after all; it is put back to what is for sale. 409 `not_disconnecting` when it is not
        being disconnected, or is unlinked already.
        """
        async with db.request(caller.tenant_id) as uow:
            return views.ListingView.of(await usecases.keep_listing(uow, caller, listing_id))


def _add_explaining(router: APIRouter, db: Database) -> None:
    @router.get("/articles/{article_id}/timeline", tags=["articles"])
    async def explain_in_time(
        article_id: UUID, caller: CallerDep, after: After = None, limit: Limit = 100
    ) -> timeline.TimelineView:
        """Explain this article: all that happened to its listings, sales and stock in one timeline, latest first, and the
        one thing to do next.
        """
        before = moment_after(after)
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.timeline(uow, article_id, before=before, limit=limit)
        full = len(found.moments) == limit
        return timeline.TimelineView(
            article=views.ArticleWithListings.of(found.article),
            next_action=timeline.NextActionView.of(found.next_action),
            items=[timeline.MomentView.of(moment) for moment in found.moments],
            next=cursor_of_moment(found.moments[-1].place) if full else None,
        )
