"""Token buckets on real PostgreSQL: what is lent, what is blocked, who goes first."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from connector_kit import store
from connector_kit.budget import Budgets, Lane, Limit
from connector_kit.errors import CallFailed
from kit.database import Database
from kit.settings import ServiceSettings
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text
from testkit.services import settings_for

LIMIT = Limit("test:bucket", capacity=100.0, per_second=10.0)
HOUR = timedelta(hours=1)
_PASSED = text(
    "update budgets set blocked_until = blocked_until - cast(:pause as interval), "
    "refilled_at = refilled_at - cast(:pause as interval)"
)
"""As if so much time had passed: the server's clock counts, and a busy machine is slower than any nap."""


@pytest.fixture
async def db(database):
    made = Database(settings_for(ServiceSettings, database("connector-ebay")), "/connector-ebay")
    yield made
    await made.dispose()


@pytest.fixture
def budgets(db):
    return lambda: Budgets(db)


async def test_a_blocked_bucket_is_empty_and_refills_only_after_the_block(db, budgets) -> None:
    await budgets().draw([(LIMIT, 1)], Lane.LOWER)
    begun = time.monotonic()
    await budgets().block(LIMIT.scope, HOUR)
    for _ in range(5):
        with pytest.raises(CallFailed) as refused:
            await budgets().draw([(LIMIT, 90)], Lane.LOWER)
        assert refused.value.problem.retry_after is not None
    async with db.bus() as uow:
        assert (await everything(uow)).points == 0
        await uow.conn.execute(_PASSED, {"pause": HOUR})
        grant = await everything(uow)
    since = time.monotonic() - begun
    assert 0 < grant.points <= LIMIT.per_second * since, "asking while it is blocked does not fill it"


async def everything(uow: UnitOfWork) -> store.Grant:
    """What the bucket has, taken."""
    return await store.borrow(
        uow,
        LIMIT.scope,
        capacity=LIMIT.capacity,
        per_second=LIMIT.per_second,
        least=0.0,
        most=LIMIT.capacity,
        reserve=0.0,
    )


async def test_limits_are_drawn_together_and_the_first_refusal_counts(budgets) -> None:
    small = Limit("test:small", capacity=2.0, per_second=0.01)
    await budgets().draw([(LIMIT, 1), (small, 2)], Lane.LOWER)
    with pytest.raises(CallFailed):
        await budgets().draw([(LIMIT, 1), (small, 2)], Lane.LOWER)


async def test_a_sync_leaves_half_to_the_sales_way(budgets) -> None:
    slow = Limit("test:slow", capacity=100.0, per_second=0.01)
    await budgets().draw([(slow, 50)], Lane.SYNC)
    with pytest.raises(CallFailed):
        await budgets().draw([(slow, 5)], Lane.SYNC)
    await budgets().draw([(slow, 50)], Lane.LOWER)


async def test_what_is_being_borrowed_when_the_marketplace_refuses_is_not_spent(db, budgets) -> None:
    """The row is lent to a draw first and blocked then: the chunk that was lent must not outlive the block."""
    process = budgets()
    await process.draw([(LIMIT, 100)], Lane.LOWER)
    async with db.bus() as uow:
        await uow.conn.execute(text("update budgets set tokens = 100"))
        drawing = asyncio.create_task(process.draw([(LIMIT, 1)], Lane.LOWER))
        await _waiting(db, 1)
        blocking = asyncio.create_task(process.block(LIMIT.scope, HOUR))
        await _waiting(db, 2)
    drawn = await asyncio.gather(drawing, blocking, return_exceptions=True)
    assert isinstance(drawn[0], CallFailed)
    with pytest.raises(CallFailed):
        await process.draw([(LIMIT, 1)], Lane.LOWER)


async def _waiting(db: Database, sessions: int) -> None:
    """Until so many wait for a row's lock, in the order they came; a transaction sees others' waiting once."""
    waiting = text(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    )
    found = 0
    async with asyncio.timeout(5):
        while found < sessions:
            await asyncio.sleep(0.01)
            async with db.bus() as uow:
                found = (await uow.conn.execute(waiting)).scalar_one()


async def test_buckets_nobody_draws_from_are_forgotten_and_made_anew(db, budgets) -> None:
    """Whoever is asked by name makes one; one that is blocked is kept until the block ends."""
    blocked, used = Limit("test:blocked", 10.0, 1.0), Limit("test:used", 10.0, 1.0)
    await budgets().draw([(LIMIT, 1), (blocked, 1)], Lane.LOWER)
    async with db.bus() as uow:
        await uow.conn.execute(_PASSED, {"pause": 2 * HOUR})
    await budgets().block(blocked.scope, HOUR)
    await budgets().draw([(used, 1)], Lane.LOWER)
    async with db.bus() as uow:
        assert await store.prune_budgets(uow, HOUR) == 1
        left = await uow.conn.execute(text("select scope from budgets order by scope"))
        assert list(left.scalars()) == [blocked.scope, used.scope]
    await budgets().draw([(LIMIT, 90)], Lane.LOWER)
