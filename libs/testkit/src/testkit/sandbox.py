"""The sandbox for tests: started in this process on a real port, steered by its control API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sandbox.app import build
from sandbox.config import Settings
from sandbox.front import Front
from sandbox.server import config_of
from sandbox.testing import serving

from testkit.http import http_to

# Answers of the control API are plain JSON documents of its README; tests pick from them by name.
Json = dict[str, Any]

_FREE: dict[float, list[Front]] = {}


@dataclass(frozen=True)
class Sandbox:
    """One sandbox; `url` is its address, each method one control call. Raises httpx.HTTPStatusError when refused."""

    url: str
    control: httpx.AsyncClient

    async def post(self, path: str, body: Json | None = None) -> Json:
        """POST below /control."""
        return dict((await self.control.post(f"/control/{path}", json=body or {})).raise_for_status().json())

    async def get(self, path: str, **query: str | int | None) -> Json:
        """GET below /control."""
        params = {key: value for key, value in query.items() if value is not None}
        return dict((await self.control.get(f"/control/{path}", params=params)).raise_for_status().json())

    async def account(self, platform: str, name: str, **settings: object) -> Json:
        """Open a seller's account."""
        return await self.post(f"{platform}/accounts", {"account": name, **settings})

    async def listing(self, platform: str, account: str, sku: str, **more: object) -> Json:
        """Put one article up for sale."""
        body: Json = {
            "account": account,
            "sku": sku,
            "title": f"Article {sku}",
            "price": "25.00",
            "quantity": 1,
        }
        return await self.post(f"{platform}/listings", body | more)

    async def sell(self, platform: str, account: str, *skus: str, **more: object) -> Json:
        """A buyer takes one unit of each SKU in one order."""
        lines = [{"sku": sku, "quantity": 1} for sku in skus]
        return await self.post(f"{platform}/sales", {"account": account, "lines": lines, **more})

    async def fault(self, platform: str, operation: str, mode: str, **more: object) -> Json:
        """The next call of an operation fails in a way."""
        body = {"platform": platform, "operation": operation, "mode": mode, "count": 1, **more}
        return await self.post("faults", body)

    async def shown(self, listing: str) -> Json:
        """A listing as it truly is."""
        found = (await self.get("truth/listings"))["listings"]
        return next(dict(row) for row in found if row["listing"] == listing)

    async def calls(self, **query: str | int | None) -> list[Json]:
        """The calls the marketplaces got, oldest first."""
        return list((await self.get("truth/calls", **query))["calls"])


@asynccontextmanager
async def running(time_factor: float = 0.0001) -> AsyncIterator[Sandbox]:
    """A sandbox of its own, in memory, for as long as the block runs.

    One that was reset serves the next: building its control API takes longer than many a test.
    """
    free = _FREE.setdefault(time_factor, [])
    front = free.pop() if free else build(Settings(port=0, state=None, time_factor=time_factor))
    async with serving(config_of(front, 0)) as url, http_to(url) as control:
        yield Sandbox(url, control)
        (await control.patch("/control/settings", json={"time_factor": time_factor})).raise_for_status()
        (await control.post("/control/reset")).raise_for_status()
    free.append(front)


@asynccontextmanager
async def serving_app(app: FastAPI) -> AsyncIterator[str]:
    """Run a service's HTTP application on a free port in this loop; gives its address."""
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=2
    )
    async with serving(config) as url:
        yield url
