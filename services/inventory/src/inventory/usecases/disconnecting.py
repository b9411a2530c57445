"""Listings to be disconnected: taken down first, unlinked once they are off sale; a result for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kit.errors import Refused
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import Article, Listing
from inventory.store import Stock
from inventory.usecases.common import finish, no_such_listing


class Disconnected(StrEnum):
    """What became of one listing."""

    TAKING_DOWN = "taking_down"
    UNLINKED = "unlinked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Disconnection:
    """One listing's result, with the reason of a refusal."""

    listing_id: UUID
    result: Disconnected
    reason: str | None = None


async def disconnect(
    uow: UnitOfWork, caller: Caller, listing_ids: Sequence[UUID], reason: str | None
) -> list[Disconnection]:
    """Take listings down, to be unlinked when they are off sale; those that are already are unlinked at once."""
    await store.lock_policies(uow, {caller.tenant_id})
    stock = await _in_hand(uow, listing_ids)
    results = [_disconnect(stock, listing_id, reason) for listing_id in dict.fromkeys(listing_ids)]
    await finish(uow, stock.articles.values(), caller)
    await store.save_listings(uow, stock.alone.values())
    return results


async def _in_hand(uow: UnitOfWork, listing_ids: Sequence[UUID]) -> Stock:
    known = await store.listings_of(uow, listing_ids)
    wanted = {one.article_id: store.EVERY_SALE for one in known.values() if one.article_id is not None}
    return await store.lock(uow, wanted, named=listing_ids)


def _disconnect(stock: Stock, listing_id: UUID, reason: str | None) -> Disconnection:
    article = stock.article_showing(listing_id)
    if article is None:
        known = listing_id in stock.alone
        text = "It shows no article." if known else "There is no such listing."
        return Disconnection(listing_id, Disconnected.REFUSED, text)
    listing = article.linked.by_id[listing_id]
    if listing.is_off_sale:
        stock.move_out(article.unlink(listing_id))
        return Disconnection(listing_id, Disconnected.UNLINKED)
    if not listing.disconnecting_version or listing.has_failed:
        article.disconnect(listing_id, reason)
    return Disconnection(listing_id, Disconnected.TAKING_DOWN)


async def keep_listing(uow: UnitOfWork, caller: Caller, listing_id: UUID) -> Listing:
    """Undo a disconnection before it is reached. Raises NotFound, and Refused when there is none."""
    await store.lock_policies(uow, {caller.tenant_id})
    stock = await _in_hand(uow, [listing_id])
    article = stock.article_showing(listing_id)
    if article is None and listing_id not in stock.alone:
        raise no_such_listing()
    if article is None or not article.linked.by_id[listing_id].disconnecting_version:
        raise Refused("not_disconnecting", _why_not(article))
    article.keep(listing_id)
    await finish(uow, [article], caller)
    return article.linked.by_id[listing_id]


def _why_not(article: Article | None) -> str:
    if article is None:
        return "It is unlinked already. Link it to its article again."
    return "It is not being disconnected: there is nothing to undo."
