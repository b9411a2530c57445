"""What became of targets: the last one applied, why one was not, and that a listing to be disconnected is off sale."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingOutcome

from inventory import store, wire
from inventory.domain import Happened, Listing, LogRow, Reached
from inventory.store import Logged, Stock
from inventory.usecases.common import Voice


async def reach(uow: UnitOfWork, events: Sequence[Event[ListingOutcome]]) -> None:
    """Note what became of targets; unlink a listing that was to be taken down for that."""
    outcomes = [(event, wire.reached(event.data)) for event in events]
    stock = await _in_hand(uow, {one.listing_id for _, one in outcomes})
    seller = await store.sellers_of(uow, _doubtful([one for _, one in outcomes]))
    changed: dict[UUID, Listing] = {}
    logged: list[Logged] = []
    voice = Voice(uow)
    for event, one in outcomes:
        listing = _listing(stock, one.listing_id)
        sold_here = one.sale_id is not None and seller.get(one.sale_id) == one.listing_id
        if listing is None or not listing.reach(one, sold_here=sold_here):
            continue
        changed[listing.id] = listing
        if listing.article_id is not None:
            logged.append(Logged(listing.tenant_id, listing.article_id, _row(one)))
        _disconnect_reached(stock, listing, one, voice, event)
    await store.write_log(uow, logged)
    await store.save(uow, stock.articles.values())
    await store.save_listings(uow, changed.values())


def _doubtful(outcomes: Sequence[Reached]) -> set[UUID]:
    """Sales of which a listing that ended by itself may have been the seller."""
    return {one.sale_id for one in outcomes if one.sale_id and one.taken_down and not one.ended_by_us}


async def _in_hand(uow: UnitOfWork, ids: set[UUID]) -> Stock:
    """The listings, locked; with the articles of those that are to be disconnected, and so locked before."""
    articles = await store.articles_to_leave(uow, ids)
    if articles:
        return await store.lock(uow, dict.fromkeys(articles, 0), named=ids)
    return Stock(alone=await store.lock_listings(uow, ids))


def _listing(stock: Stock, listing_id: UUID) -> Listing | None:
    article = stock.article_showing(listing_id)
    return article.linked.by_id[listing_id] if article else stock.alone.get(listing_id)


def _row(one: Reached) -> LogRow:
    what = Happened.FAILED if one.failure is not None else Happened.REACHED
    quantity = one.quantity if one.failure is None else None
    return LogRow(what, one.listing_id, one.version, quantity, one.sale_id, one.failure, one.at)


def _disconnect_reached(
    stock: Stock, listing: Listing, one: Reached, voice: Voice, event: Event[ListingOutcome]
) -> None:
    """Unlink a listing whose taking down was for that, once it or a later target of 0 is reached."""
    article = stock.article_showing(listing.id)
    awaited = 0 < listing.disconnecting_version <= one.version
    is_down = one.failure is None and (one.taken_down or one.quantity == 0)
    if article is not None and awaited and is_down:
        stock.move_out(article.unlink(listing.id))
        voice.say(article, event)
