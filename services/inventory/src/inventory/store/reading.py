"""What people look at: pages by keyset, search by words, one article with all that explains it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import Select, exists, select, tuple_

from inventory.domain import (
    Article,
    AskedQuestion,
    Entry,
    JournalEntry,
    JournalRow,
    Listing,
    OwnerKind,
    Policy,
    Question,
    QuestionKind,
    SaleLine,
)
from inventory.store.rows import article_of, hold_of, line_of, listing_of
from inventory.tables import (
    article_terms,
    articles,
    holds,
    listings,
    questions,
    settings,
    stock_journal,
    unmatched,
)

_AFTER_EVERY_WORD = "\U0010ffff"


async def policy_of(uow: UnitOfWork, tenant_id: UUID) -> Policy:
    """A tenant's settings, or what they are by default."""
    row = (await uow.conn.execute(select(settings).where(settings.c.tenant_id == tenant_id))).first()
    return Policy(row.create_articles, OwnerKind(row.default_owner)) if row else Policy()


async def articles_page(
    uow: UnitOfWork,
    tenant_id: UUID,
    *,
    words: Collection[str] = (),
    only_short: bool = False,
    before: UUID | None,
    limit: int,
) -> list[Article]:
    """Articles newest first; every word must begin one of the article's."""
    query = select(articles).where(articles.c.tenant_id == tenant_id, articles.c.merged_into.is_(None))
    for word in sorted(words):
        query = query.where(_has_word(tenant_id, word))
    if only_short:
        query = query.where(articles.c.short > 0)
    if before is not None:
        query = query.where(articles.c.id < before)
    rows = await uow.conn.execute(query.order_by(articles.c.id.desc()).limit(limit))
    return [article_of(row) for row in rows]


def _has_word(tenant_id: UUID, word: str) -> exists:  # type: ignore[valid-type]
    """A range over the b-tree of terms: under row-level security full-text indexes go unused."""
    term = article_terms.c
    return exists().where(
        term.tenant_id == tenant_id,
        term.article_id == articles.c.id,
        term.term >= word,
        term.term < word + _AFTER_EVERY_WORD,
    )


async def article(uow: UnitOfWork, article_id: UUID) -> Article | None:
    """One article with its listings and every sale on it, or None."""
    row = (await uow.conn.execute(select(articles).where(articles.c.id == article_id))).first()
    if row is None:
        return None
    found = article_of(row)
    for linked in await uow.conn.execute(select(listings).where(listings.c.article_id == article_id)):
        found.linked.add(listing_of(linked))
    query = select(holds).where(holds.c.article_id == article_id).order_by(holds.c.sold_at, holds.c.sale_id)
    for hold in await uow.conn.execute(query):
        found.holds[hold.sale_id] = hold_of(hold)
    return found


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


async def listings_page(
    uow: UnitOfWork, tenant_id: UUID, *, unlinked: bool, before: UUID | None, limit: int
) -> list[Listing]:
    """Listings in falling id order, all or those without an article."""
    query = select(listings).where(listings.c.tenant_id == tenant_id)
    if unlinked:
        query = query.where(listings.c.article_id.is_(None))
    if before is not None:
        query = query.where(listings.c.id < before)
    rows = await uow.conn.execute(query.order_by(listings.c.id.desc()).limit(limit))
    return [listing_of(row) for row in rows]


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
