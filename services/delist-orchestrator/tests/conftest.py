"""A delist-orchestrator on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from delist_orchestrator.app import build
from delist_orchestrator.config import Settings
from orchestrator_shop import Clock, Shop, Stack
from testkit.plugin import FreshDatabase
from testkit.services import settings_for


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def stack(database: FreshDatabase) -> AsyncIterator[Stack]:
    settings = settings_for(Settings, database("delist-orchestrator"), brake_floor=3)
    clock = Clock()
    service = build(settings, clock)
    yield Stack(service, service.database, clock)
    await service.database.dispose()
