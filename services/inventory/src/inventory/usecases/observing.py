"""What was seen of listings: match them, open stock, compare; and what became of their targets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingObserved, ListingOutcome

from inventory import store, wire
from inventory.domain import Article, Listing, Observation, Owner, Policy, SaleLine
from inventory.store import Sku, Stock
from inventory.usecases.common import Voice, adopt_seller


@dataclass(slots=True)
class Matches:
    """For listings without an article: which one they get, which are made for them, which sales wait for them."""

    article_of: dict[UUID, UUID] = field(default_factory=dict)
    made: dict[UUID, Article] = field(default_factory=dict)
    waiting: list[SaleLine] = field(default_factory=list)

    def claim(self, article: Article, listing_id: UUID) -> list[SaleLine]:
        """The waiting sales of a listing, or of its article's SKU; each is handed out once."""
        mine = [line for line in self.waiting if _belongs(line, article, listing_id)]
        self.waiting = [line for line in self.waiting if line not in mine] if mine else self.waiting
        return mine


def _belongs(line: SaleLine, article: Article, listing_id: UUID) -> bool:
    same_sku = line.sku is not None and (line.tenant_id, line.sku) == (article.tenant_id, article.sku)
    return line.listing_id == listing_id or same_sku


async def observe(uow: UnitOfWork, events: Sequence[Event[ListingObserved]]) -> None:
    """Take over what article syncs saw (design.md, rule 4: opening, matching, observations)."""
    seen = [(event, wire.observation(event.data)) for event in events]
    known = await store.listings_of(uow, {one.listing_id for _, one in seen})
    home = {listing.id: listing.article_id for listing in known.values() if listing.article_id}
    matches = await _match(uow, [one for _, one in seen if one.listing_id not in home])
    stock = await _lock(uow, home.values(), matches, {one.listing_id for _, one in seen})
    removed = await store.removed_sales(uow, {line.sale_id for line in matches.waiting})
    voice = Voice(uow)
    placed: list[UUID] = []
    for event, one in seen:
        article = None if stock.keeps_as_draft(one) else _take_over(stock, matches, one, uow.now)
        if article is None:
            continue
        for line in matches.claim(article, one.listing_id):
            adopt_seller(stock, article, line, uow.now)
            article.sell(line, removed=line.sale_id in removed)
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
    if not listing.see(seen):
        return None
    if called != (listing.title, listing.sku):
        stock.renamed[listing.id] = listing
    if article is not None:
        article.observe(listing, seen, now)
        return article
    article_id = matches.article_of.get(listing.id)
    if article_id is None or listing.article_id is not None or not seen.is_live:
        return None
    article = stock.articles[article_id]
    stock.settle_in(listing, article)
    article.link(listing, now, by_person=False)
    return article


def _listing_alone(stock: Stock, seen: Observation) -> Listing:
    return stock.alone.get(seen.listing_id) or stock.new_listing(
        Listing(seen.listing_id, seen.tenant_id, seen.account_id, seen.platform)
    )


async def _match(uow: UnitOfWork, alone: Sequence[Observation]) -> Matches:
    """Look again while nobody else can link or create; then by SKU, making articles where the tenant wants that."""
    matches = Matches()
    if not alone:
        return matches
    policies = await store.lock_policies(uow, {one.tenant_id for one in alone})
    known = await store.listings_of(uow, {one.listing_id for one in alone})
    matches.article_of = {one.id: one.article_id for one in known.values() if one.article_id}
    apart = {one.id for one in known.values() if one.kept_apart}
    fit = [one for one in alone if one.is_live and one.listing_id not in apart]
    await _match_fitting(uow, matches, fit, policies)
    matched = {one.listing_id for one in alone if one.listing_id in matches.article_of}
    skus = {(one.tenant_id, one.sku) for one in fit if one.sku and one.listing_id in matched}
    matches.waiting = await store.waiting_sales(uow, matched, skus)
    return matches


async def _match_fitting(
    uow: UnitOfWork, matches: Matches, fit: Sequence[Observation], policies: Mapping[UUID, Policy]
) -> None:
    """By SKU, those that have one first; what matches nothing may become an article (`Policy.create_from`)."""
    by_sku = await store.articles_by_sku(uow, {(one.tenant_id, one.sku) for one in fit if one.sku})
    new = [one for one in fit if _key(one) not in by_sku and one.listing_id not in matches.article_of]
    wary = [one for one in new if policies[one.tenant_id].creates_without_sku]
    twins = Twins(await store.alike(uow, wary))
    for one in sorted(fit, key=lambda seen: seen.sku is None):
        policy = policies[one.tenant_id]
        if _key(one) not in by_sku and one.listing_id not in matches.article_of:
            if not _becomes_an_article(one, policy, twins):
                continue
            article = Article.make(
                new_id(),
                one.tenant_id,
                uow.now,
                sku=one.sku,
                title=one.title,
                owner=Owner(policy.default_owner),
            )
            matches.made[article.id] = article
            by_sku[_key(one)] = article.id
            twins.note(one)
        matches.article_of.setdefault(one.listing_id, by_sku[_key(one)])
    await store.bring_rules(uow, matches.made.values())


def _key(seen: Observation) -> Sku:
    """What its article is found by; a listing without SKU shares it with no other."""
    return (seen.tenant_id, seen.sku or f"\0{seen.listing_id}")


def _becomes_an_article(seen: Observation, policy: Policy, twins: Twins) -> bool:
    if policy.creates_without_sku:
        return not twins.has(seen)
    return policy.create_articles and seen.sku is not None


@dataclass(slots=True)
class Twins:
    """Listings for which an article of the same title is there that their account does not show: they wait for a person."""

    known: set[UUID]
    _made: dict[tuple[UUID, str], set[tuple[UUID, bool]]] = field(default_factory=dict)
    """By tenant and title, the account and whether there is a SKU, of articles made just now."""

    def note(self, seen: Observation) -> None:
        """An article is made of this one."""
        title = (seen.tenant_id, seen.title.casefold())
        self._made.setdefault(title, set()).add((seen.account_id, seen.sku is not None))

    def has(self, seen: Observation) -> bool:
        """Whether this one may be an article that is there already."""
        made = self._made.get((seen.tenant_id, seen.title.casefold()), set())
        others = {has_sku for account, has_sku in made if account != seen.account_id}
        return seen.listing_id in self.known or (others != set() if seen.sku is None else False in others)


async def reach(uow: UnitOfWork, events: Sequence[Event[ListingOutcome]]) -> None:
    """Note what became of targets: the last one applied, or why one was not."""
    outcomes = [wire.reached(event.data) for event in events]
    listings = await store.lock_listings(uow, {one.listing_id for one in outcomes})
    doubtful = {one.sale_id for one in outcomes if one.sale_id and one.taken_down and not one.ended_by_us}
    seller = await store.sellers_of(uow, doubtful)
    changed = set()
    for one in outcomes:
        listing = listings.get(one.listing_id)
        sold_here = one.sale_id is not None and seller.get(one.sale_id) == one.listing_id
        if listing is not None and listing.reach(one, sold_here=sold_here):
            changed.add(one.listing_id)
    await store.save_listings(uow, [listings[listing_id] for listing_id in changed])
