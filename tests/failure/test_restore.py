"""PostgreSQL is put back to an older backup while sales go on; the marketplaces still know what it forgot."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from soldwire_local import offsets
from soldwire_local.postgres import ADMIN, Postgres, program

from tests.failure.invariants import CONNECTORS, Databases
from tests.failure.storm import PLATFORMS, Kind, Storm, small_mix, storm

SALES = 500
PER_SECOND = 10
OLD = 12.0
"""Seconds between the backup and its return: an hour of a shop's sales, at the pace of this run."""

pytestmark = [pytest.mark.stack, pytest.mark.storm, pytest.mark.timeout(900)]


@pytest.mark.parametrize("master", [False, True], ids=["nobody counts the stock", "Shopify counts the stock"])
async def test_postgresql_is_put_back_to_a_backup(tmp_path: Path, master: bool) -> None:
    async with storm(tmp_path / "data") as made:
        await made.stock(small_mix(SALES))
        await made.counts_the_stock(master)
        lost: list[int] = []

        async def meanwhile() -> None:
            lost.append(await _lose(made, tmp_path / "backup"))

        await made.sell(PER_SECOND, meanwhile=meanwhile)
        took = await made.drained(300)
        found = await made.violations()
        assert found == [], f"{len(found)} violations, drained in {took:.1f} s"
        assert lost[0] >= SALES / 10, "the backup was older than many sales"
        assert made.sold >= SALES * 0.9


async def test_a_target_said_after_the_backup_is_heard_by_nobody(tmp_path: Path) -> None:
    """A count that the backup lacks had raised two listings in a version that the next sale gets again: whoever heard
    the raise would put three up and take the sale's nothing for old.
    """
    async with storm(tmp_path / "data") as made:
        await made.stock([Kind("P", 1, 1, PLATFORMS[:2])])
        [(sku, _)] = made.stocked
        services = [made.runtime.process(one.name) for one in made.runtime.services]
        await asyncio.gather(*(made.runtime.process(CONNECTORS[p]).stop() for p in PLATFORMS[:2]))
        await _back_up(made, tmp_path / "backup")
        await _count_three(made, sku)
        await asyncio.gather(*(service.stop() for service in services))
        await _put_back(made, tmp_path / "backup")
        passed = await offsets.after_restore(made.runtime.kafka.bootstrap)
        for service in services:
            service.start()
        await made.runtime.supervisor.ready()
        await made.buy("shopify", sku)
        await made.drained()
        assert await made.violations() == []
        assert passed[f"{CONNECTORS['ebay']}.targets"] == 1


async def _count_three(made: Storm, sku: str) -> None:
    """A person counts three, and both listings' targets are on Kafka."""
    databases = Databases(made.runtime.postgres.dsn)
    [article] = await databases.rows("inventory", f"select id from articles where sku = '{sku}'")
    path = f"/v1/articles/{article['id']}/quantity"
    await made.shop.services.call("PUT", "inventory", path, {"quantity": 3})
    said = "select count(*) from outbox where topic like 'listing.target.%' and published_at is not null"
    async with asyncio.timeout(60):
        while await databases.count("delist-orchestrator", said) < 2:
            await asyncio.sleep(0.2)


async def _lose(made: Storm, backup: Path) -> int:
    """Back up, let sales go on, put the backup back as docs/guides/operations.md says; answers how many sales it lacks."""
    begun = datetime.now(UTC)
    await _back_up(made, backup)
    made.say("PostgreSQL is backed up")
    await asyncio.sleep(OLD)
    services = [made.runtime.process(one.name) for one in made.runtime.services]
    await asyncio.gather(*(service.stop() for service in services))
    recorded = await _recorded(made)
    await _put_back(made, backup)
    lost = recorded - await _recorded(made)
    passed = await offsets.after_restore(made.runtime.kafka.bootstrap)
    made.say(f"put back: {lost} sales are not in it, {sum(passed.values())} records were never read")
    for service in services:
        service.start()
    await made.runtime.supervisor.ready()
    await _say_again(made, begun)
    await _read_depop_again(made)
    return lost


async def _recorded(made: Storm) -> int:
    return await Databases(made.runtime.postgres.dsn).count("sales-ledger", "select count(*) from sales")


async def _back_up(made: Storm, folder: Path) -> None:
    """A physical backup of the running server, all databases at one instant."""
    address = urlsplit(made.runtime.postgres.dsn)
    where = ["-h", str(address.hostname), "-p", str(address.port), "-U", ADMIN]
    command = [program("pg_basebackup"), "-D", str(folder), *where, "-X", "stream", "-c", "fast"]
    environment = {**os.environ, "PGPASSWORD": str(address.password)}
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def _put_back(made: Storm, backup: Path) -> None:
    server = made.runtime.postgres
    assert isinstance(server, Postgres)
    owner = server.cluster.stat()
    await server.stop()
    await asyncio.to_thread(shutil.rmtree, server.cluster)
    await asyncio.to_thread(shutil.move, backup, server.cluster)
    for path in (server.cluster, *server.cluster.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    await server.start()


async def _say_again(made: Storm, backed_up: datetime) -> None:
    since = {"since": (backed_up - timedelta(minutes=10)).isoformat()}
    for service in made.runtime.services:
        await made.shop.services.call("POST", service.name, "/admin/outbox/replay", since, role="operations")


async def _read_depop_again(made: Storm) -> None:
    """Refresh data asks the paired browser to read its sold items once more, as far back as the watermark and 48 h."""
    await made.shop.services.post("scheduler", "/v1/refresh", {"scope": "sales"})
    ends = time.monotonic() + 60
    while not made.browser.asked_to_read_sold:
        assert time.monotonic() < ends, "the browser was not asked to read"
        await asyncio.sleep(0.2)
    await made.browser.upload_sold()
