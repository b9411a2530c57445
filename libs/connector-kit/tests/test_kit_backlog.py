"""What is due is counted, how old it is, and in how long it will be through."""

from __future__ import annotations

import math
from datetime import timedelta
from uuid import uuid4

import pytest
from connector_kit import metrics, store
from connector_kit.jobs import MeasureBacklog
from connector_kit.store import ReceivedWebhook
from kit.database import Database
from kit.settings import ServiceSettings
from prometheus_client import REGISTRY
from testkit.services import settings_for


@pytest.fixture
async def db(database):
    made = Database(settings_for(ServiceSettings, database("connector-ebay")), "/connector-ebay")
    yield made
    await made.dispose()


def told(name: str, what: str) -> float:
    found = REGISTRY.get_sample_value(name, {"what": what})
    assert found is not None
    return found


async def test_a_backlog_is_told_with_its_age_and_its_end(db) -> None:
    measure = MeasureBacklog(db)
    await measure.turn()
    assert [told("soldwire_backlog", what) for what in ("webhooks", "intents")] == [0, 0]
    assert told("soldwire_backlog_drain_seconds", "webhooks") == 0
    tenant, account = uuid4(), uuid4()
    async with db.bus([tenant]) as uow:
        hooks = [ReceivedWebhook(tenant, account, "t", str(n), b"{}", {}) for n in range(30)]
        await store.insert_webhooks(uow, hooks)
        await uow.conn.execute_sql("update raw_webhooks set due_at = due_at - interval '1 minute'")
        await uow.conn.execute_sql("update raw_webhooks set mapped_at = now() where delivery_id = '0'")
    await measure.turn()
    assert told("soldwire_backlog", "webhooks") == 29
    assert 60 <= told("soldwire_backlog_oldest_seconds", "webhooks") < 120
    assert math.isinf(told("soldwire_backlog_drain_seconds", "webhooks")), "nothing gets done"
    metrics.did(metrics.WEBHOOKS, 10)
    await measure.turn()
    assert 0 < told("soldwire_backlog_drain_seconds", "webhooks") < timedelta(hours=1).total_seconds()
