"""The outbox always has a partition for today, after any absence and in any server's time zone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest
from kit import migrations
from sqlalchemy import text

FOLDER = Path(__file__).parent / "mini" / "migrations"
BOUNDS = """
select pg_get_expr(relpartbound, oid) from pg_class where relispartition and relname like 'outbox_2%' and relkind = 'r'
order by relname
"""


@pytest.fixture
async def owner(mini):
    connection = await asyncpg.connect(mini.settings.postgres_owner)
    yield connection
    await connection.close()


async def drop_partitions(owner: asyncpg.Connection) -> None:
    names = await owner.fetch(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'outbox'::regclass"
    )
    for row in names:
        await owner.execute(f"drop table {row['name']}")


async def say(mini) -> None:
    async with mini.database.bus() as uow:
        uow.emit(mini.status("a"))


async def test_migrating_again_makes_the_partitions_that_time_has_used_up(mini, owner) -> None:
    """A laptop's data after a fortnight: the first sale must not wait for housekeeping, nor be taken for bad."""
    await drop_partitions(owner)
    with pytest.raises(Exception, match="no partition"):
        await say(mini)
    await asyncio.to_thread(migrations.upgrade, FOLDER, mini.settings.postgres_owner)
    await say(mini)
    assert await mini.scalar("select count(*) from outbox") == 1


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
async def test_days_are_utc_whatever_zone_a_session_has(mini, owner, zone: str) -> None:
    """Days of two zones would overlap, or leave hours that no partition takes."""
    await drop_partitions(owner)
    await owner.execute(f"set timezone to '{zone}'")
    await owner.execute("select soldwire_maintain_outbox()")
    await owner.execute("set timezone to 'UTC'")
    bounds = [row[0] for row in await owner.fetch(BOUNDS)]
    assert len(bounds) == 9
    assert all(bound.count(" 00:00:00+00'") == 2 for bound in bounds), bounds
    async with mini.database.bus() as uow:
        await uow.conn.execute(text("select soldwire_maintain_outbox()"))
