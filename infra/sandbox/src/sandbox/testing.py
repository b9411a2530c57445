"""For tests: a sandbox on a real port in the test's own loop, a place that receives webhooks, short ways to sell."""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from sandbox.app import build
from sandbox.config import Settings
from sandbox.server import config_of, listen


class _Prompt(uvicorn.Server):
    """Ends when it is told to, where uvicorn looks ten times a second; leaves the test runner's signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()

    def install_signal_handlers(self) -> None:
        """None."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


@asynccontextmanager
async def serving(config: uvicorn.Config) -> AsyncIterator[str]:
    """Run a server on a free port in this loop; gives its address."""
    server = _Prompt(config)
    with listen(0) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.told.set()
            await task


@asynccontextmanager
async def running(state: Path | None = None, time_factor: float = 0.0001) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose base address is a sandbox of its own."""
    config = config_of(build(Settings(port=0, state=state, time_factor=time_factor)), 0)
    async with (
        serving(config) as base,
        httpx.AsyncClient(base_url=base, timeout=10, trust_env=False, verify=False) as client,
    ):
        yield client


@dataclass
class Got:
    """One webhook as it arrived."""

    headers: dict[str, str]
    body: bytes
    query: dict[str, str]


@dataclass
class Receiver:
    """Answers webhooks with the statuses it is told, then 200, and keeps what came."""

    uri: str = ""
    statuses: list[int] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    token: str = "t" * 40

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive()).get("body", b"")
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        query = dict(httpx.QueryParams(scope["query_string"]))
        answer = b"{}"
        status = self.statuses.pop(0) if self.statuses and "challenge_code" not in query else 200
        if "challenge_code" in query:
            answer = self._challenge(query["challenge_code"])
        else:
            self.got.append(Got(headers, body, query))
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": answer})

    def _challenge(self, code: str) -> bytes:
        digest = hashlib.sha256(f"{code}{self.token}{self.uri}".encode()).hexdigest()
        return json.dumps({"challengeResponse": digest}).encode()

    async def wait(self, count: int, seconds: float = 5) -> list[Got]:
        async with asyncio.timeout(seconds):
            while len(self.got) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return self.got


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port; its `uri` is where webhooks go."""
    made = Receiver()
    config = uvicorn.Config(
        made, port=0, log_level="error", lifespan="off", access_log=False, timeout_graceful_shutdown=2
    )
    async with serving(config) as base:
        made.uri = f"{base}/hook"
        yield made


@dataclass
class Shop:
    """A Shopify shop with its app's token."""

    client: httpx.AsyncClient
    keys: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.keys["account"])

    async def graphql(self, query: str, **variables: object) -> dict[str, Any]:
        answer = await self.client.post(
            f"/shopify/{self.name}/admin/api/2026-10/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": self.keys["access_token"]},
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def item(self, sku: str) -> dict[str, Any]:
        return await made(self.client, "shopify", self.name, sku)


async def made(
    client: httpx.AsyncClient, platform: str, account: str, sku: str, **more: object
) -> dict[str, Any]:
    """A listing, put up for sale."""
    answer = await client.post(f"/control/{platform}/listings", json={"account": account, "sku": sku, **more})
    assert answer.status_code == 201, answer.text
    listing: dict[str, Any] = answer.json()
    return listing


async def sell(
    client: httpx.AsyncClient, platform: str, account: str, *skus: str, **more: object
) -> dict[str, Any]:
    """A sale that must succeed."""
    lines = [{"sku": sku} for sku in skus]
    answer = await client.post(
        f"/control/{platform}/sales", json={"account": account, "lines": lines, **more}
    )
    assert answer.status_code == 201, answer.text
    sale: dict[str, Any] = answer.json()
    return sale
