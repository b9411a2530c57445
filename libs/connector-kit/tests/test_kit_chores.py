"""Chores on real PostgreSQL: leased by one, fenced, put off after failures, never lost when wished for meanwhile."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from connector_kit import store
from connector_kit.errors import RETRY, CallFailed
from connector_kit.jobs import DoChores
from connector_kit.leases import Leases
from connector_kit.store import Chore, LeasedChore
from kit.database import Database
from kit.settings import ServiceSettings
from sqlalchemy import text
from testkit.services import settings_for

NOW = timedelta()


def _settings(database) -> ServiceSettings:
    return settings_for(ServiceSettings, database("connector-ebay"), pool_size=4)


def _chore(key: str = "") -> Chore:
    return Chore(uuid4(), uuid4(), "tidy", key)


async def _wanted(database: Database, *chores: Chore, later: timedelta = NOW) -> None:
    async with database.bus() as uow:
        await store.want_chores(uow, chores, uow.now + later)


async def _rows(database: Database) -> list[tuple[str, int, bool]]:
    query = text("select key, failures, due_at <= clock_timestamp() as due from due_chores order by key")
    async with database.bus() as uow:
        return [(row.key, row.failures, row.due) for row in await uow.conn.execute(query)]


async def test_a_chore_is_done_by_one_and_only_when_due(database) -> None:
    here = Database(_settings(database), "/connector-ebay")
    chore, other = _chore(), _chore()
    await _wanted(here, chore, chore)
    await _wanted(here, other, later=timedelta(hours=1))
    async with here.bus() as one, here.bus() as two:
        (first,) = await store.lease_chores(one, "tidy", most=5)
        assert await store.lease_chores(two, "tidy", most=5) == []
    async with here.bus() as uow:
        assert await store.lease_chore(uow, chore) is None
        assert (await store.lease_chore(uow, other)) is not None, "one that is wanted now is not waited for"
        assert first.chore == chore
    await here.dispose()


async def test_a_takeover_fences_the_one_before(database) -> None:
    here = Database(_settings(database), "/connector-ebay")
    chore = _chore()
    await _wanted(here, chore)
    async with here.bus() as uow:
        (zombie,) = await store.lease_chores(uow, "tidy", most=1)
        await uow.conn.execute(text("update due_chores set lease_until = clock_timestamp()"))
    async with here.bus() as uow:
        (owner,) = await store.lease_chores(uow, "tidy", most=1)
    async with here.bus() as uow:
        assert not await store.hold_chore(uow, zombie)
        await store.end_chore(uow, zombie)
        assert await store.hold_chore(uow, owner)
    assert await _rows(here) == [("", 0, True)]
    await here.dispose()


async def test_what_is_wished_for_while_it_is_done_is_done_again(database) -> None:
    settings = _settings(database)
    here, done = Database(settings, "/connector-ebay"), []
    chore = _chore("coat")
    await _wanted(here, chore)

    async def do(leased: LeasedChore) -> None:
        done.append(leased.wishes)
        if len(done) == 1:
            await _wanted(here, chore)

    async with Leases(settings, here.source) as leases:
        await DoChores(here, leases, "tidy", do).turn()
    assert len(done) == 2
    assert await _rows(here) == []
    await here.dispose()


async def test_one_that_fails_waits_and_stands_in_nobodys_way(database) -> None:
    settings = _settings(database)
    here, tried = Database(settings, "/connector-ebay"), []
    bad, worse, good = _chore("bad"), _chore("broken"), _chore("good")
    await _wanted(here, bad, worse, good)

    async def do(leased: LeasedChore) -> timedelta | None:
        tried.append(leased.chore.key)
        if leased.chore.key == "bad":
            raise CallFailed(RETRY)
        if leased.chore.key == "broken":
            raise KeyError("nobody foresaw this")
        return timedelta(hours=1)

    async with Leases(settings, here.source) as leases:
        await DoChores(here, leases, "tidy", do).turn()
    assert sorted(tried) == ["bad", "broken", "good"]
    assert await _rows(here) == [("bad", 1, False), ("broken", 1, False), ("good", 0, False)]
    await here.dispose()
