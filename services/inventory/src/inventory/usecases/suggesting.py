"""Articles for listings that have none: suggested, previewed as a batch, accepted, undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.errors import NotFound, Refused
from kit.ids import new_id
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store, wire
from inventory.domain import (
    Article,
    Batch,
    Hold,
    Listing,
    Pair,
    PairResult,
    SaleLine,
    Suggestion,
    pair_off,
    refusal,
    suggest,
    undo_refusal,
)
from inventory.store import Stock
from inventory.usecases.common import finish, no_such_listing, sell_waiting
from inventory.usecases.linking import ANSWERED, leave, sales_of, was_answered

MOST_LOOKED_AT = 2000
"""Listings that one preview goes through; the next goes on where it ended."""
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Ranked:
    """A listing without an article, and what it may show, best first."""

    listing: Listing
    suggestions: Sequence[Suggestion]


@dataclass(frozen=True, slots=True)
class Preview:
    """A batch with its pairs, how many listings were looked at for it, how many pairs of them are more than were asked for,
    and the listing to go on after.
    """

    batch: Batch
    pairs: Sequence[Pair]
    looked_at: int
    left_out: int
    last: UUID | None


async def suggestions_for(uow: UnitOfWork, caller: Caller, listing_id: UUID) -> Ranked:
    """What a listing may show, best first. Raises NotFound, and Refused for one that shows an article."""
    listing = (await store.listings_of(uow, [listing_id])).get(listing_id)
    if listing is None:
        raise no_such_listing()
    if listing.article_id is not None:
        message = "The listing shows an article already."
        raise Refused("linked_already", message, article_id=str(listing.article_id))
    return (await _rank(uow, caller, [listing]))[0]


async def suggestions_page(
    uow: UnitOfWork, caller: Caller, *, before: UUID | None, limit: int
) -> list[Ranked]:
    """Live listings without an article, newest first, with what they may show."""
    page = await store.alone_page(uow, caller.tenant_id, before=before, limit=limit, kept_apart=True)
    return await _rank(uow, caller, page)


async def _rank(uow: UnitOfWork, caller: Caller, listings: Sequence[Listing]) -> list[Ranked]:
    candidates = await store.candidates_for(uow, caller.tenant_id, listings)
    return [Ranked(one, suggest(one, candidates.get(one.id, ()), wire.alike)) for one in listings]


async def preview(
    uow: UnitOfWork, caller: Caller, *, min_score: int, limit: int, before: UUID | None
) -> Preview:
    """Keep a batch of the best pairs from a score on. Listings that a person unlinked stay out of it."""
    ranked: list[Ranked] = []
    last = before
    while len(ranked) < MOST_LOOKED_AT:
        page = await store.alone_page(uow, caller.tenant_id, before=last, limit=_PAGE, kept_apart=False)
        ranked += await _rank(uow, caller, page)
        last = page[-1].id if len(page) == _PAGE else None
        pairs = pair_off((one.suggestions for one in ranked), min_score)
        if last is None or len(pairs) >= limit:
            break
    batch = Batch(new_id(), caller.tenant_id, min_score, uow.now, caller.user_id)
    listings = {one.listing.id: one.listing for one in ranked}
    kept = [Pair.of(batch, n, listings[one.listing_id], one) for n, one in enumerate(pairs[:limit])]
    await store.save_batch(uow, batch)
    await store.save_pairs(uow, kept)
    return Preview(batch, kept, len(ranked), len(pairs) - len(kept), last)


async def batch_of(uow: UnitOfWork, batch_id: UUID) -> tuple[Batch, list[Pair]]:
    """A batch with what became of its pairs. Raises NotFound."""
    return await _batch(uow, batch_id), await store.pairs_of(uow, batch_id)


async def _batch(uow: UnitOfWork, batch_id: UUID, *, lock: bool = False) -> Batch:
    found = await store.batch(uow, batch_id, lock=lock)
    if found is None:
        raise NotFound("no_such_batch", "There is no such batch of suggestions.")
    return found


async def accept(uow: UnitOfWork, caller: Caller, batch_id: UUID) -> tuple[Batch, list[Pair]]:
    """Link each pair that still stands; the others say why not. Accepted again, it answers what became of it."""
    batch = await _batch(uow, batch_id, lock=True)
    if batch.undone_at is not None:
        raise Refused("undone", "This batch was undone. Make a new preview.")
    if batch.accepted_at is not None:
        return batch, await store.pairs_of(uow, batch_id)
    await store.lock_policies(uow, {caller.tenant_id})
    pairs = await store.pairs_of(uow, batch_id)
    stock, listings = await _in_hand(uow, pairs)
    waiting = await _link(uow, stock, listings, pairs)
    await sell_waiting(uow, stock, waiting)
    await finish(uow, stock.articles.values(), caller)
    batch.accepted_at, batch.accepted_by = uow.now, caller.user_id
    await _keep(uow, batch, pairs)
    return batch, pairs


async def _in_hand(uow: UnitOfWork, pairs: Sequence[Pair]) -> tuple[Stock, dict[UUID, Listing]]:
    """The articles and listings of pairs, locked."""
    wanted = {pair.article_id: store.EVERY_SALE for pair in pairs}
    stock = await store.lock(uow, wanted, named=[pair.listing_id for pair in pairs])
    linked = (listing for article in stock.articles.values() for listing in article.linked)
    return stock, {listing.id: listing for listing in linked} | stock.alone


async def _link(
    uow: UnitOfWork, stock: Stock, listings: dict[UUID, Listing], pairs: Sequence[Pair]
) -> list[tuple[Article, SaleLine]]:
    """Link what stands; returns the sales that waited for it."""
    ids = [pair.listing_id for pair in pairs]
    held = await store.sales_between(uow, stock.articles.keys(), ids)
    linked: dict[UUID, Article] = {}
    for pair in pairs:
        listing, article = listings.get(pair.listing_id), stock.articles.get(pair.article_id)
        reason = refusal(pair, listing, article)
        if reason is not None or listing is None or article is None:
            pair.ends(PairResult.REFUSED, reason)
            continue
        was_open = article.is_open
        stock.settle_in(listing, article)
        article.link(listing, uow.now, by_person=True)
        pair.ends(PairResult.LINKED)
        pair.opened, pair.kept_sales = (
            article.is_open and not was_open,
            held.get((listing.id, article.id), ()),
        )
        linked[listing.id] = article
    waiting = await store.waiting_sales(uow, linked.keys(), set())
    return [(linked[line.listing_id], line) for line in waiting if line.listing_id in linked]


async def undo(uow: UnitOfWork, caller: Caller, batch_id: UUID) -> tuple[Batch, list[Pair]]:
    """Unlink what a batch linked, and send the sales that came by it back to the unmatched.

    Refused before it was accepted. A pair on which something else was built since stays, and says why.
    """
    batch = await _batch(uow, batch_id, lock=True)
    if batch.accepted_at is None:
        raise Refused("not_accepted", "This batch was not accepted: there is nothing to undo.")
    if batch.undone_at is not None:
        return batch, await store.pairs_of(uow, batch_id)
    await store.lock_policies(uow, {caller.tenant_id})
    pairs = await store.pairs_of(uow, batch_id)
    linked = [pair for pair in pairs if pair.result is PairResult.LINKED]
    stock, listings = await _in_hand(uow, linked)
    await store.load_holds(uow, stock.articles, listing_ids=listings.keys())
    left = await _unlink(uow, stock, listings, linked)
    await finish(uow, stock.articles.values(), caller)
    await store.leave(uow, left)
    await store.save_listings(uow, stock.alone.values())
    batch.undone_at, batch.undone_by = uow.now, caller.user_id
    await _keep(uow, batch, pairs)
    return batch, pairs


async def _unlink(
    uow: UnitOfWork, stock: Stock, listings: dict[UUID, Listing], linked: Sequence[Pair]
) -> list[tuple[Article, Hold]]:
    came = {
        pair.listing_id: sales_of(article, pair.listing_id) - set(pair.kept_sales)
        for pair in linked
        if (article := stock.articles.get(pair.article_id)) is not None
    }
    counted = await store.counted_since(uow, {sale_id for sales in came.values() for sale_id in sales})
    left: list[tuple[Article, Hold]] = []
    for pair in linked:
        listing, article = listings.get(pair.listing_id), stock.articles.get(pair.article_id)
        reason = undo_refusal(pair, listing, article)
        if reason is None and article is not None and was_answered(article, came[pair.listing_id]):
            reason = ANSWERED
        if reason is not None or listing is None or article is None:
            pair.ends(PairResult.STAYS, reason)
            continue
        _, gone = leave(article, listing.id, came[pair.listing_id], counted)
        listing.kept_apart = False
        stock.move_out(listing)
        left += [(article, hold) for hold in gone]
        pair.ends(PairResult.UNDONE)
    return left


async def _keep(uow: UnitOfWork, batch: Batch, pairs: Sequence[Pair]) -> None:
    await store.save_batch(uow, batch)
    await store.save_pairs(uow, pairs)
