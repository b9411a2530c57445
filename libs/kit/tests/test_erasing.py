"""Erased tenants are remembered, and what was set aside of theirs is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from kit import erasing
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
