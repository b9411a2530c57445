"""Test orders, by which a seller tries a shop out: they hold nothing and take nothing down, but explain what the shop shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event, Fact
from soldwire_contracts.sales import SaleState

from inventory import store, wire
from inventory.domain import SaleLine
from inventory.store import Stock, Try
from inventory.usecases.common import Voice


def trials_in(events: Iterable[Event[Fact]]) -> list[SaleLine]:
    """The test orders of a batch that were made on a listing, the newest state of each."""
    told = [
        wire.sale_line(event.data) for event in events if event.test and isinstance(event.data, SaleState)
    ]
    newest = {line.sale_id: line for line in sorted(told, key=lambda line: line.revision)}
    return [line for line in newest.values() if line.listing_id is not None and not line.is_history]


def listings_tried(trials: Sequence[SaleLine]) -> set[UUID]:
    """The listings they were made on."""
    return {line.listing_id for line in trials if line.listing_id is not None}


async def articles_tried(uow: UnitOfWork, trials: Sequence[SaleLine]) -> set[UUID]:
    """The articles that those listings show, as things are without a lock."""
    found = await store.listings_of(uow, listings_tried(trials)) if trials else {}
    return {listing.article_id for listing in found.values() if listing.article_id is not None}


def have_moved(stock: Stock, listings: Collection[UUID]) -> bool:
    """Whether a listing came to show an article that is not in hand, before the lock was had."""
    alone = [stock.alone[listing_id] for listing_id in listings if listing_id in stock.alone]
    return any(listing.article_id is not None for listing in alone)


async def try_out(uow: UnitOfWork, stock: Stock, voice: Voice, trials: Sequence[SaleLine]) -> None:
    """Let listings know what test orders have of them now, and keep it. What follows is no test: it is said as such."""
    if not trials:
        return
    known = await store.tries_of(uow, {line.sale_id for line in trials})
    standing = await store.units_tried(uow, listings_tried(trials))
    changed: list[Try] = []
    for line in trials:
        before = known.get(line.sale_id)
        if line.listing_id is None or (before is not None and before.revision >= line.revision):
            continue
        had, where = before.units if before else 0, (line.tenant_id, line.listing_id)
        standing[where] += line.tried - had
        changed.append(Try(line.sale_id, line.tenant_id, line.listing_id, line.revision, line.tried))
        article = stock.article_showing(line.listing_id)
        if article is not None and article.tenant_id == line.tenant_id:
            article.try_out(line, had, standing[where])
            voice.say(article)
    await store.save_tries(uow, changed)
