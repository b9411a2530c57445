"""A database of the version before: its rows live on, and what is new is there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import asyncpg
import delist_orchestrator
import pytest
from delist_orchestrator.app import build
from delist_orchestrator.config import Settings
from delist_orchestrator.tables import delists, steps
from kit.migrations import upgrade
from orchestrator_seed import TENANT, connection
from orchestrator_shop import Shop
from testkit.bus import run_batch
from testkit.plugin import FreshDatabase
from testkit.services import settings_for

pytestmark = pytest.mark.bus
MIGRATIONS = Path(str(delist_orchestrator.__file__)).parents[2] / "migrations"
NEW_COLUMNS = {
    "steps": ("link", "waited", "read_quantity", "read_buyable"),
    "early_results": ("link", "read_quantity", "read_buyable"),
    "delists": ("stock_revision",),
}
NEW_INDEXES = (
    "delists_open",
    "delists_of_article",
    "steps_by_time",
    "steps_by_state",
    "steps_by_platform",
    "steps_by_account",
    "steps_of_article",
    "steps_by_code",
    "steps_open_by_time",
    "steps_to_take_down",
)
_OLD_STEP = """
insert into steps (listing_id, version, tenant_id, article_id, account_id, platform, target_quantity, cause, state, may_raise,
  sold_here, order_backed, history, follows, overdue, ended, can_retry, attempts, created_at, test)
values ($1, 1, $2, $1, $1, 'ebay', 0, 'sale', 'done', false, false, true, false, false, false, true, false, 1, now(), false)
"""


async def as_before(dsn: str) -> None:
    """Take away what the last migration brings."""
    conn = await asyncpg.connect(dsn)
    for index in NEW_INDEXES:
        await conn.execute(f"drop index {index}")
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            await conn.execute(f"alter table {table} drop column {column}")
    await conn.execute("create index steps_by_tenant on steps (tenant_id, state)")
    await conn.execute("create index delists_by_article on delists (tenant_id, article_id)")
    await conn.execute("update alembic_version set version_num = '0003'")
    await conn.close()


async def indexes(dsn: str) -> set[str]:
    conn = await asyncpg.connect(dsn)
    rows = await conn.fetch("select indexname from pg_indexes where tablename in ('steps', 'delists')")
    await conn.close()
    return {row["indexname"] for row in rows}


async def test_a_database_of_the_version_before_is_brought_up_to_date(database: FreshDatabase) -> None:
    fresh = database("delist-orchestrator")
    settings = settings_for(Settings, fresh)
    of_a_new_one = await indexes(fresh.owner)
    await as_before(fresh.owner)
    assert await indexes(fresh.owner) != of_a_new_one
    async with connection(fresh.owner, TENANT) as conn:
        await conn.execute(_OLD_STEP, UUID(int=7), TENANT)
    await asyncio.to_thread(upgrade, MIGRATIONS, fresh.owner)
    assert await indexes(fresh.owner) == of_a_new_one
    named = {str(index.name) for index in (*steps.indexes, *delists.indexes)}
    assert named <= of_a_new_one
    async with connection(fresh.request, TENANT) as conn:
        [row] = await conn.fetch("select waited, link, read_quantity from steps")
        assert tuple(row) == (False, None, None)
    service = build(settings)
    shop = Shop()
    await run_batch(service.routers[0], "stock", [shop.sold()], service.database)
    await service.database.dispose()
