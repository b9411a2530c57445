"""Poisoned records always end in the dead letters, whatever is in them; a letter is never taken for another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from kit.bus import BatchRouter, processor_of
from kit.errors import Refused
from kit.redrive import Redrives
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.sync import AccountStatus
from sqlalchemy import text
from testkit.bus import FakeRecord, record_of, run_batch


@pytest.mark.parametrize("name", ["a\x00b", "\x00", "x" * 10_000])
async def test_an_error_that_postgres_cannot_store_as_it_is_still_buries_its_record(mini, name: str) -> None:
    mini.poison = {name}
    async with asyncio.timeout(20):
        await run_batch(
            mini.router, "accounts", [mini.status("a"), mini.status(name)], mini.database, expect_dead=1
        )
    assert await mini.effects() == ["a"]
    assert "poisoned" in str(await mini.scalar("select error from dead_letters"))


@pytest.mark.parametrize("value", [2**31, 2**63, 10**30])
async def test_a_number_too_large_for_its_column_is_a_data_error(mini, value: int) -> None:
    """asyncpg refuses it before PostgreSQL sees it; waiting would hold its neighbours up for ever."""
    router = BatchRouter("mini")

    @router.batch(AccountStatus, subscriber="accounts")
    async def on_accounts(events: Sequence[Event[AccountStatus]], uow: UnitOfWork) -> None:
        for event in events:
            await uow.conn.execute(text("select cast(:n as integer)"), {"n": event.data.revision})
        await mini.on_accounts(events, uow)

    facts = [mini.status("a"), mini.status("big").model_copy(update={"revision": value}), mini.status("b")]
    await run_batch(router, "accounts", facts, mini.database, expect_dead=1)
    assert await mini.effects() == ["a", "b"]


async def test_too_many_parameters_are_bisected(mini) -> None:
    """One statement takes 32767 parameters; halves of a batch fit where the whole did not."""
    router = BatchRouter("mini")

    @router.batch(AccountStatus, subscriber="accounts")
    async def on_accounts(events: Sequence[Event[AccountStatus]], uow: UnitOfWork) -> None:
        values = {f"v{n}": n for n in range(20_000 * len(events))}
        await uow.conn.execute(
            text("select 1 where 1 in (" + ", ".join(f":{name}" for name in values) + ")"), values
        )
        await mini.on_accounts(events, uow)

    await run_batch(router, "accounts", [mini.status("a"), mini.status("b")], mini.database)
    assert await mini.effects() == ["a", "b"]


async def test_a_missing_table_is_waited_for_not_taken_for_bad_data(mini) -> None:
    """A schema that is behind the code is nobody's record's fault."""
    router = BatchRouter("mini")

    @router.batch(AccountStatus, subscriber="accounts")
    async def on_accounts(events: Sequence[Event[AccountStatus]], uow: UnitOfWork) -> None:
        await uow.conn.execute(text("select 1 from not_migrated_yet"))

    with pytest.raises(Exception, match="not_migrated_yet"):
        await processor_of([router], mini.database, "accounts").apply([record_of(mini.status("a"))])
    assert await mini.scalar("select count(*) from dead_letters") == 0


async def test_another_record_at_the_place_of_a_dead_one_is_kept_too(mini) -> None:
    """Kafka can be deleted and rebuilt: offsets start at 0 again, with other records at them."""
    first = FakeRecord("account.status", 2, 77, None, b"bad before the rebuild")
    second = replace(first, value=b"bad after the rebuild")
    for record in (first, first, second, second):
        processor = processor_of([mini.router], mini.database, "accounts")
        await processor.apply([record])
    kept = "select string_agg(convert_from(payload, 'utf8'), ', ' order by created_at) from dead_letters"
    assert await mini.scalar(kept) == "bad before the rebuild, bad after the rebuild"
    assert await mini.scalar("select string_agg(attempts::text, ',') from dead_letters") == "1,1"


async def test_a_record_on_the_topic_of_another_platform_is_set_aside(mini) -> None:
    from soldwire_contracts.sync import SyncRequested

    router = BatchRouter("mini")
    seen = []

    @router.batch(SyncRequested, subscriber="runs", platform="ebay")
    async def on_runs(events: Sequence[Event[SyncRequested]], uow: UnitOfWork) -> None:
        seen.extend(events)

    record = replace(record_of(mini.run_of("shopify")), topic="sync.requested.ebay")
    await run_batch(router, "runs", [record, mini.run_of("ebay")], mini.database, expect_dead=1)
    assert [event.data.platform for event in seen] == ["ebay"]


async def test_a_redrive_that_fails_again_says_so_on_the_letter(mini) -> None:
    mini.poison = {"bad"}
    await run_batch(mini.router, "accounts", [mini.status("bad")], mini.database, expect_dead=1)
    letter = await mini.scalar("select id from dead_letters")
    with pytest.raises(Refused, match="failed again"):
        await Redrives(mini.database, [mini.router], {})(letter)
    assert await mini.scalar("select attempts from dead_letters") == 1
    assert await mini.scalar("select state from dead_letters") == "open"
