"""Where spans go while tracing is measured: a process of its own that takes OTLP over HTTP, counts it and keeps nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
import uvloop
from soldwire_local.ports import HOST
from soldwire_local.processes import die_with_parent

from tests.bench.door import Receive, Send, free_port, listening, whole_body


@dataclass(frozen=True)
class Sink:
    """A running sink."""

    url: str

    async def batches(self) -> int:
        """How often spans came."""
        async with httpx.AsyncClient(trust_env=False) as http:
            return int((await http.get(self.url)).text)


@asynccontextmanager
async def running() -> AsyncIterator[Sink]:
    """The sink as a process, stopped at the end."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.sink", str(port)]
    process = await asyncio.create_subprocess_exec(*command, preexec_fn=die_with_parent())
    try:
        await listening(port)
        yield Sink(f"http://{HOST}:{port}")
    finally:
        process.terminate()
        await process.wait()


async def serve(port: int) -> None:
    """Serve until told to stop."""
    came = 0

    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        nonlocal came
        came += bool(await whole_body(receive))
        told = str(came).encode() if scope["method"] == "GET" else b""
        length = (b"content-length", str(len(told)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": told})

    config = uvicorn.Config(app, host=HOST, port=port, lifespan="off", access_log=False, log_level="warning")
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
