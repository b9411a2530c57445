"""Erased tenants are remembered, and what was set aside of theirs is gone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from kit import erasing
from sqlalchemy import text
from testkit.bus import emitted, run_batch

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def test_an_erased_tenant_is_remembered_since_the_first_time(mini) -> None:
    other = uuid4()
    for days in (0, 3):
        async with mini.database.bus([mini.tenant]) as uow:
            await erasing.remember(uow, mini.tenant, NOW + timedelta(days=days))
    async with mini.database.bus() as uow:
        assert await erasing.erased_among(uow, [mini.tenant, other]) == {mini.tenant}
        assert await erasing.erased_among(uow, []) == set()
    assert await mini.scalar("select erased_at from erased_tenants") == NOW


async def test_nothing_of_an_erased_tenant_reaches_a_handler_and_others_do(mini) -> None:
    """Replays included: no service has to ask for itself."""
    other = uuid4()
    async with mini.database.bus([mini.tenant]) as uow:
        await erasing.remember(uow, mini.tenant, NOW)
    before = mini.calls
    await run_batch(mini.router, "accounts", [mini.status("late")], mini.database)
    assert mini.calls == before
    await run_batch(
        mini.router, "accounts", [mini.status("late"), mini.status("b", tenant=other)], mini.database
    )
    assert mini.calls == before + 1
    assert [event.data.tenant_id for event in await emitted(mini.database)] == [other]
    assert await mini.scalar("select count(*) from inbox") == 3


async def test_dead_letters_of_an_erased_tenant_are_emptied_and_those_of_others_stay(mini) -> None:
    """A letter holds what was sent, whole: a marketplace's body names its buyer."""
    other = uuid4()
    mini.poison = {"bad"}
    facts = [mini.status("bad"), mini.status("bad", tenant=other)]
    await run_batch(mini.router, "accounts", facts, mini.database, expect_dead=2)
    async with mini.database.bus([mini.tenant]) as uow:
        await erasing.remember(uow, mini.tenant, NOW)
    left = "select string_agg(state || ' ' || (length(payload) > 0)::text || ' ' || error, ', ' order by state) from dead_letters"
    emptied = "discarded false emptied, as the tenant was erased"
    assert await mini.scalar(left) == f"{emptied}, open true ValueError: poisoned: bad"
    assert await mini.scalar("select tenant_id from dead_letters where state = 'open'") == other


async def test_a_batch_that_found_a_tenant_alive_is_done_before_it_is_erased(mini) -> None:
    """And one that comes while it is erased finds it erased, though it began before that was committed."""
    order: list[str] = []

    async def erase() -> None:
        async with mini.database.bus([mini.tenant]) as uow:
            await erasing.hold(uow, [mini.tenant])
            order.append("erases")
            late.append(asyncio.create_task(batch()))
            await asyncio.sleep(0.3)
            await uow.conn.execute(text("delete from effects"))
            await erasing.remember(uow, mini.tenant, NOW)

    async def batch() -> None:
        await run_batch(mini.router, "accounts", [mini.status("late")], mini.database)
        order.append("late batch")

    late: list[asyncio.Task[None]] = []
    async with mini.database.bus([mini.tenant], keep=True) as uow:
        erasure = asyncio.create_task(erase())
        await asyncio.sleep(0.3)
        assert await erasing.erased_among(uow, [mini.tenant]) == set()
        order.append("batch")
    await erasure
    await asyncio.gather(*late)
    assert order == ["batch", "erases", "late batch"]
    assert await mini.effects() == []


async def test_tenants_in_different_hands_do_not_wait_for_each_other(mini) -> None:
    async with mini.database.bus([mini.tenant]) as uow:
        await erasing.hold(uow, [mini.tenant])
        async with asyncio.timeout(5):
            other = uuid4()
            await run_batch(mini.router, "accounts", [mini.status("b", tenant=other)], mini.database)
    assert await mini.effects(other) == ["b"]
