"""An inventory on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from inventory.app import build
from inventory.config import Settings
from inventory_shop import Shop, Stack
from testkit.plugin import FreshDatabase
from testkit.services import settings_for


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def stack(database: FreshDatabase, shop: Shop) -> AsyncIterator[Stack]:
    service = build(settings_for(Settings, database("inventory")))
    yield Stack(service, service.database, shop)
    await service.database.dispose()
