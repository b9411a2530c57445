"""PostgreSQL for one service: two roles, transactions bound to tenants, an outbox that wakes its relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg

from kit.clock import Clock, utc_now
from kit.connection import Connection, Driver, Row, set_codecs
from kit.settings import ServiceSettings
from kit.unit_of_work import UnitOfWork

_SERVER_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "30000",
    "lock_timeout": "10000",
    "idle_in_transaction_session_timeout": "30000",
    "jit": "off",
    "client_connection_check_interval": "1000",
}
_ANSWER_SECONDS = 40
"""A server that is there would have given up a statement before; one that is not answers nothing."""
_WAIT_SECONDS = 10
"""For a free connection, and for a new one."""
_STATEMENTS_KEPT = 500
_QUERIES_OF_A_CONNECTION = 2**60
"""A connection is never too old: asyncpg would close it after a commit, whose caller then heard of an error."""


async def pool_for(dsn: str, *, name: str, size: int = 16) -> asyncpg.Pool[Row]:
    """A pool with the product's time-outs; connections are checked by use, not by a ping each time.

    No session state is ever set, so none is cleared when a connection is given back.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        init=set_codecs,
        reset=_nothing,
        record_class=Row,
        timeout=_WAIT_SECONDS,
        command_timeout=_ANSWER_SECONDS,
        statement_cache_size=_STATEMENTS_KEPT,
        max_queries=_QUERIES_OF_A_CONNECTION,
        server_settings={**_SERVER_SETTINGS, "application_name": name},
    )


async def _nothing(_: asyncpg.Connection[Any]) -> None:
    return


class Database:
    """Opens transactions under the bus role or the request role. Connections are made on first use."""

    def __init__(self, settings: ServiceSettings, source: str, clock: Clock = utc_now) -> None:
        self._settings = settings
        self.source = source
        self._clock = clock
        self._pools: dict[str, asyncpg.Pool[Row]] = {}
        self._making = asyncio.Lock()
        self._outbox_written: list[Callable[[], None]] = []

    def on_outbox(self, wake: Callable[[], None]) -> None:
        """Register what to wake after a commit that wrote outbox rows."""
        self._outbox_written.append(wake)

    async def _pool(self, role: str) -> asyncpg.Pool[Row]:
        async with self._making:
            if role not in self._pools:
                dsn = self._settings.postgres_bus if role == "bus" else self._settings.postgres_request
                if not dsn:
                    raise LookupError(f"SOLDWIRE_POSTGRES_{role.upper()} is not set")
                name = f"soldwire{self.source}:{role}"
                self._pools[role] = await pool_for(dsn, name=name, size=2 * self._settings.pool_size)
        return self._pools[role]

    @asynccontextmanager
    async def _driver(self, role: str) -> AsyncIterator[Driver]:
        pool = self._pools.get(role) or await self._pool(role)
        async with pool.acquire(timeout=_WAIT_SECONDS) as driver:
            yield driver

    async def ping(self, role: str) -> None:
        """Ask the server for an answer. Raises what `kit.errors.is_transient` knows while it is away."""
        async with self._driver(role) as driver:
            try:
                await driver.execute("select 1")
            except BaseException:
                driver.terminate()  # giving it back would wait for its answer
                raise

    @asynccontextmanager
    async def bus(self, tenants: Iterable[UUID] = (), *, keep: bool = False) -> AsyncIterator[UnitOfWork]:
        """A transaction of the process's own, over any set of tenants. Commits at the end of the block.

        `keep` keeps them from being erased meanwhile.
        """
        async with self._transaction("bus", tenants, keep=keep) as uow:
            yield uow

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[UnitOfWork]:
        """Statements of the process's own that don't need each other: each is a transaction by itself, which spares it
        the round trips for a begin and a commit. Raises RuntimeError when something was emitted: it would be lost.
        """
        async with self._driver("bus") as driver:
            uow = UnitOfWork(Connection(driver), self.source, self._clock())
            try:
                yield uow
            except BaseException as error:
                if not isinstance(error, Exception):
                    driver.terminate()  # cancelled: a statement may still run
                raise
        if uow.has_emitted:
            raise RuntimeError("facts are emitted in a transaction: use bus() or request()")
        uow.committed()

    @asynccontextmanager
    async def request(self, tenant: UUID) -> AsyncIterator[UnitOfWork]:
        """A transaction for a person's request, held to one tenant by row-level security."""
        async with self._transaction("request", (tenant,)) as uow:
            yield uow

    @asynccontextmanager
    async def _transaction(
        self, role: str, tenants: Iterable[UUID], *, keep: bool = False
    ) -> AsyncIterator[UnitOfWork]:
        async with self._driver(role) as driver:
            uow = UnitOfWork(Connection(driver), self.source, self._clock(), tenants)
            try:
                await driver.execute(uow.beginning(keep=keep))
                yield uow
                await uow.flush()
                await _commit(driver)
            except Exception:
                with suppress(Exception):
                    await driver.execute("rollback")
                raise
            except BaseException:
                # Cancelled: a statement may still run. The server looks each second whether its client is there.
                driver.terminate()
                raise
        uow.committed()
        if uow.has_emitted:
            for wake in self._outbox_written:
                wake()

    async def dispose(self) -> None:
        """Close every connection."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            try:
                await asyncio.wait_for(pool.close(), 5)
            except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pool.terminate()


async def _commit(driver: Driver) -> None:
    """Commit. A transaction in which a statement failed rolls back without an error of its own."""
    if await driver.execute("commit") != "COMMIT":
        raise asyncpg.InFailedSQLTransactionError("a statement had failed: nothing was committed")
