"""The loops that are measured side by side do the same work, on real Kafka and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.bench import plumbing
from tests.bench.counts import Counts
from tests.bench.plumbing import Plumbing

pytestmark = pytest.mark.bus

SECRET = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
async def stores(postgres: str, topics_ready: str) -> AsyncIterator[Plumbing]:
    async with Counts(postgres) as counts:
        settings = await plumbing.prepared(topics_ready, postgres, SECRET)
        yield Plumbing(settings, counts, records=1200)


@pytest.mark.parametrize("run", [plumbing.kit_relay, plumbing.bare_relay])
async def test_a_relay_drains_the_outbox(stores: Plumbing, run: plumbing.Run) -> None:
    assert await run(stores) > 0
    assert await stores.counts.count(plumbing.NAME, "select count(published_at) from outbox") == 1200


@pytest.mark.parametrize("run", [plumbing.kit_handler, plumbing.bare_handler])
async def test_a_consumer_handles_what_is_in_the_topic(stores: Plumbing, run: plumbing.Run) -> None:
    await plumbing.publish(stores)
    conn = await stores.connection()
    await conn.execute("truncate inbox, dead_letters")
    assert await run(stores) > 0
    assert await stores.counts.count(plumbing.NAME, "select count(*) from inbox") >= 1200
