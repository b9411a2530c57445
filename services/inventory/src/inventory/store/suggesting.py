"""Candidates for listings without an article, by the rarest words of their titles; every step is a range of a b-tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import select, text

from inventory.domain import Candidate, Listing, words_of
from inventory.store.rows import amount_of, listing_of
from inventory.tables import listings

COMMON = 500
"""A word of more articles than that tells none of them apart and is left out; nothing counts any further."""
RAREST = 4
"""Words of a title that are looked up."""
MOST = 40
"""Candidates of a listing that are scored: those that share most of these words."""


async def alone_page(
    uow: UnitOfWork, tenant_id: UUID, *, before: UUID | None, limit: int, kept_apart: bool
) -> list[Listing]:
    """Live listings without an article, newest first; with those a person unlinked, or without them."""
    query = select(listings).where(
        listings.c.tenant_id == tenant_id, listings.c.article_id.is_(None), text("state = 'live'")
    )
    if not kept_apart:
        query = query.where(~listings.c.kept_apart)
    if before is not None:
        query = query.where(listings.c.id < before)
    rows = await uow.conn.execute(query.order_by(listings.c.id.desc()).limit(limit))
    return [listing_of(row) for row in rows]


# Terms are compared as the index has them, by bytes. Of a word that is in too many articles only so many are counted.
_CANDIDATES = text("""
with wanted as materialized (
  select w.listing, w.account, w.term collate "C" as term
  from unnest(cast(:listings as uuid[]), cast(:accounts as uuid[]), cast(:terms as text[])) as w(listing, account, term)
), known as materialized (
  select d.term, n.count from (select distinct term from wanted) d cross join lateral (
    select count(*) as count from (
      select 1 from article_terms t where t.tenant_id = :tenant and t.term = d.term limit cast(:common as int) + 1
    ) few
  ) n
), rare as materialized (
  select listing, account, term from (
    select w.listing, w.account, w.term, row_number() over (partition by w.listing order by k.count, w.term) as place
    from wanted w join known k on k.term = w.term where k.count between 1 and cast(:common as int)
  ) ranked where place <= cast(:rarest as int)
), near as materialized (
  select listing, account, article_id from (
    select r.listing, r.account, t.article_id,
      row_number() over (partition by r.listing order by count(*) desc, t.article_id desc) as place
    from rare r cross join lateral (
      select a.article_id from article_terms a where a.tenant_id = :tenant and a.term = r.term
      limit cast(:common as int)
    ) t
    group by r.listing, r.account, t.article_id
  ) shared where place <= cast(:most as int)
)
select n.listing, a.id, a.sku, a.title, a.brand, a.price_amount, a.price_currency
from near n join articles a on a.id = n.article_id
where a.merged_into is null and not exists (
  select 1 from listings l where l.article_id = a.id and l.account_id = n.account and l.state = 'live'
)
""")


async def candidates_for(
    uow: UnitOfWork, tenant_id: UUID, wanting: Sequence[Listing]
) -> dict[UUID, list[Candidate]]:
    """Articles that share rare words with each listing, and that no live listing of its account shows."""
    words = [(listing, word) for listing in wanting for word in sorted(words_of(listing))]
    asked = {
        "tenant": tenant_id,
        "listings": [listing.id for listing, _ in words],
        "accounts": [listing.account_id for listing, _ in words],
        "terms": [word for _, word in words],
        "common": COMMON,
        "rarest": RAREST,
        "most": MOST,
    }
    found: dict[UUID, list[Candidate]] = defaultdict(list)
    for row in await uow.conn.execute(_CANDIDATES, asked) if words else ():
        candidate = Candidate(row.id, row.sku, row.title, row.brand, amount_of(row, "price"))
        found[row.listing].append(candidate)
    return found
