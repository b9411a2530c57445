"""Depop's ingest on a database of its own, its HTTP on a real port, beside a sandbox of its own."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
from connector_depop_ingest.app import build
from connector_depop_ingest.config import Settings
from depop_stack import Stack
from testkit.http import http_to
from testkit.plugin import FreshDatabase
from testkit.sandbox import running, serving_app
from testkit.services import opened, settings_for


@pytest.fixture
async def depop(database: FreshDatabase) -> AsyncIterator[Stack]:
    settings = settings_for(
        Settings,
        database("connector-depop-ingest"),
        seal_keys=f"k1:{base64.b64encode(b'k' * 32).decode()}",
        pair_tries_per_minute=20,
        token_burst=500,
    )
    async with (
        running() as sandbox,
        opened(build(settings)) as service,
        serving_app(service.app()) as url,
        http_to(url) as http,
    ):
        shop = await sandbox.account("depop", "demo_shop")
        yield Stack(service, settings, sandbox, url, shop, http)
