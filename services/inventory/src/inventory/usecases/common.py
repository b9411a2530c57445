"""What several use cases share: saying the facts, placing a sale on its article, drawing what waits for a SKU."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from kit.errors import NotFound, Refused
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event, Fact

from inventory import store, wire
from inventory.domain import Article, Listing, SaleLine
from inventory.domain import Fact as Said
from inventory.store import Remembered, Sku, Stock

F = TypeVar("F", bound=Fact)
_NOTHING = Remembered()


class Voice:
    """Says what happens to articles in one transaction, each fact with the event that caused it."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._oversold: dict[UUID, tuple[Article, Event[Fact] | None]] = {}

    def say(self, article: Article, cause: Event[Fact] | None = None) -> None:
        """Emit what has happened to an article since it was last said; contention waits for `finish`."""
        for fact in article.changes.take_facts():
            self._emit(article, fact, cause)
        if article.changes.oversold is not None:
            self._oversold.setdefault(article.id, (article, cause))

    def finish(self) -> None:
        """Emit how each contention stands in the end: hundreds of sales of one unit are one fact."""
        for article, cause in self._oversold.values():
            for part in article.changes.oversold.parts() if article.changes.oversold else ():
                self._emit(article, part, cause)

    def _emit(self, article: Article, fact: Said, cause: Event[Fact] | None) -> None:
        article.next_revision()
        self._uow.emit(wire.contract_of(article, fact, self._uow.now), cause=cause)


async def follow_rules(uow: UnitOfWork, articles: Sequence[Article]) -> None:
    """Let new articles, and those whose given owner was cleared, belong to whom the owner rules say."""
    await store.bring_rules(uow, articles)
    for article in articles:
        article.follow_rules()


async def finish(uow: UnitOfWork, articles: Collection[Article], caller: Caller) -> None:
    """Say what a person's command did to articles, and write it."""
    voice = Voice(uow)
    for number, article in enumerate(articles, start=1):
        voice.say(article)
        await breathe(number)
    voice.finish()
    await store.save(uow, articles, user_id=caller.user_id)


async def breathe(number: int) -> None:
    """Let others have their turn after each so many of something long: the bus gives up a member that is silent."""
    if number % 500 == 0:
        await asyncio.sleep(0)


def adopt_seller(stock: Stock, article: Article, line: SaleLine, now: datetime) -> None:
    """Link the listing that sold when its SKU has found the article: the sale that follows says its target."""
    if line.listing_id is None or line.listing_id in stock.home:
        return
    listing = stock.alone.get(line.listing_id) or stock.new_listing(
        Listing(
            id=line.listing_id,
            tenant_id=line.tenant_id,
            account_id=line.account_id,
            platform=line.platform,
            sku=line.sku,
            title=line.title,
        )
    )
    if listing.article_id is None and not listing.kept_apart:
        stock.settle_in(listing, article)
        article.adopt(listing, now)


def hold(
    stock: Stock, article: Article, line: SaleLine, known: Mapping[UUID, Remembered], now: datetime
) -> None:
    """Put a sale on its article, with what is remembered of it."""
    adopt_seller(stock, article, line, now)
    before = known.get(line.sale_id, _NOTHING)
    article.sell(line, removed=before.removed, after=before.revision)


async def bring_sent(uow: UnitOfWork, placed: Iterable[tuple[Article, SaleLine]]) -> None:
    """Take sales that were sent already in hand where one of these, about to be held, may have been sent before them and
    lack units: then what they hold moves, too.
    """
    lines: dict[UUID, list[SaleLine]] = {}
    inhand: dict[UUID, Article] = {}
    for article, line in placed:
        inhand[article.id] = article
        lines.setdefault(article.id, []).append(line)
    since = {i: moment for i, article in inhand.items() if (moment := article.losers_since(lines[i]))}
    if since:
        await store.load_sent(uow, inhand, since)


async def sell_waiting(uow: UnitOfWork, stock: Stock, waiting: Sequence[tuple[Article, SaleLine]]) -> None:
    """Hold for sales that waited for their articles."""
    sales = {line.sale_id for _, line in waiting}
    known = await store.remembered(uow, sales)
    await bring_sent(uow, waiting)
    for article, line in waiting:
        hold(stock, article, line, known, uow.now)
    await store.unpark(uow, sales)
    await store.save_seen(uow, stock)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What waits for articles of some SKUs: live listings that show none, and sales."""

    fitting: Sequence[UUID] = ()
    waiting: Sequence[SaleLine] = ()

    @property
    def named(self) -> set[UUID]:
        """The listings to lock."""
        return {*self.fitting, *(line.listing_id for line in self.waiting if line.listing_id)}


async def drawn_by(uow: UnitOfWork, skus: Collection[Sku]) -> Drawn:
    """What comes to articles that get these SKUs; the settings' lock is held."""
    if not skus:
        return Drawn()
    fitting = [listing.id for listing in await store.alone_by_sku(uow, skus)]
    return Drawn(fitting, await store.waiting_sales(uow, (), skus))


async def draw(uow: UnitOfWork, stock: Stock, drawn: Drawn, articles: Iterable[Article]) -> None:
    """Let the listings show the articles that have their SKU now, and hold for the sales that waited."""
    by_sku = {(article.tenant_id, article.sku): article for article in articles}
    for listing in [stock.alone[i] for i in drawn.fitting if i in stock.alone]:
        article = by_sku.get((listing.tenant_id, listing.sku))
        if article is not None and listing.article_id is None:
            stock.settle_in(listing, article)
            article.link(listing, uow.now, by_person=False)
    await sell_waiting(uow, stock, [(by_sku[line.tenant_id, line.sku], line) for line in drawn.waiting])


def no_such_article() -> NotFound:
    """The refusal of an article that is not there, or another tenant's."""
    return NotFound("no_such_article", "There is no such article.")


def no_such_listing() -> NotFound:
    """The refusal of a listing that is not there, or another tenant's."""
    return NotFound("no_such_listing", "There is no such listing.")


async def article_in_hand(
    uow: UnitOfWork, article_id: UUID, *, named: Sequence[UUID] = ()
) -> tuple[Stock, Article]:
    """One article for a person to change, locked with all that contention could move. Raises NotFound or Refused."""
    stock = await store.lock(uow, {article_id: store.EVERY_SALE}, named=named)
    return stock, found_in(stock, article_id)


def found_in(stock: Stock, article_id: UUID) -> Article:
    """The article in hand. Raises NotFound, and Refused for one that was merged into another."""
    article = stock.articles.get(article_id)
    if article is None:
        raise no_such_article()
    if article.merged_into is not None:
        message = "This article was merged with another one. Change that one."
        raise Refused("merged", message, article_id=str(article.merged_into))
    return article


def changed_meanwhile(article: Article, looked_at: int) -> Refused:
    """The refusal for a person who decided on a quantity that is no longer true."""
    message = (
        f"The quantity is {article.free} by now, not {looked_at}: something sold or came back meanwhile."
    )
    return Refused(
        "quantity_changed", f"{message} Count again and say how many there are.", quantity=article.free
    )
