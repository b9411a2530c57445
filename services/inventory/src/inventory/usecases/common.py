"""What several use cases share: saying the facts, link the listing that sold."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event, Fact

from inventory import wire
from inventory.domain import Article, Listing, SaleLine
from inventory.domain import Fact as Said
from inventory.store import Stock

F = TypeVar("F", bound=Fact)


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
            if article.changes.oversold is not None:
                self._emit(article, article.changes.oversold, cause)

    def _emit(self, article: Article, fact: Said, cause: Event[Fact] | None) -> None:
        article.next_revision()
        self._uow.emit(wire.contract_of(article, fact, self._uow.now), cause=cause)


def adopt_seller(stock: Stock, article: Article, line: SaleLine, now: datetime) -> None:
    """Link the listing that sold when its SKU has found the article: the sale that follows says its target."""
    if line.listing_id is None or line.listing_id in stock.home:
        return
    listing = stock.alone.get(line.listing_id) or Listing(
        id=line.listing_id,
        tenant_id=line.tenant_id,
        account_id=line.account_id,
        platform=line.platform,
        sku=line.sku,
        title=line.title,
    )
    if listing.article_id is None and not listing.kept_apart:
        stock.settle_in(listing, article)
        article.adopt(listing, now)
