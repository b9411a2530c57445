"""HTTP: which article a listing may show, and batches of links."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from kit.database import Database
from kit.http import CallerDep, WriterDep

from inventory import usecases
from inventory.routes.paging import After, Limit, cursor_of, uuid_after
from inventory.wire import suggestions as wire


def build(db: Database) -> APIRouter:
    """Routes of suggestions."""
    router = APIRouter(tags=["suggestions"])
    _add_reading(router, db)
    _add_preview(router, db)
    _add_batches(router, db)
    return router


def _add_reading(router: APIRouter, db: Database) -> None:
    @router.get("/listings/{listing_id}/suggestions")
    async def suggest_for_listing(listing_id: UUID, caller: CallerDep) -> wire.ListingSuggestions:
        """Articles that a listing may show, best first, with a score of 0 to 100 and why.

        They share a rare word of its title; words of very many articles tell none of them apart. No article is among them
        that a live listing of the same account shows. 409 `linked_already` when the listing shows an article.
        """
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.suggestions_for(uow, caller, listing_id)
        return wire.ListingSuggestions.of(found.listing, found.suggestions)

    @router.get("/suggestions")
    async def list_suggestions(
        caller: CallerDep, after: After = None, limit: Limit = 50
    ) -> wire.SuggestionPage:
        """Live listings without an article, newest first, each with the article it most likely shows."""
        before = uuid_after(after)
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.suggestions_page(uow, caller, before=before, limit=limit)
        items = [wire.BestSuggestion.of(one.listing, one.suggestions) for one in found]
        return wire.SuggestionPage(items=items, next=cursor_of([one.listing.id for one in found], limit))


def _add_preview(router: APIRouter, db: Database) -> None:
    @router.post("/suggestions/preview", status_code=201)
    async def preview_links(body: wire.PreviewBody, caller: WriterDep) -> wire.PreviewView:
        """Keep a batch of the best pairs from a score on, to be looked at and accepted by its id. Nothing is linked yet.

        Each listing is in it once, with its best article, and no article with two listings of one account. Left out is what
        two articles are as likely for, and what a person unlinked. At most 2,000 listings are looked at; `next` goes on.
        `left_out` pairs are beyond the limit: they come in the next preview from the same place, once these are accepted.
        """
        before = uuid_after(body.after)
        async with db.request(caller.tenant_id) as uow:
            made = await usecases.preview(
                uow, caller, min_score=body.min_score, limit=body.limit, before=before
            )
        following = cursor_of([made.last], 1) if made.last else None
        return wire.PreviewView.made(
            made.batch, made.pairs, looked_at=made.looked_at, left_out=made.left_out, following=following
        )


def _add_batches(router: APIRouter, db: Database) -> None:
    @router.get("/suggestions/batches/{batch_id}")
    async def get_batch(batch_id: UUID, caller: CallerDep) -> wire.BatchView:
        """A batch with what became of its pairs."""
        async with db.request(caller.tenant_id) as uow:
            return wire.BatchView.of(*await usecases.batch_of(uow, batch_id))

    @router.post("/suggestions/batches/{batch_id}/accept")
    async def accept_batch(batch_id: UUID, caller: WriterDep) -> wire.BatchView:
        """Link each pair that still stands; a pair that does not is `refused` with its reason. May be repeated.

        409 `undone` when the batch was undone.
        """
        async with db.request(caller.tenant_id) as uow:
            return wire.BatchView.of(*await usecases.accept(uow, caller, batch_id))

    @router.post("/suggestions/batches/{batch_id}/undo")
    async def undo_batch(batch_id: UUID, caller: WriterDep) -> wire.BatchView:
        """Unlink what the batch linked; the sales that came by it go back to the unmatched and free what they held.

        A pair on which something was built since `stays`, with its reason. May be repeated. 409 `not_accepted` before it was.
        """
        async with db.request(caller.tenant_id) as uow:
            return wire.BatchView.of(*await usecases.undo(uow, caller, batch_id))
