"""What merging, splitting, leaving and disconnecting need to know and to move beside articles in hand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import func, select, text, update

from inventory.domain import Article, Entry
from inventory.tables import articles, listings, questions, stock_journal


async def merged_homes(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Of these articles those that were merged, with the one they turned out to be."""
    if not ids:
        return {}
    query = select(articles.c.id, articles.c.merged_into).where(
        articles.c.id == among(ids), articles.c.merged_into.is_not(None)
    )
    return {row.id: row.merged_into for row in await uow.conn.execute(query)}


async def pass_on(uow: UnitOfWork, merged: Article, into: Article) -> None:
    """Let what was merged into an article before, and is now merged itself, point to where it ends."""
    change = update(articles).where(articles.c.merged_into == merged.id)
    await uow.conn.execute(change.values(merged_into=into.id))


async def row_with_sku(uow: UnitOfWork, tenant_id: UUID, sku: str) -> UUID | None:
    """The article whose own SKU it is, merged or not."""
    query = select(articles.c.id).where(articles.c.tenant_id == tenant_id, articles.c.sku == sku)
    found: UUID | None = (await uow.conn.execute(query)).scalar()
    return found


async def give_up_sku(uow: UnitOfWork, article_id: UUID) -> None:
    """Let a merged article be found by its SKU no more: another one gets it."""
    await uow.conn.execute(update(articles).where(articles.c.id == article_id).values(sku=None))


async def move_questions(
    uow: UnitOfWork, article_id: UUID, to: UUID, subjects: Collection[UUID] | None = None
) -> None:
    """Let all questions of an article, or those about these listings and sales, be another article's."""
    change = update(questions).where(questions.c.article_id == article_id)
    if subjects is not None:
        change = change.where(questions.c.subject == among(subjects))
    await uow.conn.execute(change.values(article_id=to))


async def articles_to_leave(uow: UnitOfWork, listing_ids: Collection[UUID]) -> set[UUID]:
    """The articles of those listings that are to be disconnected."""
    query = select(listings.c.article_id).where(
        listings.c.id == among(listing_ids),
        listings.c.disconnecting_version > 0,
        listings.c.article_id.is_not(None),
    )
    return set((await uow.conn.execute(query)).scalars())


_COUNTED_SINCE = text(
    "select h.sale_id from holds h where h.sale_id = any(cast(:sales as uuid[])) and exists ("
    "select 1 from stock_journal j where j.article_id = h.article_id and j.sale_id is null "
    "and j.entry in ('opened', 'adjusted', 'edited') and j.id > (select min(k.id) from stock_journal k "
    "where k.article_id = h.article_id and k.sale_id = h.sale_id and k.entry = 'held'))"
)


async def counted_since(uow: UnitOfWork, sales: Collection[UUID]) -> set[UUID]:
    """Those of the sales whose article was counted after they took their units: the count is without them."""
    if not sales:
        return set()
    return set((await uow.conn.execute(_COUNTED_SINCE, {"sales": sorted(sales)})).scalars())


async def risen_since(uow: UnitOfWork, article_id: UUID, listing_id: UUID, moment: datetime) -> int:
    """Units by which a listing's own figure has raised the stock since."""
    journal = stock_journal.c
    query = select(func.coalesce(func.sum(journal.units), 0)).where(
        journal.article_id == article_id,
        journal.listing_id == listing_id,
        journal.entry == Entry.ADJUSTED,
        journal.units > 0,
        journal.at > moment,
    )
    return int((await uow.conn.execute(query)).scalar_one())
