"""Articles with price, brand, place and picture; owner rules and consignors; listings as their seller sees them; drafts; imports.

Articles made before keep the owner they have, as if a person had given it. A listing without an article that shows a draft
was never anything else, as far as anybody knows: it becomes a draft.
"""

from __future__ import annotations

from alembic import op
from inventory import tables
from kit.migrations import create_bus_table, create_tenant_table

revision = "0005"
down_revision = "0004"

_ARTICLES = f"""
alter table articles
  add column if not exists price_amount numeric(20, 6),
  add column if not exists price_currency text,
  add column if not exists brand text,
  add column if not exists location text,
  add column if not exists thumbnail_url text,
  add column if not exists owner_given boolean not null default true,
  add column if not exists stock text not null generated always as ({tables.STOCK}) stored,
  add column if not exists title_key text not null generated always as ({tables.TITLE_KEY}) stored,
  alter column owner_given set default false,
  drop constraint if exists price_has_a_currency,
  add constraint price_has_a_currency check ((price_amount is null) = (price_currency is null))
"""
_LISTINGS = """
alter table listings
  add column if not exists vendor text,
  add column if not exists brand text,
  add column if not exists price_amount numeric(20, 6),
  add column if not exists price_currency text,
  add column if not exists sold_here boolean not null default false,
  add column if not exists taken_down boolean not null default false,
  add column if not exists standing text not null default 'live'
"""
_HOLDS = """
alter table holds
  add column if not exists owner_kind text,
  add column if not exists consignor_id uuid,
  add column if not exists cost_amount numeric(20, 6),
  add column if not exists cost_currency text
"""
_SETTINGS = "alter table settings add column if not exists create_from text not null default 'sku_only'"

# `inventory.domain.standing` as it was at this revision, for rows that are saved no more.
_STANDING = """
update listings l set
  taken_down = l.applied_version > 0 and l.applied_quantity = 0,
  sold_here = l.target_quantity = 0 and exists (
    select 1 from holds h where h.article_id = l.article_id and h.listing_id = l.id and h.held > 0),
  standing = case
    when l.failure is not null and l.failed_version >= greatest(l.target_version, l.applied_version + 1) then 'failed'
    when l.target_quantity = 0 and l.applied_version < l.target_version and l.state <> 'gone' then 'delist'
    when l.target_quantity = 0 and exists (
      select 1 from holds h where h.article_id = l.article_id and h.listing_id = l.id and h.held > 0) then 'sold'
    when l.target_quantity = 0 then 'delisted'
    when l.applied_version > 0 and l.applied_quantity = 0 and not (
      l.state = 'live' and coalesce(l.observed_quantity, 0) > 0 and l.settled_version >= l.applied_version)
      then 'delisted'
    when l.withdrawn or l.state <> 'live' then 'ended'
    else 'live' end
"""
_DRAFTS = """
with moved as (
  delete from listings l where l.state = 'draft' and l.article_id is null and l.version = 0 and not l.kept_apart
    and not exists (select 1 from unmatched u where u.listing_id = l.id) returning l.*)
insert into drafts (id, tenant_id, account_id, platform, revision, title, sku, url, thumbnail_url, observed_at, gone)
select id, tenant_id, account_id, platform, observed_revision, title, sku, url, thumbnail_url,
  coalesce(observed_at, now()), false from moved
"""
# `inventory.domain.terms_of`, near enough.
_WORDS = """
insert into listing_terms (tenant_id, term, listing_id)
select distinct tenant_id, left(word, 64), id from (
  select tenant_id, id, title, sku from listings union all select tenant_id, id, title, sku from drafts) as shown,
  lateral (
    select (regexp_matches(lower(concat_ws(' ', title, sku)), '\\w+', 'g'))[1] as word
    union select lower(sku) where sku is not null and sku !~ '\\s') as words
"""
_LATER = ("articles_merged", "listings_without_article")
"""Indexes of columns that come with 0006."""
_FILLED = ("articles", "listings", "holds", "unmatched", *(table.name for table in tables.BUSINESS_0005))


def upgrade() -> None:
    """Add what is new, and fill it for what is there."""
    for statement in (_ARTICLES, _LISTINGS, _HOLDS, _SETTINGS):
        op.execute(statement)
    for table in tables.BUSINESS_0005:
        create_tenant_table(table)
    create_bus_table(tables.owner_sweeps)
    _fill()
    for table in (tables.articles, tables.article_terms, tables.listings):
        for index in table.indexes:
            if index.name not in _LATER:
                index.create(op.get_bind(), checkfirst=True)
    op.execute("drop index if exists article_terms_article")


def _fill() -> None:
    """The owner of a table is bound by its policy too, unless it says otherwise."""
    for name in _FILLED:
        op.execute(f"alter table {name} no force row level security")
    for statement in (_STANDING, _DRAFTS, _WORDS):
        op.execute(statement)
    for name in _FILLED:
        op.execute(f"alter table {name} force row level security")
