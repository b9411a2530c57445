"""Leases in hand are kept on real PostgreSQL, whatever else this process waits for."""

from __future__ import annotations

from contextlib import AsyncExitStack
from uuid import uuid4

from connector_kit import store
from connector_kit.leases import Leases, Queue
from kit.database import Database
from kit.settings import ServiceSettings
from sqlalchemy import text
from testkit.services import settings_for

_LEFT = text("select lease_until > clock_timestamp() as kept from due_polls")


async def test_leases_are_kept_while_slow_statements_hold_every_connection(database) -> None:
    settings = settings_for(ServiceSettings, database("connector-ebay"), pool_size=2)
    busy, watching = (Database(settings, f"/connector-ebay{n}") for n in range(2))
    account = uuid4()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(watching.dispose)
        stack.push_async_callback(busy.dispose)
        async with busy.bus([account]) as uow:
            await store.start_polling(uow, account, account)
        async with busy.bus() as uow:
            (poll,) = await store.lease_polls(uow, most=1)
        async with watching.bus() as uow:
            await uow.conn.execute(text("update due_polls set lease_until = clock_timestamp()"))
        leases = await stack.enter_async_context(Leases(settings, busy.source))
        for _ in range(2 * settings.pool_size):
            await stack.enter_async_context(busy.bus())
        with leases.kept(Queue.POLLS, poll.account_id, poll.lease_no):
            assert leases.held(Queue.POLLS) == [account]
            await leases.turn()
        async with watching.bus() as uow:
            assert (await uow.conn.execute(_LEFT)).scalar_one()
