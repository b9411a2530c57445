"""A sale's way through inventory: find its article, hold stock, say what every listing should show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as Collection
from dataclasses import dataclass, field
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event, Fact
from soldwire_contracts.ledger import SaleRemoved
from soldwire_contracts.sales import SaleState

from inventory import store, wire
from inventory.domain import Article, Listing, SaleLine
from inventory.store import Stock
from inventory.usecases import trying
from inventory.usecases.common import Voice, bring_sent, hold


@dataclass(slots=True)
class Placement:
    """Where sales go: their article by sale, and what was parked of them before."""

    articles: dict[UUID, UUID]
    by_hold: frozenset[UUID] = frozenset()
    """Sales that were on their article already."""
    by_listing: dict[UUID, UUID] = field(default_factory=dict)
    """Sales whose listing has found the article, and that listing."""
    parked: dict[UUID, SaleLine] = field(default_factory=dict)

    def is_stale(self, stock: Stock, sale_id: UUID) -> bool:
        """Whether a sale's article was merged or split, or the sale or its listing left it, before the lock was had."""
        article = stock.articles.get(self.articles[sale_id])
        if article is None:
            return False
        if sale_id in self.by_hold:
            return sale_id not in article.holds
        seller = self.by_listing.get(sale_id)
        lost = seller is not None and stock.home.get(seller) != article.id
        return lost or article.merged_into is not None

    def placed(
        self, stock: Stock, lines: Iterable[SaleLine], removals: Collection[UUID]
    ) -> list[tuple[Article, SaleLine]]:
        """The lines, and those in hand whose removal is about to be said or undone, with their articles."""
        told = [
            (
                self.article_in(stock, line.sale_id, line.tenant_id),
                _newest(line, self.parked.get(line.sale_id)),
            )
            for line in lines
        ]
        inhand = (
            (article, hold.line)
            for article in stock.articles.values()
            for sale_id, hold in article.holds.items()
            if sale_id in removals
        )
        return [(article, line) for article, line in told if article is not None] + list(inhand)

    def article_in(self, stock: Stock, sale_id: UUID, tenant_id: UUID) -> Article | None:
        """The article of a sale, if it has one; a batch carries several tenants, and nobody sells for another."""
        article_id = self.articles.get(sale_id)
        article = stock.articles.get(article_id) if article_id else None
        return article if article is not None and article.tenant_id == tenant_id else None


async def sell(uow: UnitOfWork, events: Sequence[Event[SaleState] | Event[SaleRemoved]]) -> None:
    """Hold stock for sold lines, release what was cancelled or removed (design.md, rule 4).

    An order by which a seller tries the shop out is none: it takes nothing down anywhere (`trying`).
    """
    trials = trying.trials_in(events)
    real = [event for event in events if not event.test]
    arrivals = [(event, wire.sale_line(event.data)) for event in real if isinstance(event.data, SaleState)]
    removals = await _newest_removals(uow, events)
    lines = [line for _, line in arrivals]
    placement = await _place(uow, lines, removals)
    stock = await _lock(uow, placement, lines, removals.keys(), trials)
    if stock.strays or any(placement.is_stale(stock, sale_id) for sale_id in placement.articles):
        raise store.MovedMeanwhileError
    if trying.have_moved(stock, trying.listings_tried(trials)):
        raise store.MovedMeanwhileError
    known = await store.remembered(uow, {line.sale_id for line in lines} - placement.by_hold)
    await bring_sent(uow, placement.placed(stock, lines, removals.keys()))
    voice = Voice(uow)
    homeless: set[UUID] = set()
    for event, arrived in arrivals:
        line = _newest(arrived, placement.parked.get(arrived.sale_id))
        article = placement.article_in(stock, line.sale_id, line.tenant_id)
        if article is None:
            placement.parked[line.sale_id] = line
            homeless.add(line.sale_id)
            continue
        hold(stock, article, line, known, uow.now)
        voice.say(article, event)
    _remove(voice, stock, placement, removals)
    await trying.try_out(uow, stock, voice, trials)
    voice.finish()
    await store.park(uow, [placement.parked[sale_id] for sale_id in homeless])
    await store.unpark(uow, placement.parked.keys() - homeless)
    await store.save_seen(uow, stock)
    await store.save(uow, stock.articles.values())


@dataclass(frozen=True, slots=True)
class Removal:
    """The ledger's newest word on one sale: whether to release what it held, and the event that said so."""

    said: SaleRemoved
    event: Event[Fact]

    @property
    def releases(self) -> bool:
        """Removed, and the seller still has the article."""
        return self.said.removed and self.said.still_have_it


def _remove(voice: Voice, stock: Stock, placement: Placement, removals: Mapping[UUID, Removal]) -> None:
    """Release what wrongly recorded sales held if the seller still has it, or hold it again."""
    for sale_id, removal in sorted(removals.items()):
        article = placement.article_in(stock, sale_id, removal.said.tenant_id)
        if article is not None:
            article.remove(sale_id, removal.releases)
            voice.say(article, removal.event)


async def _newest_removals(uow: UnitOfWork, events: Sequence[Event[Fact]]) -> dict[UUID, Removal]:
    """What is news of the ledger's words, noted for sales that have yet to come in."""
    words = [Removal(event.data, event) for event in events if isinstance(event.data, SaleRemoved)]
    newest = {word.said.sale_id: word for word in sorted(words, key=lambda word: word.said.revision)}
    if not newest:
        return {}
    rows = {i: (word.said.tenant_id, word.said.revision, word.releases) for i, word in newest.items()}
    news = await store.note_removals(uow, rows)
    return {sale_id: word for sale_id, word in newest.items() if sale_id in news}


async def _lock(
    uow: UnitOfWork,
    placement: Placement,
    lines: Iterable[SaleLine],
    removals: Collection[UUID],
    trials: Sequence[SaleLine],
) -> Stock:
    tried = await trying.articles_tried(uow, trials)
    wanted = dict.fromkeys((*placement.articles.values(), *sorted(tried)), 0)
    for line in lines:
        if line.sale_id in placement.articles:
            wanted[placement.articles[line.sale_id]] += line.quantity
    for sale_id in removals & placement.articles.keys():
        wanted[placement.articles[sale_id]] = store.EVERY_SALE
    sales = {*removals, *(line.sale_id for line in lines)}
    named = {line.listing_id for line in lines if line.listing_id} | trying.listings_tried(trials)
    return await store.lock(uow, wanted, sales=sales, named=named)


def _newest(arrived: SaleLine, parked: SaleLine | None) -> SaleLine:
    return parked if parked is not None and parked.revision >= arrived.revision else arrived


async def _place(uow: UnitOfWork, lines: Iterable[SaleLine], removals: Mapping[UUID, Removal]) -> Placement:
    """The article of each sale: where it was placed before, its listing's, or the one with its SKU."""
    by_id = {line.sale_id: line for line in lines}
    placed = await store.articles_of_sales(uow, {*by_id, *removals})
    found = Placement(dict(placed), frozenset(placed))
    named = await store.merged_homes(uow, {line.article_id for line in by_id.values() if line.article_id})
    linked = await store.listings_of(uow, {line.listing_id for line in by_id.values() if line.listing_id})
    for line in by_id.values():
        own = line.article_id and named.get(line.article_id, line.article_id)
        _put(found, line, own, _article_of(linked, line))
    lost = [line for line in by_id.values() if line.sale_id not in found.articles]
    unknown = {i: word.said.tenant_id for i, word in removals.items() if i not in found.articles}
    if lost or unknown:
        await store.lock_policies(uow, {*unknown.values(), *(line.tenant_id for line in lost)})
        found.articles |= await store.articles_of_sales(uow, {*unknown, *(line.sale_id for line in lost)})
        await _place_lost(uow, found, lost)
    fresh = by_id.keys() - placed.keys()
    if fresh:
        found.parked = await store.parked_sales(uow, fresh)
    return found


async def _place_lost(uow: UnitOfWork, found: Placement, lost: Sequence[SaleLine]) -> None:
    """Look again while nobody else can link or create, and by SKU."""
    known = await store.listings_of(uow, {line.listing_id for line in lost if line.listing_id})
    by_sku = await store.articles_by_sku(uow, {(line.tenant_id, line.sku) for line in lost if line.sku})
    for line in lost:
        listing = known.get(line.listing_id) if line.listing_id else None
        same_sku = by_sku.get((line.tenant_id, line.sku)) if line.sku else None
        if listing is not None and listing.kept_apart:
            same_sku = None
        sellers = _article_of(known, line)
        _put(found, line, same_sku if sellers is None else None, sellers)


def _article_of(linked: Mapping[UUID, Listing], line: SaleLine) -> UUID | None:
    listing = linked.get(line.listing_id) if line.listing_id else None
    return listing.article_id if listing else None


def _put(found: Placement, line: SaleLine, named: UUID | None, sellers: UUID | None) -> None:
    """Place a sale that isn't yet: on the article it names or that has its SKU, else on the one its listing shows."""
    article_id = named or sellers
    if article_id is None or line.sale_id in found.articles:
        return
    found.articles[line.sale_id] = article_id
    if named is None and line.listing_id is not None:
        found.by_listing[line.sale_id] = line.listing_id
