"""The sandbox's fixtures."""

from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from sandbox.testing import Receiver, Shop, running, serving


@pytest.fixture
async def sandbox() -> AsyncIterator[httpx.AsyncClient]:
    async with running() as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    config = uvicorn.Config(made, port=0, log_level="error", lifespan="off", access_log=False)
    async with serving(uvicorn.Server(config)) as base:
        made.uri = f"{base}/hook"
        yield made


@pytest.fixture
async def shop(sandbox: httpx.AsyncClient) -> Shop:
    answer = await sandbox.post("/control/shopify/accounts", json={"account": "demo.myshopify.com"})
    assert answer.status_code == 201, answer.text
    return Shop(sandbox, answer.json())
