"""A database of the version before: its take-downs live on, and what is new is there, each tenant's own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import asyncpg
from alembic import command
from alembic.config import Config
from testkit.plugin import FreshDatabase

FOLDER = Path(__file__).parents[1] / "migrations"
TENANT, ACCOUNT = UUID(int=1), UUID(int=2)


async def _upgrade(owner: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["dsn"] = owner
    await asyncio.to_thread(command.upgrade, config, revision)


async def test_what_was_taken_down_before_is_still_known(database: FreshDatabase) -> None:
    made = database("connector-shopify", migrate=False)
    await _upgrade(made.owner, "0003")
    owner = await asyncpg.connect(made.owner)
    await owner.execute(
        "alter table product_takedowns drop column known_at; drop table product_refusals; "
        "alter table account_health drop column refused_at"
    )
    await owner.close()
    bus = await asyncpg.connect(made.bus)
    await bus.execute(f"set app.tenants = '{TENANT}'")
    await bus.execute(
        "insert into product_takedowns (account_id, product_id, tenant_id, way, status, taken_at, done_at) "
        "values ($1, '7', $2, 'draft', 'ACTIVE', now(), now())",
        ACCOUNT,
        TENANT,
    )
    for _ in range(2):
        await _upgrade(made.owner, "head")
    assert await bus.fetchval("select known_at is null from product_takedowns") is True
    await bus.execute(
        "insert into account_health (account_id, tenant_id, refused_at, changed_at) values ($1, $2, now(), now())",
        ACCOUNT,
        TENANT,
    )
    await bus.execute(
        "insert into product_refusals (account_id, product_id, tenant_id, code, reason, since) "
        "values ($1, '7', $2, 'refused', 'No.', now())",
        ACCOUNT,
        TENANT,
    )
    await bus.execute(f"set app.tenants = '{UUID(int=9)}'")
    assert await bus.fetchval("select count(*) from product_refusals") == 0
    await bus.close()
