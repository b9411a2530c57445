"""Drafts, and the words of listings and drafts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from kit import bulk
from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select

from inventory.domain import Draft, Listing, terms_of
from inventory.store.rows import draft_of, draft_row
from inventory.tables import drafts, listing_terms


async def lock_drafts(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Draft]:
    """Lock drafts in id order, those that are gone too."""
    query = select(drafts).where(drafts.c.id == among(ids)).order_by(drafts.c.id).with_for_update()
    return {row.id: draft_of(row) for row in await uow.conn.execute(query)}


async def save_drafts(uow: UnitOfWork, changed: Iterable[Draft], left: Collection[UUID]) -> None:
    """Write drafts, and forget those that have become listings."""
    await bulk.upsert(uow.conn, drafts, [draft_row(draft) for draft in changed])
    if left:
        await uow.conn.execute(delete(drafts).where(drafts.c.id == among(left)))


async def index_listing_words(uow: UnitOfWork, named: Collection[Listing | Draft]) -> None:
    """Make listings and drafts findable by the words of title and SKU, and not by what they were called before."""
    if not named:
        return
    ids = among(one.id for one in named)
    await uow.conn.execute(delete(listing_terms).where(listing_terms.c.listing_id == ids))
    rows: list[dict[str, object]] = [
        {"tenant_id": one.tenant_id, "term": term, "listing_id": one.id}
        for one in named
        if not (isinstance(one, Draft) and one.gone)
        for term in terms_of(one.title, one.sku)
    ]
    await bulk.upsert(uow.conn, listing_terms, rows, replace=False)
