"""A file of an owner's passes through: the first of it before there is a last, no more than is allowed, no connection lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from gateway.client import OwnerAwayError, Shops
from gateway.client.base import Owner
from gateway.config import Settings
from gateway_fixtures.shop import TENANT
from kit.errors import Refused
from kit.tokens import Caller
from testkit.sandbox import serving_app

PIECE = b"x" * 1000
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def somebody() -> Caller:
    """Of a tenant that has no file on its way."""
    return Caller(uuid4(), uuid4(), "seller")


WHO = somebody()


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: str = "200 OK") -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(f"HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n".encode())


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says so much that nobody could hold it."""
    with suppress(ConnectionError):
        await begin(reader, writer)
        while True:
            writer.write(chunk(PIECE))
            await writer.drain()


async def cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await begin(reader, writer)
    writer.write(chunk(PIECE))
    writer.close()


async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            await begin(reader, writer, "404 Not Found")
            body = b'{"code": "no_such_request", "message": "There is no such request."}'
            writer.write(chunk(body) + chunk(b""))


@asynccontextmanager
async def owner(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, settings: Settings, patience: float = 5
) -> AsyncIterator[Owner]:
    """A connector that talks so, over two connections at most; who finds no room waits for so many seconds."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    monkeypatch.setenv("SOLDWIRE_URL_CONNECTOR_SHOPIFY", address)
    limits = httpx.Limits(max_connections=2)
    timeout = httpx.Timeout(5, pool=patience)
    async with httpx.AsyncClient(timeout=timeout, trust_env=False, limits=limits) as http:
        yield Owner(settings, http, "connector-shopify")
    server.close()


async def test_no_more_is_read_than_is_allowed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with owner(endless, monkeypatch, settings) as one:
        file, read = await one.file(WHO, "/v1/f", patience=5, most=50_000), 0
        with pytest.raises(OwnerAwayError, match="more than 50000 bytes"):
            async for piece in file.pieces():
                read += len(piece)
        assert read <= 50_000
        file.close()


async def test_what_breaks_off_is_not_taken_for_the_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with owner(cut_off, monkeypatch, settings) as one:
        file = await one.file(WHO, "/v1/f", patience=5, most=50_000)
        with pytest.raises(OwnerAwayError, match="broke off"):
            _ = [piece async for piece in file.pieces()]
        file.close()


async def test_what_the_owner_refuses_is_told_in_his_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with owner(refusing, monkeypatch, settings) as one:
        for _ in range(9):  # more than there is room for at once
            with pytest.raises(Refused, match="There is no such request"):
                await one.file(WHO, "/v1/f", patience=5, most=50_000)


async def test_files_nobody_reads_to_their_end_leave_room_for_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for and not waited for, begun and left, read for a while: as browsers that go away."""
    async with owner(endless, monkeypatch, settings) as one:

        async def some(turns: int) -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            file = await one.file(somebody(), "/v1/f", patience=5, most=10**9)
            try:
                async for _ in file.pieces():
                    await asyncio.sleep(0.001)
            finally:
                file.close()

        for turns in range(20):
            reading = [asyncio.create_task(some(turns)) for _ in range(4)]
            await asyncio.sleep(0.002 * turns)
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
        async with asyncio.timeout(5):
            file = await one.file(WHO, "/v1/f", patience=5, most=10**9)
            async for piece in file.pieces():
                assert piece
                break
            file.close()


async def test_one_sellers_slow_downloads_leave_room_for_everybody_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with owner(endless, monkeypatch, settings, patience=0.3) as one:
        first = await one.file(WHO, "/v1/f", patience=5, most=10**9)
        tries = [one.file(WHO, "/v1/f", patience=5, most=10**9) for _ in range(4)]
        for refused in await asyncio.gather(*tries, return_exceptions=True):
            assert isinstance(refused, Refused)
            assert refused.message.startswith("Another download of your shop is still running.")
        of_another = await one.file(somebody(), "/v1/f", patience=5, most=10**9)
        of_another.close()
        first.close()
        (await one.file(WHO, "/v1/f", patience=5, most=10**9)).close()


async def test_a_download_that_is_started_again_waits_for_the_one_that_was_called_off(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody presses twice: the browser calls the first off, and the gateway is still at it."""
    async with owner(endless, monkeypatch, settings) as one:
        first = await one.file(WHO, "/v1/f", patience=5, most=10**9)
        second = asyncio.create_task(one.file(WHO, "/v1/f", patience=5, most=10**9))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not second.done()
        first.close()
        async with asyncio.timeout(5):
            (await second).close()


async def test_a_second_download_is_refused_on_a_page(
    app: FastAPI, signed_in: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = app.state.context
    async with owner(endless, monkeypatch, settings, patience=0.1) as one:
        app.state.context = replace(context, owners=replace(context.owners, shops=Shops(one)))
        visitor = Caller(TENANT, uuid4(), "seller")
        first = await one.file(visitor, "/v1/f", patience=5, most=10**9)
        answer = await signed_in.get(f"/settings/data-requests/{uuid4()}")
        first.close()
    assert answer.status_code == 409
    assert "Let it finish, or stop it in your browser, then try again." in answer.text


async def test_a_browser_has_the_first_of_it_before_there_is_a_last(
    app: FastAPI, signed_in: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await begin(reader, writer)
        writer.write(chunk(b'{"webhooks":['))
        await goes_on.wait()
        writer.write(chunk(b"]}") + chunk(b""))

    context = app.state.context
    async with owner(slow, monkeypatch, settings) as one, serving_app(app) as url:
        app.state.context = replace(context, owners=replace(context.owners, shops=Shops(one)))
        cookies = {cookie.name: cookie.value or "" for cookie in signed_in.cookies.jar}
        async with (
            httpx.AsyncClient(base_url=url, cookies=cookies, trust_env=False) as browser,
            browser.stream("GET", f"/settings/data-requests/{uuid4()}") as answer,
        ):
            assert answer.headers["cache-control"] == "no-store"
            pieces = answer.aiter_bytes()
            assert await anext(pieces) == b'{"webhooks":['
            goes_on.set()
            assert b"".join([piece async for piece in pieces]) == b"]}"
