"""What people look at: one article explained, questions, settings."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import (
    Article,
    AskedQuestion,
    Hold,
    JournalEntry,
    Policy,
)
from inventory.usecases.common import no_such_article

_MOST_SALES = 200
_MOST_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Explained:
    """One article with what explains its quantity."""

    article: Article
    sales: list[Hold]
    """The latest; the timeline pages through all."""
    journal: list[JournalEntry]
    questions: list[AskedQuestion]


async def article(uow: UnitOfWork, article_id: UUID) -> Article:
    """One article with its listings. Raises NotFound."""
    found = await store.article(uow, article_id)
    if found is None:
        raise no_such_article()
    return found


async def explain(
    uow: UnitOfWork, caller: Caller, article_id: UUID, *, before: int | None, limit: int
) -> Explained:
    """One article with a page of its journal, newest first, its latest sales, and what was asked about it last."""
    found = await article(uow, article_id)
    sales = await store.newest_sales(uow, article_id, _MOST_SALES)
    journal = await store.journal_page(uow, article_id, before=before, limit=limit)
    asked = await store.questions_page(
        uow, caller.tenant_id, article_id=article_id, before=None, limit=_MOST_QUESTIONS
    )
    return Explained(found, sales, journal, asked)


async def questions_page(
    uow: UnitOfWork, caller: Caller, *, before: UUID | None, limit: int
) -> list[AskedQuestion]:
    """Open questions."""
    return await store.questions_page(uow, caller.tenant_id, article_id=None, before=before, limit=limit)


async def policy(uow: UnitOfWork, caller: Caller) -> Policy:
    """The tenant's settings."""
    return await store.policy_of(uow, caller.tenant_id)
