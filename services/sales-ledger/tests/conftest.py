"""A sales-ledger on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from ledger_shop import Clock, Shop, Stack
from sales_ledger.app import build
from sales_ledger.config import Settings
from testkit.plugin import FreshDatabase
from testkit.services import settings_for


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def stack(database: FreshDatabase) -> AsyncIterator[Stack]:
    clock = Clock()
    service = build(settings_for(Settings, database("sales-ledger")), clock)
    yield Stack(service, service.database, clock)
    await service.database.dispose()
