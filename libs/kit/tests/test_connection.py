"""Statements of SQLAlchemy on asyncpg: parameters, constructs, rows, counts, errors, transactions."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import string
import time
from uuid import UUID, uuid4

import asyncpg
import pytest
from kit import connection
from kit.bulk import among
from kit.errors import is_transient, is_unstorable
from kit.tables import inbox, outbox
from prometheus_client import REGISTRY
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from testkit.infra import Branch


async def count(mini) -> int:
    async with mini.database.bus() as uow:
        return (await uow.conn.execute(select(func.count()).select_from(inbox))).scalar_one()


async def received(uow, ids: list[UUID]) -> None:
    rows = insert(inbox).values([{"subscriber": "a", "event_id": i} for i in ids])
    await uow.conn.execute(rows.on_conflict_do_nothing())


async def test_a_text_names_its_parameters_as_often_as_it_likes(mini) -> None:
    async with mini.database.bus() as uow:
        statement = text(
            "select cast(:a as text) as first, :a || cast(:b as text) as both, '1'\\:\\:int as one"
        )
        row = (await uow.conn.execute(statement, {"b": "y", "a": "x"})).one()
    assert (row.first, row["both"], row.one, tuple(row)) == ("x", "xy", 1, ("x", "xy", 1))
    assert dict(row) == {**row} == {"first": "x", "both": "xy", "one": 1}
    assert not hasattr(row, "none_such")


async def test_constructs_are_compiled_once_and_never_keep_values(mini) -> None:
    ids = sorted(uuid4() for _ in range(3))
    connection._constructs.clear()
    async with mini.database.bus() as uow:
        await received(uow, ids)
        inserts = len(connection._constructs)
        for wanted in (ids[:1], ids[1:], ids):
            listed = select(inbox.c.event_id).where(inbox.c.event_id.in_(wanted)).order_by(inbox.c.event_id)
            assert (await uow.conn.execute(listed)).scalars() == wanted
            found = await uow.conn.execute(select(inbox.c.event_id).where(inbox.c.event_id == among(wanted)))
            assert set(found.scalars()) == set(wanted)
        for one in ids:
            only = await uow.conn.execute(select(inbox.c.event_id).where(inbox.c.event_id == one).limit(1))
            assert only.scalar() == one
    assert len(connection._constructs) == inserts + 3


async def test_a_change_that_begins_with_a_query_says_how_many_it_changed(mini) -> None:
    async with mini.database.bus() as uow:
        await received(uow, [uuid4() for _ in range(3)])
        few = "with few as (select event_id from inbox limit 2 for update)"
        changed = text(f"{few} update inbox i set subscriber = 'b' from few where i.event_id = few.event_id")
        assert (await uow.conn.execute(changed)).rowcount == 2
        assert (await uow.conn.execute(text(f"{few} select * from few"))).rowcount == 2


async def test_what_brings_no_rows_says_how_many_it_changed(mini) -> None:
    ids = [uuid4() for _ in range(3)]
    async with mini.database.bus() as uow:
        await received(uow, ids)
        changed = await uow.conn.execute(update(inbox).values(subscriber="b"))
        assert (changed.rowcount, changed.all()) == (3, [])
        gone = await uow.conn.execute(
            delete(inbox).where(inbox.c.event_id == ids[0]).returning(inbox.c.event_id)
        )
        assert (gone.rowcount, gone.scalars()) == (1, [ids[0]])
        assert (await uow.conn.execute(text("delete from inbox"))).rowcount == 2
        assert (await uow.conn.execute(text("delete from inbox returning 1"))).rowcount == 0


async def test_one_row_is_one_row(mini) -> None:
    async with mini.database.bus() as uow:
        none = await uow.conn.execute(text("select 1 where false"))
        two = await uow.conn.execute(text("select generate_series(1, 2)"))
    assert (none.one_or_none(), none.first(), none.scalar()) == (None, None, None)
    assert (two.first()[0], two.scalars()) == (1, [1, 2])
    with pytest.raises(NoResultFound):
        none.one()
    with pytest.raises(MultipleResultsFound):
        two.one_or_none()


async def test_json_comes_out_as_it_went_in(mini) -> None:
    async with mini.database.bus() as uow:
        given = {"price": "12.50", "lines": [1, None, "é"]}
        row = (await uow.conn.execute(text("select cast(:it as jsonb) as it"), {"it": given})).one()
        written = (await uow.conn.execute(text("select cast(:it as jsonb) as it"), {"it": '{"a": 1}'})).one()
    assert (row.it, written.it) == (given, {"a": 1})


async def test_an_argument_that_does_not_fit_is_a_data_error_that_does_not_quote_it(mini) -> None:
    with pytest.raises(asyncpg.DataError, match=r"argument \$1") as refused:
        async with mini.database.bus() as uow:
            await uow.conn.execute(text("select cast(:n as integer)"), {"n": "12 Elm Row"})
    assert "Elm" not in str(refused.value)
    assert is_unstorable(refused.value)
    assert not is_transient(refused.value)


async def test_a_name_too_long_for_its_index_is_a_data_error(mini) -> None:
    name = "".join(random.Random(1).choices(string.printable[:62], k=6000))
    with pytest.raises(asyncpg.PostgresError, match="index row size") as refused:
        async with mini.database.bus() as uow:
            await uow.conn.execute(
                text("insert into inbox (subscriber, event_id) values (:name, :id)"),
                {"name": name, "id": uuid4()},
            )
    assert is_unstorable(refused.value)
    assert not is_transient(refused.value)


async def test_an_exception_rolls_everything_back(mini) -> None:
    with pytest.raises(RuntimeError):
        async with mini.database.bus() as uow:
            await received(uow, [uuid4()])
            raise RuntimeError("no")
    assert await count(mini) == 0


async def test_a_swallowed_error_is_no_commit(mini) -> None:
    """PostgreSQL answers COMMIT of a failed transaction with a rollback and no error."""
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        async with mini.database.bus() as uow:
            await received(uow, [uuid4()])
            with pytest.raises(asyncpg.DivisionByZeroError):
                await uow.conn.execute(text("select 1 / 0"))
    assert await count(mini) == 0


async def test_a_cancelled_transaction_leaves_nothing_and_its_connection_to_nobody(mini) -> None:
    async def slow() -> None:
        async with mini.database.bus() as uow:
            await received(uow, [uuid4()])
            await uow.conn.execute(text("select pg_sleep(30)"))

    for _ in range(20):  # more than the pool holds
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(slow(), 0.05)
    assert await count(mini) == 0


async def test_a_statement_of_its_own_is_kept_whatever_comes_after_it(mini) -> None:
    done: list[int] = []
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with mini.database.autocommit() as uow:
            uow.after_commit(lambda: done.append(1))
            await received(uow, [uuid4()])
            await uow.conn.execute(text("select 1 / 0"))
    assert await count(mini) == 1
    assert not done
    async with mini.database.autocommit() as uow:
        uow.after_commit(lambda: done.append(2))
        await received(uow, [uuid4()])
    assert await count(mini) == 2
    assert done == [2]


async def test_a_cancelled_statement_of_its_own_leaves_its_connection_to_nobody(mini) -> None:
    met: list[int] = []

    async def slow() -> None:
        async with mini.database.autocommit() as uow:
            met.append((await uow.conn.execute(text("select pg_backend_pid()"))).scalar_one())
            await uow.conn.execute(text("select pg_sleep(30)"))

    for turn in range(20):  # more than the pool holds
        cancelled = asyncio.create_task(slow())
        while len(met) == turn:
            await asyncio.sleep(0.001)
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
    assert len(set(met)) == 20, "each had a connection that nobody used after it"
    assert await count(mini) == 0


async def test_nothing_is_emitted_outside_of_a_transaction(mini) -> None:
    with pytest.raises(RuntimeError, match="emitted in a transaction"):
        async with mini.database.autocommit() as uow:
            uow.emit(mini.status("never"))


async def test_a_pool_that_is_used_up_makes_others_wait_and_says_so(mini) -> None:
    size = 2 * mini.database._settings.pool_size
    release = asyncio.Event()

    async def hold() -> None:
        async with mini.database.bus():
            await release.wait()

    holders = [asyncio.create_task(hold()) for _ in range(size)]
    await asyncio.sleep(0.5)
    waiting = asyncio.create_task(count(mini))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    release.set()
    await asyncio.gather(*holders)
    assert await waiting == 0


async def test_connections_that_were_cut_are_made_anew(mini) -> None:
    await count(mini)
    async with mini.database.bus() as uow:
        await uow.conn.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = current_user "
                 "and application_name = 'soldwire/mini:bus'")
        )  # fmt: skip
    await asyncio.sleep(0.1)
    assert await count(mini) == 0
    with pytest.raises(Exception) as cut:
        async with mini.database.bus() as uow:
            await uow.conn.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    assert is_transient(cut.value)
    assert await count(mini) == 0


async def test_tenants_are_bound_for_one_transaction_only(mini) -> None:
    tenant = uuid4()
    async with mini.database.bus([tenant]) as uow:
        bound = await uow.conn.execute(text("select current_setting('app.tenants', true)"))
        assert bound.scalar() == str(tenant)
    async with mini.database.bus() as uow:
        free = await uow.conn.execute(text("select current_setting('app.tenants', true)"))
        assert not free.scalar()


async def test_statements_are_counted(mini) -> None:
    before = REGISTRY.get_sample_value("soldwire_statements_total")
    async with mini.database.bus() as uow:
        await uow.conn.execute(select(outbox.c.id))
        await uow.conn.execute(text("select 1"))
    assert REGISTRY.get_sample_value("soldwire_statements_total") == before + 2


async def test_a_ping_is_given_up_when_its_caller_will_not_wait(mini, infrastructure) -> None:
    """A frozen server answers neither the question nor that it was called off."""
    if infrastructure.branch is not Branch.EMBEDDED:
        pytest.skip("freezes the server's process, which is in a container here")
    async with mini.database.bus() as uow:
        pid = (await uow.conn.execute(text("select pg_backend_pid()"))).scalar()
    os.kill(pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await mini.database.ping("bus")
        assert time.monotonic() - begun < 5
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_what_a_cancelled_transaction_was_doing_ends_soon(mini) -> None:
    """Its locks would keep the next process waiting."""
    name = "soldwire/mini:bus"
    async with mini.database.bus() as uow:
        await received(uow, [uuid4()])
    sleeping = asyncio.create_task(_sleep(mini))
    await asyncio.sleep(0.3)
    sleeping.cancel()
    await asyncio.gather(sleeping, return_exceptions=True)
    running = (
        "select count(*) from pg_stat_activity where query like '%pg_sleep(20)%' and application_name = :name"
    )
    async with asyncio.timeout(10):
        while True:
            async with mini.database.bus() as uow:
                if not (
                    await uow.conn.execute(text(f"{running} and pid <> pg_backend_pid()"), {"name": name})
                ).scalar():
                    return
            await asyncio.sleep(0.1)


async def _sleep(mini) -> None:
    async with mini.database.bus() as uow:
        await uow.conn.execute(text("select pg_sleep(20)"))
