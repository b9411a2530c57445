"""One transaction per batch, the inbox, and the fallback that finds the poisoned record."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from kit.bus import BatchRouter, processor_of
from kit.errors import Refused, is_transient
from kit.redrive import Redrives
from soldwire_contracts.sync import AccountStatus
from sqlalchemy import text
from testkit.bus import FakeRecord, emitted, record_of, run_batch


async def test_a_batch_is_one_transaction(mini) -> None:
    await run_batch(mini.router, "accounts", [mini.status(str(n)) for n in range(40)], mini.database)
    assert await mini.effects() == [str(n) for n in range(40)]
    assert mini.calls == 1
    assert [e.data.reason for e in await emitted(mini.database)] == [str(n) for n in range(40)]


async def test_a_redelivered_event_counts_once_also_within_a_batch(mini) -> None:
    record = record_of(mini.status("once"))
    again = replace(record, offset=record.offset + 1_000_000)
    await run_batch(mini.router, "accounts", [record, again, record], mini.database)
    await run_batch(mini.router, "accounts", [again], mini.database)
    assert await mini.effects() == ["once"]
    assert len(await emitted(mini.database)) == 1


async def test_poisoned_records_are_set_aside_and_their_neighbours_pass(mini) -> None:
    mini.poison = {"3", "17", "18"}
    batch = [mini.status(str(n)) for n in range(32)]
    await run_batch(mini.router, "accounts", batch, mini.database, expect_dead=3)
    assert await mini.effects() == [str(n) for n in range(32) if n not in (3, 17, 18)]
    assert len(await emitted(mini.database)) == 29
    reasons = await mini.scalar("select string_agg(error, ', ' order by position) from dead_letters")
    assert reasons == "ValueError: poisoned: 3, ValueError: poisoned: 17, ValueError: poisoned: 18"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "not_the_contract"),
        (b"", "not_the_contract"),
        (b"[1,2]", "not_the_contract"),
        (b'{"type":"account.status.v9","data":{}}', "unknown_type"),
        (b'{"specversion":"1.0","type":"account.status.v1","data":{"tenant_id":"x"}}', "not_the_contract"),
        (b"[" * 100_000, "not_the_contract"),
    ],
)
async def test_a_body_that_is_not_what_it_says_goes_to_the_dead_letters(
    mini, body: bytes, reason: str
) -> None:
    bad = FakeRecord("account.status", 2, 77, b"key", body, (("traceparent", b"\xff\xfe"), ("x", b"\xff")))
    await run_batch(
        mini.router, "accounts", [mini.status("a"), bad, mini.status("b")], mini.database, expect_dead=1
    )
    assert await mini.effects() == ["a", "b"]
    assert await mini.scalar("select reason from dead_letters") == reason
    assert await mini.scalar("select payload from dead_letters") == body


async def test_a_transient_error_is_raised_with_nothing_done(mini) -> None:
    mini.outages = 1
    records = [record_of(mini.status("a")), record_of(mini.status("b"))]
    processor = processor_of([mini.router], mini.database, "accounts")
    with pytest.raises(ConnectionResetError):
        await processor.apply(records)
    assert await mini.effects() == []
    assert await mini.scalar("select count(*) from inbox") == 0
    assert await mini.scalar("select count(*) from dead_letters") == 0
    await processor.apply(records)
    assert await mini.effects() == ["a", "b"]


async def test_a_batch_carries_several_tenants_and_shows_no_others(mini) -> None:
    other, third = uuid4(), uuid4()
    batch = [mini.status("mine"), mini.status("theirs", tenant=other)]
    await run_batch(mini.router, "accounts", batch, mini.database)
    assert await mini.effects(mini.tenant) == ["mine"]
    assert await mini.effects(other) == ["theirs"]
    assert await mini.effects(mini.tenant, other) == ["mine", "theirs"]
    assert await mini.effects(third) == []


async def test_the_request_role_sees_one_tenant_and_may_only_insert_into_the_outbox(mini) -> None:
    await run_batch(mini.router, "accounts", [mini.status("mine")], mini.database)
    async with mini.database.request(mini.tenant) as uow:
        assert (await uow.conn.execute(text("select count(*) from effects"))).scalar_one() == 1
        uow.emit(mini.status("said by a person"))
    for query in ("select 1 from outbox", "select 1 from inbox", "select 1 from dead_letters"):
        with pytest.raises(Exception, match="permission denied"):
            async with mini.database.request(mini.tenant) as uow:
                await uow.conn.execute(text(query))
    async with mini.database.request(uuid4()) as uow:
        assert (await uow.conn.execute(text("select count(*) from effects"))).scalar_one() == 0


async def test_redriven_twice_is_applied_once(mini) -> None:
    mini.poison = {"bad"}
    record = record_of(mini.status("bad"))
    await run_batch(mini.router, "accounts", [record], mini.database, expect_dead=1)
    redrives = Redrives(mini.database, [mini.router], {})
    letter = await mini.scalar("select id from dead_letters")
    with pytest.raises(Refused, match="failed again"):
        await redrives(letter)
    assert await mini.scalar("select state from dead_letters") == "open"
    mini.poison = set()
    await redrives(letter)
    with pytest.raises(Refused, match="redriven already"):
        await redrives(letter)
    await run_batch(mini.router, "accounts", [record], mini.database)
    assert await mini.effects() == ["bad"]


async def test_a_rollback_emits_nothing_and_calls_nobody_back(mini) -> None:
    woken: list[str] = []
    mini.database.on_outbox(lambda: woken.append("outbox"))
    with pytest.raises(RuntimeError):
        async with mini.database.bus() as uow:
            uow.emit(mini.status("never"))
            uow.after_commit(lambda: woken.append("after"))
            raise RuntimeError
    assert woken == []
    assert await emitted(mini.database) == []
    async with mini.database.bus() as uow:
        uow.emit(mini.status("said"))
        uow.after_commit(lambda: woken.append("after"))
    assert woken == ["after", "outbox"]


async def test_cuts_at_any_moment_are_never_taken_for_bad_data(mini, postgres) -> None:
    """What asyncpg raises depends on how much of the end it has read; each of them must pass by itself."""
    processor = processor_of([mini.router], mini.database, "accounts")
    names = [str(n) for n in range(200)]

    async def apply(name: str) -> None:
        record = record_of(mini.status(name))
        while True:
            try:
                await processor.apply([record])
            except Exception as error:
                if not is_transient(error):
                    raise
            else:
                return

    admin = await asyncpg.connect(postgres)
    cutting = asyncio.create_task(_cut(admin, mini.settings.postgres_bus))
    try:
        for start in range(0, 200, 5):
            await asyncio.gather(*(apply(name) for name in names[start : start + 5]))
    finally:
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)
        await admin.close()
    await asyncio.sleep(0.1)
    assert await mini.scalar("select count(*) from dead_letters") == 0
    assert sorted(await mini.effects(), key=int) == names


async def _cut(admin: asyncpg.Connection[asyncpg.Record], dsn: str) -> None:
    user = urlsplit(dsn).username
    while True:
        await admin.fetch("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", user)
        await asyncio.sleep(random.uniform(0.03, 0.15))


async def test_a_migration_beside_a_running_service_buries_nothing(mini) -> None:
    """PostgreSQL refuses a prepared statement whose result has another column now."""
    read = text("select * from effects")

    async def reading(events, uow) -> None:
        await uow.conn.execute(read)
        await mini.on_accounts(events, uow)

    router = BatchRouter("mini")
    router.batch(AccountStatus, subscriber="accounts")(reading)
    await run_batch(router, "accounts", [mini.status("before")], mini.database)
    owner = await asyncpg.connect(mini.settings.postgres_owner)
    await owner.execute("alter table effects add column more text")
    await owner.close()
    await run_batch(router, "accounts", [mini.status("after")], mini.database)
    assert await mini.effects() == ["before", "after"]
