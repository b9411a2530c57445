"""What people look at: one article with all that explains it, unmatched sales, questions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import Select, select, tuple_

from inventory.domain import (
    Article,
    AskedQuestion,
    Entry,
    Hold,
    JournalEntry,
    JournalRow,
    Policy,
    Question,
    QuestionKind,
    SaleLine,
)
from inventory.store.rows import article_of, hold_of, line_of, listing_of, policy_of_row
from inventory.tables import (
    articles,
    holds,
    listings,
    questions,
    settings,
    stock_journal,
    unmatched,
)


async def policy_of(uow: UnitOfWork, tenant_id: UUID) -> Policy:
    """A tenant's settings, or what they are by default."""
    row = (await uow.conn.execute(select(settings).where(settings.c.tenant_id == tenant_id))).first()
    return policy_of_row(row) if row else Policy()


async def article(uow: UnitOfWork, article_id: UUID) -> Article | None:
    """One article with its listings, without its sales, or None."""
    row = (await uow.conn.execute(select(articles).where(articles.c.id == article_id))).first()
    if row is None:
        return None
    found = article_of(row)
    for linked in await uow.conn.execute(select(listings).where(listings.c.article_id == article_id)):
        found.linked.add(listing_of(linked))
    return found


async def newest_sales(uow: UnitOfWork, article_id: UUID, limit: int) -> list[Hold]:
    """The latest sales on an article, latest first."""
    query = select(holds).where(holds.c.article_id == article_id)
    query = query.order_by(holds.c.sold_at.desc(), holds.c.sale_id.desc()).limit(limit)
    return [hold_of(row) for row in await uow.conn.execute(query)]


async def journal_page(
    uow: UnitOfWork, article_id: UUID, *, before: int | None, limit: int
) -> list[JournalEntry]:
    """The article's stock journal, newest first."""
    query = select(stock_journal).where(stock_journal.c.article_id == article_id)
    if before is not None:
        query = query.where(stock_journal.c.id < before)
    rows = await uow.conn.execute(query.order_by(stock_journal.c.id.desc()).limit(limit))
    return [_entry_of(row) for row in rows]


def _entry_of(row: Row) -> JournalEntry:
    entry = JournalRow(Entry(row["entry"]), row["units"], row["sale_id"], row["listing_id"], row["note"])
    return JournalEntry(row["id"], entry, row["user_id"], row["at"])


async def unmatched_page(
    uow: UnitOfWork, tenant_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[SaleLine]:
    """Sales without an article, latest sold first, from after this time and id on."""
    query = select(unmatched).where(unmatched.c.tenant_id == tenant_id)
    place = tuple_(unmatched.c.sold_at, unmatched.c.sale_id)
    if before is not None:
        query = query.where(place < tuple_(*before))
    query = query.order_by(unmatched.c.sold_at.desc(), unmatched.c.sale_id.desc())
    return [line_of(row) for row in await uow.conn.execute(query.limit(limit))]


async def questions_page(
    uow: UnitOfWork, tenant_id: UUID, *, article_id: UUID | None, before: UUID | None, limit: int
) -> list[AskedQuestion]:
    """Open questions of a tenant, or all of one article."""
    query = select(questions).where(questions.c.tenant_id == tenant_id)
    if article_id is None:
        query = query.where(questions.c.answered_at.is_(None))
    else:
        query = query.where(questions.c.article_id == article_id)
    if before is not None:
        query = query.where(questions.c.id < before)
    rows = await uow.conn.execute(query.order_by(questions.c.id.desc()).limit(limit))
    return [question_of(row) for row in rows]


async def question(uow: UnitOfWork, question_id: UUID) -> AskedQuestion | None:
    """One question, or None."""
    query: Select[tuple[object, ...]] = select(questions).where(questions.c.id == question_id)
    row = (await uow.conn.execute(query)).first()
    return question_of(row) if row else None


def question_of(row: Row) -> AskedQuestion:
    """A question from its row."""
    asked = Question(QuestionKind(row["kind"]), row["subject"], row["units"], row["free"])
    return AskedQuestion(
        row["id"], row["article_id"], asked, row["asked_at"], row["answered_at"], row["answer"]
    )
