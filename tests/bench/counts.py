"""Counting in the services' databases over a connection that stays: a new one costs PostgreSQL a process."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import asyncpg

LOOK_SECONDS = 0.1


class Counts:
    """An async context: one connection to each database that is asked, as the administrator."""

    def __init__(self, admin_dsn: str) -> None:
        self._dsn = urlsplit(admin_dsn)
        self._open: dict[str, asyncpg.Connection] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._open.values():
            await connection.close()

    async def connection(self, service: str) -> asyncpg.Connection:
        """The connection to a service's database."""
        if service not in self._open:
            name = "soldwire_" + service.replace("-", "_")
            self._open[service] = await asyncpg.connect(urlunsplit(self._dsn._replace(path=f"/{name}")))
        return self._open[service]

    async def count(self, service: str, query: str) -> int:
        """One number."""
        return int(await (await self.connection(service)).fetchval(query))

    async def reaches(self, service: str, query: str, count: int, within: float) -> None:
        """Wait until a query counts so many."""
        async with asyncio.timeout(within):
            while await self.count(service, query) < count:
                await asyncio.sleep(LOOK_SECONDS)

    async def falls(self, service: str, query: str, within: float) -> None:
        """Wait until a query counts none."""
        async with asyncio.timeout(within):
            while await self.count(service, query):
                await asyncio.sleep(LOOK_SECONDS)
