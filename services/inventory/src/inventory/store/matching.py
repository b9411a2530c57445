"""What matching needs: settings under lock, listings, SKUs, and sales without an article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from kit import bulk
from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select, text

from inventory.domain import Article, Listing, Observation, Policy, SaleLine, terms_of
from inventory.store.rows import line_of, line_row, listing_of, policy_of_row, policy_row
from inventory.tables import article_terms, articles, holds, listings, settings, unmatched

Sku = tuple[UUID, str]
"""A tenant and one of its SKUs."""


async def lock_policies(uow: UnitOfWork, tenants: Collection[UUID]) -> dict[UUID, Policy]:
    """The settings of tenants, locked in id order.

    Whoever matches, links or creates articles holds this lock first, before any article's: a sale can't go to the
    unmatched while its listing is being linked, and no SKU gets two articles.
    """
    rows = [policy_row(tenant, Policy()) for tenant in tenants]
    await bulk.upsert(uow.conn, settings, rows, replace=False)
    query = select(settings).where(settings.c.tenant_id == among(tenants))
    found = await uow.conn.execute(query.order_by(settings.c.tenant_id).with_for_update())
    return {row.tenant_id: policy_of_row(row) for row in found}


async def save_policy(uow: UnitOfWork, tenant_id: UUID, policy: Policy) -> None:
    """Write a tenant's settings."""
    await bulk.upsert(uow.conn, settings, [policy_row(tenant_id, policy)])


async def listings_of(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Listings by id, as they are now, without a lock."""
    rows = await uow.conn.execute(select(listings).where(listings.c.id == among(ids)))
    return {row.id: listing_of(row) for row in rows}


async def articles_of_sales(uow: UnitOfWork, sales: Collection[UUID]) -> dict[UUID, UUID]:
    """Which article a sale was placed on."""
    rows = await uow.conn.execute(
        select(holds.c.sale_id, holds.c.article_id).where(holds.c.sale_id == among(sales))
    )
    return {row.sale_id: row.article_id for row in rows}


_BY_SKU = text(
    "select a.tenant_id, a.sku, coalesce(a.merged_into, a.id) as id "
    "from unnest(cast(:tenants as uuid[]), cast(:skus as text[])) as w(tenant, sku) "
    "join articles a on a.tenant_id = w.tenant and a.sku = w.sku"
)


async def articles_by_sku(uow: UnitOfWork, skus: Collection[Sku]) -> dict[Sku, UUID]:
    """The article of each SKU that has one; the SKU of an article that was merged finds the one it turned out to be."""
    if not skus:
        return {}
    wanted = {"tenants": [tenant for tenant, _ in skus], "skus": [sku for _, sku in skus]}
    return {(row.tenant_id, row.sku): row.id for row in await uow.conn.execute(_BY_SKU, wanted)}


_ALONE_BY_SKU = text(
    "select l.* from unnest(cast(:tenants as uuid[]), cast(:skus as text[])) as w(tenant, sku) "
    "join listings l on l.tenant_id = w.tenant and l.sku = w.sku "
    "where l.article_id is null and not l.kept_apart and l.state = 'live'"
)


async def alone_by_sku(uow: UnitOfWork, skus: Collection[Sku]) -> list[Listing]:
    """Live listings without an article that carry one of the SKUs."""
    wanted = {"tenants": [tenant for tenant, _ in skus], "skus": [sku for _, sku in skus]}
    return [listing_of(row) for row in await uow.conn.execute(_ALONE_BY_SKU, wanted)]


_ALIKE = text(
    "with seen as materialized (select tenant, account, listing, has_sku, md5(lower(title)) as title_key "
    "from unnest(cast(:tenants as uuid[]), cast(:accounts as uuid[]), cast(:listings as uuid[]), "
    "cast(:skus as boolean[]), cast(:titles as text[])) as w(tenant, account, listing, has_sku, title)) "
    "select listing from seen where exists (select 1 from articles a "
    "where a.tenant_id = seen.tenant and a.title_key = seen.title_key and a.merged_into is null "
    "and (a.sku is null or not has_sku) "
    "and not exists (select 1 from listings l "
    "where l.article_id = a.id and l.account_id = seen.account and l.state = 'live'))"
)


async def alike(uow: UnitOfWork, seen: Collection[Observation]) -> set[UUID]:
    """Listings for which an article of the same title is there that no live listing of their account shows.

    Articles with another SKU are others: for a listing with a SKU only those without one count.
    """
    if not seen:
        return set()
    columns = {
        "tenants": [one.tenant_id for one in seen],
        "accounts": [one.account_id for one in seen],
        "listings": [one.listing_id for one in seen],
        "skus": [one.sku is not None for one in seen],
        "titles": [one.title for one in seen],
    }
    return set((await uow.conn.execute(_ALIKE, columns)).scalars())


_WAITING = text(
    "select * from unmatched where listing_id = any(cast(:listings as uuid[])) "
    "union "
    "select u.* from unnest(cast(:tenants as uuid[]), cast(:skus as text[])) as w(tenant, sku) "
    "join unmatched u on u.tenant_id = w.tenant and u.sku = w.sku "
    "left join listings l on l.id = u.listing_id where not coalesce(l.kept_apart, false) "
    "order by sold_at, sale_id"
)


async def waiting_sales(
    uow: UnitOfWork, listing_ids: Collection[UUID], skus: Collection[Sku]
) -> list[SaleLine]:
    """Sales without an article of these listings or SKUs, oldest first."""
    wanted = {
        "listings": list(listing_ids),
        "tenants": [tenant for tenant, _ in skus],
        "skus": [sku for _, sku in skus],
    }
    return [line_of(row) for row in await uow.conn.execute(_WAITING, wanted)]


async def parked_sales(uow: UnitOfWork, sales: Collection[UUID]) -> dict[UUID, SaleLine]:
    """Sales without an article, by id."""
    rows = await uow.conn.execute(select(unmatched).where(unmatched.c.sale_id == among(sales)))
    return {row.sale_id: line_of(row) for row in rows}


async def park(uow: UnitOfWork, lines: Iterable[SaleLine]) -> None:
    """Keep sales whose listing has no article yet."""
    await bulk.upsert(uow.conn, unmatched, [line_row(line) for line in lines])


async def unpark(uow: UnitOfWork, sales: Collection[UUID]) -> None:
    """These sales have their article now."""
    if sales:
        await uow.conn.execute(delete(unmatched).where(unmatched.c.sale_id == among(sales)))


_WORDED = 5_000
"""Articles whose words go into one statement."""


async def index_words(uow: UnitOfWork, made: Iterable[Article], *, anew: bool = False) -> None:
    """Make articles findable by the words of their title and SKU."""
    found = list(made)
    if anew and found:
        ids = among([article.id for article in found])
        await uow.conn.execute(delete(article_terms).where(article_terms.c.article_id == ids))
    skus = await _other_skus(uow, found) if anew else {}
    for some in (found[start : start + _WORDED] for start in range(0, len(found), _WORDED)):
        rows: list[dict[str, object]] = [
            {"tenant_id": article.tenant_id, "term": term, "article_id": article.id}
            for article in some
            if article.merged_into is None
            for term in terms_of(article.title, article.sku, *skus.get(article.id, ()))
        ]
        await bulk.upsert(uow.conn, article_terms, rows, replace=False)


async def _other_skus(uow: UnitOfWork, found: Iterable[Article]) -> dict[UUID, list[str]]:
    """The SKUs of those that were merged into these articles."""
    query = select(articles.c.merged_into, articles.c.sku).where(
        articles.c.merged_into == among([article.id for article in found]), articles.c.sku.is_not(None)
    )
    skus: dict[UUID, list[str]] = defaultdict(list)
    for row in await uow.conn.execute(query):
        skus[row.merged_into].append(row.sku)
    return skus
