"""A COMMIT whose answer is lost may have been done: everything is repeated, and counts once."""

from __future__ import annotations

import asyncio
from collections import Counter
from urllib.parse import urlsplit, urlunsplit

import pytest
from kit.bus import processor_of
from kit.database import Database
from kit.errors import is_transient
from testkit.bus import emitted, record_of
from testkit.proxy import PostgresProxy

pytestmark = pytest.mark.bus


async def test_lost_answers_and_cuts_leave_every_record_applied_once(mini) -> None:
    address = urlsplit(mini.settings.postgres_bus)
    async with PostgresProxy(lambda: (str(address.hostname), int(address.port or 5432)), lose=0.2) as proxy:
        netloc = address.netloc.rpartition("@")[0] + f"@127.0.0.1:{proxy.port}"
        through = mini.settings.model_copy(
            update={"postgres_bus": urlunsplit(address._replace(netloc=netloc))}
        )
        mini.database = database = Database(through, "/mini")
        processor = processor_of([mini.router], database, "accounts")
        batches = [[record_of(mini.status(f"{n}-{m}")) for m in range(5)] for n in range(60)]

        async def apply(number: int) -> None:
            while True:
                try:
                    await processor.apply(batches[number])
                except Exception as error:
                    if not is_transient(error):
                        raise
                else:
                    return

        for start in range(0, 60, 4):
            await asyncio.gather(*(apply(n) for n in range(start, start + 4)))
            if start % 20 == 0:
                proxy.cut()
        assert proxy.lost >= 5
        proxy.lose = 0
        assert Counter(await mini.effects()) == {f"{n}-{m}": 1 for n in range(60) for m in range(5)}
        assert len(await emitted(database)) == 300
        assert await mini.scalar("select count(*) from dead_letters") == 0
        await database.dispose()
