"""What people look at: pages of articles, listings, unmatched sales and questions; one article explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.errors import NotFound
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import (
    Article,
    AskedQuestion,
    JournalEntry,
    Listing,
    Policy,
    SaleLine,
    terms_of,
)

_MOST_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Explained:
    """One article with what explains its quantity."""

    article: Article
    journal: list[JournalEntry]
    questions: list[AskedQuestion]


async def articles_page(
    uow: UnitOfWork, caller: Caller, *, search: str | None, only_short: bool, before: UUID | None, limit: int
) -> list[Article]:
    """Articles newest first, by words of title and SKU."""
    words = terms_of(*(search or "").split())
    return await store.articles_page(
        uow, caller.tenant_id, words=words, only_short=only_short, before=before, limit=limit
    )


async def article(uow: UnitOfWork, article_id: UUID) -> Article:
    """One article with its listings and sales. Raises NotFound."""
    found = await store.article(uow, article_id)
    if found is None:
        raise NotFound("no_such_article", "There is no such article.")
    return found


async def explain(
    uow: UnitOfWork, caller: Caller, article_id: UUID, *, before: int | None, limit: int
) -> Explained:
    """One article with a page of its journal, newest first, and all that was asked about it."""
    found = await article(uow, article_id)
    journal = await store.journal_page(uow, article_id, before=before, limit=limit)
    asked = await store.questions_page(
        uow, caller.tenant_id, article_id=article_id, before=None, limit=_MOST_QUESTIONS
    )
    return Explained(found, journal, asked)


async def listings_page(
    uow: UnitOfWork, caller: Caller, *, unlinked: bool, before: UUID | None, limit: int
) -> list[Listing]:
    """Listings, all or those without an article."""
    return await store.listings_page(uow, caller.tenant_id, unlinked=unlinked, before=before, limit=limit)


async def unmatched_page(
    uow: UnitOfWork, caller: Caller, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[SaleLine]:
    """Sales whose listing has no article yet, latest first."""
    return await store.unmatched_page(uow, caller.tenant_id, before=before, limit=limit)


async def questions_page(
    uow: UnitOfWork, caller: Caller, *, before: UUID | None, limit: int
) -> list[AskedQuestion]:
    """Open questions."""
    return await store.questions_page(uow, caller.tenant_id, article_id=None, before=before, limit=limit)


async def policy(uow: UnitOfWork, caller: Caller) -> Policy:
    """The tenant's settings."""
    return await store.policy_of(uow, caller.tenant_id)
