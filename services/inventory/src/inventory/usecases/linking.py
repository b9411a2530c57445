"""A listing leaves its article, alone or with the sales it made."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kit.errors import Refused
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import Article, Hold, Listing
from inventory.usecases.common import article_in_hand, finish, no_such_listing

ANSWERED = "A person has said what became of a unit that came back of its sales. Count the article instead."


async def unlink_listing(
    uow: UnitOfWork, caller: Caller, listing_id: UUID, *, with_sales: bool = False
) -> Listing:
    """Let a listing stand alone; only a person links it again. Its sales stay with the article, or go unmatched."""
    await store.lock_policies(uow, {caller.tenant_id})
    known = (await store.listings_of(uow, [listing_id])).get(listing_id)
    if known is None:
        raise no_such_listing()
    if known.article_id is None:
        return known
    stock, article = await article_in_hand(uow, known.article_id, named=[listing_id])
    if listing_id in stock.alone:  # it was taken down meanwhile, to be unlinked
        return stock.alone[listing_id]
    if with_sales:
        await store.load_holds(uow, {article.id: article}, listing_ids=[listing_id])
    sales = sales_of(article, listing_id) if with_sales else set()
    if was_answered(article, sales):
        raise Refused("answered", ANSWERED)
    counted = await store.counted_since(uow, sales)
    listing, gone = leave(article, listing_id, sales, counted)
    await finish(uow, [article], caller)
    await store.leave(uow, [(article, hold) for hold in gone])
    await store.save_listings(uow, [listing])
    return listing


def sales_of(article: Article, listing_id: UUID) -> set[UUID]:
    """The sales in hand that a listing made."""
    return {sale_id for sale_id, hold in article.holds.items() if hold.line.listing_id == listing_id}


def was_answered(article: Article, sales: Collection[UUID]) -> bool:
    """Whether a person's word on returned units would be lost with these sales."""
    return any(article.holds[sale_id].written_off or article.holds[sale_id].settled_back for sale_id in sales)


def leave(
    article: Article, listing_id: UUID, sales: Collection[UUID], counted: Collection[UUID]
) -> tuple[Listing, list[Hold]]:
    """Unlink a listing and let sales of it go; the targets that follow are those of the listings that stay."""
    listing = article.unlink(listing_id)
    return listing, article.dismiss(sales, counted) if sales else []
