"""Two articles that are one, and one that is two (design note 0005, Merge)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from inventory.domain.articles import Article
from inventory.domain.listings import Listing
from inventory.domain.words import Cause, Entry, ListingState


def merge(article: Article, other: Article, quantity: int, at: datetime) -> None:
    """The other article is this one: all it has comes here, and then there are so many for sale.

    Two listings of one item look like two articles of 1: their sum would sell it twice, so a person says the quantity.
    """
    everything = list(other.linked.by_id), list(other.holds)
    parcel = other.hand_over(Entry.MERGED, other.free, *everything, to=article.title)
    other.merged_into = article.id
    other.announce(Cause.UNLINKED)
    article.take_over(parcel)
    article.count(quantity, at)
    if article.changes.oversold is not None:
        article.say_contention()


def split(article: Article, made: Article, listing_ids: Collection[UUID], quantity: int) -> None:
    """These listings show another article, which gets the sales they made and so many of the free units."""
    sales = [i for i, hold in article.holds.items() if hold.line.listing_id in listing_ids]
    parcel = article.hand_over(Entry.SPLIT, quantity, listing_ids, sales, to=made.title)
    article.say_contention()
    article.announce(Cause.EDITED)
    made.take_over(parcel)
    made.announce(Cause.LINKED)


def doubles(listings: Iterable[Listing]) -> dict[UUID, list[UUID]]:
    """Accounts on which more than one live listing would show one article: each sale there has to take the other down."""
    by_account: dict[UUID, list[UUID]] = defaultdict(list)
    for listing in listings:
        if listing.state is ListingState.LIVE:
            by_account[listing.account_id].append(listing.id)
    return {account: sorted(ids) for account, ids in by_account.items() if len(ids) > 1}
