"""What was seen of listings: match them, open stock, compare."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingObserved

from inventory import store, wire
from inventory.domain import Article, Listing, Observation
from inventory.store import Stock
from inventory.usecases.common import Voice, bring_sent, hold
from inventory.usecases.matching import Matches, match


async def observe(uow: UnitOfWork, events: Sequence[Event[ListingObserved]]) -> None:
    """Take over what article syncs saw (design.md, rule 4: opening, matching, observations)."""
    seen = [(event, wire.observation(event.data)) for event in events]
    known = await store.listings_of(uow, {one.listing_id for _, one in seen})
    home = {listing.id: listing.article_id for listing in known.values() if listing.article_id}
    matches = await match(uow, [one for _, one in seen if one.listing_id not in home])
    stock = await _lock(uow, home.values(), matches, {one.listing_id for _, one in seen})
    if any(_has_moved(stock, listing_id) for listing_id in {one.listing_id for _, one in seen}):
        raise store.MovedMeanwhileError
    known_sales = await store.remembered(uow, {line.sale_id for line in matches.waiting})
    await bring_sent(uow, matches.placed(stock.articles))
    voice = Voice(uow)
    placed: list[UUID] = []
    for event, one in seen:
        article = None if stock.keeps_as_draft(one) else _take_over(stock, matches, one, uow.now)
        if article is None:
            continue
        for line in matches.claim(article, one.listing_id):
            hold(stock, article, line, known_sales, uow.now)
            placed.append(line.sale_id)
        voice.say(article, event)
    voice.finish()
    await _save(uow, stock, matches)
    await store.unpark(uow, placed)


async def _lock(uow: UnitOfWork, linked: Iterable[UUID], matches: Matches, ids: Collection[UUID]) -> Stock:
    wanted = dict.fromkeys(linked, 0) | dict.fromkeys(matches.article_of.values(), store.EVERY_SALE)
    named = {*ids, *(line.listing_id for line in matches.waiting if line.listing_id)}
    sales = {line.sale_id for line in matches.waiting}
    stock = await store.lock(uow, wanted, sales=sales, named=named)
    stock.articles |= matches.made
    return stock


async def _save(uow: UnitOfWork, stock: Stock, matches: Matches) -> None:
    """Write it all, but no article that in the end nothing shows."""
    idle = {article.id for article in matches.made.values() if not article.linked.by_id}
    articles = [article for article in stock.articles.values() if article.id not in idle]
    await store.save(uow, articles)
    await store.save_listings(uow, stock.alone.values())
    await store.save_seen(uow, stock)
    await store.index_words(uow, [article for article in articles if article.id in matches.made])


def _take_over(stock: Stock, matches: Matches, seen: Observation, now: datetime) -> Article | None:
    """Let the listing show what was seen; returns the article it shows, None when nothing follows."""
    article = stock.article_showing(seen.listing_id)
    listing = article.linked.by_id[seen.listing_id] if article else _listing_alone(stock, seen)
    called = (listing.title, listing.sku)
    before = listing.state, listing.observed_quantity
    if not listing.see(seen):
        return None
    if called != (listing.title, listing.sku):
        stock.renamed[listing.id] = listing
    if article is not None:
        article.note_seen(listing, *before)
        article.observe(listing, seen, now)
        if listing.disconnecting_version and listing.is_off_sale:
            stock.move_out(article.unlink(listing.id))
        return article
    article_id = matches.article_of.get(listing.id)
    if article_id is None or listing.article_id is not None or not seen.is_live:
        return None
    article = stock.articles[article_id]
    stock.settle_in(listing, article)
    article.link(listing, now, by_person=False)
    return article


def _has_moved(stock: Stock, listing_id: UUID) -> bool:
    """Whether a listing came to show an article that is not in hand, before the lock was had."""
    listing = stock.alone.get(listing_id)
    return listing is not None and listing.article_id is not None


def _listing_alone(stock: Stock, seen: Observation) -> Listing:
    return stock.alone.get(seen.listing_id) or stock.new_listing(
        Listing(seen.listing_id, seen.tenant_id, seen.account_id, seen.platform)
    )
