"""What happens at the same moment: batches of one article, a pause and a batch, two sweeps."""

from __future__ import annotations

import asyncio

import pytest
from delist_orchestrator import usecases
from delist_orchestrator.domain import Platform, Scope
from orchestrator_shop import Shop, Stack
from soldwire_contracts.listings import ListingTarget
from sqlalchemy import text

pytestmark = pytest.mark.bus


async def test_targets_and_outcomes_of_the_same_listings_at_once_lose_nothing(stack: Stack) -> None:
    shops = [Shop() for _ in range(60)]
    await stack.stock(*(shop.sold(quantity=1) for shop in shops))
    await asyncio.gather(
        stack.stock(*(shop.sold(version=2) for shop in shops)),
        stack.stock(*(shop.sold(version=3) for shop in reversed(shops))),
        stack.outcomes(*(shop.delisted(p, version=3) for shop in shops for p in shop.listings)),
        stack.outcomes(*(shop.delisted(p, version=2) for shop in reversed(shops) for p in shop.listings)),
    )
    assert len(await stack.said("delist.completed")) == 3 * len(shops)
    async with stack.database.bus([shop.tenant for shop in shops]) as uow:
        states = await uow.conn.execute(text("select distinct state from steps"))
        left = await uow.conn.execute(text("select count(*) from early_results"))
        assert set(states.scalars()) == {"done"}
        assert left.scalar_one() == 0


async def test_two_sweeps_at_once_retry_each_step_once(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    await stack.outcomes(*(shop.failed(p) for p in shop.listings))
    before = len(await stack.targets())
    stack.clock.forward(seconds=31)
    await asyncio.gather(*(stack.sweep() for _ in range(4)))
    assert len(await stack.targets()) == before + 3


async def test_a_resume_waits_for_the_batch_that_saw_the_pause(stack: Stack, shop: Shop) -> None:
    async with stack.database.bus((shop.tenant,)) as uow:
        made = await usecases.pause(uow, shop.tenant, Scope.PLATFORM, Platform.SHOPIFY, None, "me", "Wait.")
    began, resumed = asyncio.Event(), asyncio.Event()

    async def batch() -> None:
        async with stack.database.bus((shop.tenant,)) as uow:
            await uow.conn.execute(text("select pg_advisory_xact_lock_shared(7301)"))
            began.set()
            await asyncio.sleep(0.2)
            assert not resumed.is_set(), "the resume must not pass a batch in flight"

    async def resume() -> None:
        await began.wait()
        async with stack.database.bus((shop.tenant,)) as uow:
            await uow.conn.execute(text("set local lock_timeout = '5s'"))
            await usecases.resume(uow, made.id, "me", None, stack.conduct, everywhere=False)
            resumed.set()

    await asyncio.gather(batch(), resume())
    await stack.stock(shop.sold())
    sent = [e.data.platform for e in await stack.targets() if isinstance(e.data, ListingTarget)]
    assert Platform.SHOPIFY in [Platform(p.value) for p in sent]


async def test_a_sweep_that_died_under_its_lease_is_taken_over(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    await stack.outcomes(shop.failed(next(iter(shop.listings))))
    before = len(await stack.targets())
    stack.clock.forward(seconds=31)
    async with stack.database.bus() as uow:
        assert len(await usecases.claim(uow, 10)) == 1
    await stack.sweep()
    assert len(await stack.targets()) == before, "leased to another"
    stack.clock.forward(seconds=31)
    await stack.sweep()
    assert len(await stack.targets()) == before + 1
