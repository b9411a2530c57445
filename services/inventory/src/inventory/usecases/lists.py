"""The lists people look through: articles, listings, drafts, unmatched sales."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import (
    Article,
    ArticleFilter,
    Draft,
    Listing,
    ListingFilter,
    SaleLine,
    WhyUnmatched,
)
from inventory.store import Place


@dataclass(frozen=True, slots=True)
class UnmatchedSale:
    """A sale without an article, and why it has none."""

    line: SaleLine
    why: WhyUnmatched


async def articles_page(
    uow: UnitOfWork, caller: Caller, wanted: ArticleFilter, *, after: Place | None, limit: int
) -> tuple[list[Article], Place | None]:
    """Articles, newest first or in the order of SKUs; and where the next page begins."""
    return await store.articles_page(uow, caller.tenant_id, wanted, after=after, limit=limit)


async def listings_page(
    uow: UnitOfWork, caller: Caller, wanted: ListingFilter, *, after: Place | None, limit: int
) -> tuple[list[Listing], Place | None]:
    """Listings, and where the next page begins."""
    return await store.listings_page(uow, caller.tenant_id, wanted, after=after, limit=limit)


async def drafts_page(
    uow: UnitOfWork,
    caller: Caller,
    *,
    words: frozenset[str],
    account_id: UUID | None,
    after: Place | None,
    limit: int,
) -> tuple[list[Draft], Place | None]:
    """Drafts, and where the next page begins."""
    return await store.drafts_page(
        uow, caller.tenant_id, words=words, account_id=account_id, after=after, limit=limit
    )


async def draft_counts(uow: UnitOfWork, caller: Caller) -> list[tuple[UUID, str, int]]:
    """(account, platform, drafts there)."""
    return await store.draft_counts(uow, caller.tenant_id)


async def unmatched_page(
    uow: UnitOfWork, caller: Caller, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[UnmatchedSale]:
    """Sales whose listing has no article yet, latest first, each with the reason."""
    lines = await store.unmatched_page(uow, caller.tenant_id, before=before, limit=limit)
    why = await store.why_unmatched(uow, {line.listing_id for line in lines if line.listing_id})
    return [UnmatchedSale(line, _why(line, why)) for line in lines]


def _why(line: SaleLine, known: dict[UUID, WhyUnmatched]) -> WhyUnmatched:
    found = known.get(line.listing_id) if line.listing_id else None
    return found or WhyUnmatched.NEVER_SEEN
