"""A Shopify connector on a database of its own, its HTTP on a real port, beside a sandbox of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import shopify_signing_in as at
from connector_shopify.app import build
from connector_shopify.config import Settings
from pydantic import SecretStr
from shopify_gate import Gate, gated
from shopify_signing_in import Seller
from testkit.connector import Bench
from testkit.connector.shopify import SEAL_KEYS, shopify_bench
from testkit.plugin import FreshDatabase
from testkit.sandbox import Sandbox, running, serving_app
from testkit.services import opened, settings_for

SHOP = "demo.myshopify.com"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as one:
        yield one


@pytest.fixture
def settings(database: FreshDatabase, sandbox: Sandbox) -> Settings:
    """Of a connector whose shops are the sandbox's, on a database of its own."""
    return settings_for(
        Settings,
        database("connector-shopify"),
        seal_keys=SEAL_KEYS,
        shopify_base=f"{sandbox.url}/shopify/{{shop}}",
        settle_seconds=0.5,
        call_timeout_seconds=2.5,
    )


@pytest.fixture
async def bench(settings: Settings, sandbox: Sandbox) -> AsyncIterator[Bench]:
    async with _bench(settings, sandbox) as one:
        yield one


@pytest.fixture
async def wide(settings: Settings, sandbox: Sandbox) -> AsyncIterator[Bench]:
    """A shop of many locations and channels."""
    async with _bench(settings, sandbox, locations=13, publications=3) as one:
        yield one


@pytest.fixture
async def gate(sandbox: Sandbox) -> AsyncIterator[Gate]:
    async with gated(sandbox.url) as one:
        yield one


@pytest.fixture
async def seller(settings: Settings, sandbox: Sandbox, gate: Gate) -> AsyncIterator[Seller]:
    """A seller whose shop is connected by OAuth, through the gate."""
    await at.new_shop(sandbox)
    async with at.seller_of(at.settings_of(settings, gate.url), sandbox) as one:
        await one.connect()
        yield one


@asynccontextmanager
async def _bench(settings: Settings, sandbox: Sandbox, **account: object) -> AsyncIterator[Bench]:
    keys = await sandbox.account("shopify", SHOP, **account)
    settings = settings.model_copy(update={"shopify_client_secret": SecretStr(keys["client_secret"])})
    async with opened(build(settings)) as service, serving_app(service.app()) as url:
        yield shopify_bench(
            service, settings, sandbox, url, SHOP, {"shop": SHOP, "access_token": keys["access_token"]}
        )
