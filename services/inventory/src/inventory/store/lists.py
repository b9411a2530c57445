"""The lists people look through: articles, listings, drafts, each narrowed and paged by keyset."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import ColumnElement, FromClause, Table, func, select

from inventory.domain import Article, ArticleFilter, Draft, Listing, ListingFilter, WhyUnmatched
from inventory.store.rows import article_of, draft_of, listing_of
from inventory.store.searching import List, Place, Words, begins, chosen, rarest
from inventory.tables import article_terms, articles, drafts, listing_terms, listings

ARTICLE_WORDS = Words(article_terms, "article_id")
LISTING_WORDS = Words(listing_terms, "listing_id")


async def articles_page(
    uow: UnitOfWork, tenant_id: UUID, wanted: ArticleFilter, *, after: Place | None, limit: int
) -> tuple[list[Article], Place | None]:
    """Articles newest first, or in the order of their SKUs when they are chosen by it; and where the next page begins."""
    given = _articles(articles, wanted)
    walked = next((names for names in _ARTICLE_INDEXES if given.keys() >= set(names)), ())
    by_sku = wanted.sku_prefix is not None
    shown = List(
        articles,
        [
            articles.c.tenant_id == tenant_id,
            articles.c.merged_into.is_(None),
            *(one for name in walked for one in given[name]),
        ],
        lambda row: _rest(tenant_id, row, _articles(row, wanted), walked, wanted.words, ARTICLE_WORDS),
        key="sku" if by_sku else "id",
        by_sku=by_sku,
    )
    ids = await rarest(uow, ARTICLE_WORDS, tenant_id, chosen(wanted.words))
    rows, following = await shown.page(uow, after, limit, among_ids=ids)
    return [article_of(row) for row in rows], following


_ARTICLE_INDEXES = (
    ("sku",),
    ("short",),
    ("consignor",),
    ("location",),
    ("owner", "stock"),
    ("stock",),
    ("owner",),
)
"""What an index answers, the most telling first."""


def _articles(row: FromClause, wanted: ArticleFilter) -> dict[str, list[ColumnElement[bool]]]:
    """The conditions that are given, by name."""
    column = row.c
    found: dict[str, list[ColumnElement[bool]]] = {}
    if wanted.sku_prefix is not None:
        sku = column.sku
        found["sku"] = [sku.is_not(None), *begins(sku.collate("C"), wanted.sku_prefix)]
    if wanted.only_short:
        found["short"] = [column.short > 0]
    if wanted.consignor_id is not None:
        found["consignor"] = [column.consignor_id == wanted.consignor_id]
    if wanted.location is not None:
        found["location"] = [column.location == wanted.location]
    if wanted.owner is not None:
        found["owner"] = [column.owner_kind == wanted.owner]
    if wanted.stock is not None:
        found["stock"] = [column.stock == wanted.stock]
    if wanted.is_open is not None:
        is_open = column.opened_at.is_not(None)
        found["open"] = [is_open if wanted.is_open else ~is_open]
    return found


def _rest(
    tenant_id: UUID,
    row: FromClause,
    given: dict[str, list[ColumnElement[bool]]],
    walked: Collection[str],
    sought: Collection[str],
    words: Words,
) -> list[ColumnElement[bool]]:
    """What the walked index has not answered."""
    left = [one for name, conditions in given.items() if name not in walked for one in conditions]
    return left + [words.has(tenant_id, word, row) for word in chosen(sought)]


async def listings_page(
    uow: UnitOfWork, tenant_id: UUID, wanted: ListingFilter, *, after: Place | None, limit: int
) -> tuple[list[Listing], Place | None]:
    """Listings in falling id order, and where the next page begins."""
    given = _listings(listings, wanted)
    walked = next((names for names in _LISTING_INDEXES if given.keys() >= set(names)), ())
    shown = List(
        listings,
        [listings.c.tenant_id == tenant_id, *(one for name in walked for one in given[name])],
        lambda row: _rest(tenant_id, row, _listings(row, wanted), walked, wanted.words, LISTING_WORDS),
    )
    ids = await rarest(uow, LISTING_WORDS, tenant_id, chosen(wanted.words))
    rows, following = await shown.page(uow, after, limit, among_ids=ids)
    return [listing_of(row) for row in rows], following


_LISTING_INDEXES = (
    ("account", "standing"),
    ("standing",),
    ("unlinked",),
    ("account",),
    ("platform",),
)


def _listings(row: FromClause, wanted: ListingFilter) -> dict[str, list[ColumnElement[bool]]]:
    column = row.c
    found: dict[str, list[ColumnElement[bool]]] = {}
    if wanted.standing is not None:
        found["standing"] = [column.standing == wanted.standing]
    if wanted.account_id is not None:
        found["account"] = [column.account_id == wanted.account_id]
    if wanted.platform is not None:
        found["platform"] = [column.platform == wanted.platform]
    if wanted.unlinked:
        found["unlinked"] = [column.article_id.is_(None)]
    return found


async def drafts_page(
    uow: UnitOfWork,
    tenant_id: UUID,
    *,
    words: Collection[str],
    account_id: UUID | None,
    after: Place | None,
    limit: int,
) -> tuple[list[Draft], Place | None]:
    """Drafts in falling id order, and where the next page begins."""
    walked = [drafts.c.tenant_id == tenant_id, ~drafts.c.gone]
    if account_id is not None:
        walked.append(drafts.c.account_id == account_id)
    shown = List(
        drafts, walked, lambda row: [LISTING_WORDS.has(tenant_id, word, row) for word in chosen(words)]
    )
    ids = await rarest(uow, LISTING_WORDS, tenant_id, chosen(words))
    rows, following = await shown.page(uow, after, limit, among_ids=ids)
    return [draft_of(row) for row in rows], following


async def draft_counts(uow: UnitOfWork, tenant_id: UUID) -> list[tuple[UUID, str, int]]:
    """(account, platform, drafts there)."""
    mine = [drafts.c.tenant_id == tenant_id, ~drafts.c.gone]
    query = select(
        drafts.c.account_id, func.min(drafts.c.platform).label("platform"), func.count().label("n")
    )
    found = await uow.conn.execute(
        query.where(*mine).group_by(drafts.c.account_id).order_by(drafts.c.account_id)
    )
    return [(row.account_id, row.platform, row.n) for row in found]


async def why_unmatched(uow: UnitOfWork, listing_ids: Collection[UUID]) -> dict[UUID, WhyUnmatched]:
    """What is known of the listings that unmatched sales name; nothing of one that was never seen."""
    known = await _known(uow, listings, listing_ids)
    drafted = await _known(uow, drafts, listing_ids)
    return dict.fromkeys(drafted, WhyUnmatched.DRAFT) | dict.fromkeys(known, WhyUnmatched.UNLINKED)


async def _known(uow: UnitOfWork, table: Table, ids: Collection[UUID]) -> list[UUID]:
    query = select(table.c.id).where(table.c.id == among(ids))
    if table is drafts:
        query = query.where(~drafts.c.gone)
    return list((await uow.conn.execute(query)).scalars())
