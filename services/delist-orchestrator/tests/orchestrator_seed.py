"""A tenant with many sales, written straight into the tables, and the plans PostgreSQL makes of the service's own queries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import md5
from uuid import UUID

import asyncpg
from delist_orchestrator.config import Settings
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ClauseElement

TENANT = UUID("11111111-1111-4111-8111-111111111111")
_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
# Of each hundred sales: two with a failure on eBay (every tenth of them asks for a relist by hand), one that waits for a
# yes, one skipped; the rest are done. Of each platform there is a large account and a small one.
_SALES = """
insert into delists (sale_id, tenant_id, article_id, account_id, platform, title, sku, outcome, revision, state, test,
  sold_at, reserved_at, created_at, changed_at, completed_at)
select md5('sale' || n)::uuid, $1::uuid, md5('article' || n % ($2::int / 4))::uuid, md5('account0')::uuid, 'shopify', 'Coat ' || n,
  'SKU-' || n, 'held', 2, case when n % 100 in (1, 2) then 'failed' when n % 100 = 3 then 'waiting' else 'done' end, false,
  at, at, at, at, case when n % 100 in (1, 2, 3) then null else at end
from (select n, timestamptz '2026-01-01' + n * interval '30 days' / $2::int as at from generate_series(1, $2::int) n) sold
"""
_STEPS = """
insert into steps (listing_id, version, tenant_id, sale_id, article_id, account_id, platform, target_quantity, cause, state,
  may_raise, sold_here, order_backed, history, follows, overdue, ended, code, can_retry, attempts, created_at, sold_at,
  asked_at, applied_at, verified_at, test)
select md5('listing' || p || ':' || n)::uuid, 1, $1::uuid, md5('sale' || n)::uuid, md5('article' || n % ($2::int / 4))::uuid,
  md5('account' || p || case when n % 1000 = 7 then 'rare' else '' end)::uuid, (array['shopify', 'ebay', 'depop'])[p], 0,
  'sale', state, false, p = 1, true, false, false, state = 'failed' and n % 400 = 1,
  state in ('done', 'skipped'), case when state = 'failed' then case when n % 1000 = 1 then 'relist_by_hand' else 'refused' end end,
  false, 1, at, at, at, case when state = 'done' then at + interval '2 seconds' end, at, false
from (select n, p, timestamptz '2026-01-01' + n * interval '30 days' / $2::int as at,
  case when p = 2 and n % 100 in (1, 2) then 'failed' when p = 3 and n % 100 = 3 then 'waiting_for_approval'
    when p = 3 and n % 100 = 4 then 'skipped' else 'done' end as state
  from generate_series(1, $2::int) n cross join generate_series(1, 3) p) made
"""


def seeded(name: str) -> UUID:
    """The id of `sale5`, `article5`, `account2` (eBay's) or `account2rare` (one in a thousand of its listings)."""
    return UUID(md5(name.encode(), usedforsecurity=False).hexdigest())


@asynccontextmanager
async def connection(dsn: str | None, tenant: UUID) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A transaction of a role, held to a tenant."""
    conn = await asyncpg.connect(str(dsn))
    try:
        async with conn.transaction():
            await conn.execute("select set_config('app.tenants', $1, true)", str(tenant))
            yield conn
    finally:
        await conn.close()


async def seed(settings: Settings, sales: int) -> None:
    """So many sales of three listings each, and what the planner knows of them."""
    async with connection(settings.postgres_owner, TENANT) as owner:
        for statement in (_SALES, _STEPS):
            await owner.execute(statement, TENANT, sales, timeout=1800)
    conn = await asyncpg.connect(str(settings.postgres_owner))
    try:
        await conn.execute("analyze delists, steps", timeout=600)
    finally:
        await conn.close()


def sql_of(query: ClauseElement | Executable) -> str:
    """A query with its values written out."""
    assert isinstance(query, ClauseElement)
    return str(query.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))


async def plan(settings: Settings, sql: str, *, run: bool = False) -> list[str]:
    """How the request role would read it; `run`: how it did, with rows and times."""
    async with connection(settings.postgres_request, TENANT) as conn:
        how = "analyze, timing off" if run else "costs off"
        return [str(row[0]) for row in await conn.fetch(f"explain ({how}) {sql}", timeout=600)]
