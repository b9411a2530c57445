"""Calls to a real server that misbehaves: every error says whether the request may have arrived."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from connector_kit.errors import EXCEPTIONS, Action, ErrorTable
from connector_kit.http import STREAMED, http_client

Conduct = Callable[[asyncio.StreamWriter], Awaitable[None]]
TABLE = ErrorTable(codes={})


@dataclass
class Server:
    """Reads whole requests, then does as its conduct says."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, conduct: Conduct
    ) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = [
                    line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
                ]
                body = await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
                self.requests.append(head + body)
                await conduct(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(conduct: Conduct) -> AsyncIterator[Server]:
    server = Server()
    listening = await asyncio.start_server(lambda r, w: server.serve(r, w, conduct), "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()


async def arrived(server: Server, count: int) -> None:
    """Until the server has read so many requests."""
    async with asyncio.timeout(10):
        while len(server.requests) < count:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def calling(timeout: float = 2.0) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client(timeout=timeout, connections=4) as client:
        yield client


def answer(body: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n%s\r\n%s" % (len(body), more, body)


async def ok(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"{}"))


async def test_the_answer_and_the_request_are_whole() -> None:
    async def zipped(writer: asyncio.StreamWriter) -> None:
        writer.write(
            answer(gzip.compress(b'{"a": 1}'), b"content-encoding: gzip\r\nset-cookie: a=b\r\nx-id: 7\r\n")
        )

    async with serving(zipped) as server, calling() as client:
        for _ in range(2):
            got = await client.post(f"{server.url}/a%2Fb?q=%7Bx%7D", content=b"body", headers={"X-A": "1"})
    assert (got.status_code, got.json(), got.headers["x-id"]) == (200, {"a": 1}, "7")
    head = server.requests[1]
    assert head.startswith(b"POST /a%2Fb?q=%7Bx%7D HTTP/1.1\r\n")
    assert head.endswith(b"\r\n\r\nbody")
    assert b"x-a: 1" in head.lower()
    assert b"cookie" not in head.lower()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_dropped_reply_is_never_sent_again(method: str) -> None:
    replies = iter((True, False, True))

    async def once_only(writer: asyncio.StreamWriter) -> None:
        if next(replies):
            writer.write(answer(b"{}"))
        else:
            writer.close()

    async with serving(once_only) as server, calling() as client:
        await client.request(method, server.url)
        with pytest.raises(httpx.TransportError) as caught:
            await client.request(method, server.url)
    assert len(server.requests) == 2, "the second went out on the connection of the first, once"
    assert TABLE.of_exception(caught.value).action is Action.AMBIGUOUS


async def silence(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\x01 not http\r\n\r\n")


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )
    writer.transport.abort()


@pytest.mark.parametrize("conduct", [silence, nonsense, half, reset])
async def test_whatever_follows_a_sent_request_is_ambiguous(conduct: Conduct) -> None:
    async with serving(conduct) as server, calling(0.5) as client:
        with pytest.raises(httpx.TransportError) as caught:
            await client.post(server.url, content=b"x")
    assert len(server.requests) == 1
    assert TABLE.of_exception(caught.value).action is Action.AMBIGUOUS


async def test_what_never_left_may_go_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{free.getsockname()[1]}"
        async with calling() as client:
            with pytest.raises(httpx.ConnectError) as caught:
                await client.post(refused, content=b"x")
    assert TABLE.of_exception(caught.value).action is Action.RETRY


async def test_waiting_for_a_free_connection_sends_nothing() -> None:
    async with serving(silence) as server, calling(0.5) as client:
        held = [asyncio.create_task(client.post(server.url, timeout=30)) for _ in range(4)]
        await arrived(server, 4)
        with pytest.raises(httpx.ConnectTimeout):
            await client.post(server.url)
        assert len(server.requests) == 4
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)


async def test_a_cancelled_call_leaves_the_client_usable() -> None:
    late = iter((True, False))

    async def first_is_late(writer: asyncio.StreamWriter) -> None:
        if next(late):
            await asyncio.sleep(5)
        writer.write(answer(b"{}"))

    async with serving(first_is_late) as server, calling() as client:
        call = asyncio.create_task(client.post(server.url))
        await arrived(server, 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await client.post(server.url)).status_code == 200


async def test_an_address_that_is_none_is_refused() -> None:
    async with calling() as client:
        with pytest.raises(httpx.UnsupportedProtocol) as caught:
            await client.post("ftp://127.0.0.1/x")
    assert any(
        isinstance(caught.value, kind) for kind, problem in EXCEPTIONS if problem.action is Action.FAIL
    )


async def _streamed(client: httpx.AsyncClient, url: str) -> list[bytes]:
    async with client.stream("GET", url, extensions=STREAMED) as got:
        return [chunk async for chunk in got.aiter_bytes()]


async def test_an_answer_that_is_asked_for_so_comes_piece_by_piece() -> None:
    """The first piece is had before the second is sent: the answer is nowhere whole."""
    first_had = asyncio.Event()

    async def in_pieces(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\none")
        await first_had.wait()
        writer.write(b"two")

    async with serving(in_pieces) as server, calling() as client:
        had = []
        async with client.stream("GET", server.url, extensions=STREAMED) as got:
            async for piece in got.aiter_bytes():
                had.append(piece)
                first_had.set()
        assert had == [b"one", b"two"]


@pytest.mark.parametrize("conduct", [silence, half, reset])
async def test_a_streamed_answer_that_breaks_off_is_no_end(conduct: Conduct) -> None:
    async with serving(conduct) as server, calling(0.5) as client:
        with pytest.raises(httpx.TransportError):
            await _streamed(client, server.url)


async def test_a_streamed_answer_that_is_left_gives_its_connection_back() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 1000)
        await writer.drain()

    async with serving(endless) as server, calling() as client:
        for _ in range(5):  # one more than there are connections
            async with client.stream("GET", server.url, extensions=STREAMED) as got:
                async for _ in got.aiter_bytes():
                    break
