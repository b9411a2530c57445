"""A TCP proxy before PostgreSQL that loses what a network can lose: answers to COMMIT, and whole connections."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

COMMIT = b"Q\x00\x00\x00\x0bcommit\x00"
"""What our transactions end with, as PostgreSQL's protocol writes it (simple query)."""
_CHUNK = 65_536
Address = tuple[str, int]


@dataclass
class PostgresProxy:
    """An async context that listens on `port` of 127.0.0.1 and connects on to what `target` says by then.

    Of all COMMITs the share `lose` is carried out, then the connection is cut before its answer.
    """

    target: Callable[[], Address]
    seed: int = 1
    lose: float = 0.0
    lost: int = 0
    """Answers to COMMIT that were lost so far."""
    _links: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("the proxy is not listening yet")
        return int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> int:
        """Cut every connection now; how many there were."""
        links, self._links = self._links, set()
        for link in links:
            link.transport.abort()
        return len(links) // 2

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError):
            server_reader, server_writer = await asyncio.open_connection(*self.target())
            await _Link(self, reader, writer, server_reader, server_writer).carry()
        writer.transport.abort()


@dataclass
class _Link:
    """One client's connection and ours on its behalf."""

    proxy: PostgresProxy
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server_reader: asyncio.StreamReader
    server_writer: asyncio.StreamWriter
    doomed: bool = False
    """The next thing the server says is not passed on."""

    async def carry(self) -> None:
        ends = {self.writer, self.server_writer}
        self.proxy._links |= ends
        ways = {asyncio.create_task(self._forth()), asyncio.create_task(self._back())}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in ends:
                end.transport.abort()
            self.proxy._links -= ends
            await asyncio.gather(*ways, return_exceptions=True)

    async def _forth(self) -> None:
        while chunk := await self.reader.read(_CHUNK):
            if chunk.endswith(COMMIT) and self.proxy._chance.random() < self.proxy.lose:
                self.doomed = True
            self.server_writer.write(chunk)
            await self.server_writer.drain()

    async def _back(self) -> None:
        while chunk := await self.server_reader.read(_CHUNK):
            if self.doomed:
                self.proxy.lost += 1
                return
            self.writer.write(chunk)
            await self.writer.drain()
