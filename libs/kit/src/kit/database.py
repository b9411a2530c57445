"""PostgreSQL for one service: two roles, transactions bound to tenants, an outbox that wakes its relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kit.clock import Clock, utc_now
from kit.settings import ServiceSettings
from kit.unit_of_work import UnitOfWork

_SERVER_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "30000",
    "lock_timeout": "10000",
    "idle_in_transaction_session_timeout": "30000",
    "jit": "off",
}


def engine_for(dsn: str, *, name: str, pool_size: int = 8) -> AsyncEngine:
    """An asyncpg engine with the product's time-outs; connections are checked by use, not by a ping each time.

    Its errors don't quote parameters: they go into logs, and a webhook's body holds its buyer's address.
    """
    address = dsn.replace("postgresql://", "postgresql+asyncpg://", 1)
    return create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"timeout": 10, "server_settings": {**_SERVER_SETTINGS, "application_name": name}},
    )


class Database:
    """Opens transactions under the bus role or the request role. Engines are made on first use."""

    def __init__(self, settings: ServiceSettings, source: str, clock: Clock = utc_now) -> None:
        self._settings = settings
        self.source = source
        self._clock = clock
        self._engines: dict[str, AsyncEngine] = {}
        self._outbox_written: list[Callable[[], None]] = []

    def on_outbox(self, wake: Callable[[], None]) -> None:
        """Register what to wake after a commit that wrote outbox rows."""
        self._outbox_written.append(wake)

    def engine(self, role: str) -> AsyncEngine:
        """The engine of a role, `bus` or `request`."""
        if role not in self._engines:
            dsn = self._settings.postgres_bus if role == "bus" else self._settings.postgres_request
            if not dsn:
                raise LookupError(f"SOLDWIRE_POSTGRES_{role.upper()} is not set")
            name = f"soldwire{self.source}:{role}"
            self._engines[role] = engine_for(dsn, name=name, pool_size=self._settings.pool_size)
        return self._engines[role]

    @asynccontextmanager
    async def bus(self, tenants: Iterable[UUID] = ()) -> AsyncIterator[UnitOfWork]:
        """A transaction of the process's own, over any set of tenants. Commits at the end of the block."""
        async with self._transaction("bus", tenants) as uow:
            yield uow

    @asynccontextmanager
    async def request(self, tenant: UUID) -> AsyncIterator[UnitOfWork]:
        """A transaction for a person's request, held to one tenant by row-level security."""
        async with self._transaction("request", (tenant,)) as uow:
            yield uow

    @asynccontextmanager
    async def _transaction(self, role: str, tenants: Iterable[UUID]) -> AsyncIterator[UnitOfWork]:
        conn = await self.engine(role).connect()
        try:
            async with conn.begin():
                uow = UnitOfWork(conn, self.source, self._clock(), tenants)
                await uow.begin()
                yield uow
                await uow.flush()
        finally:
            # A cancelled task must not leak its connection (traps.md): finish the clean-up whatever happens.
            await asyncio.shield(conn.close())
        uow.committed()
        if uow.has_emitted:
            for wake in self._outbox_written:
                wake()

    async def dispose(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            await engine.dispose()
        self._engines.clear()
