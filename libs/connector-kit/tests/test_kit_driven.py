"""Connectors under test are driven, not run; nothing of them stays open all the same."""

from __future__ import annotations

import gc

import pytest
from connector_kit.http import http_client
from kit.database import Database
from kit.service import Service
from kit.settings import ServiceSettings
from testkit.sandbox import running
from testkit.services import opened

pytestmark = pytest.mark.long


async def test_the_marketplace_s_client_is_closed_with_the_service(recwarn: pytest.WarningsRecorder) -> None:
    """aiohttp tells of a session nobody closed when it is collected, in whichever test that happens."""
    gc.collect()
    recwarn.clear()  # what other tests left is theirs
    settings = ServiceSettings(postgres_bus="", secret="x" * 32)
    http = http_client(timeout=5, connections=4)
    service = Service("mini", settings, Database(settings, "/mini"), lifespan=[http])
    async with running() as sandbox, opened(service):
        answer = await http.get(f"{sandbox.url}/control/health")
        assert answer.is_success
    assert http.is_closed
    del http, service
    gc.collect()
    assert [str(warning.message) for warning in recwarn if warning.category is ResourceWarning] == []
