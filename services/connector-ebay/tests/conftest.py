"""An eBay connector on a database of its own, its HTTP on a real port, beside a sandbox of its own."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
from connector_ebay.app import build
from connector_ebay.config import Settings
from ebay_stack import VERIFICATION, Stack
from testkit.http import http_to
from testkit.plugin import FreshDatabase
from testkit.sandbox import Sandbox, running, serving_app
from testkit.services import opened, settings_for


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as one:
        yield one


@pytest.fixture
async def stack(database: FreshDatabase, sandbox: Sandbox) -> AsyncIterator[Stack]:
    keys = await sandbox.account("ebay", "demo_seller")
    settings = settings_for(
        Settings,
        database("connector-ebay"),
        seal_keys=f"k1:{base64.b64encode(b'k' * 32).decode()}",
        ebay_api=f"{sandbox.url}/ebay",
        ebay_auth=f"{sandbox.url}/ebay/auth",
        ebay_client_id=keys["client_id"],
        ebay_client_secret=keys["client_secret"],
        ebay_redirect_uri="https://soldwire.example/connect/ebay",
        ebay_verification_token=VERIFICATION,
        settle_seconds=1.0,
        call_timeout_seconds=2.5,
    )
    async with (
        opened(build(settings)) as service,
        serving_app(service.app()) as url,
        http_to(url) as http,
    ):
        yield Stack(service, settings, sandbox, url, keys, http)
