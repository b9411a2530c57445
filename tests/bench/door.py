"""The floor of the door: a bare ASGI app in its own process that checks a webhook's HMAC, inserts its body and answers 200."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import uvicorn
import uvloop
from soldwire_local.ports import HOST
from soldwire_local.processes import die_with_parent

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CONNECTIONS = 16
"""As many as a service has."""
_TABLE = "create table if not exists floor_door (id bigint generated always as identity primary key, body bytea not null)"
_STORE = "insert into floor_door (body) values ($1)"
_SECRET = "FLOOR_SECRET"
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Door:
    """A running floor: where it listens, and the seconds from its start until it did."""

    url: str
    started: float


def signature(secret: str, body: bytes) -> str:
    """What Shopify puts in `X-Shopify-Hmac-Sha256`."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


@asynccontextmanager
async def running(dsn: str, secret: str) -> AsyncIterator[Door]:
    """The app as a process, stopped at the end; its table is made before."""
    conn = await asyncpg.connect(dsn)
    await conn.execute(_TABLE)
    await conn.close()
    port, begun = free_port(), time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.door", dsn, str(port)),
        env={**os.environ, _SECRET: secret},
        preexec_fn=die_with_parent(),
    )
    try:
        await listening(port)
        yield Door(f"http://{HOST}:{port}", time.monotonic() - begun)
    finally:
        process.terminate()
        await process.wait()


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


async def listening(port: int) -> None:
    """Until somebody does."""
    async with asyncio.timeout(30):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, port)
                writer.close()
                return
            await asyncio.sleep(_LOOK_SECONDS)


def genuine(secret: bytes, headers: Mapping[bytes, bytes], body: bytes) -> bool:
    """Whether the body is signed with the secret."""
    made = base64.b64encode(hmac.digest(secret, body, hashlib.sha256))
    return hmac.compare_digest(made, headers.get(b"x-shopify-hmac-sha256", b""))


async def serve(dsn: str, port: int, secret: bytes) -> None:
    """Serve until told to stop."""
    pool = await asyncpg.create_pool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)

    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        body = await whole_body(receive)
        status = 401
        if genuine(secret, dict(scope["headers"]), body):
            await pool.execute(_STORE, body)
            status = 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    config = uvicorn.Config(app, host=HOST, port=port, lifespan="off", access_log=False, log_level="warning")
    await uvicorn.Server(config).serve()


async def whole_body(receive: Receive) -> bytes:
    """Of a request."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), os.environ[_SECRET].encode()))
