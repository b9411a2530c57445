"""Token buckets on real PostgreSQL: what is lent, what is blocked, who goes first."""

from __future__ import annotations

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
