"""Explain an article: its timeline, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import Article, Moment, NextAction, Place, next_action
from inventory.usecases.common import no_such_article


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of what happened to an article, latest first, and what is to be done now."""

    article: Article
    moments: Sequence[Moment]
    next_action: NextAction


async def timeline(uow: UnitOfWork, article_id: UUID, *, before: Place | None, limit: int) -> Timeline:
    """What happened to an article, and to those that were merged into it. Raises NotFound."""
    article = await store.standing_of(uow, article_id)
    if article is None:
        raise no_such_article()
    ids = [article_id, *await store.merged_in(uow, article_id)]
    moments = await store.timeline(uow, ids, before=before, limit=limit)
    asked = await store.open_questions(uow, article_id)
    return Timeline(article, moments, next_action(article, asked))
