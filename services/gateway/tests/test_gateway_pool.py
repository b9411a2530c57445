"""Calls to owners share connections: none is lost when a page doesn't wait for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import uuid4

import httpx
import pytest
from gateway.client.base import Owner
from gateway.config import Settings
from kit.tokens import Caller


async def test_calls_that_nobody_waits_for_any_longer_leave_room_for_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a page is sent before a panel's owner has answered."""
    answered = asyncio.Event()

    async def owner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                await answered.wait()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull")

    server = await asyncio.start_server(owner, "127.0.0.1", 0)
    monkeypatch.setenv("SOLDWIRE_URL_SCHEDULER", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    limits = httpx.Limits(max_connections=4)
    async with server, httpx.AsyncClient(timeout=10, trust_env=False, limits=limits) as http:
        scheduler = Owner(settings, http, "scheduler")
        for turns in range(30):
            calls = [asyncio.create_task(scheduler.get(_ANYBODY, "/v1/plans", object)) for _ in range(10)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        answered.set()
        assert await scheduler.get(_ANYBODY, "/v1/plans", object) is None


async def test_an_owner_that_hangs_takes_no_connections_of_the_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull")
        await writer.drain()
        writer.close()

    async with (
        await _at(hangs, "SCHEDULER", monkeypatch),
        await _at(answers, "SALES_LEDGER", monkeypatch),
        httpx.AsyncClient(timeout=5, trust_env=False) as http,
    ):
        scheduler, ledger = Owner(settings, http, "scheduler"), Owner(settings, http, "sales-ledger")
        hanging = [asyncio.create_task(scheduler.get(_ANYBODY, "/v1/plans", object)) for _ in range(150)]
        await asyncio.sleep(0.1)
        assert await ledger.get(_ANYBODY, "/v1/sales", object) is None
        assert not any(call.done() for call in hanging), "those of the other still hang"
        for call in hanging:
            call.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def _at(
    owner: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> asyncio.Server:
    server = await asyncio.start_server(owner, "127.0.0.1", 0)
    monkeypatch.setenv(f"SOLDWIRE_URL_{name}", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    return server


_ANYBODY = Caller(uuid4(), uuid4(), "seller")
