"""The sandbox's fixtures."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sandbox.testing import Receiver, Shop, receiving, running


@pytest.fixture
async def sandbox() -> AsyncIterator[httpx.AsyncClient]:
    async with running() as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def shop(sandbox: httpx.AsyncClient) -> Shop:
    answer = await sandbox.post("/control/shopify/accounts", json={"account": "demo.myshopify.com"})
    assert answer.status_code == 201, answer.text
    return Shop(sandbox, answer.json())
