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
from inventory.usecases.common import Voice, adopt_seller


@dataclass(slots=True)
class Placement:
    """Where sales go: their article by sale, and what was parked of them before."""

    articles: dict[UUID, UUID]
    parked: dict[UUID, SaleLine] = field(default_factory=dict)

    def article_in(self, stock: Stock, sale_id: UUID, tenant_id: UUID) -> Article | None:
        """The article of a sale, if it has one; a batch carries several tenants, and nobody sells for another."""
        article_id = self.articles.get(sale_id)
        article = stock.articles.get(article_id) if article_id else None
        return article if article is not None and article.tenant_id == tenant_id else None


async def sell(uow: UnitOfWork, events: Sequence[Event[SaleState] | Event[SaleRemoved]]) -> None:
    """Hold stock for sold lines, release what was cancelled or removed (design.md, rule 4)."""
    arrivals = [(event, wire.sale_line(event.data)) for event in events if isinstance(event.data, SaleState)]
    removals = await _newest_removals(uow, events)
    lines = [line for _, line in arrivals]
    placement = await _place(uow, lines, removals)
    stock = await _lock(uow, placement, lines, removals.keys())
    removed = await store.removed_sales(uow, {line.sale_id for line in lines})
    voice = Voice(uow)
    homeless: set[UUID] = set()
    for event, arrived in arrivals:
        line = _newest(arrived, placement.parked.get(arrived.sale_id))
        article = placement.article_in(stock, line.sale_id, line.tenant_id)
        if article is None:
            placement.parked[line.sale_id] = line
            homeless.add(line.sale_id)
            continue
        adopt_seller(stock, article, line, uow.now)
        article.sell(line, removed=line.sale_id in removed)
        voice.say(article, event)
    _remove(voice, stock, placement, removals)
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
    uow: UnitOfWork, placement: Placement, lines: Iterable[SaleLine], removals: Collection[UUID]
) -> Stock:
    wanted = dict.fromkeys(placement.articles.values(), 0)
    for line in lines:
        if line.sale_id in placement.articles:
            wanted[placement.articles[line.sale_id]] += line.quantity
    for sale_id in removals & placement.articles.keys():
        wanted[placement.articles[sale_id]] = store.EVERY_SALE
    sales = {*removals, *(line.sale_id for line in lines)}
    return await store.lock(uow, wanted, sales=sales, named={i for line in lines if (i := line.listing_id)})


def _newest(arrived: SaleLine, parked: SaleLine | None) -> SaleLine:
    return parked if parked is not None and parked.revision >= arrived.revision else arrived


async def _place(uow: UnitOfWork, lines: Iterable[SaleLine], removals: Mapping[UUID, Removal]) -> Placement:
    """The article of each sale: where it was placed before, its listing's, or the one with its SKU."""
    by_id = {line.sale_id: line for line in lines}
    placed = await store.articles_of_sales(uow, {*by_id, *removals})
    found = Placement(dict(placed))
    linked = await store.listings_of(uow, {line.listing_id for line in by_id.values() if line.listing_id})
    for line in by_id.values():
        _put(found, line, line.article_id or _article_of(linked, line))
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
        _put(found, line, _article_of(known, line) or same_sku)


def _article_of(linked: Mapping[UUID, Listing], line: SaleLine) -> UUID | None:
    listing = linked.get(line.listing_id) if line.listing_id else None
    return listing.article_id if listing else None


def _put(found: Placement, line: SaleLine, article_id: UUID | None) -> None:
    if article_id is not None:
        found.articles.setdefault(line.sale_id, article_id)
